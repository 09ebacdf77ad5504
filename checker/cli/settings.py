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

    path = Path(value) if value else config.find(Path.cwd())
    if path is not None:
        # The command line and the environment win over a default, and this is where defaults come from.
        ctx.default_map = config.load(path)


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
