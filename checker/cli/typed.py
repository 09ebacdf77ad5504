"""The command as it was typed, to say what to type next."""

from __future__ import annotations

from typing import NamedTuple

#: What lets a run change things: it is typed by a person who means it, and never suggested.
_CHANGING = ("--fix", "--yes", "--unsafe-fixes", "--guest-is-prepared", "--dry-run")


class Typed(NamedTuple):
    """How the program was called, and with what."""

    program: str
    arguments: tuple[str, ...]

    @property
    def name(self) -> str:
        """What to call the program by: its name where that is found, else the path that was typed."""
        import shlex
        import shutil

        is_path = self.program.endswith("imagecheck") and "/" in self.program
        return "imagecheck" if not is_path or shutil.which("imagecheck") else shlex.quote(self.program)

    def again(self, *option: str) -> str:
        """The command, with one more option or without, without what let it change things, and without secrets.

        A command that already has the option gets its new value.
        """
        import shlex

        from checker.redaction import redact

        command, *rest = self.arguments or ("check",)
        quiet = {"--quiet": 0, "-q": 0} if "--verbose" in option else {}
        kept = _without(
            rest, {**quiet, **dict.fromkeys(_CHANGING, 0), "--max-changes": 1, **({option[0]: 1} if option[1:] else {})}
        )
        return redact(f"{self.name} {shlex.join([command, *option, *map(_shown, kept)])}")


def _shown(word: str) -> str:
    """An argument as it may be shown: of the URL of a disk the query is the secret."""
    from checker.redaction import without_query

    if not word.lower().removeprefix("vhd:").startswith(("https://", "http://")):
        return word
    address = without_query(word)
    return word if address == word else f"{address}?SAS"


def _without(arguments: list[str], dropped: dict[str, int]) -> list[str]:
    """Arguments without some options; ``dropped`` says how many values follow each."""
    kept: list[str] = []
    words = iter(arguments)
    for word in words:
        name = word.partition("=")[0]
        if name not in dropped:
            kept.append(word)
        elif name == word:
            for _ in range(dropped[name]):
                next(words, None)
    return kept
