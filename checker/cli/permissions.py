"""``imagecheck permissions``: the least permissions that the selected rules need."""

from __future__ import annotations

from typing import Any

import click

from checker.cli.settings import config_option, envvar


@click.command("permissions", short_help="List the least Azure permissions that the rules need.")
@config_option
@click.option(
    "--select", multiple=True, envvar=envvar("select"), metavar="CODE,...", help="Of these rules only, as with check."
)
@click.option("--ignore", multiple=True, envvar=envvar("ignore"), metavar="CODE,...", help="Leave these rules out.")
@click.option("--fix", is_flag=True, help="Also what their fixes would change.")
@click.option("--role-json", is_flag=True, help="As a custom role, for `az role definition create --role-definition`.")
@click.option(
    "--subscription",
    multiple=True,
    envvar=envvar("subscription"),
    metavar="ID",
    help="Where the custom role shall be assignable; repeatable.",
)
def command(**values: Any) -> None:
    """List the least permissions that the selected rules need, one a line.

    `imagecheck permissions --role-json --subscription ID > role.json` writes a custom role. The permission of
    Microsoft Graph is no part of a role: an administrator consents to it; without it, ACC001 can still be answered
    for `--publisher OBJECT-ID`.
    """
    import json

    from checker import catalog, selection
    from checker.cli.run_check import checked_subscriptions
    from checker.permissions import needed, role_document

    rules = selection.choose(catalog.load(), values["select"], values["ignore"])
    found = needed(rules, fix=values["fix"])
    subscriptions = checked_subscriptions(values["subscription"])
    if values["role_json"]:
        click.echo(json.dumps(role_document(found, subscriptions, fix=values["fix"]), indent=2))
        for permission in found.graph:
            click.echo(f"Beside the role: {permission} of Microsoft Graph", err=True)
        return
    for action in found.actions:
        click.echo(action)
    for permission in found.graph:
        click.echo(f"{permission} (Microsoft Graph)")
