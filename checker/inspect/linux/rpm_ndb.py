"""The packages in an rpm database of the kind ndb, the file ``Packages.db``: slots that point to headers.

Each header is followed by a checksum, which has to be right. Source: rpm's ``lib/backend/ndb/rpmpkg.c``; it was not
tried on a database that rpm itself had written.
"""

from __future__ import annotations

import struct
import zlib

from checker.facts.linux.packages import Package
from checker.inspect.linux.rpm_header import MAX_HEADER, MAX_PACKAGES, BrokenDatabase, parse_header

_PAGE, _BLOCK = 4096, 16
_FILE = struct.Struct("<4sIII")
_SLOT = struct.Struct("<4sIII")
_HEAD = struct.Struct("<4sIII")
_TAIL = struct.Struct("<II4s")
#: The head of the file takes the place of the first two slots.
_FIRST_SLOT = 2 * _SLOT.size


def read_ndb(data: bytes) -> list[Package]:
    """The packages in a database file. Raises BrokenDatabase or struct.error."""
    magic, version, _, pages = _FILE.unpack_from(data)
    if magic != b"RpmP" or version != 0 or not pages:
        raise BrokenDatabase("it is no database of the kind ndb")
    if len(data) < pages * _PAGE:
        raise BrokenDatabase("it is cut off")
    found: list[Package] = []
    seen: set[int] = set()
    for at in range(_FIRST_SLOT, pages * _PAGE, _SLOT.size):
        magic, index, offset, blocks = _SLOT.unpack_from(data, at)
        if magic != b"Slot" or (not index and (offset or blocks)):
            raise BrokenDatabase(f"the slot at {at} is damaged")
        if not index:
            continue
        if index in seen or len(seen) >= MAX_PACKAGES:
            raise BrokenDatabase(f"there are two packages {index}, or more than {MAX_PACKAGES}")
        seen.add(index)
        found.append(parse_header(_header(data, index, offset * _BLOCK, blocks * _BLOCK, pages * _PAGE)))
    return found


def _header(data: bytes, index: int, start: int, size: int, slots_end: int) -> bytes:
    if start < slots_end or size > MAX_HEADER or start + size > len(data) or size < _HEAD.size + _TAIL.size:
        raise BrokenDatabase(f"package {index} lies outside of the file")
    magic, own, _, length = _HEAD.unpack_from(data, start)
    end = start + size - _TAIL.size
    checksum, repeated, last = _TAIL.unpack_from(data, end)
    if (magic, own, last, repeated) != (b"BlbS", index, b"BlbE", length) or _HEAD.size + length > end - start:
        raise BrokenDatabase(f"package {index} is damaged")
    if zlib.adler32(memoryview(data)[start:end]) != checksum:
        raise BrokenDatabase(f"the checksum of package {index} is wrong")
    return data[start + _HEAD.size : start + _HEAD.size + length]
