"""The lines of fstab, and the volumes that they name."""

from __future__ import annotations

import pytest

from checker.inspect.fstab import matching, named, parse_fstab
from checker.inspect.volumes import Volume, VolumeKind


def test_the_lines_of_fstab():
    lines = parse_fstab('# x\n\nUUID=1 / ext4\nLABEL="a\\040b" /with\\040space xfs ro,noauto 0 0\nbroken line\n')
    assert [(line.device, line.where, line.options) for line in lines] == [
        ("UUID=1", "/", ()),
        ("LABEL=a b", "/with space", ("ro", "noauto")),
    ]


def test_devices_are_matched_by_what_cannot_move():
    volumes = (
        Volume("one", VolumeKind.EXT, None, uuid="AAAA-1", label="boot"),
        Volume("two", VolumeKind.EXT, None, uuid="b", label="same", devices=("/dev/mapper/vg-usr",)),
        Volume("three", VolumeKind.EXT, None, uuid="c", label="same"),
    )
    for device, name in (
        ("UUID=aaaa-1", "one"),
        ("/dev/disk/by-uuid/AAAA-1", "one"),
        ("LABEL=boot", "one"),
        ("/dev/disk/by-label/boot", "one"),
        ("/dev/mapper/vg-usr", "two"),
    ):
        assert matching(device, volumes).name == name
    for device in ("LABEL=same", "UUID=", "/dev/sda1", "PARTUUID=x", "PARTUUID=", "PARTLABEL=", "LABEL="):
        assert matching(device, volumes) is None


def test_an_fstab_may_name_the_partition():
    """By its GUID, by the signature of an MBR and the number, by its name."""
    volumes = (
        Volume("one", VolumeKind.EXT, None, partition_uuid="0a1b2c3d-02"),
        Volume("two", VolumeKind.EXT, None, partition_uuid="11111111-2222-3333-4444-555555555555"),
        Volume("three", VolumeKind.EXT, None, partition_label="my home"),
    )
    for device, name in (
        ("PARTUUID=0A1B2C3D-02", "one"),
        ("/dev/disk/by-partuuid/11111111-2222-3333-4444-555555555555", "two"),
        ("PARTLABEL=my home", "three"),
        ("/dev/disk/by-partlabel/my\\x20home", "three"),
    ):
        assert matching(device, volumes).name == name


@pytest.mark.parametrize(
    ("device", "names"),
    [
        ("UUID=b", ["two"]),
        ("UUID=absent", []),
        ("LABEL=same", ["two", "partition 3"]),
        ("PARTUUID=absent", []),
        ("/dev/mapper/vg-usr", ["two"]),
        ("/dev/mapper/vg-root", []),
        ("/dev/vg/root", []),
        ("/dev/md0", []),
        ("/dev/md/root", []),
        ("/dev/sda1", None),
        ("/dev/root", None),
        ("/dev/other/root", None),
        ("/dev/disk/azure/root-part3", ["partition 3"]),
        ("/dev/disk/azure/os-part3", ["partition 3"]),
        ("/dev/disk/azure/root-part4", []),
        ("/dev/disk/azure/root", None),
        ("/dev/disk/azure/resource-part1", None),
        ("tmpfs", None),
        ("ID=x", None),
    ],
)
def test_a_name_may_be_of_none_or_of_several_or_not_tell(device, names) -> None:
    volumes = (
        Volume("one", VolumeKind.EXT, None, uuid="AAAA-1"),
        Volume("two", VolumeKind.EXT, None, uuid="b", label="same", devices=("/dev/vg/usr", "/dev/mapper/vg-usr")),
        Volume("partition 3", VolumeKind.EXT, None, uuid="c", label="same"),
    )
    found = named(device, volumes)
    assert names == (None if found is None else [volume.name for volume in found])


@pytest.mark.parametrize(
    "device", ['UUID="a b"', "UUID='a b'", "UUID=a\\040b", "/dev/disk/by-uuid/a\\x20b", 'UUID="A B"']
)
def test_a_name_may_be_quoted_or_escaped(device) -> None:
    [line] = parse_fstab(f"{device.replace(' ', chr(92) + '040')} / ext4\n")
    assert matching(line.device, [Volume("one", VolumeKind.EXT, None, uuid="a b")]) is not None


def test_a_label_below_dev_disk_is_one_of_bytes() -> None:
    volumes = [Volume("one", VolumeKind.EXT, None, label="m\u00e4rz")]
    assert matching("/dev/disk/by-label/m\\xc3\\xa4rz", volumes) is volumes[0]
