"""LVM: volumes of several runs, and everything that is refused by name."""

from __future__ import annotations

import struct
import zlib

import pytest
from small_disks import Damaged, Memory, content, disk

from checker.inspect.bytes import DiskUnreadable
from checker.inspect.lvm import LogicalVolume, RefusedVolume, read_volumes
from checker.inspect.lvm_text import parse
from checker.inspect.volumes import VolumeKind, find_volumes

MIB = 1024 * 1024


def test_a_volume_of_two_runs_is_pieced_together():
    root, other = read_volumes(disk("lvm"))
    assert isinstance(root, LogicalVolume)
    assert (root.group, root.name, root.size, len(root.runs)) == ("group-1", "root", 4 * MIB, 2)
    assert root.read(0, root.size) == content("ext4")
    assert root.read(2 * MIB - 3, 6) == content("ext4")[2 * MIB - 3 : 2 * MIB + 3]
    assert other.name == "other"
    with pytest.raises(DiskUnreadable):
        root.read(root.size - 1, 2)


def test_volumes_have_the_names_that_an_fstab_uses():
    volumes = find_volumes(disk("lvm"), None)
    assert [volume.kind for volume in volumes] == [VolumeKind.LVM, VolumeKind.EXT, VolumeKind.EMPTY]
    assert volumes[1].devices == ("/dev/group-1/root", "/dev/mapper/group--1-root")


def test_metadata_with_a_wrong_checksum_is_not_believed():
    at = content("lvm").rindex(b"segment_count")
    volumes = find_volumes(Damaged(content("lvm"), ((at, b"X"),)), None)
    assert [volume.kind for volume in volumes] == [VolumeKind.LVM, VolumeKind.UNREADABLE]
    assert "checksum" in volumes[1].why


METADATA = """
vg { id = "a" seqno = 3 status = ["RESIZEABLE"] extent_size = 2048 # one MiB
  physical_volumes { pv0 { id = "ab-cd" pe_start = 2048 } %s }
  logical_volumes {
    lv { status = ["READ", "VISIBLE"] segment_count = 1 segment1 {
      start_extent = 0 extent_count = 2 type = "%s" stripe_count = %s stripes = [ %s ] } }
  }
}
contents = "Text Format Volume Group"
version = 1
"""


LINEAR = ("", "striped", 1, '"pv0", 0')
GROUP = (
    METADATA.replace('"%s"', '"striped"')
    .replace("stripe_count = %s", "stripe_count = 1")
    .replace("[ %s ]", '[ "pv0", 0 ]')
)


@pytest.mark.parametrize(
    ("values", "words"),
    [
        (("", "striped", 2, '"pv0", 0, "pv1", 0'), "not linear"),
        (("", "raid1", 1, '"pv0", 0'), "not linear"),
        (("", "thin", 1, '"pv0", 0'), "not linear"),
        (("", "striped", 1, '"pv9", 0'), "not on this disk"),
    ],
)
def test_what_is_not_linear_is_refused_by_name(monkeypatch, values, words):
    monkeypatch.setattr("checker.inspect.lvm._metadata", lambda _: (METADATA % values, "abcd"))
    [volume] = read_volumes(disk("lvm"))
    assert isinstance(volume, RefusedVolume)
    assert (volume.group, volume.name) == ("vg", "lv")
    assert words in volume.why


def test_a_group_on_two_disks_is_refused(monkeypatch):
    monkeypatch.setattr("checker.inspect.lvm._metadata", lambda _: (GROUP % "pv1 { pe_start = 2048 }", "abcd"))
    with pytest.raises(DiskUnreadable, match="2 physical volumes"):
        read_volumes(disk("lvm"))


def volumes_of(monkeypatch, more: str = "", **changes: str) -> dict[str, LogicalVolume | RefusedVolume]:
    """The volumes of a group with more of them beside its one."""
    text = METADATA % LINEAR
    for old, new in changes.items():
        text = text.replace(old, new)
    metadata = text.replace("logical_volumes {", "logical_volumes { " + more)
    monkeypatch.setattr("checker.inspect.lvm._metadata", lambda _: (metadata, "abcd"))
    return {volume.name: volume for volume in read_volumes(disk("lvm"))}


SEGMENT = 'segment_count = 1 segment1 { start_extent = 0 extent_count = 1 type = "%s" %s }'
PLACE = 'stripe_count = 1 stripes = [ "pv0", 4 ]'


@pytest.mark.parametrize("name", ["lv_corig", "lv_rimage_0", "pool_tdata", "lv_wcorig"])
def test_what_another_volume_is_made_of_is_no_volume(monkeypatch, name):
    """The origin below a cache, or a leg of a mirror, may be older than what the system sees."""
    hidden = f'{name} {{ status = ["READ", "WRITE"] {SEGMENT % ("striped", PLACE)} }}'
    assert set(volumes_of(monkeypatch, hidden)) == {"lv"}


def test_the_store_of_a_pool_is_no_volume(monkeypatch):
    store = f'pool {{ status = ["VISIBLE"] {SEGMENT % ("thin-pool", "")} }}'
    assert set(volumes_of(monkeypatch, store)) == {"lv"}


