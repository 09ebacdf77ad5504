"""A plan: ordered operations, each with what it rests on, what it leads to, and what it is for."""

from __future__ import annotations

from dataclasses import dataclass

from checker.fixes.operations import Fix, Operation, Safety
from checker.fixes.state import State


@dataclass(frozen=True, slots=True)
class Failure:
    """A failing rule on an asset, and the fix that it offers. ``verdict_of`` names both: the rule and the folded id."""

    rule: str
    asset: str
    fix: Fix | None

    @property
    def verdict_of(self) -> tuple[str, str]:
        """The rule's code and the asset's folded id."""
        return self.rule, self.asset.lower()


@dataclass(frozen=True, slots=True)
class Step:
    """One operation of a plan. ``fixes`` are the failures that it is for."""

    operation: Operation
    before: State
    after: State
    safety: Safety
    fixes: tuple[Failure, ...]


@dataclass(frozen=True, slots=True)
class Left:
    """A failure that the plan does nothing about, and why."""

    failure: Failure
    why: str


@dataclass(frozen=True, slots=True)
class Plan:
    """What would be done, in this order, and what would be left."""

    steps: tuple[Step, ...]
    left: tuple[Left, ...]

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to do."""
        return not self.steps
