"""Results in the groups that reports tell them in, and what they say of fixes."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, assert_never

from checker.facts.unread import ReasonKind
from checker.report import Reason, Report, Result, RuleInfo


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


def count(things: Iterable[Any], noun: str) -> str:
    """``1 finding``, ``2 findings``."""
    number = len(tuple(things))
    return f"{number} {noun}{'' if number == 1 else 's'}"
