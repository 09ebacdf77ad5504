"""From failures to a plan. Pure: what would happen is found out by simulating it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
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
    subject_of,
)
from checker.fixes.plan import Failure, Left, Plan, Step
from checker.fixes.simulate import simulate_all
from checker.fixes.state import State, forbids, is_safe, state_of

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
        first = {entry.failure.verdict_of: entry for entry in reversed(refused)}
        left += [first[failure.verdict_of] for failure in wanted if failure.verdict_of in first]
        wanted = [failure for failure in wanted if failure.verdict_of not in first]


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
        if vm is None and _subscription(_reached(operation)) != _subscription(failure.asset):
            return "it would reach outside of the subscription of what was judged"
    return ""


def _vm_of(operation: Operation) -> str | None:
    match operation:
        case Deallocate() | Generalize():
            return operation.vm
        case RegisterProvider() | GrantRole() | IncludeInLatest():
            return None
        case _:
            assert_never(operation)


def _reached(operation: Operation) -> str:
    """The id of what an operation changes."""
    match operation:
        case Deallocate() | Generalize():
            return operation.vm
        case RegisterProvider():
            return f"/subscriptions/{operation.subscription}"
        case GrantRole():
            return operation.scope
        case IncludeInLatest():
            return operation.version
        case _:
            assert_never(operation)


def _simulated(
    wanted: list[Failure], snapshot: Snapshot, now: datetime, limits: Limits
) -> tuple[list[Step], Snapshot, list[Left]]:
    """The steps of all fixes together, the facts after them, and the fixes that cannot be done as it stands."""
    steps: list[Step] = []
    refused: list[Left] = []
    estate = Estate(snapshot, now)
    for batch in _batches(wanted):
        possible: list[tuple[Operation, list[Failure], State, Safety]] = []
        for operation, failures in batch:
            before = _state(operation, estate)
            if isinstance(before, str):
                refused += [Left(failure, before) for failure in failures]
                continue
            safety = Safety.SAFE if is_safe(operation, before) else Safety.UNSAFE
            why = forbids(operation, before)
            if not why and safety is Safety.UNSAFE and not limits.allow_unsafe:
                why = "unsafe as things stand (needs --unsafe-fixes)"
            if why:
                refused += [Left(failure, why) for failure in failures]
            else:
                possible.append((operation, failures, before, safety))
        snapshot = simulate_all((operation for operation, *_ in possible), snapshot)
        estate = Estate(snapshot, now)
        for operation, failures, before, safety in possible:
            after = _state(operation, estate)
            if isinstance(after, str):
                refused += [Left(failure, after) for failure in failures]
            elif after != before:
                steps.append(Step(operation, before, after, safety, tuple(failures)))
    return steps, snapshot, refused


def _state(operation: Operation, estate: Estate) -> State | str:
    """What an operation rests on, or why that is not known."""
    try:
        state = state_of(operation, estate)
    except ValueError as error:
        return f"cannot be planned: {error}"
    return f"cannot be planned: {state.detail}" if isinstance(state, Unread) else state


def _batches(wanted: list[Failure]) -> Iterator[list[tuple[Operation, list[Failure]]]]:
    """The operations, each once with the failures it is for, in the order they are performed.

    Those of one batch do not depend on each other: they are simulated together, which keeps a long plan cheap.
    """
    needed: dict[tuple[str, ...], tuple[Operation, list[Failure]]] = {}
    for failure in wanted:
        for operation in failure.fix.operations if failure.fix is not None else ():
            failures = needed.setdefault(_identity(operation), (operation, []))[1]
            if failure not in failures[-1:]:
                failures.append(failure)
    batches: dict[tuple[int, int], list[tuple[Operation, list[Failure]]]] = {}
    seen: Counter[tuple[str, ...]] = Counter()
    for operation, failures in needed.values():
        # Two grants to one principal that differ in what proves it: the second finds what the first did.
        subject = subject_of(operation)
        batches.setdefault((_rank(operation), seen[subject]), []).append((operation, failures))
        seen[subject] += 1
    for _, batch in sorted(batches.items()):
        yield batch


def _identity(operation: Operation) -> tuple[str, ...]:
    owners = operation.principal.owner_tenants if isinstance(operation, GrantRole) else ()
    return (*subject_of(operation), "of", *sorted(fold(owner) for owner in owners))


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


def _subscription(id: str) -> str:
    try:
        return ArmId.parse(id).subscription
    except ValueError:
        return ""
