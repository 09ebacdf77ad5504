"""What a volume holds, by the signatures in its first bytes.

Sources: the formats' own documents, as cited where one is read; for the others the signatures that libblkid's
manual and the Linux kernel's headers name. What is layered over a file system (a member of a RAID, a bcache, a ZFS)
is looked for first: the file system that lay there before often leaves its superblock behind, and would be read as
if it were still there. Of several file systems none is believed, as libblkid believes none, unless all but one are
only a mark without what belongs to it.
"""

from __future__ import annotations

import struct
from enum import StrEnum
from uuid import UUID

from checker.inspect.bytes import DiskUnreadable
from checker.inspect.ext_super import MAGIC as EXT_MAGIC
from checker.inspect.fat import read_geometry
from checker.inspect.lvm import is_physical_volume
from checker.inspect.superblocks import (
    BTRFS_AT,
    BTRFS_MAGIC,
    RAID_MAGIC,
    is_btrfs,
    is_ext,
    is_fat,
    is_second_luks,
    is_xfs,
)
from checker.inspect.xfs_super import MAGIC as XFS_MAGIC

#: How many bytes ``recognised`` wants to see: btrfs has its superblock at 64 KiB.
LOOKED_AT = 68 * 1024

_SWAP_PAGES = (4096, 8192, 16384, 65536)
_SWAP = (b"SWAPSPACE2", b"SWAP-SPACE", b"S1SUSPEND\0", b"S2SUSPEND\0", b"ULSUSPEND\0", b"LINHIB0001")
_RAID_AT = (0, 4096)
_ZFS_LABEL = slice(16 * 1024, 20 * 1024)


class VolumeKind(StrEnum):
    """What a volume holds. The words are for reports."""

    EXT = "ext"
    XFS = "xfs"
    FAT = "FAT"
    LVM = "LVM physical volume"
    SWAP = "swap space"
    NTFS = "NTFS"
    BITLOCKER = "BitLocker"
    REFS = "ReFS"
    EXFAT = "exFAT"
    BTRFS = "btrfs"
    F2FS = "F2FS"
    ZFS = "ZFS"
    BCACHEFS = "bcachefs"
    JFS = "JFS"
    REISERFS = "ReiserFS"
    SQUASHFS = "SquashFS"
    EROFS = "EROFS"
    ISO = "ISO 9660"
    HFS = "HFS+"
    APFS = "APFS"
    LUKS = "LUKS"
    RAID = "a member of a Linux RAID"
    BCACHE = "bcache"
    VERITY = "the hashes of dm-verity"
    INTEGRITY = "dm-integrity"
    EMPTY = "nothing where file systems begin"
    UNKNOWN = "something unknown"
    UNREADABLE = "something unreadable"


#: Looked for before any file system: offset, bytes, kind.
_LAYERS = (
    (3, b"-FVE-FS-", VolumeKind.BITLOCKER),
    (0, b"LUKS\xba\xbe", VolumeKind.LUKS),
    (0, b"SKUL\xba\xbe", VolumeKind.LUKS),
    (4096 + 24, bytes.fromhex("c68573f64e1a45ca8265f57f48ba6d81"), VolumeKind.BCACHE),
    (4096 + 24, bytes.fromhex("c68573f666ce90a9d96a60cf803df7ef"), VolumeKind.BCACHEFS),
    (0, b"verity\0\0", VolumeKind.VERITY),
    (0, b"integrt\0", VolumeKind.INTEGRITY),
)
#: Looked for after those that are read here.
_OTHERS = (
    (BTRFS_AT + 64, BTRFS_MAGIC, VolumeKind.BTRFS),
    (1024, bytes.fromhex("1020f5f2"), VolumeKind.F2FS),
    (1024, bytes.fromhex("e2e1f5e0"), VolumeKind.EROFS),
    (0, b"hsqs", VolumeKind.SQUASHFS),
    (32768, b"JFS1", VolumeKind.JFS),
    (BTRFS_AT + 52, b"ReIsEr", VolumeKind.REISERFS),
    (1024, b"H+\0\4", VolumeKind.HFS),
    (1024, b"HX\0\5", VolumeKind.HFS),
    (32, b"NXSB", VolumeKind.APFS),
    (3, b"NTFS    ", VolumeKind.NTFS),
    (3, b"ReFS\0\0\0\0", VolumeKind.REFS),
    (3, b"EXFAT   ", VolumeKind.EXFAT),
    (32769, b"CD001", VolumeKind.ISO),
)

#: What has its superblock in the first sectors, where everything that is made later writes something else.
_AT_THE_START = frozenset({VolumeKind.XFS, VolumeKind.EXT})


