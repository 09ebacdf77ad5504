"""Results in the groups that reports tell them in, and what they say of fixes."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, assert_never

from checker.facts.unread import ReasonKind
from checker.report import Reason, Report, Result, RuleInfo

#: What people call the facts.
_FACTS = {
    "blob_type": "the kind of the blob",
    "definitions": "the image definitions",
    "deny_assignments": "the deny assignments",
    "directory": "the directory (users, groups and applications)",
    "disk_file": "the disk file",
    "eligibility": "the roles that can be activated",
    "guest": "the system on the disk",
    "instance_view": "the VM's instance view",
    "lease": "the lease of the blob",
    "management_groups": "the management groups above the subscription",
    "operating_system": "the operating system",
    "partitions": "the partitions of the disk",
    "providers": "the registered resource providers",
    "publisher": "the publisher",
    "publisher_tenant": "the publisher's tenant",
    "replication": "the replication status",
    "role_assignments": "the role assignments",
    "role_definitions": "the role definitions",
    "resources": "the resources",
    "root_partition": "the partition that the root is on",
    "source": "what the version was made from",
    "subscription": "the subscription",
    "tenant": "the tenant of the domain",
    "versions": "the image versions",
    "vm": "the VM",
}


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
class ReasonCase:
    """Results that were not evaluated for one reason, in the same words."""

    words: str
    results: tuple[Result, ...]

    def by_asset(self) -> tuple[tuple[Result, ...], ...]:
        """The results, those of an asset together, in the order of their rules."""
        found: dict[str, list[Result]] = {}
        for result in self.results:
            found.setdefault(result.asset.lower(), []).append(result)
        return tuple(tuple(sorted(told, key=lambda result: result.rule)) for told in found.values())


@dataclass(frozen=True, slots=True)
class ReasonGroup:
    """Results that were not evaluated since the same was missing.

    ``permission`` is empty where none would help; ``to_do`` says what would. ``counting`` is how many results would
    block the submission if they failed. ``place`` is where the group stands in a page.
    """

    title: str
    permission: str
    to_do: str
    results: tuple[Result, ...]
    cases: tuple[ReasonCase, ...]
    counting: int
    place: str

    @property
    def size(self) -> int:
        """How many results there are."""
        return len(self.results)


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


def by_reason(report: Report, results: Iterable[Result]) -> tuple[ReasonGroup, ...]:
    """Results that were not evaluated, by what was missing: what leaves the most open that counts comes first."""
    groups: dict[tuple[str, str], list[Result]] = {}
    for result in results:
        permission = result.reason.permission if result.reason else ""
        groups.setdefault((_missing(result.reason), permission), []).append(result)
    ordered = sorted(
        groups.items(), key=lambda item: (-sum(report.counts(result) for result in item[1]), -len(item[1]))
    )
    return tuple(
        ReasonGroup(
            title,
            permission,
            _to_do(found[0], permission),
            tuple(found),
            _cases(found),
            sum(report.counts(result) for result in found),
            f"unanswered-{number}",
        )
        for number, ((title, permission), found) in enumerate(ordered, 1)
    )


def _missing(reason: Reason | None) -> str:
    if reason is None:
        return "No reason was recorded"
    fact = _FACTS.get(reason.fact, reason.fact.replace("_", " "))
    match reason.kind:
        case ReasonKind.UNREAD:
            return f"Not known: {fact}"
        case ReasonKind.UNSUPPORTED:
            return f"In a form that is not judged: {fact}"
        case ReasonKind.CRASHED:
            return "A rule crashed"
        case _:
            assert_never(reason.kind)


def _to_do(example: Result, permission: str) -> str:
    reason = example.reason
    if permission:
        return f"Give the run the permission {permission}"
    if reason is not None and reason.kind is ReasonKind.CRASHED:
        return "Run it again with --verbose, and report what it says"
    words = example.message if reason is None else reason.detail or example.message
    return words[:1].upper() + words[1:]


def _cases(results: Iterable[Result]) -> tuple[ReasonCase, ...]:
    found: dict[str, list[Result]] = {}
    for result in results:
        words = _in_case(result)
        found.setdefault(words, []).append(result)
    return tuple(ReasonCase(words, tuple(told)) for words, told in found.items())


def _in_case(result: Result) -> str:
    """Why, without the asset: that is told beside it. Where something else was asked, that is a part of it."""
    reason = result.reason
    if reason is None:
        return "\n".join((result.message, *result.evidence))
    of = "" if reason.scope.lower() == result.asset.lower() or not reason.scope else f" (asked of {reason.scope})"
    return "\n".join((f"{reason.detail}{of}", *result.evidence))


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
