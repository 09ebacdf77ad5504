"""Judging: every selected rule on every asset of its kind, exactly one result each."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, assert_never

from checker.errors import error_words
from checker.facts.arm_id import Kind
from checker.facts.assets import Asset
from checker.facts.unread import FactUnread, ReasonKind, Unread
from checker.facts.vhd import Vhd
from checker.fixes.operations import Fix, Operation, describe, is_irreversible, to_document
from checker.redaction import redacted
from checker.report import OfferedFix, Reason, Result, Verdict
from checker.rule import Context, Fail, Lowered, NotApplicable, Outcome, Pass, Rule, Severity
from checker.scope import Gap, Scope

AnyRule = Rule[Any]


def judge(rules: Iterable[AnyRule], scope: Scope, context: Context) -> tuple[Result, ...]:
    """The results of the rules on a scope, in the order of assets, then rules.

    No exception of a rule leaves this function. Results hold no secret: each is redacted.
    """
    results = [result for rule in rules for result in _judge_one(rule, scope, context)]
    results.sort(key=lambda result: (_ORDER.index(result.kind), result.asset.lower(), result.rule))
    return tuple(redacted(result) for result in results)


def judge_disks(rules: Iterable[AnyRule], disks: Iterable[Vhd], context: Context) -> tuple[Result, ...]:
    """The results of the rules on disk files, in the order of disks, then rules; as ``judge`` gives them."""
    chosen = sorted((rule for rule in rules if rule.kind is Kind.VHD), key=lambda rule: rule.code)
    ordered = sorted(disks, key=lambda disk: disk.id.text)
    return tuple(redacted(_result(rule, disk, context)) for disk in ordered for rule in chosen)


_ORDER = ("subscription", "gallery", "definition", "version", "vm", "disk", "vhd")


def _judge_one(rule: AnyRule, scope: Scope, context: Context) -> Iterator[Result]:
    for asset in scope.assets[rule.kind]:
        yield _result(rule, asset, context)
    for gap in scope.gaps:
        if gap.kind is rule.kind:
            yield _gap_result(rule, gap)


def _result(rule: AnyRule, asset: Asset | Vhd, context: Context) -> Result:
    outcome = _outcome(rule, asset, context)
    id, kind = asset.id.text, rule.kind.value
    match outcome:
        case Pass():
            return Result(rule.code, id, kind, Verdict.PASS, rule.severity, rule.title, evidence=outcome.evidence)
        case NotApplicable():
            return Result(rule.code, id, kind, Verdict.NOT_APPLICABLE, rule.severity, outcome.why)
        case Fail():
            at_most = _at_most(rule, asset, context)
            lowered = _lowest(rule.severity, at_most, outcome.lowered)
            return Result(
                rule.code,
                id,
                kind,
                Verdict.FAIL,
                rule.severity if lowered is None else lowered.severity,
                outcome.message,
                expected=outcome.expected,
                actual=outcome.actual,
                evidence=(
                    *outcome.evidence,
                    *_lowered_words(rule.severity, lowered),
                    *([at_most] if isinstance(at_most, str) else []),
                ),
                fix=None if outcome.fix is None else _offer(outcome.fix),
            )
        case Reason():
            lowered = _lowest(rule.severity, _at_most(rule, asset, context))
            return _not_evaluated(rule, id, outcome, lowered)
        case _:
            assert_never(outcome)


def _gap_result(rule: AnyRule, gap: Gap) -> Result:
    if isinstance(gap.outcome, NotApplicable):
        return Result(rule.code, gap.id.text, rule.kind.value, Verdict.NOT_APPLICABLE, rule.severity, gap.outcome.why)
    return _not_evaluated(rule, gap.id.text, _reason(gap.outcome), _lowest(rule.severity, gap.at_most))


def _not_evaluated(rule: AnyRule, id: str, reason: Reason, lowered: Lowered | None) -> Result:
    severity = rule.severity if lowered is None else lowered.severity
    words = (
        f"{reason.fact} of {reason.scope}: {reason.detail}" if reason.kind is not ReasonKind.CRASHED else reason.detail
    )
    evidence = _lowered_words(rule.severity, lowered)
    return Result(
        rule.code, id, rule.kind.value, Verdict.NOT_EVALUATED, severity, words, evidence=evidence, reason=reason
    )


def _outcome(rule: AnyRule, asset: Asset | Vhd, context: Context) -> Outcome | Reason:
    try:
        outcome: object = rule.check(asset, context)
    except FactUnread as stop:
        return _reason(stop.unread)
    except KeyboardInterrupt:
        raise
    except BaseException as crash:  # a rule pack's mistake is its own, whatever it raises
        return _crash(rule, asset, error_words(crash))
    if not isinstance(outcome, Outcome):
        return _crash(rule, asset, f"returned {type(outcome).__name__}, not a Pass, a Fail or a NotApplicable")
    return outcome


def _crash(rule: AnyRule, asset: Asset | Vhd, words: str) -> Reason:
    return Reason(
        ReasonKind.CRASHED, asset.id.text, "", f"the rule {rule.code} of {rule.pack} crashed: {words[:500]}", ""
    )


def _reason(unread: Unread) -> Reason:
    return Reason(unread.kind, unread.scope, str(unread.fact), unread.detail, unread.permission)


def _at_most(rule: AnyRule, asset: Asset | Vhd, context: Context) -> Lowered | str | None:
    """What a failure counts as at most; a text where that could not be told, so that it counts in full."""
    if rule.at_most is None:
        return None
    try:
        lowered: object = rule.at_most(asset, context)
    except KeyboardInterrupt:
        raise
    except BaseException as crash:  # whatever a rule pack raises
        return f"counts in full: at_most crashed: {error_words(crash)[:200]}"
    if not isinstance(lowered, Lowered | None):
        return f"counts in full: at_most returned {type(lowered).__name__}"
    return lowered


def _lowest(full: Severity, *candidates: Lowered | str | None) -> Lowered | None:
    lower = [c for c in candidates if isinstance(c, Lowered) and c.severity.weight < full.weight]
    return min(lower, key=lambda c: c.severity.weight) if lower else None


def _lowered_words(full: Severity, lowered: Lowered | None) -> tuple[str, ...]:
    return () if lowered is None else (f"{lowered.severity} instead of {full}: {lowered.why}",)


def _offer(fix: Fix) -> OfferedFix:
    return OfferedFix(fix.title, fix.safety.value, tuple(_operation(o) for o in fix.operations), fix.steps)


def _operation(operation: Operation) -> dict[str, Any]:
    return {
        **to_document(operation),
        "description": describe(operation),
        "irreversible": is_irreversible(operation),
    }
