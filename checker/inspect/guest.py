"""What is installed on a disk: a Linux, whose facts are read; certainly no Linux; or something that was not read."""

from __future__ import annotations

from collections.abc import Sequence

from checker.facts.linux_guest import LinuxGuest, NoLinux
from checker.facts.partition_types import NEVER_ROOT
from checker.facts.unread import Fact, FactName, ReasonKind, Unread
from checker.facts.vhd import PartitionTable, VhdId
from checker.inspect.bytes import ByteSource, DiskUnreadable
from checker.inspect.linux.guest import read_guest
from checker.inspect.resolver import Unreadable
from checker.inspect.root import find_root
from checker.inspect.volumes import Volume, VolumeKind, find_volumes

#: What is read, or never holds a system: of everything else it is said that it is recognised and not looked into.
_READ = (VolumeKind.EXT, VolumeKind.XFS, VolumeKind.FAT, VolumeKind.LVM, VolumeKind.SWAP, VolumeKind.EMPTY)
_NOT_TOLD = (VolumeKind.UNKNOWN, VolumeKind.UNREADABLE)
#: What only Windows is installed on, and what may lie beside it.
_WINDOWS = (VolumeKind.NTFS, VolumeKind.BITLOCKER, VolumeKind.REFS)
_BESIDE_WINDOWS = (*_WINDOWS, VolumeKind.FAT, VolumeKind.EXFAT, VolumeKind.EMPTY)


def read_system(id: VhdId, disk: ByteSource, partitions: Fact[PartitionTable | None]) -> Fact[LinuxGuest | NoLinux]:
    """The facts of the system on a disk."""
    if isinstance(partitions, Unread):
        return Unread(
            id.text, FactName.GUEST, f"the partitions are not known: {partitions.detail}", "", partitions.kind
        )
    if partitions is not None and partitions.rivals:
        words = "two partition tables of the disk contradict each other, and which of them counts is not known"
        return Unread(id.text, FactName.GUEST, words)
    try:
        # A boot sector without partitions may lie before a file system that takes the whole disk.
        volumes = find_volumes(disk, (partitions.partitions or None) if partitions is not None else None)
        windows = _windows(volumes)
        if windows:
            return NoLinux(f"the disk holds Windows, which these rules say nothing about: {windows}")
        root = find_root(volumes)
        if not isinstance(root, Unreadable):
            return read_guest(root, id.text)
    except DiskUnreadable as problem:
        return Unread(id.text, FactName.GUEST, problem.words)
    unsupported = root.is_unsupported or any(
        volume.kind not in (*_READ, *_NOT_TOLD, *_BESIDE_WINDOWS) for volume in volumes
    )
    kind = ReasonKind.UNSUPPORTED if unsupported else ReasonKind.UNREAD
    return Unread(
        id.text, FactName.GUEST, f"{root.words}{_seen(root.words, volumes)}. {_advice(volumes, unsupported)}", kind=kind
    )


def _seen(words: str, volumes: Sequence[Volume]) -> str:
    """What lies on the volumes that the words do not name yet."""
    others = [f"{volume.name}: {volume.kind}" for volume in volumes if f"{volume.name}:" not in words]
    return f" ({', '.join(others)})" if others else ""


def _advice(volumes: Sequence[Volume], unsupported: bool) -> str:
    """What the user can do where no system was found."""
    if unsupported:
        return "What is inside can be tested on a VM made of the image, and left out here with --ignore LNX"
    if any(volume.kind in (VolumeKind.EXT, VolumeKind.XFS, *_NOT_TOLD) for volume in volumes):
        return "If the file was copied or downloaded, compare it with its origin; a data disk needs --ignore LNX"
    return "No system can be installed on that: if it is a data disk, leave these rules out with --ignore LNX"


def _windows(volumes: Sequence[Volume]) -> str:
    """The volumes of Windows in words, where there is nothing else that a Linux could be on; else nothing."""
    found = [f"{volume.name} with {volume.kind}" for volume in volumes if volume.kind in _WINDOWS]
    is_alone = all(volume.kind in _BESIDE_WINDOWS or volume.type in NEVER_ROOT for volume in volumes)
    return ", ".join(found) if is_alone else ""
