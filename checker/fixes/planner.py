"""From failures to a plan. Pure: what would happen is found out by simulating it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias, assert_never

from checker.facts.arm_id import ArmId, fold
from checker.facts.estate import Estate
from checker.facts.snapshot import Snapshot
from checker.facts.unread import Unread
from checker.fixes.operations import (
    Deallocate,
    Generalize,
    GrantRole,
    IncludeInLatest,
    Operation,
    RegisterProvider,
    Safety,
    to_document,
)
from checker.fixes.plan import Failure, Left, Plan, Step
from checker.fixes.simulate import simulate
from checker.fixes.state import forbids, is_safe, state_of

#: Judges a snapshot: the rules and folded assets that pass in it.
Judge: TypeAlias = Callable[[Snapshot], frozenset[tuple[str, str]]]


@dataclass(frozen=True, slots=True)
class Limits:
    """What a fix run may touch. ``targets`` are the folded ids that the user named."""

    allow_unsafe: bool
    targets: frozenset[str]


def make_plan(failures: Iterable[Failure], snapshot: Snapshot, now: datetime, limits: Limits, judge: Judge) -> Plan:
    """The plan that makes as many failures pass as may be: a fix that would not, is left out.

    Every operation in it is needed by a fix that is in it whole.
    """
    wanted: list[Failure] = []
    left: list[Left] = []
    for failure in failures:
        why = _refusal(failure, limits)
        if why:
            left.append(Left(failure, why))
        else:
            wanted.append(failure)
    while True:
        steps, after, refused = _simulated(wanted, snapshot, now, limits)
        passing = judge(after) if wanted and not refused else frozenset()
        if not refused:
            refused = [
                Left(failure, "the fix would not make the rule pass")
                for failure in wanted
                if failure.verdict_of not in passing
            ]
        if not refused:
            return Plan(tuple(steps), tuple(left))
        left += refused
        without = {entry.failure.verdict_of for entry in refused}
        wanted = [failure for failure in wanted if failure.verdict_of not in without]


def _refusal(failure: Failure, limits: Limits) -> str:
    """Why a failure's fix is not for this run; empty where it may be."""
    fix = failure.fix
    if fix is None:
        return "the rule offers no fix"
    if fix.safety is Safety.MANUAL:
        return f"by hand: {fix.title}"
    if fix.safety is Safety.UNSAFE and not limits.allow_unsafe:
        return f"unsafe: {fix.title} (needs --unsafe-fixes)"
    for operation in fix.operations:
        vm = _vm_of(operation)
        if vm is not None and _folded(vm) not in limits.targets:
            return f"{vm} is not a target: only a VM that is named can be changed"
    return ""


def _vm_of(operation: Operation) -> str | None:
    match operation:
        case Deallocate() | Generalize():
            return operation.vm
        case RegisterProvider() | GrantRole() | IncludeInLatest():
            return None
        case _:
            assert_never(operation)


def _simulated(
    wanted: list[Failure], snapshot: Snapshot, now: datetime, limits: Limits
) -> tuple[list[Step], Snapshot, list[Left]]:
    """The steps of all fixes together, the facts after them, and the fixes that cannot be done as it stands."""
    needed: dict[str, tuple[Operation, list[Failure]]] = {}
    for failure in wanted:
        for operation in failure.fix.operations if failure.fix is not None else ():
            needed.setdefault(fold(repr(to_document(operation))), (operation, []))[1].append(failure)
    steps: list[Step] = []
    refused: list[Left] = []
    for operation, failures in sorted(needed.values(), key=lambda entry: _rank(entry[0])):
        before = state_of(operation, Estate(snapshot, now))
        if isinstance(before, Unread):
            refused += [Left(failure, f"cannot be planned: {before.detail}") for failure in failures]
            continue
        why = forbids(operation, before)
        safety = Safety.SAFE if is_safe(operation, before) else Safety.UNSAFE
        if not why and safety is Safety.UNSAFE and not limits.allow_unsafe:
            why = "unsafe as things stand (needs --unsafe-fixes)"
        if why:
            refused += [Left(failure, why) for failure in failures]
            continue
        snapshot = simulate(operation, snapshot)
        after = state_of(operation, Estate(snapshot, now))
        if isinstance(after, Unread):
            refused += [Left(failure, f"cannot be planned: {after.detail}") for failure in failures]
        elif after != before:
            steps.append(Step(operation, before, after, safety, tuple(failures)))
    return steps, snapshot, refused


def _rank(operation: Operation) -> int:
    """What can be undone comes before what cannot, and a registration before what waits for it."""
    match operation:
        case RegisterProvider():
            return 0
        case GrantRole():
            return 1
        case IncludeInLatest():
            return 2
        case Deallocate():
            return 3
        case Generalize():
            return 4
        case _:
            assert_never(operation)


def _folded(vm: str) -> str:
    try:
        return ArmId.parse(vm).key
    except ValueError:
        return ""
