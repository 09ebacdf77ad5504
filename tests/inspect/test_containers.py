"""Footers and containers: every field, every format, and whatever bytes there may be."""

from __future__ import annotations

import contextlib
import random
import struct

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from vhds import GIB, MIB, dynamic, footer

from checker.facts.vhd import Format
from checker.inspect.bytes import DiskUnreadable, Memory
from checker.inspect.container import open_container
from checker.inspect.vhd import parse_footer


def test_every_field_of_the_footer_is_read() -> None:
    # Written out by hand, field after field, from the table of the specification.
    block = bytes.fromhex(
        "636f6e6563746978 00000002 00010000 ffffffffffffffff 2a1b3c4d 77696e20 000a0000 5769326b"
        "0000000080000000 0000000040000000 03ff 10 3f 00000002 fffff00d 00112233445566778899aabbccddeeff 01"
    ).ljust(512, b"\0")
    found = parse_footer(block)
    assert found is not None
    assert (found.features, found.version, found.data_offset) == (2, 0x10000, 2**64 - 1)
    assert (found.timestamp, found.creator, found.creator_version, found.creator_host) == (
        0x2A1B3C4D,
        "win ",
        0xA0000,
        "Wi2k",
    )
    assert (found.original_size, found.current_size) == (2 * GIB, GIB)
    assert (found.cylinders, found.heads, found.sectors_per_track) == (1023, 16, 63)
    assert (found.disk_type, found.checksum, found.saved_state) == (2, 0xFFFFF00D, 1)
    assert found.unique_id == "00112233-4455-6677-8899-aabbccddeeff"
    assert found.computed_checksum == 0xFFFFFFFF - (sum(block) - sum(block[64:68]))


