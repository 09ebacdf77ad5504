"""Faults that the control side asks for: errors, throttling, lost connections and damaged answers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from checker.sandbox.message import Refusal, Request, Response

MAX_FAULTS = 100
MAX_SECONDS = 3600


class FaultKind(StrEnum):
    """What goes wrong. All but the first are performed by the server, which holds the connection."""

    STATUS = "status"
    RESET = "reset"
    HANG = "hang"
    TRUNCATE = "truncate"
    GARBAGE = "garbage"
    SLOW = "slow"


@dataclass(frozen=True)
class Spoiled(Response):
    """A response that the server spoils: never sent (reset, hang), cut off (truncate) or late (slow)."""

    kind: FaultKind = FaultKind.RESET
    seconds: float | None = None

    @property
    def is_sent(self) -> bool:
        """Whether the client gets any of it."""
        return self.kind not in (FaultKind.RESET, FaultKind.HANG)


@dataclass
class Fault:
    """One fault, with how often it was met.

    ``path`` is found anywhere in the folded path; with a ``*``, which stands for anything, it must match the whole.
    The first ``skip`` requests that match are let through, then ``times`` are spoiled; None means for ever.
    ``after`` lets the request be performed first: what it asked for is done, and the answer is lost.
    """

    method: str | None = None
    path: str = ""
    query: str | None = None
    kind: FaultKind = FaultKind.STATUS
    status: int = 500
    code: str | None = None
    message: str | None = None
    retry_after: int | None = None
    seconds: float | None = None
    times: int | None = None
    skip: int = 0
    after: bool = False
    met: int = field(default=0, compare=False)

    @classmethod
    def from_document(cls, document: Any) -> Fault:
        """Read what the control side was sent. Raises Refusal for what is no fault."""
        if not isinstance(document, dict):
            raise _invalid("a fault is an object")
        unknown = set(document) - set(_CHECKS)
        if unknown:
            raise _invalid(f"a fault has no {min(unknown)[:80]}; it has {', '.join(sorted(_CHECKS))}")
        for name, value in document.items():
            if value is not None and not _CHECKS[name](value):
                raise _invalid(f"{name} of the fault has a value that cannot be used")
        given = {name: value for name, value in document.items() if value is not None}
        if "kind" in given:
            given["kind"] = FaultKind(given["kind"])
        return cls(**given)

    def document(self) -> dict[str, Any]:
        """The fault as the control side shows it."""
        shown = {name: getattr(self, name) for name in _CHECKS}
        return {**shown, "kind": str(self.kind), "met": self.met}

    def strikes(self, request: Request) -> bool:
        """Count a request that matches, and tell whether it is spoiled."""
        if not self._matches(request):
            return False
        self.met += 1
        return self.met > self.skip and (self.times is None or self.met <= self.skip + self.times)

    def _matches(self, request: Request) -> bool:
        if self.method is not None and self.method.upper() != request.method:
            return False
        if self.query is not None and self.query not in request.query_text:
            return False
        wanted, path = self.path.lower(), "/" + "/".join(request.folded)
        first, *rest = wanted.split("*")
        return _in_order(path, first, rest) if rest else first in path


class Faults:
    """The faults that are set. The first one that strikes decides."""

    def __init__(self) -> None:
        self._faults: list[Fault] = []

    def add(self, fault: Fault) -> None:
        """Set one more. Raises Refusal where there are too many."""
        if len(self._faults) >= MAX_FAULTS:
            raise _invalid(f"there are {MAX_FAULTS} faults already: DELETE /sandbox/faults first")
        self._faults.append(fault)

    def clear(self) -> None:
        """Remove all."""
        self._faults.clear()

    def documents(self) -> list[dict[str, Any]]:
        """All, as the control side shows them."""
        return [fault.document() for fault in self._faults]

    def answer(self, request: Request, perform: Callable[[Request], Response]) -> Response:
        """What a request gets: what ``perform`` answers, unless a fault strikes."""
        fault = next((fault for fault in self._faults if fault.strikes(request)), None)
        if fault is None:
            return perform(request)
        if fault.kind in (FaultKind.TRUNCATE, FaultKind.SLOW):
            response = perform(request)
            return Spoiled(response.status, response.body, response.headers, kind=fault.kind, seconds=fault.seconds)
        if fault.after:
            perform(request)
        if fault.kind in (FaultKind.RESET, FaultKind.HANG):
            return Spoiled(502, kind=fault.kind, seconds=fault.seconds)
        if fault.kind is FaultKind.GARBAGE:
            return Response(200, "<html><body>Not what you asked for</body></html>", {"content-type": "text/html"})
        return _error(fault, request)


def _error(fault: Fault, request: Request) -> Response:
    headers = {} if fault.retry_after is None else {"Retry-After": str(fault.retry_after)}
    if fault.status == 429 and fault.code is None and "microsoft.compute" in request.folded:
        return _throttled_by_compute(headers)
    code, message = _ERRORS.get(fault.status, ("InternalServerError", "The server encountered an internal error."))
    raise Refusal(fault.status, fault.code or code, fault.message or message, headers=headers)


def _throttled_by_compute(headers: Mapping[str, str]) -> Response:
    """The throttling of Microsoft.Compute as documented: without the envelope that every other error has."""
    message = "The server rejected the request because too many requests have been received for this subscription."
    detail = '{"operationGroup":"HighCostGet30Min","startTime":"","endTime":"","allowedRequestCount":0}'
    return Response(
        429,
        {
            "code": "OperationNotAllowed",
            "message": message,
            "details": [{"code": "TooManyRequests", "target": "HighCostGet30Min", "message": detail}],
        },
        {**headers, "x-ms-ratelimit-remaining-resource": "Microsoft.Compute/HighCostGet30Min;0"},
    )


#: What an error of a status says when nothing else was asked for. Recorded or documented: none but 403's form.
_ERRORS = {
    401: ("ExpiredAuthenticationToken", "The access token expiry UTC time is earlier than current UTC time."),
    403: (
        "AuthorizationFailed",
        "The client does not have authorization to perform the action over the scope or the scope is invalid. "
        "If access was recently granted, please refresh your credentials.",
    ),
    404: ("NotFound", "The entity was not found in this Azure location."),
    409: ("Conflict", "The request conflicts with another that is in progress."),
    429: ("SubscriptionRequestsThrottled", "Number of requests exceeded the limit. Please try again later."),
    503: ("ServerTimeout", "The request timed out. Please try again."),
    504: ("GatewayTimeout", "The gateway did not receive a response in time."),
}


def _in_order(path: str, first: str, rest: list[str]) -> bool:
    """Whether a path begins with one text and goes on with the others, the last of them at its end."""
    if not path.startswith(first):
        return False
    at = len(first)
    for part in rest[:-1]:
        found = path.find(part, at)
        if found < 0:
            return False
        at = found + len(part)
    return len(path) - len(rest[-1]) >= at and path.endswith(rest[-1])


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and len(value) <= 4096 and value.isprintable()


def _is_int(value: Any, low: int, high: int) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and low <= value <= high


_CHECKS: Mapping[str, Callable[[Any], bool]] = {
    "method": _is_text,
    "path": _is_text,
    "query": _is_text,
    "kind": lambda value: isinstance(value, str) and value in set(FaultKind),
    "status": lambda value: _is_int(value, 400, 599),
    "code": _is_text,
    "message": _is_text,
    "retry_after": lambda value: _is_int(value, 0, 86400),
    "seconds": lambda value: (
        isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value <= MAX_SECONDS
    ),
    "times": lambda value: _is_int(value, 1, 10**9),
    "skip": lambda value: _is_int(value, 0, 10**9),
    "after": lambda value: isinstance(value, bool),
}


def _invalid(words: str) -> Refusal:
    return Refusal(400, "InvalidFault", words)