def recognised(start: bytes, size: int) -> tuple[VolumeKind, str, str]:
    """Kind, UUID and label of a volume of ``size`` bytes, from its first 68 KiB.

    Raises DiskUnreadable where two file systems are there, or one under LVM.
    """
    whole = _file_systems(start, size)
    layer = _found(start, _LAYERS)
    if layer is VolumeKind.BITLOCKER and not _AT_THE_START.isdisjoint(whole):
        raise DiskUnreadable(f"it has the marks of {layer} and of {whole[0]}, and which of them counts is not known")
    if layer is not None:
        return layer, _text(start[168:208]) if layer is VolumeKind.LUKS else "", ""
    if _is_raid(start):
        return VolumeKind.RAID, "", ""
    if b"pool_guid" in start[_ZFS_LABEL]:
        return VolumeKind.ZFS, "", ""
    if is_physical_volume(start):
        # LVM writes zeros over what begins there, and leaves what begins at 64 KiB.
        whole = [VolumeKind.LVM, *(kind for kind in whole if kind in _AT_THE_START)]
    if len(whole) > 1:
        raise DiskUnreadable(f"it has the marks of {whole[0]} and of {whole[1]}, and which of them counts is not known")
    kind = whole[0] if whole else _marked(start)
    match kind:
        case VolumeKind.XFS:
            return kind, _uuid(start[32:48]), _text(start[108:120])
        case VolumeKind.EXT:
            return kind, _uuid(start[1128:1144]), _text(start[1144:1160])
        case VolumeKind.SWAP:
            return kind, _uuid(start[1036:1052]), _text(start[1052:1068])
        case VolumeKind.BTRFS:
            return kind, _uuid(start[BTRFS_AT + 32 : BTRFS_AT + 48]), _text(start[BTRFS_AT + 299 : BTRFS_AT + 555])
        case VolumeKind.FAT:
            geometry = read_geometry(start[:512], size)
            return kind, geometry.serial, geometry.label
        case None:
            return (VolumeKind.UNKNOWN if any(start) else VolumeKind.EMPTY), "", ""
    return kind, "", ""


def _marked(start: bytes) -> VolumeKind | None:
    """The kind by its mark alone, whatever else of it is damaged."""
    if start[:4] == XFS_MAGIC:
        return VolumeKind.XFS
    if start[1080:1082] == struct.pack("<H", EXT_MAGIC):
        return VolumeKind.EXT
    return VolumeKind.SWAP if _has_swap_mark(start) else _found(start, _OTHERS)


def _file_systems(start: bytes, size: int) -> list[VolumeKind]:
    """The file systems, and their like, that have more than a mark there. An ISO 9660 is one beside no other."""
    found = [
        kind
        for kind, is_whole in (
            (VolumeKind.XFS, is_xfs(start)),
            (VolumeKind.EXT, is_ext(start)),
            (VolumeKind.SWAP, _has_swap_mark(start) and start[1024:1028] == b"\1\0\0\0"),
            (VolumeKind.BTRFS, is_btrfs(start)),
            (VolumeKind.LUKS, is_second_luks(start)),
            (VolumeKind.FAT, is_fat(start, size)),
        )
        if is_whole
    ]
    others: list[VolumeKind] = [
        kind for at, mark, kind in _OTHERS if kind is not VolumeKind.BTRFS and _found(start, ((at, mark, kind),))
    ]
    plain = [kind for kind in others if kind is not VolumeKind.ISO]
    return [*found, *plain] or others


def _has_swap_mark(start: bytes) -> bool:
    return any(start[page - 10 : page] in _SWAP for page in _SWAP_PAGES)


def _found(start: bytes, marks: tuple[tuple[int, bytes, VolumeKind], ...]) -> VolumeKind | None:
    return next((kind for at, mark, kind in marks if start[at : at + len(mark)] == mark), None)


def _is_raid(start: bytes) -> bool:
    """Whether a superblock of Linux's RAID, version 1, lies where it says that it lies."""
    for at in _RAID_AT:
        if len(start) >= at + 152:
            magic, version = struct.unpack_from("<II", start, at)
            if (magic, version) == (RAID_MAGIC, 1) and struct.unpack_from("<Q", start, at + 144)[0] * 512 == at:
                return True
    return False


def _uuid(raw: bytes) -> str:
    return str(UUID(bytes=raw)) if len(raw) == 16 else ""


def _text(raw: bytes) -> str:
    return raw.split(b"\0")[0].decode("utf-8", "replace")
