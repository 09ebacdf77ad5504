"""Performing a plan, step by step."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from checker.facts.arm_id import ArmId, fold
from checker.fixes.operations import GrantRole, LatePrincipal, RegisterProvider
from checker.fixes.plan import Plan, Step


class Ending(StrEnum):
    """How a step ended."""

    DONE = "done"
    UNNEEDED = "unneeded"
    REFUSED = "refused"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a step ended, and what there is to say of it."""

    ending: Ending
    words: str = ""

    @property
    def is_well(self) -> bool:
        """Whether things are now as the step wanted them."""
        return self.ending in (Ending.DONE, Ending.UNNEEDED)


class Actuator(Protocol):
    """Performs operations. It reads again what a step rests on, and refuses where that has moved."""

    def perform(self, step: Step) -> Outcome:
        """Perform one step, to its end or its deadline. Never raises for what Azure answers."""


def perform(
    plan: Plan, actuator: Actuator, tell: Callable[[Step, Outcome | None], None]
) -> Iterator[tuple[Step, Outcome]]:
    """Perform the steps in their order, telling each before (with None) and after.

    A step that fails does not stop those that do not depend on it.
    """
    unregistered: set[str] = set()
    for step in plan.steps:
        tell(step, None)
        if _waits_for(step) & unregistered:
            outcome = Outcome(Ending.REFUSED, "the registration that brings the principal failed")
        else:
            outcome = actuator.perform(step)
        if not outcome.is_well and isinstance(step.operation, RegisterProvider):
            unregistered.add(fold(step.operation.subscription))
        tell(step, outcome)
        yield step, outcome


def _waits_for(step: Step) -> set[str]:
    """The subscription whose registration brings the principal of a grant."""
    operation = step.operation
    if isinstance(operation, GrantRole) and isinstance(operation.principal, LatePrincipal):
        return {ArmId.parse(operation.scope).subscription}
    return set()
