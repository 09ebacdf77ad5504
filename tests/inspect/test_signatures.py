"""What a volume holds: one thing for certain, several that contradict each other, zeros, a part of a RAID."""

from __future__ import annotations

import shutil
import struct
import subprocess

import pytest
from small_disks import Damaged, Memory, content, disk
from volumes_in_memory import DEBIAN, InMemory

from checker.inspect.crc32c import crc32c
from checker.inspect.files import LocalFile
from checker.inspect.lvm import LogicalVolume, RefusedVolume, Run
from checker.inspect.resolver import Unreadable
from checker.inspect.root import Root, find_root
from checker.inspect.volumes import Volume, VolumeKind, find_volumes, recognise

MIB = 1024 * 1024


@pytest.mark.parametrize(
    ("at", "mark"),
    [
        (4096, struct.pack("<II136xQ", 0xA92B4EFC, 1, 8)),
        (0, struct.pack("<II136xQ", 0xA92B4EFC, 1, 0)),
        (4096 + 24, bytes.fromhex("c68573f64e1a45ca8265f57f48ba6d81")),
        (16 * 1024 + 40, b"pool_guid"),
    ],
    ids=["raid-1.2", "raid-1.1", "bcache", "zfs"],
)
def test_what_lay_there_before_is_not_read_as_if_it_still_did(at, mark):
    """A RAID, a cache or a ZFS leaves the superblock of the file system before it: the real root is behind it."""
    [volume] = find_volumes(Damaged(content("ext3"), ((at, mark),)), None)
    assert volume.kind in (VolumeKind.RAID, VolumeKind.BCACHE, VolumeKind.ZFS)
    assert isinstance(find_root([volume]), Unreadable)


@pytest.mark.parametrize("at", [1024 * 1024, 8 * 1024 * 1024 - 1])
def test_what_begins_with_zeros_may_not_be_empty(at):
    """VMFS begins at 1 MiB, and leaves zeros before it."""
    size = 8 * 1024 * 1024
    assert recognise("p", Memory(bytes(size))).kind is VolumeKind.EMPTY
    hidden = Damaged(bytes(size), ((at, b"\x0d"),))
    assert recognise("p", hidden).kind is VolumeKind.UNKNOWN
    assert isinstance(find_root([InMemory(DEBIAN), recognise("partition 2", hidden)]), Unreadable)
    boot = recognise("partition 14", hidden, "21686148-6449-6E6F-744E-656564454649")
    assert isinstance(find_root([InMemory(DEBIAN), boot]), Root)


def btrfs(*, damaged: bool = False, kind: int = 0) -> bytes:
    """A superblock of btrfs as it lies at 64 KiB."""
    raw = bytearray(4096)
    raw[64:72] = b"_BHRfS_M"
    struct.pack_into("<Q", raw, 48, 65536)
    struct.pack_into("<H", raw, 196, kind)
    struct.pack_into("<I", raw, 0, crc32c(bytes(raw[32:])) ^ 0xFFFFFFFF)
    raw[300] ^= damaged
    return bytes(raw)


def told(source: Damaged) -> Volume:
    return recognise("partition 1", source)


@pytest.mark.parametrize("name", ["ext4", "ext2", "xfs", "xfs-v4"])
@pytest.mark.parametrize("kind", [0, 1])
def test_two_whole_file_systems_are_none(name, kind):
    """Which of them is mounted depends on what the command line of the kernel says, if anything mounts it."""
    volume = told(Damaged(content(name), ((65536, btrfs(kind=kind)),)))
    assert volume.kind is VolumeKind.UNREADABLE
    assert "and of btrfs" in volume.why
    assert isinstance(find_root([volume]), Unreadable)


@pytest.mark.parametrize(
    ("at", "what"),
    [
        pytest.param(65536, btrfs(damaged=True), id="btrfs-with-a-wrong-checksum"),
        pytest.param(65536 + 64, b"_BHRfS_M", id="the-mark-of-btrfs-alone"),
        pytest.param(4086, b"SWAPSPACE2", id="the-mark-of-swap-alone"),
        pytest.param(32769, b"CD001", id="the-mark-of-an-iso"),
    ],
)
def test_a_mark_that_was_left_behind_changes_nothing(at, what):
    assert told(Damaged(content("ext3"), ((at, what),))).kind is VolumeKind.EXT


