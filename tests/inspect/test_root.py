"""Which volume is the root: by proof, and with the words why where none is."""

from __future__ import annotations

import struct

import pytest
from memory_tree import Broken
from small_disks import Damaged, Link, Memory, content, disk, root_of
from vhds import mbr
from volumes_in_memory import DEBIAN, InMemory

from checker.facts.linux_guest import LinuxGuest, NoLinux, NoSystem
from checker.facts.unread import ReasonKind, Unread
from checker.facts.vhd import Partition, VhdId
from checker.inspect.filesystem import Journal
from checker.inspect.guest import read_system
from checker.inspect.partitions import read_partitions
from checker.inspect.resolver import Unreadable
from checker.inspect.root import Root, find_root
from checker.inspect.volumes import Volume, VolumeKind, find_volumes, recognise


@pytest.mark.parametrize("name", ["ext4", "ext3", "ext2", "xfs", "xfs-v4", "lvm"])
def test_the_volume_with_passwd_and_os_release_is_the_root(name):
    root = root_of(disk(name))
    assert isinstance(root, Root)
    assert root.file_system == {"lvm": "ext4", "xfs-v4": "xfs"}.get(name, name)
    assert root.journal is Journal.CLEAN
    assert root.volume.name == ("the logical volume group-1/root" if name == "lvm" else "the disk")


def test_a_disk_without_a_root_says_what_there_is():
    assert "no volume is the root" in root_of(disk("fat")).words
    raw = bytearray(70 * 1024)
    raw[65600:65608] = b"_BHRfS_M"
    refused = root_of(Memory(bytes(raw)))
    assert isinstance(refused, Unreadable)
    assert "btrfs" in refused.words


def test_without_the_anchors_nothing_is_absent():
    """A root whose passwd or os-release is damaged is no root, so that no rule can pass on what is missing."""
    data = content("ext3")
    for text in (b"root:x:0:0", b"ID=debian\nVERSION"):
        at = data.index(text)
        damaged = Damaged(data, ((at, b"#" * 4 if text.startswith(b"root") else b"XX"),))
        assert isinstance(root_of(damaged), Unreadable)


def test_two_roots_are_none():
    refused = root_of(disk("ext4"), recognise("partition 2", disk("xfs")))
    assert isinstance(refused, Unreadable)
    assert "more than one" in refused.words


def test_a_dirty_journal_leaves_nothing_certain_and_is_reported():
    data = content("ext3")
    root = root_of(Damaged(data, ((1024 + 96, bytes([data[1024 + 96] | 4])),)))
    assert isinstance(root, Root)
    assert root.journal is Journal.DIRTY
    for path in ("/etc/passwd", "/nothing"):
        answer = root.tree.read(path)
        assert isinstance(answer, Unreadable)
        assert "journal" in answer.words


def test_a_journal_that_may_hold_the_root_is_told():
    """A file system of XFS that was just written shows nothing before its log is replayed."""
    fresh = InMemory({"x": b""}, name="partition 2")
    fresh.file_system.journal = Journal.DIRTY
    refused = find_root([fresh])
    assert isinstance(refused, Unreadable)
    assert "partition 2: its journal is dirty" in refused.words


def test_a_disk_that_cannot_be_read_is_no_root():
    class Silent:
        size = 1 << 20

        def read(self, offset, length):
            from checker.inspect.bytes import DiskUnreadable

            raise DiskUnreadable("the server does not answer")

    refused = find_root(find_volumes(Silent(), None))
    assert isinstance(refused, Unreadable)
    assert "does not answer" in refused.words


@pytest.mark.parametrize("path", ["etc/fstab", "etc/systemd/system", "usr/lib/systemd/system"])
def test_where_mounts_are_not_known_nothing_is(path):
    refused = find_root([InMemory({**DEBIAN, path: Broken()})])
    assert isinstance(refused, Unreadable)
    assert path in refused.words
    assert refused.words.startswith("the root of a Linux system cannot be told: partition 1: ")


def test_an_fstab_without_end_is_refused():
    assert "fstab" in find_root([InMemory({**DEBIAN, "etc/fstab": b"\n" * 5000})]).words


def test_an_fstab_of_zeros_is_no_fstab_without_mounts():
    refused = find_root([InMemory({**DEBIAN, "etc/fstab": bytes(80)})])
    assert isinstance(refused, Unreadable)
    assert "fstab is no text" in refused.words


