"""The work of ``imagecheck snapshot``, loaded only when it runs."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

import click

from checker import catalog, targets
from checker.cli.outputs import check_writable, write_file
from checker.cli.run_check import checked_subscriptions, publisher_of
from checker.cli.sources import default_subscriptions, opened
from checker.cli.typed import Typed
from checker.redaction import redact
from checker.sources.snapshot import dump
from checker.visible import visible
from checker.wish import wish_of


def save_snapshot(values: Mapping[str, Any], path: str, typed: Typed) -> int:
    """Collect what all rules read of the targets, and write it; the exit code."""
    if path != "-":
        check_writable(Path(path))
    subscriptions = checked_subscriptions(default_subscriptions(values))
    named = targets.parse(targets.expand(values["targets"]))
    with opened(values) as source:
        publisher = publisher_of(values, source)
        wish = wish_of(catalog.load(), named, subscriptions, publisher)
        snapshot = source.collect(wish)
    to_stdout = path == "-"
    if to_stdout:
        click.echo(dump(snapshot), nl=False)
    else:
        write_file(Path(path), dump(snapshot))
    shown = "FILE" if to_stdout else visible(redact(path)).replace("\n", "\\n")
    tell = partial(click.echo, err=to_stdout)
    tell(f"Saved {shown}; it holds names and mail addresses of people, and no secrets that imagecheck knows.")
    if snapshot.unread:
        tell(f"{len(snapshot.unread)} facts could not be read: the file says which, and why.")
    # The file does not say who the publisher is: whoever checks it has to.
    who = [*(("--publisher", publisher.name) if publisher.name else ())]
    for tenant in publisher.tenants:
        who += ["--publisher-tenant", tenant]
    words = visible(redact(shlex.join(["--source", f"snapshot:{shown}", *who])))
    tell(f"Next: {typed.name} check {words}")
    return 0
