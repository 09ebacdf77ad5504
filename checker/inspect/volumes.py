"""The volumes of a disk: its partitions and the logical volumes in them, and the file system in each, opened.

btrfs, NTFS, BitLocker, LUKS, LVM in parts and more are recognised and said to be not inspected; a
volume whose first bytes mean nothing to us is ``UNKNOWN``, which is not the same as empty.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from checker.facts.partition_types import NEVER_ROOT
from checker.facts.vhd import MIB, SECTOR, Partition
from checker.inspect.budget import Budget
from checker.inspect.bytes import ByteSource, DiskUnreadable, Window
from checker.inspect.ext import ExtFileSystem
from checker.inspect.fat import FatFileSystem
from checker.inspect.filesystem import FileSystem
from checker.inspect.lvm import LogicalVolume, read_volumes
from checker.inspect.signatures import LOOKED_AT, VolumeKind, recognised
from checker.inspect.xfs import XfsFileSystem

_MAX_PARTITIONS = 128

#: How much of the end of what begins with zeros is looked at: old kinds of RAID have all that they say there.
_END = 128 * 1024

__all__ = ["Volume", "VolumeKind", "find_volumes", "recognise"]


@dataclass(frozen=True, slots=True)
class Volume:
    """A partition, a logical volume, or a disk without partitions.

    ``name`` is for reports (``partition 1``, ``the logical volume vg/root``); ``devices`` are the names that an
    fstab may use beside UUID and label; ``type`` is the partition's, and so are ``partition_uuid`` and
    ``partition_label``, which an fstab may name too. ``why`` says why it is unreadable.
    """

    name: str
    kind: VolumeKind
    source: ByteSource | None
    uuid: str = ""
    label: str = ""
    type: str = ""
    devices: tuple[str, ...] = ()
    why: str = ""
    partition_uuid: str = ""
    partition_label: str = ""

    def open(self) -> FileSystem:
        """The file system in it. Raises DiskUnreadable where there is none that is read."""
        if self.source is None:
            raise DiskUnreadable(f"it cannot be read: {self.why}")
        if self.kind is VolumeKind.EXT:
            return ExtFileSystem(self.source)
        if self.kind is VolumeKind.XFS:
            return XfsFileSystem(self.source)
        if self.kind is VolumeKind.FAT:
            return FatFileSystem(self.source)
        raise DiskUnreadable(f"it holds {self.kind}, which is not inspected")


def find_volumes(disk: ByteSource, partitions: Sequence[Partition] | None) -> tuple[Volume, ...]:
    """The volumes of a disk, those of LVM among them. ``partitions`` is None for a disk that has no table.

    Everything that is read of them later counts against one ``Budget``.
    """
    disk = Budget(disk)
    if partitions is None:
        return _with_lvm(recognise("the disk", disk))
    found: list[Volume] = []
    for partition in partitions[_MAX_PARTITIONS:]:
        why = f"only {_MAX_PARTITIONS} partitions are looked into"
        found.append(Volume(f"partition {partition.number}", VolumeKind.UNREADABLE, None, type=partition.type, why=why))
    for partition in partitions[:_MAX_PARTITIONS]:
        window = Window(disk, partition.start, partition.size)
        volume = recognise(f"partition {partition.number}", window, partition.type)
        found.extend(_with_lvm(replace(volume, partition_uuid=partition.uuid, partition_label=partition.name)))
    return tuple(found)


def recognise(name: str, source: ByteSource, type: str = "", devices: tuple[str, ...] = ()) -> Volume:
    """The volume by its signature. What cannot be read is a volume too, of kind ``UNREADABLE``."""
    try:
        start = source.read(0, min(LOOKED_AT, source.size))
        kind, uuid, label = recognised(start, source.size)
        if kind is VolumeKind.EMPTY and type not in NEVER_ROOT and source.size > len(start) and not _is_empty(source):
            kind = VolumeKind.UNKNOWN
    except DiskUnreadable as problem:
        return Volume(name, VolumeKind.UNREADABLE, None, type=type, devices=devices, why=problem.words)
    return Volume(name, kind, source, uuid, label, type, devices)


def _is_empty(source: ByteSource) -> bool:
    """Whether a volume that begins with zeros holds zeros at 1 MiB and at its end too. Raises DiskUnreadable."""
    length = min(_END, source.size)
    places = [(source.size - length, length), (MIB, min(SECTOR, source.size - MIB))]
    return not any(any(source.read(at, count)) for at, count in places if count > 0)


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
