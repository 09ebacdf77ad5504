"""Whether the superblock of a file system is whole, how long the file system is, and what a RAID has at its end.

A mark of a few bytes is left behind by what was there before; a superblock whose numbers fit together, or whose
checksum is right, is a file system that can be mounted. Layouts: as cited where each is read; for btrfs "On-disk
Format" of its documentation; for Linux's RAID its superblocks in the kernel's md_p.h; for DDF the "Common RAID Disk
Data Format Specification" of SNIA; for LUKS its "LUKS2 On-Disk Format Specification".
"""

from __future__ import annotations

import struct
from dataclasses import dataclass

from checker.inspect.bytes import DiskUnreadable
from checker.inspect.crc32c import crc32c
from checker.inspect.ext_super import MAGIC as EXT_MAGIC
from checker.inspect.ext_super import WIDE
from checker.inspect.fat import read_geometry
from checker.inspect.xfs_super import MAGIC as XFS_MAGIC

BTRFS_AT, BTRFS_MAGIC = 65536, b"_BHRfS_M"
RAID_MAGIC = 0xA92B4EFC
#: How much of the end of a volume holds all that a RAID has there.
END = 128 * 1024
#: The least that a RAID of Linux leaves to no file system there.
BEHIND = 8192

_EXT_AT = 1024
_SECOND_LUKS = (0x4000, 0x8000, 0x10000)  # farther only with more room for keys than anybody asks for
_METADATA_CHECKSUMS = 0x400
_DDF_MAGIC, _INTEL_MAGIC = b"\xde\x11\xde\x11", b"Intel Raid ISM Cfg Sig. "


def is_xfs(start: bytes) -> bool:
    """Whether a volume begins with a superblock of XFS whose numbers fit together."""
    if len(start) < 512 or start[:4] != XFS_MAGIC:
        return False
    block, blocks = struct.unpack_from(">IQ", start, 4)
    group, groups = struct.unpack_from(">II", start, 84)
    return bool(block == 1 << start[120] and group * max(groups - 1, 0) < blocks <= group * groups)


def is_ext(start: bytes) -> bool:
    """Whether a volume begins with a superblock of ext whose numbers fit together, with a right checksum if any."""
    numbers = _ext_numbers(start)
    if numbers is None or not (numbers.per_group and numbers.first < numbers.blocks):
        return False
    groups = -(-(numbers.blocks - numbers.first) // numbers.per_group)
    if numbers.inodes == 0 or numbers.inodes != groups * numbers.inodes_per_group:
        return False
    (own,) = struct.unpack_from("<I", start, _EXT_AT + 0x3FC)
    return not numbers.has_checksum or crc32c(start[_EXT_AT : _EXT_AT + 0x3FC]) == own


def is_btrfs(start: bytes) -> bool:
    """Whether the superblock of btrfs says where it lies, with a right checksum where that is of the usual kind."""
    raw = start[BTRFS_AT : BTRFS_AT + 4096]
    if len(raw) < 4096 or raw[64:72] != BTRFS_MAGIC or struct.unpack_from("<Q", raw, 48)[0] != BTRFS_AT:
        return False
    is_usual = raw[196:198] == b"\0\0"
    return not is_usual or crc32c(raw[32:]) ^ 0xFFFFFFFF == struct.unpack_from("<I", raw)[0]


def is_second_luks(start: bytes) -> bool:
    """Whether the second header of LUKS 2 is where it says that it is: it serves where the first one is gone."""
    return any(
        start[at : at + 8] == b"SKUL\xba\xbe\0\2" and start[at + 256 : at + 264] == struct.pack(">Q", at)
        for at in _SECOND_LUKS
    )


def is_fat(start: bytes, size: int) -> bool:
    """Whether a volume of ``size`` bytes begins with a boot sector of FAT whose numbers fit together."""
    try:
        read_geometry(start[:512].ljust(512, b"\0"), size)
    except DiskUnreadable:
        return False
    return True


def size_of_xfs(start: bytes) -> int:
    """How long a file system of XFS says that it is, in bytes; 0 of what is too short for one."""
    if len(start) < 512:
        return 0
    block, blocks = struct.unpack_from(">IQ", start, 4)
    return int(block * blocks)


def size_of_ext(start: bytes) -> int:
    """How long a file system of ext says that it is, in bytes; 0 of what is too short for one."""
    numbers = _ext_numbers(start)
    return 0 if numbers is None else numbers.blocks << (10 + min(numbers.block_bits, 16))


def is_raid_at_end(end: bytes, size: int) -> bool:
    """Whether the last ``END`` bytes of a volume of ``size`` bytes, or all of a smaller one, make it part of a RAID.

    Of one of Linux, version 1.0 or 0.90, or of firmware: DDF and Intel's. Versions 1.1 and 1.2 lie at the start.
    """
    skipped = size - len(end)
    newer = ((size // 512 - 16) // 8 * 8) * 512 - skipped
    older = size // 65536 * 65536 - 65536 - skipped
    marks = [(newer, struct.pack("<II", RAID_MAGIC, 1))]
    marks += [(older, struct.pack(f"{order}II", RAID_MAGIC, 0)) for order in "<>"]
    marks += [(len(end) - 512, _DDF_MAGIC), (len(end) - 1024, _INTEL_MAGIC)]
    return any(at >= 0 and end[at : at + len(mark)] == mark for at, mark in marks)


@dataclass(frozen=True, slots=True)
class _ExtNumbers:
    inodes: int
    blocks: int
    first: int
    block_bits: int
    per_group: int
    inodes_per_group: int
    has_checksum: bool


def _ext_numbers(start: bytes) -> _ExtNumbers | None:
    """The numbers of an ext superblock; None where there is none."""
    if len(start) < 2 * _EXT_AT or start[_EXT_AT + 56 : _EXT_AT + 58] != struct.pack("<H", EXT_MAGIC):
        return None

    def number(at: int) -> int:
        return int(struct.unpack_from("<I", start, _EXT_AT + at)[0])

    high = number(0x150) if number(96) & WIDE else 0
    return _ExtNumbers(
        inodes=number(0),
        blocks=number(4) | high << 32,
        first=number(20),
        block_bits=number(24),
        per_group=number(32),
        inodes_per_group=number(40),
        has_checksum=bool(number(100) & _METADATA_CHECKSUMS),
    )