#: As lvconvert writes it: the store is hidden, and the volume that only says what it is a snapshot of is not.
SNAPSHOT = f"""
    snap {{ status = ["READ", "WRITE"] {SEGMENT % ("striped", PLACE)} }}
    snapshot0 {{ status = ["READ", "WRITE", "VISIBLE"] {SEGMENT % ("snapshot", 'origin = "lv" cow_store = "snap"')} }}
"""


@pytest.mark.parametrize("status", ['"READ"', '"READ", "VISIBLE"'])
def test_a_snapshot_is_there_and_not_read(monkeypatch, status):
    """It can be mounted, and a system can start from it, under the name of its store."""
    found = volumes_of(monkeypatch, SNAPSHOT.replace('"READ", "WRITE"]', f"{status}]", 1))
    assert set(found) == {"lv", "snap"}
    assert isinstance(found["lv"], LogicalVolume)
    assert isinstance(found["snap"], RefusedVolume)
    assert (found["snap"].origin, "snapshot of lv" in found["snap"].why) == ("lv", True)


@pytest.mark.parametrize("segments", ["segment_count = 0", "segment_count = 1"])
def test_a_volume_without_segments_is_refused_and_not_passed_over(monkeypatch, segments):
    found = volumes_of(monkeypatch, f'bare {{ status = ["VISIBLE"] {segments} }}')
    assert isinstance(found["bare"], RefusedVolume)


def test_what_a_snapshot_is_to_be_merged_into_is_not_read(monkeypatch):
    """At the next start the volume is what the snapshot holds, and not what it holds itself."""
    merging = (
        f"""snapshot0 {{ status = ["VISIBLE"] {SEGMENT % ("snapshot", 'origin = "lv" merging_store = "snap"')} }}"""
    )
    assert "merged" in volumes_of(monkeypatch, merging)["lv"].why


@pytest.mark.parametrize(
    ("old", "new", "words"), [("ab-cd", "ab-ce", "another physical volume"), ('"RESIZEABLE"', '"EXPORTED"', "exported")]
)
def test_a_group_that_is_not_this_ones_or_not_used_is_refused(monkeypatch, old, new, words):
    with pytest.raises(DiskUnreadable, match=words):
        volumes_of(monkeypatch, **{old: new})


@pytest.mark.parametrize("text", ["a {", "}", "a = ", "a = [1, 2", "= 3", "a b", 'a = "', "a {" * 20 + "}" * 20, "@"])
def test_text_that_is_none_is_refused(text):
    with pytest.raises(DiskUnreadable):
        parse(text)


def area(text: str) -> bytes:
    """A metadata area of 8 KiB with one text in it."""
    raw = text.encode() + b"\0"
    body = b" LVM2 x[5A%r0N*>" + struct.pack("<IQQ", 1, 4096, 8192) + struct.pack("<QQII", 512, len(raw), crc(raw), 0)
    body = body.ljust(508, b"\0")
    return (struct.pack("<I", crc(body)) + body + raw).ljust(8192, b"\0")


def crc(data: bytes) -> int:
    return zlib.crc32(data, 0xF597A6CF ^ 0xFFFFFFFF) ^ 0xFFFFFFFF


def physical_volume(*areas: bytes) -> bytearray:
    """A physical volume that keeps its metadata in some areas."""
    places = b"".join(struct.pack("<QQ", 4096 + 8192 * number, 8192) for number in range(len(areas)))
    header = b"abcd".ljust(32, b"0") + struct.pack("<Q", MIB) + struct.pack("<QQ", MIB, 0) + bytes(16) + places
    label = (struct.pack("<I", 32) + b"LVM2 001" + header).ljust(492, b"\0")
    raw = bytearray(2 * MIB)
    raw[512:1024] = b"LABELONE" + struct.pack("<QI", 1, crc(label)) + label
    for number, what in enumerate(areas):
        raw[4096 + 8192 * number : 4096 + 8192 * (number + 1)] = what
    return raw


def text_of(name: str, age: int) -> str:
    text = (METADATA % LINEAR).replace("lv {", f"{name} {{").replace("seqno = 3", f"seqno = {age}")
    return text.replace("ab-cd", "abcd".ljust(32, "0"))


@pytest.mark.parametrize("ages", [(7, 8), (8, 7)])
def test_of_two_copies_of_the_metadata_the_newer_one_counts(ages):
    areas = [area(text_of(f"of{age}", age)) for age in ages]
    [volume] = read_volumes(Memory(bytes(physical_volume(*areas))))
    assert volume.name == "of8"
    areas[ages.index(8)] = bytes(8192)
    [volume] = read_volumes(Memory(bytes(physical_volume(*areas))))
    assert volume.name == "of7"


def test_a_label_with_a_wrong_checksum_is_refused():
    raw = physical_volume(area(text_of("lv", 1)))
    raw[512 + 100] ^= 1
    with pytest.raises(DiskUnreadable, match="label"):
        read_volumes(Memory(bytes(raw)))
