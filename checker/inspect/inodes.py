"""File systems of inodes and directories: what ext and XFS have in common once their blocks are parsed."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import Generic, NamedTuple, Protocol, TypeAlias, TypeVar

from checker.inspect.bytes import ByteSource, DiskUnreadable
from checker.inspect.filesystem import (
    ABSENT,
    MAX_DEPTH,
    MAX_FILE,
    MAX_LINK,
    MIB,
    Absent,
    Kind,
    Names,
    Sought,
    Stat,
    expect,
    shown,
)
from checker.inspect.foreseen import Foreseen, foreseen
from checker.inspect.resolver import Unreadable, answered
from checker.inspect.together import Together

#: What is read before it is asked for: entries of one depth, directories below one another, and the bytes of a
#: directory, of a file, and of all of a volume at most.
_FORESEEN_ENTRIES, _FORESEEN_DEPTH = 300, 10
_FORESEEN_DIRECTORY, _FORESEEN_FILE, _FORESEEN_IN_ALL = 128 * 1024, 512 * 1024, 12 * MIB
#: What is read with inodes at least, in bytes: those behind them are often asked for next.
_WITH_WHAT_FOLLOWS = 128 * 1024

_KEPT_INODES = 10_000
_KEPT_NAMES = 200_000  # names of directories that are kept in memory


class Entry(NamedTuple):
    """What a name in a directory leads to; the kind is None where only the inode says it."""

    number: int
    kind: Kind | None


Entries: TypeAlias = dict[str, Entry]

#: The types that directories of ext and of XFS write beside a name: unknown, file, directory, device of characters,
#: of blocks, FIFO, socket, symlink, and XFS's mark of what an overlay hides.
_TYPES = {
    0: None,
    1: Kind.FILE,
    2: Kind.DIRECTORY,
    **dict.fromkeys((3, 4, 5, 6, 8), Kind.OTHER),
    7: Kind.SYMLINK,
}


class Node(Protocol):
    """An inode of whichever file system."""

    @property
    def number(self) -> int:
        """Its number."""

    @property
    def stat(self) -> Stat:
        """What it is."""


NodeT = TypeVar("NodeT", bound=Node)
T = TypeVar("T")
U = TypeVar("U")


class InodeFileSystem(ABC, Generic[NodeT]):
    """Answers the four questions of a ``FileSystem`` from inodes, their data and their directories."""

    def __init__(self, source: ByteSource, root: int) -> None:
        self._source = source
        self._root = root
        self._is_foreseen = False
        self._inodes: dict[int, NodeT] = {}
        self._directories: dict[int, Entries] = {}
        self._kept = 0

    @abstractmethod
    def _inode(self, number: int) -> NodeT:
        """An inode by its number."""

    @abstractmethod
    def _names(self, inode: NodeT) -> Entries:
        """The entries of a directory by name, all of them, or DiskUnreadable."""

    @abstractmethod
    def _data(self, inode: NodeT, limit: int) -> bytes:
        """The first bytes of a file or a symlink."""

    @abstractmethod
    def _inode_at(self, number: int) -> tuple[int, int]:
        """Where to read an inode and its neighbours from: the offset, and the length in bytes."""

    @abstractmethod
    def _data_at(self, inode: NodeT) -> Iterable[tuple[int, int]]:
        """Where the data of a small file or a directory lies: the offset of each part, and its length in bytes."""

    def _ignores_case(self, inode: NodeT) -> bool:
        """Whether a directory finds names in other spellings too, which is not read."""
        return False

    def stat(self, path: Names) -> Sought[Stat]:
        """The entry itself, a symlink as a symlink."""
        inode = self._find(path)
        return inode if isinstance(inode, Absent) else inode.stat

    def list(self, path: Names, limit: int) -> Sought[tuple[str, ...]]:
        """The names in a directory; unreadable where there are more than ``limit``."""
        inode = self._find(path)
        if isinstance(inode, Absent):
            return inode
        expect(Kind.DIRECTORY, inode.stat, path)
        names = self._directory(inode)
        if len(names) > limit:
            raise DiskUnreadable(f"{shown(path)} has more than {limit} entries")
        return tuple(names)

    def read(self, path: Names, limit: int) -> Sought[bytes]:
        """A file's first ``limit`` bytes."""
        inode = self._find(path)
        if isinstance(inode, Absent):
            return inode
        expect(Kind.FILE, inode.stat, path)
        return self._data(inode, min(limit, MAX_FILE))

    def readlink(self, path: Names) -> Sought[str]:
        """Where a symlink points to."""
        inode = self._find(path)
        if isinstance(inode, Absent):
            return inode
        expect(Kind.SYMLINK, inode.stat, path)
        if not 0 < inode.stat.size <= MAX_LINK:
            raise DiskUnreadable(f"the target of {shown(path)} has {inode.stat.size} bytes")
        target = self._data(inode, MAX_LINK)
        if b"\0" in target:
            raise DiskUnreadable(f"the target of {shown(path)} is damaged")
        return target.decode("utf-8", "surrogateescape")

    def _find(self, path: Names) -> Sought[NodeT]:
        if len(path) > MAX_DEPTH:
            raise DiskUnreadable(f"{shown(path)} lies too deep")
        if not self._is_foreseen:
            self._is_foreseen = True
            self._foresee()
        inode = self._node(self._root)
        for depth, name in enumerate(path):
            expect(Kind.DIRECTORY, inode.stat, path[:depth])
            entry = self._directory(inode).get(name)
            if entry is None:
                if self._ignores_case(inode):
                    raise DiskUnreadable(f"{shown(path[:depth])} ignores case, which is not read")
                return ABSENT
            inode = self._node(entry.number)
            if entry.kind not in (None, inode.stat.kind):
                raise DiskUnreadable(
                    f"{shown(path[: depth + 1])} is damaged: its directory says that it is a {entry.kind}"
                )
        return inode

    def _foresee(self) -> None:
        """Read together what a system is asked for, depth after depth, so that a cache below has it.

        What fails here answers nothing: it is read again when somebody asks.
        """
        together = Together(self._source, _FORESEEN_IN_ALL)
        files: list[tuple[int, int]] = []
        level = {self._root: [foreseen()]}
        for _ in range(_FORESEEN_DEPTH):
            if not together.read(_known(self._inode_at, level), _WITH_WHAT_FOLLOWS):
                return
            inodes = _known(self._node, level)
            small = [inode for inode in inodes if inode.stat.size <= _FORESEEN_DIRECTORY]
            folders = [inode for inode in small if inode.stat.kind is Kind.DIRECTORY]
            if not together.read(self._places(folders)):
                return
            files += self._places(inode for inode in inodes if inode.stat.kind is Kind.FILE)
            below: dict[int, list[Foreseen]] = {}
            for inode in folders:
                branches = [branch for branch in level[inode.number] if branch.below]
                for entries in _known(self._directory, [inode] if branches else []):
                    for name, after in (found for branch in branches for found in branch.of(entries)):
                        below.setdefault(entries[name].number, []).append(after)
            level = dict(list(below.items())[:_FORESEEN_ENTRIES])
        together.read(files)

    def _places(self, inodes: Iterable[NodeT]) -> Sequence[tuple[int, int]]:
        """Where the data of directories and of small files lies."""
        small = [inode for inode in inodes if inode.stat.size <= _FORESEEN_FILE]
        found = _known(lambda inode: tuple(self._data_at(inode)), small)
        return [place for places in found for place in places]

    def _node(self, number: int) -> NodeT:
        known = self._inodes.get(number)
        if known is None:
            if len(self._inodes) >= _KEPT_INODES:
                self._inodes.clear()
            known = self._inodes[number] = self._inode(number)
        return known

    def _directory(self, inode: NodeT) -> Entries:
        known = self._directories.get(inode.number)
        if known is None:
            known = self._names(inode)
            if self._kept + len(known) > _KEPT_NAMES:
                self._directories.clear()
                self._kept = 0
            self._directories[inode.number] = known
            self._kept += len(known)
        return known


def _known(ask: Callable[[T], U], things: Iterable[T]) -> list[U]:
    """The answers that there are, of a disk that may be damaged."""
    answers = [answered(partial(ask, thing)) for thing in things]
    return [answer for answer in answers if not isinstance(answer, Unreadable | Absent)]


def add_name(names: Entries, name: bytes, entry: tuple[int, int], where: str) -> None:
    """Add an entry of a directory, but ``.`` and ``..``. Raises DiskUnreadable for one that no sound directory has.

    ``entry`` are the number of the inode and the type as it is written in the directory, 0 where it is not. A name that
    is there twice leads to the one or to the other, and one with a slash is found by nobody.
    """
    if name in (b".", b".."):
        return
    text, (number, type) = name.decode("utf-8", "surrogateescape"), entry
    if not name or b"/" in name or b"\0" in name or text in names or type not in _TYPES:
        raise DiskUnreadable(f"the directory in {where} is damaged")
    names[text] = Entry(number, _TYPES[type])
