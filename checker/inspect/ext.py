"""ext2, ext3 and ext4, read by our own code.

A library would do, but none proves a directory by its checksum before it calls a name absent, and
libfsext reads every copy of the group descriptors before its first answer.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from checker.inspect.bytes import ByteSource, DiskUnreadable
from checker.inspect.ext_directory import read_directory
from checker.inspect.ext_inode import CASEFOLD, Inode, data_runs, inodes_near, read_data, read_inode
from checker.inspect.ext_super import Superblock, read_superblock
from checker.inspect.filesystem import Journal
from checker.inspect.inodes import Entries, InodeFileSystem

_ROOT = 2


@dataclass(frozen=True, slots=True)
class _Blocks:
    """Blocks as they lie on the disk. A journal is not replayed: what it could change is said to be unread."""

    source: ByteSource
    superblock: Superblock

    def block(self, number: int, count: int = 1) -> bytes:
        if not 0 <= number <= self.superblock.blocks - count:
            raise DiskUnreadable(f"ext block {number} lies outside of the file system")
        size = self.superblock.block_size
        return self.source.read(number * size, count * size)


class ExtFileSystem(InodeFileSystem[Inode]):
    """One ext file system. Opening it reads its superblock only. Raises DiskUnreadable."""

    def __init__(self, source: ByteSource) -> None:
        super().__init__(source, _ROOT)
        self._superblock = read_superblock(source)
        self._blocks = _Blocks(source, self._superblock)

    @property
    def name(self) -> str:
        """``ext2``, ``ext3`` or ``ext4``."""
        return self._superblock.version

    @property
    def journal(self) -> Journal:
        """Dirty where the superblock says that the journal has to be replayed."""
        return Journal.DIRTY if self._superblock.needs_recovery else Journal.CLEAN

    def _inode(self, number: int) -> Inode:
        return read_inode(self._superblock, self._blocks, number)

    def _names(self, inode: Inode) -> Entries:
        return read_directory(self._superblock, self._blocks, inode)

    def _data(self, inode: Inode, limit: int) -> bytes:
        return read_data(self._superblock, self._blocks, inode, limit)

    def _inode_at(self, number: int) -> tuple[int, int]:
        return inodes_near(self._superblock, self._blocks, number)

    def _data_at(self, inode: Inode) -> Iterable[tuple[int, int]]:
        size = self._superblock.block_size
        for first, length in data_runs(self._superblock, self._blocks, inode):
            yield first * size, length * size

    def _ignores_case(self, inode: Inode) -> bool:
        return bool(inode.flags & CASEFOLD)
