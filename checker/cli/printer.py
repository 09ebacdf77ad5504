"""Lines for people: folded at the width of the terminal, coloured and with signs only where those can be shown."""

from __future__ import annotations

import os
import textwrap
from dataclasses import dataclass
from typing import IO

import click

from checker.visible import visible

#: Columns: narrower than this nothing is folded to, since words would stand alone; wider is hard to read.
_NARROWEST, _WIDEST = 40, 120


@dataclass(frozen=True, slots=True)
class Printer:
    """A stream, and how lines are shown on it; None is one that was closed.

    ``color`` None: on a terminal that is not dumb. ``width`` is a number of columns; 0 folds nothing.
    """

    stream: IO[str] | None
    color: bool | None
    width: int

    @classmethod
    def on(cls, stream: IO[str] | None, *, color: bool | None = None) -> Printer:
        """A printer for a stream as it is now: NO_COLOR, TERM and COLUMNS are looked at.

        What is no terminal is not folded, so that a log can be searched, unless COLUMNS asks for it.
        """
        plain = bool(os.environ.get("NO_COLOR")) or os.environ.get("TERM") == "dumb"
        return cls(stream, False if plain else color, _width(stream))

    def line(self, text: str = "", *, fg: str | None = None, bold: bool = False, lead: str = "", hang: int = 2) -> None:
        """One line, whose continuation lines are indented by ``hang`` columns more than it is.

        ``lead`` is a first part in the colour, which the rest is then not; continuation lines begin below the rest.
        """
        # What came from outside is made visible before it is styled: only our own escapes reach the stream.
        whole = lead + visible(text).replace("\n", "\\n").replace("\t", "  ")
        indent = len(lead) if lead else len(whole) - len(whole.lstrip(" ")) + hang
        first, *rest = self._folded(whole, indent)
        color = None if lead else fg
        colored = _styled(first[: len(lead)], fg, bold=False) + _styled(first[len(lead) :], color, bold=bold)
        for piece in (colored, *(_styled(piece, color, bold=bold) for piece in rest)):
            click.echo(piece, file=self.stream, color=self.color)

    def command(self, text: str, *, lead: str = "") -> None:
        """A line that is there to be copied: it is never folded."""
        click.echo(visible(lead + text).replace("\n", "\\n"), file=self.stream, color=self.color)

    def can_show(self, sign: str) -> bool:
        """Whether the stream's encoding has a sign."""
        try:
            sign.encode(getattr(self.stream, "encoding", None) or "ascii")
        except (UnicodeEncodeError, LookupError):
            return False
        return True

    def _folded(self, text: str, indent: int) -> list[str]:
        if not self.width or len(text) <= self.width:
            return [text]
        return textwrap.wrap(
            text,
            self.width,
            subsequent_indent=" " * min(indent, self.width * 2 // 3),
            # Ids, paths and addresses stay whole, so that they can be copied.
            break_long_words=False,
            break_on_hyphens=False,
            replace_whitespace=False,
        )


def _width(stream: IO[str] | None) -> int:
    asked = os.environ.get("COLUMNS", "")
    columns = int(asked) if asked.isascii() and asked.isdigit() and len(asked) < 6 else 0
    if not columns:
        try:
            columns = os.get_terminal_size(stream.fileno()).columns if stream and stream.isatty() else 0
        except (OSError, ValueError):
            columns = 0
    return min(max(columns, _NARROWEST), _WIDEST) if columns else 0


def _styled(text: str, fg: str | None, *, bold: bool) -> str:
    return click.style(text, fg=fg, bold=bold or None) if text and (fg or bold) else text
