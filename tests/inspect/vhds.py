"""Disks made by code: footers, partition tables, dynamic VHDs, as bytes and as sparse files."""

from __future__ import annotations

import struct
import uuid
import zlib
from collections.abc import Iterable
from pathlib import Path

MIB = 1024 * 1024
GIB = 1024 * MIB
SECTOR = 512

LINUX = "0FC63DAF-8483-4772-8E79-3D69D8477DE4"
ROOT = "4F68BCE3-E8CD-4DB1-96E7-FBCAF984B709"
EFI = "C12A7328-F81F-11D2-BA4B-00A0C93EC93B"
BIOS = "21686148-6449-6E6F-744E-656564454649"
LVM = "E6D6D379-F507-44C2-A23C-238F2A3DF928"
RESERVED = "E3C9E316-0B5C-4DB8-817D-F92DF00215AE"
BASIC = "EBD0A0A2-B9E5-4433-87C0-68B6B72699C7"


def sum_of(block: bytes, at: int) -> int:
    """The checksum of the specification, counted byte by byte."""
    total = 0
    for index, byte in enumerate(block):
        if not at <= index < at + 4:
            total += byte
    return 0xFFFFFFFF - (total & 0xFFFFFFFF)


def footer(
    size: int, kind: int = 2, *, cookie: bytes = b"conectix", version: int = 0x00010000, data_offset: int = 2**64 - 1
) -> bytes:
    """A footer with a right checksum."""
    block = bytearray(512)
    block[0:8] = cookie
    struct.pack_into(
        ">IIQI4sI4sQQHBBI", block, 8, 2, version, data_offset, 0, b"test", 1, b"Wi2k", size, size, 1, 1, 1, kind
    )
    block[68:84] = uuid.UUID(int=7).bytes
    struct.pack_into(">I", block, 64, sum_of(block, 64))
    return bytes(block)


def mbr(*entries: tuple[int, int, int, int]) -> bytes:
    """An MBR of up to four entries: type, first sector, count of sectors, status."""
    sector = bytearray(512)
    for number, (kind, first, count, status) in enumerate(entries):
        struct.pack_into("<B3sB3sII", sector, 446 + 16 * number, status, b"", kind, b"", first, count)
    sector[510:] = b"\x55\xaa"
    return bytes(sector)


def gpt(size: int, entries: Iterable[tuple[str, int, int]], disk: int = 1) -> tuple[bytes, bytes]:
    """The start of a disk with a protective MBR and a GPT, and its last 33 sectors; entries are type, first, last."""
    last = size // SECTOR - 1
    array = bytearray(128 * 128)
    for number, (kind, first, end) in enumerate(entries):
        name = f"part{number}".encode("utf-16-le")
        struct.pack_into(
            "<16s16sQQQ72s",
            array,
            128 * number,
            uuid.UUID(kind).bytes_le,
            bytes([number + 1] * 16),
            first,
            end,
            0,
            name,
        )

    def header(here: int, other: int, array_at: int) -> bytes:
        block = bytearray(512)
        guid = uuid.UUID(int=disk).bytes_le
        struct.pack_into(
            "<8sIIIIQQQQ16sQIII",
            block,
            0,
            *(b"EFI PART", 0x10000, 92, 0, 0, here, other, 34, last - 33, guid, array_at, 128, 128, zlib.crc32(array)),
        )
        struct.pack_into("<I", block, 16, zlib.crc32(block[:92]))
        return bytes(block)

    protective = mbr((0xEE, 1, min(last, 0xFFFFFFFF), 0))
    return protective + header(1, last, 2) + array, bytes(array) + header(last, 1, last - 32)


def write(path: Path, size: int, parts: Iterable[tuple[int, bytes]] = (), end: bytes | None = None) -> Path:
    """A sparse file of a disk of ``size`` bytes with some bytes at offsets, and a footer unless ``end`` is another."""
    with path.open("wb") as file:
        file.truncate(size)
        for offset, content in parts:
            file.seek(offset)
            file.write(content)
        file.seek(size)
        file.write(footer(size) if end is None else end)
    return path


def linux(path: Path, size: int = 30 * GIB) -> Path:
    """A fixed VHD that meets every rule: MBR, one partition of Linux from 1 MiB on."""
    return write(path, size, [(0, mbr((0x83, 2048, size // SECTOR - 2048, 0x80)))])


def with_gpt(path: Path, size: int, *entries: tuple[str, int, int], end: bytes | None = None) -> Path:
    """A VHD with a GPT."""
    start, tail = gpt(size, entries)
    return write(path, size, [(0, start), (size - len(tail), tail)], end)


def dynamic(size: int, blocks: dict[int, bytes], block_size: int = 2 * MIB) -> bytes:
    """A dynamic VHD with some blocks, each filled up with zeros."""
    count = -(-size // block_size)
    header = bytearray(1024)
    struct.pack_into(">8sQQIII", header, 0, b"cxsparse", 2**64 - 1, 1536, 0x10000, count, block_size)
    struct.pack_into(">I", header, 36, sum_of(header, 36))
    table_size = -(-4 * count // SECTOR) * SECTOR
    bitmap = -(-(block_size // SECTOR) // 8 // SECTOR) * SECTOR
    table, data, at = [0xFFFFFFFF] * count, b"", 1536 + table_size
    for number, content in blocks.items():
        table[number] = (at + len(data)) // SECTOR
        data += b"\xff" * bitmap + content.ljust(block_size, b"\0")
    own = footer(size, 3, data_offset=512)
    return own + bytes(header) + struct.pack(f">{count}I", *table).ljust(table_size, b"\xff") + data + own
