"""A mounted volume, and what lies on the disk below the place that it is mounted at.

The system does not show what a mount covers, and yet it is in the image: a customer can read it, and it is there
again where the volume is not mounted. So a question that what is covered would answer otherwise has no answer.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from checker.inspect.bytes import DiskUnreadable
from checker.inspect.filesystem import (
    MAX_ENTRIES,
    Absent,
    FileSystem,
    Journal,
    Kind,
    Names,
    Sought,
    Stat,
    shown,
)
from checker.inspect.resolver import Unreadable

#: How many covered directories are looked through for a file.
_MAX_DIRECTORIES = 64


@dataclass(frozen=True, slots=True)
class Covering:
    """A volume mounted at ``where``; ``covered`` are the directories below it, each with its file system."""

    inner: FileSystem
    where: Names
    covered: tuple[tuple[FileSystem, Names], ...]

    @property
    def name(self) -> str:
        """That of the volume."""
        return self.inner.name

    @property
    def journal(self) -> Journal:
        """That of the volume."""
        return self.inner.journal

    def stat(self, path: Names) -> Sought[Stat]:
        """The entry on the volume. Raises DiskUnreadable where something is covered at the same path."""
        found = self.inner.stat(path)
        for below, start in self.covered:
            hidden = below.stat((*start, *path))
            if not isinstance(hidden, Absent) and not (_is_directory(found) and _is_directory(hidden)):
                raise self._hidden(path)
        return found

    def list(self, path: Names, limit: int) -> Sought[tuple[str, ...]]:
        """The names on the volume, and those that are covered there: what is at one of these, ``stat`` refuses."""
        found = self.inner.list(path, limit)
        names = set(() if isinstance(found, Absent) else found)
        for below, start in self.covered:
            if _is_directory(below.stat((*start, *path))):
                hidden = below.list((*start, *path), limit)
                names.update(() if isinstance(hidden, Absent) else hidden)
        return tuple(names) if names else found

    def read(self, path: Names, limit: int) -> Sought[bytes]:
        """A file of the volume."""
        return self.inner.read(path, limit)

    def readlink(self, path: Names) -> Sought[str]:
        """Where a symlink of the volume points to."""
        return self.inner.readlink(path)

    def _hidden(self, path: Names) -> DiskUnreadable:
        return DiskUnreadable(
            f"{shown((*self.where, *path))} is on the disk below the mount at {shown(self.where)} too: "
            "the system does not show it, and it is in the image"
        )


def mounted(
    inner: FileSystem, where: Names, root: FileSystem, mounts: Mapping[Names, FileSystem | Unreadable]
) -> FileSystem:
    """A volume as it is mounted at a real path, over the root and over the volumes that are mounted above that.

    Raises DiskUnreadable where the directory that it covers cannot be listed.
    """
    below: list[tuple[FileSystem, Names]] = [(root, where)]
    for length in range(1, len(where)):
        above = mounts.get(where[:length])
        if above is not None and not isinstance(above, Unreadable):
            below.append((above.inner if isinstance(above, Covering) else above, where[length:]))
    covered = tuple((volume, start) for volume, start in below if _holds_a_file(volume, start))
    return Covering(inner, where, covered) if covered else inner


def _holds_a_file(volume: FileSystem, path: Names) -> bool:
    """Whether a directory holds anything but directories; true too where it holds more than are looked through."""
    pending, seen = [path], 0
    while pending:
        here = pending.pop()
        found = volume.stat(here)
        if isinstance(found, Absent):
            continue
        seen += 1
        if not _is_directory(found) or seen > _MAX_DIRECTORIES:
            return True
        names = volume.list(here, MAX_ENTRIES)
        pending += [(*here, name) for name in (() if isinstance(names, Absent) else names)]
    return False


def _is_directory(found: Sought[Stat]) -> bool:
    return isinstance(found, Stat) and found.kind is Kind.DIRECTORY
