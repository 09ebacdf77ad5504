"""Long-running operations: what a write began, how often it says InProgress, and what it leaves when it is done."""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from checker.sandbox.message import Refusal, Request, Response
from checker.sandbox.pace import Pace
from checker.sandbox.refusals import entity_not_found
from checker.sandbox.store import Store

#: The families of operation paths [recorded], each with what the rate limit of its polls is called.
_BUDGETS = {"operations": "GetOperation", "capsOperations": "GetOperationStatus", "DiskOperations": ""}
_FAMILIES = {name.lower(): name for name in _BUDGETS}
#: How many finished operations are still remembered.
_REMEMBERED = 1000
#: The year of the first version of the interface whose operation addresses were recorded with ``p``.
_WITH_TOKEN = "2022"


@dataclass(frozen=True)
class Work:
    """What a write starts. ``seconds`` is what it takes at Azure's pace; None never ends.

    ``finish`` changes the store and returns the operation's output. ``retry_after`` is Azure's header.
    ``what`` is the operation's name in the messages of Azure; ``of`` the folded id of the resource it changes.
    What is ``unseen`` happens by itself, in a guest: it has no address, and nobody's polls bring its end.
    """

    family: str
    location: str
    of: str
    what: str
    finish: Callable[[], Any]
    seconds: float | None = 1
    retry_after: int | None = None
    unseen: bool = False


@dataclass
class Operation:
    """A piece of work under way, or done."""

    id: str
    token: str
    subscription: str
    work: Work
    started: datetime
    polls: int
    ended: datetime | None = None
    output: Any = None
    error: Refusal | None = None

    @property
    def running(self) -> bool:
        """Whether it is still under way."""
        return self.ended is None


class Operations:
    """The operations of the sandbox. ``settle`` is called before every request."""

    def __init__(self, store: Store, pace: Pace) -> None:
        self._store = store
        self._pace = pace
        self._known: dict[str, Operation] = {}
        self._running: list[Operation] = []

    def start(self, subscription: str, work: Work) -> Operation:
        """Begin a piece of work. Its end comes with the polls of it, or with time at Azure's pace."""
        store = self._store
        operation = Operation(
            store.new_guid(), store.new_guid(), subscription, work, store.clock(), max(self._pace.polls, 0)
        )
        if not work.unseen:
            self._known[operation.id.lower()] = operation
        self._running.append(operation)
        self._forget()
        return operation

    def settle(self) -> None:
        """Finish what is due, and what that begins and is due at once."""
        while due := [operation for operation in self._running if self._is_due(operation)]:
            for operation in due:
                self._finish(operation)

    def under_way(self, key: str) -> list[Operation]:
        """What is changing a resource (folded id) now, the oldest first."""
        return [operation for operation in self._running if operation.work.of == key]

    def headers(self, operation: Operation, request: Request, *, monitor: bool) -> dict[str, str]:
        """The headers of the answer that starts an operation; ``monitor`` adds where its result will be."""
        found = {"azure-asyncoperation": self._address(operation, request, monitor=False)}
        if monitor:
            found["location"] = self._address(operation, request, monitor=True)
        if _version(request) >= _WITH_TOKEN:
            found["azure-asyncnotification"] = "Enabled"
        return found | self._retry_after(operation)

    def answer(self, request: Request, family: str, id: str) -> Response | None:
        """The state of an operation, or with ``monitor=true`` its result; None for a family that is none."""
        if family.lower() not in _FAMILIES:
            return None
        operation = self._known.get(id.lower())
        same_place = operation is not None and operation.subscription.lower() == request.folded[1]
        if operation is None or not same_place or operation.work.family.lower() != family.lower():
            raise entity_not_found()
        budget = _BUDGETS[operation.work.family]
        headers = {} if not budget else {"x-ms-ratelimit-remaining-resource": _remaining(budget)}
        if operation.running:
            operation.polls -= 1
            headers |= self._retry_after(operation)
        if request.query.get("monitor", "").lower() == "true":
            return self._result(operation, request, headers)
        return Response(200, _status(operation), headers)

    def _result(self, operation: Operation, request: Request, headers: dict[str, str]) -> Response:
        if operation.running:
            return Response(202, None, headers | {"location": self._address(operation, request, monitor=True)})
        if operation.error is not None:
            raise operation.error
        return Response(200, copy.deepcopy(operation.output), headers)

    def _is_due(self, operation: Operation) -> bool:
        seconds = operation.work.seconds
        if seconds is None:
            return False
        if self._pace.like_azure:
            return self._store.clock() >= operation.started + timedelta(seconds=seconds)
        return operation.work.unseen or operation.polls <= 0

    def _finish(self, operation: Operation) -> None:
        self._running.remove(operation)
        operation.ended = self._store.clock()
        try:
            operation.output = operation.work.finish()
        except Refusal as refusal:
            operation.error = refusal

    def _retry_after(self, operation: Operation) -> dict[str, str]:
        seconds = operation.work.retry_after
        return {"retry-after": str(seconds)} if self._pace.like_azure and seconds is not None else {}

    def _address(self, operation: Operation, request: Request, *, monitor: bool) -> str:
        version = _version(request)
        token = f"p={operation.token}&" if version >= _WITH_TOKEN else ""
        place = "".join(operation.work.location.lower().split())
        return (
            f"{request.base}/subscriptions/{operation.subscription}/providers/Microsoft.Compute/locations/{place}/"
            f"{operation.work.family}/{operation.id}?{token}{'monitor=true&' if monitor else ''}api-version={version}"
        )

    def _forget(self) -> None:
        for id in [id for id, operation in self._known.items() if not operation.running][: -_REMEMBERED or None]:
            del self._known[id]


def moment(time: datetime) -> str:
    """A time as Azure Compute writes it, with seven digits after the second."""
    return time.strftime("%Y-%m-%dT%H:%M:%S.%f0+00:00")


def _version(request: Request) -> str:
    return request.query.get("api-version", "")


def _remaining(budget: str) -> str:
    return f"Microsoft.Compute/{budget}3Min;14986,Microsoft.Compute/{budget}30Min;29960"


def _status(operation: Operation) -> dict[str, Any]:
    found: dict[str, Any] = {"startTime": moment(operation.started)}
    if operation.ended is None:
        return found | {"status": "InProgress", "name": operation.id}
    found["endTime"] = moment(operation.ended)
    if operation.error is not None:
        error = {"code": operation.error.code, "message": operation.error.message}
        return found | {"status": "Failed", "error": error, "name": operation.id}
    found["status"] = "Succeeded"
    if operation.output is not None:
        found["properties"] = {"output": copy.deepcopy(operation.output)}
    return found | {"name": operation.id}
