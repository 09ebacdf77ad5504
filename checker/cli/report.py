"""``imagecheck report``: write reports again from a saved run."""

from __future__ import annotations

from typing import Any

import click

from checker.cli.settings import config_option, output_option, show_options


@click.command("report", short_help="Write reports again from a saved run.")
@config_option
@click.argument("saved", metavar="REPORT.json")
@output_option
@show_options
@click.pass_context
def command(ctx: click.Context, /, saved: str, output: tuple[str, ...], **values: Any) -> None:
    """Write reports again from the JSON report of an earlier run, and show its summary.

    Exits with 0 once they are written, whatever the run found.
    """
    import sys
    from pathlib import Path

    from checker.cli.console import Console
    from checker.cli.outputs import parse_outputs, write_outputs
    from checker.cli.printer import Printer
    from checker.report_document import load

    outputs = parse_outputs(output)
    report = load(Path(saved))
    written = write_outputs(report, outputs)
    stream = sys.stderr if any(o.path is None for o in outputs) else sys.stdout
    console = Console(
        printer=Printer.on(stream, color=False if values["no_color"] else None),
        typed=ctx.obj,
        quiet=values["quiet"],
        verbose=values["verbose"],
    )
    console.show(report, written.outputs)
    if written.problem is not None:
        raise written.problem
    ctx.exit(0)
