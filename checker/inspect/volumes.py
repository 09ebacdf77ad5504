"""The volumes of a disk: its partitions and the logical volumes in them, and the file system in each, opened.

btrfs, NTFS, BitLocker, LUKS, LVM in parts and more are recognised and said to be not inspected; a
volume whose first bytes mean nothing to us is ``UNKNOWN``, which is not the same as empty. ``EMPTY`` is one with zeros
wherever something begins that a system assembles or mounts by itself: the first sectors of every file system and layer,
the second header of LUKS, which is at 4 MiB at the latest, and the end, where a RAID has its superblock. Of a partition
whose type excludes a root only the first sectors are looked at.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from checker.facts.partition_types import NEVER_ROOT
from checker.facts.vhd import MIB, Partition
from checker.inspect.budget import Budget
from checker.inspect.bytes import ByteSource, DiskUnreadable, Window
from checker.inspect.ext import ExtFileSystem
from checker.inspect.fat import FatFileSystem
from checker.inspect.filesystem import FileSystem
from checker.inspect.lvm import LogicalVolume, read_volumes
from checker.inspect.signatures import LOOKED_AT, VolumeKind, recognised
from checker.inspect.superblocks import BEHIND, END, is_raid_at_end, size_of_ext, size_of_xfs
from checker.inspect.xfs import XfsFileSystem

_MAX_PARTITIONS = 128

#: How much of what begins with zeros is looked at from its start on.
_BEGINNING = 4 * MIB + 4096

__all__ = ["Volume", "VolumeKind", "find_volumes", "recognise"]


@dataclass(frozen=True, slots=True)
class Volume:
    """A partition, a logical volume, or a disk without partitions.

    ``name`` is for reports (``partition 1``, ``the logical volume vg/root``); ``devices`` are the names that an
    fstab may use beside UUID and label; ``type`` is the partition's, and so are ``partition_uuid`` and
    ``partition_label``, which an fstab may name too. ``why`` says why it is unreadable; ``snapshot_of`` names the
    volume that it is a snapshot of.
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
    snapshot_of: str = ""

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
        if _may_be_in_raid(kind, start, source.size) and is_raid_at_end(_end(source), source.size):
            kind = VolumeKind.RAID
    except DiskUnreadable as problem:
        return Volume(name, VolumeKind.UNREADABLE, None, type=type, devices=devices, why=problem.words)
    return Volume(name, kind, source, uuid, label, type, devices)


def _is_empty(source: ByteSource) -> bool:
    """Whether a volume holds zeros wherever something begins. Raises DiskUnreadable."""
    return not any(source.read(0, min(_BEGINNING, source.size))) and not any(_end(source))


def _may_be_in_raid(kind: VolumeKind, start: bytes, size: int) -> bool:
    """Whether a file system leaves room for the superblock of a RAID behind it, as few do."""
    sizes = {VolumeKind.EXT: size_of_ext, VolumeKind.XFS: size_of_xfs}
    return kind in sizes and sizes[kind](start) <= size - BEHIND


def _end(source: ByteSource) -> bytes:
    length = min(END, source.size)
    return source.read(source.size - length, length)


def _with_lvm(volume: Volume) -> tuple[Volume, ...]:
    if volume.kind is not VolumeKind.LVM or volume.source is None:
        return (volume,)
    try:
        inner = read_volumes(volume.source)
    except DiskUnreadable as problem:
        return (volume, Volume(f"LVM on {volume.name}", VolumeKind.UNREADABLE, None, why=problem.words))
    found = [volume]
    names = {part.name: f"the logical volume {part.group}/{part.name}" for part in inner}
    for part in inner:
        name = names[part.name]
        escaped = f"{part.group.replace('-', '--')}-{part.name.replace('-', '--')}"
        devices = (f"/dev/{part.group}/{part.name}", f"/dev/mapper/{escaped}")
        if isinstance(part, LogicalVolume):
            found.append(_without_layers(recognise(name, part, devices=devices)))
            continue
        # A snapshot has the UUID and the label of what it is one of: which of the two they mean is not known.
        origin = next((other for other in found if other.name == names.get(part.origin)), volume)
        same = (origin.uuid, origin.label) if part.origin else ("", "")
        refused = Volume(name, VolumeKind.UNREADABLE, None, *same, devices=devices, why=part.why)
        found.append(replace(refused, snapshot_of=names.get(part.origin, "")))
    return tuple(found)


def _without_layers(volume: Volume) -> Volume:
    if volume.kind is not VolumeKind.LVM:
        return volume
    return replace(volume, kind=VolumeKind.UNREADABLE, source=None, why="it holds LVM in LVM, which is not read")
