"""Where it is not known which partition table of a disk counts, and where two of them are harmless."""

from __future__ import annotations

import struct
import zlib

import pytest
from vhds import EFI, LINUX, LVM, MIB, SECTOR, gpt, mbr

from checker.facts.unread import Unread
from checker.facts.vhd import Partition, PartitionTable, Scheme, VhdId
from checker.inspect.bytes import DiskUnreadable, Memory
from checker.inspect.guest import read_system
from checker.inspect.partitions import read_partitions

SIZE = 16 * MIB
LAST = SIZE // SECTOR - 1
COPIES = (512, SIZE - 512)


def disk(*entries: tuple[str, int, int], sector: bytes = b"") -> bytearray:
    """A disk with a GPT; ``sector`` replaces its protective MBR."""
    start, end = gpt(SIZE, entries)
    content = bytearray(start.ljust(SIZE - len(end), b"\0") + end)
    content[: len(sector)] = sector
    return content


def table_of(content: bytes) -> PartitionTable:
    table = read_partitions(Memory(bytes(content)))
    assert table is not None
    return table


def signed(content: bytearray) -> bytearray:
    """The disk with the checksums of the headers made right."""
    for at in COPIES:
        struct.pack_into("<I", content, at + 16, 0)
        struct.pack_into("<I", content, at + 16, zlib.crc32(content[at : at + 92]))
    return content


PROTECTIVE = (0xEE, 1, LAST, 0)
ESP, ROOT = (EFI, 2048, 4095), (LINUX, 4096, 9000)
IN_MBR = (0x83, 4096, 4905, 0)


def test_a_plain_gpt_and_a_plain_mbr_count() -> None:
    assert table_of(disk(ESP, ROOT)).contradiction == ""
    assert table_of(mbr(IN_MBR).ljust(SIZE, b"\0")).contradiction == ""


