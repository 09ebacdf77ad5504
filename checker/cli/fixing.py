"""``--fix``: plan, show, confirm, perform, and judge again."""

from __future__ import annotations

import dataclasses
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import click

from checker import exit_code
from checker.audit import Facts, Options, resolved_targets, run
from checker.cli.sources import is_changeable
from checker.errors import UsageProblem
from checker.facts.estate import Estate
from checker.facts.snapshot import Snapshot
from checker.fixes.operations import Fix, Safety, describe, from_document, is_irreversible, to_document
from checker.fixes.plan import Failure, Left, Plan, Step
from checker.fixes.planner import Limits, make_plan
from checker.fixes.runner import Actuator, Outcome, perform
from checker.fixes.state import State
from checker.redaction import redact
from checker.report import FixRun, Report, Result, Verdict
from checker.report_document import result_document
from checker.rule import Rule
from checker.visible import visible

_ONLY_WITH_FIX = ("unsafe_fixes", "dry_run", "yes", "max_changes")


@dataclass(frozen=True, slots=True)
class Judged:
    """What was judged, and how: enough to judge it again."""

    report: Report
    facts: Facts
    rules: tuple[Rule[Any], ...]
    options: Options


def check_flags(values: Mapping[str, Any]) -> None:
    """Raise UsageProblem for flags that do not go together."""
    if not values["fix"]:
        given = next((name for name in _ONLY_WITH_FIX if values[name]), None)
        if given is not None:
            raise UsageProblem(f"--{given.replace('_', '-')} goes with --fix")
    elif not is_changeable(values["source"]):
        raise UsageProblem("--fix cannot change a file: rehearse it with --source sandbox:FILE")


def check_breadth(options: Options, snapshot: Snapshot) -> None:
    """Raise UsageProblem for a fix run over several subscriptions that nobody named."""
    seen = snapshot.section("subscriptions") or ()
    if not options.targets and not options.subscriptions and len(seen) > 1:
        raise UsageProblem(
            f"a fix run over {len(seen)} subscriptions must name them: give --subscription ID for each, or targets"
        )


def plan_for(judged: Judged, *, allow_unsafe: bool) -> Plan:
    """The plan for what a report found."""
    snapshot = judged.facts.snapshot
    named = resolved_targets(Estate(snapshot, datetime.now(UTC)), snapshot, judged.options)
    limits = Limits(allow_unsafe, frozenset(id.key for id in named))
    failures = [_failure(result) for result in judged.report.with_verdict(Verdict.FAIL)]

    def passing(snapshot: Snapshot) -> frozenset[tuple[str, str]]:
        facts = dataclasses.replace(judged.facts, snapshot=snapshot)
        after = run(facts, judged.rules, judged.options, lambda: datetime.now(UTC))
        return frozenset((r.rule, r.asset.lower()) for r in after.with_verdict(Verdict.PASS))

    return make_plan(failures, snapshot, datetime.now(UTC), limits, passing)


