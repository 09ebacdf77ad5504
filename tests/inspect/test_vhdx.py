"""Disks inside a VHDX: read where the file was closed well, refused in words where it was not."""

import struct
import uuid
from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checker.facts.vhd import Format
from checker.inspect.bytes import DiskUnreadable, Memory
from checker.inspect.container import open_container
from checker.inspect.crc32c import crc32c
from checker.inspect.vhdx_disk import VhdxDisk

KIB, MIB = 1024, 1024 * 1024
BLOCK_TABLE = "2DC27766-F623-4200-9D64-115E9BFD4A08"
METADATA = "8B7CA206-4790-4B9A-B8FE-575F050F886E"
PARAMETERS = "CAA16737-FA36-4D43-B3B6-33F0AA44E76B"
SIZE = "2FA54224-CD1B-4876-B211-5DBED83BF4B8"
SECTOR = "8141BF1D-A96F-4709-BA47-F233A8FAAB5F"
PARENT = "A8D35F2D-B30B-454D-ABF7-D3D84834AB0C"
PRESENT = 6


@dataclass(frozen=True)
class Recipe:
    """A VHDX of three blocks of 1 MiB: the first and the last hold bytes, the one between is not there."""

    logs: tuple[bytes, bytes] = (bytes(16), bytes(16))
    sequences: tuple[int, int] = (1, 2)
    version: int = 1
    size: int = 3 * MIB - 512
    block_size: int = MIB
    sector: int = 512
    flags: int = 0
    states: tuple[int, int, int] = (PRESENT, 0, PRESENT)
    more_items: tuple[tuple[str, bytes], ...] = ()
    more_regions: tuple[tuple[str, int, int], ...] = ()

    def header(self, copy: int) -> bytes:
        log = self.logs[copy]
        return struct.pack(
            "<4sIQ16s16s16sHH", b"head", 0, self.sequences[copy], b"f" * 16, b"d" * 16, log, 0, self.version
        )

    def file(self) -> bytes:
        """The whole file."""
        parts = {0: b"vhdxfile", 64 * KIB: _sealed(self.header(0), 4096), 128 * KIB: _sealed(self.header(1), 4096)}
        regions = [(BLOCK_TABLE, 3 * MIB, MIB), (METADATA, 2 * MIB, MIB), *self.more_regions]
        table = struct.pack("<4sIII", b"regi", 0, len(regions), 0)
        for name, offset, length in regions:
            table += struct.pack("<16sQII", uuid.UUID(name).bytes_le, offset, length, 1)
        parts[192 * KIB] = parts[256 * KIB] = _sealed(table, 64 * KIB)
        items = [
            (PARAMETERS, struct.pack("<II", self.block_size, self.flags)),
            (SIZE, struct.pack("<Q", self.size)),
            (SECTOR, struct.pack("<I", self.sector)),
            *self.more_items,
        ]
        head, values = struct.pack("<8sHH20x", b"metadata", 0, len(items)), b""
        for name, value in items:
            head += struct.pack("<16sIIII", uuid.UUID(name).bytes_le, 64 * KIB + len(values), len(value), 4, 0)
            values += value
        parts[2 * MIB] = head.ljust(64 * KIB, b"\0") + values
        entries = [((4 + place) << 20) | state for place, state in enumerate(self.states)]
        parts[3 * MIB] = struct.pack("<3Q", *entries)
        parts[4 * MIB], parts[6 * MIB] = b"first block", b"third block".rjust(100, b"\0")
        whole = bytearray(7 * MIB)
        for at, content in parts.items():
            whole[at : at + len(content)] = content
        return bytes(whole)


def _sealed(content: bytes, size: int) -> bytes:
    whole = content.ljust(size, b"\0")
    return whole[:4] + struct.pack("<I", crc32c(whole) ^ 0xFFFFFFFF) + whole[8:]


@pytest.fixture(scope="module")
def whole() -> bytes:
    return Recipe().file()


def test_the_disk_inside_is_read(whole: bytes) -> None:
    container = open_container(Memory(whole))
    assert container.format is Format.VHDX
    disk = container.disk
    assert disk is not None
    assert disk.size == 3 * MIB - 512
    assert disk.read(0, 11) == b"first block"
    assert disk.read(MIB - 5, 10 + MIB) == bytes(10 + MIB)
    assert disk.read(2 * MIB - 1, 102) == bytes(90) + b"third block" + bytes(1)
    with pytest.raises(DiskUnreadable):
        disk.read(3 * MIB - 512, 1)


