"""A snapshot: wire bodies and what could not be read, checked for shape and for nothing else.

Every source passes through here: a file is read into a Snapshot, and a live source fills one. An
Estate is made from it.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any

from checker.errors import SnapshotProblem
from checker.facts.arm_id import ArmId, Kind, ancestors, fold
from checker.facts.collected import COLLECTED_KEYS
from checker.facts.directory import is_guid
from checker.facts.unread import OF_SNAPSHOTS, FactName, Unread, permission_for
from checker.facts.wire import parse_time

FORMAT = "imagecheck-snapshot/1"

_LISTS_OF_BODIES = (
    "tenants",
    "subscriptions",
    "resources",
    "roleAssignments",
    "roleDefinitions",
    "denyAssignments",
    "roleEligibilityScheduleInstances",
    "roleAssignmentScheduleInstances",
)
_MAPS_OF_BODIES = ("instanceViews", "replicationStatus")
_SECTIONS = {
    "format",
    "captured",
    *_LISTS_OF_BODIES,
    *_MAPS_OF_BODIES,
    "managementGroups",
    "providers",
    "directory",
    "guests",
    "disks",
    "collected",
    "unread",
}
_DIRECTORY_LISTS = ("users", "groups", "servicePrincipals")


@dataclass(frozen=True, slots=True)
class UnreadEntry:
    """One entry of the ``unread`` section; ``key`` is its scope, folded, ``scope`` as it was written."""

    key: str
    scope: str
    fact: FactName
    reason: str


@dataclass(frozen=True)
class Snapshot:
    """A document of the right shape. ``sections`` holds it as it was read, key by key."""

    sections: Mapping[str, Any]
    captured: datetime | None
    unread: tuple[UnreadEntry, ...]

    @classmethod
    def from_document(cls, document: Any) -> Snapshot:
        """Check the shape of a parsed JSON document.

        Raises SnapshotProblem with the path of what is wrong.
        """
        top = _object(document, "the snapshot")
        _check_format(top)
        _check_keys(top, _SECTIONS, "")
        _check_bodies(top)
        _check_sections_of_its_own(top)
        return cls(top, _captured(top), tuple(_unread_entries(top)))

    def section(self, name: str) -> Any:
        """A section, or None where the snapshot leaves it out."""
        return self.sections.get(name)

    def resources(self) -> Iterator[tuple[ArmId, Mapping[str, Any]]]:
        """Every body of ``resources`` with its id."""
        for body in self.section("resources") or ():
            yield ArmId.parse(body["id"]), body

    def unread_at(self, fact: FactName, key: str) -> Unread | None:
        """The entry that says a fact was not read of an id (folded), or of a scope above it."""
        entries = self._entries.get(fact)
        if not entries:
            return None
        return next((entries[scope] for scope in ancestors(key) if scope in entries), None)

    def unread_around(self, fact: FactName, key: str) -> Unread | None:
        """As ``unread_at``, for what belongs to a subscription (folded id): also an entry on something in it."""
        entries = self._entries.get(fact, {})
        above = self.unread_at(fact, key)
        if above is not None:
            return above
        return next((unread for scope, unread in entries.items() if scope.startswith(key + "/")), None)

    def unread_scopes(self, fact: FactName) -> Mapping[str, Unread]:
        """The folded scopes at which a fact was not read, each with why."""
        return self._entries.get(fact, {})

    @cached_property
    def _entries(self) -> Mapping[FactName, Mapping[str, Unread]]:
        found: dict[FactName, dict[str, Unread]] = {}
        for entry in self.unread:
            unread = Unread(entry.scope, entry.fact, entry.reason, _permission(entry))
            found.setdefault(entry.fact, {}).setdefault(entry.key, unread)
        return found


def _permission(entry: UnreadEntry) -> str:
    """The permission that answers an entry. On the way to a VM may stand a managed image, which has its own."""
    if entry.fact is FactName.VM and "/providers/microsoft.compute/images/" in entry.key:
        return "Microsoft.Compute/images/read"
    return permission_for(entry.fact)


def body_id(section: str, body: Mapping[str, Any]) -> str | None:
    """The id of a body in a section, as written; None where it has none."""
    if section == "tenants":
        found = body.get("tenantId")
    elif section == "subscriptions":
        found = body["id"] if "id" in body else body.get("subscriptionId")
    else:
        found = body.get("id")
    return found if isinstance(found, str) else None


def subscription_key(text: str) -> str:
    """A subscription, as an id or as a GUID, in the form it is compared: ``/subscriptions/guid``."""
    key = fold(text).rstrip("/")
    return key if key.startswith("/") else "/subscriptions/" + key


def _check_format(top: Mapping[str, Any]) -> None:
    written = top.get("format")
    if written == FORMAT:
        return
    name, _, number = FORMAT.partition("/")
    if isinstance(written, str) and written.startswith(name + "/"):
        newer = written.partition("/")[2]
        if newer.isascii() and newer.isdigit() and int(newer[:9]) > 1:
            raise SnapshotProblem(
                f"the snapshot has the format {name}/{newer[:9]}, which is newer than this program reads ({number}): "
                f"install imagecheck {newer[:9]}.0 or later"
            )
    raise SnapshotProblem(f'not a snapshot: "format" is not "{FORMAT}"')


def _check_keys(found: Mapping[str, Any], allowed: set[str], where: str) -> None:
    for key in found:
        if key not in allowed:
            near = difflib.get_close_matches(key, sorted(allowed), 1)
            hint = f" (did you mean {near[0]}?)" if near else ""
            raise SnapshotProblem(f"unknown key {where}{key[:80]}{hint}")


def _check_bodies(top: Mapping[str, Any]) -> None:
    for section in _LISTS_OF_BODIES:
        if section in top:
            _check_list(section, top[section], section)
    for section in _MAPS_OF_BODIES:
        if section in top:
            entries = _object(top[section], section)
            _check_ids(entries, section)
            for key, body in entries.items():
                _object(body, f"{section}.{key[:200]}")
    if "directory" in top:
        directory = _object(top["directory"], "directory")
        _check_keys(directory, {"tenantId", "members", *_DIRECTORY_LISTS}, "directory.")
        if "tenantId" in directory:
            _text(directory["tenantId"], "directory.tenantId")
        for section in _DIRECTORY_LISTS:
            if section in directory:
                _check_list(section, directory[section], f"directory.{section}")
        if "members" in directory:
            _check_texts_by_key(directory["members"], "directory.members")


def _check_list(section: str, bodies: Any, where: str) -> None:
    seen: set[str] = set()
    for number, body in enumerate(_list(bodies, where)):
        here = f"{where}[{number}]"
        id = body_id(section, _object(body, here))
        if id is None:
            # A body without an id cannot be asked for; the few that are only ever listed can do without.
            if section.startswith(("role", "deny")) and "id" not in body:
                continue
            raise SnapshotProblem(f"{here} has no id")
        if section == "resources":
            _id(id, f"{here}.id")
        if (
            section == "subscriptions"
            and _id(id if "id" in body else subscription_key(id), f"{here}.id").kind is not Kind.SUBSCRIPTION
        ):
            raise SnapshotProblem(f"{here}.id is not the id of a subscription")
        key = subscription_key(id) if section == "subscriptions" else "/" + fold(id).strip("/")
        if key in seen:
            raise SnapshotProblem(f"{here}: the id {id[:200]} is given twice")
        seen.add(key)


def _check_ids(entries: Mapping[str, Any], where: str) -> None:
    """Keys that are ids, each given once."""
    for key in entries:
        _id(key, f"{where}.{key[:200]}")
    _check_unique(entries, where)


def _id(text: str, where: str) -> ArmId:
    try:
        return ArmId.parse(text)
    except ValueError as error:
        raise SnapshotProblem(f"{where} is {error}") from None


def _check_unique(entries: Mapping[str, Any], where: str) -> None:
    seen: set[str] = set()
    for key in entries:
        folded = fold(key).strip("/")
        if folded in seen:
            raise SnapshotProblem(f"{where}: the id {key[:200]} is given twice")
        seen.add(folded)


def _check_sections_of_its_own(top: Mapping[str, Any]) -> None:
    if "managementGroups" in top:
        _check_texts_by_key(top["managementGroups"], "managementGroups")
    if "providers" in top:
        providers = _object(top["providers"], "providers")
        _check_unique(providers, "providers")
        for subscription, states in providers.items():
            where = f"providers.{subscription[:80]}"
            _check_unique(_object(states, where), where)
            for namespace, state in states.items():
                _text(state, f"{where}.{namespace[:80]}")
    if "collected" in top:
        collected = _object(top["collected"], "collected")
        _check_keys(collected, set(COLLECTED_KEYS), "collected.")
        for key, scopes in collected.items():
            for number, scope in enumerate(_list(scopes, f"collected.{key}")):
                _text(scope, f"collected.{key}[{number}]")
    if "guests" in top:
        guests = _object(top["guests"], "guests")
        _check_ids(guests, "guests")
        for vm, guest in guests.items():
            where = f"guests.{vm[:200]}"
            _check_keys(_object(guest, where), {"os", "deprovisioned"}, where + ".")
            _text(guest.get("os", ""), where + ".os")
            if not isinstance(guest.get("deprovisioned", False), bool):
                raise SnapshotProblem(f"{where}.deprovisioned is not true or false")
    if "disks" in top:
        disks = _object(top["disks"], "disks")
        _check_ids(disks, "disks")
        for disk, path in disks.items():
            _text(path, f"disks.{disk[:200]}")


def _check_texts_by_key(value: Any, where: str) -> None:
    entries = _object(value, where)
    _check_unique(entries, where)
    for key, texts in entries.items():
        here = f"{where}.{key[:200]}"
        for number, text in enumerate(_list(texts, here)):
            _text(text, f"{here}[{number}]")


def _captured(top: Mapping[str, Any]) -> datetime | None:
    if "captured" not in top:
        return None
    try:
        return parse_time(_text(top["captured"], "captured")).time
    except ValueError:
        raise SnapshotProblem("captured is not a time like 2026-11-22T12:00:00Z") from None


def _unread_entries(top: Mapping[str, Any]) -> Iterator[UnreadEntry]:
    for number, entry in enumerate(_list(top.get("unread", []), "unread")):
        where = f"unread[{number}]"
        _check_keys(_object(entry, where), {"scope", "fact", "reason"}, where + ".")
        fact = _text(entry.get("fact"), where + ".fact")
        if fact not in OF_SNAPSHOTS:
            near = difflib.get_close_matches(fact, list(OF_SNAPSHOTS), 1)
            hint = f" (did you mean {near[0]}?)" if near else f" (one of {', '.join(OF_SNAPSHOTS)})"
            raise SnapshotProblem(f"{where}.fact is unknown: {fact[:80]}{hint}")
        written = _text(entry.get("scope"), where + ".scope")
        scope = fold(written)
        if not scope.startswith("/") and not is_guid(scope):
            raise SnapshotProblem(f"{where}.scope is neither an id nor a GUID")
        if is_guid(scope) and fact != FactName.DIRECTORY:
            scope = "/subscriptions/" + scope
        key = "/" + scope.strip("/") if scope.startswith("/") else scope
        yield UnreadEntry(
            key, written, FactName(fact), _text(entry.get("reason", "no reason given"), where + ".reason")
        )


def _object(value: Any, where: str) -> Mapping[str, Any]:
    if not isinstance(value, dict):
        raise SnapshotProblem(f"{where} is not an object")
    return value


def _list(value: Any, where: str) -> list[Any]:
    if not isinstance(value, list):
        raise SnapshotProblem(f"{where} is not a list")
    return value


def _text(value: Any, where: str) -> str:
    if not isinstance(value, str):
        raise SnapshotProblem(f"{where} is not a text")
    return value
