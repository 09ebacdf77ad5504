"""Which volume is the root: by proof, and with the words why where none is."""

from __future__ import annotations

import pytest
from memory_tree import Broken, MemoryFileSystem
from small_disks import Damaged, Memory, content, disk, root_of

from checker.inspect.filesystem import ABSENT, Journal
from checker.inspect.fstab import matching, parse_fstab
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


def test_a_volume_that_fstab_names_is_mounted():
    alone = root_of(disk("ext4"))
    assert isinstance(alone.tree.read("/boot/efi/EFI/debian/grub.cfg"), Unreadable)
    assert isinstance(alone.tree.read("/boot/efi/nothing"), Unreadable)
    both = root_of(disk("ext4"), recognise("partition 15", disk("fat")))
    assert b"configfile" in both.tree.read("/boot/efi/EFI/debian/grub.cfg")
    assert both.tree.read("/boot/efi/nothing") is ABSENT
    assert isinstance(both.tree.read("/mnt/nothing"), Unreadable)  # the temporary disk is not in the image


def test_a_dirty_journal_leaves_nothing_certain_and_is_reported():
    data = content("ext3")
    root = root_of(Damaged(data, ((1024 + 96, bytes([data[1024 + 96] | 4])),)))
    assert isinstance(root, Root)
    assert root.journal is Journal.DIRTY
    for path in ("/etc/passwd", "/nothing"):
        answer = root.tree.read(path)
        assert isinstance(answer, Unreadable)
        assert "journal" in answer.words


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
    for device in ("LABEL=same", "UUID=", "/dev/sda1", "PARTUUID=x", "LABEL="):
        assert matching(device, volumes) is None


def test_a_disk_that_cannot_be_read_is_no_root():
    class Silent:
        size = 1 << 20

        def read(self, offset, length):
            from checker.inspect.bytes import DiskUnreadable

            raise DiskUnreadable("the server does not answer")

    refused = find_root(find_volumes(Silent(), None))
    assert isinstance(refused, Unreadable)
    assert "does not answer" in refused.words


class InMemory:
    """A volume that opens to a file system in memory."""

    kind, name, why, uuid, label, type, devices = VolumeKind.EXT, "partition 1", "", "", "", "", ()

    def __init__(self, files):
        self.file_system = MemoryFileSystem(files)

    def open(self):
        return self.file_system


DEBIAN = {"etc/passwd": b"root:x:0:0::/root:/bin/sh\n", "etc/os-release": b"ID=debian\n", "home/a/.bash_history": b"ls"}


def test_what_a_unit_of_systemd_mounts_over_is_not_known():
    root = find_root([InMemory({**DEBIAN, "etc/systemd/system/home-my\\x2dapp.mount": b"[Mount]\n"})])
    assert isinstance(root, Root)
    assert isinstance(root.tree.list("/home/my-app"), Unreadable)
    assert root.tree.read("/home/a/.bash_history") == b"ls"


@pytest.mark.parametrize("path", ["etc/fstab", "etc/systemd/system"])
def test_where_mounts_are_not_known_nothing_is(path):
    refused = find_root([InMemory({**DEBIAN, path: Broken()})])
    assert isinstance(refused, Unreadable)
    assert path in refused.words