class Fixer:
    """Shows a plan on a stream, asks for consent, performs it and says how it went."""

    def __init__(self, stream: Any, values: Mapping[str, Any]) -> None:
        self._stream = stream
        self._values = values

    def consent(self, plan: Plan) -> bool:
        """Show the plan; whether it is to be performed. Raises UsageProblem where nobody can be asked, or it is too
        long.
        """
        self._show(plan)
        limit = self._values["max_changes"]
        if limit is not None and len(plan.steps) > limit:
            raise UsageProblem(
                f"the plan has {len(plan.steps)} changes, and --max-changes allows {limit}: nothing was changed"
            )
        if plan.is_empty or self._values["dry_run"]:
            return False
        if self._values["yes"]:
            return True
        if not (sys.stdin.isatty() and sys.stderr.isatty()):
            raise UsageProblem(
                f"{len(plan.steps)} changes are planned and nobody can be asked: give --yes to make them, or --dry-run"
            )
        agreed = click.confirm(f"Make these {len(plan.steps)} changes?", default=False, err=True)
        if not agreed:
            self._line("Nothing was changed.")
        return agreed

    def perform(self, plan: Plan, actuator: Actuator) -> list[tuple[Step, Outcome]]:
        """Perform the plan, telling each step as it begins and ends."""
        return list(perform(plan, actuator, self._tell))

    def _show(self, plan: Plan) -> None:
        if plan.is_empty:
            self._line("Nothing that --fix would change.")
        else:
            self._line(f"Plan: {_changes(len(plan.steps))}, in this order")
        for number, step in enumerate(plan.steps, 1):
            self._line(f"  {number}. {describe(step.operation)}  ({step.safety})")
            for name, old, new in _differences(step.before, step.after):
                self._line(f"       {name}: {old} -> {new}")
            self._line(f"       for {_named(step.fixes)}")
        for step in plan.steps:
            if is_irreversible(step.operation):
                self._line(f"  CANNOT BE UNDONE: {describe(step.operation)}")
        by_why: dict[str, list[Left]] = {}
        for left in plan.left:
            by_why.setdefault(left.why, []).append(left)
        if by_why:
            self._line("Left as it is")
        for why, entries in by_why.items():
            self._line(f"  {_named(entry.failure for entry in entries)}: {why}")

    def _tell(self, step: Step, outcome: Outcome | None) -> None:
        if outcome is None:
            self._line(f"  {describe(step.operation)} …")
        else:
            self._line(f"    {outcome.ending}{f': {outcome.words}' if outcome.words else ''}")

    def _line(self, text: str) -> None:
        click.echo(visible(redact(text)).replace("\n", "\\n"), file=self._stream)


def still_failing(after: Report, done: Iterable[tuple[Step, Outcome]]) -> tuple[Failure, ...]:
    """The failures whose every operation went well, and whose rule does not pass all the same."""
    ended = list(done)
    passing = {(r.rule, r.asset.lower()) for r in after.with_verdict(Verdict.PASS)}
    broken = {failure.verdict_of for step, outcome in ended if not outcome.is_well for failure in step.fixes}
    found = {failure.verdict_of: failure for step, _ in ended for failure in step.fixes}
    return tuple(f for key, f in found.items() if key not in passing and key not in broken)


def after_fixes(before: Report, after: Report, done: Iterable[tuple[Step, Outcome]]) -> Report:
    """The report of what remains, with what was done, and the exit code of both."""
    ended = list(done)
    failed = [_document(step, outcome) for step, outcome in ended if not outcome.is_well]
    failed += [
        {"rule": failure.rule, "asset": failure.asset, "description": "the rule still does not pass after its fix"}
        for failure in still_failing(after, ended)
    ]
    now = {(r.rule, r.asset.lower()): (r.verdict, r.message) for r in after.results}
    changed = [r for r in before.results if now.get((r.rule, r.asset.lower())) != (r.verdict, r.message)]
    fixes = FixRun(
        performed=tuple(_document(step, outcome) for step, outcome in ended if outcome.is_well),
        failed=tuple(failed),
        before=tuple(result_document(result) for result in changed),
    )
    code = int(exit_code.ExitCode.FIX_FAILED) if failed else after.exit_code
    return dataclasses.replace(after, fixes=fixes, exit_code=code, started=before.started)


def _document(step: Step, outcome: Outcome) -> dict[str, Any]:
    return {
        **to_document(step.operation),
        "description": describe(step.operation),
        "irreversible": is_irreversible(step.operation),
        "ending": str(outcome.ending),
        "detail": redact(outcome.words),
        "before": dict(step.before),
        "after": dict(step.after),
        "fixes": [{"rule": failure.rule, "asset": failure.asset} for failure in step.fixes],
    }


def _failure(result: Result) -> Failure:
    offered = result.fix
    if offered is None:
        return Failure(result.rule, result.asset, None)
    operations = tuple(from_document(document) for document in offered.operations)
    return Failure(result.rule, result.asset, Fix(offered.title, Safety(offered.safety), operations, offered.steps))


def _differences(before: State, after: State) -> list[tuple[str, str, str]]:
    old = dict(before)
    return [(name, old.get(name, ""), value) for name, value in after if old.get(name) != value]


def _named(failures: Iterable[Failure]) -> str:
    words = [f"{failure.rule} on {failure.asset}" for failure in failures]
    return ", ".join(words[:5]) + (f" and {len(words) - 5} more" if len(words) > 5 else "")


def _changes(number: int) -> str:
    return "1 change" if number == 1 else f"{number} changes"
