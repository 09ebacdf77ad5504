"""A file behind a URL, read by ranges: the page blob or managed disk that a SAS opens, or any server of files.

The query of the URL is the secret: it goes to the server and nowhere else, in no message and no exception.
"""

from __future__ import annotations

import contextlib
import http.client
import re
import socket
import ssl
import threading
import time
import urllib.request
from dataclasses import dataclass
from email.message import Message
from types import TracebackType
from urllib.parse import quote, unquote, urlsplit

from checker.errors import SourceProblem
from checker.facts.vhd import BlobProperties
from checker.inspect.bytes import DiskUnreadable, check_bounds
from checker.inspect.cache import BLOCK_SIZE

LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})

_SAFE = "%/:=&?~#+!$,;'@()*[]"
_RANGE = re.compile(r"bytes ([0-9]{1,20})-([0-9]{1,20})/([0-9]{1,20})", re.ASCII)
_CODE = re.compile(r"[A-Za-z0-9]{1,64}")
_PROXY_REFUSED = re.compile(r"Tunnel connection failed: ([0-9]{3})")
_TRY_AGAIN = frozenset({408, 429, 500, 502, 503, 504})


@dataclass(frozen=True, slots=True)
class Patience:
    """How long a server is waited for, in seconds: one request at most, between two tries, and how many tries."""

    request: float = 60.0
    pause: float = 0.5
    longest_pause: float = 20.0
    tries: int = 4


class _Again(Exception):
    """A try that failed in a way that another may not; ``after`` is what the server asked to wait, in seconds."""

    def __init__(self, words: str, after: float = 0.0) -> None:
        super().__init__(words)
        self.after = after


