"""The disk inside a VHDX that was closed well and has no parent.

Source: [MS-VHDX], Virtual Hard Disk v2 (VHDX) File Format (Microsoft). All numbers are little-endian.
"""

from __future__ import annotations

import struct
import uuid

from checker.inspect.bytes import ByteSource, DiskUnreadable, check_bounds, in_blocks
from checker.inspect.crc32c import crc32c

_KIB, _MIB = 1024, 1024 * 1024

_HEADERS_AT, _HEADER_SIZE = (64 * _KIB, 128 * _KIB), 4096
_HEADER = struct.Struct("<4sIQ16s16s16sHH")
_REGIONS_AT, _REGIONS_SIZE = (192 * _KIB, 256 * _KIB), 64 * _KIB
_REGION = struct.Struct("<16sQII")
_METADATA_SIZE = 64 * _KIB
_ITEM = struct.Struct("<16sIII")
#: How long the heads of the two tables are that entries follow.
_REGIONS_HEAD, _METADATA_HEAD = 16, 32
_MAX_ENTRIES = 2047

_BLOCK_TABLE = uuid.UUID("2DC27766-F623-4200-9D64-115E9BFD4A08")
_METADATA = uuid.UUID("8B7CA206-4790-4B9A-B8FE-575F050F886E")
_FILE_PARAMETERS = uuid.UUID("CAA16737-FA36-4D43-B3B6-33F0AA44E76B")
_DISK_SIZE = uuid.UUID("2FA54224-CD1B-4876-B211-5DBED83BF4B8")
_SECTOR_SIZE = uuid.UUID("8141BF1D-A96F-4709-BA47-F233A8FAAB5F")
_PARENT = uuid.UUID("A8D35F2D-B30B-454D-ABF7-D3D84834AB0C")
_KNOWN_ITEMS = frozenset(
    {
        _FILE_PARAMETERS,
        _DISK_SIZE,
        _SECTOR_SIZE,
        uuid.UUID("CDA348C7-445D-4471-9CC9-E9885251C556"),  # physical sector size
        uuid.UUID("BECA12AB-B2E6-4523-93EF-C309E000C746"),  # the disk's own id
    }
)
_HAS_PARENT = 2
_DIFFERENCING = "the VHDX is a differencing disk: what it does not hold is in another file"
_REQUIRED = 4
_BLOCK_SIZES = range(_MIB, 256 * _MIB + 1)
_MAX_DISK = 64 * 1024**4
#: States of a block: not there, zeros, trimmed, there. Of one that is undefined nobody can say what it reads as.
_ABSENT, _ZERO, _TRIMMED, _PRESENT = 0, 2, 3, 6
_ZEROS = frozenset({_ABSENT, _ZERO, _TRIMMED})


