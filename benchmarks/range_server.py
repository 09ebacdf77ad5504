"""A server of one file on loopback, over HTTPS, that answers ranges after a pause and counts what it sent."""

from __future__ import annotations

import contextlib
import re
import ssl
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

_PIECE = 1024 * 1024


@dataclass
class Served:
    """The file, the pause before each answer in seconds, and what was asked for and sent so far."""

    path: Path
    latency: float
    url: str = ""
    requests: int = 0
    sent: int = 0


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def do_GET(self) -> None:
        served: Served = self.server.served  # type: ignore[attr-defined]
        size = served.path.stat().st_size
        asked = re.fullmatch(r"bytes=(\d+)-(\d+)", self.headers.get("Range", ""))
        first, last = (int(asked[1]), min(int(asked[2]), size - 1)) if asked else (0, size - 1)
        served.requests += 1
        served.sent += last - first + 1
        time.sleep(served.latency)
        self.send_response(206 if asked else 200)
        self.send_header("Content-Length", str(last - first + 1))
        self.send_header("Content-Range", f"bytes {first}-{last}/{size}")
        self.send_header("ETag", '"1"')
        self.send_header("x-ms-blob-type", "PageBlob")
        self.end_headers()
        with served.path.open("rb") as file:
            file.seek(first)
            for at in range(first, last + 1, _PIECE):
                self.wfile.write(file.read(min(_PIECE, last + 1 - at)))

    def log_message(self, *words: Any) -> None:
        return


@contextlib.contextmanager
def serving(path: Path, latency: float, context: ssl.SSLContext) -> Iterator[Served]:
    """Serve a file for as long as it is used."""
    served = Served(path, latency)
    with ThreadingHTTPServer(("127.0.0.1", 0), _Handler) as http:
        http.daemon_threads = True
        http.served = served  # type: ignore[attr-defined]
        http.socket = context.wrap_socket(http.socket, server_side=True)
        served.url = f"https://127.0.0.1:{http.server_port}/vhds/disk.vhd?sig=none"
        thread = threading.Thread(target=http.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            yield served
        finally:
            http.shutdown()
            thread.join()
