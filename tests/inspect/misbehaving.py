"""A server of ranges on loopback that can be told to misbehave, and that keeps what it was asked."""

from __future__ import annotations

import contextlib
import re
import ssl
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass
class Server:
    """What is served, how, and what was asked: the paths and headers of requests, in order."""

    content: bytes
    mood: str = "well"
    headers: Mapping[str, str] = field(default_factory=lambda: {"x-ms-blob-type": "PageBlob", "ETag": '"1"'})
    url: str = ""
    asked: list[tuple[str, Mapping[str, str]]] = field(default_factory=list)
    #: How many requests are served well before the mood shows, and for how many it lasts.
    patience: int = 0
    lasts: int = 1_000_000
    released: threading.Event = field(default_factory=threading.Event)

    @property
    def is_moody(self) -> bool:
        return self.patience < len(self.asked) <= self.patience + self.lasts


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        server: Server = self.server.told  # type: ignore[attr-defined]
        server.asked.append((self.path, dict(self.headers)))
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):
            self.answer(server, server.mood if server.is_moody else "well")

    def answer(self, server: Server, mood: str) -> None:
        content = server.content
        found = re.fullmatch(r"bytes=(\d+)-(\d+)", self.headers["Range"])
        assert found is not None
        first, last = int(found[1]), min(int(found[2]), len(content) - 1)
        part = content[first : last + 1]
        if mood.isdecimal():
            return self.send(int(mood), b"no", {"x-ms-error-code": f"Error{mood}", "Retry-After": "0"})
        match mood:
            case "ignores-range":
                return self.send(200, content, {})
            case "redirects":
                return self.send(302, b"", {"Location": "http://127.0.0.1:9/elsewhere?sig=stolen"})
            case "closes":
                self.close_connection = True
                return None
            case "speaks-no-http":
                self.wfile.write(b"SSH-2.0-OpenSSH_9.6\r\n" * 3)
                self.close_connection = True
                return None
            case "stalls":
                server.released.wait(20)
                return None
            case "drips":
                self.send_response(206)
                self.send_header("Content-Range", f"bytes {first}-{last}/{len(content)}")
                self.send_header("Content-Length", str(len(part)))
                self.send_header("Connection", "close")
                self.end_headers()
                while not server.released.wait(0.02):
                    self.wfile.write(b"x")
                return None
            case "too-short":
                self.send_response(206)
                self.send_header("Content-Range", f"bytes {first}-{last}/{len(content)}")
                self.send_header("Content-Length", str(len(part)))
                self.end_headers()
                self.wfile.write(part[:-1])
                self.close_connection = True
                return None
            case "too-long":
                return self.send(206, part + b"more", {"Content-Range": f"bytes {first}-{last}/{len(content)}"})
            case "other-range":
                return self.send(206, part, {"Content-Range": f"bytes {first + 1}-{last + 1}/{len(content) + 1}"})
            case "no-range":
                return self.send(206, part, {})
            case "huge":
                return self.send(206, part, {"Content-Range": f"bytes {first}-{last}/{2**62}"})
            case "changes":
                head = {"Content-Range": f"bytes {first}-{last}/{len(content)}", "ETag": '"2"'}
                return self.send(206, part, head)
            case "zips":
                head = {"Content-Range": f"bytes {first}-{last}/{len(content)}", "Content-Encoding": "gzip"}
                return self.send(206, part, head)
        if not content:
            return self.send(416, b"", {"Content-Range": "bytes */0"})
        if first >= len(content):
            return self.send(416, b"", {})
        return self.send(206, part, {"Content-Range": f"bytes {first}-{last}/{len(content)}", **server.headers})

    def send(self, status: int, body: bytes, headers: Mapping[str, str]) -> None:
        self.send_response(status)
        for name, value in {"Content-Length": str(len(body)), **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *words: Any) -> None:
        return


class _Quiet(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Nothing: clients that go away are what is tested."""


@contextlib.contextmanager
def serving(
    content: bytes, mood: str = "well", patience: int = 0, context: ssl.SSLContext | None = None
) -> Iterator[Server]:
    """A server for as long as it is used; its ``url`` ends with the name of a blob, without a query."""
    told = Server(content, mood, patience=patience)
    http = _Quiet(("127.0.0.1", 0), _Handler)
    http.told = told  # type: ignore[attr-defined]
    if context is not None:
        http.socket = context.wrap_socket(http.socket, server_side=True)
    scheme = "http" if context is None else "https"
    told.url = f"{scheme}://127.0.0.1:{http.server_port}/vhds/disk.vhd"
    thread = threading.Thread(target=http.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield told
    finally:
        told.released.set()
        http.shutdown()
        thread.join()
        http.server_close()
