"""Paths as a booted system would see them: symlinks, ``..`` and mounted volumes, confined to the image.

Every question has one of three answers: what was found, ``ABSENT``, or ``Unreadable`` with the words why.
Nothing else comes out of here, however damaged the disk is. An answer from a volume with a journal
that was not replayed is ``Unreadable`` too: the journal may hold a newer one.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TypeAlias, TypeVar

from checker.inspect.bytes import DiskUnreadable
from checker.inspect.filesystem import (
    ABSENT,
    MAX_DEPTH,
    MAX_ENTRIES,
    MIB,
    Absent,
    FileSystem,
    Journal,
    Kind,
    Names,
    Sought,
    Stat,
    shown,
)

T = TypeVar("T")

MAX_LINKS = 40
_MAX_NAMES = 4096  # names that one path may take to walk, symlinks resolved


@dataclass(frozen=True, slots=True)
class Unreadable:
    """Why a question about a disk has no answer.

    ``is_unsupported`` where what was asked is whole, and of a kind that is not read.
    """

    words: str
    is_unsupported: bool = False

    def __bool__(self) -> bool:
        """Refuse to be taken for a truth value, as the unread facts do."""
        raise TypeError(f"what could not be read has no truth value: {self.words}")


Answer: TypeAlias = T | Absent | Unreadable


@dataclass(frozen=True, slots=True)
class Place:
    """Where a path ends up: its real path in the image, and the names on the volume that holds it."""

    path: Names
    volume: FileSystem
    names: Names
    stat: Stat


class Tree:
    """The files of an image, from its root. ``mounts`` are other volumes by the path they are mounted at."""

    def __init__(self, root: FileSystem, mounts: Mapping[Names, FileSystem | Unreadable] | None = None) -> None:
        self._root = root
        self._mounts = dict(mounts or {})

    def without(self, places: Mapping[Names, Unreadable]) -> Tree:
        """The same tree, unreadable at some places and below them, what is mounted there included."""
        kept = {
            path: volume
            for path, volume in self._mounts.items()
            if not any(path[: len(place)] == place for place in places)
        }
        return Tree(self._root, {**kept, **places})

    def stat(self, path: str, follow: bool = True) -> Answer[Stat]:
        """What a path leads to; with ``follow`` False a symlink at its end is the answer itself."""

        def look() -> Sought[Stat]:
            place = self._resolve(path, follow)
            return place if isinstance(place, Absent) else place.stat

        return answered(look)

    def read(self, path: str, limit: int = MIB) -> Answer[bytes]:
        """A file, whole; one of more than ``limit`` bytes is unreadable."""

        def look() -> Sought[bytes]:
            place = self._resolve(path, follow=True)
            if isinstance(place, Absent):
                return place
            if place.stat.size > limit:
                raise DiskUnreadable(f"{path} has {place.stat.size} bytes, and no more than {limit} are read")
            return place.volume.read(place.names, limit)

        return answered(look)

    def head(self, path: str, length: int) -> Answer[bytes]:
        """The first ``length`` bytes of a file, or fewer where it is shorter."""

        def look() -> Sought[bytes]:
            place = self._resolve(path, follow=True)
            return place if isinstance(place, Absent) else place.volume.read(place.names, length)

        return answered(look)

    def list(self, path: str, limit: int = MAX_ENTRIES) -> Answer[tuple[str, ...]]:
        """The names in a directory, sorted."""

        def look() -> Sought[tuple[str, ...]]:
            place = self._resolve(path, follow=True)
            if isinstance(place, Absent):
                return place
            names = place.volume.list(place.names, limit)
            return names if isinstance(names, Absent) else tuple(sorted(names))

        return answered(look)

    def readlink(self, path: str) -> Answer[str]:
        """The target of a symlink, as it is written."""

        def look() -> Sought[str]:
            place = self._resolve(path, follow=False)
            return place if isinstance(place, Absent) else place.volume.readlink(place.names)

        return answered(look)

    def real(self, path: str) -> Answer[str]:
        """The path with all symlinks resolved."""

        def look() -> Sought[str]:
            place = self._resolve(path, follow=True)
            return place if isinstance(place, Absent) else shown(place.path)

        return answered(look)

    def _resolve(self, path: str, follow: bool) -> Sought[Place]:
        pending = [name for name in reversed(path.split("/")) if name]
        at: list[str] = []
        links = walked = 0
        place = self._place(())
        while pending and not isinstance(place, Absent):
            name = pending.pop()
            walked += 1
            if walked > _MAX_NAMES or len(at) > MAX_DEPTH:
                raise DiskUnreadable(f"{path} leads through too many directories")
            if place.stat.kind is not Kind.DIRECTORY:
                return ABSENT  # a file in the way: nothing can be below it
            if name == ".":
                continue
            if name == "..":
                at = at[:-1]
                place = self._place(tuple(at))
                continue
            place = self._place((*at, name))
            if isinstance(place, Absent):
                return ABSENT
            if place.stat.kind is not Kind.SYMLINK or (not pending and not follow):
                at.append(name)
                continue
            links += 1
            if links > MAX_LINKS:
                raise DiskUnreadable(f"{path} leads through more than {MAX_LINKS} symlinks")
            target = place.volume.readlink(place.names)
            if isinstance(target, Absent):
                return ABSENT
            if target.startswith("/"):
                at = []
            pending.extend(part for part in reversed(target.split("/")) if part)
            place = self._place(tuple(at))
        return place

    def _place(self, path: Names) -> Sought[Place]:
        """The entry at a real path: on the volume mounted nearest above it."""
        volume, names = self._root, path
        for length in range(len(path), -1, -1):
            mounted = self._mounts.get(path[:length])
            if isinstance(mounted, Unreadable):
                raise DiskUnreadable(mounted.words)
            if mounted is not None:
                volume, names = mounted, path[length:]
                break
        if volume.journal in (Journal.DIRTY, Journal.UNKNOWN):
            state = "was not replayed" if volume.journal is Journal.DIRTY else "could not be read"
            raise DiskUnreadable(
                f"the journal of the {volume.name} file system {state}: {shown(path)} may have changed"
            )
        stat = volume.stat(names)
        if not isinstance(stat, Absent):
            return Place(path, volume, names, stat)
        if any(mounted[: len(path)] == path for mounted in self._mounts):
            raise DiskUnreadable(f"{shown(path)} is made when the system mounts something below it")
        return stat


def answered(look: Callable[[], Sought[T]]) -> Answer[T]:
    """The answer to a question, where a damaged disk is an answer and never an exception."""
    try:
        return look()
    except DiskUnreadable as problem:
        return Unreadable(problem.words)
    except (struct.error, ValueError, IndexError, KeyError, OverflowError, RecursionError, MemoryError) as problem:
        return Unreadable(f"the file system is damaged ({type(problem).__name__})")
