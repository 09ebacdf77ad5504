"""One XFS inode, and the extents of its data. Big-endian; see ``xfs_super`` for the source of the layout."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass

from checker.inspect.bytes import DiskUnreadable
from checker.inspect.filesystem import Kind, Stat, kind_of
from checker.inspect.xfs_super import XfsVolume, proven

LOCAL, EXTENTS, BTREE = 1, 2, 3
_MAX_TREE_BLOCKS = 4096  # blocks of one extent tree that are visited
_REALTIME = 0x1
_LARGE_COUNTERS = 0x10
_UNDERSTOOD = 0x1F  # DAX, shared extents, hints for them, large timestamps, large counters of extents


@dataclass(frozen=True, slots=True)
class Inode:
    """An inode: ``fork`` is where its data, its extents or the root of their tree are."""

    number: int
    stat: Stat
    format: int
    extents: int
    fork: bytes


@dataclass(frozen=True, slots=True)
class Extent:
    """A run of blocks of a file: the first logical and the first physical one, and how many."""

    first: int
    start: int
    count: int
    written: bool


def read_inode(volume: XfsVolume, number: int) -> Inode:
    """An inode by its number. Raises DiskUnreadable for one that does not exist, is damaged or not in use."""
    raw = volume.source.read(volume.inode_at(number), volume.inode_size)
    magic, mode, version, form = struct.unpack_from(">2sHBB", raw)
    if magic != b"IN" or version not in (2, 3):
        raise DiskUnreadable(f"XFS inode {number} is none")
    if version == 3 and (not proven(raw, 100) or struct.unpack_from(">Q", raw, 152)[0] != number):
        raise DiskUnreadable(f"the checksum of XFS inode {number} is wrong")
    uid, gid, links = struct.unpack_from(">III", raw, 8)
    if mode == 0 or links == 0:
        raise DiskUnreadable(f"XFS inode {number} has a name but is not in use")
    if struct.unpack_from(">H", raw, 90)[0] & _REALTIME and kind_of(mode) is Kind.FILE:
        raise DiskUnreadable(f"XFS inode {number} lies on a real-time device")
    more_flags = struct.unpack_from(">Q", raw, 120)[0] if version == 3 else 0
    large = more_flags & _LARGE_COUNTERS
    if more_flags & ~_UNDERSTOOD or (large and not volume.large_counters):
        raise DiskUnreadable(f"XFS inode {number} is damaged: its flags are not those of this file system")
    start = 176 if version == 3 else 100
    end = start + raw[82] * 8 if raw[82] else len(raw)
    if end > len(raw):
        raise DiskUnreadable(f"XFS inode {number} is damaged")
    inode = Inode(
        number=number,
        stat=Stat(kind_of(mode), struct.unpack_from(">Q", raw, 56)[0], mode & 0o7777, uid, gid),
        format=form,
        extents=struct.unpack_from(">Q", raw, 24)[0] if large else struct.unpack_from(">I", raw, 76)[0],
        fork=raw[start:end],
    )
    attributes = 0
    if raw[82] and raw[83] == EXTENTS:
        count = struct.unpack_from(">I", raw, 76)[0] if large else struct.unpack_from(">H", raw, 80)[0]
        attributes = sum(extent.count for extent in _records(raw, end, count))
    if form in (LOCAL, EXTENTS) and raw[83] != BTREE:
        held = sum(extent.count for extent in extents_of(volume, inode, 0)) if form == EXTENTS else 0
        if held + attributes != struct.unpack_from(">Q", raw, 64)[0]:
            raise DiskUnreadable(f"XFS inode {number} is damaged: its extents are not all of its blocks")
    return inode


def read_data(volume: XfsVolume, inode: Inode, limit: int) -> bytes:
    """The first ``limit`` bytes of a file or a symlink; holes are zeros."""
    wanted = min(inode.stat.size, limit)
    if inode.format == LOCAL:
        if inode.stat.size > len(inode.fork):
            raise DiskUnreadable(f"XFS inode {inode.number} is damaged")
        return inode.fork[:wanted]
    if inode.stat.kind is Kind.SYMLINK:
        return _remote_target(volume, inode)[:wanted]
    size = volume.block_size
    count = -(-wanted // size)
    pieces: list[bytes] = []
    at = 0
    for extent in extents_of(volume, inode, count):
        if extent.first < at:
            raise DiskUnreadable(f"the extents of XFS inode {inode.number} overlap")
        if extent.first >= count:
            break
        pieces.append(bytes((extent.first - at) * size))
        length = min(extent.count, count - extent.first)
        pieces.append(read_blocks(volume, extent.start, length) if extent.written else bytes(length * size))
        at = extent.first + length
    pieces.append(bytes(max(count - at, 0) * size))
    return b"".join(pieces)[:wanted]


def read_blocks(volume: XfsVolume, start: int, count: int) -> bytes:
    """Neighbouring file system blocks."""
    volume.block_at(start + count - 1)
    return volume.source.read(volume.block_at(start), count * volume.block_size)


def extents_of(volume: XfsVolume, inode: Inode, before: int) -> Iterator[Extent]:
    """The extents that start before a logical block, in order; it may give a few more."""
    if inode.format == EXTENTS:
        if inode.extents * 16 > len(inode.fork):
            raise DiskUnreadable(f"XFS inode {inode.number} is damaged")
        yield from _records(inode.fork, 0, inode.extents)
        return
    if inode.format != BTREE:
        raise DiskUnreadable(f"XFS inode {inode.number} has no data that can be read")
    level, count = struct.unpack_from(">HH", inode.fork)
    visited = 0
    pending = [(number, level - 1) for number in reversed(_children(inode, (inode.fork, 4), level, count, before))]
    while pending:
        number, level = pending.pop()
        visited += 1
        if visited > _MAX_TREE_BLOCKS:
            raise DiskUnreadable(f"the extent tree of XFS inode {inode.number} has too many blocks")
        raw = read_blocks(volume, number, 1)
        magic, found, count = struct.unpack_from(">4sHH", raw)
        header = 72 if volume.checksums else 24
        if magic != (b"BMA3" if volume.checksums else b"BMAP") or found != level:
            raise DiskUnreadable(f"the extent tree of XFS inode {inode.number} is damaged")
        if volume.checksums and (not proven(raw, 64) or struct.unpack_from(">Q", raw, 56)[0] != inode.number):
            raise DiskUnreadable(f"the checksum of an extent block of XFS inode {inode.number} is wrong")
        if level:
            children = _children(inode, (raw, header), level, count, before)
            pending.extend((child, level - 1) for child in reversed(children))
        elif header + count * 16 > len(raw):
            raise DiskUnreadable(f"the extent tree of XFS inode {inode.number} is damaged")
        else:
            yield from _records(raw, header, count)


def _records(raw: bytes, at: int, count: int) -> Iterator[Extent]:
    for high, low in struct.iter_unpack(">QQ", raw[at : at + count * 16]):
        first, start = (high & (1 << 63) - 1) >> 9, (high & 0x1FF) << 43 | low >> 21
        yield Extent(first, start, low & 0x1FFFFF, not high >> 63)


def _children(inode: Inode, node: tuple[bytes, int], level: int, count: int, before: int) -> list[int]:
    """The blocks below a node of the tree of extents that are needed. ``node``: its bytes, and where its keys start."""
    raw, header = node
    room = (len(raw) - header) // 16
    if not 0 < level <= 8 or not 0 < count <= room:
        raise DiskUnreadable(f"the extent tree of XFS inode {inode.number} is damaged")
    keys = struct.unpack_from(f">{count}Q", raw, header)
    numbers = struct.unpack_from(f">{count}Q", raw, header + room * 8)
    return [number for key, number in zip(keys, numbers, strict=True) if key < before]


def _remote_target(volume: XfsVolume, inode: Inode) -> bytes:
    """A symlink's target in blocks of its own, each run of them with a header where there are checksums."""
    pieces: list[bytes] = []
    for extent in extents_of(volume, inode, 16):
        if extent.count > 16:
            raise DiskUnreadable(f"the symlink in XFS inode {inode.number} is damaged")
        raw = read_blocks(volume, extent.start, extent.count)
        if volume.checksums:
            magic, _, length, _ = struct.unpack_from(">4sIII", raw)
            owner = struct.unpack_from(">Q", raw, 32)[0]
            if magic != b"XSLM" or owner != inode.number or length > len(raw) - 56 or not proven(raw, 12):
                raise DiskUnreadable(f"the symlink in XFS inode {inode.number} is damaged")
            raw = raw[56 : 56 + length]
        pieces.append(raw)
    target = b"".join(pieces)
    if len(target) < inode.stat.size:
        raise DiskUnreadable(f"the symlink in XFS inode {inode.number} is damaged")
    return target