class RangedUrl:
    """An open URL. Its size, its kind of blob and its version are those of the first answer."""

    def __init__(self, url: str, patience: Patience | None = None) -> None:
        """Ask for the first block. Raises SourceProblem, in one line for the user, where the URL cannot be opened."""
        self.shown = re.split(r"[?#]", url, maxsplit=1)[0]
        self._patience = patience or Patience()
        self._connection: http.client.HTTPConnection | None = None
        self._failure = ""
        self._size = -1
        self._etag: str | None = None
        try:
            parts = urlsplit(quote(url, safe=_SAFE))
            self._scheme, self._host, self._port = parts.scheme.lower(), parts.hostname or "", parts.port
        except ValueError:
            raise SourceProblem(f"{self.shown} is no URL") from None
        if self._scheme != "https" and not (self._scheme == "http" and self._host in LOOPBACK):
            raise SourceProblem(f"{self.shown}: a disk is read over https, or over http from this machine only")
        self._path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        self._first = b""
        try:
            self._first, headers = self._ask(0, BLOCK_SIZE)
        except DiskUnreadable as unread:
            self.close()
            raise SourceProblem(f"{self.shown} cannot be opened: {unread.words}") from None
        self.properties = BlobProperties(
            _word(headers, "x-ms-blob-type"), _word(headers, "x-ms-lease-state"), _word(headers, "x-ms-lease-status")
        )

    @property
    def size(self) -> int:
        """The length in bytes."""
        return self._size

    def read(self, offset: int, length: int) -> bytes:
        """Exactly ``length`` bytes from ``offset``. Raises DiskUnreadable; after that, at once."""
        check_bounds(self, offset, length)
        if length == 0 or offset + length <= len(self._first):
            return self._first[offset : offset + length]
        return self._ask(offset, length)[0]

    def close(self) -> None:
        """Close the connection; the next read opens another."""
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()

    def __enter__(self) -> RangedUrl:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    # -- one request ----------------------------------------------------------------------------

    def _ask(self, offset: int, length: int) -> tuple[bytes, Message]:
        """A range, with the headers it came with; tried again as long as there is patience.

        A server that failed is not asked again: many reads that all wait would take hours.
        """
        if self._failure:
            raise DiskUnreadable(self._failure)
        pause = self._patience.pause
        for left in reversed(range(self._patience.tries)):
            try:
                return self._try(offset, length)
            except _Again as again:
                self.close()
                words = f"{again} ({self._patience.tries} tries)"
                if left:
                    time.sleep(min(max(pause, again.after), self._patience.longest_pause))
                    pause *= 2
            except DiskUnreadable as unread:
                self.close()
                words = unread.words
                break
        self._failure = words
        raise DiskUnreadable(words)

    def _try(self, offset: int, length: int) -> tuple[bytes, Message]:
        wanted = f"bytes={offset}-{offset + length - 1}"
        # No x-ms-version: the version of the SAS counts then, and hosts of managed disks refuse some.
        headers = {"Range": wanted, "x-ms-range": wanted, "Accept-Encoding": "identity", "User-Agent": "imagecheck"}
        try:
            connection = self._connection or self._connect()
            self._connection = connection
            with _Deadline(self._patience.request) as deadline:
                try:
                    if connection.sock is None:
                        connection.connect()
                    deadline.socket = connection.sock
                    connection.request("GET", self._path, headers=headers)
                    return self._take(connection.getresponse(), offset, length)
                except (OSError, http.client.HTTPException, ValueError, _Again):
                    if deadline.has_passed:
                        raise TimeoutError from None
                    raise
        except ssl.SSLCertVerificationError as error:
            raise DiskUnreadable(f"the server's certificate is not trusted: {error.verify_message}") from None
        except socket.gaierror as error:
            raise DiskUnreadable(f"the host {self._host} is not known: {error.strerror}") from None
        except TimeoutError:
            raise _Again(f"the server did not answer in full within {self._patience.request:g} seconds") from None
        except OSError as error:
            refused = _PROXY_REFUSED.match(str(error))
            if refused is not None:
                raise DiskUnreadable(f"the proxy refused the connection: {refused[1]}") from None
            raise _Again(f"the connection failed: {error.strerror or type(error).__name__}") from None
        # Their texts may hold the path, and so the signature.
        except (http.client.HTTPException, ValueError) as error:
            raise _Again(f"the server's answer is no HTTP: {type(error).__name__}") from None

    def _take(self, response: http.client.HTTPResponse, offset: int, length: int) -> tuple[bytes, Message]:
        headers = response.headers
        if response.status == 416 and offset == 0 and self._size < 0 and headers.get("Content-Range") == "bytes */0":
            self._size = 0
            return b"", headers
        if response.status != 206:
            self._refuse(response)
        found = _RANGE.fullmatch(headers.get("Content-Range", ""))
        if found is None:
            raise DiskUnreadable("the server does not say which range of the file it sends")
        first, last, size = (int(group) for group in found.groups())
        etag = headers.get("ETag", self._etag)
        if (self._size >= 0 and size != self._size) or (self._etag is not None and etag != self._etag):
            raise DiskUnreadable("the file changed while it was read")
        if (first, last) != (offset, min(offset + length, size) - 1):
            raise DiskUnreadable("the server sends another range than the one that was asked for")
        if headers.get("Content-Encoding", "identity").lower() != "identity":
            raise DiskUnreadable("the server sends the file in another encoding")
        expected = last - first + 1
        body = response.read(expected + 1)
        if len(body) < expected:
            raise _Again("the server sent less than it promised")
        if len(body) > expected:
            raise DiskUnreadable("the server sent more than it promised")
        self._size, self._etag = size, etag
        if response.will_close:
            self.close()
        return body, headers

    def _refuse(self, response: http.client.HTTPResponse) -> None:
        """Raise for an answer that is no range of the file."""
        status, code = response.status, response.headers.get("x-ms-error-code", "")
        said = f"{status} {code}" if _CODE.fullmatch(code) else f"{status}"
        if status in _TRY_AGAIN:
            raise _Again(f"the server answered {said}", _seconds(response.headers.get("Retry-After", "")))
        if status == 200:
            raise DiskUnreadable("the server sends the whole file: it does not know ranges")
        if 300 <= status < 400:
            raise DiskUnreadable(f"the server answered {said}, a redirect: give the address where the file is")
        if status in (401, 403):
            words = "the SAS is refused, or there is none: `--select SAS` judges the URL without opening it"
            raise DiskUnreadable(f"the server answered {said}: {words}")
        if status == 404:
            raise DiskUnreadable(f"the server answered {said}: there is no such file")
        if status == 416:
            raise DiskUnreadable(f"the server answered {said}: it refuses a range that is within the file")
        raise DiskUnreadable(f"the server answered {said}")

    # -- the connection -------------------------------------------------------------------------

    def _connect(self) -> http.client.HTTPConnection:
        """A connection, not yet open, through the proxy that the environment names for this host."""
        timeout = self._patience.request
        if self._scheme == "http":
            return http.client.HTTPConnection(self._host, self._port or 80, timeout=timeout)
        proxy = None if urllib.request.proxy_bypass(self._host) else urllib.request.getproxies().get("https")
        context = ssl.create_default_context()
        port = self._port or 443
        if not proxy:
            return http.client.HTTPSConnection(self._host, port, timeout=timeout, context=context)
        parts = urlsplit(proxy if "://" in proxy else f"http://{proxy}")
        if parts.scheme != "http" or not parts.hostname:
            raise DiskUnreadable("the proxy that the environment names is not one of the form http://HOST:PORT")
        connection = http.client.HTTPSConnection(parts.hostname, parts.port or 80, timeout=timeout, context=context)
        connection.set_tunnel(self._host, port, headers=_proxy_headers(parts.username, parts.password))
        return connection


def _proxy_headers(user: str | None, password: str | None) -> dict[str, str]:
    if user is None:
        return {}
    from base64 import b64encode

    pair = f"{unquote(user)}:{unquote(password or '')}".encode()
    return {"Proxy-Authorization": f"Basic {b64encode(pair).decode()}"}


class _Deadline:
    """Cuts a connection off after a time. A socket's own timeout starts anew with every byte that drips in."""

    def __init__(self, seconds: float) -> None:
        self.has_passed = False
        self.socket: socket.socket | None = None
        self._seconds = seconds
        self._done = threading.Event()

    def __enter__(self) -> _Deadline:
        threading.Thread(target=self._watch, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._done.set()

    def _watch(self) -> None:
        if self._done.wait(self._seconds):
            return
        self.has_passed = True
        while self.socket is None:
            if self._done.wait(0.2):
                return
        with contextlib.suppress(OSError):
            # Not the method of a TLS socket, which would answer what still reads from it with a mistake.
            socket.socket.shutdown(self.socket, socket.SHUT_RDWR)


def _word(headers: Message, name: str) -> str | None:
    value = headers.get(name)
    return None if value is None else str(value)[:64]


def _seconds(text: str) -> float:
    return float(text) if text.isdecimal() and len(text) < 6 else 0.0
