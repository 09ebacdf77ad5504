"""How a disk is divided: the MBR with its extended partitions, and both copies of the GPT.

Sectors are of 512 bytes, as they are in every VHD. Which of the two counts, and when that is not known: Linux and UEFI
take a GPT where the MBR has a protective entry for sector 1, and the MBR's own partitions where it has no protective
entry at all. With a protective entry that begins elsewhere Linux takes neither table, while GRUB takes the GPT. Of a
GPT the first copy counts, and the second where the first is damaged. Sources: UEFI Specification 2.10, chapter 5; the
kernel's block/partitions/efi.c and msdos.c.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from checker.facts.partition_types import LVM
from checker.facts.vhd import SECTOR, Partition, PartitionTable, Scheme
from checker.inspect.bytes import ByteSource, DiskUnreadable
from checker.inspect.gpt import (
    SIGNATURE,
    GptCopy,
    has_gpt,
    misplaced,
    partitions_of,
    refused_by_linux,
    sound_copy,
    try_copy,
    twins,
)

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
    sector = disk.read(0, SECTOR)
    entries = _mbr_entries(sector)
    if entries is not None and any(sector[at : at + len(mark)] == mark for at, mark in _BOOT_SECTORS):
        if entries:
            raise DiskUnreadable("the first sector is the boot sector of a file system, and a partition table too")
        entries = None
    own = [entry for entry in entries or () if entry.type != _PROTECTIVE]
    if entries is not None and len(own) < len(entries):
        table = _read_gpt(disk)
        if not any(entry.type == _PROTECTIVE and entry.first == 1 for entry in entries):
            words = "the protective partition of the MBR does not begin in sector 1: Linux takes no GPT then"
            table = _with(table, words, contradiction=words)
        return _beside(table, [entry for entry in own if entry.type])
    if own:
        return _read_mbr(disk, own)
    # No partition in the MBR, or none at all: a GPT there is damaged, since its protective entry is gone.
    if has_gpt(disk):
        words = "the MBR holds no protective partition, without which no GPT counts"
        return _with(_read_gpt(disk), words, contradiction=words)
    return None if entries is None else PartitionTable(Scheme.MBR, ())


def _beside(table: PartitionTable, own: list[_Entry]) -> PartitionTable:
    """A GPT with what is wrong with it where the MBR has partitions of its own too.

    A hybrid MBR that only repeats some of the GPT's partitions, for systems that know no GPT, contradicts nothing.
    """
    if not own:
        return table
    others = [_mbr_partition(entry.number, entry, entry.first, 0) for entry in own]
    unknown = [entry.number for entry in own if entry.type in _EXTENDED] + _lacking(table.partitions, others)
    contradiction = f"the MBR has a partition {unknown[0]} that the GPT does not have" if unknown else ""
    return _with(table, "the MBR holds other partitions beside the protective one", contradiction=contradiction)


def _lacking(partitions: Sequence[Partition], others: Sequence[Partition]) -> list[int]:
    """The numbers of those of another table that are not here: at another place, or LVM's in one table alone."""
    known = {(partition.start, partition.size, partition.type in LVM) for partition in partitions}
    return [other.number for other in others if (other.start, other.size, other.type in LVM) not in known]


def _with(table: PartitionTable, problem: str, *, contradiction: str) -> PartitionTable:
    """A table with one more problem; ``contradiction`` is empty where it counts all the same."""
    return replace(table, problems=(problem, *table.problems), contradiction=table.contradiction or contradiction)


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
    """The entries in use of a sector, of whatever type, as Linux takes them; None where it is no MBR."""
    if sector[510:] != b"\x55\xaa":
        return None
    found = []
    for number in range(1, 5):
        status, _, type, _, first, count = _ENTRY.unpack_from(sector, 446 + 16 * (number - 1))
        if status not in (0x00, 0x80):
            return None
        if count:
            found.append(_Entry(number, status == 0x80, type, first, count))
    return tuple(found)


def _read_mbr(disk: ByteSource, entries: list[_Entry]) -> PartitionTable:
    found: list[Partition] = []
    problems: list[str] = []
    chain: list[int] = []
    signature = int(struct.unpack_from("<I", disk.read(0, SECTOR), 440)[0])
    number = 5
    for entry in entries:
        if entry.type not in _EXTENDED:
            found.append(_mbr_partition(entry.number, entry, entry.first, signature))
            continue
        for logical, first in _logical(disk, entry.first, chain):
            found.append(_mbr_partition(number, logical, first, signature))
            if first < entry.first or first + logical.count > entry.first + entry.count:
                problems.append(f"partition {number} lies outside of the extended partition that lists it")
            number += 1
    table = replace(_table(Scheme.MBR, found, problems, disk), chain=tuple(link * SECTOR for link in chain))
    if not has_gpt(disk):
        return table
    # Left behind by an earlier GPT: nothing takes it, unless the kernel's command line says "gpt".
    copy = sound_copy(disk)
    differs = copy is not None and _lacking(table.partitions, partitions_of(copy))
    contradiction = "the GPT beside the MBR has a partition that the MBR does not have" if differs else ""
    words = "there is a GPT too, which does not count beside the partitions of the MBR"
    return _with(table, words, contradiction=contradiction)


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


def _read_gpt(disk: ByteSource) -> PartitionTable:
    """The table of the first copy that is sound. Raises DiskUnreadable where neither is."""
    last = disk.size // SECTOR - 1
    problems: list[str] = []
    contradiction = ""
    primary = try_copy(disk, 1)
    if isinstance(primary, GptCopy):
        if primary.other_at != last:
            problems.append("the second copy of the GPT is not in the last sector: the disk was resized after it")
        second = try_copy(disk, primary.other_at)
        if not isinstance(second, GptCopy):
            problems.append(f"the second copy of the GPT is damaged: {second}")
        elif (second.array, second.disk_id) != (primary.array, primary.disk_id):
            problems.append("the two copies of the GPT differ")
            if partitions_of(second) != partitions_of(primary):
                contradiction = "the two copies of the GPT have different partitions"
        copy = primary
    else:
        second = try_copy(disk, last)
        if not isinstance(second, GptCopy):
            if disk.size >= 4096 + 8 and disk.read(4096, 8) == SIGNATURE:
                raise DiskUnreadable("the GPT is one for sectors of 4096 bytes, and those of a VHD have 512")
            raise DiskUnreadable(f"both copies of the GPT are damaged: {primary}; {second}")
        problems.append(f"only the second copy of the GPT is sound, the first is damaged: {primary}")
        # Linux takes none then, and firmware restores the first copy from this one: unless this one is the older.
        if disk.read(2 * SECTOR, len(second.array)) != second.array:
            contradiction = "the first copy of the GPT is damaged, and its entries are not those of the second"
        copy = second
    refused = refused_by_linux(copy, last)
    if refused:
        problems.append(f"Linux takes no GPT like this one: {refused}")
    partitions = partitions_of(copy)
    problems += misplaced(partitions, copy, [found for found in (primary, second) if isinstance(found, GptCopy)], last)
    problems += twins(partitions)
    table = _table(Scheme.GPT, partitions, problems, disk)
    return replace(table, contradiction=contradiction or (f"Linux does not take the GPT: {refused}" if refused else ""))


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
