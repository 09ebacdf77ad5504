"""A sandbox with the built-in tenant, and ways to talk to it by hand."""

from __future__ import annotations

import contextlib
import http.client
import json
import socket
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from checker.facts.snapshot import Snapshot
from checker.sandbox import tenant
from checker.sandbox.message import Request, Response
from checker.sandbox.server import Running, serve
from checker.sandbox.service import Sandbox
from checker.sandbox.store import Store

TOKEN = "0123456789abcdef"


@dataclass
class Front:
    """The sandbox as a function, and what is known of its tenant."""

    sandbox: Sandbox
    token: str = TOKEN
    tenant: str = tenant.PUBLISHER_TENANT
    other_tenant: str = "22222222-bbbb-4bbb-8bbb-222222222222"
    subscription: str = "33333333-cccc-4ccc-8ccc-333333333333"
    other_subscription: str = "44444444-dddd-4ddd-8ddd-444444444444"
    #: A path that is answered with 200.
    subscriptions: str = "/subscriptions?api-version=2022-12-01"

    @staticmethod
    def on(document: dict[str, Any] | None = None, **options: Any) -> Front:
        """A front over another tenant, or with other options."""
        return Front(Sandbox(Store(Snapshot.from_document(document or tenant.document())), TOKEN, **options))

    def ask(
        self,
        method: str,
        target: str,
        body: Any = None,
        *,
        token: str | None = TOKEN,
        headers: dict[str, str] | None = None,
    ) -> Response:
        path, _, query = target.partition("?")
        sent = {} if token is None else {"authorization": f"Bearer {token}"}
        content = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
        return self.sandbox.handle(Request(method, path, query, {**sent, **(headers or {})}, content))

    def sign_in(self, tenant: str, **form: str) -> Response:
        fields = {"grant_type": "client_credentials", "client_id": "app", "client_secret": self.token, **form}
        body = "&".join(f"{name}={value}" for name, value in fields.items()).encode()
        return self.ask("POST", f"/{tenant}/oauth2/v2.0/token", body, token=None)

    def log(self) -> list[dict[str, Any]]:
        return self.ask("GET", "/sandbox/log").body


@dataclass
class Wire:
    """The sandbox on a socket."""

    front: Front
    running: Running

    def connect(self) -> http.client.HTTPConnection:
        return http.client.HTTPConnection("127.0.0.1", self.running.port, timeout=60)

    def get(self, connection: http.client.HTTPConnection, target: str) -> tuple[http.client.HTTPResponse, bytes]:
        connection.request("GET", target, headers={"Authorization": f"Bearer {TOKEN}"})
        answer = connection.getresponse()
        return answer, answer.read()

    def once(self, target: str) -> tuple[http.client.HTTPResponse, bytes]:
        """An answer on a connection of its own."""
        with contextlib.closing(self.connect()) as connection:
            return self.get(connection, target)

    def send(self, *lines: str, body: bytes = b"") -> bytes:
        """What comes back for these lines until the server closes."""
        with socket.create_connection(("127.0.0.1", self.running.port), timeout=60) as connection:
            connection.sendall("\r\n".join([*lines, "", ""]).encode("latin-1") + body)
            found = b""
            while more := connection.recv(1 << 20):
                found += more
            return found

    def socket(self) -> socket.socket:
        return socket.create_connection(("127.0.0.1", self.running.port), timeout=60)


@pytest.fixture
def front() -> Front:
    return Front.on()


@pytest.fixture
def wire(front: Front) -> Iterator[Wire]:
    with serve(front.sandbox) as running:
        yield Wire(front, running)
