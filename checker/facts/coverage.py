"""What was not read: why something that is not among the resources may exist all the same."""

from __future__ import annotations

from collections.abc import Collection

from checker.facts.arm_id import ArmId, Kind
from checker.facts.collected import GALLERIES, Collected
from checker.facts.snapshot import Snapshot
from checker.facts.unread import FactName, Unread, not_collected

#: How the path goes on to what is nested in a gallery, and in a definition.
_NESTED = {FactName.DEFINITIONS: "images", FactName.VERSIONS: "versions"}


class Coverage:
    """How much of the resources a snapshot holds.

    ``subscriptions`` and ``bodies`` are the folded ids of the subscriptions and of the resources that were read.
    """

    def __init__(
        self, snapshot: Snapshot, collected: Collected, subscriptions: Collection[str], bodies: Collection[str]
    ) -> None:
        self._snapshot = snapshot
        self._collected = collected
        self._subscriptions = subscriptions
        #: Resources without a body (folded ids) of which something was asked in vain: they exist, whatever is listed.
        self.named: dict[str, tuple[ArmId, Unread]] = {}
        for fact in FactName:
            for unread in snapshot.unread_scopes(fact).values():
                try:
                    id = ArmId.parse(unread.scope)
                except ValueError:
                    continue
                if id.kind is not Kind.SUBSCRIPTION and id.key not in bodies:
                    self.named.setdefault(id.key, (id, unread))

    def of_body(self, id: ArmId) -> Unread | None:
        """The entry of ``unread`` that takes a resource's body away, whatever the file holds."""
        match id.kind:
            case Kind.DEFINITION:
                return self._snapshot.unread_at(FactName.DEFINITIONS, id.key)
            case Kind.VERSION:
                return self._snapshot.unread_at(FactName.VERSIONS, id.key)
            case Kind.VM:
                return self._snapshot.unread_at(FactName.VM, id.key)
            case _:
                return None

    def of_missing(self, id: ArmId) -> Unread | None:
        """Why a resource that is not there may exist all the same; None where it certainly does not."""
        unread = self.of_body(id)
        if unread is None and id.key in self.named:
            unread = self.named[id.key][1]
        if unread is not None:
            return unread
        return self._unless(self._collected.holds(id), id)

    def of_galleries(self, subscription: ArmId) -> Unread | None:
        """Why a subscription may have more galleries than what is there; None where they are all there."""
        return self._unless(self._collected.holds_list(subscription, GALLERIES), subscription)

    def of_list(self, fact: FactName, parent: ArmId) -> Unread | None:
        """Why what is in a gallery or a definition may be more than what is there; None where it is all."""
        refused = self._snapshot.unread_at(fact, parent.key)
        if refused is not None:
            return refused
        if parent.key in self.named and not self._collected.names_list(parent, _NESTED[fact]):
            # Of what is known by name only, nobody listed what is in it.
            return self.named[parent.key][1]
        return self._unless(self._collected.holds_list(parent, _NESTED[fact]), parent)

    def was_asked_for_galleries(self, subscription: ArmId) -> bool:
        """Whether a source meant to read the galleries of a subscription, and not only something else of it."""
        refused = self._snapshot.unread_at(FactName.DEFINITIONS, subscription.key)
        return (
            not self._collected.is_partial or refused is not None or self._collected.holds_list(subscription, GALLERIES)
        )

    def _unless(self, is_held: bool, id: ArmId) -> Unread | None:
        if self._snapshot.section("resources") is None:
            return not_collected("resources", id.text, "no resources were collected")
        if is_held:
            return None
        # A source that was refused the galleries of a subscription says so of its definitions.
        refused = self._snapshot.unread_at(FactName.DEFINITIONS, id.subscription_id.key)
        if refused is not None:
            return refused
        what = "subscription" if id.subscription_id.key not in self._subscriptions else "all of subscription"
        return not_collected("resources", id.text, f"{what} {id.subscription} was not collected")
