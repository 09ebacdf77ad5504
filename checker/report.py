"""What a run found: the one structure that every report is written from."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from checker.facts.unread import ReasonKind
from checker.rule import Basis, Severity, Source


class Verdict(StrEnum):
    """What a rule says of an asset; exactly one."""

    PASS = "pass"
    FAIL = "fail"
    NOT_APPLICABLE = "not-applicable"
    NOT_EVALUATED = "not-evaluated"
    WAIVED = "waived"


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a rule was not evaluated: which fact, of what, for what reason, and what would answer it."""

    kind: ReasonKind
    scope: str
    fact: str
    detail: str
    permission: str


@dataclass(frozen=True, slots=True)
class OfferedFix:
    """A fix in words and data; ``operations`` are JSON objects with a ``verb`` and a ``description``."""

    title: str
    safety: str
    operations: tuple[dict[str, Any], ...]
    steps: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Result:
    """One rule on one asset. ``severity`` is what a failure here counts as."""

    rule: str
    asset: str
    kind: str
    verdict: Verdict
    severity: Severity
    message: str
    expected: str = ""
    actual: str = ""
    evidence: tuple[str, ...] = ()
    reason: Reason | None = None
    fix: OfferedFix | None = None


@dataclass(frozen=True, slots=True)
class RuleInfo:
    """What a report says of a rule, once."""

    slug: str
    title: str
    severity: Severity
    basis: Basis
    sources: tuple[Source, ...]


@dataclass(frozen=True, slots=True)
class FixRun:
    """What a fix run did; empty of a run without ``--fix``."""

    performed: tuple[Any, ...] = ()
    failed: tuple[Any, ...] = ()
    before: tuple[Any, ...] = ()


@dataclass(frozen=True, slots=True)
class ChainLink:
    """What an asset hangs from: the tenant of a subscription, or the ids that a version or a VM was made from."""

    asset: str
    tenant: str = ""
    sources: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Report:
    """A run: what was judged, by which rules, and what came of it. Times are ISO 8601 in UTC.

    ``asked`` says in pairs of words what the run was asked for, and of when the facts are. ``chain`` says how
    the assets hang together, as far as their ids do not say it themselves.
    """

    version: str
    started: str
    finished: str
    source: str
    exit_code: int
    fail_on: Severity
    rules: dict[str, RuleInfo]
    results: tuple[Result, ...]
    fixes: FixRun = FixRun()
    asked: tuple[tuple[str, str], ...] = ()
    chain: tuple[ChainLink, ...] = ()

    def summary(self) -> dict[str, int]:
        """How many results have each verdict."""
        counted = Counter(result.verdict for result in self.results)
        return {verdict.value: counted[verdict] for verdict in Verdict}

    def with_verdict(self, verdict: Verdict) -> tuple[Result, ...]:
        """The results of a verdict, in the report's order."""
        return tuple(result for result in self.results if result.verdict is verdict)

    def counts(self, result: Result) -> bool:
        """Whether a failure of this result counts at or above ``--fail-on``."""
        return result.severity.weight >= self.fail_on.weight


def nothing_judged(results: Iterable[Result]) -> bool:
    """Whether no rule had anything to say: no asset, or none that a rule applied to."""
    return all(result.verdict is Verdict.NOT_APPLICABLE for result in results)
