"""Which roles were given, denied or scheduled at a scope and above it, as far as it is known."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Generic, TypeVar

from checker.facts.access import DenyAssignment, RoleAssignment, ScheduleInstance
from checker.facts.arm_id import ArmId, ancestors, fold, subscription_key
from checker.facts.collected import Collected
from checker.facts.listing import Listing
from checker.facts.roles import BUILT_IN, Role, guid_of, parse_role
from checker.facts.snapshot import Snapshot
from checker.facts.unread import Fact, FactName, Unread, not_collected, permission_for, then
from checker.facts.wire import Body

A = TypeVar("A", RoleAssignment, DenyAssignment, ScheduleInstance)

_MANAGEMENT_GROUP = "/providers/microsoft.management/managementgroups/"


@dataclass(frozen=True, slots=True)
class _Section(Generic[A]):
    """A section of the snapshot by folded scope; under ``""`` what names no scope that could be read."""

    fact: FactName
    was_read: bool
    by_scope: Mapping[str, list[A]]
    management_groups: tuple[str, ...]


class Assignments:
    """Look-ups at an id. ``collected`` says at which ids what applies was listed."""

    def __init__(self, snapshot: Snapshot, collected: Collected) -> None:
        self._snapshot = snapshot
        self._collected = collected
        schedule = FactName.ELIGIBILITY, ScheduleInstance.parse
        self._roles_given = self._section("roleAssignments", FactName.ROLE_ASSIGNMENTS, RoleAssignment.parse)
        self._denied = self._section("denyAssignments", FactName.DENY_ASSIGNMENTS, DenyAssignment.parse)
        self._active = self._section("roleAssignmentScheduleInstances", *schedule)
        self._eligible = self._section("roleEligibilityScheduleInstances", *schedule)
        self._roles = self._parse_roles()

    def role_assignments(self, id: ArmId) -> Listing[RoleAssignment]:
        """The role assignments at or above an id, with those of management groups that may be above it."""
        return self._at_or_above(self._roles_given, id)

    def deny_assignments(self, id: ArmId) -> Listing[DenyAssignment]:
        """The deny assignments at or above an id, as with role assignments."""
        return self._at_or_above(self._denied, id)

    def schedules(self, id: ArmId) -> Listing[ScheduleInstance]:
        """The PIM schedule instances of active assignments at or above an id."""
        return self._at_or_above(self._active, id)

    def eligibilities(self, id: ArmId) -> Listing[ScheduleInstance]:
        """The PIM schedule instances of eligible, not active, assignments at or above an id."""
        return self._at_or_above(self._eligible, id)

    def is_above(self, scope: str, id: ArmId) -> Fact[bool]:
        """Whether a scope (folded) is the id or above it. Of a management group that may not be known."""
        if not scope.startswith(_MANAGEMENT_GROUP):
            return scope in ancestors(id.key)
        name = scope.removeprefix(_MANAGEMENT_GROUP)
        return then(self.management_groups(id.subscription), lambda groups: name in groups)

    def management_groups(self, subscription: str) -> Fact[frozenset[str]]:
        """The folded names of the management groups above a subscription."""
        key = "/subscriptions/" + fold(subscription)
        unread = self._snapshot.unread_around(FactName.MANAGEMENT_GROUPS, key)
        if unread is not None:
            return unread
        for written, names in (self._snapshot.section("managementGroups") or {}).items():
            if subscription_key(written) == key:
                return frozenset(fold(name) for name in names)
        return not_collected(FactName.MANAGEMENT_GROUPS, key)

    def role(self, guid: str, id: ArmId) -> Fact[Role]:
        """A role definition by its GUID, as an asset's role assignments name it."""
        built_in = BUILT_IN.get(guid)
        if built_in is not None:
            return built_in
        unread = self._snapshot.unread_at(FactName.ROLE_DEFINITIONS, id.key)
        if unread is not None:
            return unread
        role = self._roles.get(guid)
        if role is not None:
            return role
        words = f"the role {guid} is neither built in nor listed"
        return Unread(id.text, FactName.ROLE_DEFINITIONS, words, permission_for(FactName.ROLE_DEFINITIONS))

    def _section(self, name: str, fact: FactName, parse: Callable[[str, Body], A]) -> _Section[A]:
        bodies = self._snapshot.section(name)
        found: dict[str, list[A]] = {}
        for content in bodies or ():
            id = content.get("id")
            parsed = parse(
                fold(id) if isinstance(id, str) else "", Body(id if isinstance(id, str) else name, fact, content)
            )
            scope = parsed.scope
            found.setdefault("" if isinstance(scope, Unread) else scope, []).append(parsed)
        groups = tuple(scope for scope in found if scope.startswith(_MANAGEMENT_GROUP))
        return _Section(fact, bodies is not None, found, groups)

    def _at_or_above(self, section: _Section[A], id: ArmId) -> Listing[A]:
        unread = self._snapshot.unread_at(section.fact, id.key)
        if unread is None and not section.was_read:
            unread = not_collected(section.fact, id.text)
        if unread is not None:
            return Listing((), unread)
        rest: Unread | None = None
        if not self._collected.holds_fact(section.fact, id):
            rest = not_collected(section.fact, id.text, f"subscription {id.subscription} was not collected")
        hidden: dict[str, Unread] = self._hidden_management_groups(section.fact, id)
        if hidden:
            rest = next(iter(hidden.values()))
        scopes = ["", *ancestors(id.key), *(group for group in section.management_groups if group not in hidden)]
        return Listing(tuple(found for scope in scopes for found in section.by_scope.get(scope, ())), rest)

    def _hidden_management_groups(self, fact: FactName, id: ArmId) -> dict[str, Unread]:
        """The management groups that are or may be above an id, and at which a fact was not read."""
        return {
            scope: unread
            for scope, unread in self._snapshot.unread_scopes(fact).items()
            if scope.startswith(_MANAGEMENT_GROUP) and self.is_above(scope, id) is not False
        }

    def _parse_roles(self) -> dict[str, Fact[Role]]:
        found: dict[str, Fact[Role]] = {}
        for content in self._snapshot.section("roleDefinitions") or ():
            id = content.get("id") or content.get("name")
            if isinstance(id, str):
                found[guid_of(id)] = parse_role(guid_of(id), Body(id, FactName.ROLE_DEFINITIONS, content))
        return found
