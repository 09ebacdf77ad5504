"""Patterns of paths, as the shell has them, in configurations that name several files at once."""

from __future__ import annotations

import re
from fnmatch import translate

from checker.facts.unread import Fact, Unread
from checker.inspect.linux.reader import Reader


def has_pattern(path: str) -> bool:
    """Whether a path has a sign that a pattern is made of."""
    return re.search(r"[*?\[]", path) is not None


def matched(reader: Reader, pattern: str) -> Fact[tuple[str, ...]]:
    """The paths that a pattern matches, in order of their names, as glob(7) gives them; a plain path is one itself."""
    folders = [""]
    for part in [part for part in pattern.split("/") if part]:
        if not has_pattern(part):
            folders = [f"{folder}/{part}" for folder in folders]
            continue
        if re.search(r"\\|\[\^", part):
            return reader.unread(pattern, f"the pattern {pattern} was not understood")
        expression = translate(part)
        found: list[str] = []
        for folder in folders:
            names = reader.names(folder or "/")
            if isinstance(names, Unread):
                return names
            found.extend(
                f"{folder}/{name}"
                for name in names
                if re.match(expression, name) and (part.startswith(".") or not name.startswith("."))
            )
        folders = found
    return tuple(folders)
