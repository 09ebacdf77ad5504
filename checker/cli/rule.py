"""``imagecheck rule CODE``: one rule explained."""

from __future__ import annotations

import click


@click.command("rule", short_help="Explain one rule.")
@click.argument("name", metavar="CODE")
def command(name: str) -> None:
    """Explain a rule, by its code or its slug: what it demands, why, how to fix it, and its sources."""
    from checker import catalog
    from checker.errors import UsageProblem
    from checker.rule_page import page

    rules = catalog.load()
    found = next((rule for rule in rules if name.lower() in (rule.code.lower(), rule.slug)), None)
    if found is None:
        import difflib

        names = [text for rule in rules for text in (rule.code, rule.slug)]
        near = difflib.get_close_matches(name.upper(), names, 1) or difflib.get_close_matches(name.lower(), names, 1)
        hint = f"did you mean {near[0]}?" if near else "see `imagecheck rules`"
        raise UsageProblem(f"there is no rule {name}; {hint}")
    click.echo(page(found), nl=False)
