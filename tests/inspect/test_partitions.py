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


def test_a_disk_that_was_made_longer_is_told() -> None:
    table = read_partitions(Memory(bytes(whole((LINUX, 2048, 9000))) + bytes(MIB)))
    assert table is not None
    assert table.problems == ("the second copy of the GPT is not in the last sector: the disk was resized after it",)


def test_of_a_disk_that_was_made_much_longer_nothing_else_is_told() -> None:
    """The second copy lies in the first half then."""
    table = read_partitions(Memory(bytes(whole((LINUX, 2048, LAST - 33))) + bytes(3 * SIZE)))
    assert table is not None
    assert table.problems == ("the second copy of the GPT is not in the last sector: the disk was resized after it",)


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


@pytest.mark.parametrize(("first", "count"), [(20000, 10), (64, 30000)])
def test_a_logical_partition_outside_of_its_extended_one_is_told(first, count) -> None:
    table = read_partitions(
        disk((0, mbr((0x0F, 4096, 8192, 0))), (4096 * SECTOR, mbr((0x83, first, count, 0)))),
    )
    assert table is not None
    assert "partition 5 lies outside of the extended partition" in table.problems[0]
