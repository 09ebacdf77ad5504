"""Which scopes a source asked about, so that what is missing there is known to be missing.

Without the section ``collected`` a snapshot holds everything of the subscriptions that it lists. A live
source reads less: it names, fact by fact, the scopes that it read whole.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from checker.facts.arm_id import ArmId, ancestors, fold
from checker.facts.unread import FactName

#: The key of the resources, which are no single fact.
RESOURCES = "resources"
#: The key of the groups of which it is known whether they hold the names that the directory was asked for.
MEMBERS = "members"
#: The keys of the section ``collected``.
COLLECTED_KEYS = (
    RESOURCES,
    MEMBERS,
    FactName.ROLE_ASSIGNMENTS,
    FactName.DENY_ASSIGNMENTS,
    FactName.ELIGIBILITY,
    FactName.DIRECTORY,
)


class Collected:
    """``section`` is the snapshot's, None where it has none; ``subscriptions`` are the folded ids that it lists."""

    def __init__(self, section: Mapping[str, Any] | None, subscriptions: frozenset[str]) -> None:
        self._subscriptions = subscriptions
        self._scopes: dict[str, frozenset[str]] | None = None
        if section is not None:
            self._scopes = {key: frozenset(_folded(text) for text in texts) for key, texts in section.items()}

    @property
    def is_partial(self) -> bool:
        """Whether the snapshot says itself what it holds."""
        return self._scopes is not None

    def holds(self, id: ArmId) -> bool:
        """Whether an id was asked for: if it is not among the resources, it does not exist."""
        if self._scopes is None:
            return id.subscription_id.key in self._subscriptions
        scopes = self._scopes.get(RESOURCES, frozenset())
        lists = {id.key.rpartition("/")[0], f"{id.subscription_id.key}/providers/{id.resource_type}"}
        return not scopes.isdisjoint(lists) or not scopes.isdisjoint(ancestors(id.key))

    def holds_list(self, parent: ArmId, types: str) -> bool:
        """Whether every resource of a type in an id is among the resources: ``images`` of a gallery."""
        if self._scopes is None:
            return parent.subscription_id.key in self._subscriptions
        scopes = self._scopes.get(RESOURCES, frozenset())
        return list_of(parent, types) in scopes or not scopes.isdisjoint(ancestors(parent.key))

    def names_list(self, parent: ArmId, types: str) -> bool:
        """Whether a source says of just this list that it was read whole."""
        return self._scopes is not None and list_of(parent, types) in self._scopes.get(RESOURCES, frozenset())

    def holds_fact(self, fact: FactName, id: ArmId) -> bool:
        """Whether role assignments, denies or schedules were listed for what applies at an id."""
        if self._scopes is None:
            return id.subscription_id.key in self._subscriptions
        return id.key in self._scopes.get(fact, frozenset())

    def names(self, key: str) -> frozenset[str] | None:
        """The folded names that the directory was asked for; None where it was read whole."""
        return None if self._scopes is None else self._scopes.get(key)


#: How the galleries of a subscription are named as a list in it.
GALLERIES = "providers/Microsoft.Compute/galleries"


def list_of(parent: ArmId, types: str) -> str:
    """The scope (folded) that stands for every resource of a type in an id: its path without a name at the end."""
    return f"{parent.key}/{fold(types)}"


def _folded(text: str) -> str:
    key = fold(text)
    return key.rstrip("/") if key.startswith("/") else key
