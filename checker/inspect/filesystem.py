"""What every file system answers, whichever it is, and the bounds that a hostile one meets.

A path here is a tuple of names below the root of one volume; symlinks are never followed (that is
``resolver``). Every question has three outcomes: what was found, ``ABSENT`` (a directory that was
read whole holds no such name), or ``DiskUnreadable`` is raised. None of them stands for another.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, StrEnum
from typing import Protocol, TypeAlias, TypeVar

from checker.inspect.bytes import DiskUnreadable

T = TypeVar("T")

#: Names from the root of a volume downwards; the empty tuple is the root. Undecodable bytes are surrogates.
Names: TypeAlias = tuple[str, ...]

MIB = 1024 * 1024

#: What is refused, in one place. Each is far above what an operating system's image holds.
MAX_FILE = 64 * MIB  # bytes of one file that are read at most
MAX_DIRECTORY = 8 * MIB  # bytes of one directory
MAX_ENTRIES = 100_000  # names of one directory
MAX_DEPTH = 64  # directories below one another
MAX_LINK = 4096  # bytes of a symlink's target


class Absent(Enum):
    """The certain absence: the directory was read, and the name is not in it."""

    ABSENT = "absent"


ABSENT = Absent.ABSENT

Sought: TypeAlias = T | Absent


class Kind(StrEnum):
    """What an entry is. Devices, pipes and sockets are ``OTHER``."""

    FILE = "file"
    DIRECTORY = "directory"
    SYMLINK = "symlink"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Stat:
    """An entry: its kind, size in bytes, permission bits (None where the file system has none) and owner."""

    kind: Kind
    size: int
    permissions: int | None = None
    uid: int | None = None
    gid: int | None = None


#: By the upper four bits of a mode: FIFO, device of characters, directory, device of blocks, file, symlink, socket.
_KINDS = {
    0o010000: Kind.OTHER,
    0o020000: Kind.OTHER,
    0o040000: Kind.DIRECTORY,
    0o060000: Kind.OTHER,
    0o100000: Kind.FILE,
    0o120000: Kind.SYMLINK,
    0o140000: Kind.OTHER,
}


class Journal(StrEnum):
    """Whether what lies on the disk is the whole truth, or its last changes are still in a journal."""

    CLEAN = "clean"
    DIRTY = "dirty"
    UNKNOWN = "unknown"


class FileSystem(Protocol):
    """One file system on one volume."""

    @property
    def name(self) -> str:
        """What it is: ``ext4``, ``xfs``, ``fat``."""

    @property
    def journal(self) -> Journal:
        """Whether its journal was clean. What a dirty one says of absence is not certain."""

    def stat(self, path: Names) -> Sought[Stat]:
        """The entry itself, a symlink as a symlink."""

    def list(self, path: Names, limit: int) -> Sought[tuple[str, ...]]:
        """The names in a directory, without ``.`` and ``..``; unreadable where there are more than ``limit``."""

    def read(self, path: Names, limit: int) -> Sought[bytes]:
        """A file's first ``limit`` bytes."""

    def readlink(self, path: Names) -> Sought[str]:
        """Where a symlink points to."""


def kind_of(mode: int) -> Kind:
    """The kind that the upper four bits of a Unix mode give. Raises DiskUnreadable where they give none."""
    kind = _KINDS.get(mode & 0o170000)
    if kind is None:
        raise DiskUnreadable(f"an inode is of no kind that there is (its mode is {mode:#o})")
    return kind


def expect(kind: Kind, stat: Stat, path: Names) -> None:
    """Refuse an entry of another kind than the question is about."""
    if stat.kind is not kind:
        raise DiskUnreadable(f"{shown(path)} is no {kind}, but of kind {stat.kind}")


def shown(path: Names) -> str:
    """A path for a message."""
    return "/" + "/".join(path)