@pytest.mark.parametrize("state", [0, 2, 3])
def test_blocks_that_hold_nothing_are_zeros(state: int) -> None:
    disk = VhdxDisk(Memory(Recipe(states=(PRESENT, state, PRESENT)).file()))
    assert not any(disk.read(MIB, MIB))


@pytest.mark.parametrize("state", [1, 4, 5, 7])
def test_a_block_whose_content_is_not_known_is_not_zeros(state: int) -> None:
    disk = VhdxDisk(Memory(Recipe(states=(PRESENT, state, PRESENT)).file()))
    assert disk.read(0, 11) == b"first block"
    with pytest.raises(DiskUnreadable, match="not known"):
        disk.read(MIB, 1)


REFUSED = {
    "log": (Recipe(logs=(bytes(16), b"l" * 16)), "not closed"),
    "version": (Recipe(version=2), "version 2"),
    "parent": (Recipe(flags=2), "differencing"),
    "parent-locator": (Recipe(more_items=((PARENT, b"x" * 20),)), "differencing"),
    "unknown-item": (Recipe(more_items=((str(uuid.UUID(int=7)), b"x"),)), "not known here"),
    "item-twice": (Recipe(more_items=((SIZE, bytes(8)),)), "damaged"),
    "unknown-region": (Recipe(more_regions=((str(uuid.UUID(int=7)), MIB, MIB),)), "not known"),
    "region-twice": (Recipe(more_regions=((METADATA, 2 * MIB, MIB),)), "damaged"),
    "region-outside": (Recipe(more_regions=((str(uuid.UUID(int=7)), 2**63, MIB),)), "not known"),
    "large-sectors": (Recipe(sector=4096), "4096"),
    "no-size": (Recipe(size=0), "blocks"),
    "giant": (Recipe(size=2**63), "blocks"),
    "more-than-the-table": (Recipe(size=2**40), "does not cover"),
    "odd-blocks": (Recipe(block_size=MIB + 512), "blocks"),
    "no-blocks": (Recipe(block_size=0), "blocks"),
}


@pytest.mark.parametrize(("recipe", "words"), REFUSED.values(), ids=REFUSED)
def test_what_cannot_be_read_is_said(recipe: Recipe, words: str) -> None:
    container = open_container(Memory(recipe.file()))
    assert container.disk is None
    assert words in container.why


def test_an_older_header_does_not_hide_a_log() -> None:
    """The log is that of the newest sound header, wherever it is."""
    with pytest.raises(DiskUnreadable, match="not closed"):
        VhdxDisk(Memory(Recipe(logs=(b"l" * 16, bytes(16)), sequences=(9, 2)).file()))
    VhdxDisk(Memory(Recipe(logs=(b"l" * 16, bytes(16)), sequences=(1, 2)).file()))


def test_one_damaged_copy_is_made_good_by_the_other(whole: bytes) -> None:
    damaged = bytearray(whole)
    damaged[64 * KIB + 100] ^= 1
    damaged[192 * KIB + 100] ^= 1
    assert VhdxDisk(Memory(bytes(damaged))).read(0, 11) == b"first block"
    damaged[256 * KIB + 100] ^= 1
    with pytest.raises(DiskUnreadable, match="region tables"):
        VhdxDisk(Memory(bytes(damaged)))
    damaged[128 * KIB + 100] ^= 1
    with pytest.raises(DiskUnreadable, match="headers"):
        VhdxDisk(Memory(bytes(damaged)))


@given(
    at=st.sampled_from((64 * KIB, 128 * KIB, 192 * KIB, 2 * MIB, 2 * MIB + 64 * KIB, 3 * MIB)),
    change=st.binary(min_size=1, max_size=64),
    offset=st.integers(0, 200),
    cut=st.none() | st.integers(0, 7 * MIB),
)
def test_damage_is_refused_or_read_within_bounds(whole, at, change, offset, cut) -> None:
    damaged = bytearray(whole)
    damaged[at + offset : at + offset + len(change)] = change
    try:
        disk = VhdxDisk(Memory(bytes(damaged[:cut])))
        assert disk.size <= 64 * 1024**4
        assert len(disk.read(0, min(disk.size, 2 * MIB))) <= 2 * MIB
    except DiskUnreadable:
        pass


def test_a_file_that_ends_early_is_refused(whole: bytes) -> None:
    for size in (8, 511, 512, 64 * KIB, 200 * KIB, 2 * MIB + 10, 3 * MIB + 4):
        assert open_container(Memory(whole[:size])).disk is None
