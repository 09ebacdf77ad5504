"""Partition tables: MBR, logical partitions, GPT with its copies, damage, and whatever bytes there may be."""

from __future__ import annotations

import contextlib
import shutil
import struct
import subprocess
import zlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from vhds import BIOS, EFI, GIB, LINUX, MIB, SECTOR, gpt, mbr, write

from checker.facts.vhd import Scheme
from checker.inspect.bytes import DiskUnreadable, Memory
from checker.inspect.cache import BlockCache
from checker.inspect.files import LocalFile
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


def test_an_mbr_is_read() -> None:
    table = read_partitions(disk((0, mbr((0x83, 2048, 4096, 0x80), (0x82, 6144, 100, 0)))))
    assert table is not None
    assert (table.scheme, table.problems) == (Scheme.MBR, ())
    first, second = table.partitions
    assert (first.number, first.start, first.size, first.type, first.active) == (1, MIB, 2 * MIB, "0x83", True)
    assert (second.number, second.type, second.active) == (2, "0x82", False)


def test_logical_partitions_are_numbered_from_five_and_found_where_they_are() -> None:
    table = read_partitions(
        disk(
            (0, mbr((0x83, 2048, 2048, 0), (0x0F, 8192, 20000, 0))),
            (8192 * SECTOR, mbr((0x83, 64, 1000, 0), (0x05, 2000, 4000, 0))),
            (10192 * SECTOR, mbr((0x8E, 64, 500, 0))),
        )
    )
    assert table is not None
    assert [(p.number, p.start // SECTOR, p.size // SECTOR, p.type) for p in table.partitions] == [
        (1, 2048, 2048, "0x83"),
        (5, 8256, 1000, "0x83"),
        (6, 10256, 500, "0x8e"),
    ]


def test_a_chain_without_end_is_unreadable() -> None:
    looped = disk((0, mbr((0x05, 2048, 100, 0))), (2048 * SECTOR, mbr((0x83, 1, 1, 0), (0x05, 0, 1, 0))))
    with pytest.raises(DiskUnreadable, match="no end"):
        read_partitions(looped)
    links = [((2048 + n) * SECTOR, mbr((0x83, 1, 1, 0), (0x05, n + 1, 1, 0))) for n in range(400)]
    with pytest.raises(DiskUnreadable, match="more than 128"):
        read_partitions(disk((0, mbr((0x05, 2048, 1000, 0))), *links))


@pytest.mark.parametrize(
    "sector",
    [
        pytest.param(bytes(512), id="zeros"),
        pytest.param(mbr((0x83, 2048, 100, 0x17)), id="no-status"),
        pytest.param(b"\xeb\x52\x90NTFS    " + mbr()[11:], id="ntfs"),
        pytest.param(mbr()[:54] + b"FAT16   " + mbr()[62:], id="fat"),
    ],
)
def test_what_is_no_mbr_is_none(sector) -> None:
    assert read_partitions(disk((0, sector))) is None


def test_an_empty_mbr_is_a_table_without_partitions() -> None:
    table = read_partitions(disk((0, mbr())))
    assert table is not None
    assert (table.scheme, table.partitions) == (Scheme.MBR, ())


def test_a_gpt_is_read_and_sound() -> None:
    table = read_partitions(Memory(bytes(whole((EFI, 2048, 4095), (LINUX, 4096, LAST - 33)))))
    assert table is not None
    assert (table.scheme, table.problems) == (Scheme.GPT, ())
    assert [(p.number, p.start, p.size, p.type, p.name) for p in table.partitions] == [
        (1, MIB, MIB, EFI, "part0"),
        (2, 2 * MIB, SIZE - 2 * MIB - 33 * SECTOR, LINUX, "part1"),
    ]


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


def test_copies_that_differ_are_told() -> None:
    content, other = whole((LINUX, 2048, 9000)), whole((LINUX, 2048, 9001))
    content[-33 * 512 :] = other[-33 * 512 :]
    table = read_partitions(Memory(bytes(content)))
    assert table is not None
    assert table.problems == ("the two copies of the GPT differ",)


def test_a_disk_that_was_made_longer_is_told() -> None:
    table = read_partitions(Memory(bytes(whole((LINUX, 2048, 9000))) + bytes(MIB)))
    assert table is not None
    assert table.problems == ("the second copy of the GPT is not in the last sector: the disk was resized after it",)


def test_of_a_disk_that_was_made_much_longer_nothing_else_is_told() -> None:
    """The second copy lies in the first half then."""
    table = read_partitions(Memory(bytes(whole((LINUX, 2048, LAST - 33))) + bytes(3 * SIZE)))
    assert table is not None
    assert table.problems == ("the second copy of the GPT is not in the last sector: the disk was resized after it",)


def test_a_gpt_without_its_protective_partition_does_not_count_beside_an_mbr() -> None:
    content = whole((EFI, 2048, 4095))
    content[:512] = mbr((0x83, 2048, 4096, 0))
    table = read_partitions(Memory(bytes(content)))
    assert table is not None
    assert (table.scheme, [p.type for p in table.partitions]) == (Scheme.MBR, ["0x83"])
    assert "there is a GPT too" in table.problems[0]


def test_partitions_outside_the_disk_and_over_one_another_are_told() -> None:
    table = read_partitions(disk((0, mbr((0x83, 2048, 4096, 0), (0x83, 3000, 10, 0), (0x83, 9000, 2**31, 0)))))
    assert table is not None
    assert len(table.partitions) == 3
    assert table.problems == ("partition 3 does not fit into the disk", "partitions 1 and 2 overlap")


def test_many_problems_are_told_briefly() -> None:
    content = whole(*((BIOS, 2048, 4000) for _ in range(100)))
    table = read_partitions(Memory(bytes(content)))
    assert table is not None
    assert len(table.partitions) == 100
    assert len(table.problems) == 11
    assert table.problems[-1] == "and 89 more"


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


def test_a_terabyte_is_cheap(tmp_path) -> None:
    size = 1024 * GIB
    start, end = gpt(size, [(EFI, 2048, 4095), (LINUX, 4096, size // SECTOR - 34)])
    write(tmp_path / "disk", size, [(0, start), (size - len(end), end)], b"")
    with LocalFile(str(tmp_path / "disk")) as file:
        cache = BlockCache(file)
        table = read_partitions(cache)
    assert table is not None
    assert table.problems == ()
    assert cache.requests <= 3


@pytest.mark.skipif(shutil.which("sgdisk") is None, reason="sgdisk is not installed")
def test_a_table_that_sgdisk_wrote_is_read_as_sgdisk_reads_it(tmp_path) -> None:
    path = write(tmp_path / "disk", 64 * MIB, end=b"")
    command = ["sgdisk", "-n", "1:2048:4095", "-t", "1:ef00", "-n", "2:0:0", "-t", "2:8300", "-c", "2:root", str(path)]
    subprocess.run(command, check=True, capture_output=True)
    with LocalFile(str(path)) as file:
        table = read_partitions(file)
    assert table is not None
    assert table.problems == ()
    assert [(p.number, p.start, p.type, p.name) for p in table.partitions][1] == (2, 2 * MIB, LINUX, "root")
    assert table.partitions[0].type == EFI


_FUZZED = 2 * MIB
_START = b"".join((gpt(_FUZZED, [(EFI, 2048, 3000), (LINUX, 3001, 4000)])[0].ljust(_FUZZED - 33 * SECTOR, b"\0"),))
_START += gpt(_FUZZED, [(EFI, 2048, 3000), (LINUX, 3001, 4000)])[1]
_LOGICAL = bytearray(_START)
_LOGICAL[:512] = mbr((0x05, 2048, 1000, 0), (0x83, 3500, 10, 0))
_LOGICAL[MIB : MIB + 512] = mbr((0x83, 1, 1, 0), (0x05, 10, 1, 0))


@settings(max_examples=300, deadline=None)
@given(
    st.sampled_from([_START, bytes(_LOGICAL)]),
    st.lists(
        st.tuples(
            st.sampled_from([446, 512, 512 + 72, 1024, MIB + 446, _FUZZED - 512, _FUZZED - 33 * 512]),
            st.integers(0, 64),
            st.binary(min_size=1, max_size=16),
        ),
        max_size=5,
    ),
    st.booleans(),
    st.integers(0, 3 * 512),
)
def test_whatever_the_bytes_a_table_is_read_or_unreadable(content, changes, repaired, cut) -> None:
    changed = bytearray(content)
    for place, offset, what in changes:
        changed[place + offset : place + offset + len(what)] = what
    if repaired:
        # With right checksums the lies go deeper.
        struct.pack_into("<I", changed, 512 + 16, 0)
        struct.pack_into("<I", changed, 512 + 16, zlib.crc32(changed[512 : 512 + 92]))
    with contextlib.suppress(DiskUnreadable):
        table = read_partitions(Memory(bytes(changed[: _FUZZED - cut])))
        if table is not None:
            assert len(table.partitions) <= 4096
            assert all(p.size >= 0 and p.start >= 0 for p in table.partitions)


def test_partitions_have_the_names_that_linux_gives_them() -> None:
    """PARTUUID: the GUID of a GPT's entry; the signature of an MBR and the number."""
    table = read_partitions(Memory(bytes(whole((EFI, 2048, 4095), (LINUX, 4096, LAST - 33)))))
    assert table is not None
    assert [p.uuid for p in table.partitions] == [
        "01010101-0101-0101-0101-010101010101",
        "02020202-0202-0202-0202-020202020202",
    ]
    chain = mbr((0x83, 2048, 2048, 0), (0x05, 8192, 9000, 0))
    signed = chain[:440] + b"\xef\xbe\xad\x0b" + chain[444:]
    logical = (8192 * SECTOR, mbr((0x83, 64, 1000, 0)))
    table = read_partitions(disk((0, signed), logical))
    assert table is not None
    assert [p.uuid for p in table.partitions] == ["0badbeef-01", "0badbeef-05"]
    unsigned = read_partitions(disk((0, chain), logical))
    assert unsigned is not None
    assert [p.uuid for p in unsigned.partitions] == ["", ""]


def test_a_protective_partition_that_linux_does_not_take_is_told() -> None:
    content = whole((LINUX, 2048, 9000))
    content[446 + 8] = 2
    table = read_partitions(Memory(bytes(content)))
    assert table is not None
    assert "sector 1" in table.problems[0]


def test_a_gpt_for_larger_sectors_is_named() -> None:
    large = disk((0, mbr((0xEE, 1, 4095, 0))), (4096, b"EFI PART"))
    with pytest.raises(DiskUnreadable, match="4096 bytes"):
        read_partitions(large)


@pytest.mark.skipif(shutil.which("sfdisk") is None, reason="sfdisk is not installed")
@pytest.mark.parametrize("label", ["gpt", "dos"])
def test_the_names_are_those_of_the_tools(tmp_path, label) -> None:
    """What sfdisk makes, and tells of it, and what is read here are the same."""
    path = tmp_path / "disk.raw"
    with path.open("wb") as file:
        file.truncate(SIZE)
    script = f"label: {label}\n,4M,L\n,4M,L\n"
    subprocess.run(["sfdisk", "-q", path], input=script, text=True, check=True, capture_output=True)
    with LocalFile(str(path)) as source:
        table = read_partitions(source)
    assert table is not None
    for partition in table.partitions:
        field = "--part-uuid" if label == "gpt" else "--disk-id"
        words = ["sfdisk", field, path, *([str(partition.number)] if label == "gpt" else [])]
        told = subprocess.run(words, text=True, check=True, capture_output=True).stdout.strip().lower()
        assert partition.uuid == (told if label == "gpt" else f"{told.removeprefix('0x')}-{partition.number:02x}")


def test_partitions_that_an_mbr_has_beside_a_gpt_are_told_apart() -> None:
    content = whole((EFI, 2048, 4095))
    content[:512] = mbr((0xEE, 1, 30, 0), (0x83, 63, 1000, 0))
    table = read_partitions(Memory(bytes(content)))
    assert table is not None
    assert [p.start // SECTOR for p in table.partitions] == [2048]
    assert [(p.start // SECTOR, p.type) for p in table.rivals] == [(63, "0x83")]


def test_partitions_of_another_copy_of_the_gpt_are_told_apart() -> None:
    content, other = whole((LINUX, 2048, 9000)), whole((LINUX, 34, 9000))
    content[-33 * 512 :] = other[-33 * 512 :]
    table = read_partitions(Memory(bytes(content)))
    assert table is not None
    assert [p.start // SECTOR for p in table.partitions] == [2048]
    assert [p.start // SECTOR for p in table.rivals] == [34]


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
    assert (table.problems, table.rivals) == ((), ())
    assert [p.number for p in table.partitions] == [1, 14, 15]


def test_no_system_is_looked_for_by_a_table_that_another_contradicts():
    from checker.facts.unread import Unread
    from checker.facts.vhd import Partition, PartitionTable, Scheme, VhdId
    from checker.inspect.bytes import Memory
    from checker.inspect.guest import read_system

    table = PartitionTable(Scheme.GPT, (), rivals=(Partition(1, 0, 512, "0x83"),))
    found = read_system(VhdId("d.vhd"), Memory(bytes(4096)), table)
    assert isinstance(found, Unread)
    assert "contradict each other" in found.detail
