"""``imagecheck rules``: the catalog."""

from __future__ import annotations

import click


@click.command("rules", short_help="List the rules.")
def command() -> None:
    """List every rule: code, severity, what it judges, and what it demands."""
    from checker import catalog

    rules = catalog.load()
    width = max(len(rule.slug) for rule in rules)
    for rule in rules:
        click.echo(f"{rule.code:<7} {rule.severity:<8} {rule.kind:<12} {rule.slug:<{width}}  {rule.title}")
    click.echo(f"\n{len(rules)} rules. Explain one: imagecheck rule {rules[0].code}")
