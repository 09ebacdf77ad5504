"""One audit: from a source and targets to a report."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from checker import __version__, engine, exit_code, scope, targets
from checker.chain import chain_of
from checker.facts.arm_id import ArmId, Kind, fold
from checker.facts.data_disks import with_os_disk
from checker.facts.estate import Estate
from checker.facts.snapshot import Snapshot
from checker.facts.vhd import Vhd
from checker.redaction import redact, redacted
from checker.report import Report, RuleInfo
from checker.rule import Context, Policy, Publisher, Rule, Severity

#: How many targets a report names.
_MAX_LISTED = 20


@dataclass(frozen=True, slots=True)
class Options:
    """What a run judges and how it counts. ``subscriptions`` are GUIDs as the user wrote them.

    ``targets`` are those of Azure; ``disks`` are the disk files that were named, as they were read.
    ``command`` judges the same again, without changing anything.
    """

    targets: tuple[str, ...]
    subscriptions: tuple[str, ...]
    publisher: Publisher
    policy: Policy
    fail_on: Severity
    allow_unevaluated: frozenset[str]
    exit_zero: bool
    select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    disks: tuple[Vhd, ...] = ()
    command: str = ""


@dataclass(frozen=True, slots=True)
class Facts:
    """What a source gave, how the report names it, and what it has to say of how it was read."""

    snapshot: Snapshot
    name: str
    notes: tuple[tuple[str, str], ...] = ()


def run(
    facts: Facts,
    rules: Iterable[Rule[Any]],
    options: Options,
    clock: Callable[[], datetime],
    started: datetime | None = None,
) -> Report:
    """Judge the targets by the rules. ``started`` is when the facts began to be collected.

    Raises UsageProblem for targets that cannot be judged.
    """
    started = clock() if started is None else started
    # Rules on disk files are no part of a run without any, and the others none of one that has nothing else.
    chosen = tuple(r for r in rules if (bool(options.disks) if r.kind is Kind.VHD else not _only_disks(options)))
    estate = Estate(facts.snapshot, started)
    judged = _scope(estate, facts.snapshot, options)
    disks = with_os_disk(options.disks)
    context = Context(
        estate=estate,
        publisher=options.publisher,
        policy=options.policy,
        today=estate.taken,
        targets=judged.targets,
        captured=judged.captured,
        disks=disks,
    )
    # Disks were read in this run, whatever moment a snapshot speaks of.
    disk_results = engine.judge_disks(chosen, disks, replace(context, today=started))
    results = (*engine.judge(chosen, judged, context), *disk_results)
    code = exit_code.of_results(results, options.fail_on, options.allow_unevaluated, exit_zero=options.exit_zero)
    return Report(
        version=__version__,
        started=_stamp(started),
        finished=_stamp(clock()),
        source=redact(facts.name),
        exit_code=int(code),
        fail_on=options.fail_on,
        rules={r.code: RuleInfo(r.slug, r.title, r.severity, r.basis, r.sources) for r in chosen},
        results=results,
        asked=tuple(
            (name, redact(words))
            for name, words in (
                *_asked(estate, facts.snapshot, options, started),
                *facts.notes,
                ("disks read", "; ".join(f"{disk.id}: {disk.reading}" for disk in options.disks[:_MAX_LISTED])),
            )
            if words
        ),
        chain=tuple(redacted(link) for link in chain_of(judged, estate)),
    )


def _asked(estate: Estate, snapshot: Snapshot, options: Options, started: datetime) -> tuple[tuple[str, str], ...]:
    """What a reader must know to trust the verdict: of when the facts are, and what was left out."""
    galleries, subscriptions = len(estate.galleries()), len(estate.subscriptions())
    holds = f"{_count(galleries, 'gallery', 'galleries')} in {_count(subscriptions, 'subscription')}"
    # Of single VMs or disks a source gives no galleries: nothing is to be said of them.
    holds = holds if galleries else ""
    captured = "an unknown time" if snapshot.captured is None else _stamp(snapshot.captured)
    if _only_disks(options):
        holds, captured = _count(len(options.disks), "disk file"), _stamp(started)
    return (
        ("facts of", captured),
        ("the source holds", holds),
        ("targets", _listed((*options.targets, *(disk.id.text for disk in options.disks))) or "every gallery"),
        ("subscriptions", ", ".join(options.subscriptions)),
        ("selected rules", ", ".join(options.select) or "all"),
        ("ignored rules", ", ".join(options.ignore)),
        ("publisher", options.publisher.name or "not given"),
        ("publisher's tenants", ", ".join(options.publisher.tenants) or "not given"),
        ("may stay unevaluated", ", ".join(sorted(options.allow_unevaluated))),
        ("exit code forced to 0", "yes" if options.exit_zero else ""),
        ("judged again by", options.command),
    )


def _listed(texts: tuple[str, ...]) -> str:
    shown = ", ".join(texts[:_MAX_LISTED])
    return f"{shown} and {len(texts) - _MAX_LISTED} more" if len(texts) > _MAX_LISTED else shown


def _count(number: int, one: str, many: str = "") -> str:
    return f"{number} {one if number == 1 else many or one + 's'}"


def resolved_targets(estate: Estate, snapshot: Snapshot, options: Options) -> tuple[ArmId, ...]:
    """The ids of the targets. Raises UsageProblem for one that cannot be resolved."""
    chosen = tuple(fold(subscription) for subscription in options.subscriptions)
    return targets.resolve(targets.parse(options.targets), estate, chosen or _subscriptions_in(estate, snapshot))


def _only_disks(options: Options) -> bool:
    return bool(options.disks) and not options.targets


def _scope(estate: Estate, snapshot: Snapshot, options: Options) -> scope.Scope:
    if _only_disks(options):
        return scope.nothing()
    if not options.targets:
        return scope.everything(estate, tuple(fold(subscription) for subscription in options.subscriptions))
    return scope.of_targets(estate, resolved_targets(estate, snapshot, options))


def _subscriptions_in(estate: Estate, snapshot: Snapshot) -> tuple[str, ...]:
    """The subscriptions that a short form may be in: those that were read, else those of the resources."""
    listed = [subscription.id.subscription for subscription in estate.subscriptions()]
    return tuple(dict.fromkeys(listed or [id.subscription for id, _ in snapshot.resources()]))


def _stamp(time: datetime) -> str:
    return time.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
