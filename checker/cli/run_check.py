"""The work of ``imagecheck check``, loaded only when it runs."""

from __future__ import annotations

import contextlib
import re
import sys
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from checker import catalog, selection, targets
from checker.audit import Facts, Options, run
from checker.cli.console import Console
from checker.cli.disks import look_at_disks, no_source
from checker.cli.fixing import (
    Fixer,
    Judged,
    after_fixes,
    check_breadth,
    check_flags,
    interrupted_report,
    judge_again,
    plan_for,
    still_failing,
)
from checker.cli.outputs import parse_outputs, write_outputs
from checker.cli.printer import Printer
from checker.cli.progress import Progress
from checker.cli.sources import default_subscriptions, opened
from checker.cli.typed import Typed
from checker.errors import UsageProblem
from checker.exit_code import ExitCode
from checker.facts.directory import is_guid
from checker.report import Report
from checker.rule import Policy, Publisher, Rule, Severity
from checker.sources.source import Source
from checker.wish import wish_of

_DOMAIN = re.compile(r"[A-Za-z0-9-]{1,63}(\.[A-Za-z0-9-]{1,63})+")


def run_check(values: Mapping[str, Any], typed: Typed) -> int:
    """Judge, print, write the reports; the exit code. ``typed`` is the command as it was typed."""
    check_flags(values)
    outputs = parse_outputs(values["output"])
    to_stderr = any(output.path is None for output in outputs)
    # What a rule prints is no part of a report.
    with contextlib.redirect_stdout(sys.stderr):
        known = catalog.load()
    rules = selection.choose(known, values["select"], values["ignore"])
    allowed = selection.matching(known, values["allow_unevaluated"], "--allow-unevaluated")
    others, disk_targets = targets.split(targets.expand(values["targets"]))
    targets.parse(others)
    needs_source = bool(others) or not disk_targets
    subscriptions = checked_subscriptions(default_subscriptions(values)) if needs_source else ()
    disks = look_at_disks(disk_targets, rules, Progress(sys.stderr, shown=not values["quiet"]))
    # Disk files alone need no source, and no sign-in.
    with opened(values) if needs_source else contextlib.nullcontext(no_source()) as source:
        options = Options(
            targets=others,
            disks=disks,
            subscriptions=subscriptions,
            publisher=publisher_of(values, source),
            policy=Policy(guest_is_prepared=values["guest_is_prepared"]),
            fail_on=Severity(values["fail_on"]),
            allow_unevaluated=allowed,
            exit_zero=values["exit_zero"],
            select=values["select"],
            ignore=values["ignore"],
            command=typed.again(),
        )
        judged = judge(source, rules, options)
        report = judged.report if not values["fix"] else _fixed(judged, source, values, to_stderr=to_stderr)
    written = write_outputs(report, outputs)
    if report.exit_code == ExitCode.INTERRUPTED:
        # What was done is in the reports; there is no verdict to show.
        raise written.problem or KeyboardInterrupt
    console = Console(
        printer=Printer.on(sys.stderr if to_stderr else sys.stdout, color=False if values["no_color"] else None),
        typed=typed,
        quiet=values["quiet"],
        verbose=values["verbose"],
    )
    # The verdict of a long run is shown, also where it cannot be kept.
    console.show(report, written.outputs)
    if written.problem is not None:
        raise written.problem
    return report.exit_code


def judge(source: Source, rules: Iterable[Rule[Any]], options: Options) -> Judged:
    """Collect from a source and judge what it gave."""
    chosen = tuple(rules)
    started = datetime.now(UTC)
    wish = wish_of(chosen, targets.parse(options.targets), options.subscriptions, options.publisher)
    snapshot = source.collect(wish)
    facts = Facts(snapshot, source.name, source.notes)
    with contextlib.redirect_stdout(sys.stderr):
        report = run(facts, chosen, options, lambda: datetime.now(UTC), started)
    return Judged(report, facts, chosen, options)


def _fixed(judged: Judged, source: Source, values: Mapping[str, Any], *, to_stderr: bool) -> Report:
    """Plan, ask, perform, and judge again: the report of what remains."""
    check_breadth(judged.options, judged.facts.snapshot)
    fixer = Fixer(sys.stderr if to_stderr else sys.stdout, values)
    plan = plan_for(judged, allow_unsafe=values["unsafe_fixes"])
    actuator = source.actuator()
    if not fixer.consent(plan) or actuator is None:
        return judged.report
    try:
        fixer.perform(plan, actuator)
        remains = judge_again(judged, lambda options: judge(source, judged.rules, options))
        while still_failing(remains.report, fixer.done) and source.settle():
            remains = judge_again(judged, lambda options: judge(source, judged.rules, options))
    except KeyboardInterrupt:
        fixer.interrupt(plan)
        return interrupted_report(judged.report, plan, fixer.done)
    fixer.conclude(remains)
    return after_fixes(judged.report, remains, fixer.done)


def checked_subscriptions(texts: Iterable[str]) -> tuple[str, ...]:
    """GUIDs of subscriptions. Raises UsageProblem for what is none."""
    found = tuple(texts)
    for subscription in found:
        if not is_guid(subscription):
            raise UsageProblem(f"--subscription {subscription} is not a subscription's GUID")
    return found


def publisher_of(values: Mapping[str, Any], source: Source) -> Publisher:
    """The publisher that the flags name, else the one that the source brings. Raises UsageProblem for what is none."""
    brought = source.publisher
    for tenant in values["publisher_tenant"]:
        if not is_guid(tenant) and _DOMAIN.fullmatch(tenant) is None:
            raise UsageProblem(f"--publisher-tenant {tenant} is neither a tenant's GUID nor a domain")
    return Publisher(values["publisher"] or brought.name, values["publisher_tenant"] or brought.tenants)
