"""What to do, in order: first what blocks the submission, then what would answer an open question, then the rest."""

from __future__ import annotations

import re
from dataclasses import dataclass

from checker.report import Report, Verdict
from reports.groups import ReasonGroup, RuleGroup, by_reason, by_rule, count
from reports.names import Places

_HOW = {
    "safe": "imagecheck can do it (safe)",
    "unsafe": "imagecheck can do it (unsafe)",
    "manual": "by hand",
}
_SENTENCE = re.compile(r"(?<=[.!?])\s+(?=[A-Z])|\n")
_CLAUSE = re.compile(r"[;:,]\s|\s\(|\s")
_LONG = 120


@dataclass(frozen=True, slots=True)
class ToDo:
    """One thing to do. ``code`` is the rule that asks for it; empty where it answers open questions.

    ``subject`` is what the rule demands, so that the words can be understood alone; empty where they say it.
    ``place`` is where all that it counts is told, and nothing else.
    """

    words: str
    code: str
    subject: str
    detail: str
    place: str
    blocks: bool


@dataclass(frozen=True, slots=True)
class FindingPart:
    """The findings that block the submission, or those that do not, by rule. ``place`` is where they stand."""

    blocks: bool
    place: str
    groups: tuple[RuleGroup, ...]
    number: int


def finding_parts(report: Report) -> tuple[FindingPart, ...]:
    """The findings that block the submission, then the others; a part without any is left out."""
    failed = report.with_verdict(Verdict.FAIL)
    parts = []
    for blocks, place in ((True, "blocking"), (False, "below")):
        found = [result for result in failed if report.counts(result) is blocks]
        if found:
            parts.append(FindingPart(blocks, place, by_rule(report, found), len(found)))
    return tuple(parts)


def to_do(report: Report, places: Places) -> tuple[ToDo, ...]:
    """Everything there is to do, the first things first."""
    unknown = by_reason(report, report.with_verdict(Verdict.NOT_EVALUATED))
    found = [_resolve(group, part.blocks, places) for part in finding_parts(report) for group in part.groups]
    answers = [_answer(group) for group in unknown]
    return (
        *(thing for thing in found if thing.blocks),
        *(thing for thing in answers if thing.blocks),
        *(thing for thing in found if not thing.blocks),
        *(thing for thing in answers if not thing.blocks),
    )


def _resolve(group: RuleGroup, blocks: bool, places: Places) -> ToDo:
    fix = group.results[0].fix
    how = _HOW.get(fix.safety, "") if fix else ""
    detail = ", ".join(part for part in (count(group.results, "finding"), how) if part)
    words, subject = (fix.title, group.title) if fix else (group.title, "")
    place = places.findings(group.code, blocks)
    return ToDo(_sentence(words), group.code, subject if subject != group.code else "", detail, place, blocks)


def _answer(group: ReasonGroup) -> ToDo:
    checks = f"{count(group.results, 'check')} not evaluated"
    some = f", {group.counting} of them could block" if group.counting != len(group.results) else ""
    detail = f"{checks}{some if group.counting else ''}"
    return ToDo(_sentence(group.to_do), "", "", detail, group.place, bool(group.counting))


def _sentence(words: str) -> str:
    """The first sentence; of a long one as many clauses, or else words, as a glance takes in. The place has all."""
    first = _SENTENCE.split(words.strip(), maxsplit=1)[0].rstrip(".")
    if len(first) > _LONG:
        ends = [(mark.group().strip() != "", mark.start()) for mark in _CLAUSE.finditer(first, _LONG // 3, _LONG)]
        first = f"{first[: max(ends, default=(False, _LONG))[1]]} …"
    return first[:1].upper() + first[1:]
