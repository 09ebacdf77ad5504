"""The control side under ``/sandbox``: pace, faults, the log and the store. It is no part of Azure."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, fields
from typing import Any, TypedDict

from checker.errors import SnapshotProblem
from checker.facts.snapshot import Snapshot
from checker.sandbox.faults import Fault, Faults
from checker.sandbox.message import Refusal, Request, Response
from checker.sandbox.pace import Pace
from checker.sandbox.store import Store


class LogEntry(TypedDict):
    """One request as it is logged: no query, no header, no body. No status: no answer was sent."""

    time: str
    method: str
    path: str
    status: int | None


class Control:
    """Answers the paths under ``/sandbox``.

    ``replace`` puts another store in place of the one that ``store`` gives.
    """

    def __init__(
        self,
        pace: Pace,
        faults: Faults,
        log: Callable[[], list[LogEntry]],
        store: Callable[[], Store],
        replace: Callable[[Store], None],
    ) -> None:
        self._pace = pace
        self._faults = faults
        self._log = log
        self._store = store
        self._replace = replace

    def answer(self, request: Request) -> Response:
        """Answer a path of this room. Raises Refusal."""
        match (request.method, *request.folded[1:]):
            case ("GET",):
                requests = sum(not entry["path"].lower().startswith("/sandbox") for entry in self._log())
                pace = asdict(self._pace)
                return Response(200, {"pace": pace, "faults": self._faults.documents(), "requests": requests})
            case ("PUT", "pace"):
                return Response(200, self._set_pace(request.content))
            case ("GET", "faults"):
                return Response(200, self._faults.documents())
            case ("POST", "faults"):
                fault = Fault.from_document(request.content)
                self._faults.add(fault)
                return Response(201, fault.document())
            case ("DELETE", "faults"):
                self._faults.clear()
                return Response(204)
            case ("GET", "log"):
                return Response(200, self._log())
            case ("GET", "snapshot"):
                return Response(200, self._store().document())
            case ("PUT", "snapshot"):
                self._replace(self._load(request.content))
                return Response(204)
        raise Refusal(404, "NotFound", f"the sandbox has no {request.method} of this; see imagecheck sandbox --help")

    def _set_pace(self, content: Any) -> dict[str, Any]:
        if not isinstance(content, dict):
            raise Refusal(400, "InvalidPace", "a pace is an object")
        known = {field.name for field in fields(Pace)}
        for name, value in content.items():
            if name not in known:
                raise Refusal(400, "InvalidPace", f"a pace has no {name[:80]}; it has {', '.join(sorted(known))}")
            if name == "like_azure":
                usable = isinstance(value, bool)
            else:
                lowest = 1 if name == "page_size" else 0
                usable = isinstance(value, int) and not isinstance(value, bool) and lowest <= value <= 100_000
            if not usable:
                raise Refusal(400, "InvalidPace", f"{name} of the pace has a value that cannot be used")
        for name, value in content.items():
            setattr(self._pace, name, value)
        return asdict(self._pace)

    def _load(self, content: Any) -> Store:
        try:
            return Store(Snapshot.from_document(content), self._store().clock, self._store().new_guid)
        except SnapshotProblem as problem:
            raise Refusal(400, "InvalidSnapshot", str(problem)) from None
