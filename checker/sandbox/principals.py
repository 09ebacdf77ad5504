"""The directory of the store: who is in it, and in which groups, as far as it may be told.

Where a question touches what was not read, Denied is raised; each service makes its own refusal of it.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cached_property
from typing import Any

from checker.facts.arm_id import fold, subscription_key
from checker.facts.collected import MEMBERS
from checker.facts.unread import FactName
from checker.sandbox.store import Store

USERS, GROUPS, SERVICE_PRINCIPALS = "users", "groups", "servicePrincipals"

#: The type that role assignments and Graph give to what is in a list.
TYPES = {USERS: "User", GROUPS: "Group", SERVICE_PRINCIPALS: "ServicePrincipal"}


class Denied(Exception):
    """What was asked for is not known."""


class Principals:
    """Look-ups in the section ``directory`` for one answer. Ids are compared without case."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._seen: dict[str, list[dict[str, Any]]] = {}

    @property
    def tenant(self) -> str:
        """The tenant whose directory it is, as written. Raises Denied where there is none or it was not read."""
        return str(self._section["tenantId"])

    @cached_property
    def _section(self) -> dict[str, Any]:
        section: dict[str, Any] | None = self._store.section("directory")
        if not section or "tenantId" not in section or self._is_unread(section["tenantId"]):
            raise Denied
        return section

    def _is_unread(self, tenant: str) -> bool:
        scopes = self._store.unread_scopes(FactName.DIRECTORY)
        key = fold(tenant)
        if any(scope in scopes for scope in (key, "/" + key, "/tenants/" + key)):
            return True
        return bool(scopes) and any(
            fold(str(body.get("tenantId"))) == key
            and self._store.unread_around(
                FactName.DIRECTORY, subscription_key(str(body.get("id") or body.get("subscriptionId")))
            )
            is not None
            for body in self._store.bodies("subscriptions") or ()
        )

    def is_of(self, subscription: str) -> bool:
        """Whether the directory is that of a subscription (folded id), and was read."""
        try:
            tenant = self.tenant
        except Denied:
            return False
        return any(
            fold(str(body.get("tenantId"))) == fold(tenant)
            for body in self._store.bodies("subscriptions") or ()
            if subscription_key(str(body.get("id") or body.get("subscriptionId"))) == subscription
        )

    # -- who there is ------------------------------------------------------------------------------------

    def bodies(self, kind: str) -> list[dict[str, Any]]:
        """A list as it stands, without what is not to be seen yet. Raises Denied where it is absent."""
        if kind not in self._section:
            raise Denied
        if kind not in self._seen:
            bodies = self._section[kind]
            self._seen[kind] = [body for body in bodies if self._store.unseen.shows(str(body["id"]))]
        return self._seen[kind]

    def was_asked_for(self, names: Iterable[str]) -> bool:
        """Whether a directory that was not read whole was asked for one of some names."""
        asked = self._store.collected.names(FactName.DIRECTORY)
        return asked is None or any(fold(name) in asked for name in names)

    def find(self, id: str, kinds: Iterable[str]) -> tuple[str, dict[str, Any]] | None:
        """The list that holds an object id, and its body; None where none certainly does. Raises Denied."""
        absent = False
        for kind in kinds:
            try:
                bodies = self.bodies(kind)
            except Denied:
                absent = True
                continue
            for body in bodies:
                if fold(str(body["id"])) == fold(id):
                    return kind, body
        if absent or not self.was_asked_for([id]):
            raise Denied
        return None

    # -- who is in what ------------------------------------------------------------------------------------

    def members(self, group: str) -> tuple[str, ...]:
        """The ids of the direct members of a group, as written. Raises Denied."""
        members = self._members()
        if not self._is_whole():
            raise Denied
        return members.get(fold(group), ())

    def transitive_members(self, group: str) -> tuple[str, ...]:
        """The ids of all members of a group, directly or through other groups, as written. Raises Denied."""
        found: dict[str, str] = {}
        waiting = [group]
        while waiting:
            for member in self.members(waiting.pop()):
                if fold(member) not in found:
                    found[fold(member)] = member
                    waiting.append(member)
        return tuple(found.values())

    def groups_of(self, id: str) -> dict[str, str]:
        """The groups that hold a principal, by folded id as written. Raises Denied where others may hold it."""
        found = self._known_groups_of(id)
        if self._store.collected.names(MEMBERS) is not None or not self._is_told_of(id):
            raise Denied
        return found

    def are_members(self, id: str, groups: Iterable[str]) -> tuple[str, ...]:
        """Those of some groups that hold a principal. Raises Denied where that is not known of one of them."""
        settled = self._store.collected.names(MEMBERS)
        found = self._known_groups_of(id)
        inside: list[str] = []
        for group in groups:
            if fold(group) in found:
                inside.append(group)
            elif (settled is not None and fold(group) not in settled) or not self._is_told_of(id):
                raise Denied
        return tuple(inside)

    def _is_whole(self) -> bool:
        """Whether everybody's membership in every group was read."""
        return all(self._store.collected.names(key) is None for key in (FactName.DIRECTORY, MEMBERS))

    def _is_told_of(self, id: str) -> bool:
        """Whether the membership of a principal was read: of everybody, or of whom the directory speaks."""
        if self.was_asked_for([id]):
            return True
        key = fold(id)
        spoken_of = [str(body["id"]) for kind in TYPES for body in self._section.get(kind) or ()]
        spoken_of += [member for members in self._members().values() for member in members]
        return key in {fold(one) for one in spoken_of} or key in (self._store.collected.names(MEMBERS) or ())

    def _known_groups_of(self, id: str) -> dict[str, str]:
        holding: dict[str, list[str]] = {}
        written = self._written()
        for group, members in self._members().items():
            for member in members:
                holding.setdefault(fold(member), []).append(group)
        found: dict[str, str] = {}
        waiting = [fold(id)]
        while waiting:
            for group in holding.get(waiting.pop(), ()):
                if group not in found:
                    found[group] = written[group]
                    waiting.append(group)
        return found

    def _members(self) -> dict[str, tuple[str, ...]]:
        if "members" not in self._section:
            raise Denied
        return {fold(group): tuple(ids) for group, ids in self._section["members"].items()}

    def _written(self) -> dict[str, str]:
        section = self._section
        keys = {fold(group): str(group) for group in section.get("members") or ()}
        return keys | {fold(str(body["id"])): str(body["id"]) for body in section.get(GROUPS) or ()}
