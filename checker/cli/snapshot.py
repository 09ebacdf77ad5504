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
def command(source: str, path: str) -> None:
    """Save the facts of a source as a snapshot, without secrets. It holds mail addresses of people.

    `imagecheck snapshot --source sandbox -o tenant.json` gives a file to try things on.
    """
    from pathlib import Path

    from checker.cli.outputs import write_file
    from checker.cli.run_check import open_source
    from checker.sources.snapshot import dump

    facts, _ = open_source(source)
    write_file(Path(path), dump(facts.snapshot))
    click.echo(f"Saved {path}; it holds names and mail addresses of people, and no secrets.")
    click.echo(f"Next: imagecheck check --source {path}")
