"""``imagecheck snapshot``: save the facts of a source."""

from __future__ import annotations

import click

from checker.cli.settings import config_option, envvar


@click.command("snapshot", short_help="Save the facts, to check later.")
@config_option
@click.option(
    "--source", default="azure", envvar=envvar("source"), metavar="SOURCE", help="As with `imagecheck check`."
)
@click.option("-o", "--output-file", "path", required=True, metavar="FILE", help="The file to write.")
@click.pass_context
def command(ctx: click.Context, /, source: str, path: str) -> None:
    """Save the facts of a source as a snapshot, without secrets. It holds mail addresses of people.

    `imagecheck snapshot --source sandbox -o tenant.json` gives a file to try things on.
    """
    import shlex
    from pathlib import Path

    from checker.cli.outputs import write_file
    from checker.cli.run_check import open_source
    from checker.redaction import redact
    from checker.sources.snapshot import dump
    from checker.visible import visible

    facts, _ = open_source(source)
    write_file(Path(path), dump(facts.snapshot))
    shown = visible(redact(path)).replace("\n", "\\n")
    click.echo(f"Saved {shown}; it holds names and mail addresses of people, and no secrets that imagecheck knows.")
    click.echo(f"Next: {ctx.obj.name} check --source {shlex.quote(f'snapshot:{shown}')}")