def test_a_superblock_whose_numbers_do_not_fit_is_only_a_mark():
    """What is left of ext in a volume that was made btrfs later; alone, it is a damaged ext."""
    broken = (1024 + 40, b"\7\0\0\0")
    assert told(Damaged(content("ext3"), (broken,))).kind is VolumeKind.EXT
    assert told(Damaged(content("ext3"), (broken, (65536, btrfs())))).kind is VolumeKind.BTRFS


@pytest.mark.parametrize("name", ["ext4", "xfs"])
def test_a_file_system_under_the_label_of_lvm_is_not_known(name):
    label = struct.pack("<8sQII8s", b"LABELONE", 1, 0, 32, b"LVM2 001")
    volumes = find_volumes(Damaged(content(name), ((512, label),)), None)
    assert [volume.kind for volume in volumes] == [VolumeKind.UNREADABLE]
    assert "LVM" in volumes[0].why
    left = Damaged(bytes(8 * MIB), ((512, label), (65536, btrfs())))
    assert find_volumes(left, None)[0].kind is VolumeKind.LVM


MAKERS = {
    "ext4": ["mke2fs", "-q", "-F", "-t", "ext4"],
    "xfs": ["mkfs.xfs", "-q", "-f"],
    "btrfs": ["mkfs.btrfs", "-q", "-f"],
    "swap": ["mkswap", "-q"],
    "vfat": ["mkfs.vfat"],
}


@pytest.mark.parametrize("after", MAKERS)
@pytest.mark.parametrize("before", MAKERS)
def test_what_is_made_over_something_else_is_what_it_is(tmp_path, before, after):
    """Nothing that the usual tools leave behind makes a volume unknown; libblkid says the same of it."""
    if any(shutil.which(MAKERS[name][0]) is None for name in (before, after)) or shutil.which("blkid") is None:
        pytest.skip("the tools that make it are not installed")
    path = tmp_path / "volume"
    with path.open("wb") as file:
        file.truncate(320 * MIB)
    for name in (before, after):
        subprocess.run([*MAKERS[name], str(path)], check=True, capture_output=True)
    with LocalFile(str(path)) as file:
        volume = recognise("partition 1", file)
    kinds = {"ext4": "ext", "xfs": "xfs", "btrfs": "btrfs", "swap": "swap space", "vfat": "FAT"}
    assert str(volume.kind) == kinds[after]
    said = subprocess.run(
        ["blkid", "-p", "-o", "value", "-s", "TYPE", str(path)], check=True, capture_output=True, text=True
    )
    assert said.stdout.strip() == after


def second_luks(at: int) -> bytes:
    """The second header of LUKS 2."""
    return (b"SKUL\xba\xbe\0\2".ljust(256, b"\0") + struct.pack(">Q", at)).ljust(4096, b"\0")


@pytest.mark.parametrize("at", [0x4000, 0x8000, 0x10000])
def test_luks_whose_first_header_is_gone_is_still_luks(at):
    assert told(Damaged(bytes(MIB), ((at, second_luks(at)),))).kind is VolumeKind.LUKS
    assert told(Damaged(content("ext4"), ((at, second_luks(at)),))).kind is VolumeKind.UNREADABLE
    assert told(Damaged(content("ext4"), ((at, second_luks(0)),))).kind is VolumeKind.EXT


@pytest.mark.parametrize("mark", [b"-FVE-FS-", b"NTFS    ", b"ReFS\0\0\0\0"])
def test_a_linux_behind_the_mark_of_windows_is_not_passed_over(mark):
    volume = told(Damaged(content("ext4"), ((3, mark),)))
    assert volume.kind is VolumeKind.UNREADABLE
    assert "and of ext" in volume.why or "ext and of" in volume.why


def grown(name: str, *more: tuple[int, bytes]) -> Damaged:
    """A file system with a MiB behind it; offsets are from the end."""
    data = content(name) + bytes(MIB)
    return Damaged(data, tuple((len(data) + at, what) for at, what in more))


