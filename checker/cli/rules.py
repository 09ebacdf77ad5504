"""``imagecheck rules``: the catalog."""

from __future__ import annotations

import click

#: Columns, up to which a terminal is narrow.
_NARROW = 110


@click.command("rules", short_help="List the rules.")
def command() -> None:
    """List every rule: code, severity, what it judges, and what it demands."""
    import sys

    from checker import catalog
    from checker.cli.printer import Printer

    rules = catalog.load()
    printer = Printer.on(sys.stdout)
    width = max(len(rule.slug) for rule in rules)
    for rule in rules:
        # Where there is little room, the demand needs it more than the kind, which the code tells as well.
        kind = f"{rule.kind:<12} " if not printer.width or printer.width > _NARROW else ""
        printer.line(rule.title, lead=f"{rule.code:<7} {rule.severity:<8} {kind}{rule.slug:<{width}}  ")
    printer.line()
    printer.line(f"{len(rules)} rules. Explain one: imagecheck rule {rules[0].code}")