@pytest.mark.parametrize(
    "entries",
    [
        pytest.param([PROTECTIVE, IN_MBR], id="behind"),
        pytest.param([IN_MBR, PROTECTIVE], id="before"),
        pytest.param([PROTECTIVE, (0xEF, 2048, 2048, 0x80), IN_MBR], id="all"),
        pytest.param([PROTECTIVE, (0x00, 63, 100, 0)], id="of-no-type"),
    ],
)
def test_a_hybrid_mbr_that_repeats_partitions_of_the_gpt_contradicts_nothing(entries) -> None:
    table = table_of(disk(ESP, ROOT, sector=mbr(*entries)))
    assert (table.scheme, table.contradiction) == (Scheme.GPT, "")
    assert [p.start // SECTOR for p in table.partitions] == [2048, 4096]


@pytest.mark.parametrize(
    "entry",
    [
        pytest.param((0x83, 63, 1000, 0), id="another-place"),
        pytest.param((0x83, 4096, 4904, 0), id="another-size"),
        pytest.param((0x8E, 4096, 4905, 0), id="of-lvm"),
        pytest.param((0x05, 4096, 4905, 0), id="extended"),
    ],
)
def test_a_hybrid_mbr_with_a_partition_that_the_gpt_has_not_contradicts_it(entry) -> None:
    table = table_of(disk(ESP, ROOT, sector=mbr(PROTECTIVE, (0xEF, 2048, 2048, 0), entry)))
    assert "the MBR has a partition 3 that the GPT does not have" in table.contradiction
    assert table.problems == ("the MBR holds other partitions beside the protective one",)


def test_a_partition_of_lvm_is_one_of_lvm_in_both_tables() -> None:
    entries = mbr(PROTECTIVE, (0x8E, 4096, 4905, 0))
    assert table_of(disk(ESP, (LVM, 4096, 9000), sector=entries)).contradiction == ""


def test_a_protective_partition_that_linux_does_not_take_leaves_it_unknown() -> None:
    table = table_of(disk(ROOT, sector=mbr((0xEE, 2, LAST, 0))))
    assert "sector 1" in table.contradiction
    assert table.contradiction in table.problems
    second = table_of(disk(ROOT, sector=mbr((0xEE, 0, 1, 0), PROTECTIVE)))
    assert second.contradiction == ""


@pytest.mark.parametrize("sector", [mbr(), bytes(512)], ids=["empty-mbr", "no-mbr"])
def test_a_gpt_without_a_protective_partition_leaves_it_unknown(sector) -> None:
    table = table_of(disk(ROOT, sector=sector))
    assert [p.type for p in table.partitions] == [LINUX]
    assert "without which no GPT counts" in table.contradiction


def test_a_gpt_beside_the_partitions_of_an_mbr_may_say_otherwise() -> None:
    table = table_of(disk(ESP, ROOT, sector=mbr(IN_MBR)))
    assert (table.scheme, [p.type for p in table.partitions]) == (Scheme.MBR, ["0x83"])
    assert "there is a GPT too" in table.problems[0]
    assert "the GPT beside the MBR has a partition" in table.contradiction


def test_a_gpt_beside_an_mbr_that_repeats_it_or_is_damaged_is_harmless() -> None:
    same = disk(ROOT, sector=mbr(IN_MBR, (0x83, 9001, 100, 0)))
    damaged = disk(ESP, ROOT, sector=mbr(IN_MBR))
    for at in COPIES:
        damaged[at + 40] ^= 1
    for content in (same, damaged):
        table = table_of(content)
        assert "there is a GPT too" in table.problems[0]
        assert table.contradiction == ""
    one_sound = disk(ESP, ROOT, sector=mbr(IN_MBR))
    one_sound[512 + 40] ^= 1
    assert table_of(one_sound).contradiction != ""


def test_logical_partitions_are_compared_too() -> None:
    content = disk(ROOT, sector=mbr((0x05, 3000, 8000, 0)))
    content[3000 * SECTOR : 3001 * SECTOR] = mbr((0x83, 1096, 4905, 0))
    assert table_of(content).contradiction == ""
    content[3000 * SECTOR : 3001 * SECTOR] = mbr((0x83, 1097, 4904, 0))
    assert table_of(content).contradiction != ""


def test_copies_with_other_partitions_contradict_each_other() -> None:
    content, other = disk(ROOT), disk((LINUX, 4096, 9001))
    content[-33 * 512 :] = other[-33 * 512 :]
    table = table_of(content)
    assert table.problems == ("the two copies of the GPT differ",)
    assert table.contradiction == "the two copies of the GPT have different partitions"


def test_copies_that_differ_in_something_else_are_told_and_contradict_nothing() -> None:
    """In the GUID of the disk, or in a flag of a partition that says nothing of where it is."""
    content, other = disk(ROOT), gpt(SIZE, [ROOT], disk=2)[1]
    content[-33 * 512 :] = other
    table = table_of(content)
    assert (table.problems, table.contradiction) == (("the two copies of the GPT differ",), "")


def test_a_first_copy_whose_header_alone_is_damaged_leaves_nothing_unknown() -> None:
    """Its entries are those of the second copy, which counts then."""
    for at in COPIES:
        content = disk(ROOT)
        content[at + 40] ^= 1
        table = table_of(content)
        assert (table.contradiction, len(table.problems)) == ("", 1)


def test_a_damaged_first_copy_with_other_entries_leaves_it_unknown() -> None:
    """The second copy may be older than what the first one held."""
    content = disk(ROOT)
    content[1024 + 40] ^= 1
    assert "the first copy of the GPT is damaged" in table_of(content).contradiction
    newer = disk(ESP, ROOT)
    newer[-33 * 512 :] = disk(ROOT)[-33 * 512 :]
    newer[512 + 40] ^= 1
    assert "the first copy of the GPT is damaged" in table_of(newer).contradiction


def test_copies_that_are_damaged_in_different_places_are_unreadable() -> None:
    content = disk(ROOT)
    content[512 + 40] ^= 1  # of one the header
    content[SIZE - 33 * 512] ^= 1  # of the other the entries
    with pytest.raises(DiskUnreadable, match="both copies of the GPT are damaged"):
        table_of(content)


def test_what_lies_where_the_second_copy_was_before_a_resize_says_nothing() -> None:
    """The first copy names the last sector, and what an earlier table left in the middle is nobody's."""
    content = disk(ROOT)
    middle = gpt(SIZE // 2, [ESP])[1]
    content[SIZE // 2 - len(middle) : SIZE // 2] = middle
    table = table_of(content)
    assert (table.problems, table.contradiction) == ((), "")


@pytest.mark.parametrize(
    ("at", "value", "words"),
    [
        pytest.param(48, LAST + 1, "past the end", id="last-sector-of-the-room"),
        pytest.param(48, 33, "no room", id="no-room"),
    ],
)
def test_a_header_that_linux_does_not_take_leaves_it_unknown(at, value, words) -> None:
    content = disk(ROOT)
    for copy in COPIES:
        struct.pack_into("<Q", content, copy + at, value)
    table = table_of(signed(content))
    assert words in table.contradiction
    assert any(words in problem for problem in table.problems)


def test_larger_entries_are_none_for_linux() -> None:
    content = disk(ROOT)
    entry = bytes(content[1024 : 1024 + 128])
    for header, at in ((512, 1024), (SIZE - 512, SIZE - 33 * 512)):
        content[at : at + 128 * 128] = entry.ljust(256, b"\0").ljust(128 * 128, b"\0")
        struct.pack_into("<III", content, header + 80, 64, 256, zlib.crc32(content[at : at + 128 * 128]))
    table = table_of(signed(content))
    assert [p.start // SECTOR for p in table.partitions] == [4096]
    assert "entries are of 256 bytes" in table.contradiction


@pytest.mark.parametrize("mark", [(3, b"NTFS    "), (82, b"FAT32")])
def test_a_sector_that_is_a_boot_sector_and_a_table_is_neither(mark) -> None:
    """Linux takes its partitions, whatever stands before them."""
    sector = bytearray(mbr(IN_MBR))
    sector[mark[0] : mark[0] + len(mark[1])] = mark[1]
    with pytest.raises(DiskUnreadable, match="boot sector of a file system, and a partition table"):
        read_partitions(Memory(bytes(sector.ljust(SIZE, b"\0"))))


def test_an_entry_of_no_type_is_a_partition_to_linux() -> None:
    table = table_of(mbr((0x00, 2048, 100, 0), IN_MBR).ljust(SIZE, b"\0"))
    assert [(p.number, p.type) for p in table.partitions] == [(1, "0x00"), (2, "0x83")]


def test_no_system_is_looked_for_by_a_contradicted_table() -> None:
    table = PartitionTable(Scheme.GPT, (Partition(1, 0, 512, "0x83"),), contradiction="nobody takes it")
    found = read_system(VhdId("d.vhd"), Memory(bytes(4096)), table)
    assert isinstance(found, Unread)