def test_beside_a_root_nothing_may_be_another():
    """A small system for repairs is not the system that starts, where that lies on a volume that is not read."""
    rescue, hidden = InMemory(DEBIAN), Volume("partition 3", VolumeKind.BTRFS, Memory(b""), uuid="b")
    refused = find_root([rescue, hidden])
    assert isinstance(refused, Unreadable)
    assert "partition 1 is a root" in refused.words
    assert "partition 3: it holds btrfs" in refused.words
    mounted = InMemory({**DEBIAN, "etc/fstab": b"UUID=b /srv btrfs\n"})
    assert isinstance(find_root([mounted, hidden]), Root)
    for type in ("21686148-6449-6E6F-744E-656564454649", "933AC7E1-2EB4-4F13-B844-0E14E2AEF915", "0x82"):
        assert isinstance(find_root([rescue, Volume("p", VolumeKind.UNKNOWN, Memory(b""), type=type)]), Root)


@pytest.mark.parametrize("path", ["ostree/deploy/x", "usr/lib/os-release"])
def test_a_system_of_another_layout_is_no_empty_volume(path):
    refused = find_root([InMemory(DEBIAN), InMemory({path: b"ID=x"}, name="partition 4")])
    assert isinstance(refused, Unreadable)
    assert "partition 4" in refused.words


def system_on(*kinds_at: tuple[int, bytes]) -> str:
    """Why no system was found, on a disk of one partition for each: an offset in it, and the bytes there."""
    size = 200 * 1024
    entries = [(0x83, 2048 + 400 * number, 400, 0) for number in range(len(kinds_at))]
    raw = bytearray(2048 * 512 + size * len(kinds_at))
    raw[:512] = mbr(*entries)
    for number, (at, what) in enumerate(kinds_at):
        start = 2048 * 512 + size * number + at
        raw[start : start + len(what)] = what
    disk = Memory(bytes(raw))
    found = read_system(VhdId("disk.vhd"), disk, read_partitions(disk))
    assert isinstance(found, Unread | NoSystem), found
    return (found.doubt if isinstance(found, NoSystem) else found).detail


def test_why_there_is_no_system_says_what_there_is_and_what_to_do():
    for at, mark, word in (
        (65600, b"_BHRfS_M", "btrfs"),
        (0, b"LUKS\xba\xbe", "LUKS"),
        (1024, bytes.fromhex("1020f5f2"), "F2FS"),
        (0, b"hsqs", "SquashFS"),
        (1024, bytes.fromhex("e2e1f5e0"), "EROFS"),
        (16 * 1024 + 40, b"pool_guid", "ZFS"),
        (4096 + 24, bytes.fromhex("c68573f64e1a45ca8265f57f48ba6d81"), "bcache"),
        (4096, struct.pack("<II136xQ", 0xA92B4EFC, 1, 8), "Linux RAID"),
    ):
        words = system_on((0, b"no file system"), (at, mark))
        assert f"partition 2: it holds {word}" in words or word in words
        assert "tested on a VM" in words
    assert "name its OS disk in the same run" in system_on((0, b""))
    assert "compare it with its origin" in system_on((0, b"who knows what"))


def test_windows_is_told_by_its_file_systems():
    disk = Memory(mbr((0x07, 2048, 400, 0)).ljust(2048 * 512 + 3, b"\0") + b"NTFS    ".ljust(200 * 1024, b"\0"))
    found = read_system(VhdId("disk.vhd"), disk, read_partitions(disk))
    assert isinstance(found, NoLinux)
    assert "NTFS" in found.why


def test_a_file_system_behind_a_boot_sector_alone_is_found():
    """A disk without partitions, whose first sector is a boot loader's."""
    data = Damaged(content("ext4"), ((510, b"\x55\xaa"),))
    table = read_partitions(data)
    assert table is not None
    assert table.partitions == ()
    assert isinstance(read_system(VhdId("disk.vhd"), data, table), LinuxGuest)


def test_a_root_whose_fstab_names_another_is_not_believed():
    """An older copy of the system, on the volume beside the one that it says it starts from."""
    copy = InMemory({**DEBIAN, "etc/fstab": b"UUID=new / ext4\n"}, uuid="old")
    fresh = InMemory({"boot/grub/grub.cfg": b""}, name="partition 2", uuid="new")
    refused = find_root([copy, fresh])
    assert isinstance(refused, Unreadable)
    assert "its fstab names partition 2" in refused.words
    assert isinstance(find_root([copy]), Root)


def test_a_disk_of_thousands_of_partitions_is_not_looked_through():
    many = [Partition(number, 2048 * 512, 4096, "0x83") for number in range(1, 4000)]
    asked = []

    class Counted:
        size = 2048 * 512 + 4096

        def read(self, offset, length):
            asked.append(offset)
            return bytes(length)

    volumes = find_volumes(Counted(), many)
    assert len(volumes) == len(many)
    assert len(asked) <= 128
    assert "only 128 partitions" in find_root(volumes).words


NIXOS = {
    "etc/passwd": b"root:x:0:0::/root:/run/current-system/sw/bin/bash\n",
    "etc/os-release": Link("static/os-release"),
    "etc/static": Link("/nix/store/aaa-etc/etc"),
    "nix/store/aaa-etc/etc/os-release": b"ID=nixos\n",
    "bin/sh": Link("/nix/store/bbb-bash/bin/sh"),
    "nix/store/bbb-bash/bin/sh": b"",
}


