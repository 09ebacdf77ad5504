"""What is installed on a disk: a Linux, whose facts are read; certainly no Linux; or something that was not read."""

from __future__ import annotations

from collections.abc import Sequence

from checker.facts.linux_guest import LinuxGuest, NoLinux
from checker.facts.unread import Fact, FactName, ReasonKind, Unread
from checker.facts.vhd import PartitionTable, VhdId
from checker.inspect.bytes import ByteSource, DiskUnreadable
from checker.inspect.linux.guest import read_guest
from checker.inspect.resolver import Unreadable
from checker.inspect.root import find_root
from checker.inspect.volumes import Volume, VolumeKind, find_volumes

#: What is recognised and, for now, not looked into.
_NOT_INSPECTED = (VolumeKind.BTRFS, VolumeKind.LUKS)
#: What only Windows is installed on, and what may lie beside it.
_WINDOWS = (VolumeKind.NTFS, VolumeKind.BITLOCKER)
_BESIDE_WINDOWS = (*_WINDOWS, VolumeKind.FAT, VolumeKind.EMPTY)


def read_system(id: VhdId, disk: ByteSource, partitions: Fact[PartitionTable | None]) -> Fact[LinuxGuest | NoLinux]:
    """The facts of the system on a disk."""
    if isinstance(partitions, Unread):
        return Unread(
            id.text, FactName.GUEST, f"the partitions are not known: {partitions.detail}", "", partitions.kind
        )
    try:
        volumes = find_volumes(disk, None if partitions is None else partitions.partitions)
        windows = _windows(volumes)
        if windows:
            return NoLinux(f"the disk holds Windows, which these rules say nothing about: {windows}")
        root = find_root(volumes)
        if not isinstance(root, Unreadable):
            return read_guest(root, id.text)
    except DiskUnreadable as problem:
        return Unread(id.text, FactName.GUEST, problem.words)
    unsupported = any(volume.kind in _NOT_INSPECTED for volume in volumes)
    seen = ", ".join(f"{volume.name}: {volume.kind}" for volume in volumes) or "no volume"
    kind = ReasonKind.UNSUPPORTED if unsupported else ReasonKind.UNREAD
    return Unread(id.text, FactName.GUEST, f"{root.words} ({seen})", kind=kind)


def _windows(volumes: Sequence[Volume]) -> str:
    """The volumes of Windows in words, where there is nothing else that a Linux could be on; else nothing."""
    found = [f"{volume.name} with {volume.kind}" for volume in volumes if volume.kind in _WINDOWS]
    return ", ".join(found) if all(volume.kind in _BESIDE_WINDOWS for volume in volumes) else ""
