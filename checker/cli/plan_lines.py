"""A plan in lines for the console."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from checker.cli.shown import short, subscription_of
from checker.fixes.operations import Safety, describe, is_irreversible
from checker.fixes.plan import Failure, Left, Plan, Step
from checker.fixes.runner import Outcome
from checker.fixes.state import State

_SHOWN_ASSETS = 5


def plan_lines(plan: Plan) -> Iterator[str]:
    """What would be done, what cannot be undone, and what is left. What is by hand is only counted: it is among the
    findings.
    """
    several = spans_several(plan)
    if plan.is_empty:
        yield "Plan: nothing that --fix would change"
    else:
        yield f"Plan: {changes(len(plan.steps))}, in this order"
    width = len(str(len(plan.steps)))
    for number, step in enumerate(plan.steps, 1):
        yield f"  {number:>{width}}. {step.safety:<6}  {shown(step, several)}"
        for name, old, new in _differences(step.before, step.after):
            yield f"  {'':>{width}}          {name}: {old} -> {new}"
        yield f"  {'':>{width}}          for {_named(step.fixes, several)}"
    for step in plan.steps:
        if is_irreversible(step.operation):
            yield f"  CANNOT BE UNDONE: {shown(step, several)}"
    by_hand = 0
    by_why: dict[str, list[Left]] = {}
    for left in plan.left:
        if left.failure.fix is None or left.failure.fix.safety is Safety.MANUAL:
            by_hand += 1
        else:
            by_why.setdefault(left.why, []).append(left)
    if by_why:
        yield "Not in the plan"
    for why, entries in by_why.items():
        yield f"  {_named((entry.failure for entry in entries), several)}"
        yield f"      {why}"
    if by_hand:
        yield f"{'1 finding is' if by_hand == 1 else f'{by_hand} findings are'} left to be resolved by hand"
    yield ""


def interrupted_lines(plan: Plan, done: Sequence[tuple[Step, Outcome]]) -> Iterator[str]:
    """How far a run came that was interrupted."""
    several, made = spans_several(plan), sum(outcome.is_well for _, outcome in done)
    yield ""
    yield f"Interrupted: {made} of {changes(len(plan.steps))} made; what remains was not judged again."
    if len(done) < len(plan.steps):
        yield f"  under way, and perhaps done: {shown(plan.steps[len(done)], several)}"
    rest = len(plan.steps) - len(done) - 1
    if rest > 0:
        yield f"  not begun: {changes(rest)}"


def conclusion_lines(done: Sequence[tuple[Step, Outcome]], unhelped: Sequence[Failure], problem: str) -> Iterator[str]:
    """What came of a fix run: how its changes ended, and which rules still fail though all of theirs ended well."""
    made = sum(outcome.is_well for _, outcome in done)
    yield f"Made {made} of {changes(len(done))}."
    if problem:
        yield f"What remains could not be judged: {problem}"
    elif unhelped:
        several = len({subscription_of(failure.asset) for failure in unhelped}) > 1
        yield f"Did not help: {_named(unhelped, several)} still does not pass."
    yield ""


def shown(step: Step, several: bool) -> str:
    """A step with the short forms of ids."""
    return describe(step.operation, lambda id: short(id, several))


def spans_several(plan: Plan) -> bool:
    """Whether a plan, with what it leaves, is about more than one subscription."""
    failures = [*(f for step in plan.steps for f in step.fixes), *(left.failure for left in plan.left)]
    return len({subscription_of(failure.asset) for failure in failures}) > 1


def changes(number: int) -> str:
    """A number of changes in words."""
    return "1 change" if number == 1 else f"{number} changes"


def _differences(before: State, after: State) -> list[tuple[str, str, str]]:
    old = dict(before)
    return [(name, old.get(name, ""), value) for name, value in after if old.get(name) != value]


def _named(failures: Iterable[Failure], several: bool) -> str:
    """Failures, those of one asset together: ``VM001 and VM002 on vm:RG/NAME``."""
    by_asset: dict[str, list[str]] = {}
    for failure in failures:
        by_asset.setdefault(short(failure.asset, several), []).append(failure.rule)
    words = [f"{' and '.join(codes)} on {asset}" for asset, codes in by_asset.items()]
    return ", ".join(words[:_SHOWN_ASSETS]) + (
        f" and {len(words) - _SHOWN_ASSETS} more" if words[_SHOWN_ASSETS:] else ""
    )
