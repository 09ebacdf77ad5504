"""How ``--help`` is laid out: options in sections, and wide lines only where they fit."""

from __future__ import annotations

import click

#: The options of each section by parameter name, in their order. What is in none comes last.
_SECTIONS = {
    "What is judged": ("subscription", "publisher", "publisher_tenant", "select", "ignore"),
    "Where facts come from": ("source", "cloud", "tenant", "auth", "jobs"),
    "What the exit code says": ("fail_on", "allow_unevaluated", "exit_zero"),
    "Fixing": ("fix", "dry_run", "yes", "max_changes", "unsafe_fixes", "guest_is_prepared"),
    "What is written": ("path", "output", "quiet", "verbose", "no_color"),
}


class SectionedCommand(click.Command):
    """A command with so many options that its help needs headings."""

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the options under their headings."""
        records = {
            param.name: param.get_help_record(ctx) for param in self.get_params(ctx) if isinstance(param, click.Option)
        }
        rows = {name: record for name, record in records.items() if record is not None}
        for title, names in _SECTIONS.items():
            shown = [rows.pop(name) for name in names if name in rows]
            if shown:
                with formatter.section(title):
                    formatter.write_dl(shown, col_max=26)
        with formatter.section("Other options"):
            formatter.write_dl(list(rows.values()), col_max=26)
