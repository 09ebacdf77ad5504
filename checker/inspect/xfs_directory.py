"""The names in an XFS directory, each block proven by its checksum where the file system keeps one.

Only the blocks that hold names are read; the hash index beyond 32 GiB of the directory's own address
space is not needed. Big-endian; see ``xfs_super`` for the source of the layout.
"""

from __future__ import annotations

import struct

from checker.inspect.bytes import DiskUnreadable
from checker.inspect.filesystem import MAX_DIRECTORY, MAX_ENTRIES
from checker.inspect.inodes import Entries, add_name
from checker.inspect.xfs_inode import LOCAL, Inode, extents_of, read_blocks
from checker.inspect.xfs_super import XfsVolume, proven

_INDEX_STARTS = 32 * 1024 * 1024 * 1024
_FREE = 0xFFFF


def read_directory(volume: XfsVolume, inode: Inode) -> Entries:
    """The entries by name, without ``.`` and ``..``. Raises DiskUnreadable where anything is not sound."""
    if inode.format == LOCAL:
        return _short(volume, inode)
    if inode.stat.size > MAX_DIRECTORY:
        raise _damaged(inode)
    size = volume.directory_block_size
    runs: list[bytes] = []
    at = end = 0
    for extent in extents_of(volume, inode, _INDEX_STARTS // volume.block_size):
        if extent.first * volume.block_size >= _INDEX_STARTS:
            break
        length = extent.count * volume.block_size
        if extent.first < at or at * volume.block_size + length > MAX_DIRECTORY or not extent.written:
            raise _damaged(inode)
        if extent.first > at and (extent.first - at) * volume.block_size % size:
            raise _damaged(inode)
        at = extent.first + extent.count
        end = length + extent.first * volume.block_size
        runs.append(read_blocks(volume, extent.start, extent.count))
    data = b"".join(runs)
    if not data or len(data) % size or end != inode.stat.size:
        raise _damaged(inode)
    names: Entries = {}
    for start in range(0, len(data), size):
        _collect(volume, inode, data[start : start + size], names)
        if len(names) > MAX_ENTRIES:
            raise DiskUnreadable(f"the directory in XFS inode {inode.number} has more than {MAX_ENTRIES} names")
    return names


def _damaged(inode: Inode) -> DiskUnreadable:
    return DiskUnreadable(f"the directory in XFS inode {inode.number} is damaged")


def _short(volume: XfsVolume, inode: Inode) -> Entries:
    """A directory of a few names inside of its inode."""
    raw = inode.fork[: inode.stat.size]
    if len(raw) < 6 or inode.stat.size > len(inode.fork):
        raise _damaged(inode)
    count, wide = raw[0], raw[1]
    width = 8 if wide else 4
    at = 2 + width
    names: Entries = {}
    for _ in range(count):
        end = at + 3 + (raw[at] if at < len(raw) else 0)
        number_at = end + volume.file_types
        if number_at + width > len(raw):
            raise _damaged(inode)
        number = int.from_bytes(raw[number_at : number_at + width], "big")
        type = raw[end] if volume.file_types else 0
        add_name(names, raw[at + 3 : end], (number, type), f"XFS inode {inode.number}")
        at = number_at + width
    if at != len(raw):
        raise _damaged(inode)
    return names


def _collect(volume: XfsVolume, inode: Inode, block: bytes, names: Entries) -> None:
    magic = block[:4]
    if volume.checksums:
        sound = magic in (b"XDB3", b"XDD3") and proven(block, 4)
        if not sound or struct.unpack_from(">Q", block, 40)[0] != inode.number:
            raise _damaged(inode)
        at = 64
    else:
        if magic not in (b"XD2B", b"XD2D"):
            raise _damaged(inode)
        at = 16
    end = len(block)
    if magic in (b"XDB3", b"XD2B"):
        end -= 8 + 8 * int(struct.unpack_from(">I", block, end - 8)[0])
    while at < end:
        if struct.unpack_from(">H", block, at)[0] == _FREE:
            length = int(struct.unpack_from(">H", block, at + 2)[0])
        else:
            name_length = block[at + 8]
            length = -(-(9 + name_length + volume.file_types + 2) // 8) * 8
            if at + length <= end:
                number = int.from_bytes(block[at : at + 8], "big")
                name_end = at + 9 + name_length
                type = block[name_end] if volume.file_types else 0
                add_name(names, block[at + 9 : name_end], (number, type), f"XFS inode {inode.number}")
        if length < 8 or length % 8 or at + length > end:
            raise _damaged(inode)
        at += length
    if at != end:
        raise _damaged(inode)