@pytest.mark.parametrize("store", ["nix", "gnu"])
def test_a_system_whose_files_lie_in_a_store_is_not_read(store):
    """What is not at the usual places is no sign of absence there."""
    files = {path.replace("nix/", f"{store}/"): what for path, what in NIXOS.items()}
    files["etc/static"] = Link(f"/{store}/store/aaa-etc/etc")
    refused = find_root([InMemory(files)])
    assert isinstance(refused, Unreadable)
    assert f"/{store}/store" in refused.words
    assert refused.is_unsupported


def test_a_package_manager_with_a_store_beside_the_system_changes_nothing():
    beside = {**DEBIAN, "usr/lib/os-release": b"ID=debian\n", "nix/store/aaa-hello/bin/hello": b""}
    assert isinstance(find_root([InMemory(beside)]), Root)


@pytest.mark.parametrize("files", [{"ostree/deploy/x": b""}, {"usr/lib/os-release": b"ID=x\n"}, NIXOS])
def test_a_system_of_a_kind_that_is_not_read_is_to_be_tested_on_a_vm(files, monkeypatch):
    """The advice for damaged files would be wrong for what is whole."""
    monkeypatch.setattr("checker.inspect.guest.find_volumes", lambda *_: (InMemory(files),))
    guest = read_system(VhdId("disk.vhd"), Memory(b""), None)
    assert isinstance(guest, Unread)
    assert guest.kind is ReasonKind.UNSUPPORTED
    assert "tested on a VM" in guest.detail


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("UUID=same / ext4", "its fstab names partition 3"),
        ("/dev/mapper/vg-data / ext4", "its fstab names partition 2"),
        ("UUID=r / ext4\nUUID=d / ext4", "its fstab names partition 2"),
        ('UUID="d" /. ext4', "its fstab names partition 2"),
    ],
)
def test_a_root_that_its_own_fstab_does_not_mean_is_not_believed(line, words):
    """It may be a stale copy, or one that was made for another disk."""
    root = InMemory({**DEBIAN, "etc/fstab": f"{line}\n".encode()}, uuid="r")
    if "same" in line:
        root.uuid = "same"
    data = InMemory({"x": b""}, name="partition 2", uuid="d", devices=("/dev/vg/data", "/dev/mapper/vg-data"))
    refused = find_root([root, data, InMemory({"x": b""}, name="partition 3", uuid="same")])
    assert isinstance(refused, Unreadable)
    assert words in refused.words


@pytest.mark.parametrize(
    "line",
    [
        "UUID=R / ext4",
        'UUID="r" / ext3',
        "UUID=other / ext4",
        "LABEL=other / ext4",
        "/dev/mapper/vg-root / ext4",
        "/dev/sda2 / xfs",
        "UUID=r / xfs",  # it is mounted by what the kernel's command line says, and this is it
        "LABEL=top / auto",
        "PARTUUID=0a-01 / ext4",
        "/dev/sda1 / ext4",
        "/dev/root / auto",
        "/dev/disk/azure/root-part1 / ext4",
        "rootfs / rootfs",
        "#UUID=other / ext4",
        "",
    ],
)
def test_a_root_that_its_fstab_means_or_does_not_tell_is_believed(line):
    files = {**DEBIAN, "etc/fstab": f"{line}\n".encode()}
    root = InMemory(files, uuid="r", label="top", partition_uuid="0A-01")
    assert isinstance(find_root([root, InMemory({"x": b""}, name="partition 2", uuid="d")]), Root)


def snapshot_of(volume: InMemory) -> Volume:
    words = "it is a snapshot, and such are not read"
    return Volume("a snapshot", VolumeKind.UNREADABLE, None, volume.uuid, snapshot_of=volume.name, why=words)


def test_a_snapshot_of_the_root_may_be_what_starts():
    root = InMemory({**DEBIAN, "etc/fstab": b"/dev/sda1 / ext4\n"}, uuid="r")
    refused = find_root([root, snapshot_of(root)])
    assert isinstance(refused, Unreadable)
    assert "it is a snapshot" in refused.words


def test_a_snapshot_of_what_is_no_root_is_none_and_has_the_same_name():
    """By its UUID the system may mount the one or the other."""
    root = InMemory({**DEBIAN, "etc/fstab": b"UUID=d /data ext4\n"}, uuid="r")
    data = InMemory({"x": b""}, name="partition 2", uuid="d")
    alone, beside = find_root([root, data]), find_root([root, data, snapshot_of(data)])
    assert isinstance(alone, Root)
    assert alone.tree.read("/data/x") == b""
    assert isinstance(beside, Root)
    assert isinstance(beside.tree.read("/data/x"), Unreadable)
