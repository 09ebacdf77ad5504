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

_OK = b"HTTP/1.1 206 Partial Content\r\n"
#: What some moods say, without regard to what they were asked, and what they go on saying.
_SAID_WITHOUT_END = {
    "speaks-no-http": (b"SSH-2.0-OpenSSH_9.6\r\n" * 3, b""),
    "headers-without-end": (_OK, b"X-Header: x\r\n" * 1000),
    "a-header-without-end": (_OK + b"X-Header: ", b"x" * 100_000),
    "asks-to-go-on-without-end": (b"", b"HTTP/1.1 100 Continue\r\n\r\n" * 1000),
}


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
    after: str = "0"
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
        headers = {"Content-Range": f"bytes {first}-{last}/{len(content)}", **server.headers}
        if mood.isdecimal():
            return self.send(int(mood), b"no", {"x-ms-error-code": f"Error{mood}", "Retry-After": server.after})
        if mood in _SAID_WITHOUT_END:
            said, repeated = _SAID_WITHOUT_END[mood]
            return self.flood(server, said, repeated)
        match mood:
            case "ignores-range":
                return self.send(200, content, {})
            case "redirects":
                return self.send(302, b"", {"Location": "http://127.0.0.1:9/elsewhere?sig=stolen"})
            case "closes":
                self.close_connection = True
                return None
            case "stalls":
                server.released.wait(20)
                return None
            case "drips":
                self.head(206, {"Content-Length": str(len(part)), "Connection": "close", **headers})
                while not server.released.wait(0.02):
                    self.wfile.write(b"x")
                return None
            case "drips-headers":
                self.wfile.write(_OK + b"X-Header: ")
                while not server.released.wait(0.02):
                    self.wfile.write(b"x")
                return None
            case "length-below-zero" | "length-too-large":
                length = "-5" if mood == "length-below-zero" else str(2**62)
                self.head(206, {"Content-Length": length, **headers})
                self.wfile.write(part)
                server.released.wait(20)
                return None
            case "says-two-kinds":
                self.send_response(206)
                for kind in ("PageBlob", "BlockBlob"):
                    self.send_header("x-ms-blob-type", kind)
                headers = {name: value for name, value in headers.items() if name != "x-ms-blob-type"}
                for name, value in {**headers, "Content-Length": str(len(part))}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(part)
                return None
            case "too-short":
                self.head(206, {"Content-Length": str(len(part)), **headers})
                self.wfile.write(part[:-1])
                self.close_connection = True
                return None
            case "too-long":
                return self.send(206, part + b"more", headers)
            case "chunks" | "chunks-without-end" | "trailers-without-end":
                self.head(206, {**headers, "Transfer-Encoding": "chunked"})
                self.wfile.write(b"%x;a=b\r\n%b\r\n" % (len(part), part))
                if mood == "chunks-without-end":
                    return self.flood(server, b"", b"1\r\nx\r\n" * 1000)
                if mood == "trailers-without-end":
                    return self.flood(server, b"0\r\n", b"Trailer: x\r\n" * 1000)
                self.wfile.write(b"0\r\nTrailer: x\r\n\r\n")
                return None
        if first >= len(content):
            return self.send(416, b"", {} if content else {"Content-Range": "bytes */0"})
        lies = {
            "no-range": {"Content-Range": None},
            "other-range": {"Content-Range": f"bytes {first + 1}-{last + 1}/{len(content)}"},
            "huge": {"Content-Range": f"bytes {first}-{last}/{2**62}"},
            "grows": {"Content-Range": f"bytes {first}-{last}/{len(content) + 1}"},
            "several-parts": {"Content-Type": "multipart/byteranges; boundary=x"},
            "zips": {"Content-Encoding": "gzip"},
            "zips-on-the-way": {"Transfer-Encoding": "gzip"},
            "changes": {"ETag": '"2"'},
            "has-no-version": {"ETag": None},
            "changes-date": {"ETag": None, "Last-Modified": f"Mon, 23 Nov 2026 00:00:{len(server.asked):02} GMT"},
        }
        said_instead = {**headers, **lies.get(mood, {})}
        return self.send(206, part, {name: value for name, value in said_instead.items() if value is not None})

    def flood(self, server: Server, said: bytes, repeated: bytes) -> None:
        """Say something, and go on with something else until the client or the test has enough."""
        self.wfile.write(said)
        while repeated and not server.released.is_set():
            self.wfile.write(repeated)
        self.close_connection = True

    def send(self, status: int, body: bytes, headers: Mapping[str, str]) -> None:
        self.head(status, {"Content-Length": str(len(body)), **headers})
        self.wfile.write(body)

    def head(self, status: int, headers: Mapping[str, str]) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()

    def log_message(self, *words: Any) -> None:
        return


class Quiet(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Nothing: clients that go away are what is tested."""


@contextlib.contextmanager
def serving(
    content: bytes,
    mood: str = "well",
    patience: int = 0,
    context: ssl.SSLContext | None = None,
    kind: type[ThreadingHTTPServer] | None = None,
    host: str = "127.0.0.1",
) -> Iterator[Server]:
    """A server for as long as it is used; its ``url`` ends with the name of a blob, without a query."""
    told = Server(content, mood, patience=patience)
    http = (kind or Quiet)((host, 0), _Handler)
    http.told = told  # type: ignore[attr-defined]
    if context is not None:
        http.socket = context.wrap_socket(http.socket, server_side=True)
    scheme = "http" if context is None else "https"
    shown = f"[{host}]" if ":" in host else host
    told.url = f"{scheme}://{shown}:{http.server_port}/vhds/disk.vhd"
    thread = threading.Thread(target=http.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield told
    finally:
        told.released.set()
        http.shutdown()
        thread.join()
        http.server_close()
