"""The sandbox on a socket: HTTP/1.1 on loopback, one write for each answer, everything bounded."""

from __future__ import annotations

import contextlib
import os
import re
import socket
import ssl
from collections.abc import Iterator
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, HTTPServer
from socketserver import TCPServer, ThreadingMixIn
from threading import Condition, Event, Thread
from time import monotonic
from typing import Any

from checker.sandbox.faults import MAX_SECONDS, FaultKind, Spoiled
from checker.sandbox.manners import Room, finished, refused
from checker.sandbox.message import Refusal, Request, Response
from checker.sandbox.service import Sandbox

MAX_BODY = 4 * 1024 * 1024
_MAX_LINE = 32 * 1024
_MAX_HEADERS = 64 * 1024
_IDLE_SECONDS = 120.0
_LINGER_SECONDS = 5.0
_STOP_SECONDS = 5.0
_REST_SECONDS = 0.05
_METHODS = frozenset({"GET", "HEAD", "PUT", "PATCH", "POST", "DELETE", "OPTIONS"})
_HOST = re.compile(r"(127\.0\.0\.1|localhost|\[::1\])(?::(\d{1,5}))?", re.ASCII | re.IGNORECASE)
_REASONS = {int(status): status.phrase for status in HTTPStatus}
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")


class Running:
    """A server that answers. ``url`` is where."""

    def __init__(self, sandbox: Sandbox, server: _Server) -> None:
        self.sandbox = sandbox
        self.url = server.url
        self.port: int = server.server_address[1]
        self._server = server
        self._thread = Thread(target=server.serve_forever, args=(0.05,), name="sandbox", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Let requests that are being answered end, and close. The store does not change after it."""
        self._server.stop()
        self._thread.join()


@contextlib.contextmanager
def serve(sandbox: Sandbox, port: int = 0, tls: ssl.SSLContext | None = None) -> Iterator[Running]:
    """Serve on 127.0.0.1; port 0 takes one that is free. Raises OSError where the port cannot be had."""
    running = Running(sandbox, _Server(sandbox, port, tls))
    try:
        yield running
    finally:
        running.stop()


class _Server(ThreadingMixIn, HTTPServer):
    daemon_threads = True
    request_queue_size = 256
    # On Windows the option lets two programs have one port.
    allow_reuse_address = os.name != "nt"

    def __init__(self, sandbox: Sandbox, port: int, tls: ssl.SSLContext | None) -> None:
        self.sandbox = sandbox
        self.tls = tls
        self.stopping = Event()
        self._connections: set[socket.socket] = set()
        self._busy = 0
        self._changed = Condition()
        super().__init__(("127.0.0.1", port), _Handler)
        self.url = f"{'https' if tls else 'http'}://127.0.0.1:{self.server_address[1]}"

    def server_bind(self) -> None:
        """Bind without asking for the name of the host, which may take seconds."""
        TCPServer.server_bind(self)
        self.server_name, self.server_port = "127.0.0.1", self.server_address[1]

    def get_request(self) -> Any:
        """Take a connection. Where that fails, as with too many open files, it is tried again: but not all the time."""
        try:
            return super().get_request()
        except OSError:
            self.stopping.wait(_REST_SECONDS)
            raise

    def finish_request(self, request: Any, client_address: Any) -> None:
        """Serve one connection, in its thread: the handshake of TLS holds up nobody else."""
        connection: socket.socket = request
        connection.settimeout(_IDLE_SECONDS)
        with contextlib.ExitStack() as stack:
            if self.tls is not None:
                connection = self.tls.wrap_socket(connection, server_side=True, do_handshake_on_connect=False)
                stack.callback(connection.close)
            with self._changed:
                if self.stopping.is_set():
                    return
                self._connections.add(connection)
            try:
                if isinstance(connection, ssl.SSLSocket):
                    connection.do_handshake()
                _Handler(connection, client_address, self)
            finally:
                with self._changed:
                    self._connections.discard(connection)
                    self._changed.notify_all()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing: a connection that breaks is the client's business, and a crash was answered before."""

    @contextlib.contextmanager
    def busy(self) -> Iterator[bool]:
        """Hold the end of the server up while a request is answered; False where it has come."""
        with self._changed:
            admitted = not self.stopping.is_set()
            self._busy += admitted
        try:
            yield admitted
        finally:
            with self._changed:
                self._busy -= admitted
                self._changed.notify_all()

    def stop(self) -> None:
        with self._changed:
            self.stopping.set()
        self.shutdown()
        self.server_close()
        end = monotonic() + _STOP_SECONDS
        with self._changed:
            self._changed.wait_for(lambda: not self._busy, _STOP_SECONDS)
            for connection in self._connections:
                with contextlib.suppress(OSError):
                    connection.shutdown(socket.SHUT_RDWR)
            self._changed.wait_for(lambda: not self._connections, max(0.0, end - monotonic()))


class _Handler(BaseHTTPRequestHandler):
    server: _Server
    protocol_version = "HTTP/1.1"

    def handle_one_request(self) -> None:
        """Read one request and answer it; whatever happens to the connection closes it."""
        self.close_connection = True
        with contextlib.suppress(OSError):  # time-outs and errors of TLS are such
            self.raw_requestline = self.rfile.readline(_MAX_LINE + 1)
            if not self.raw_requestline:
                return
            self.command, self.path, self.request_version = "", "", "HTTP/1.1"
            if len(self.raw_requestline) > _MAX_LINE:
                self.send_error(414)
            elif len(self.raw_requestline.split()) != 3:
                self.send_error(400)
            elif self.parse_request():
                self._serve()

    def _serve(self) -> None:
        try:
            request = self._read()
        except Refusal as refusal:
            self._refuse(refusal)
            return
        with self.server.busy() as admitted:
            if not admitted:
                self.close_connection = True
                return
            response = self.server.sandbox.handle(request)
            self._wait(self.server.sandbox.pace.latency_ms / 1000)
            self._send(response)

    # -- reading -----------------------------------------------------------------------------------

    def _read(self) -> Request:
        """The request, with its body. Raises Refusal, and then the connection is closed."""
        if sum(len(name) + len(value) + 4 for name, value in self.headers.items()) > _MAX_HEADERS:
            raise self._closing(431, "RequestHeaderFieldsTooLarge", "The headers are too long.")
        host = self._host()
        length = self._length()
        if self.command not in _METHODS:
            raise self._closing(405, "MethodNotAllowed", "The method is not allowed.")
        body = self.rfile.read(length) if length else b""
        if len(body) < length:
            self.close_connection = True
            raise ConnectionError
        target, _, query = self.path.partition("?")
        if not target.startswith("/"):
            # The form that proxies are sent: http://host/path.
            target = "/" + target.partition("://")[2].partition("/")[2]
        headers = {name.lower(): value for name, value in self.headers.items()}
        scheme = self.server.url.partition("://")[0]
        return Request(self.command, target.partition("#")[0], query, headers, body, f"{scheme}://{host}")

    def _host(self) -> str:
        """How the client calls the server: only by a name of loopback, so that no web page gets in by another."""
        hosts = self.headers.get_all("Host") or []
        if not hosts and self.request_version == "HTTP/1.0":
            return self.server.url.partition("://")[2]
        if len(hosts) != 1:
            raise self._closing(400, "InvalidHostHeader", "One Host header is needed.")
        found = _HOST.fullmatch(hosts[0].strip())
        if found is None or int(found[2] or 0) > 65535:
            raise self._closing(421, "MisdirectedRequest", "The sandbox is called 127.0.0.1, localhost or [::1].")
        return hosts[0].strip()

    def _length(self) -> int:
        if self.headers.get("Transfer-Encoding") is not None:
            raise self._closing(411, "LengthRequired", "A body needs a Content-Length.")
        lengths = self.headers.get_all("Content-Length") or ["0"]
        if len(set(lengths)) != 1 or not re.fullmatch(r"[0-9]{1,18}", lengths[0].strip()):
            raise self._closing(400, "InvalidContentLength", "The Content-Length is not a number.")
        if int(lengths[0]) > MAX_BODY:
            raise self._closing(413, "RequestEntityTooLarge", f"The body is larger than {MAX_BODY} bytes.")
        if len(self.headers.get_all("Authorization") or ()) > 1:
            raise self._closing(400, "InvalidHeader", "The Authorization header is given twice.")
        return int(lengths[0])

    def handle_expect_100(self) -> bool:
        """Ask for the body only where it will be taken."""
        length = self.headers.get("Content-Length", "0")
        if not length.isdecimal() or int(length[:18]) <= MAX_BODY:
            self.wfile.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        return True

    # -- writing -----------------------------------------------------------------------------------

    def _closing(self, status: int, code: str, message: str) -> Refusal:
        self.close_connection = True
        return Refusal(status, code, message)

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:
        """Answer what is no request; called by the standard library too."""
        self._refuse(self._closing(int(code), "BadRequest", "The request is malformed."))

    def _refuse(self, refusal: Refusal) -> None:
        now = self.server.sandbox.store.clock()
        response = refused(Room.CONTROL, refusal, now)
        request = Request(self.command or "GET", "/")
        path = self.path.partition("?")[0]
        self.server.sandbox.record(self.command, path, refusal.status)
        self._send(finished(Room.CONTROL, request, response, now))
        self._linger()

    def _linger(self) -> None:
        """Read what is still on its way, within bounds: closing on unread bytes would take the answer back."""
        left, end = 8 * MAX_BODY, monotonic() + _LINGER_SECONDS
        with contextlib.suppress(OSError):
            self.connection.shutdown(socket.SHUT_WR)
            while left > 0 and (patience := end - monotonic()) > 0 and not self.server.stopping.is_set():
                self.connection.settimeout(patience)
                chunk = self.connection.recv(65536)
                if not chunk:
                    return
                left -= len(chunk)

    def _send(self, response: Response) -> None:
        """Write an answer in one piece: two writes cost 40 ms for each request on a connection that is kept."""
        kind = response.kind if isinstance(response, Spoiled) else None
        seconds = response.seconds if isinstance(response, Spoiled) else None
        if kind is FaultKind.HANG:
            self._wait(MAX_SECONDS if seconds is None else seconds)
        if kind in (FaultKind.HANG, FaultKind.RESET):
            self.close_connection = True
            return
        if kind is FaultKind.SLOW:
            self._wait(1.0 if seconds is None else seconds)
        body = response.payload
        cut = len(body) // 2 if kind is FaultKind.TRUNCATE else len(body)
        headers = {name.lower(): value for name, value in response.headers.items()}
        if response.status not in (204, 304):
            headers["content-length"] = str(len(body) + (kind is FaultKind.TRUNCATE))
        if kind is FaultKind.TRUNCATE or self.server.stopping.is_set():
            self.close_connection = True
        headers["server"] = "imagecheck-sandbox"
        if self.close_connection:
            headers["connection"] = "close"
        elif self.request_version == "HTTP/1.0":
            headers["connection"] = "keep-alive"
        reason = _REASONS.get(response.status, "")
        lines = [f"HTTP/1.1 {response.status} {reason}"]
        lines += [f"{name}: {_CONTROL.sub(' ', value)}" for name, value in headers.items()]
        head = ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1", "replace")
        self.wfile.write(head if self.command == "HEAD" else head + body[:cut])

    def _wait(self, seconds: float) -> None:
        if seconds > 0:
            self.server.stopping.wait(seconds)

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing: the log is the sandbox's."""
