"""The two copies of a GPT: damage, headers that ask for too much, partitions where none may be."""

from __future__ import annotations

import struct
import zlib

import pytest
from vhds import BIOS, EFI, LINUX, MIB, SECTOR, gpt, mbr

from checker.inspect.bytes import DiskUnreadable, Memory
from checker.inspect.partitions import read_partitions

SIZE = 16 * MIB
LAST = SIZE // SECTOR - 1


def disk(*parts: tuple[int, bytes], size: int = SIZE) -> Memory:
    content = bytearray(size)
    for offset, what in parts:
        content[offset : offset + len(what)] = what
    return Memory(bytes(content))


def whole(*entries: tuple[str, int, int]) -> bytearray:
    start, end = gpt(SIZE, entries)
    return bytearray(start.ljust(SIZE - len(end), b"\0") + end)


def header_of(entries: int, entry_size: int, array_at: int = 2) -> bytes:
    """A header with a right checksum that may say anything."""
    block = bytearray(gpt(SIZE, [])[0][512:1024])
    struct.pack_into("<QII", block, 72, array_at, entries, entry_size)
    struct.pack_into("<I", block, 16, 0)
    struct.pack_into("<I", block, 16, zlib.crc32(block[:92]))
    return bytes(block)


@pytest.mark.parametrize(
    ("entries", "entry_size", "array_at"),
    [(2**32 - 1, 128, 2), (128, 2**32 - 8, 2), (128, 0, 2), (128, 129, 2), (4096, 2**20, 2), (128, 128, 2**60)],
)
def test_a_header_that_asks_for_too_much_is_damaged_and_costs_nothing(entries, entry_size, array_at) -> None:
    content = whole((LINUX, 2048, 9000))
    content[512:1024] = header_of(entries, entry_size, array_at)
    table = read_partitions(Memory(bytes(content)))
    assert table is not None
    assert "the first is damaged" in table.problems[0]


@pytest.mark.parametrize(
    ("first", "last"),
    [
        pytest.param(LAST - 500, LAST - 32, id="over-the-second-copy"),
        pytest.param(1, 100, id="over-the-first-copy"),
        pytest.param(33, 100, id="over-the-last-entries"),
        pytest.param(9000, LAST, id="over-the-last-header"),
    ],
)
def test_a_partition_over_the_gpt_itself_is_told(first, last) -> None:
    table = read_partitions(Memory(bytes(whole((EFI, 2048, 4095), (LINUX, first, last)))))
    assert table is not None
    assert table.problems == (
        f"partition 2 lies outside of the sectors 34 to {LAST - 33}, which the GPT leaves to partitions",
    )


@pytest.mark.parametrize(("first", "last"), [(34, 100), (9000, LAST - 33)])
def test_a_partition_right_beside_the_gpt_is_sound(first, last) -> None:
    table = read_partitions(Memory(bytes(whole((LINUX, first, last)))))
    assert table is not None
    assert table.problems == ()


def test_what_a_header_leaves_to_partitions_is_not_believed_over_the_gpt_itself() -> None:
    """A header that counts the entries behind it as room for partitions."""
    content = whole((LINUX, 9000, LAST - 10))
    for at in (512, SIZE - 512):
        struct.pack_into("<QQ", content, at + 40, 2, LAST - 1)
        struct.pack_into("<I", content, at + 16, 0)
        struct.pack_into("<I", content, at + 16, zlib.crc32(content[at : at + 92]))
    table = read_partitions(Memory(bytes(content)))
    assert table is not None
    assert len(table.problems) == 1
    assert "partition 1 lies outside" in table.problems[0]


def test_two_partitions_of_one_guid_are_told() -> None:
    content = whole((EFI, 2048, 4095), (LINUX, 4096, 9000))
    for array, header in ((1024, 512), (SIZE - 33 * 512, SIZE - 512)):
        content[array + 128 + 16 : array + 128 + 32] = content[array + 16 : array + 32]
        struct.pack_into("<I", content, header + 88, zlib.crc32(content[array : array + 128 * 128]))
        struct.pack_into("<I", content, header + 16, 0)
        struct.pack_into("<I", content, header + 16, zlib.crc32(content[header : header + 92]))
    table = read_partitions(Memory(bytes(content)))
    assert table is not None
    assert table.problems == ("partitions 1 and 2 have the same unique GUID",)


def test_the_order_in_which_azures_own_images_number_their_partitions_is_sound() -> None:
    """The boot loader and the EFI system have the numbers 14 and 15, and lie before partition 1."""
    nothing = ("00000000-0000-0000-0000-000000000000", 0, 0)
    entries = [(LINUX, 20000, LAST - 33), *[nothing] * 12, (BIOS, 2048, 4095), (EFI, 4096, 19999)]
    table = read_partitions(Memory(bytes(whole(*entries))))
    assert table is not None
    assert (table.problems, table.contradiction) == ((), "")
    assert [p.number for p in table.partitions] == [1, 14, 15]


@pytest.mark.parametrize(
    ("at", "words"),
    [
        pytest.param(512 + 40, "only the second copy of the GPT is sound", id="first-header"),
        pytest.param(1024 + 5, "only the second copy of the GPT is sound", id="first-entries"),
        pytest.param(SIZE - 512 + 40, "the second copy of the GPT is damaged", id="second-header"),
        pytest.param(SIZE - 33 * 512 + 5, "the second copy of the GPT is damaged", id="second-entries"),
    ],
)
def test_one_damaged_copy_is_told_and_the_other_is_believed(at, words) -> None:
    content = whole((LINUX, 2048, 9000))
    content[at] ^= 1
    table = read_partitions(Memory(bytes(content)))
    assert table is not None
    assert [(p.type, p.start) for p in table.partitions] == [(LINUX, MIB)]
    assert len(table.problems) == 1
    assert words in table.problems[0]


def test_two_damaged_copies_are_unreadable_and_not_empty() -> None:
    content = whole((LINUX, 2048, 9000))
    content[512 + 40] ^= 1
    content[SIZE - 512 + 40] ^= 1
    with pytest.raises(DiskUnreadable, match="both copies of the GPT are damaged"):
        read_partitions(Memory(bytes(content)))


def test_a_gpt_for_larger_sectors_is_named() -> None:
    large = disk((0, mbr((0xEE, 1, 4095, 0))), (4096, b"EFI PART"))
    with pytest.raises(DiskUnreadable, match="4096 bytes"):
        read_partitions(large)