ONE_0 = struct.pack("<II", 0xA92B4EFC, 1)
MIRRORS = [
    pytest.param((-8192, ONE_0), id="1.0"),
    pytest.param((-65536, struct.pack("<II", 0xA92B4EFC, 0)), id="0.90"),
    pytest.param((-65536, struct.pack(">II", 0xA92B4EFC, 0)), id="0.90-of-another-order"),
    pytest.param((-512, b"\xde\x11\xde\x11"), id="ddf"),
    pytest.param((-1024, b"Intel Raid ISM Cfg Sig. 1.3.00"), id="intel"),
]


@pytest.mark.parametrize("mark", MIRRORS)
@pytest.mark.parametrize("name", ["ext4", "xfs"])
def test_a_part_of_a_mirror_is_not_read_as_what_the_system_sees(name, mark):
    """Its superblock is behind the file system, and its other half, or a write that it missed, may say otherwise."""
    assert recognise("p", grown(name)).kind in (VolumeKind.EXT, VolumeKind.XFS)
    volume = recognise("p", grown(name, mark))
    assert volume.kind is VolumeKind.RAID
    assert isinstance(find_root([volume]), Unreadable)


def test_a_file_system_up_to_the_end_is_in_no_raid_and_costs_no_look():
    data = content("ext4")
    asked = []

    class Counting(Memory):
        def read(self, offset, length):
            asked.append(offset + length)
            return super().read(offset, length)

    assert recognise("p", Counting(data)).kind is VolumeKind.EXT
    assert max(asked) <= 68 * 1024
    assert recognise("p", Damaged(data, ((len(data) - 8192, ONE_0),))).kind is VolumeKind.EXT


@pytest.mark.parametrize(
    "at",
    [
        pytest.param(128 * 1024, id="luks-header-at-128-kib"),
        pytest.param(256 * 1024, id="at-256-kib"),
        pytest.param(2 * MIB, id="at-2-mib"),
        pytest.param(4 * MIB, id="luks-header-at-4-mib"),
        pytest.param(32 * MIB - 8192, id="raid-1.0"),
        pytest.param(32 * MIB - 128 * 1024, id="raid-0.90"),
    ],
)
def test_what_a_system_finds_by_itself_behind_zeros_is_not_passed_over(at):
    """cryptsetup takes the second header where the first is gone."""
    size = 32 * MIB
    assert recognise("p", Memory(bytes(size))).kind is VolumeKind.EMPTY
    assert recognise("p", Damaged(bytes(size), ((at, b"SKUL\xba\xbe"),))).kind is VolumeKind.UNKNOWN


def test_looking_for_zeros_costs_little():
    asked = []

    class Counting(Memory):
        def read(self, offset, length):
            asked.append(length)
            return super().read(offset, length)

    assert recognise("p", Counting(bytes(32 * MIB))).kind is VolumeKind.EMPTY
    assert len(asked) == 3
    assert sum(asked) < 4.5 * MIB


def logical(name: str, source: Memory) -> LogicalVolume:
    return LogicalVolume("vg", name, source.size, source, (Run(0, source.size, 0),))


def test_a_snapshot_has_the_names_of_its_origin(monkeypatch):
    parts = (logical("root", disk("ext4")), RefusedVolume("vg", "snap", "it is a snapshot", "root"))
    monkeypatch.setattr("checker.inspect.volumes.read_volumes", lambda _: parts)
    _, root, snapshot = find_volumes(disk("lvm"), None)
    assert (snapshot.kind, snapshot.uuid, snapshot.label) == (VolumeKind.UNREADABLE, root.uuid, root.label)
    assert snapshot.snapshot_of == root.name
    assert snapshot.devices == ("/dev/vg/snap", "/dev/mapper/vg-snap")
    refused = find_root([root, snapshot])
    assert isinstance(refused, Unreadable)
    assert "snapshot" in refused.words


def test_lvm_in_a_logical_volume_is_not_passed_over(monkeypatch):
    """A system may be in there, and whether it is used depends on the configuration of LVM."""
    parts = (logical("root", disk("ext4")), logical("inner", disk("lvm")))
    monkeypatch.setattr("checker.inspect.volumes.read_volumes", lambda _: parts)
    volumes = find_volumes(disk("lvm"), None)
    assert [volume.kind for volume in volumes] == [VolumeKind.LVM, VolumeKind.EXT, VolumeKind.UNREADABLE]
    assert "LVM in LVM" in volumes[2].why
