"""Microsoft.Authorization at any scope: who was given, denied and scheduled what, and the roles themselves."""

from __future__ import annotations

from typing import Any

from checker.sandbox.applicable import KINDS, ROLE_ASSIGNMENTS, Applicable, Kind
from checker.sandbox.assignment_filters import assignment_filter
from checker.sandbox.message import Refusal, Request, Response
from checker.sandbox.pace import Pace
from checker.sandbox.paging import page
from checker.sandbox.role_assignments import RoleAssignments, as_of
from checker.sandbox.role_definitions import RoleDefinitions
from checker.sandbox.scopes import Scope
from checker.sandbox.store import Store

_NAMESPACE = ("providers", "microsoft.authorization")


class Authorization:
    """Bodies are served as they are stored; 403 AuthorizationFailed where what applies is not known."""

    def __init__(self, store: Store, pace: Pace) -> None:
        self._store = store
        self._pace = pace
        self._definitions = RoleDefinitions(store, pace)
        self._assignments = RoleAssignments(store, pace, self._definitions)

    def answer(self, request: Request) -> Response | None:
        """The answer to a request; None for a path of another service. Raises Refusal."""
        place = _place(request)
        if place is None:
            return None
        scope = Scope.of(request.segments[:place])
        type, *names = request.folded[place + 2 :]
        if type == "roledefinitions":
            return self._definitions.answer(request, scope, request.segments[place + 3 :])
        kind = KINDS.get(type)
        if kind is None or len(names) > 1:
            return None
        if request.method == "GET":
            return self._get(request, scope, kind, names)
        if kind is ROLE_ASSIGNMENTS and names:
            return self._assignments.answer(request, scope, request.segments[-1])
        return None

    def _get(self, request: Request, scope: Scope, kind: Kind, names: list[str]) -> Response:
        found = Applicable(self._store, request, kind, scope)
        if not names:
            bodies = found.listed(assignment_filter(request))
            return Response(200, page(request, self._pace, (_shown(request, kind, body) for body in bodies)))
        body = found.find(names[0])
        if body is None:
            raise _not_found(kind, request.segments[-1])
        return Response(200, _shown(request, kind, body))


def _place(request: Request) -> int | None:
    """Where the last ``providers/Microsoft.Authorization`` of a path stands, with a type after it."""
    for place in range(len(request.folded) - 3, -1, -1):
        if request.folded[place : place + 2] == _NAMESPACE:
            return place
    return None


def _shown(request: Request, kind: Kind, body: dict[str, Any]) -> dict[str, Any]:
    return as_of(request, body) if kind is ROLE_ASSIGNMENTS else body


def _not_found(kind: Kind, name: str) -> Refusal:
    """The refusal of what is not there; codes and words are unconfirmed."""
    singular = kind.name.removesuffix("s")
    words = "".join(f" {letter.lower()}" if letter.isupper() else letter for letter in singular)
    return Refusal(404, f"{singular[0].upper()}{singular[1:]}NotFound", f"The {words} '{name}' is not found.")
