"""From the three answers of a disk to facts: found, None for certainly absent, ``Unread`` with the path and why."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from checker.facts.linux.system import File
from checker.facts.listing import Listing
from checker.facts.unread import Fact, Unread
from checker.inspect.filesystem import MIB, Absent, Kind, Stat
from checker.inspect.resolver import Tree, Unreadable

MAX_NAMES = 10_000
NO_TEXT = "there is a NUL byte in it, which no text has"
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Reader:
    """Asks a tree, and makes facts of what it says. ``scope`` is the id of the disk, for what is unread."""

    tree: Tree
    scope: str

    def unread(self, path: str, words: str) -> Unread:
        """Why something at a path is not known."""
        return Unread(self.scope, path, words)

    def text(self, path: str, limit: int = MIB) -> Fact[str | None]:
        """A text file, whole. Bytes that are no UTF-8 become U+FFFD.

        With a NUL in it it is unread: a system that went down leaves such files, and what stood there is lost.
        """
        data = self.data(path, limit)
        if not isinstance(data, bytes):
            return data
        return self.unread(path, NO_TEXT) if b"\0" in data else data.decode("utf-8", "replace")

    def data(self, path: str, limit: int = MIB) -> Fact[bytes | None]:
        """A file, whole; unread where it is larger than ``limit`` bytes."""
        answer = self.tree.read(path, limit)
        if isinstance(answer, Unreadable):
            return self.unread(path, answer.words)
        return None if isinstance(answer, Absent) else answer

    def head(self, path: str, length: int) -> Fact[bytes | None]:
        """The first ``length`` bytes of a file, or fewer where it is shorter."""
        answer = self.tree.head(path, length)
        if isinstance(answer, Unreadable):
            return self.unread(path, answer.words)
        return None if isinstance(answer, Absent) else answer

    def file(self, path: str, follow: bool = True) -> Fact[File | None]:
        """What is at a path."""
        answer = self.tree.stat(path, follow)
        if isinstance(answer, Unreadable):
            return self.unread(path, answer.words)
        return None if isinstance(answer, Absent) else as_file(path, answer)

    def names(self, path: str) -> Fact[tuple[str, ...]]:
        """The names in a directory; none where it certainly does not exist, or is no directory."""
        answer = self.tree.stat(path)
        if isinstance(answer, Stat) and answer.kind is not Kind.DIRECTORY:
            return ()
        listed = self.tree.list(path, MAX_NAMES)
        if isinstance(listed, Unreadable):
            return self.unread(path, listed.words)
        return () if isinstance(listed, Absent) else listed

    def matching(self, path: str, pattern: str) -> Fact[tuple[str, ...]]:
        """The paths in a directory whose names match a regular expression as a whole."""
        names = self.names(path)
        if isinstance(names, Unread):
            return names
        return tuple(f"{path.rstrip('/')}/{name}" for name in names if re.fullmatch(pattern, name))

    def files(self, paths: Iterable[str]) -> Fact[tuple[File, ...]]:
        """Those of some paths that are there, symlinks as they are; unread where one of them is."""
        found: list[File] = []
        for path in paths:
            file = self.file(path, follow=False)
            if isinstance(file, Unread):
                return file
            if file is not None:
                found.append(file)
        return tuple(found)


@dataclass(slots=True)
class Finds(Generic[T]):
    """What a search has found so far, and the first thing that it could not look at."""

    known: list[T] = field(default_factory=list)
    rest: Unread | None = None

    def add(self, one: T) -> None:
        """Something was found."""
        self.known.append(one)

    def miss(self, why: Unread) -> None:
        """Something could not be looked at."""
        self.rest = why if self.rest is None else self.rest

    def listing(self) -> Listing[T]:
        """What was found in all."""
        return Listing(tuple(self.known), self.rest)


def as_file(path: str, stat: Stat) -> File:
    """What a disk says of an entry, as a fact has it."""
    return File(path, str(stat.kind), stat.size, stat.permissions, stat.uid, stat.gid)


def joined(parts: Iterable[Fact[tuple[str, ...]]]) -> Fact[tuple[str, ...]]:
    """All of some lists; unread where one of them is."""
    found: list[str] = []
    for part in parts:
        if isinstance(part, Unread):
            return part
        found.extend(part)
    return tuple(found)


def lines_of(text: str) -> Iterator[tuple[int, str]]:
    """The lines of a configuration with their numbers, stripped; without empty ones and comments."""
    for number, line in enumerate(text.split("\n"), 1):
        line = line.strip()  # noqa: PLW2901
        if line and not line.startswith("#"):
            yield number, line


def shell_variables(text: str) -> dict[str, str]:
    """``NAME=value`` lines of a file that a shell would read; quotes removed, a later line wins."""
    found: dict[str, str] = {}
    for _, line in lines_of(text):
        match = re.match(r"(?:export\s+)?([A-Za-z_][A-Za-z0-9_]*)=(.*)", line)
        if match is not None:
            found[match[1]] = _unquoted(match[2].strip())
    return found


def _unquoted(value: str) -> str:
    match = re.match(r'"((?:[^"\\]|\\.)*)"?', value)
    if match is not None:
        return re.sub(r'\\(["$`\\])', r"\1", match[1])
    if value.startswith("'"):
        return value[1:].partition("'")[0]
    return without_comment(value)


def without_comment(value: str) -> str:
    """A value without the comment behind it: a ``#`` begins one after white space, not inside a word."""
    match = re.search(r"(?:^|\s)#", value)
    return (value if match is None else value[: match.start()]).strip()
