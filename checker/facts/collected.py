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

    def holds(self, id: ArmId) -> bool:
        """Whether everything at and below an id was read: what is not among the resources does not exist."""
        if self._scopes is None:
            return id.subscription_id.key in self._subscriptions
        scopes = self._scopes.get(RESOURCES, frozenset())
        return any(scope in scopes for scope in ancestors(id.key)) or _root_type(id) in scopes

    def holds_galleries(self, subscription: ArmId) -> bool:
        """Whether every gallery of a subscription is among the resources."""
        if self._scopes is None:
            return subscription.key in self._subscriptions
        scopes = self._scopes.get(RESOURCES, frozenset())
        return subscription.key in scopes or all_of(subscription, "Microsoft.Compute/galleries") in scopes

    def holds_fact(self, fact: FactName, id: ArmId) -> bool:
        """Whether role assignments, denies or schedules were listed for what applies at an id."""
        if self._scopes is None:
            return id.subscription_id.key in self._subscriptions
        return id.key in self._scopes.get(fact, frozenset())

    def names(self, key: str) -> frozenset[str] | None:
        """The folded names that the directory was asked for; None where it was read whole."""
        return None if self._scopes is None else self._scopes.get(key)


def all_of(subscription: ArmId, type: str) -> str:
    """The scope (folded) that stands for every resource of a type in a subscription."""
    return fold(f"{subscription.key}/providers/{type}")


def _root_type(id: ArmId) -> str:
    namespace, _, rest = id.resource_type.partition("/")
    return f"{id.subscription_id.key}/providers/{namespace}/{rest.partition('/')[0]}"


def _folded(text: str) -> str:
    key = fold(text)
    return key.rstrip("/") if key.startswith("/") else key
