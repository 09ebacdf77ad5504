"""How far a long collection is: a line that moves on a terminal, a plain line now and then elsewhere."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import IO

import click

from checker.redaction import redact
from checker.visible import visible

#: Seconds before the first word of progress, between two on a terminal, and between two plain lines.
_PATIENCE, _OFTEN, _SELDOM = 1.0, 0.2, 15.0
#: Characters of the bar, which leave the whole line shorter than 80 columns.
_BAR = 20
#: Characters of a file's name that are shown.
_NAME = 40


class Progress:
    """Told how many questions were answered of how many; says so on a stream, never on standard output's reports."""

    def __init__(
        self,
        stream: IO[str],
        *,
        shown: bool,
        clock: Callable[[], float] = time.monotonic,
        is_terminal: bool | None = None,
    ) -> None:
        self._stream = stream
        self._is_terminal = stream.isatty() if is_terminal is None else is_terminal
        self._shown = shown
        self._clock = clock
        self._next = clock() + (_PATIENCE if self._is_terminal else _SELDOM)
        self._width = 0

    def __call__(self, answered: int, asked: int) -> None:
        """Say how far it is, where it is time to."""
        words = f"Reading: {answered} of {asked} questions answered"
        self._say(words, f"{_bar(answered, asked)} {words}")

    def of_file(self, name: str) -> Callable[[int, int], None]:
        """What is told how many reads of a file there were, and how many bytes they brought. How many are to come
        nobody knows before the last.
        """
        shown = visible(redact(name.replace("\\", "/").rpartition("/")[2])).replace("\n", "\\n")
        if len(shown) > _NAME:
            shown = f"{shown[:_NAME]}..."

        def tell(reads: int, read: int) -> None:
            words = f"Reading {shown}: {read / 2**20:.1f} MiB in {reads} {'read' if reads == 1 else 'reads'}"
            self._say(words, words)

        return tell

    def _say(self, line: str, moving: str) -> None:
        """Show a line, or on a terminal the one that moves, where it is time to."""
        if not self._shown or self._clock() < self._next:
            return
        self._next = self._clock() + (_OFTEN if self._is_terminal else _SELDOM)
        if self._is_terminal:
            click.echo("\r" + moving.ljust(self._width), file=self._stream, nl=False)
            self._width = len(moving)
        else:
            click.echo(line, file=self._stream)

    def end(self) -> None:
        """Leave a clean line behind."""
        if self._width:
            click.echo("\r" + " " * self._width + "\r", file=self._stream, nl=False)
            self._width = 0


def _bar(answered: int, asked: int) -> str:
    """How much is answered of what is known to be asked: answers open new questions, so it can move back."""
    filled = _BAR * answered // max(asked, 1)
    return f"[{'#' * filled}{'.' * (_BAR - filled)}]"
