"""One inode of an ext file system, and the blocks of its data: extents or the older block map.

Layout: kernel documentation, Documentation/filesystems/ext4/inodes.rst and ifork.rst. Little-endian.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from checker.inspect.bytes import DiskUnreadable
from checker.inspect.crc32c import crc32c
from checker.inspect.ext_super import Blocks, Superblock, inode_table
from checker.inspect.filesystem import Kind, Stat, kind_of

INDEXED, EXTENTS, INLINE, CASEFOLD = 0x1000, 0x80000, 0x10000000, 0x40000000
_COMPRESSED, _ENCRYPTED = 0x4, 0x800
_HUGE = 0x40000  # the inode counts in blocks of the file system
_EXTENT_MAGIC = 0xF30A
_ATTRIBUTES_MAGIC, _SYSTEM = 0xEA020000, 7
_DIRECT = 12  # blocks of an older file whose numbers are in its inode
_MAX_TREE_BLOCKS = 4096  # blocks of one extent tree that are visited
_FEW_INODES = 4 * 1024 * 1024  # bytes of all inodes in use
_NEAR_GROUPS = 16  # groups whose inodes are read together
_NEAR = 1024 * 1024  # bytes that are read at once, rather than the parts of them that are needed


@dataclass(frozen=True, slots=True)
class Inode:
    """An inode: ``map`` are its 60 bytes of extents, block numbers, or inline data.

    ``attributes`` are the bytes behind it, for extended attributes: inline data goes on there.
    """

    number: int
    stat: Stat
    flags: int
    map: bytes
    attributes: bytes
    seed: int  # the start of the checksums of what belongs to it


def inodes_near(superblock: Superblock, blocks: Blocks, number: int) -> tuple[int, int]:
    """Where to read an inode from: the offset on its volume, and the length in bytes. Raises DiskUnreadable.

    Where a file system has few inodes in all, those of a group are read together, and of the groups whose tables
    follow: there will be questions for more.
    """
    group, index = _place_of(superblock, number)
    table = inode_table(superblock, blocks, group)
    size = superblock.inode_size
    start, most = table.block * superblock.block_size, _FEW_INODES // size
    if index >= table.used or max(superblock.used_inodes, table.used) > most:
        return start + index * size, size
    count = whole = table.used
    for following in range(group + 1, min(group + _NEAR_GROUPS, superblock.groups)):
        if whole < superblock.inodes_per_group:
            break
        table = inode_table(superblock, blocks, following)
        whole = table.used
        if table.block * superblock.block_size != start + count * size or count + whole > most:
            break
        count += whole
    return start, count * size


def _place_of(superblock: Superblock, number: int) -> tuple[int, int]:
    """The group of an inode, and its index there."""
    if not 1 <= number <= superblock.inodes:
        raise DiskUnreadable(f"ext inode {number} does not exist")
    return divmod(number - 1, superblock.inodes_per_group)


def read_inode(superblock: Superblock, blocks: Blocks, number: int) -> Inode:
    """An inode by its number. Raises DiskUnreadable for one that is out of range, damaged or not in use."""
    group, index = _place_of(superblock, number)
    block, offset = divmod(index * superblock.inode_size, superblock.block_size)
    table = inode_table(superblock, blocks, group)
    raw = blocks.block(table.block + block)[offset : offset + superblock.inode_size]

    def u16(offset: int) -> int:
        return int(struct.unpack_from("<H", raw, offset)[0])

    def u32(offset: int) -> int:
        return int(struct.unpack_from("<I", raw, offset)[0])

    seed = crc32c(struct.pack("<II", number, u32(100)), superblock.seed)
    if superblock.has_checksums:
        wide = len(raw) > 128 and u16(128) >= 4
        plain = raw[:124] + b"\0\0" + raw[126:130] + (b"\0\0" if wide else raw[130:132]) + raw[132:]
        expected = u16(124) | (u16(130) << 16 if wide else 0)
        if crc32c(plain[: len(raw)], seed) & (0xFFFFFFFF if wide else 0xFFFF) != expected:
            raise DiskUnreadable(f"the checksum of ext inode {number} is wrong")
    mode, flags = u16(0), u32(32)
    kind = kind_of(mode)
    if mode == 0 or u16(26) == 0:
        raise DiskUnreadable(f"ext inode {number} has a name but is not in use")
    size = u32(4) | (u32(108) << 32 if kind in (Kind.FILE, Kind.DIRECTORY) else 0)
    stat = Stat(kind, size, mode & 0o7777, u16(2) | u16(0x78) << 16, u16(24) | u16(0x7A) << 16)
    extra = u16(128) if len(raw) > 128 else 0
    inode = Inode(number, stat, flags, raw[40:100], raw[128 + extra :], seed)
    unit = 512 if not flags & _HUGE else superblock.block_size
    outside = superblock.block_size if u32(104) else 0  # a block of extended attributes
    least = _least_held(inode) if superblock.counts_blocks else None
    if least is not None and least * superblock.block_size + outside < (u32(28) | u16(116) << 32) * unit:
        raise DiskUnreadable(f"ext inode {number} is damaged: its map is not of all its blocks")
    return inode


def _least_held(inode: Inode) -> int | None:
    """How many blocks of a file or directory are in the map of its inode; None where there is more behind the map."""
    if inode.flags & INLINE or inode.stat.kind not in (Kind.FILE, Kind.DIRECTORY):
        return None
    if not inode.flags & EXTENTS:
        numbers = struct.unpack("<15I", inode.map)
        return None if any(numbers[12:]) else sum(number != 0 for number in numbers)
    _, entries, _, depth = struct.unpack_from("<HHHH", inode.map)
    if depth or entries > 4:
        return None
    lengths = [int(struct.unpack_from("<H", inode.map, 16 + 12 * index)[0]) for index in range(entries)]
    return sum(length if length <= 32768 else length - 32768 for length in lengths)


def read_data(superblock: Superblock, blocks: Blocks, inode: Inode, limit: int) -> bytes:
    """The first ``limit`` bytes of what an inode holds; holes are zeros."""
    if inode.flags & (_COMPRESSED | _ENCRYPTED):
        raise DiskUnreadable(f"ext inode {inode.number} is compressed or encrypted")
    wanted = min(inode.stat.size, limit)
    in_place = inode.stat.kind is Kind.SYMLINK and inode.stat.size < 60 and not inode.flags & EXTENTS
    if inode.flags & INLINE or in_place:
        data = inode.map if inode.stat.size <= len(inode.map) else inode.map + inline_rest(inode)
        if inode.stat.size > len(data):
            raise DiskUnreadable(f"the inline data of ext inode {inode.number} is damaged")
        return data[:wanted]
    size = superblock.block_size
    count = -(-wanted // size)
    runs = list(_runs(_physical(superblock, blocks, inode, count)))
    return b"".join(_read_runs(blocks, runs, size))[:wanted]


def data_runs(superblock: Superblock, blocks: Blocks, inode: Inode) -> Iterator[tuple[int, int]]:
    """The blocks of what an inode holds: the first of each run, and how many; none where that takes further reads."""
    if inode.flags & INLINE or inode.stat.kind not in (Kind.FILE, Kind.DIRECTORY):
        return
    count = -(-inode.stat.size // superblock.block_size)
    depth = struct.unpack_from("<H", inode.map, 6)[0] if inode.flags & EXTENTS else count > _DIRECT
    for first, length in _runs(_physical(superblock, blocks, inode, 0 if depth else count)):
        if first is not None:
            yield first, length


def _runs(physicals: Iterable[int | None]) -> Iterator[tuple[int | None, int]]:
    """Neighbours together: the first block, and how many there are; None for holes."""
    first: int | None = None
    length = 0
    for number in physicals:
        if length and number == (None if first is None else first + length):
            length += 1
            continue
        if length:
            yield first, length
        first, length = number, 1
    if length:
        yield first, length


def _read_runs(blocks: Blocks, runs: Sequence[tuple[int | None, int]], size: int) -> Iterator[bytes]:
    """The bytes of each run. Runs that lie near each other are read at once, with what is between them."""
    ends = [(first, first + length) for first, length in runs if first is not None]
    low, high = min(ends, default=(0, 0))[0], max((end for _, end in ends), default=0)
    together = blocks.block(low, high - low) if len(ends) > 1 and (high - low) * size <= _NEAR else b""
    for first, length in runs:
        if first is None:
            yield bytes(length * size)
        elif together:
            yield together[(first - low) * size : (first - low + length) * size]
        else:
            yield blocks.block(first, length)


def inline_rest(inode: Inode) -> bytes:
    """What of the inline data does not fit into the map: the value of the attribute ``system.data``."""
    raw = inode.attributes
    if len(raw) < 4 or struct.unpack_from("<I", raw)[0] != _ATTRIBUTES_MAGIC:
        return b""
    entries = raw[4:]
    at = 0
    while at + 16 <= len(entries) and entries[at : at + 4] != b"\0\0\0\0":
        length, index, offset, elsewhere, size = struct.unpack_from("<BBHII", entries, at)
        if index == _SYSTEM and entries[at + 16 : at + 16 + length] == b"data":
            if elsewhere or offset + size > len(entries):
                break
            return entries[offset : offset + size]
        at += (16 + length + 3) & ~3
    raise DiskUnreadable(f"the inline data of ext inode {inode.number} is damaged")


def _physical(superblock: Superblock, blocks: Blocks, inode: Inode, count: int) -> Iterator[int | None]:
    """The physical blocks of the first ``count`` logical ones; None is a hole."""
    if not inode.flags & EXTENTS:
        yield from _mapped(superblock, blocks, inode, count)
        return
    at = 0
    for first, length, start in _extents(superblock, blocks, inode, count):
        if first < at:
            raise DiskUnreadable(f"the extents of ext inode {inode.number} overlap")
        for _ in range(at, min(first, count)):
            yield None
        for index in range(min(length, max(count - first, 0))):
            yield None if start is None else start + index
        at = first + length
        if at >= count:
            return
    for _ in range(at, count):
        yield None


def _extents(superblock: Superblock, blocks: Blocks, inode: Inode, count: int) -> Iterator[tuple[int, int, int | None]]:
    """First logical block, length and first physical block (None: not written yet), in order."""
    pending: list[tuple[bytes, int | None]] = [(inode.map, None)]
    visited = 0
    while pending:
        raw, expected_depth = pending.pop()
        magic, entries, maximum, depth = struct.unpack_from("<HHHH", raw)
        if magic != _EXTENT_MAGIC or depth > 5 or expected_depth not in (None, depth) or entries > maximum:
            raise DiskUnreadable(f"the extent tree of ext inode {inode.number} is damaged")
        if 12 + 12 * maximum > len(raw):
            raise DiskUnreadable(f"the extent tree of ext inode {inode.number} is damaged")
        if expected_depth is not None and superblock.has_checksums:
            end = 12 + 12 * maximum
            if end + 4 > len(raw) or crc32c(raw[:end], inode.seed) != struct.unpack_from("<I", raw, end)[0]:
                raise DiskUnreadable(f"the checksum of an extent block of ext inode {inode.number} is wrong")
        children: list[tuple[bytes, int | None]] = []
        for at in range(12, 12 + 12 * entries, 12):
            if depth == 0:
                first, length, high, low = struct.unpack_from("<IHHI", raw, at)
                written = length <= 32768
                yield first, length if written else length - 32768, (high << 32 | low) if written else None
                continue
            first, low, high = struct.unpack_from("<IIH", raw, at)
            if first >= count:
                break
            visited += 1
            if visited > _MAX_TREE_BLOCKS:
                raise DiskUnreadable(f"the extent tree of ext inode {inode.number} has too many blocks")
            children.append((blocks.block(high << 32 | low), depth - 1))
        pending.extend(reversed(children))


def _mapped(superblock: Superblock, blocks: Blocks, inode: Inode, count: int) -> Iterator[int | None]:
    """The block map of ext2 and ext3: twelve direct blocks, then one, two and three levels of tables."""
    numbers = struct.unpack("<15I", inode.map)
    for number in numbers[: min(count, 12)]:
        yield number or None
    left = count - 12
    per_block = superblock.block_size // 4
    for level, number in enumerate(numbers[12:], start=1):
        if left <= 0:
            return
        yield from _table(blocks, number, level, per_block, left)
        left -= per_block**level
    if left > 0:
        raise DiskUnreadable(f"ext inode {inode.number} is larger than its block map")


def _table(blocks: Blocks, number: int, level: int, per_block: int, left: int) -> Iterator[int | None]:
    wanted = min(left, per_block**level)
    if level == 0 or number == 0:
        for _ in range(wanted):
            yield number or None
        return
    below = per_block ** (level - 1)
    for index, child in enumerate(struct.unpack(f"<{per_block}I", blocks.block(number))):
        if index * below >= wanted:
            return
        yield from _table(blocks, child, level - 1, per_block, wanted - index * below)