class VhdxDisk:
    """The disk inside a VHDX: blocks that its table names are read, all others are zeros."""

    def __init__(self, source: ByteSource) -> None:
        """Read the header, the regions and what they say of the disk. Raises DiskUnreadable."""
        self._source = source
        _check_log(source)
        regions = _regions(source)
        self._table_at, table_size = regions[_BLOCK_TABLE]
        items = _items(source, *regions[_METADATA])
        self._block_size, flags = struct.unpack("<II", items[_FILE_PARAMETERS])
        self._size: int = struct.unpack("<Q", items[_DISK_SIZE])[0]
        (sector,) = struct.unpack("<I", items[_SECTOR_SIZE])
        if flags & _HAS_PARENT:
            raise DiskUnreadable(_DIFFERENCING)
        if sector != 512:
            raise DiskUnreadable(f"the disk inside the VHDX has sectors of {sector} bytes, which are not read")
        if self._block_size not in _BLOCK_SIZES or self._block_size.bit_count() != 1 or not 0 < self._size <= _MAX_DISK:
            raise DiskUnreadable(f"the VHDX has {self._size} bytes in blocks of {self._block_size}")
        # After so many blocks the table has an entry of another kind, which only differencing disks use.
        self._chunk = (1 << 23) * sector // self._block_size
        last = (self._size - 1) // self._block_size
        if 8 * (last + last // self._chunk + 1) > table_size:
            raise DiskUnreadable("the block table of the VHDX does not cover its disk")

    @property
    def size(self) -> int:
        """The virtual size in bytes."""
        return self._size

    def read(self, offset: int, length: int) -> bytes:
        """Exactly ``length`` bytes from ``offset`` of the disk inside. Raises DiskUnreadable."""
        check_bounds(self, offset, length)
        return b"".join(self._read_in_block(*piece) for piece in in_blocks(offset, length, self._block_size))

    def _read_in_block(self, block: int, within: int, length: int) -> bytes:
        at = self._table_at + 8 * (block + block // self._chunk)
        (entry,) = struct.unpack("<Q", self._source.read(at, 8))
        state, place = entry & 7, (entry >> 20) * _MIB
        if state in _ZEROS:
            return bytes(length)
        if state != _PRESENT or place < _MIB:
            raise DiskUnreadable(f"block {block} of the VHDX is in the state {state}: its content is not known")
        return self._source.read(place + within, length)


def _check_log(source: ByteSource) -> None:
    """Raise DiskUnreadable where no header is sound, or the newest says that writes wait in the log."""
    found: list[tuple[int, bytes, int]] = []
    for at in _HEADERS_AT:
        block = source.read(at, _HEADER_SIZE)
        signature, checksum, sequence, _, _, log, _, version = _HEADER.unpack_from(block)
        if signature == b"head" and checksum == _checksum(block):
            found.append((sequence, log, version))
    if not found:
        raise DiskUnreadable("both headers of the VHDX are damaged")
    _, log, version = max(found)
    if version != 1:
        raise DiskUnreadable(f"the VHDX is of version {version}, which is not known")
    if any(log):
        raise DiskUnreadable("the VHDX was not closed: its log may hold writes that the disk lacks")


def _regions(source: ByteSource) -> dict[uuid.UUID, tuple[int, int]]:
    """Offset and length of each region, from the first of two tables that is sound. Raises DiskUnreadable."""
    for at in _REGIONS_AT:
        block = source.read(at, _REGIONS_SIZE)
        if block[:4] == b"regi" and struct.unpack_from("<I", block, 4)[0] == _checksum(block):
            break
    else:
        raise DiskUnreadable("both region tables of the VHDX are damaged")
    regions: dict[uuid.UUID, tuple[int, int]] = {}
    for name, offset, length, required in _entries(
        _REGION, block, _REGIONS_HEAD, struct.unpack_from("<I", block, 8)[0]
    ):
        id = uuid.UUID(bytes_le=name)
        if id not in (_BLOCK_TABLE, _METADATA) and required & 1:
            raise DiskUnreadable(f"the VHDX has a region {id} that is not known")
        if id in regions or offset < _MIB or offset + length > source.size:
            raise DiskUnreadable("the region table of the VHDX is damaged")
        regions[id] = offset, length
    if not {_BLOCK_TABLE, _METADATA} <= regions.keys():
        raise DiskUnreadable("the VHDX lacks its block table or its metadata")
    return regions


def _items(source: ByteSource, start: int, length: int) -> dict[uuid.UUID, bytes]:
    """What the metadata say of the disk: the values of the three items that are needed. Raises DiskUnreadable."""
    if length < _METADATA_SIZE:
        raise DiskUnreadable("the metadata of the VHDX are damaged")
    block = source.read(start, _METADATA_SIZE)
    if block[:8] != b"metadata":
        raise DiskUnreadable("the metadata of the VHDX are damaged")
    sizes = {_FILE_PARAMETERS: 8, _DISK_SIZE: 8, _SECTOR_SIZE: 4}
    values: dict[uuid.UUID, bytes] = {}
    for name, offset, size, flags in _entries(_ITEM, block, _METADATA_HEAD, struct.unpack_from("<H", block, 10)[0]):
        id = uuid.UUID(bytes_le=name)
        if id == _PARENT:
            raise DiskUnreadable(_DIFFERENCING)
        if id not in _KNOWN_ITEMS and flags & _REQUIRED:
            raise DiskUnreadable(f"the VHDX needs {id} of its metadata, which is not known here")
        if id not in sizes:
            continue
        if id in values or size != sizes[id] or offset < _METADATA_SIZE or offset + size > length:
            raise DiskUnreadable("the metadata of the VHDX are damaged")
        values[id] = source.read(start + offset, size)
    if values.keys() != sizes.keys():
        raise DiskUnreadable("the metadata of the VHDX do not say how large the disk is")
    return values


def _entries(shape: struct.Struct, block: bytes, head: int, count: int) -> list[tuple[bytes, int, int, int]]:
    """The entries of a table, after the ``head`` bytes that it begins with. Raises DiskUnreadable for too many."""
    if count > _MAX_ENTRIES:
        raise DiskUnreadable(f"a table of the VHDX claims {count} entries")
    found: list[tuple[bytes, int, int, int]] = []
    for number in range(count):
        name, first, second, third = shape.unpack_from(block, head + 32 * number)[:4]
        found.append((name, first, second, third))
    return found


def _checksum(block: bytes) -> int:
    """CRC-32C of a structure with its own checksum, the four bytes at 4, taken for zeros."""
    return crc32c(block[:4] + bytes(4) + block[8:]) ^ 0xFFFFFFFF
