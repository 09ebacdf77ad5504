"""Whether certainly no system is on a disk: every volume was read or holds nothing, and nothing hints at a system.

That is another question than where the root is. To find one, what is there is enough; here whatever could hide one is
a doubt: a journal that was not replayed, a volume that is not read, room that no partition takes, a partition to
start from, a directory that systems have.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from checker.facts.partition_types import BIOS_BOOT, EFI_SYSTEM, LINUX_ROOT
from checker.facts.vhd import MIB, SECTOR, PartitionTable, Scheme
from checker.inspect.bytes import ByteSource, DiskUnreadable
from checker.inspect.filesystem import ABSENT, Journal
from checker.inspect.resolver import Tree, Unreadable
from checker.inspect.volumes import Volume, VolumeKind

#: Room without a partition that says nothing: at both ends of a disk, and between partitions. A system needs more.
_MAX_GAP = 16 * MIB
#: What looks empty is read whole up to this size.
_MAX_BLANK = 16 * MIB
#: Where the first copy of a GPT ends at the earliest: its entries take 32 sectors.
_GPT_END = 34 * SECTOR
#: Types of partitions that a system is started from: EFI, BIOS boot, PReP, extended boot loader; and roots.
_OF_SYSTEMS = (
    EFI_SYSTEM
    | BIOS_BOOT
    | LINUX_ROOT
    | {"0x41", "9E1A2D38-C612-4316-AA26-8B49521E5A8B", "0xea", "BC13C2FF-59E6-4262-A352-B275FD6F7172"}
)
#: Names at the top of a volume that a system, or what starts one, has there; lower case.
_NAMES = frozenset(
    (
        *("etc", "usr", "bin", "sbin", "boot", "dev", "proc", "sys", "root", "efi", "grub", "grub2", "loader"),
        *("syslinux", "extlinux", "isolinux", "casper", "live", "liveos", "ostree", "sysroot", "nix", "gnu"),
        *("@", "@rootfs", "rootfs", "windows", "bootmgr", "ntldr"),
    )
)
_BEGINNINGS = ("vmlinu", "bzimage", "initrd", "initramfs", "system.map", "config-")
_READ = (VolumeKind.EXT, VolumeKind.XFS, VolumeKind.FAT)


@dataclass(frozen=True, slots=True)
class NothingThere:
    """There is certainly no system. ``blanks``: offsets and lengths of what looks empty, if it is empty throughout."""

    blanks: tuple[tuple[int, int], ...]


def nothing_there(disk: ByteSource, table: PartitionTable | None, volumes: Sequence[Volume]) -> NothingThere | str:
    """That no system is on a disk, or in words why that is not certain. Raises DiskUnreadable."""
    doubts = list(_of_table(disk.size, table)) or list(_of_start(disk, table))
    # A logical volume has no one place on the disk.
    places = {f"partition {p.number}": (p.start, p.size) for p in table.partitions} if table is not None else {}
    if table is None:
        places["the disk"] = (0, disk.size)
    blanks: list[tuple[int, int]] = []
    for index, volume in enumerate(volumes):
        if doubts:
            break
        if volume.kind is VolumeKind.EMPTY and volume.source is not None and volume.source.size > _MAX_BLANK:
            blanks += [places[volume.name]] if volume.name in places else []
            doubts += [] if volume.name in places else [f"{volume.name} looks empty, and is too large to be read whole"]
        elif volume.kind is VolumeKind.EMPTY:
            doubts += _of_blank(volume)
        elif volume.kind is VolumeKind.LVM:
            doubts += [f"{volume.name} is of LVM, and holds no volume"] if index + 1 == len(volumes) else []
        elif volume.kind is not VolumeKind.SWAP:
            doubts += _of_volume(volume)
    return doubts[0] if doubts else NothingThere(tuple(blanks))


def _of_start(disk: ByteSource, table: PartitionTable | None) -> Iterator[str]:
    """Signs of a boot loader: GRUB in the first sector, and anything between the table and the first partition."""
    if b"GRUB" in disk.read(0, min(SECTOR, disk.size)):
        yield "the first sector of the disk is a boot loader's"
    if table is None:
        return
    if not table.partitions:
        yield "the disk has a boot sector, and no partition"
        return
    end = min(MIB, disk.size, *(partition.start for partition in table.partitions))
    used = SECTOR if table.scheme is Scheme.MBR else _GPT_END
    if end > used and any(disk.read(used, end - used)):
        yield "something lies before the first partition, as boot loaders do"


def _of_table(size: int, table: PartitionTable | None) -> Iterator[str]:
    if table is None:
        return
    yield from table.problems
    if table.contradiction:
        yield table.contradiction
    at = 0
    for partition in sorted(table.partitions, key=lambda partition: partition.start):
        if partition.type in _OF_SYSTEMS or partition.active:
            yield f"partition {partition.number} is one that systems are started from"
        if partition.start - at > _MAX_GAP:
            yield f"no partition takes the {partition.start - at} bytes before partition {partition.number}"
        at = max(at, partition.end)
    if table.partitions and size - at > _MAX_GAP:
        yield f"no partition takes the last {size - at} bytes of the disk"


def _of_blank(volume: Volume) -> Iterator[str]:
    try:
        if volume.source is None or any(volume.source.read(0, volume.source.size)):
            yield f"{volume.name} looks empty, and is not"
    except DiskUnreadable as problem:
        yield f"{volume.name}: {problem.words}"


def _of_volume(volume: Volume) -> Iterator[str]:
    if volume.kind not in _READ:
        yield f"{volume.name} holds {volume.kind}"
        return
    try:
        files = volume.open()
        journal = files.journal
    except DiskUnreadable as problem:
        yield f"{volume.name}: {problem.words}"
        return
    if journal is not Journal.CLEAN:
        yield f"the journal of {volume.name} is {journal}"
        return
    tree = Tree(files)
    names, lost = tree.list("/"), tree.list("/lost+found")
    if isinstance(names, Unreadable):
        yield f"{volume.name}: {names.words}"
    elif names is ABSENT:
        yield f"{volume.name} has no directory at its top"
    else:
        hints = [name for name in names if name.lower() in _NAMES or name.lower().startswith(_BEGINNINGS)]
        yield from (f"{volume.name} has /{name}, as systems do" for name in hints[:1])
    if isinstance(lost, Unreadable):
        yield f"{volume.name}: {lost.words}"
    elif lost is not ABSENT and lost:
        yield f"files were lost on {volume.name}: they are in /lost+found"
