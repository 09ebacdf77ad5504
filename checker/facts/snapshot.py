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
from checker.facts.arm_id import ArmId, ancestors, fold
from checker.facts.directory import is_guid
from checker.facts.snapshot_shape import as_list, as_object, as_text, check_keys, check_shape
from checker.facts.unread import OF_SNAPSHOTS, FactName, Unread, permission_for
from checker.facts.wire import parse_time

FORMAT = "imagecheck-snapshot/1"


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
        top = as_object(document, "the snapshot")
        _check_format(top)
        check_shape(top)
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


def _captured(top: Mapping[str, Any]) -> datetime | None:
    if "captured" not in top:
        return None
    try:
        return parse_time(as_text(top["captured"], "captured")).time
    except ValueError:
        raise SnapshotProblem("captured is not a time like 2026-11-22T12:00:00Z") from None


def _unread_entries(top: Mapping[str, Any]) -> Iterator[UnreadEntry]:
    for number, entry in enumerate(as_list(top.get("unread", []), "unread")):
        where = f"unread[{number}]"
        check_keys(as_object(entry, where), {"scope", "fact", "reason"}, where + ".")
        fact = as_text(entry.get("fact"), where + ".fact")
        if fact not in OF_SNAPSHOTS:
            near = difflib.get_close_matches(fact, list(OF_SNAPSHOTS), 1)
            hint = f" (did you mean {near[0]}?)" if near else f" (one of {', '.join(OF_SNAPSHOTS)})"
            raise SnapshotProblem(f"{where}.fact is unknown: {fact[:80]}{hint}")
        written = as_text(entry.get("scope"), where + ".scope")
        scope = fold(written)
        if not scope.startswith("/") and not is_guid(scope):
            raise SnapshotProblem(f"{where}.scope is neither an id nor a GUID")
        if is_guid(scope) and fact != FactName.DIRECTORY:
            scope = "/subscriptions/" + scope
        key = "/" + scope.strip("/") if scope.startswith("/") else scope
        yield UnreadEntry(
            key, written, FactName(fact), as_text(entry.get("reason", "no reason given"), where + ".reason")
        )
