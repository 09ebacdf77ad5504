"""The exit codes: an interface that pipelines build on."""

from __future__ import annotations

from collections.abc import Iterable
from enum import IntEnum

from checker.report import Result, Verdict, nothing_judged
from checker.rule import Severity


class ExitCode(IntEnum):
    """What a run says to the shell. Where several hold: 2, 4, 5, 1, 3, 0, in this order."""

    CLEAN = 0
    FINDINGS = 1
    PROBLEM = 2
    NOT_EVALUATED = 3
    FIX_FAILED = 4
    STALE_PLAN = 5
    INTERRUPTED = 130


def of_results(
    results: Iterable[Result], fail_on: Severity, allow_unevaluated: frozenset[str], *, exit_zero: bool
) -> ExitCode:
    """The code of a run that judged: 1 findings, 3 not evaluated in full or nothing judged, else 0."""
    found = tuple(results)
    if exit_zero:
        return ExitCode.CLEAN
    counting = [result for result in found if result.severity.weight >= fail_on.weight]
    if any(result.verdict is Verdict.FAIL for result in counting):
        return ExitCode.FINDINGS
    unanswered = [r for r in counting if r.verdict is Verdict.NOT_EVALUATED and r.rule not in allow_unevaluated]
    return ExitCode.NOT_EVALUATED if unanswered or nothing_judged(found) else ExitCode.CLEAN
