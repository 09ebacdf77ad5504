"""What the reports share: nothing hidden in a text, the answer in a line, and the groups it is told in."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, assert_never

from checker.facts.unread import ReasonKind
from checker.report import Reason, Report, Result, RuleInfo, Verdict
from checker.visible import visible

__all__ = (
    "Answer",
    "Change",
    "Headline",
    "ReasonGroup",
    "RuleGroup",
    "by_reason",
    "by_rule",
    "changes",
    "count",
    "exit_words",
    "headline",
    "in_words",
    "offered",
    "visible",
)

_EXIT_CODES = {
    0: "evaluated in full, and no finding at or above the threshold",
    1: "findings remain",
    2: "the run stopped at a problem",
    3: "something that counts was not evaluated, or nothing was judged",
    4: "an operation failed, or a fix did not make its rule pass",
    5: "the plan was stale",
    130: "interrupted",
}


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


@dataclass(frozen=True, slots=True)
class RuleGroup:
    """Results of one rule; ``info`` is None where the report says nothing of the rule."""

    code: str
    info: RuleInfo | None
    results: tuple[Result, ...]

    @property
    def title(self) -> str:
        """What the rule demands, or its code where that is not known."""
        return self.info.title if self.info else self.code


@dataclass(frozen=True, slots=True)
class ReasonGroup:
    """Results that were not evaluated for one reason; ``permission`` is empty where none would help."""

    title: str
    permission: str
    results: tuple[Result, ...]


@dataclass(frozen=True, slots=True)
class Change:
    """What a fix run found of a rule on an asset, and what it is now."""

    rule: str
    asset: str
    before: str
    now: str


def headline(report: Report) -> Headline:
    """The answer that a report gives. Yes only where the run said so with its exit code, too."""
    counting = [result for result in report.results if report.counts(result)]
    failed = [result for result in counting if result.verdict is Verdict.FAIL]
    unknown = [result for result in counting if result.verdict is Verdict.NOT_EVALUATED]
    if failed:
        return Headline(Answer.NO, f"Do not submit yet: {count(failed, 'finding')} to resolve", _to_fix(report, failed))
    if unknown:
        allowed = ", as allowed" if report.exit_code == 0 else ""
        words = f"Not known: {count(unknown, 'check')} could not be evaluated{allowed}"
        return Headline(Answer.UNKNOWN, words, _to_answer(unknown))
    if not any(result.verdict in (Verdict.PASS, Verdict.FAIL, Verdict.WAIVED) for result in report.results):
        return Headline(Answer.UNKNOWN, "Nothing was judged", "See that the targets and the selected rules are right")
    if report.exit_code != 0:
        words = f"Not known: {exit_words(report)} (exit code {report.exit_code})"
        return Headline(Answer.UNKNOWN, words, "Look at the run's own messages, and run it again")
    below = [result for result in report.results if result.verdict is Verdict.FAIL]
    assets = {result.asset.lower() for result in report.results}
    judged = f"{count(report.rules, 'rule')} on {count(assets, 'asset')}"
    first = f"Look at {count(below, 'finding')} below that" if below else "See below what was judged, and submit"
    words = f"Nothing stands in the way among what was judged: no finding at or above {report.fail_on}"
    return Headline(Answer.YES, f"{words} ({judged})", first)


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


def by_rule(report: Report, results: Iterable[Result]) -> tuple[RuleGroup, ...]:
    """Results by rule: the most severe first, then by code; inside a rule the same, then as they came."""
    groups: dict[str, list[Result]] = {}
    for result in sorted(results, key=lambda result: -result.severity.weight):
        groups.setdefault(result.rule, []).append(result)
    ordered = sorted(groups.items(), key=lambda item: (-item[1][0].severity.weight, item[0]))
    return tuple(RuleGroup(code, report.rules.get(code), tuple(found)) for code, found in ordered)


def by_reason(results: Iterable[Result]) -> tuple[ReasonGroup, ...]:
    """Results that were not evaluated, by what was missing: what leaves the most open comes first."""
    groups: dict[tuple[str, str], list[Result]] = {}
    for result in results:
        permission = result.reason.permission if result.reason else ""
        groups.setdefault((_missing(result.reason), permission), []).append(result)
    ordered = sorted(groups.items(), key=lambda item: -len(item[1]))
    return tuple(ReasonGroup(title, permission, tuple(found)) for (title, permission), found in ordered)


def _missing(reason: Reason | None) -> str:
    if reason is None:
        return "no reason was recorded"
    match reason.kind:
        case ReasonKind.UNREAD:
            return f"{reason.fact}: not known"
        case ReasonKind.UNSUPPORTED:
            return f"{reason.fact}: in a form that is not judged"
        case ReasonKind.CRASHED:
            return "the rule crashed"
        case _:
            assert_never(reason.kind)


def changes(report: Report) -> tuple[Change, ...]:
    """What the results were before a fix run, beside what they are now."""
    now = {(result.rule, result.asset.lower()): result.verdict.value for result in report.results}
    return tuple(_change(entry, now) for entry in report.fixes.before)


def _change(entry: Any, now: dict[tuple[str, str], str]) -> Change:
    if not isinstance(entry, dict) or not {"rule", "asset", "verdict"} <= entry.keys():
        return Change("", "", in_words(entry), "")
    rule, asset = str(entry["rule"]), str(entry["asset"])
    before = ": ".join(str(entry[key]) for key in ("verdict", "message") if entry.get(key))
    return Change(rule, asset, before, now.get((rule, asset.lower()), "not judged again"))


def in_words(entry: Any) -> str:
    """A text for people from what a journal or a fix says of an operation, whatever its shape."""
    if not isinstance(entry, dict):
        return _value(entry)
    lead = offered(entry)
    rest = [f"{key}: {_value(value)}" for key, value in entry.items() if key not in ("description", "verb")]
    return "; ".join([lead, *rest] if lead else rest)


def _value(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, default=str)


def offered(operation: dict[str, Any]) -> str:
    """What an operation of an offered fix would do, in one line."""
    return str(operation.get("description") or operation.get("verb", ""))


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
    return _EXIT_CODES.get(report.exit_code, "an exit code that imagecheck does not give")


def count(things: Iterable[Any], noun: str) -> str:
    """``1 finding``, ``2 findings``."""
    number = len(tuple(things))
    return f"{number} {noun}{'' if number == 1 else 's'}"
