"""Azure Compute: galleries and what is in them, machines, disks, images, and the operations that changes take."""

from __future__ import annotations

from typing import Protocol

from checker.sandbox.actions import Actions
from checker.sandbox.budgets import budget_headers
from checker.sandbox.captures import Versions
from checker.sandbox.compute_path import ComputePath
from checker.sandbox.compute_reads import ComputeReads
from checker.sandbox.disks import Disks, Images
from checker.sandbox.galleries import Galleries
from checker.sandbox.machines import Extensions
from checker.sandbox.message import Refusal, Request, Response
from checker.sandbox.operations import Operations
from checker.sandbox.pace import Pace
from checker.sandbox.refusals import BY_GATEWAY
from checker.sandbox.store import Store

_MAX_PATH = 4096


class _Kind(Protocol):
    """What writes one kind of resource."""

    def put(self, request: Request, path: ComputePath) -> Response: ...

    def patch(self, request: Request, path: ComputePath) -> Response: ...

    def delete(self, request: Request, path: ComputePath) -> Response: ...


class Compute:
    """The resource provider Microsoft.Compute over a store."""

    def __init__(self, store: Store, operations: Operations, pace: Pace) -> None:
        self._store = store
        self._operations = operations
        self._reads = ComputeReads(store, pace)
        galleries, disks = (kind(store, operations, self._reads) for kind in (Galleries, Disks))
        self._actions = Actions(store, operations, self._reads)
        self._kinds: dict[str, _Kind] = {
            "galleries": galleries,
            "galleries/images": galleries,
            "galleries/applications": galleries,
            "galleries/images/versions": Versions(store, operations, self._reads),
            "disks": disks,
            "snapshots": disks,
            "images": Images(store, operations, self._reads),
            "virtualmachines": self._actions,
            "virtualmachines/extensions": Extensions(store, operations, self._reads),
        }

    def answer(self, request: Request) -> Response | None:
        """The answer to a request; None for a path that is not Compute's. Raises Refusal."""
        path = ComputePath.of(request)
        if path is None or not path.types or len(request.path) > _MAX_PATH:
            return None
        if path.types[0] == "locations":
            return self._operation(request, path)
        if not self._is_served(path):
            return None
        headers = budget_headers(request.method, path)
        try:
            response = self._dispatch(request, path)
        except Refusal as refusal:
            own = {"x-ms-failure-cause": "gateway"} if refusal.code in BY_GATEWAY else headers
            refusal.headers = {**own, **refusal.headers}
            raise
        if response is None:
            return None
        return Response(response.status, response.body, {**headers, **response.headers})

    def _operation(self, request: Request, path: ComputePath) -> Response | None:
        """``locations/{region}/{family}/{id}``; other things of a region are not known here."""
        if request.method != "GET" or len(path.types) != 2 or len(path.names) != 2:
            return None
        return self._operations.answer(request, path.types[1], path.names[1])

    def _is_served(self, path: ComputePath) -> bool:
        """A type of Compute, or one that the store has."""
        if path.names and not path.group:
            return False
        if path.is_known:
            return True
        type = f"microsoft.compute/{path.type}"
        return any(True for _ in self._store.resources(type, f"/subscriptions/{path.subscription.lower()}"))

    def _dispatch(self, request: Request, path: ComputePath) -> Response | None:
        if path.action:
            return self._act(request, path)
        if path.is_list:
            return self._reads.listed(request, path) if request.method == "GET" else None
        if request.method == "GET":
            return self._reads.one(request, path)
        kind = self._kinds.get(path.type)
        if kind is None:
            if request.method not in ("PUT", "PATCH", "DELETE"):
                return None
            raise Refusal(501, "NotImplemented", f"The sandbox does not write {path.spelled_type}.")
        match request.method:
            case "PUT":
                return kind.put(request, path)
            case "PATCH":
                return kind.patch(request, path)
            case "DELETE":
                return kind.delete(request, path)
        return None

    def _act(self, request: Request, path: ComputePath) -> Response | None:
        if len(path.types) != len(path.names):
            return None
        if request.method == "GET":
            return self._reads.view(request, path)
        return self._actions.post(request, path) if path.type == "virtualmachines" else None
