"""What sudo asks for: ``Defaults targetpw`` in sudoers, and in the files that it includes.

Source: sudoers(5), for lines that go on after a backslash, for the includes, and for the names that an included
directory leaves out.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from posixpath import dirname, join

from checker.facts.unread import Fact, Unread
from checker.inspect.linux.reader import Reader

_MAIN = ("/etc/sudoers", "/usr/etc/sudoers")
_ALWAYS = "/etc/sudoers.d"
_MAX_FILES = 500
_INCLUDE = re.compile(r"[#@]include(dir)?\s+(\"[^\"]*\"|(?:[^\s\\]|\\.)+)")
_QUOTED = re.compile(r'"(?:[^"\\]|\\.)*"')
#: A number behind the sign is the id of a user or a group.
_COMMENT = re.compile(r"(?<!\\)#(?!-?[0-9])")
_GOES_ON = re.compile(r"\\[ \t]*$")
_TARGETPW = re.compile(r"Defaults\S* (?:.*[, ])?(?:!!)*targetpw(?![\w])")


def find_targetpw(reader: Reader) -> Fact[tuple[str, ...]]:
    """Every active ``Defaults targetpw``, as ``path:line``."""
    found: list[str] = []
    read: set[str] = set()
    main = _main(reader)
    if isinstance(main, Unread):
        return main
    pending = [main]
    includes = 0
    extra = _folder(reader, _ALWAYS)
    if isinstance(extra, Unread):
        return extra
    pending += extra
    while pending:
        path = pending.pop(0)
        if path in read:
            continue
        read.add(path)
        if len(read) > _MAX_FILES:
            return reader.unread(path, f"sudoers includes more than {_MAX_FILES} files")
        text = reader.text(path)
        if isinstance(text, Unread):
            return text
        for number, line in _lines(text or ""):
            include = _INCLUDE.match(line)
            if include is not None:
                includes += 1
                if includes > _MAX_FILES:
                    return reader.unread(path, f"sudoers includes more than {_MAX_FILES} files")
                named = _included(reader, path, include)
                if isinstance(named, Unread):
                    return named
                pending += named
            elif _TARGETPW.match(" ".join(_masked(line).split())):
                found.append(f"{path}:{number}")
    return tuple(found)


def _main(reader: Reader) -> Fact[str]:
    """The main file: that of the distribution counts only where the administrator has none."""
    own = reader.file(_MAIN[0])
    return own if isinstance(own, Unread) else _MAIN[1] if own is None else _MAIN[0]


def _lines(text: str) -> Iterator[tuple[int, str]]:
    """The lines with the numbers at which they begin, without comments.

    One that ends with a backslash goes on in the next, but not where the backslash stands in a comment.
    """
    parts: list[str] = []
    start = 1
    for number, raw in enumerate(text.split("\n"), 1):
        line = raw.rstrip("\r")
        start = start if parts else number
        comment = None if _INCLUDE.match(line.lstrip()) else _COMMENT.search(_masked(line))
        goes_on = None if comment is not None else _GOES_ON.search(line)
        end = comment or goes_on
        parts.append(line if end is None else line[: end.start()])
        if goes_on is None:
            yield start, " ".join(parts).strip()
            parts = []
    if parts:
        yield start, " ".join(parts).strip()


def _masked(line: str) -> str:
    """A line in which what stands between quotation marks says nothing, with its length."""
    return _QUOTED.sub(lambda match: '"' * len(match[0]), line)


def _included(reader: Reader, by: str, include: re.Match[str]) -> Fact[tuple[str, ...]]:
    path = re.sub(r"\\(.)", r"\1", include[2].strip('"'))
    path = join(dirname(by), path)
    if "%h" in path:
        return reader.unread(by, f"{by} includes {path}, by the name of the machine")
    return _folder(reader, path) if include[1] else (path,)


def _folder(reader: Reader, path: str) -> Fact[tuple[str, ...]]:
    """The files that sudo reads of a directory: those whose name has no dot, and no tilde at its end."""
    paths = reader.matching(path, r"[^.]*[^.~]")
    if isinstance(paths, Unread):
        return paths
    kept: list[str] = []
    for one in paths:
        file = reader.file(one)
        if isinstance(file, Unread):
            return file
        if file is not None and file.kind != "directory":
            kept.append(one)
    return tuple(kept)
