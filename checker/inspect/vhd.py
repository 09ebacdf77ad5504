"""The VHD format: the footer of each, and the disk inside a dynamic one.

Source: Virtual Hard Disk Image Format Specification, version 1.0 (Microsoft, 2006-10-11). All numbers are
big-endian.
"""

from __future__ import annotations

import struct
import uuid

from checker.facts.vhd import SECTOR, Footer
from checker.inspect.bytes import ByteSource, DiskUnreadable, check_bounds, in_blocks

FOOTER_SIZE = 512
COOKIE = b"conectix"

FIXED, DYNAMIC, DIFFERENCING = 2, 3, 4

_FOOTER = struct.Struct(">8sIIQI4sI4sQQHBBII16sB")
_CHECKSUM_AT = 64
_HEADER = struct.Struct(">8sQQIIII")
_HEADER_SIZE = 1024
_HEADER_COOKIE = b"cxsparse"
_HEADER_CHECKSUM_AT = 36
_UNUSED = 0xFFFFFFFF
#: The largest block that is read: 256 MiB; 2 MiB is usual.
_MAX_BLOCK = 256 * 1024 * 1024


def checksum(block: bytes, at: int) -> int:
    """The ones' complement of the sum of all bytes but the four at ``at``, where it is kept."""
    return ~(sum(block) - sum(block[at : at + 4])) & 0xFFFFFFFF


def parse_footer(block: bytes) -> Footer | None:
    """The footer in 512 bytes; None where they do not begin with the cookie."""
    if len(block) != FOOTER_SIZE or not block.startswith(COOKIE):
        return None
    (
        _cookie,
        features,
        version,
        data_offset,
        timestamp,
        creator,
        creator_version,
        creator_host,
        original_size,
        current_size,
        cylinders,
        heads,
        sectors_per_track,
        disk_type,
        stored,
        unique_id,
        saved_state,
    ) = _FOOTER.unpack_from(block)
    return Footer(
        features=features,
        version=version,
        data_offset=data_offset,
        timestamp=timestamp,
        creator=creator.decode("latin-1"),
        creator_version=creator_version,
        creator_host=creator_host.decode("latin-1"),
        original_size=original_size,
        current_size=current_size,
        cylinders=cylinders,
        heads=heads,
        sectors_per_track=sectors_per_track,
        disk_type=disk_type,
        checksum=stored,
        computed_checksum=checksum(block, _CHECKSUM_AT),
        unique_id=str(uuid.UUID(bytes=unique_id)),
        saved_state=saved_state,
    )


class DynamicDisk:
    """The disk inside a dynamic VHD: blocks that the table names are read, all others are zeros."""

    def __init__(self, source: ByteSource, footer: Footer) -> None:
        """Read the header that the footer points to. Raises DiskUnreadable where it is damaged."""
        self._source = source
        self._size = footer.current_size
        header = source.read(footer.data_offset, _HEADER_SIZE)
        cookie, _next, self._table_at, _version, self._entries, self._block_size, stored = _HEADER.unpack_from(header)
        if cookie != _HEADER_COOKIE or stored != checksum(header, _HEADER_CHECKSUM_AT):
            raise DiskUnreadable("the header of the dynamic VHD is damaged")
        if self._block_size % SECTOR or not 0 < self._block_size <= _MAX_BLOCK:
            raise DiskUnreadable(f"the dynamic VHD has blocks of {self._block_size} bytes")
        if self._entries * self._block_size < self._size or self._table_at + 4 * self._entries > source.size:
            raise DiskUnreadable("the block table of the dynamic VHD does not cover its disk")
        # Each block is preceded by a bitmap of its sectors, padded to whole sectors.
        bits = self._block_size // SECTOR
        self._bitmap_size = -(-bits // (8 * SECTOR)) * SECTOR

    @property
    def size(self) -> int:
        """The virtual size in bytes."""
        return self._size

    def read(self, offset: int, length: int) -> bytes:
        """Exactly ``length`` bytes from ``offset`` of the disk inside. Raises DiskUnreadable."""
        check_bounds(self, offset, length)
        return b"".join(self._read_in_block(*piece) for piece in in_blocks(offset, length, self._block_size))

    def _read_in_block(self, block: int, within: int, length: int) -> bytes:
        (sector,) = struct.unpack(">I", self._source.read(self._table_at + 4 * block, 4))
        if sector == _UNUSED:
            return bytes(length)
        return self._source.read(sector * SECTOR + self._bitmap_size + within, length)
