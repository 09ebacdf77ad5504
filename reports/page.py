"""What the HTML page tells, in the order that it tells it, made from a report."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from checker.report import Report, Result, Verdict
from reports.answer import Headline, headline
from reports.chain import Node, chain_map
from reports.groups import Change, ReasonGroup, RuleGroup, by_reason, changes
from reports.names import Places, in_order, kind_of, pieces
from reports.run import RunChange, performed
from reports.todo import FindingPart, ToDo, finding_parts, to_do

OPEN_FINDINGS = 25
"""How many findings stand open at first. The others are one line each, and open when they are asked for."""

_ORDER = (Verdict.FAIL, Verdict.NOT_EVALUATED, Verdict.WAIVED, Verdict.NOT_APPLICABLE, Verdict.PASS)
_WORDS = {Verdict.NOT_APPLICABLE: "not applicable", Verdict.NOT_EVALUATED: "not evaluated"}


@dataclass(frozen=True, slots=True)
class Share:
    """A part of the bar: from where it goes and how far, in thousandths. ``look`` names what it looks like."""

    verdict: Verdict
    look: str
    number: int
    start: float
    width: float


@dataclass(frozen=True, slots=True)
class Count:
    """How many results have a verdict, the words for it, and where they are told."""

    verdict: Verdict
    words: str
    number: int
    place: str


@dataclass(frozen=True, slots=True)
class RuleRow:
    """A rule with the number of its results for each verdict; ``has_findings`` says where its place is."""

    code: str
    group: RuleGroup
    counts: tuple[int, ...]
    has_findings: bool


@dataclass(frozen=True, slots=True)
class AssetRow:
    """An asset with its results by verdict, what wants something done first."""

    asset: str
    kind: str
    verdicts: tuple[tuple[Verdict, tuple[Result, ...]], ...]
    troubled: bool


@dataclass(frozen=True, slots=True)
class Page:
    """Everything that the template shows and a report does not say by itself."""

    headline: Headline
    to_do: tuple[ToDo, ...]
    shares: tuple[Share, ...]
    counts: tuple[Count, ...]
    evaluated: int
    percent: int
    blocking: int
    asked: dict[str, str]
    chain: Node
    findings: tuple[FindingPart, ...]
    open_at_first: frozenset[str]
    unanswered: tuple[ReasonGroup, ...]
    rest: tuple[tuple[Verdict, tuple[Result, ...]], ...]
    rules: tuple[RuleRow, ...]
    assets: tuple[AssetRow, ...]
    changes: tuple[RunChange, ...]
    before: tuple[Change, ...]
    ids: tuple[tuple[str, str], ...]
    kinds: tuple[str, ...]
    places: Places

    @staticmethod
    def words(verdict: str) -> str:
        """A verdict as people write it."""
        return _WORDS.get(Verdict(verdict), str(verdict))


def page_of(report: Report) -> Page:
    """The page of a report."""
    results = report.results
    findings = finding_parts(report)
    unknown = report.with_verdict(Verdict.NOT_EVALUATED)
    blocking = sum(part.number for part in findings if part.blocks)
    evaluated = len(results) - len(unknown)
    places = Places(report)
    in_order_shown = [result for part in findings for group in part.groups for result in group.results]
    done, before = performed(report), changes(report)
    return Page(
        headline=headline(report),
        to_do=to_do(report, places),
        shares=_shares(report, blocking),
        counts=_counts(report),
        evaluated=evaluated,
        percent=evaluated * 100 // len(results) if results else 0,
        blocking=blocking,
        asked=dict(report.asked),
        chain=Node("", "", "", "", children=chain_map(report)),
        findings=findings,
        open_at_first=frozenset(places.result(result) for result in in_order_shown[:OPEN_FINDINGS]),
        unanswered=by_reason(report, unknown),
        rest=tuple((verdict, found) for verdict in _ORDER[2:] if (found := report.with_verdict(verdict))),
        rules=_rules(report, {group.code for part in findings for group in part.groups}),
        assets=_assets(results),
        changes=done,
        before=before,
        ids=_ids((*(change.words for change in done), *(change.asset for change in before))),
        kinds=tuple(dict.fromkeys(result.kind for result in results)),
        places=places,
    )


def why_lowered(result: Result) -> str:
    """Why a failure counts less than its rule says; empty where it counts in full."""
    return next((line for line in result.evidence if line.startswith(f"{result.severity} instead of ")), "")


def _shares(report: Report, blocking: int) -> tuple[Share, ...]:
    counted = Counter(result.verdict for result in report.results)
    parts = [
        (Verdict.FAIL, "fail", blocking),
        (Verdict.FAIL, "below", counted[Verdict.FAIL] - blocking),
        *((verdict, str(verdict), counted[verdict]) for verdict in _ORDER[1:]),
    ]
    shares = []
    start = 0.0
    for verdict, look, number in parts:
        width = round(1000 * number / len(report.results), 2) if report.results else 0.0
        shares.append(Share(verdict, look, number, round(start, 2), width))
        start += width
    return tuple(share for share in shares if share.number)


def _counts(report: Report) -> tuple[Count, ...]:
    """How many results have each verdict that there is; how many fail and pass is always told."""
    counted = Counter(result.verdict for result in report.results)
    places = {Verdict.FAIL: "findings", Verdict.NOT_EVALUATED: "unanswered"}
    return tuple(
        Count(verdict, Page.words(verdict), counted[verdict], places.get(verdict, f"rest-{verdict}"))
        for verdict in _ORDER
        if counted[verdict] or verdict in (Verdict.FAIL, Verdict.PASS)
    )


def _ids(texts: Iterable[str]) -> tuple[tuple[str, str], ...]:
    """Every id in some texts, once: as a target is written, and in full."""
    found = ((words, full) for text in texts for words, full in pieces(text) if full)
    return tuple({full.lower(): (words, full) for words, full in found}.values())


def _rules(report: Report, failing: set[str]) -> tuple[RuleRow, ...]:
    counted = Counter((result.rule, result.verdict) for result in report.results)
    codes = sorted({*report.rules, *(code for code, _ in counted)})
    told = [count.verdict for count in _counts(report)]
    return tuple(
        RuleRow(
            code,
            RuleGroup(code, report.rules.get(code), ()),
            tuple(counted[code, verdict] for verdict in told),
            code in failing,
        )
        for code in codes
    )


def _assets(results: Iterable[Result]) -> tuple[AssetRow, ...]:
    found: dict[str, list[Result]] = {}
    for result in results:
        found.setdefault(result.asset.lower(), []).append(result)
    rows = [
        AssetRow(
            told[0].asset,
            kind_of(told[0].asset, told[0].kind),
            tuple((verdict, several) for verdict in _ORDER if (several := _with(verdict, told))),
            any(result.verdict in _ORDER[:2] for result in told),
        )
        for told in found.values()
    ]
    return tuple(sorted(rows, key=lambda row: (not row.troubled, in_order(row.asset))))


def _with(verdict: Verdict, results: Iterable[Result]) -> tuple[Result, ...]:
    return tuple(result for result in results if result.verdict is verdict)
