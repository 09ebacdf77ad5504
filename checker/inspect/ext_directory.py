"""The names in an ext directory, each block proven by its checksum where the file system keeps one.

An index (htree) block looks like an empty block to a reader that takes the blocks one after the
other, which is what this one does: it finds every name, and needs no hash.
Layout: kernel documentation, Documentation/filesystems/ext4/directory.rst. Little-endian.
"""

from __future__ import annotations

import struct

from checker.inspect.bytes import DiskUnreadable
from checker.inspect.crc32c import crc32c
from checker.inspect.ext_inode import INDEXED, INLINE, Inode, read_data
from checker.inspect.ext_super import Blocks, Superblock
from checker.inspect.filesystem import MAX_DIRECTORY, MAX_ENTRIES
from checker.inspect.inodes import Entries, add_name

_TAIL = struct.Struct("<IHBBI")  # inode 0, length 12, name length 0, type 0xDE, checksum


def read_directory(superblock: Superblock, blocks: Blocks, inode: Inode) -> Entries:
    """The entries by name, without ``.`` and ``..``. Raises DiskUnreadable where anything is not sound."""
    if inode.stat.size > MAX_DIRECTORY:
        raise DiskUnreadable(f"the directory in ext inode {inode.number} is too large ({inode.stat.size} bytes)")
    data = read_data(superblock, blocks, inode, MAX_DIRECTORY)
    names: Entries = {}
    if inode.flags & INLINE:
        # The first four bytes are the number of the directory above.
        _collect(data[4:60], inode, names, superblock.file_types)
        _collect(data[60:], inode, names, superblock.file_types)
        return names
    size = superblock.block_size
    if len(data) == 0 or len(data) % size:
        raise DiskUnreadable(f"the directory in ext inode {inode.number} is no whole number of blocks")
    number, _, length = struct.unpack_from("<IHB", data)
    if (number, length, data[8:9]) != (inode.number, 1, b"."):
        raise DiskUnreadable(f"the directory in ext inode {inode.number} does not begin with itself")
    for at in range(0, len(data), size):
        block = data[at : at + size]
        end = _proven(block, inode, root=at == 0) if superblock.has_checksums else size
        _collect(block[:end], inode, names, superblock.file_types)
        if len(names) > MAX_ENTRIES:
            raise DiskUnreadable(f"the directory in ext inode {inode.number} has more than {MAX_ENTRIES} names")
    return names


def _collect(block: bytes, inode: Inode, names: Entries, file_types: bool) -> None:
    at = 0
    while at + 8 <= len(block):
        number, length, name_length, type = struct.unpack_from("<IHBB", block, at)
        if length in (0, 65535) and len(block) >= 65536 - 12:
            length = len(block)  # of a block of 64 KiB, which does not fit into the field
        if length < 8 or length % 4 or at + length > len(block) or 8 + name_length > length:
            raise DiskUnreadable(f"the directory in ext inode {inode.number} is damaged")
        if number:
            name = block[at + 8 : at + 8 + name_length]
            add_name(names, name, (number, type if file_types else 0), f"ext inode {inode.number}")
        at += length


def _proven(block: bytes, inode: Inode, root: bool) -> int:
    """Check a block's checksum, and give the end of its entries.

    An index block may have been a block of names before, and still look like one at its end. So what
    counts is which of the two checksums is right.
    """
    zero, length, no_name, kind, checksum = _TAIL.unpack_from(block, len(block) - 12)
    if (zero, length, no_name, kind) == (0, 12, 0, 0xDE) and crc32c(block[:-12], inode.seed) == checksum:
        return len(block) - 12
    counts_at = 32 if root else 8
    limit, count = struct.unpack_from("<HH", block, counts_at)
    tail = counts_at + limit * 8
    if inode.flags & INDEXED and count <= limit and tail + 8 <= len(block):
        found = crc32c(block[: counts_at + count * 8], inode.seed)
        if crc32c(block[tail : tail + 4] + b"\0\0\0\0", found) == struct.unpack_from("<I", block, tail + 4)[0]:
            return len(block)
    raise DiskUnreadable(f"the checksum of a block of the directory in ext inode {inode.number} is wrong")
