"""What is in a partition, told by its signature, and the file system in it, opened.

btrfs, NTFS, BitLocker, LUKS, LVM in parts and more are recognised and said to be not inspected; a
volume whose first bytes mean nothing to us is ``UNKNOWN``, which is not the same as empty.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from checker.facts.vhd import Partition
from checker.inspect.budget import Budget
from checker.inspect.bytes import ByteSource, DiskUnreadable, Window
from checker.inspect.ext import ExtFileSystem
from checker.inspect.ext_super import MAGIC as EXT_MAGIC
from checker.inspect.fat import FatFileSystem, read_geometry
from checker.inspect.filesystem import FileSystem
from checker.inspect.lvm import LogicalVolume, is_physical_volume, read_volumes
from checker.inspect.xfs import XfsFileSystem
from checker.inspect.xfs_super import MAGIC as XFS_MAGIC

_LOOKED_AT = 68 * 1024  # btrfs has its superblock at 64 KiB
_BTRFS_AT = 65536 + 64
_SWAP_PAGES = (4096, 8192, 16384, 65536)


class VolumeKind(StrEnum):
    """What a volume holds. The words are for reports."""

    EXT = "ext"
    XFS = "xfs"
    FAT = "FAT"
    LVM = "LVM physical volume"
    SWAP = "swap space"
    NTFS = "NTFS"
    BTRFS = "btrfs"
    BITLOCKER = "BitLocker"
    LUKS = "LUKS"
    EMPTY = "nothing"
    UNKNOWN = "something unknown"
    UNREADABLE = "something unreadable"


@dataclass(frozen=True, slots=True)
class Volume:
    """A partition, a logical volume, or a disk without partitions.

    ``name`` is for reports (``partition 1``, ``the logical volume vg/root``); ``devices`` are the names that an
    fstab may use beside UUID and label; ``type`` is the partition's. ``why`` says why it is unreadable.
    """

    name: str
    kind: VolumeKind
    source: ByteSource | None
    uuid: str = ""
    label: str = ""
    type: str = ""
    devices: tuple[str, ...] = ()
    why: str = ""

    def open(self) -> FileSystem:
        """The file system in it. Raises DiskUnreadable where there is none that is read."""
        if self.source is None:
            raise DiskUnreadable(f"{self.name} cannot be read: {self.why}")
        if self.kind is VolumeKind.EXT:
            return ExtFileSystem(self.source)
        if self.kind is VolumeKind.XFS:
            return XfsFileSystem(self.source)
        if self.kind is VolumeKind.FAT:
            return FatFileSystem(self.source)
        raise DiskUnreadable(f"{self.name} holds {self.kind}, which is not inspected")


def find_volumes(disk: ByteSource, partitions: Sequence[Partition] | None) -> tuple[Volume, ...]:
    """The volumes of a disk, those of LVM among them. ``partitions`` is None for a disk that has no table.

    Everything that is read of them later counts against one ``Budget``.
    """
    disk = Budget(disk)
    if partitions is None:
        return _with_lvm(recognise("the disk", disk))
    found: list[Volume] = []
    for partition in partitions:
        window = Window(disk, partition.start, partition.size)
        found.extend(_with_lvm(recognise(f"partition {partition.number}", window, partition.type)))
    return tuple(found)


def recognise(name: str, source: ByteSource, type: str = "", devices: tuple[str, ...] = ()) -> Volume:
    """The volume by its signature. What cannot be read is a volume too, of kind ``UNREADABLE``."""
    try:
        start = source.read(0, min(_LOOKED_AT, source.size))
    except DiskUnreadable as problem:
        return Volume(name, VolumeKind.UNREADABLE, None, type=type, devices=devices, why=problem.words)
    kind, uuid, label = _signature(start, source.size)
    return Volume(name, kind, source, uuid, label, type, devices)


def _with_lvm(volume: Volume) -> tuple[Volume, ...]:
    if volume.kind is not VolumeKind.LVM or volume.source is None:
        return (volume,)
    try:
        inner = read_volumes(volume.source)
    except DiskUnreadable as problem:
        return (volume, Volume(f"LVM on {volume.name}", VolumeKind.UNREADABLE, None, why=problem.words))
    found = [volume]
    for part in inner:
        name = f"the logical volume {part.group}/{part.name}"
        escaped = f"{part.group.replace('-', '--')}-{part.name.replace('-', '--')}"
        devices = (f"/dev/{part.group}/{part.name}", f"/dev/mapper/{escaped}")
        if isinstance(part, LogicalVolume):
            found.append(recognise(name, part, devices=devices))
        else:
            found.append(Volume(name, VolumeKind.UNREADABLE, None, devices=devices, why=part.why))
    return tuple(found)


def _signature(start: bytes, size: int) -> tuple[VolumeKind, str, str]:
    """Kind, UUID and label, from the first 68 KiB."""
    if start[3:11] == b"-FVE-FS-":
        return VolumeKind.BITLOCKER, "", ""
    if start[:6] in (b"LUKS\xba\xbe", b"SKUL\xba\xbe"):
        return VolumeKind.LUKS, _text(start[168:208]), ""
    if is_physical_volume(start):
        return VolumeKind.LVM, "", ""
    if start[:4] == XFS_MAGIC:
        return VolumeKind.XFS, _uuid(start[32:48]), _text(start[108:120])
    if start[1080:1082] == struct.pack("<H", EXT_MAGIC):
        return VolumeKind.EXT, _uuid(start[1128:1144]), _text(start[1144:1160])
    if start[_BTRFS_AT : _BTRFS_AT + 8] == b"_BHRfS_M":
        return VolumeKind.BTRFS, _uuid(start[65536 + 32 : 65536 + 48]), _text(start[65536 + 299 : 65536 + 555])
    for page in _SWAP_PAGES:
        if start[page - 10 : page] in (b"SWAPSPACE2", b"SWAP-SPACE"):
            return VolumeKind.SWAP, _uuid(start[1036:1052]), _text(start[1052:1068])
    if start[3:11] == b"NTFS    ":
        return VolumeKind.NTFS, "", ""
    if len(start) >= 512:
        try:
            geometry = read_geometry(start[:512], size)
        except DiskUnreadable:
            pass
        else:
            return VolumeKind.FAT, geometry.serial, geometry.label
    return (VolumeKind.UNKNOWN if any(start) else VolumeKind.EMPTY), "", ""


def _uuid(raw: bytes) -> str:
    return str(UUID(bytes=raw)) if len(raw) == 16 else ""


def _text(raw: bytes) -> str:
    return raw.split(b"\0")[0].decode("utf-8", "replace")
