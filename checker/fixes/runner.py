"""Performing a plan, step by step."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol, assert_never

from checker.facts.arm_id import ArmId, subscription_key
from checker.fixes.operations import (
    Deallocate,
    Generalize,
    GrantRole,
    IncludeInLatest,
    LatePrincipal,
    RegisterProvider,
)
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
    broken: set[tuple[str, str]] = set()
    for step in plan.steps:
        tell(step, None)
        if _waits_for(step) & broken:
            outcome = Outcome(Ending.REFUSED, "a change that it depends on did not end well")
        else:
            outcome = actuator.perform(step)
        if not outcome.is_well:
            broken |= _brings(step)
        tell(step, outcome)
        yield step, outcome


def _brings(step: Step) -> set[tuple[str, str]]:
    """What other steps may wait for: a registered subscription, a VM that is off."""
    operation = step.operation
    match operation:
        case RegisterProvider():
            return {("registered", subscription_key(operation.subscription))}
        case Deallocate():
            return {("off", ArmId.parse(operation.vm).key)}
        case Generalize() | GrantRole() | IncludeInLatest():
            return set()
        case _:
            assert_never(operation)


def _waits_for(step: Step) -> set[tuple[str, str]]:
    """What a step depends on: the registration that brings a principal, the VM that must be off."""
    operation = step.operation
    match operation:
        case GrantRole(principal=LatePrincipal()):
            return {("registered", ArmId.parse(operation.scope).subscription_id.key)}
        case Generalize():
            return {("off", ArmId.parse(operation.vm).key)}
        case Deallocate() | RegisterProvider() | GrantRole() | IncludeInLatest():
            return set()
        case _:
            assert_never(operation)
