"""Which volume is the root: by proof, and with the words why where none is."""

from __future__ import annotations

import struct

import pytest
from memory_tree import Broken, MemoryFileSystem
from small_disks import Damaged, Folder, Link, Memory, content, disk, root_of
from vhds import mbr

from checker.facts.linux_guest import LinuxGuest, NoLinux
from checker.facts.unread import ReasonKind, Unread
from checker.facts.vhd import Partition, VhdId
from checker.inspect.filesystem import ABSENT, Journal
from checker.inspect.fstab import matching, parse_fstab
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
    partition_uuid = partition_label = ""

    def __init__(self, files, **properties):
        self.file_system = MemoryFileSystem(files)
        for name, value in properties.items():
            setattr(self, name, value)

    def open(self):
        return self.file_system


DEBIAN = {"etc/passwd": b"root:x:0:0::/root:/bin/sh\n", "etc/os-release": b"ID=debian\n", "home/a/.bash_history": b"ls"}


def test_what_a_unit_of_systemd_mounts_over_is_not_known():
    root = find_root([InMemory({**DEBIAN, "etc/systemd/system/home-my\\x2dapp.mount": b"[Mount]\n"})])
    assert isinstance(root, Root)
    assert isinstance(root.tree.list("/home/my-app"), Unreadable)
    assert root.tree.read("/home/a/.bash_history") == b"ls"


@pytest.mark.parametrize("path", ["etc/fstab", "etc/systemd/system", "usr/lib/systemd/system"])
def test_where_mounts_are_not_known_nothing_is(path):
    refused = find_root([InMemory({**DEBIAN, path: Broken()})])
    assert isinstance(refused, Unreadable)
    assert path in refused.words
    assert refused.words.startswith("the root of a Linux system cannot be told: partition 1: ")


def with_fstab(text, *others, **files):
    """The tree of a root whose fstab is this, beside other volumes."""
    more = {name.replace("__", "/"): what for name, what in files.items()}
    root = find_root([InMemory({**BARE, "etc/fstab": text.encode(), **more}), *others])
    assert isinstance(root, Root), root
    return root.tree


BARE = {path: what for path, what in DEBIAN.items() if not path.startswith("home")}
HOME = InMemory({"b/.bash_history": b"secret"}, name="partition 2", uuid="h")


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
        ("/dev/sdc1 /home", "not found on this disk"),
        ("UUID=h /home none bind", "not found on this disk"),
        ("UUID=h /home none rbind", "not found on this disk"),
        ("tmpfs /home tmpfs size=1G", "memory"),
        ("overlay /home overlay lowerdir=/a,upperdir=/b", "not found on this disk"),
        ("UUID=h /etc/../home ext4\n/dev/sdc1 /home ext4", "more than one"),
        ("UUID=h /home ext4\nUUID=h /home ext4", "more than one"),
        ("/dev/sdc1\u00a0x /home ext4", "not found on this disk"),
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
    for answer in (tree.list("/home/b"), tree.read("/home/b/x"), tree.read("/home/b/y"), tree.read("/home/d/z")):
        assert isinstance(answer, Unreadable)
        assert "below the mount at /home" in answer.words
    assert tree.read("/home/c") is ABSENT
    assert isinstance(tree.list("/home"), Unreadable)
    nothing = find_root([InMemory({**BARE, "home/b": Folder(), "etc/fstab": line.encode()}), empty]).tree
    assert nothing.list("/home") == ("b",)
    assert nothing.read("/home/b/x") == b""


def test_what_a_mount_below_another_covers_is_in_the_image_too():
    boot = InMemory({"efi/old": b"1"}, name="partition 2", uuid="b")
    efi = InMemory({"new": b"2"}, name="partition 3", uuid="e")
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


def test_an_fstab_without_end_is_refused():
    assert "fstab" in find_root([InMemory({**DEBIAN, "etc/fstab": b"\n" * 5000})]).words


def test_what_systemd_prefers_counts():
    """A unit in /etc wins over fstab, and fstab over a unit in /usr/lib."""
    line = "UUID=h /home ext4\n"
    assert isinstance(with_fstab(line, HOME, **{"etc/systemd/system/home.mount": b""}).list("/home"), Unreadable)
    assert with_fstab(line, HOME, **{"usr/lib/systemd/system/home.mount": b""}).list("/home") == ("b",)
    shipped = with_fstab("", **{"usr/lib/systemd/system/home.mount": b"", "lib": Link("usr/lib")})
    assert isinstance(shipped.list("/home"), Unreadable)
    unused = with_fstab("", **{"usr/lib/systemd/system/tmp.mount": b"", "tmp/x": b""})
    assert unused.list("/tmp") == ("x",)
    own = with_fstab("", **{"etc/systemd/system/tmp.mount": b"", "tmp/x": b""})
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


ESP = "C12A7328-F81F-11D2-BA4B-00A0C93EC93B"


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
    assert isinstance(found, Unread), found
    return found.detail


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
    assert "--ignore LNX" in system_on((0, b""))
    assert "compare it with its origin" in system_on((0, b"who knows what"))


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
