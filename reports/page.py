"""What the HTML page tells, in the order that it tells it, made from a report."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from checker.report import Report, Result, Verdict
from reports.answer import Headline, headline
from reports.chain import Node, chain_map
from reports.groups import ReasonGroup, RuleGroup, by_reason, by_rule, changes
from reports.names import Places, in_order, kind_of
from reports.run import RunChange, performed
from reports.todo import ToDo, to_do

OPEN_FINDINGS = 25
"""How many findings stand open at first. The others are one line each, and open when they are asked for."""

_ORDER = (Verdict.FAIL, Verdict.NOT_EVALUATED, Verdict.WAIVED, Verdict.NOT_APPLICABLE, Verdict.PASS)
_WORDS = {Verdict.NOT_APPLICABLE: "not applicable", Verdict.NOT_EVALUATED: "not evaluated"}


@dataclass(frozen=True, slots=True)
class Share:
    """A verdict's part of the bar: from where it goes and how far, in thousandths."""

    verdict: Verdict
    words: str
    number: int
    start: float
    width: float


@dataclass(frozen=True, slots=True)
class RuleRow:
    """A rule with the number of its results for each verdict; ``has_findings`` says where its place is."""

    code: str
    group: RuleGroup
    counts: tuple[int, ...]
    has_findings: bool


@dataclass(frozen=True, slots=True)
class AssetRow:
    """An asset with its results, what wants something done first."""

    asset: str
    kind: str
    results: tuple[Result, ...]
    troubled: bool


@dataclass(frozen=True, slots=True)
class Page:
    """Everything that the template shows and a report does not say by itself."""

    headline: Headline
    to_do: tuple[ToDo, ...]
    shares: tuple[Share, ...]
    evaluated: int
    percent: int
    blocking: int
    asked: dict[str, str]
    chain: Node
    findings: tuple[RuleGroup, ...]
    open_at_first: frozenset[str]
    unanswered: tuple[ReasonGroup, ...]
    rest: tuple[tuple[Verdict, tuple[Result, ...]], ...]
    rules: tuple[RuleRow, ...]
    assets: tuple[AssetRow, ...]
    changes: tuple[RunChange, ...]
    before: tuple[object, ...]
    kinds: tuple[str, ...]
    places: Places

    @staticmethod
    def words(verdict: str) -> str:
        """A verdict as people write it."""
        return _WORDS.get(Verdict(verdict), str(verdict))


def page_of(report: Report) -> Page:
    """The page of a report."""
    results = report.results
    findings = by_rule(report, report.with_verdict(Verdict.FAIL))
    unknown = report.with_verdict(Verdict.NOT_EVALUATED)
    evaluated = len(results) - len(unknown)
    places = Places(report)
    in_order_shown = [result for group in findings for result in group.results]
    return Page(
        headline=headline(report),
        to_do=to_do(report),
        shares=_shares(report),
        evaluated=evaluated,
        percent=evaluated * 100 // len(results) if results else 0,
        blocking=sum(report.counts(result) for result in report.with_verdict(Verdict.FAIL)),
        asked=dict(report.asked),
        chain=Node("", "", "", "", children=chain_map(report)),
        findings=findings,
        open_at_first=frozenset(places.result(result) for result in in_order_shown[:OPEN_FINDINGS]),
        unanswered=by_reason(unknown),
        rest=tuple((verdict, found) for verdict in _ORDER[2:] if (found := report.with_verdict(verdict))),
        rules=_rules(report, {group.code for group in findings}),
        assets=_assets(results),
        changes=performed(report),
        before=changes(report),
        kinds=tuple(dict.fromkeys(result.kind for result in results)),
        places=places,
    )


def why_lowered(result: Result) -> str:
    """Why a failure counts less than its rule says; empty where it counts in full."""
    return next((line for line in result.evidence if line.startswith(f"{result.severity} instead of ")), "")


def _shares(report: Report) -> tuple[Share, ...]:
    counted = Counter(result.verdict for result in report.results)
    shares = []
    start = 0.0
    for verdict in _ORDER:
        number = counted[verdict]
        width = round(1000 * number / len(report.results), 2) if report.results else 0.0
        shares.append(Share(verdict, Page.words(verdict), number, round(start, 2), width))
        start += width
    return tuple(shares)


def _rules(report: Report, failing: set[str]) -> tuple[RuleRow, ...]:
    counted = Counter((result.rule, result.verdict) for result in report.results)
    codes = sorted({*report.rules, *(code for code, _ in counted)})
    return tuple(
        RuleRow(
            code,
            RuleGroup(code, report.rules.get(code), ()),
            tuple(counted[code, verdict] for verdict in _ORDER),
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
            tuple(sorted(told, key=lambda result: _ORDER.index(result.verdict))),
            any(result.verdict in _ORDER[:2] for result in told),
        )
        for told in found.values()
    ]
    return tuple(sorted(rows, key=lambda row: (not row.troubled, in_order(row.asset))))
