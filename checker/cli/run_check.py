"""The work of ``imagecheck check``, loaded only when it runs."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from checker import catalog, selection, targets
from checker.audit import Facts, Options, run
from checker.cli.console import Console
from checker.cli.outputs import parse_outputs, write_outputs
from checker.cli.typed import Typed
from checker.errors import SourceProblem, UsageProblem
from checker.facts.directory import is_guid
from checker.facts.snapshot import Snapshot
from checker.rule import Policy, Publisher, Severity
from checker.sandbox import tenant
from checker.sources import snapshot as snapshot_file


def run_check(values: Mapping[str, Any], typed: Typed) -> int:
    """Judge, print, write the reports; the exit code. ``typed`` is the command as it was typed."""
    outputs = parse_outputs(values["output"])
    # What a rule prints is no part of a report.
    with contextlib.redirect_stdout(sys.stderr):
        known = catalog.load()
    rules = selection.choose(known, values["select"], values["ignore"])
    allowed = selection.matching(known, values["allow_unevaluated"], "--allow-unevaluated")
    for subscription in values["subscription"]:
        if not is_guid(subscription):
            raise UsageProblem(f"--subscription {subscription} is not a subscription's GUID")
    named = tuple(targets.expand(values["targets"]))
    targets.parse(named)
    facts, publisher = open_source(values["source"])
    options = Options(
        targets=named,
        subscriptions=values["subscription"],
        publisher=Publisher(values["publisher"] or publisher.name, values["publisher_tenant"] or publisher.tenants),
        policy=Policy(guest_is_prepared=values["guest_is_prepared"]),
        fail_on=Severity(values["fail_on"]),
        allow_unevaluated=allowed,
        exit_zero=values["exit_zero"],
        select=values["select"],
        ignore=values["ignore"],
    )
    with contextlib.redirect_stdout(sys.stderr):
        report = run(facts, rules, options, lambda: datetime.now(UTC))
    written = write_outputs(report, outputs)
    to_stderr = any(output.path is None for output in outputs)
    console = Console(
        stream=sys.stderr if to_stderr else sys.stdout,
        typed=typed,
        color=False if values["no_color"] else None,
        quiet=values["quiet"],
        verbose=values["verbose"],
    )
    console.show(report, written)
    return report.exit_code


def open_source(source: str) -> tuple[Facts, Publisher]:
    """The facts of a source, and the publisher that it brings. Raises SourceProblem or UsageProblem."""
    kind, colon, rest = source.partition(":")
    if source == "sandbox":
        publisher = Publisher(tenant.PUBLISHER, (tenant.PUBLISHER_TENANT,))
        return Facts(
            Snapshot.from_document(tenant.document()), "sandbox (the tenant that the program brings)"
        ), publisher
    if source == "azure":
        raise SourceProblem(
            "this version cannot read Azure itself yet: judge a saved snapshot with --source FILE, or try "
            "--source sandbox"
        )
    if kind == "sandbox" and colon:
        raise SourceProblem(f"this version has no sandbox server yet, so it cannot open {source}: use --source sandbox")
    if source.startswith(("http://", "https://")):
        raise SourceProblem(f"this version cannot open a running sandbox yet ({source}): use --source sandbox")
    path = rest if kind == "snapshot" and colon else source
    if not path:
        raise UsageProblem("--source snapshot: names no file")
    return Facts(snapshot_file.load(Path(path)), f"snapshot:{path}"), Publisher()
