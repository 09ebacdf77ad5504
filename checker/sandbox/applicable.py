"""What applies at a scope: role assignments, denies and PIM's schedules, or the refusal where that is not known."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from checker.facts.arm_id import ArmId, fold
from checker.facts.unread import FactName
from checker.sandbox.assignment_filters import AssignmentFilter
from checker.sandbox.denied import caller, denied
from checker.sandbox.message import Refusal, Request
from checker.sandbox.principals import GROUPS, Denied, Principals
from checker.sandbox.scopes import Scope, is_above, is_management_group, scope_of
from checker.sandbox.store import Store

#: The types of principal that have no members.
_SINGLE = frozenset({"user", "serviceprincipal", "device"})


@dataclass(frozen=True, slots=True)
class Kind:
    """One type of Microsoft.Authorization: its name in paths, which is its section too, and the fact it belongs to."""

    name: str
    fact: FactName

    @property
    def action(self) -> str:
        """The action that reads it."""
        return f"Microsoft.Authorization/{self.name}/read"


ROLE_ASSIGNMENTS = Kind("roleAssignments", FactName.ROLE_ASSIGNMENTS)
DENY_ASSIGNMENTS = Kind("denyAssignments", FactName.DENY_ASSIGNMENTS)
KINDS = {
    fold(kind.name): kind
    for kind in (
        ROLE_ASSIGNMENTS,
        DENY_ASSIGNMENTS,
        Kind("roleEligibilityScheduleInstances", FactName.ELIGIBILITY),
        Kind("roleAssignmentScheduleInstances", FactName.ELIGIBILITY),
    )
}


class Applicable:
    """Lists and look-ups of one kind at one scope, for one request."""

    def __init__(self, store: Store, request: Request, kind: Kind, scope: Scope) -> None:
        self._store = store
        self._request = request
        self._kind = kind
        self._scope = scope

    def denied(self) -> Refusal:
        """The refusal of reading this kind here."""
        return denied(self._request, self._kind.action, self._scope.text)

    def section(self) -> list[dict[str, Any]]:
        """All bodies of the kind. Raises Refusal where this kind may not be read at the scope."""
        bodies = self._store.bodies(self._kind.name)
        if bodies is None or self._store.unread_at(self._kind.fact, self._scope.key) is not None:
            raise self.denied()
        return bodies

    def was_collected(self) -> bool:
        """Whether what is not in the section does not exist at the scope.

        A group was read with its subscription; what is above subscriptions, only in a snapshot that is whole.
        """
        id = self._scope.arm_id
        if id is None and self._scope.subscription is not None:
            id = ArmId.parse(self._scope.subscription)
        if id is None:
            return self._store.section("collected") is None
        return self._store.collected.holds_fact(self._kind.fact, id)

    def listed(self, wanted: AssignmentFilter) -> list[dict[str, Any]]:
        """The bodies that apply, as they are stored, in their order.

        ``atScope()`` is what is assigned at the scope or above it (documented). Without it, what is below belongs
        to the answer too: documented for ``principalId eq``, unconfirmed without any filter. A body of which the
        scope cannot be read is in every answer. The refusal is for the whole list, as Azure's is.
        """
        bodies = self.section()
        if self._is_partly_unread(wanted) or not self.was_collected():
            raise self.denied()
        found = [body for body in bodies if self._applies(body, wanted)]
        if wanted.principal is not None:
            found = [body for body in found if fold(wanted.principal) in self._principals(body)]
        who = caller(self._request) if wanted.as_target else wanted.assigned_to
        if who is not None:
            found = list(self._held_by(who, found))
        return [body for body in found if self._store.unseen.shows(fold(str(body.get("id"))))]

    def find(self, name: str) -> dict[str, Any] | None:
        """The body of a name at exactly this scope; None where there is certainly none."""
        for body in self.section():
            if fold(_name(body)) == fold(name) and scope_of(body) == self._scope.key:
                return body
        if not self.was_collected():
            raise self.denied()
        return None

    def _is_partly_unread(self, wanted: AssignmentFilter) -> bool:
        for key in self._store.unread_scopes(self._kind.fact):
            if is_management_group(key) and is_above(self._store, key, self._scope) is not False:
                return True
            if not wanted.at_scope and is_above(self._store, self._scope.key, Scope(key, key)) is not False:
                return True
        return False

    def _applies(self, body: Mapping[str, Any], wanted: AssignmentFilter) -> bool:
        key = scope_of(body)
        if key is None:
            return True
        applies = is_above(self._store, key, self._scope)
        if applies is False and not wanted.at_scope:
            applies = is_above(self._store, self._scope.key, Scope(key, key))
        if applies is None:
            raise self.denied()
        return applies

    def _principals(self, body: Mapping[str, Any]) -> tuple[str, ...]:
        """The folded ids of whom a body speaks: one, or of a deny several. One that says nothing refuses the list."""
        properties = body.get("properties")
        said = properties if isinstance(properties, dict) else {}
        named = said.get("principals") if self._kind is DENY_ASSIGNMENTS else [{"id": said.get("principalId")}]
        ids = [one.get("id") for one in named if isinstance(one, dict)] if isinstance(named, list) else [None]
        texts = tuple(fold(id) for id in ids if isinstance(id, str))
        if len(texts) < len(ids):
            raise self.denied()
        return texts

    # -- assignedTo ------------------------------------------------------------------------------------

    def _held_by(self, id: str, bodies: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
        """What a principal was given itself or through groups, and groups in groups (documented).

        Azure answers this whether or not the caller may read the directory. Here the directory is what tells of
        membership: where it does not, the answer is right only while nothing was given to a group, else refused.
        """
        if self._kind is DENY_ASSIGNMENTS:
            raise Refusal(400, "InvalidFilter", "assignedTo() is not supported for deny assignments.", target="$filter")
        principals = Principals(self._store)
        groups = {one for body in bodies if _may_be_group(body) for one in self._principals(body)}
        if self._is_group(id, bodies, principals):
            raise Refusal(
                400, "InvalidFilter", f"assignedTo() does not take the id of a group: '{id}'.", target="$filter"
            )
        others = groups - {fold(id)}
        holding: set[str] = set()
        if others:
            try:
                if self._scope.subscription is not None and not principals.is_of(self._scope.subscription):
                    raise Denied
                holding = set(principals.are_members(id, sorted(others)))
            except Denied:
                raise self.denied() from None
        for body in bodies:
            if not {fold(id), *holding}.isdisjoint(self._principals(body)):
                yield body

    def _is_group(self, id: str, bodies: list[dict[str, Any]], principals: Principals) -> bool:
        if any(fold(id) in self._principals(body) and _type(body) == "group" for body in bodies):
            return True
        try:
            return principals.find(id, [GROUPS]) is not None
        except Denied:
            return False


def _name(body: Mapping[str, Any]) -> str:
    """The last part of the id, or the name where there is no id."""
    id = body.get("id")
    return id.rstrip("/").rpartition("/")[2] if isinstance(id, str) else str(body.get("name"))


def _type(body: Mapping[str, Any]) -> str:
    properties = body.get("properties")
    return fold(str(properties.get("principalType"))) if isinstance(properties, dict) else ""


def _may_be_group(body: Mapping[str, Any]) -> bool:
    return _type(body) not in _SINGLE
