"""What a system mounts, and where: by fstab, by units of systemd, by types of partitions."""

from __future__ import annotations

import pytest
from memory_tree import Broken
from small_disks import Folder, Link, disk, root_of
from volumes_in_memory import BARE, DEBIAN, HOME, InMemory, with_fstab

from checker.inspect.filesystem import ABSENT
from checker.inspect.fstab import parse_fstab
from checker.inspect.linux.accounts import read_accounts
from checker.inspect.linux.reader import Reader
from checker.inspect.resolver import Unreadable
from checker.inspect.root import Root, find_root
from checker.inspect.volumes import Volume, VolumeKind, recognise

ESP = "C12A7328-F81F-11D2-BA4B-00A0C93EC93B"


def test_a_volume_that_fstab_names_is_mounted():
    alone = root_of(disk("ext4"))
    assert isinstance(alone.tree.read("/boot/efi/EFI/debian/grub.cfg"), Unreadable)
    assert isinstance(alone.tree.read("/boot/efi/nothing"), Unreadable)
    both = root_of(disk("ext4"), recognise("partition 15", disk("fat")))
    assert b"configfile" in both.tree.read("/boot/efi/EFI/debian/grub.cfg")
    assert both.tree.read("/boot/efi/nothing") is ABSENT
    assert isinstance(both.tree.read("/mnt/nothing"), Unreadable)  # the temporary disk is not in the image


def test_what_a_unit_of_systemd_mounts_over_is_not_known():
    root = find_root([InMemory({**DEBIAN, "etc/systemd/system/home-my\\x2dapp.mount": b"[Mount]\n"})])
    assert isinstance(root, Root)
    assert isinstance(root.tree.list("/home/my-app"), Unreadable)
    assert root.tree.read("/home/a/.bash_history") == b"ls"


def test_a_mount_is_where_a_symlink_leads():
    """/home leads to /data/home, and that is where the system mounts it: both names show what is mounted."""
    tree = with_fstab("UUID=h /home ext4\n", HOME, home=Link("data/home"), data__home__a=Folder())
    assert tree.list("/home") == tree.list("/data/home") == ("b",)


def test_what_is_mounted_on_demand_only_is_not_known():
    tree = with_fstab("UUID=h /home ext4 noauto\n/dev/sr0 /mnt udf noauto\n", HOME)
    assert isinstance(tree.list("/home"), Unreadable)
    assert tree.list("/mnt") is ABSENT
    automatic = with_fstab("UUID=h /home ext4 noauto,x-systemd.automount\n", HOME)
    assert automatic.list("/home") == ("b",)


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("/dev/sdc1 /home", "which volume that is cannot be told"),
        ("UUID=h /home none bind", "another way"),
        ("UUID=h /home ext4 rbind", "another way"),
        ("UUID=h /home ext4 defaults,X-mount.subdir=b", "another way"),
        ("UUID=h /home ext4 loop,offset=4096", "another way"),
        ("UUID=h /home xfs defaults", "another way"),
        ("UUID=h /home overlay lowerdir=/a", "another way"),
        ("UUID=h /home", "another way"),
        ("tmpfs /home tmpfs size=1G", "memory"),
        ("UUID=other /home ext4", "not found on this disk"),
        ("/dev/disk/azure/root-part7 /home ext4", "not found on this disk"),
        ("overlay /home overlay lowerdir=/a,upperdir=/b", "which volume that is cannot be told"),
        ("UUID=h /etc/../home ext4\n/dev/sdc1 /home ext4", "more than one"),
        ("UUID=h /home ext4\nUUID=h /home ext4", "more than one"),
        ("/dev/sdc1\u00a0x /home ext4", "which volume that is cannot be told"),
    ],
)
def test_below_a_mount_that_is_not_followed_nothing_is_known(line, words):
    answer = with_fstab(f"# a \x0cUUID=h /etc\n{line}\n", HOME).read("/home/a/.bash_history")
    assert isinstance(answer, Unreadable)
    assert words in answer.words


@pytest.mark.parametrize("options", ["defaults", "nofail"])
def test_what_a_mount_covers_is_in_the_image_too(options):
    """Every customer can read it, and where the volume is not mounted it is what the system shows."""
    line = f"UUID=h /home ext4 {options}\n"
    empty = InMemory({"b/x": b""}, name="partition 2", uuid="h")
    tree = with_fstab(line, empty, home__b__x=b"", home__b__y=b"", home__d__z=b"")
    for answer in (tree.read("/home/b/x"), tree.read("/home/b/y"), tree.read("/home/d/z")):
        assert isinstance(answer, Unreadable)
        assert "below the mount at /home" in answer.words
    assert tree.read("/home/c") is ABSENT
    # A name that one of both has hides no other: what is at it is asked for by itself.
    assert tree.list("/home") == ("b", "d")
    assert tree.list("/home/b") == ("x", "y")
    assert isinstance(tree.list("/home/d"), Unreadable)
    nothing = find_root([InMemory({**BARE, "home/b": Folder(), "etc/fstab": line.encode()}), empty]).tree
    assert nothing.list("/home") == ("b",)
    assert nothing.read("/home/b/x") == b""


