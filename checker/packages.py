"""Seeing that ``rules`` and ``reports`` are this program's own, without running any of their code."""

from __future__ import annotations

import importlib.util

from checker.errors import RulePackProblem

#: The line that tells our packages from others of that name on PyPI.
MARKER = '__distribution__ = "imagecheck"'


def check_packages() -> None:
    """Raises RulePackProblem where another distribution has put its files over ours."""
    for name in ("rules", "reports"):
        spec = importlib.util.find_spec(name)
        origin = None if spec is None else spec.origin
        if origin is None or MARKER not in _start_of(origin):
            where = f" ({origin})" if origin else ""
            raise RulePackProblem(
                f"the package `{name}`{where} is not imagecheck's: another distribution of that name is installed in "
                "the same environment; install imagecheck by itself: pipx install imagecheck"
            )


def _start_of(path: str) -> str:
    try:
        with open(path, encoding="utf-8", errors="replace") as file:  # noqa: PTH123 - pathlib costs start-up time
            return file.read(4096)
    except OSError:
        return ""
