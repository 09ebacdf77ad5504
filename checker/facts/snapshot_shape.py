"""The shape of a snapshot: checked key by key, and nothing but the shape."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from typing import Any

from checker.errors import SnapshotProblem
from checker.facts.arm_id import ArmId, Kind, fold, subscription_key
from checker.facts.collected import COLLECTED_KEYS

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


def check_shape(top: Mapping[str, Any]) -> None:
    """Check every section but ``captured`` and ``unread``. Raises SnapshotProblem with the path of what is wrong."""
    check_keys(top, _SECTIONS, "")
    _check_bodies(top)
    _check_sections_of_its_own(top)


def _body_id(section: str, body: Mapping[str, Any]) -> str | None:
    """The id of a body in a section, as written; None where it has none."""
    if section == "tenants":
        found = body.get("tenantId")
    elif section == "subscriptions":
        found = body["id"] if "id" in body else body.get("subscriptionId")
    else:
        found = body.get("id")
    return found if isinstance(found, str) else None


def check_keys(found: Mapping[str, Any], allowed: set[str], where: str) -> None:
    """Raise SnapshotProblem for a key that is not known, with the nearest one."""
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
            entries = as_object(top[section], section)
            _check_ids(entries, section)
            for key, body in entries.items():
                as_object(body, f"{section}.{key[:200]}")
    if "directory" in top:
        directory = as_object(top["directory"], "directory")
        check_keys(directory, {"tenantId", "members", *_DIRECTORY_LISTS}, "directory.")
        if "tenantId" in directory:
            as_text(directory["tenantId"], "directory.tenantId")
        for section in _DIRECTORY_LISTS:
            if section in directory:
                _check_list(section, directory[section], f"directory.{section}")
        if "members" in directory:
            _check_texts_by_key(directory["members"], "directory.members")


def _check_list(section: str, bodies: Any, where: str) -> None:
    seen: set[str] = set()
    for number, body in enumerate(as_list(bodies, where)):
        here = f"{where}[{number}]"
        id = _body_id(section, as_object(body, here))
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
        providers = as_object(top["providers"], "providers")
        _check_unique(providers, "providers")
        for subscription, states in providers.items():
            where = f"providers.{subscription[:80]}"
            _check_unique(as_object(states, where), where)
            for namespace, state in states.items():
                as_text(state, f"{where}.{namespace[:80]}")
    if "collected" in top:
        collected = as_object(top["collected"], "collected")
        check_keys(collected, set(COLLECTED_KEYS), "collected.")
        for key, scopes in collected.items():
            for number, scope in enumerate(as_list(scopes, f"collected.{key}")):
                as_text(scope, f"collected.{key}[{number}]")
    if "guests" in top:
        guests = as_object(top["guests"], "guests")
        _check_ids(guests, "guests")
        for vm, guest in guests.items():
            where = f"guests.{vm[:200]}"
            check_keys(as_object(guest, where), {"os", "deprovisioned"}, where + ".")
            as_text(guest.get("os", ""), where + ".os")
            if not isinstance(guest.get("deprovisioned", False), bool):
                raise SnapshotProblem(f"{where}.deprovisioned is not true or false")
    if "disks" in top:
        disks = as_object(top["disks"], "disks")
        _check_ids(disks, "disks")
        for disk, path in disks.items():
            as_text(path, f"disks.{disk[:200]}")


def _check_texts_by_key(value: Any, where: str) -> None:
    entries = as_object(value, where)
    _check_unique(entries, where)
    for key, texts in entries.items():
        here = f"{where}.{key[:200]}"
        for number, text in enumerate(as_list(texts, here)):
            as_text(text, f"{here}[{number}]")


def as_object(value: Any, where: str) -> Mapping[str, Any]:
    """An object. Raises SnapshotProblem for anything else, and so do those below."""
    if not isinstance(value, dict):
        raise SnapshotProblem(f"{where} is not an object")
    return value


def as_list(value: Any, where: str) -> list[Any]:
    """A list."""
    if not isinstance(value, list):
        raise SnapshotProblem(f"{where} is not a list")
    return value


def as_text(value: Any, where: str) -> str:
    """A text."""
    if not isinstance(value, str):
        raise SnapshotProblem(f"{where} is not a text")
    return value
