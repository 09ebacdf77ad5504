"""``--fix``: plan, show, confirm, perform, and judge again."""

from __future__ import annotations

import contextlib
import dataclasses
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import click
from click.core import ParameterSource

from checker import exit_code
from checker.audit import Facts, Options, resolved_targets, run
from checker.cli.plan_lines import changes, conclusion_lines, interrupted_lines, plan_lines, shown, spans_several
from checker.cli.printer import Printer
from checker.cli.sources import is_changeable
from checker.errors import ImagecheckError, UsageProblem
from checker.facts.estate import Estate
from checker.facts.snapshot import Snapshot
from checker.fixes.operations import Fix, Safety, describe, from_document, is_irreversible, to_document
from checker.fixes.plan import Failure, Plan, Step
from checker.fixes.planner import Limits, make_plan
from checker.fixes.runner import Actuator, Ending, Outcome, perform
from checker.redaction import redact
from checker.report import FixRun, Report, Result, Verdict
from checker.report_document import result_document
from checker.rule import Rule

_ONLY_WITH_FIX = ("unsafe_fixes", "dry_run", "yes", "max_changes")


@dataclass(frozen=True, slots=True)
class Judged:
    """What was judged, and how: enough to judge it again."""

    report: Report
    facts: Facts
    rules: tuple[Rule[Any], ...]
    options: Options


@dataclass(frozen=True, slots=True)
class Remains:
    """What was judged after the fixes; ``problem`` says why, where it could not be."""

    report: Report
    problem: str = ""


def check_flags(values: Mapping[str, Any]) -> None:
    """Raise UsageProblem for flags that do not go together."""
    if not values["fix"]:
        given = next((name for name in _ONLY_WITH_FIX if _is_typed(name)), None)
        if given is not None:
            raise UsageProblem(f"--{given.replace('_', '-')} goes with --fix")
    elif not is_changeable(values["source"]) and not values["dry_run"]:
        raise UsageProblem("--fix cannot change a file: rehearse it with --source sandbox:FILE")


def _is_typed(name: str) -> bool:
    """Whether a flag was typed; one that a variable or a file sets for all runs is no mistake in one without --fix."""
    context = click.get_current_context(silent=True)
    return context is not None and context.get_parameter_source(name) is ParameterSource.COMMANDLINE


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
        self._values = values
        # Who is asked must see what: the plan goes where the question goes.
        shown_to = sys.stderr if not values["yes"] and _can_ask() and not stream.isatty() else stream
        self._printer = Printer.on(shown_to, color=False if values["no_color"] else None)
        #: The steps that ended, and how.
        self.done: list[tuple[Step, Outcome]] = []

    def consent(self, plan: Plan) -> bool:
        """Show the plan; whether it is to be performed. Raises UsageProblem where nobody can be asked, or it is too
        long.
        """
        for line in plan_lines(plan):
            self._line(line)
        if plan.is_empty or self._values["dry_run"]:
            return False
        number, limit = changes(len(plan.steps)), self._values["max_changes"]
        if limit is not None and len(plan.steps) > limit:
            raise UsageProblem(f"the plan has {number}, and --max-changes allows {limit}: nothing was changed")
        if self._values["yes"]:
            return True
        if not _can_ask():
            raise UsageProblem(f"the plan has {number} and nobody can be asked: give --yes to make them, or --dry-run")
        try:
            agreed = click.confirm(f"Make {number}?", default=False, err=True)
        except click.Abort:
            self._line("Nothing was changed.")
            raise
        if not agreed:
            self._line("Nothing was changed.")
        return agreed

    def perform(self, plan: Plan, actuator: Actuator) -> None:
        """Perform the plan, telling each step as it begins and ends."""
        several = spans_several(plan)

        def tell(step: Step, outcome: Outcome | None) -> None:
            if outcome is None:
                self._line(f"{len(self.done) + 1}/{len(plan.steps)} {shown(step, several)} ...")
            else:
                self.done.append((step, outcome))
                self._line(f"    {outcome.ending}{f': {outcome.words}' if outcome.words else ''}")

        for _ in perform(plan, actuator, tell):
            pass

    def interrupt(self, plan: Plan) -> None:
        """Say how far it came."""
        for line in interrupted_lines(plan, self.done):
            self._line(line)

    def conclude(self, remains: Remains) -> None:
        """Say what came of it: how many changes were made, and which fixes did not help."""
        for line in conclusion_lines(self.done, still_failing(remains.report, self.done), remains.problem):
            self._line(line)

    def _line(self, text: str) -> None:
        # A reader who went away does not end a run in the middle of its changes.
        with contextlib.suppress(BrokenPipeError):
            self._printer.line(redact(text))


def _can_ask() -> bool:
    return all(stream is not None and stream.isatty() for stream in (sys.stdin, sys.stderr))


def judge_again(judged: Judged, judge: Callable[[Options], Judged]) -> Remains:
    """What remains after changes were made. Whatever goes wrong now, their story is told.

    A target that was deleted meanwhile is left aside; where nothing can be judged, no result is better than an old one.
    """
    nothing = dataclasses.replace(judged.report, results=())
    options = judged.options
    try:
        try:
            return Remains(judge(options).report)
        except UsageProblem:
            # A target is gone: those that are not are judged, one by one found out.
            there = tuple(target for target in options.targets if _is_there(target, options, judge))
            if not there:
                raise
            return Remains(judge(dataclasses.replace(options, targets=there)).report)
    except ImagecheckError as problem:
        return Remains(nothing, str(problem))


def _is_there(target: str, options: Options, judge: Callable[[Options], Judged]) -> bool:
    try:
        judge(dataclasses.replace(options, targets=(target,)))
    except UsageProblem:
        return False
    return True


def still_failing(after: Report, done: Iterable[tuple[Step, Outcome]]) -> tuple[Failure, ...]:
    """The failures whose every operation went well, and whose rule does not pass all the same."""
    ended = list(done)
    passing = {(r.rule, r.asset.lower()) for r in after.with_verdict(Verdict.PASS)}
    broken = {failure.verdict_of for step, outcome in ended if not outcome.is_well for failure in step.fixes}
    found = {failure.verdict_of: failure for step, _ in ended for failure in step.fixes}
    return tuple(f for key, f in found.items() if key not in passing and key not in broken)


def after_fixes(before: Report, remains: Remains, done: Iterable[tuple[Step, Outcome]]) -> Report:
    """The report of what remains, with what was done, and the exit code of both."""
    ended, after = list(done), remains.report
    failed = [_document(step, outcome) for step, outcome in ended if not outcome.is_well]
    if remains.problem:
        failed.append({"description": redact(f"what remains could not be judged: {remains.problem}")})
    else:
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


def interrupted_report(before: Report, plan: Plan, done: Sequence[tuple[Step, Outcome]]) -> Report:
    """The report of a run that was interrupted while it made changes, or judged what they left: what is known of each
    change. No result of before is given for one of now.
    """
    remains = Remains(dataclasses.replace(before, results=()), "the run was interrupted")
    report = after_fixes(before, remains, done)
    left = [{**_document(step, Outcome(Ending.FAILED)), "ending": "not begun"} for step in plan.steps[len(done) :]]
    if left:
        left[0] |= {"ending": "interrupted", "detail": "it was under way, and is perhaps done"}
    fixes = dataclasses.replace(report.fixes, failed=(*left, *report.fixes.failed))
    return dataclasses.replace(report, fixes=fixes, exit_code=int(exit_code.ExitCode.INTERRUPTED))


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
