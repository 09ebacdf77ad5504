"""The answer that a report gives: can the image be submitted, and if not, what comes first."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from enum import StrEnum

from checker.report import Report, Result, Verdict, nothing_judged
from reports.groups import by_rule, count

#: What each exit code that a run gives says.
EXIT_CODES = {
    0: "evaluated in full, and no finding at or above the threshold",
    1: "findings remain",
    2: "the run stopped at a problem",
    3: "something that counts was not evaluated, or nothing was judged",
    4: "an operation failed, or a fix did not make its rule pass",
    130: "interrupted",
}
#: What codes say that only reports of former versions hold.
_FORMER_CODES = {5: "the plan was stale"}


class Answer(StrEnum):
    """Whether the image can be submitted, as far as the rules can tell."""

    YES = "yes"
    NO = "no"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Headline:
    """Whether the image can be submitted, in one line, and what to do first."""

    answer: Answer
    words: str
    first: str


def headline(report: Report) -> Headline:
    """The answer that a report gives. Yes only where the run said so with its exit code, too."""
    counting = [result for result in report.results if report.counts(result)]
    failed = [result for result in counting if result.verdict is Verdict.FAIL]
    unknown = [result for result in counting if result.verdict is Verdict.NOT_EVALUATED]
    if failed:
        return Headline(Answer.NO, f"Do not submit yet: {count(failed, 'finding')} to resolve", _to_fix(report, failed))
    if unknown:
        allowed = ", as allowed" if report.exit_code == 0 else ""
        return Headline(Answer.UNKNOWN, f"Not known: {_unknown(report, unknown)}{allowed}", _to_answer(unknown))
    if not report.results and (report.fixes.performed or report.fixes.failed):
        return Headline(
            Answer.UNKNOWN, "Not known: what the changes left was not judged", "Judge it again, without --fix"
        )
    if nothing_judged(report.results):
        return Headline(
            Answer.UNKNOWN,
            "Nothing was judged: there is no asset that the selected rules apply to",
            "See that the targets and the selected rules are right",
        )
    if report.exit_code != 0:
        words = f"Not known: {exit_words(report)} (exit code {report.exit_code})"
        return Headline(Answer.UNKNOWN, words, "Look at the run's own messages, and run it again")
    below = [result for result in report.results if result.verdict is Verdict.FAIL]
    first = (
        f"Look at {count(below, 'finding')} below that"
        if below
        else "Submit it; the certification has tests of its own"
    )
    words = f"Nothing stands in the way among what was judged: no finding at or above {report.fail_on}"
    return Headline(Answer.YES, f"{words} ({_judged(report)})", first)


def _unknown(report: Report, counting: list[Result]) -> str:
    """How many checks were not evaluated: those that decide, and apart from them those that could not block."""
    others = len(report.with_verdict(Verdict.NOT_EVALUATED)) - len(counting)
    if not others:
        return f"{count(counting, 'check')} could not be evaluated"
    were = "was" if len(counting) == 1 else "were"
    more = "was 1 other" if others == 1 else f"were {others} others"
    return f"{count(counting, 'check')} that could block {were} not evaluated, nor {more}"


def _judged(report: Report) -> str:
    """How much an answer rests on: the checks, how many of them stayed open, the rules and the assets."""
    assets = {result.asset.lower() for result in report.results}
    left = len(report.with_verdict(Verdict.NOT_EVALUATED))
    some = f", {left} of them not evaluated" if left else ""
    checks = f"{count(report.results, 'check')}{some}"
    return f"{checks}: {count(report.rules, 'rule')} on {count(assets, 'asset')}"


def _to_fix(report: Report, failed: list[Result]) -> str:
    group = by_rule(report, failed)[0]
    fix = group.results[0].fix
    words = fix.title if fix else group.title
    return f"{words} ({group.code}, {count({result.asset for result in group.results}, 'asset')})"


def _to_answer(unknown: list[Result]) -> str:
    permissions = Counter(result.reason.permission for result in unknown if result.reason and result.reason.permission)
    if not permissions:
        return f"{_why(unknown[0])} ({unknown[0].rule})"
    permission, times = permissions.most_common(1)[0]
    example = next(result for result in unknown if result.reason and result.reason.permission == permission)
    return f"{_why(example)}; {permission} answers {times} of them"


def _why(result: Result) -> str:
    return result.reason.detail if result.reason else result.message


def exit_words(report: Report) -> str:
    """What a run's exit code says."""
    if report.exit_code == 0:
        counting = [result for result in report.results if report.counts(result)]
        if any(result.verdict is Verdict.FAIL for result in counting):
            return "findings remain, and 0 was asked for"
        if any(result.verdict is Verdict.NOT_EVALUATED for result in counting):
            return "no finding at or above the threshold; what was not evaluated was allowed to be"
        if report.with_verdict(Verdict.NOT_EVALUATED):
            return "no finding at or above the threshold, and everything that counts was evaluated"
    return (EXIT_CODES | _FORMER_CODES).get(report.exit_code, "an exit code that imagecheck does not give")