def test_what_a_mount_below_another_covers_is_in_the_image_too():
    boot = InMemory({"efi/old": b"1"}, name="partition 2", uuid="b")
    efi = InMemory({"new": b"2"}, name="partition 3", uuid="e", kind=VolumeKind.FAT)
    lines = "UUID=e /boot/efi vfat\nUUID=b /boot ext4\n"
    for tree in (
        with_fstab(lines, boot, efi),
        with_fstab(lines, InMemory({"x": b""}, uuid="b"), efi, boot__efi__old=b""),
    ):
        assert isinstance(tree.read("/boot/efi/old"), Unreadable)
        assert tree.read("/boot/efi/new") == b"2"
        assert tree.read("/boot/efi/other") is ABSENT


def test_below_a_mount_point_that_cannot_be_listed_nothing_is_known():
    tree = with_fstab("UUID=h /home ext4\n", HOME, home=Broken())
    assert isinstance(tree.list("/home"), Unreadable)


def test_an_escaped_name_is_one_of_bytes():
    tree = with_fstab("/dev/sdc1 /m\\303\\244rz ext4\n")
    assert isinstance(tree.read("/m\u00e4rz/x"), Unreadable)
    undecodable = find_root([InMemory({**DEBIAN, "etc/fstab": b"/dev/sdc1 /m\xff ext4\n"})])
    assert isinstance(undecodable.tree.read("/m\udcff/x"), Unreadable)


def test_what_systemd_prefers_counts():
    """A unit in /etc wins over fstab, and fstab over a unit in /usr/lib."""
    line = "UUID=h /home ext4\n"
    assert isinstance(with_fstab(line, HOME, **{"etc/systemd/system/home.mount": b""}).list("/home"), Unreadable)
    assert with_fstab(line, HOME, **{"usr/lib/systemd/system/home.mount": b""}).list("/home") == ("b",)
    shipped = with_fstab("", **{"usr/lib/systemd/system/home.mount": b"", "lib": Link("usr/lib")})
    assert isinstance(shipped.list("/home"), Unreadable)
    unused = with_fstab("", **{"usr/lib/systemd/system/tmp.mount": b"", "tmp/x": b""})
    assert unused.list("/tmp") == ("x",)
    own = with_fstab("", **{"etc/systemd/system/tmp.mount": b"[Mount]\n", "tmp/x": b""})
    assert isinstance(own.list("/tmp"), Unreadable)
    kernel = with_fstab("", **{"usr/lib/systemd/system/dev-mqueue.mount": b"", "dev/x": b""})
    assert kernel.list("/dev") == ("x",)


@pytest.mark.parametrize(
    ("type", "where"),
    [
        ("933AC7E1-2EB4-4F13-B844-0E14E2AEF915", "/home"),
        ("3B8F8425-20E0-4F3B-907F-1A25A76F98E8", "/srv"),
        ("4D21B016-B534-45C2-A9FB-5C16E091FD2D", "/var"),
        ("7EC6F557-3BC5-4ACA-B293-16EF5DF639D1", "/var/tmp"),
        ("BC13C2FF-59E6-4262-A352-B275FD6F7172", "/boot"),
    ],
)
def test_what_systemd_mounts_by_the_type_of_a_partition_is_not_known(type, where):
    """Unless fstab or a unit says what is there, or something lies there already: then systemd leaves it alone."""
    files = {key: what for key, what in DEBIAN.items() if not key.startswith("home")}
    files |= {"var/log/x": b""} if where == "/var/tmp" else {}
    other = InMemory({"x": b""}, name="partition 2", uuid="o", type=type)
    tree = find_root([InMemory(files), other]).tree
    assert isinstance(tree.read(f"{where}/x"), Unreadable)
    assert "mounts" in tree.read(f"{where}/x").words
    named = find_root([InMemory({**files, "etc/fstab": f"UUID=o {where} ext4\n".encode()}), other]).tree
    assert named.read(f"{where}/x") == b""
    full = find_root([InMemory({**files, f"{where[1:]}/y": b""}), other]).tree
    assert full.read(f"{where}/x") is ABSENT


