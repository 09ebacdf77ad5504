"""The command as it was typed, to say what to type next."""

from __future__ import annotations

from typing import NamedTuple


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

    def with_option(self, *option: str) -> str:
        """The command with one more option, without secrets."""
        import shlex

        from checker.redaction import redact

        command, *rest = self.arguments or ("check",)
        return redact(f"{self.name} {shlex.join([command, *option, *rest])}")
