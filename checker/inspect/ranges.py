"""A file behind a URL, read by ranges: the page blob or managed disk that a SAS opens, or any server of files.

The query of the URL is the secret: it goes to the server and nowhere else, in no message and no exception.
"""

from __future__ import annotations

import http.client
import re
import socket
import ssl
import time
from dataclasses import dataclass
from email.message import Message
from types import TracebackType
from urllib.parse import quote, urlsplit

from checker.errors import SourceProblem
from checker.facts.vhd import BlobProperties
from checker.inspect.bytes import DiskUnreadable, check_bounds
from checker.inspect.cache import REQUEST_SIZE
from checker.inspect.connections import Address, Deadline, connect
from checker.redaction import without_query

LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})

_SAFE = "%/:=&?~#+!$,;'@()*[]"
_RANGE = re.compile(r"bytes ([0-9]{1,20})-([0-9]{1,20})/([0-9]{1,20})", re.ASCII)
_CODE = re.compile(r"[A-Za-z0-9]{1,64}")
_PROXY_REFUSED = re.compile(r"Tunnel connection failed: ([0-9]{3})")
_TRY_AGAIN = frozenset({408, 429, 500, 502, 503, 504})


@dataclass(frozen=True, slots=True)
class Patience:
    """How long a server is waited for, in seconds: for all of a file and for one request at most, and between two
    tries; and how many tries.
    """

    whole: float = 1800.0
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
        self.shown = without_query(url)
        self._patience = patience or Patience()
        self._connection: http.client.HTTPConnection | None = None
        self._failure = ""
        self._size = -1
        self._version: str | None = None
        self._spent = 0.0
        try:
            parts = urlsplit(quote(url, safe=_SAFE))
            self._address = Address(parts.scheme.lower(), parts.hostname or "", parts.port)
        except ValueError:
            raise SourceProblem(f"{self.shown} is no URL") from None
        if "@" in parts.netloc:
            raise SourceProblem("the URL of a disk holds no user name and no password: write https://HOST/PATH?SAS")
        if not parts.netloc:
            raise SourceProblem(f"{self.shown} is no URL of a disk: write https://HOST/PATH?SAS")
        if parts.scheme != "https" and not (parts.scheme == "http" and self._address.host in LOOPBACK):
            raise SourceProblem(f"{self.shown}: a disk is read over https, or over http from this machine only")
        self._path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        self._first = b""
        try:
            self._first, headers = self._ask(0, REQUEST_SIZE)
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
        began = time.monotonic()
        try:
            return self._keep_trying(offset, length)
        except DiskUnreadable as unread:
            self.close()
            self._failure = unread.words
            raise
        finally:
            self._spent += time.monotonic() - began
            if self._spent > self._patience.whole:
                self._failure = f"the server took more than {self._patience.whole:g} seconds for a part of the file"

    def _keep_trying(self, offset: int, length: int) -> tuple[bytes, Message]:
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
        raise DiskUnreadable(words)

    def _try(self, offset: int, length: int) -> tuple[bytes, Message]:
        wanted = f"bytes={offset}-{offset + length - 1}"
        # No x-ms-version: the version of the SAS counts then, and hosts of managed disks refuse some.
        headers = {"Range": wanted, "x-ms-range": wanted, "Accept-Encoding": "identity", "User-Agent": "imagecheck"}
        try:
            connection = self._connection or connect(self._address, self._patience.request)
            self._connection = connection
            with Deadline(self._patience.request, connection) as deadline:
                try:
                    if connection.sock is None:
                        connection.connect()
                    deadline.socket = connection.sock
                    connection.request("GET", self._path, headers=headers)
                    with connection.getresponse() as response:
                        answer = self._take(response, offset, length)
                except (OSError, http.client.HTTPException, ValueError, _Again, DiskUnreadable):
                    # What was cut off by the deadline looks like a whole answer.
                    if deadline.has_passed:
                        raise TimeoutError from None
                    raise
                if deadline.has_passed:
                    raise TimeoutError
                return answer
        except ssl.SSLCertVerificationError as error:
            raise DiskUnreadable(f"the server's certificate is not trusted: {error.verify_message}") from None
        except socket.gaierror as error:
            host = self._address.host if connection.host == self._address.host else f"{connection.host}, the proxy,"
            raise DiskUnreadable(f"the host {host} is not known: {error.strerror}") from None
        except UnicodeError:
            raise DiskUnreadable(f"the host {self._address.host} is not known: no host has such a name") from None
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
        version = headers.get("ETag", headers.get("Last-Modified"))
        if self._size >= 0 and (size, version) != (self._size, self._version):
            raise DiskUnreadable("the file changed while it was read")
        if (first, last) != (offset, min(offset + length, size) - 1):
            raise DiskUnreadable("the server sends another range than the one that was asked for")
        encodings = headers.get("Content-Encoding", "identity"), headers.get("Transfer-Encoding", "chunked")
        if [encoding.lower() for encoding in encodings] != ["identity", "chunked"]:
            raise DiskUnreadable("the server sends the file in another encoding")
        if headers.get_content_maintype() == "multipart":
            raise DiskUnreadable("the server sends the range in several parts")
        expected = last - first + 1
        if headers.get("Content-Length", str(expected)).strip() != str(expected):
            raise DiskUnreadable("the server sends another length than that of the range")
        body = response.read(expected + 1)
        if len(body) < expected:
            raise _Again("the server sent less than it promised")
        if len(body) > expected:
            raise DiskUnreadable("the server sent more than it promised")
        self._size, self._version = size, version
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


def _word(headers: Message, name: str) -> str | None:
    """The value of a header; None where it is not there, or there with several that differ."""
    values = {str(value) for value in headers.get_all(name, ())}
    return values.pop()[:64] if len(values) == 1 else None


def _seconds(text: str) -> float:
    return float(text) if text.isdecimal() and len(text) < 6 else 0.0