@pytest.mark.parametrize("where", ["/boot", "/efi"])
def test_the_efi_partition_that_fstab_does_not_name_is_shown_where_systemd_mounts_it(where):
    """Over an empty directory: there is either what lies on that partition, or nothing."""
    esp = InMemory({"EFI/x": b"1"}, name="partition 2", uuid="o", type=ESP)
    tree = find_root([InMemory(DEBIAN), esp]).tree
    assert tree.read(f"{where}/EFI/x") == b"1"
    assert tree.read(f"{where}/grub/grub.cfg") is ABSENT
    full = find_root([InMemory({**DEBIAN, f"{where[1:]}/y": b""}), esp]).tree
    assert full.read(f"{where}/EFI/x") is ABSENT
    unlisted = find_root([InMemory({**DEBIAN, where[1:]: Broken()}), esp]).tree
    assert isinstance(unlisted.read(f"{where}/EFI/x"), Unreadable)
    second = InMemory({"EFI/z": b"1"}, name="partition 3", uuid="p", type=ESP)
    assert isinstance(find_root([InMemory(DEBIAN), esp, second]).tree.read(f"{where}/EFI/x"), Unreadable)
    broken = Volume("partition 2", VolumeKind.UNREADABLE, None, type=ESP, why="it is damaged")
    words = find_root([InMemory(DEBIAN), broken]).tree.read(f"{where}/EFI/x")
    assert isinstance(words, Unreadable)
    assert "it is damaged" in words.words


@pytest.mark.parametrize(
    ("options", "is_automatic"),
    [
        ("defaults", True),
        ("noauto", False),
        ("noauto,nofail", False),
        ("noauto,auto", True),
        ("noauto,x-systemd.automount", True),
        ("noauto,comment=systemd.automount", True),
        ("noauto,x-systemd.wanted-by=multi-user.target", True),
        ("noauto,x-systemd.required-by=x.service", True),
        ("noauto,x-systemd.device-timeout=5", False),
    ],
)
def test_what_the_system_mounts_by_itself(options, is_automatic) -> None:
    [line] = parse_fstab(f"/dev/sdc1 /home ext4 {options} 0 2\n")
    assert line.is_automatic is is_automatic
    answer = with_fstab(f"/dev/sdc1 /home ext4 {options} 0 2\n").list("/home")
    assert isinstance(answer, Unreadable) is is_automatic


@pytest.mark.parametrize("mask", [Link("/dev/null"), Link("../../../dev/null"), b""])
def test_a_masked_unit_mounts_nothing(mask) -> None:
    """Neither does the one that the distribution brings, which it hides."""
    masked = {"etc/systemd/system/home.mount": mask, "usr/lib/systemd/system/home.mount": b"[Mount]\n"}
    assert with_fstab("", **masked, home__x=b"").list("/home") == ("x",)
    tmp = with_fstab("", **{"etc/systemd/system/tmp.mount": mask, "tmp/x": b""})
    assert tmp.list("/tmp") == ("x",)
    both = with_fstab("UUID=h /home ext4\n", HOME, **masked).list("/home")
    assert isinstance(both, Unreadable)
    assert "masked" in both.words


def test_a_unit_that_leads_elsewhere_is_not_masked() -> None:
    for link in (Link("/opt/home.mount"), Link("/dev/zero"), Broken()):
        tree = with_fstab("", **{"etc/systemd/system/home.mount": link, "home/x": b""})
        assert isinstance(tree.list("/home"), Unreadable)


def test_a_place_that_cannot_be_told_is_of_no_root() -> None:
    files = {**DEBIAN, "etc/fstab": b"UUID=h /none/../home ext4\n"}
    refused = find_root([InMemory(files), HOME])
    assert isinstance(refused, Unreadable)
    assert "/none/../home" in refused.words


def test_the_efi_partition_of_an_mbr_is_mounted_nowhere_by_its_type() -> None:
    esp = InMemory({"EFI/x": b"1"}, name="partition 2", uuid="o", type="0xef")
    tree = find_root([InMemory(DEBIAN), esp]).tree
    assert tree.read("/boot/EFI/x") is ABSENT


def test_a_history_on_a_volume_is_told_beside_what_the_volume_covers():
    own = InMemory({".bash_history": b"ls\n"}, name="partition 2", uuid="h")
    tree = with_fstab("UUID=h /root ext4\n", own, **{"root/.bashrc": b"export HISTFILE=x\n"})
    histories = read_accounts(Reader(tree, "disk.vhd")).histories
    assert [found.file.path for found in histories.known] == ["/root/.bash_history"]
    assert histories.rest is not None
    assert "/root/.bashrc is on the disk below the mount at /root too" in histories.rest.detail
