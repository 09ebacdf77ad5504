"""``imagecheck check``: judge, print, write reports, exit."""

from __future__ import annotations

from typing import Any

import click

from checker import __version__
from checker.cli.help import SectionedCommand
from checker.cli.settings import (
    config_option,
    envvar,
    fix_options,
    output_option,
    publisher_options,
    show_options,
    source_options,
)


@click.command("check", cls=SectionedCommand, short_help="Judge images against Microsoft's requirements.")
@click.argument("targets", nargs=-1, metavar="[TARGET]...")
@config_option
@source_options
@publisher_options
@click.option(
    "--select",
    multiple=True,
    envvar=envvar("select"),
    metavar="CODE,...",
    help="Run these rules only: codes, slugs or prefixes of codes; the longest wins.",
)
@click.option("--ignore", multiple=True, envvar=envvar("ignore"), metavar="CODE,...", help="Leave these rules out.")
@click.option(
    "--fail-on",
    type=click.Choice(["error", "warning", "info"]),
    default="error",
    envvar=envvar("fail-on"),
    help="The least severity that makes the run fail.  [default: error]",
)
@click.option(
    "--allow-unevaluated",
    multiple=True,
    envvar=envvar("allow-unevaluated"),
    metavar="CODE,...|all",
    help="Rules that may stay not evaluated: they alone do not make exit code 3.",
)
@click.option("--exit-zero", is_flag=True, envvar=envvar("exit-zero"), help="Exit with 0 instead of 1 or 3.")
@fix_options
@output_option
@show_options
@click.version_option(__version__, message="imagecheck %(version)s")
@click.pass_context
def command(ctx: click.Context, /, **values: Any) -> None:
    """Judge galleries, definitions, versions, VMs and VHDs against Microsoft's requirements.

    A TARGET is an ARM id or a short form: gallery:RG/NAME, definition:RG/GALLERY/NAME,
    version:RG/GALLERY/DEFINITION/X.Y.Z|latest, vm:RG/NAME, disk:RG/NAME, subscription:ID, vhd:PATH, the https
    URL of a VHD with its SAS, or @FILE with one a line. Without a target every gallery of the source is judged.
    VHDs alone need no source and no sign-in.

    \b
    Examples:
      imagecheck check --source sandbox --output html=report.html
      imagecheck check --publisher a@contoso.com --publisher-tenant contoso.com
      imagecheck check gallery:images/shop --subscription ID --fix --dry-run
      imagecheck check version:images/shop/server/latest --output junit=out.xml

    \b
    Exit codes:
      0    evaluated in full, nothing at or above --fail-on
      1    findings at or above --fail-on remain
      2    the call, the configuration, the sign-in or the source is at fault
      3    nothing failed, but not all that counts was evaluated, or nothing was
      4    with --fix: a change failed, or did not make its rule pass
      130  interrupted

    Each long flag can be kept in imagecheck.toml or set as a variable, as in IMAGECHECK_FAIL_ON=warning, but not
    those that let a run change things: --fix, --yes, --unsafe-fixes, --guest-is-prepared.
    """
    from checker.cli.run_check import run_check

    ctx.exit(run_check(values, ctx.obj))
