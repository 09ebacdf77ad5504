"""``imagecheck rule CODE``: one rule explained."""

from __future__ import annotations

import click


@click.command("rule", short_help="Explain one rule.")
@click.argument("name", metavar="CODE")
def command(name: str) -> None:
    """Explain a rule, by its code or its slug: what it demands, why, how to fix it, and its sources."""
    import sys

    from checker import catalog
    from checker.cli.printer import Printer
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
    printer = Printer.on(sys.stdout)
    for line in _paragraphs(page(found)) if printer.width else page(found).splitlines():
        printer.line(line, hang=2 if line.startswith("- ") else 0)


def _paragraphs(text: str) -> list[str]:
    """Lines of Markdown, those of one paragraph joined: a terminal that is folded to has its own width."""
    lines: list[str] = []
    for line in text.splitlines():
        joins = bool(lines) and _is_prose(line) and _is_prose(lines[-1].removeprefix("- "))
        if joins:
            lines[-1] += f" {line}"
        else:
            lines.append(line)
    return lines


def _is_prose(line: str) -> bool:
    return bool(line) and not line.startswith(("#", "- ", "|", " ", "```"))
