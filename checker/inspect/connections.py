"""A connection to a server of files, through the proxy of the environment, and an end to waiting for it."""

from __future__ import annotations

import contextlib
import http.client
import socket
import ssl
import threading
import urllib.request
from base64 import b64encode
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

from checker.inspect.bytes import DiskUnreadable


@dataclass(frozen=True, slots=True)
class Address:
    """Where a server is. ``port`` is None for the usual one of the scheme, which is http or https."""

    scheme: str
    host: str
    port: int | None


def connect(address: Address, timeout: float) -> http.client.HTTPConnection:
    """A connection, not yet open, through the proxy that the environment names for the host.

    ``timeout`` in seconds is for one step of it. Raises DiskUnreadable for a proxy that cannot be used.
    """
    if address.scheme == "http":
        return http.client.HTTPConnection(address.host, address.port or 80, timeout=timeout)
    proxy = None if urllib.request.proxy_bypass(address.host) else urllib.request.getproxies().get("https")
    context = ssl.create_default_context()
    port = address.port or 443
    if not proxy:
        return http.client.HTTPSConnection(address.host, port, timeout=timeout, context=context)
    try:
        parts = urlsplit(proxy if "://" in proxy else f"http://{proxy}")
        host, proxy_port = parts.hostname, parts.port or 80
    except ValueError:
        host = None
    if host is None or parts.scheme != "http":
        raise DiskUnreadable("the proxy that the environment names is not one of the form http://HOST:PORT")
    connection = http.client.HTTPSConnection(host, proxy_port, timeout=timeout, context=context)
    connection.set_tunnel(address.host, port, headers=_proxy_headers(parts.username, parts.password))
    return connection


def _proxy_headers(user: str | None, password: str | None) -> dict[str, str]:
    if user is None:
        return {}
    pair = f"{unquote(user)}:{unquote(password or '')}".encode()
    return {"Proxy-Authorization": f"Basic {b64encode(pair).decode()}"}


class Deadline:
    """Cuts a connection off after a time. A socket's own timeout starts anew with every byte that drips in."""

    def __init__(self, seconds: float, connection: http.client.HTTPConnection) -> None:
        self.has_passed = False
        #: The socket once it is connected: a connection forgets its own when the server is to close it.
        self.socket: socket.socket | None = None
        self._seconds = seconds
        self._connection = connection
        self._done = threading.Event()

    def __enter__(self) -> Deadline:
        threading.Thread(target=self._watch, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._done.set()

    def _watch(self) -> None:
        if self._done.wait(self._seconds):
            return
        self.has_passed = True
        # Again and again: while it is being connected, TLS puts another socket into the place of the first.
        while True:
            found = self.socket or self._connection.sock
            if found is not None:
                with contextlib.suppress(OSError):
                    # Not the method of a TLS socket, which would answer what still reads from it with a mistake.
                    socket.socket.shutdown(found, socket.SHUT_RDWR)
            if self._done.wait(0.2):
                return
