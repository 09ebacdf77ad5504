import copy
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from checker.facts.snapshot import Snapshot
from checker.sandbox import tenant
from checker.sandbox.compute import Compute
from checker.sandbox.message import Refusal, Request, Response
from checker.sandbox.operations import Operations
from checker.sandbox.pace import Pace
from checker.sandbox.store import Store

GROUP = "/subscriptions/33333333-cccc-4ccc-8ccc-333333333333/resourceGroups/images/providers/Microsoft.Compute"


class Client:
    """Speaks to Compute over a document, as the service would."""

    def __init__(self, document: dict[str, Any]) -> None:
        self.time = datetime(2026, 11, 22, 12, tzinfo=UTC)
        self.pace = Pace()
        self.store = Store(Snapshot.from_document(document), clock=lambda: self.time)
        self.operations = Operations(self.store, self.pace)
        self.compute = Compute(self.store, self.operations, self.pace)
        self.loaded = copy.deepcopy(document)

    def send(self, method: str, url: str, content: Any = None, version: str = "2024-03-03", **headers: str) -> Response:
        """``url`` is a path below the group, an id, or an address that an answer gave."""
        self.operations.settle()
        path, _, query = url.removeprefix("http://sandbox").partition("?")
        if not path.lower().startswith("/subscriptions"):
            path = f"{GROUP}/{path}"
        if "api-version" not in query:
            query = "&".join(part for part in (query, f"api-version={version}") if part)
        raw = content if isinstance(content, bytes) else b"" if content is None else json.dumps(content).encode()
        names = {name.replace("_", "-"): value for name, value in headers.items()}
        try:
            response = self.compute.answer(Request(method, path, query, names, raw, "http://sandbox"))
        except Refusal as refusal:
            return Response(refusal.status, {"error": {"code": refusal.code, "message": refusal.message}})
        return Response(404) if response is None else response

    def get(self, url: str, **more: Any) -> Any:
        response = self.send("GET", url, **more)
        assert response.status == 200, response.body
        return response.body

    def refused(self, method: str, url: str, content: Any = None, **more: Any) -> tuple[int, str]:
        response = self.send(method, url, content, **more)
        assert response.status >= 400, response
        return response.status, response.body["error"]["code"]

    def power(self, vm: str) -> list[str]:
        """The codes of an instance view, as they stand in the saved document."""
        self.operations.settle()
        view = self.store.document()["instanceViews"][f"{GROUP}/virtualMachines/{vm}"]
        return [status["code"] for status in view["statuses"]]

    def changed(self) -> set[str]:
        """Where the saved document differs from the loaded one."""
        self.operations.settle()
        return set(_differences("", self.loaded, self.store.document()))

    def wait(self, seconds: float) -> None:
        self.time += timedelta(seconds=seconds)


def _differences(path: str, one: Any, other: Any) -> list[str]:
    if isinstance(one, dict) and isinstance(other, dict):
        return [
            found
            for key in one.keys() | other.keys()
            for found in _differences(f"{path}/{key.rpartition('/')[2]}", one.get(key), other.get(key))
        ]
    if path == "/resources":
        by_id = [{body["id"]: body for body in bodies} for bodies in (one, other)]
        return _differences(path + "/", *by_id)
    return [] if one == other else [path]


@pytest.fixture
def document() -> dict[str, Any]:
    return tenant.document()


@pytest.fixture
def client(document: dict[str, Any]) -> Client:
    return Client(document)


@pytest.fixture
def serve() -> Callable[[dict[str, Any]], Client]:
    return Client


@pytest.fixture
def group() -> str:
    return GROUP
