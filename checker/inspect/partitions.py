"""How a disk is divided: the MBR with its extended partitions, and both copies of the GPT.

Sectors are of 512 bytes, as they are in every VHD. Sources: UEFI Specification 2.10, chapter 5, for GPT and the
protective MBR. The order in which the two are believed is that of Linux and of UEFI firmware: a GPT counts where
the MBR holds a protective entry, else the MBR's own partitions do.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import pairwise

from checker.facts.vhd import SECTOR, Partition, PartitionTable, Scheme
from checker.inspect.bytes import ByteSource, DiskUnreadable
from checker.inspect.gpt import SIGNATURE, GptCopy, has_gpt, misplaced, partitions_of, try_copy, twins

#: The most lists of logical partitions that are followed.
MAX_LOGICAL = 128
#: How many problems are told of one table.
MAX_PROBLEMS = 10

_PROTECTIVE = 0xEE
_EXTENDED = frozenset({0x05, 0x0F, 0x85})
_ENTRY = struct.Struct("<B3sB3sII")
#: File systems that begin with a boot sector of their own, which ends as an MBR does.
_BOOT_SECTORS = ((3, b"NTFS    "), (3, b"EXFAT   "), (54, b"FAT"), (82, b"FAT32"), (3, b"-FVE-FS-"))


def read_partitions(disk: ByteSource) -> PartitionTable | None:
    """The partition table of a disk; None where there is certainly none.

    Raises DiskUnreadable where it cannot be read, or is there and too damaged to be believed.
    """
    if disk.size < SECTOR:
        return None
    entries = _mbr_entries(disk.read(0, SECTOR))
    is_protected = entries is not None and any(entry.type == _PROTECTIVE for entry in entries)
    own = [entry for entry in entries or () if entry.type != _PROTECTIVE]
    if entries is not None and is_protected:
        problems = ["the MBR holds other partitions beside the protective one"] if own else []
        rivals = [_mbr_partition(entry.number, entry, entry.first, 0) for entry in own]
        if not any(entry.type == _PROTECTIVE and entry.first == 1 for entry in entries):
            problems.append("the protective partition of the MBR does not begin in sector 1: Linux takes no GPT then")
        return _read_gpt(disk, problems, rivals)
    if own:
        return _read_mbr(disk, own)
    # No partition in the MBR, or none at all: a GPT there is damaged, since its protective entry is gone.
    if has_gpt(disk):
        return _read_gpt(disk, ["the MBR holds no protective partition, without which no GPT counts"], [])
    return None if entries is None else PartitionTable(Scheme.MBR, ())


# -- MBR ----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Entry:
    """An entry of an MBR or of a link in the chain of logical partitions; sectors."""

    number: int
    active: bool
    type: int
    first: int
    count: int


def _mbr_entries(sector: bytes) -> tuple[_Entry, ...] | None:
    """The entries in use of a sector; None where it is no MBR."""
    if sector[510:] != b"\x55\xaa" or any(sector[at : at + len(mark)] == mark for at, mark in _BOOT_SECTORS):
        return None
    found = []
    for number in range(1, 5):
        status, _, type, _, first, count = _ENTRY.unpack_from(sector, 446 + 16 * (number - 1))
        if status not in (0x00, 0x80):
            return None
        if type and count:
            found.append(_Entry(number, status == 0x80, type, first, count))
    return tuple(found)


def _read_mbr(disk: ByteSource, entries: list[_Entry]) -> PartitionTable:
    problems = ["there is a GPT too, which does not count beside the partitions of the MBR"] if has_gpt(disk) else []
    found: list[Partition] = []
    chain: list[int] = []
    signature = int(struct.unpack_from("<I", disk.read(0, SECTOR), 440)[0])
    number = 5
    for entry in entries:
        if entry.type not in _EXTENDED:
            found.append(_mbr_partition(entry.number, entry, entry.first, signature))
            continue
        for logical, first in _logical(disk, entry.first, chain):
            found.append(_mbr_partition(number, logical, first, signature))
            number += 1
    return replace(_table(Scheme.MBR, found, problems, disk), chain=tuple(link * SECTOR for link in chain))


def _mbr_partition(number: int, entry: _Entry, first: int, signature: int) -> Partition:
    uuid = f"{signature:08x}-{number:02x}" if signature else ""
    return Partition(
        number, first * SECTOR, entry.count * SECTOR, f"0x{entry.type:02x}", active=entry.active, uuid=uuid
    )


def _logical(disk: ByteSource, extended: int, seen: list[int]) -> Iterator[tuple[_Entry, int]]:
    """The logical partitions in an extended one, each with its first sector. Raises DiskUnreadable for a loop.

    ``seen`` are the sectors of such lists so far, to which those that are met are added.
    """
    here = extended
    while True:
        if here in seen:
            raise DiskUnreadable("the chain of logical partitions has no end: it leads back into itself")
        if len(seen) >= MAX_LOGICAL:
            raise DiskUnreadable(f"there are more than {MAX_LOGICAL} logical partitions, which is as many as are read")
        seen.append(here)
        entries = _mbr_entries(disk.read(here * SECTOR, SECTOR))
        if entries is None:
            raise DiskUnreadable(f"the chain of logical partitions is broken at sector {here}")
        yield from ((entry, here + entry.first) for entry in entries if entry.type not in _EXTENDED)
        following = [extended + entry.first for entry in entries if entry.type in _EXTENDED]
        if not following:
            return
        here = following[0]


# -- GPT ----------------------------------------------------------------------------------------


def _read_gpt(disk: ByteSource, problems: list[str], rivals: list[Partition]) -> PartitionTable:
    """The table of the first copy that is sound. ``rivals`` are the partitions that the MBR has beside it."""
    last = disk.size // SECTOR - 1
    primary = try_copy(disk, 1)
    if isinstance(primary, GptCopy):
        if primary.other_at != last:
            problems.append("the second copy of the GPT is not in the last sector: the disk was resized after it")
        second = try_copy(disk, primary.other_at)
        if not isinstance(second, GptCopy):
            problems.append(f"the second copy of the GPT is damaged: {second}")
        elif (second.array, second.disk_id) != (primary.array, primary.disk_id):
            problems.append("the two copies of the GPT differ")
            rivals = [*rivals, *partitions_of(second)]
        copy = primary
    else:
        second = try_copy(disk, last)
        if not isinstance(second, GptCopy):
            if disk.size >= 4096 + 8 and disk.read(4096, 8) == SIGNATURE:
                raise DiskUnreadable("the GPT is one for sectors of 4096 bytes, and those of a VHD have 512")
            raise DiskUnreadable(f"both copies of the GPT are damaged: {primary}; {second}")
        problems.append(f"only the second copy of the GPT is sound, the first is damaged: {primary}")
        copy = second
    partitions = partitions_of(copy)
    problems += misplaced(partitions, copy, [found for found in (primary, second) if isinstance(found, GptCopy)], last)
    problems += twins(partitions)
    return replace(_table(Scheme.GPT, partitions, problems, disk), rivals=tuple(rivals))


# -- both ---------------------------------------------------------------------------------------


def _table(scheme: Scheme, partitions: list[Partition], problems: list[str], disk: ByteSource) -> PartitionTable:
    problems += [
        f"partition {partition.number} does not fit into the disk"
        for partition in partitions
        if partition.size == 0 or partition.end > disk.size
    ]
    problems += [
        f"partitions {before.number} and {after.number} overlap"
        for before, after in pairwise(sorted(partitions, key=lambda partition: partition.start))
        if after.start < before.end
    ]
    return PartitionTable(scheme, tuple(partitions), _bounded(problems))


def _bounded(problems: list[str]) -> tuple[str, ...]:
    """A few of many problems are enough to show."""
    shown = problems[:MAX_PROBLEMS]
    return (*shown, *([f"and {len(problems) - len(shown)} more"] if len(problems) > len(shown) else []))