def test_one_bit_anywhere_changes_the_checksum() -> None:
    right = footer(GIB)
    for bit in range(64, 512 * 8):
        damaged = bytearray(right)
        damaged[bit // 8] ^= 1 << bit % 8
        found = parse_footer(bytes(damaged))
        assert found is not None
        assert found.checksum != found.computed_checksum


@pytest.mark.parametrize(
    ("content", "format"),
    [
        pytest.param(bytes(MIB) + footer(MIB), Format.FIXED, id="fixed"),
        pytest.param(dynamic(8 * MIB, {1: b"x"}), Format.DYNAMIC, id="dynamic"),
        pytest.param(bytes(MIB) + footer(MIB, 4), Format.DIFFERENCING, id="differencing"),
        pytest.param(bytes(MIB) + footer(MIB, 7), Format.ODD_VHD, id="odd"),
        pytest.param(dynamic(8 * MIB, {1: b"x"})[:-512], Format.CUT_VHD, id="cut"),
        pytest.param(b"vhdxfile".ljust(MIB), Format.VHDX, id="vhdx"),
        pytest.param(b"QFI\xfb".ljust(MIB), Format.QCOW, id="qcow"),
        pytest.param(b"KDMV".ljust(MIB), Format.VMDK, id="vmdk"),
        pytest.param(bytes(64) + b"\x7f\x10\xda\xbe" + bytes(MIB), Format.VDI, id="vdi"),
        pytest.param(b"QED\0".ljust(MIB), Format.QED, id="qed"),
        pytest.param(b"WithoutFreeSpace".ljust(MIB), Format.PARALLELS, id="parallels"),
        pytest.param(b"WithouFreSpacExt".ljust(MIB), Format.PARALLELS, id="parallels-extended"),
        pytest.param(b"\x1f\x8b".ljust(MIB), Format.COMPRESSED, id="gzip"),
        pytest.param(b"x".ljust(MIB, b"\0"), Format.RAW, id="raw"),
        pytest.param(bytes(MIB), Format.ZEROS, id="zeros"),
        pytest.param(b"\x89PNG\r\n\x1a\n".ljust(600), Format.PICTURE, id="png"),
        pytest.param(b"%PDF-1.7".ljust(9), Format.DOCUMENT, id="pdf"),
        pytest.param(b"\xef\xbb\xbf<?xml version='1.0'?><Error/>", Format.DOCUMENT, id="azures-error"),
        pytest.param(b"\n<!DOCTYPE html>".ljust(MIB), Format.DOCUMENT, id="page"),
        pytest.param(bytes(32769) + b"CD001" + bytes(MIB), Format.ISO, id="iso"),
        pytest.param(bytes(257) + b"ustar" + bytes(MIB), Format.TAR, id="tar"),
        pytest.param(b"\x7fELF" + bytes(MIB), Format.PROGRAM, id="program"),
        pytest.param(b"MSWIM\0\0\0" + bytes(MIB), Format.WIM, id="wim"),
        pytest.param(b"\x04\x22\x4d\x18" + bytes(MIB), Format.COMPRESSED, id="lz4"),
        pytest.param(b"", Format.RAW, id="empty"),
        pytest.param(footer(0)[:511], Format.CUT_VHD, id="511"),
        pytest.param(footer(0), Format.FIXED, id="footer-alone"),
        pytest.param(bytes(MIB) + footer(MIB) + b"\n", Format.SHIFTED_VHD, id="one-byte-more"),
        pytest.param(bytes(MIB) + footer(MIB)[:511], Format.SHIFTED_VHD, id="footer-of-511"),
        pytest.param(bytes(MIB) + footer(MIB) + bytes(30_000), Format.SHIFTED_VHD, id="padded"),
        pytest.param(b"x" * MIB + b"about conectix".ljust(9000), Format.RAW, id="the-word-alone"),
    ],
)
def test_formats_are_told_apart(content, format) -> None:
    assert open_container(Memory(content)).format is format


def test_the_disk_in_a_fixed_vhd_ends_where_its_footer_says() -> None:
    disk = open_container(Memory(b"a" * MIB + footer(MIB))).disk
    assert disk is not None
    assert disk.size == MIB
    assert disk.read(MIB - 1, 1) == b"a"
    with pytest.raises(DiskUnreadable):
        disk.read(MIB - 1, 2)


def test_a_dynamic_vhd_reads_like_its_disk() -> None:
    chance = random.Random(3)
    size, block = 7 * 65536 + 1024, 65536
    blocks = {number: chance.randbytes(block) for number in (0, 2, 3, 6)}
    whole = b"".join(blocks.get(number, bytes(block)) for number in range(8))[:size]
    disk = open_container(Memory(dynamic(size, blocks, block))).disk
    assert disk is not None
    assert disk.size == size
    assert disk.read(0, size) == whole
    for _ in range(100):
        offset = chance.randrange(size)
        length = chance.randrange(size - offset + 1)
        assert disk.read(offset, length) == whole[offset : offset + length]


@pytest.mark.parametrize(
    ("at", "content"),
    [
        pytest.param(512, b"cxspars\0", id="cookie"),
        pytest.param(512 + 28, struct.pack(">I", 2**31), id="entries-without-checksum"),
        pytest.param(512 + 900, b"x", id="any-byte"),
    ],
)
def test_a_damaged_dynamic_header_is_recognised_and_not_read(at, content) -> None:
    damaged = bytearray(dynamic(8 * MIB, {}))
    damaged[at : at + len(content)] = content
    found = open_container(Memory(bytes(damaged)))
    assert (found.format, found.disk) == (Format.DYNAMIC, None)
    assert "damaged" in found.why


def test_a_block_that_points_anywhere_is_unreadable_and_nothing_else() -> None:
    content = bytearray(dynamic(8 * MIB, {0: b"x"}))
    struct.pack_into(">I", content, 1536, 0xFFFFFF00)
    disk = open_container(Memory(bytes(content))).disk
    assert disk is not None
    with pytest.raises(DiskUnreadable):
        disk.read(0, 1)
    assert disk.read(2 * MIB, 10) == bytes(10)


@settings(max_examples=300, deadline=None)
@given(
    st.sampled_from([bytes(2048) + footer(2048), dynamic(8 * MIB, {1: b"x"})]),
    st.lists(st.tuples(st.integers(0, 2**32), st.binary(min_size=1, max_size=16)), max_size=6),
    st.integers(0, 2**20),
    st.integers(0, 2**64),
    st.integers(0, 2**16),
)
def test_whatever_the_bytes_a_container_is_read_or_unreadable(content, changes, cut, offset, length) -> None:
    changed = bytearray(content)
    for at, what in changes:
        # Half of them where the structures are: in the last 512 bytes, or in the first 2048.
        start = len(changed) - 512 if at % 2 else 0
        place = start + at % 2048
        changed[place : place + len(what)] = what
    source = Memory(bytes(changed[: len(changed) - cut % 700]))
    with contextlib.suppress(DiskUnreadable):
        found = open_container(source)
        if found.disk is not None:
            assert len(found.disk.read(offset % max(found.disk.size, 1), length)) == length
