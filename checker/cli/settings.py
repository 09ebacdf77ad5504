"""What the commands share: the configuration file, environment variables, options on showing."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import click

F = TypeVar("F", bound=Callable[..., Any])


def envvar(flag: str) -> str:
    """The environment variable of a flag: ``fail-on`` is ``IMAGECHECK_FAIL_ON``."""
    return "IMAGECHECK_" + flag.replace("-", "_").upper()


def _load_config(ctx: click.Context, param: click.Parameter, value: str | None) -> None:
    from pathlib import Path

    from checker import config

    if not ctx.resilient_parsing:
        _warn_of_variables()
    path = Path(value) if value else config.find(Path.cwd())
    if path is not None:
        # The command line and the environment win over a default, and this is where defaults come from.
        ctx.default_map = config.load(path)


def _warn_of_variables() -> None:
    import os

    from checker.cli.variables import warnings
    from checker.redaction import redact
    from checker.visible import visible

    for words in warnings(os.environ):
        click.echo(f"imagecheck: warning: {' '.join(visible(redact(words)).split())}", err=True)


config_option = click.option(
    "--config",
    metavar="FILE",
    is_eager=True,
    expose_value=False,
    callback=_load_config,
    envvar=envvar("config"),
    help="The configuration file.  [default: imagecheck.toml or pyproject.toml, found upward]",
)


output_option = click.option(
    "--output",
    multiple=True,
    envvar=envvar("output"),
    metavar="FORMAT=PATH",
    help="Write a report: html, junit, json or markdown; - is standard output; repeatable.",
)


def source_options(function: F) -> F:
    """``--source`` and what goes with it."""
    for option in (
        click.option(
            "--jobs",
            type=click.IntRange(1, 8),
            default=8,
            envvar=envvar("jobs"),
            metavar="N",
            help="How many questions are asked of Azure at the same time.  [default: 8]",
        ),
        click.option(
            "--auth",
            type=click.Choice(["auto", "cli", "env", "workload", "managed"]),
            default="auto",
            envvar=envvar("auth"),
            metavar="WAY",
            help="How to sign in to Azure: auto, cli, env, workload or managed.  [default: auto]",
        ),
        click.option("--tenant", envvar=envvar("tenant"), metavar="GUID|DOMAIN", help="The tenant to sign in to."),
        click.option(
            "--cloud",
            default="public",
            envvar=envvar("cloud"),
            metavar="CLOUD",
            help="public, usgov, china, or the https URL of another Resource Manager.  [default: public]",
        ),
        click.option(
            "--subscription",
            multiple=True,
            envvar=envvar("subscription"),
            metavar="ID",
            help="Judge the galleries of this subscription, or find short forms of targets in it; repeatable.",
        ),
        click.option(
            "--source",
            default="azure",
            envvar=envvar("source"),
            metavar="SOURCE",
            help="Where facts come from: azure, sandbox (a tenant that the program brings), sandbox:FILE or the "
            "loopback URL of a running one, FILE or snapshot:FILE (a saved snapshot).  [default: azure]",
        ),
    ):
        function = option(function)
    return function


def publisher_options(function: F) -> F:
    """``--publisher`` and ``--publisher-tenant``."""
    for option in (
        click.option(
            "--publisher-tenant",
            multiple=True,
            envvar=envvar("publisher-tenant"),
            metavar="GUID|DOMAIN",
            help="A tenant of the publisher's Partner Center account; repeatable.",
        ),
        click.option(
            "--publisher",
            envvar=envvar("publisher"),
            metavar="EMAIL|ID",
            help="The publisher's account: an e-mail address, an object id or an application id. Never guessed.",
        ),
    ):
        function = option(function)
    return function


def fix_options(function: F) -> F:
    """``--fix`` and what goes with it. What lets a run change things is typed: no variable and no file says it."""
    for option in (
        click.option(
            "--max-changes",
            type=click.IntRange(min=0),
            envvar=envvar("max-changes"),
            metavar="N",
            help="Change nothing at all where the plan has more changes than this.",
        ),
        click.option(
            "--yes", is_flag=True, help="Make the planned changes without asking; needed where nobody can be asked."
        ),
        click.option("--dry-run", is_flag=True, help="Show the plan and change nothing."),
        click.option(
            "--guest-is-prepared",
            is_flag=True,
            help="Vouch that the guests of the named VMs were deprovisioned or sysprepped.",
        ),
        click.option(
            "--unsafe-fixes",
            is_flag=True,
            help="Also fix what stops a VM, gives power to somebody or cannot be undone.",
        ),
        click.option(
            "--fix", is_flag=True, help="Plan the fixes that rules offer, show them, ask, make them, and judge again."
        ),
    ):
        function = option(function)
    return function


def show_options(function: F) -> F:
    """``--quiet``, ``--verbose`` and ``--no-color``."""
    for option in (
        click.option("--no-color", is_flag=True, envvar=envvar("no-color"), help="No colours."),
        click.option("-v", "--verbose", is_flag=True, envvar=envvar("verbose"), help="Show every result."),
        click.option(
            "-q",
            "--quiet",
            is_flag=True,
            envvar=envvar("quiet"),
            help="Show only the verdict and the counts.",
        ),
    ):
        function = option(function)
    return function
