"""What is installed on a disk: a Linux, whose facts are read; certainly no Linux; or something that was not read."""

from __future__ import annotations

from collections.abc import Sequence

from checker.facts.linux_guest import LinuxGuest, NoLinux, NoSystem
from checker.facts.partition_types import EFI_SYSTEM, NEVER_ROOT
from checker.facts.unread import Fact, FactName, ReasonKind, Unread
from checker.facts.vhd import PartitionTable, VhdId
from checker.inspect.absence import NothingThere, nothing_there
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
_NAME_THE_OS_DISK = (
    "If it is a data disk, name its OS disk in the same run, and no other; if it is an OS disk, it has lost its system"
)


def read_system(
    id: VhdId, disk: ByteSource, partitions: Fact[PartitionTable | None]
) -> Fact[LinuxGuest | NoLinux | NoSystem]:
    """The facts of the system on a disk, or that there is certainly none."""
    if isinstance(partitions, Unread):
        return Unread(
            id.text, FactName.GUEST, f"the partitions are not known: {partitions.detail}", "", partitions.kind
        )
    if partitions is not None and partitions.contradiction:
        return Unread(id.text, FactName.GUEST, partitions.contradiction)
    try:
        # A boot sector without partitions may lie before a file system that takes the whole disk.
        volumes = find_volumes(disk, (partitions.partitions or None) if partitions is not None else None)
        windows = _windows(volumes)
        if windows:
            words = f"the disk holds Windows, which these rules say nothing about: {windows}"
            return NoLinux(words, _can_start(partitions))
        root = find_root(volumes)
        if not isinstance(root, Unreadable):
            return read_guest(root, id.text)
        nothing = nothing_there(disk, partitions, volumes)
    except DiskUnreadable as problem:
        return Unread(id.text, FactName.GUEST, problem.words)
    unsupported = root.is_unsupported or any(
        volume.kind not in (*_READ, *_NOT_TOLD, *_BESIDE_WINDOWS) for volume in volumes
    )
    told = f"{root.words}{_seen(root.words, volumes)}"
    if isinstance(nothing, NothingThere) and not root.is_unsupported:
        holds = f"no system is on it ({', '.join(_named(volume) for volume in volumes)})"
        doubt = Unread(id.text, FactName.GUEST, f"{told}. {_NAME_THE_OS_DISK}")
        return NoSystem(holds, doubt, blanks=nothing.blanks)
    doubtful = "" if isinstance(nothing, NothingThere) else nothing
    kind = ReasonKind.UNSUPPORTED if unsupported else ReasonKind.UNREAD
    return Unread(id.text, FactName.GUEST, f"{told}. {_advice(doubtful, unsupported)}", kind=kind)


def _can_start(partitions: PartitionTable | None) -> bool:
    """Whether there is a partition to start a system from."""
    found = () if partitions is None else partitions.partitions
    return any(partition.active or partition.type in EFI_SYSTEM for partition in found)


def _named(volume: Volume) -> str:
    return f"{volume.name} with {volume.kind}"


def _seen(words: str, volumes: Sequence[Volume]) -> str:
    """What lies on the volumes that the words do not name yet."""
    others = [f"{volume.name}: {volume.kind}" for volume in volumes if f"{volume.name}:" not in words]
    return f" ({', '.join(others)})" if others else ""


def _advice(doubt: str, unsupported: bool) -> str:
    """What the user can do where no system was found, and there may be one: ``doubt`` says why."""
    what = (
        "What is inside can be tested on a VM made of the image"
        if unsupported
        else "If the file was copied or downloaded, compare it with its origin"
    )
    words = f"That no system is on it is not certain ({doubt}), and so a" if doubt else "A"
    return f"{what}. {words} data disk is left out here with --ignore LNX, in a run of its own"


def _windows(volumes: Sequence[Volume]) -> str:
    """The volumes of Windows in words, where there is nothing else that a Linux could be on; else nothing."""
    found = [_named(volume) for volume in volumes if volume.kind in _WINDOWS]
    is_alone = all(volume.kind in _BESIDE_WINDOWS or volume.type in NEVER_ROOT for volume in volumes)
    return ", ".join(found) if is_alone else ""
