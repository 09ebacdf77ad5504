"""What a run wants of a source: which targets, and which facts the selected rules read."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from checker.facts.arm_id import Kind
from checker.facts.unread import FactName
from checker.rule import Publisher, Rule
from checker.targets import Target


@dataclass(frozen=True, slots=True)
class Wish:
    """``targets`` and ``subscriptions`` (GUIDs) as the user named them; ``kinds`` and ``facts`` are the rules'."""

    targets: tuple[Target, ...]
    subscriptions: tuple[str, ...]
    kinds: frozenset[Kind]
    facts: frozenset[FactName]
    publisher: Publisher

    def wants(self, *facts: FactName) -> bool:
        """Whether a selected rule reads one of these facts."""
        return not self.facts.isdisjoint(facts)

    def judges(self, *kinds: Kind) -> bool:
        """Whether a selected rule judges one of these kinds of asset."""
        return not self.kinds.isdisjoint(kinds)


def wish_of(
    rules: Iterable[Rule[Any]], targets: tuple[Target, ...], subscriptions: tuple[str, ...], publisher: Publisher
) -> Wish:
    """What the selected rules want of the targets."""
    chosen = tuple(rules)
    return Wish(
        targets,
        subscriptions,
        kinds=frozenset(rule.kind for rule in chosen),
        facts=frozenset(fact for rule in chosen for fact in rule.reads),
        publisher=publisher,
    )
