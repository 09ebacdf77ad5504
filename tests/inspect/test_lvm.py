"""LVM: volumes of several runs, and everything that is refused by name."""

from __future__ import annotations

import pytest
from small_disks import Damaged, content, disk

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
vg { id = "a" extent_size = 2048 # one MiB
  physical_volumes { pv0 { pe_start = 2048 } %s }
  logical_volumes {
    lv { segment_count = 1 segment1 {
      start_extent = 0 extent_count = 2 type = "%s" stripe_count = %s stripes = [ %s ] } }
  }
}
contents = "Text Format Volume Group"
version = 1
"""


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
    monkeypatch.setattr("checker.inspect.lvm._metadata", lambda _: METADATA % values)
    [volume] = read_volumes(disk("lvm"))
    assert isinstance(volume, RefusedVolume)
    assert (volume.group, volume.name) == ("vg", "lv")
    assert words in volume.why


def test_a_group_on_two_disks_is_refused(monkeypatch):
    monkeypatch.setattr(
        "checker.inspect.lvm._metadata", lambda _: METADATA % ("pv1 { pe_start = 2048 }", "striped", 1, '"pv0", 0')
    )
    with pytest.raises(DiskUnreadable, match="2 physical volumes"):
        read_volumes(disk("lvm"))


@pytest.mark.parametrize("text", ["a {", "}", "a = ", "a = [1, 2", "= 3", "a b", 'a = "', "a {" * 20 + "}" * 20, "@"])
def test_text_that_is_none_is_refused(text):
    with pytest.raises(DiskUnreadable):
        parse(text)
