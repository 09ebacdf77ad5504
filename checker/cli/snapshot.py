"""``imagecheck snapshot``: save the facts of a source."""

from __future__ import annotations

from typing import Any

import click

from checker.cli.help import SectionedCommand
from checker.cli.settings import config_option, publisher_options, source_options


@click.command("snapshot", cls=SectionedCommand, short_help="Save the facts, to check later.")
@click.argument("targets", nargs=-1, metavar="[TARGET]...")
@config_option
@source_options
@publisher_options
@click.option(
    "-o", "--output-file", "path", required=True, metavar="FILE", help="The file to write; - is standard output."
)
@click.pass_context
def command(ctx: click.Context, /, path: str, **values: Any) -> None:
    """Save the facts of a source as a snapshot, without secrets. It holds mail addresses of people.

    Of Azure, what the rules read of the targets (without one: of every gallery) is saved, and for --publisher what
    the directory says of that account. `imagecheck snapshot --source sandbox -o tenant.json` gives a file to try
    things on.
    """
    from checker.cli.save_snapshot import save_snapshot

    ctx.exit(save_snapshot(values, path, ctx.obj))
