"""The copies of a GPT: read, proved by their checksums, and what contradicts itself in one that is sound.

Source: UEFI Specification 2.10, chapter 5. Sectors are of 512 bytes.
"""

from __future__ import annotations

import struct
import uuid
import zlib
from dataclasses import dataclass
from itertools import pairwise

from checker.facts.vhd import SECTOR, Partition
from checker.inspect.bytes import ByteSource, DiskUnreadable

#: The most entries that a GPT is read with; 128 are usual.
MAX_ENTRIES = 4096

SIGNATURE = b"EFI PART"
_HEADER = struct.Struct("<8sIIIIQQQQ16sQIII")
_ENTRY_SIZE = 128
_MAX_ARRAY = 4 * 1024 * 1024


class _Damaged(Exception):
    """A copy of the GPT that cannot be believed, and why."""


@dataclass(frozen=True, slots=True)
class GptCopy:
    """A sound copy of the GPT. The first and the last sector that it leaves to partitions are as it says."""

    at: int
    other_at: int
    first_usable: int
    last_usable: int
    disk_id: bytes
    array_at: int
    array: bytes
    entry_size: int

    @property
    def begins_at(self) -> int:
        """The first sector of header and entries."""
        return min(self.at, self.array_at)

    @property
    def ends_at(self) -> int:
        """The last sector of header and entries."""
        return max(self.at, self.array_at + (len(self.array) - 1) // SECTOR)


def has_gpt(disk: ByteSource) -> bool:
    """Whether the first copy of a GPT, whole or damaged, is where it has to be."""
    return disk.size >= 2 * SECTOR and disk.read(SECTOR, 8) == SIGNATURE


def try_copy(disk: ByteSource, at: int) -> GptCopy | str:
    """The copy whose header is in a sector, or why it cannot be believed."""
    try:
        return _copy(disk, at)
    except _Damaged as damage:
        return str(damage)
    except DiskUnreadable as unread:
        if (at + 1) * SECTOR > disk.size:
            return f"its header would be in sector {at}, past the end of the disk"
        raise unread from None


def sound_copy(disk: ByteSource) -> GptCopy | None:
    """The first copy where it is sound, else the one in the last sector where that is; None where neither is."""
    for at in (1, disk.size // SECTOR - 1):
        copy = try_copy(disk, at)
        if isinstance(copy, GptCopy):
            return copy
    return None


def refused_by_linux(copy: GptCopy, last_sector: int) -> str:
    """Why Linux takes no GPT whose header says this, although the checksums are right; nothing where it takes it.

    Source: the kernel's block/partitions/efi.c, is_gpt_valid.
    """
    if copy.entry_size != _ENTRY_SIZE:
        return f"its entries are of {copy.entry_size} bytes, and not of {_ENTRY_SIZE}"
    if copy.first_usable > last_sector or copy.last_usable > last_sector:
        return "the room that its header leaves to partitions goes on past the end of the disk"
    if copy.last_usable < copy.first_usable:
        return "its header leaves no room to partitions"
    return ""


def _copy(disk: ByteSource, at: int) -> GptCopy:
    sector = disk.read(at * SECTOR, SECTOR)
    (
        signature,
        _revision,
        header_size,
        header_crc,
        _reserved,
        my_sector,
        other_at,
        first_usable,
        last_usable,
        disk_id,
        array_at,
        entries,
        entry_size,
        array_crc,
    ) = _HEADER.unpack_from(sector)
    if signature != SIGNATURE:
        raise _Damaged(f"sector {at} holds no header")
    if not _HEADER.size <= header_size <= SECTOR:
        raise _Damaged(f"its header says that it is {header_size} bytes long")
    if zlib.crc32(sector[:16] + bytes(4) + sector[20:header_size]) != header_crc:
        raise _Damaged("the checksum of its header is wrong")
    if my_sector != at:
        raise _Damaged(f"its header says that it is in sector {my_sector}")
    length = entries * entry_size
    if entry_size < 128 or entry_size % 8 or entries > MAX_ENTRIES or length > _MAX_ARRAY:
        raise _Damaged(f"its header speaks of {entries} entries of {entry_size} bytes")
    if array_at * SECTOR + length > disk.size:
        raise _Damaged("its entries are past the end of the disk")
    array = disk.read(array_at * SECTOR, length)
    if zlib.crc32(array) != array_crc:
        raise _Damaged("the checksum of its entries is wrong")
    return GptCopy(at, other_at, first_usable, last_usable, disk_id, array_at, array, entry_size)


def partitions_of(copy: GptCopy) -> list[Partition]:
    """The partitions of a copy, each with the number of its entry."""
    found = []
    for number, at in enumerate(range(0, len(copy.array), copy.entry_size), 1):
        entry = copy.array[at : at + 128]
        if entry[:16] == bytes(16):
            continue
        first, last = struct.unpack_from("<QQ", entry, 32)
        name = entry[56:128].decode("utf-16-le", "replace").partition("\0")[0]
        count = max(last - first + 1, 0)
        type = str(uuid.UUID(bytes_le=entry[:16])).upper()
        own = str(uuid.UUID(bytes_le=entry[16:32]))
        found.append(Partition(number, first * SECTOR, count * SECTOR, type, name, uuid=own))
    return found


def misplaced(partitions: list[Partition], copy: GptCopy, sound: list[GptCopy], last_sector: int) -> list[str]:
    """The partitions that lie over the GPT itself, or where its header leaves no room for partitions.

    What does not fit into the disk at all is told elsewhere.
    """
    first = max([copy.first_usable, *(found.ends_at + 1 for found in sound if found.at == 1)])
    last = min([copy.last_usable, *(found.begins_at - 1 for found in sound if found.at != 1)])
    room = f"the sectors {first} to {last}, which the GPT leaves to partitions"
    return [
        f"partition {partition.number} lies outside of {room}"
        for partition in partitions
        if partition.size > 0
        and partition.end <= (last_sector + 1) * SECTOR
        and (partition.start < first * SECTOR or partition.end > (last + 1) * SECTOR)
    ]


def twins(partitions: list[Partition]) -> list[str]:
    """Pairs of partitions with one GUID: what names it finds either of them."""
    by_guid = sorted(partitions, key=lambda partition: (partition.uuid, partition.number))
    return [
        f"partitions {one.number} and {other.number} have the same unique GUID"
        for one, other in pairwise(by_guid)
        if one.uuid == other.uuid
    ]
