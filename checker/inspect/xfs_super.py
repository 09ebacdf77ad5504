"""The superblock of XFS, and where it puts inodes and blocks. All numbers are big-endian but checksums.

Layout: "XFS Algorithms & Data Structures" of the XFS developers.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from uuid import UUID

from checker.inspect.bytes import ByteSource, DiskUnreadable
from checker.inspect.crc32c import crc32c

MAGIC = b"XFSB"
#: ftype, sparse inodes, another UUID in the metadata, big timestamps, large extent counters, exchange, parent pointers
_UNDERSTOOD = 0x1 | 0x2 | 0x4 | 0x8 | 0x20 | 0x40 | 0x80
_NEEDS_REPAIR = 0x10
_LARGE_COUNTERS = 0x20
_IGNORES_CASE = 0x4000  # of the version number: names are found in other spellings too


@dataclass(frozen=True, slots=True)
class XfsVolume:
    """A volume with the numbers of its superblock. Sizes in bytes, ``*_bits`` as powers of two.

    ``log_hint`` is the 512-byte block of the log where the superblock was logged last, to begin a search with; 0 where
    that is not kept.
    """

    source: ByteSource
    block_size: int
    blocks: int
    root: int
    group_blocks: int
    groups: int
    inode_size: int
    inodes_per_block_bits: int
    group_bits: int
    directory_block_size: int
    log_start: int
    log_blocks: int
    log_hint: int
    checksums: bool
    file_types: bool
    large_counters: bool
    ignores_case: bool
    label: str
    uuid: str

    def block_at(self, number: int) -> int:
        """The offset of a file system block, whose number holds its group."""
        group, within = number >> self.group_bits, number & ((1 << self.group_bits) - 1)
        if group >= self.groups or within >= self.group_blocks:
            raise DiskUnreadable(f"XFS block {number} lies outside of the file system")
        return (group * self.group_blocks + within) * self.block_size

    def inode_at(self, number: int) -> int:
        """The offset of an inode, whose number holds its block."""
        block, index = number >> self.inodes_per_block_bits, number & ((1 << self.inodes_per_block_bits) - 1)
        return self.block_at(block) + index * self.inode_size


def open_xfs(source: ByteSource) -> XfsVolume:
    """Read the superblock. Raises DiskUnreadable for what is none, or not one that is understood."""
    raw = source.read(0, 512)
    if raw[:4] != MAGIC:
        raise DiskUnreadable("no XFS superblock")

    def number(letter: str, at: int) -> int:
        return int(struct.unpack_from(">" + letter, raw, at)[0])

    if raw[126]:
        raise DiskUnreadable("the XFS file system was not made to the end")
    version = number("H", 100)
    checksums = version & 0xF == 5
    if version & 0xF not in (4, 5) or not version & 0x2000:
        raise DiskUnreadable(f"XFS of a version that is not read ({version & 0xF})")
    if checksums:
        _check_features(number("I", 216), source, number("H", 102))
    block_bits, inode_bits, per_block_bits, group_bits = raw[120], raw[122], raw[123], raw[124]
    volume = XfsVolume(
        source=source,
        block_size=number("I", 4),
        blocks=number("Q", 8),
        root=number("Q", 56),
        group_blocks=number("I", 84),
        groups=number("I", 88),
        inode_size=number("H", 104),
        inodes_per_block_bits=per_block_bits,
        group_bits=group_bits,
        directory_block_size=number("I", 4) << min(raw[192], 16),
        log_start=number("Q", 48),
        log_blocks=number("I", 96),
        log_hint=number("I", 244) if checksums else 0,
        checksums=checksums,
        file_types=bool(number("I", 216) & 1) if checksums else bool(number("I", 200) & 0x200),
        large_counters=checksums and bool(number("I", 216) & _LARGE_COUNTERS),
        ignores_case=bool(version & _IGNORES_CASE),
        label=raw[108:120].split(b"\0")[0].decode("utf-8", "replace"),
        uuid=str(UUID(bytes=raw[32:48])),
    )
    sound = (
        9 <= block_bits <= 16
        and volume.block_size == 1 << block_bits
        and volume.inode_size == 1 << inode_bits
        and 256 <= volume.inode_size <= 2048
        and block_bits - inode_bits == per_block_bits
        and volume.directory_block_size <= 65536
        and 0 < volume.group_blocks <= 1 << group_bits <= 1 << 31
        and volume.groups > 0
        and volume.group_blocks * (volume.groups - 1) < volume.blocks <= volume.group_blocks * volume.groups
    )
    if not sound:
        raise DiskUnreadable("the numbers in the XFS superblock contradict each other")
    if volume.blocks * volume.block_size > source.size:
        raise DiskUnreadable(
            f"the XFS file system has {volume.blocks * volume.block_size} bytes, its volume {source.size}"
        )
    return volume


def proven(raw: bytes, at: int) -> bool:
    """Whether the checksum at an offset of a structure is the one of the rest."""
    found = crc32c(raw[:at] + b"\0\0\0\0" + raw[at + 4 :]) ^ 0xFFFFFFFF
    return found == int(struct.unpack_from("<I", raw, at)[0])


def _check_features(incompatible: int, source: ByteSource, sector_size: int) -> None:
    if sector_size not in (512, 1024, 2048, 4096, 8192, 16384, 32768):
        raise DiskUnreadable("the XFS superblock has no sector size")
    if not proven(source.read(0, sector_size), 224):
        raise DiskUnreadable("the checksum of the XFS superblock is wrong")
    if incompatible & _NEEDS_REPAIR:
        raise DiskUnreadable("the XFS file system is marked as in need of repair")
    if incompatible & ~_UNDERSTOOD:
        raise DiskUnreadable(f"an XFS file system with features that are not understood ({incompatible:#x})")
