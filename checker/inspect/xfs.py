"""XFS, versions 4 and 5, read by our own code: as with ext, a name is absent only where checksums prove it."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cached_property

from checker.inspect.bytes import ByteSource
from checker.inspect.filesystem import Journal
from checker.inspect.inodes import Entries, InodeFileSystem
from checker.inspect.xfs_directory import read_directory
from checker.inspect.xfs_inode import EXTENTS, Inode, extents_of, read_data, read_inode
from checker.inspect.xfs_log import log_state
from checker.inspect.xfs_super import open_xfs

#: Bytes around an inode that are read with it: inodes and directories lie next to each other in a few places.
_NEIGHBOURS = 256 * 1024


class XfsFileSystem(InodeFileSystem[Inode]):
    """One XFS file system. Opening it reads its superblock only. Raises DiskUnreadable."""

    def __init__(self, source: ByteSource) -> None:
        self._volume = open_xfs(source)
        super().__init__(source, self._volume.root)

    @property
    def name(self) -> str:
        """Always ``xfs``."""
        return "xfs"

    @cached_property
    def journal(self) -> Journal:
        """Clean where the last record of the log is the one that unmounting writes."""
        return log_state(self._volume)

    def _inode(self, number: int) -> Inode:
        return read_inode(self._volume, number)

    def _names(self, inode: Inode) -> Entries:
        return read_directory(self._volume, inode)

    def _data(self, inode: Inode, limit: int) -> bytes:
        return read_data(self._volume, inode, limit)

    def _inode_at(self, number: int) -> tuple[int, int]:
        at = self._volume.inode_at(number)
        return at - at % _NEIGHBOURS, _NEIGHBOURS

    def _data_at(self, inode: Inode) -> Iterable[tuple[int, int]]:
        if inode.format != EXTENTS:
            return
        size = self._volume.block_size
        count = -(-inode.stat.size // size)
        for extent in extents_of(self._volume, inode, count):
            if extent.first < count and extent.count <= count:
                yield self._volume.block_at(extent.start), extent.count * size

    def _ignores_case(self, inode: Inode) -> bool:
        return self._volume.ignores_case
