"""Azurite, Microsoft's own emulator of blob storage: started on loopback with TLS, filled, and what it logged.

The account and its key are the ones that every Azurite has, and that its documentation prints.
"""

from __future__ import annotations

import base64
import contextlib
import hashlib
import hmac
import os
import shutil
import socket
import ssl
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import urlencode

from checker.sandbox.tls import Certificate
from disks.tools import MIB

ACCOUNT = "devstoreaccount1"
_KEY = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=="
_VERSION = "2022-11-02"
_PAGES = 4 * MIB  # the most that one request may write


def signed(fields: dict[str, str], order: tuple[str, ...], before: tuple[str, ...] = ()) -> str:
    """A SAS: the query with a signature over its fields in an order; a name that is no field is given as it is."""
    text = "\n".join([*before, *(fields.get(name, name if name.startswith("/") else "") for name in order)])
    digest = hmac.new(base64.b64decode(_KEY), text.encode(), hashlib.sha256).digest()
    return urlencode({**fields, "sig": base64.b64encode(digest).decode()})


def of_container(container: str, since: timedelta, until: timedelta) -> str:
    """A SAS for reading a container, as a publisher gives it."""
    fields = {"sp": "rl", "st": _time(since), "se": _time(until), "spr": "https", "sv": _VERSION, "sr": "c"}
    order = ("sp", "st", "se", f"/blob/{ACCOUNT}/{container}", "si", "sip", "spr", "sv", "sr", "snapshot", "ses")
    return signed(fields, (*order, "rscc", "rscd", "rsce", "rscl", "rsct"))


def of_account() -> str:
    """A SAS for everything, by which the blobs are made."""
    fields = {"sv": _VERSION, "ss": "b", "srt": "sco", "sp": "rwdlac", "se": _time(timedelta(hours=4))}
    return signed(fields, ("sp", "ss", "srt", "st", "se", "sip", "spr", "sv", "ses", "end"), (ACCOUNT,))


def _time(after: timedelta) -> str:
    return (datetime.now(UTC) + after).strftime("%Y-%m-%dT%H:%M:%SZ")


class Azurite:
    """A running Azurite. ``url`` is that of the account."""

    def __init__(self, url: str, log: Path, context: ssl.SSLContext) -> None:
        self.url, self._log, self._context = url, log, context

    def put(self, path: str, query: str = "", content: bytes = b"", **headers: str) -> None:
        """One write, with headers whose names have ``_`` for ``-``."""
        request = urllib.request.Request(
            f"{self.url}/{path}?{of_account()}{query}",
            data=content,
            method="PUT",
            headers={"x-ms-version": _VERSION, **{name.replace("_", "-"): value for name, value in headers.items()}},
        )
        opener = urllib.request.build_opener(
            urllib.request.ProxyHandler({}), urllib.request.HTTPSHandler(context=self._context)
        )
        try:
            opener.open(request).close()
        except urllib.error.HTTPError as error:
            sys.exit(f"FAILED: Azurite answered {error.code} to {path}: {error.read()[:300]!r}")

    def upload(self, blob: str, file: Path) -> None:
        """A page blob of a file; only what is no hole is sent."""
        size = file.stat().st_size
        self.put(blob, x_ms_blob_type="PageBlob", x_ms_blob_content_length=str(size))
        with file.open("rb") as source:
            at = 0
            while at < size:
                try:
                    start = os.lseek(source.fileno(), at, os.SEEK_DATA) // 512 * 512
                except OSError:
                    return  # nothing but a hole is left
                end = os.lseek(source.fileno(), start, os.SEEK_HOLE)
                for part in range(start, end, _PAGES):
                    content = os.pread(source.fileno(), min(_PAGES, end - part, size - part), part)
                    content += bytes(-len(content) % 512)
                    if any(content):
                        where = f"bytes={part}-{part + len(content) - 1}"
                        self.put(blob, "&comp=page", content, x_ms_page_write="update", x_ms_range=where)
                at = end

    def reads(self) -> int:
        """How many ranges were read, as Azurite's own log has it."""
        return sum('"GET ' in line and " 206 " in line for line in self._log.read_text().splitlines())


@contextlib.contextmanager
def azurite(work: Path, certificate: Certificate) -> Iterator[Azurite]:
    """Install Azurite by npm, and run it until the end of the block. Exits with one line where it cannot be had."""
    if shutil.which("npm") is None or shutil.which("node") is None:
        sys.exit("FAILED: page_blob needs npm and node, which are not installed here")
    words = ["npm", "install", "--no-audit", "--no-fund", "--silent", "--ignore-scripts", "--cache", str(work / "npm")]
    done = subprocess.run([*words, "azurite@3"], cwd=work, capture_output=True, text=True, check=False)
    program = work / "node_modules/.bin/azurite-blob"
    if done.returncode or not program.exists():
        sys.exit(f"FAILED: page_blob needs azurite, which npm did not bring: {done.stderr.strip()[-300:]}")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    log = work / "azurite.log"
    options = ["--blobHost", "127.0.0.1", "--blobPort", str(port), "--location", str(work / "blobs"),
               "--cert", str(certificate.chain), "--key", str(certificate.key), "--skipApiVersionCheck",
               "--disableTelemetry"]  # fmt: skip
    with log.open("w") as output:
        server = subprocess.Popen([program, *options], cwd=work, stdout=output, stderr=output)
    try:
        for _ in range(600):
            if "successfully listens" in log.read_text():
                break
            if server.poll() is not None:
                sys.exit(f"FAILED: Azurite did not start: {log.read_text()[-300:]}")
            time.sleep(0.1)
        else:
            sys.exit("FAILED: Azurite did not start within a minute")
        context = ssl.create_default_context(cafile=str(certificate.authority))
        yield Azurite(f"https://127.0.0.1:{port}/{ACCOUNT}", log, context)
    finally:
        server.terminate()
        server.wait()
