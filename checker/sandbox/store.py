"""What the sandbox holds: a snapshot that writes change, and nothing else changes."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from threading import RLock
from typing import Any
from uuid import uuid4

from checker.facts.arm_id import ArmId, fold, subscription_key
from checker.facts.collected import Collected
from checker.facts.snapshot import Snapshot
from checker.facts.unread import FactName, Unread, not_collected
from checker.sandbox.unseen import Unseen


def _now() -> datetime:
    return datetime.now(UTC)


def _new_guid() -> str:
    return str(uuid4())


class Store:
    """The state. Keys are folded ids with a leading slash; bodies are returned as they are stored, not copied.

    ``lock`` is held by whoever handles a request, ``unseen`` is what answers do not show yet. An unchanged store gives
    back the document it was made from.
    """

    def __init__(
        self, snapshot: Snapshot, clock: Callable[[], datetime] = _now, new_guid: Callable[[], str] = _new_guid
    ) -> None:
        self.snapshot = snapshot
        self.clock = clock
        self.new_guid = new_guid
        self.lock = RLock()
        self.unseen = Unseen()
        self._document: dict[str, Any] = copy.deepcopy(dict(snapshot.sections))
        self._resources: dict[str, dict[str, Any]] = {
            ArmId.parse(body["id"]).key: body for body in self._document.get("resources") or ()
        }
        subscriptions = frozenset(
            subscription_key(str(body.get("id") or body.get("subscriptionId")))
            for body in self._document.get("subscriptions") or ()
        )
        self.collected = Collected(snapshot.section("collected"), subscriptions)

    def document(self) -> dict[str, Any]:
        """A copy of the whole, as a snapshot document."""
        return copy.deepcopy(self._document)

    # -- resources ------------------------------------------------------------------------------

    def resource(self, key: str) -> dict[str, Any] | None:
        """The body of a resource by its folded id."""
        return self._resources.get(key)

    def resources(self, type: str, under: str) -> Iterator[tuple[ArmId, dict[str, Any]]]:
        """The resources of a folded type below a folded scope (a subscription, a group, a parent), in stored order."""
        for key, body in self._resources.items():
            if key.startswith(under + "/"):
                id = ArmId.parse(body["id"])
                if id.resource_type == type:
                    yield id, body

    def put_resource(self, body: dict[str, Any]) -> None:
        """Add a resource, or take the place of the one with its id."""
        key = ArmId.parse(body["id"]).key
        bodies = self._document.setdefault("resources", [])
        if key in self._resources:
            old = self._resources[key]
            bodies[next(n for n, found in enumerate(bodies) if found is old)] = body
        else:
            bodies.append(body)
        self._resources[key] = body

    def remove_resource(self, key: str) -> None:
        """Take a resource away, with what hangs on its id."""
        old = self._resources.pop(key)
        bodies = self._document["resources"]
        del bodies[next(n for n, found in enumerate(bodies) if found is old)]
        for section in ("instanceViews", "replicationStatus", "guests"):
            self.drop(section, key)

    # -- sections by id: instanceViews, replicationStatus, guests -------------------------------------

    def entry(self, section: str, key: str) -> Any:
        """The value of a section that is keyed by ids; None where it has none."""
        entries = self._document.get(section) or {}
        return next((value for written, value in entries.items() if _key(written) == key), None)

    def set_entry(self, section: str, id: str, value: Any) -> None:
        """Set the value for an id, under the key that the section already has for it."""
        entries = self._document.setdefault(section, {})
        written = next((written for written in entries if _key(written) == _key(id)), id)
        entries[written] = value

    def drop(self, section: str, key: str) -> None:
        """Remove the value for an id."""
        entries = self._document.get(section) or {}
        for written in [written for written in entries if _key(written) == key]:
            del entries[written]

    # -- lists: subscriptions, roleAssignments, … ----------------------------------------------------

    def bodies(self, section: str) -> list[dict[str, Any]] | None:
        """A list of bodies, to read and to change; None where the snapshot leaves the section out."""
        found: list[dict[str, Any]] | None = self._document.get(section)
        return found

    def section(self, name: str) -> Any:
        """Any other section (providers, managementGroups, directory), to read and to change; None where absent."""
        return self._document.get(name)

    # -- what may not be answered -------------------------------------------------------------------

    def unread_at(self, fact: FactName, key: str) -> Unread | None:
        """Why a fact of an id (folded) may not be answered: an ``unread`` entry for it or a scope above it."""
        return self.snapshot.unread_at(fact, key)

    def unread_around(self, fact: FactName, subscription: str) -> Unread | None:
        """As ``unread_at`` for a subscription (folded id), also where the entry names something in it."""
        return self.snapshot.unread_around(fact, subscription)

    def unread_scopes(self, fact: FactName) -> Mapping[str, Unread]:
        """The folded scopes of the ``unread`` entries of a fact."""
        return self.snapshot.unread_scopes(fact)

    def uncollected(self, id: ArmId) -> Unread | None:
        """Why what is not among the resources may exist all the same; None where it certainly does not."""
        if self._document.get("resources") is None or not self.collected.holds(id):
            return not_collected("resources", id.text)
        return None


def _key(text: str) -> str:
    return "/" + fold(text).strip("/")
