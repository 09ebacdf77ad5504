"""What to do, in order: first what blocks the submission, then what would answer an open question, then the rest."""

from __future__ import annotations

from dataclasses import dataclass

from checker.report import Report, Verdict
from reports.groups import ReasonGroup, RuleGroup, by_reason, by_rule, count

_HOW = {
    "safe": "imagecheck can do it (safe)",
    "unsafe": "imagecheck can do it (unsafe)",
    "manual": "by hand",
}


@dataclass(frozen=True, slots=True)
class ToDo:
    """One thing to do. ``code`` is the rule that asks for it; empty where it answers open questions."""

    words: str
    code: str
    detail: str
    blocks: bool


def to_do(report: Report) -> tuple[ToDo, ...]:
    """Everything there is to do, the first things first."""
    failed = report.with_verdict(Verdict.FAIL)
    unknown = report.with_verdict(Verdict.NOT_EVALUATED)
    blocking = by_rule(report, (result for result in failed if report.counts(result)))
    counting = by_reason(result for result in unknown if report.counts(result))
    return (
        *(_resolve(group, blocks=True) for group in blocking),
        *(_answer(group, blocks=True) for group in counting),
        *(_resolve(group, blocks=False) for group in by_rule(report, (r for r in failed if not report.counts(r)))),
        *(_answer(group, blocks=False) for group in by_reason(r for r in unknown if not report.counts(r))),
    )


def _resolve(group: RuleGroup, *, blocks: bool) -> ToDo:
    fix = group.results[0].fix
    assets = count({result.asset.lower() for result in group.results}, "asset")
    how = _HOW.get(fix.safety, "") if fix else ""
    detail = ", ".join(part for part in (assets, how) if part)
    return ToDo(_sentence(fix.title if fix else group.title), group.code, detail, blocks)


def _answer(group: ReasonGroup, *, blocks: bool) -> ToDo:
    reason = group.results[0].reason
    checks = count(group.results, "check")
    if group.permission:
        return ToDo(f"Give the run {group.permission}", "", f"it answers {checks}", blocks)
    words = reason.detail if reason else group.results[0].message
    return ToDo(_sentence(words), "", f"it leaves {checks} open", blocks)


def _sentence(words: str) -> str:
    return words[:1].upper() + words[1:]
