"""CRC-32C (Castagnoli), the checksum that ext4 and XFS keep with their metadata."""

from __future__ import annotations


def _table() -> tuple[int, ...]:
    table = []
    for value in range(256):
        for _ in range(8):
            value = (value >> 1) ^ (0x82F63B78 if value & 1 else 0)  # noqa: PLW2901
        table.append(value)
    return tuple(table)


_TABLE = _table()


def crc32c(data: bytes, seed: int = 0xFFFFFFFF) -> int:
    """The running remainder over some bytes, without the final inversion; 0 ≤ result < 2³²."""
    table = _TABLE
    for byte in data:
        seed = table[(seed ^ byte) & 0xFF] ^ (seed >> 8)
    return seed
