"""ext2 to ext4, XFS, FAT: what is read is what was put in, and another reader agrees."""

from __future__ import annotations

import io
import lzma
import re
import struct
import subprocess
from dataclasses import replace

import pytest
from small_disks import DATA, TREE, WITH_ROOT, Damaged, File, Folder, Link, content, disk

from checker.inspect.budget import Budget
from checker.inspect.bytes import DiskUnreadable, Memory
from checker.inspect.cache import BlockCache
from checker.inspect.crc32c import crc32c
from checker.inspect.ext_super import parse_superblock
from checker.inspect.fat import read_geometry
from checker.inspect.filesystem import ABSENT, FileSystem, Journal, Kind
from checker.inspect.volumes import VolumeKind, find_volumes
from checker.inspect.xfs_log import log_state
from checker.inspect.xfs_super import open_xfs


def opened(name: str) -> FileSystem:
    return find_volumes(disk(name), None)[-1 if name != "lvm" else 1].open()


def names(path: str) -> tuple[str, ...]:
    return tuple(part for part in path.split("/") if part)


@pytest.mark.parametrize("name", WITH_ROOT)
def test_every_entry_is_read_as_it_was_written(name):
    volume = opened(name)
    for path, what in TREE.items():
        stat = volume.stat(names(path))
        match what:
            case Link(target):
                assert stat.kind is Kind.SYMLINK
                assert volume.readlink(names(path)) == target
            case Folder():
                assert stat.kind is Kind.DIRECTORY
            case File(data, permissions):
                assert (stat.size, stat.permissions) == (len(data), permissions)
                assert volume.read(names(path), 10**6) == data
            case data:
                assert (stat.kind, stat.size, stat.permissions) == (Kind.FILE, len(data), 0o644)
                assert volume.read(names(path), 10**6) == data


@pytest.mark.parametrize("name", WITH_ROOT)
def test_every_directory_is_listed_whole(name):
    volume = opened(name)
    folders: dict[str, set[str]] = {"": {"lost+found"} if not name.startswith("xfs") else set()}
    for path in TREE:
        parts = path.split("/")
        for depth, part in enumerate(parts):
            folders.setdefault("/".join(parts[:depth]), set()).add(part)
    for folder, expected in folders.items():
        assert set(volume.list(names(folder), 10_000)) == expected, folder
    with pytest.raises(DiskUnreadable, match="more than 100"):
        volume.list(("many",), 100)


@pytest.mark.parametrize("name", WITH_ROOT)
def test_absence_is_told_from_what_is_no_answer(name):
    volume = opened(name)
    assert volume.stat(("nothing",)) is ABSENT
    assert volume.read(("etc", "nothing"), 10) is ABSENT
    assert volume.list(("nothing",), 10) is ABSENT
    assert (
        volume.readlink(
            ("etc", "nothing"),
        )
        is ABSENT
    )
    with pytest.raises(DiskUnreadable, match="no file"):
        volume.read(("etc",), 10)
    with pytest.raises(DiskUnreadable, match="no directory"):
        volume.list(("etc", "passwd"), 10)
    with pytest.raises(DiskUnreadable, match="no symlink"):
        volume.readlink(("etc", "passwd"))
    assert volume.read(("large",), 33) == (b"0123456789abcdef" * 3)[:33]


@pytest.mark.parametrize("name", ["ext4-large", "ext3-large", "xfs-large"])
def test_what_takes_more_than_one_block_of_metadata(name):
    """Indexed directories with holes in them, files in hundreds of extents, symlinks of four hundred letters."""
    volume = opened(name)
    expected = {f"a-long-file-name-{number:05}" for number in range(1500) if number % 3}
    assert set(volume.list(("many",), 10_000)) == expected
    assert volume.stat(("many", "a-long-file-name-00000")) is ABSENT
    assert volume.readlink(("link",)) == "y" * 200 + "/" + "z" * 200
    data = volume.read(("pieces",), 10**7)
    assert len(data) == 299 * 8192 + 8
    for number in range(300):
        assert data[number * 8192 : number * 8192 + 8] == b"%08d" % number
    assert not data.translate(None, bytes(1) + b"0123456789")
    assert volume.journal is Journal.CLEAN


@pytest.mark.parametrize("name", ["ext4-large", "xfs-large"])
def test_every_damaged_block_of_a_large_directory_is_noticed(name):
    data = content(name)
    for number in (1, 500, 1499):
        # The journal has copies of the block: each of them is changed.
        places = [match.start() for match in re.finditer(b"a-long-file-name-%05d" % number, data)]
        volume = find_volumes(Damaged(data, tuple((at, b"b") for at in places)), None)[0].open()
        with pytest.raises(DiskUnreadable):
            volume.list(("many",), 10_000)


def test_another_reader_of_ext_agrees():
    """libfsext, by its own code, gives the same names, sizes and contents."""
    pyfsext = pytest.importorskip("pyfsext")
    for name in ("ext4", "ext3", "ext2"):
        ours, theirs = opened(name), pyfsext.volume()
        theirs.open_file_object(io.BytesIO(content(name)))
        for path, what in TREE.items():
            entry = theirs.get_file_entry_by_path(f"/{path}")
            stat = ours.stat(names(path))
            assert (entry.file_mode & 0o7777, entry.owner_identifier) == (stat.permissions, stat.uid)
            if isinstance(what, Link):
                assert entry.symbolic_link_target == ours.readlink(names(path))
            elif stat.kind is Kind.FILE:
                assert entry.size == stat.size
                assert (entry.read(stat.size) if stat.size else b"") == ours.read(names(path), 10**6)
        theirs.close()


def test_another_reader_of_xfs_agrees():
    """libfsxfs, by its own code, gives the same sizes and contents."""
    pyfsxfs = pytest.importorskip("pyfsxfs")
    ours, theirs = opened("xfs"), pyfsxfs.volume()
    theirs.open_file_object(io.BytesIO(content("xfs")))
    for path, what in TREE.items():
        entry = theirs.get_file_entry_by_path(f"/{path}")
        stat = ours.stat(names(path))
        assert entry.file_mode & 0o7777 == stat.permissions
        if isinstance(what, Link):
            assert entry.symbolic_link_target == ours.readlink(names(path))
        elif stat.kind is Kind.FILE and stat.size:
            assert entry.read(stat.size) == ours.read(names(path), 10**6)
    theirs.close()


def test_fat_finds_names_whatever_their_case():
    volume = opened("fat")
    assert volume.list(("efi", "DEBIAN"), 10) == ("grub.cfg", "A rather long name.txt")
    assert b"search.fs_uuid" in volume.read(("EFI", "debian", "GRUB.CFG"), 1000)
    assert volume.stat(("EFI", "debian", "a RATHER long name.TXT")).kind is Kind.FILE
    assert volume.stat(("EFI", "nothing")) is ABSENT
    with pytest.raises(DiskUnreadable):
        volume.readlink(("EFI",))


@pytest.mark.parametrize("name", ["ext4", "xfs"])
def test_a_changed_directory_is_unreadable_and_never_empty(name):
    """A name that a flipped bit hides would be absent; the checksum of its directory says otherwise."""
    data = content(name)
    at = data.index(b"a-rather-long-name-of-a-file-0007")
    damaged = Damaged(data, ((at, b"b"),))
    volume = find_volumes(damaged, None)[0].open()
    with pytest.raises(DiskUnreadable, match=r"checksum|damaged"):
        volume.stat(("many", "a-rather-long-name-of-a-file-0007"))
    assert volume.stat(("etc", "nothing")) is ABSENT


def test_a_truncated_volume_is_unreadable():
    for name in ("ext4", "xfs", "fat"):
        half = Memory(content(name)[: len(content(name)) // 2])
        [volume] = find_volumes(half, None)
        if volume.kind is not VolumeKind.UNKNOWN:
            with pytest.raises(DiskUnreadable, match="its volume"):
                volume.open()


def test_what_is_not_inspected_is_recognised():
    def only(at: int, mark: bytes, size: int = 70 * 1024) -> Memory:
        raw = bytearray(size)
        raw[at : at + len(mark)] = mark
        return Memory(bytes(raw))

    for at, mark, kind in (
        (3, b"-FVE-FS-", VolumeKind.BITLOCKER),
        (3, b"NTFS    ", VolumeKind.NTFS),
        (0, b"LUKS\xba\xbe", VolumeKind.LUKS),
        (65600, b"_BHRfS_M", VolumeKind.BTRFS),
        (4086, b"SWAPSPACE2", VolumeKind.SWAP),
        (5, b"x", VolumeKind.UNKNOWN),
        (0, b"\0", VolumeKind.EMPTY),
    ):
        [volume] = find_volumes(only(at, mark), None)
        assert volume.kind is kind
        with pytest.raises(DiskUnreadable, match="not inspected"):
            volume.open()


def test_opening_asks_for_little():
    """An ext4 is opened with one request, and a whole root of 4 MiB is known after a few more."""
    cache = BlockCache(disk("ext4"))
    volume = find_volumes(cache, None)[0].open()
    assert cache.requests == 1
    assert "etc" in volume.list((), 100)
    assert cache.requests <= 4


def test_reading_without_end_ends():
    volume = find_volumes(Budget(disk("ext4"), limit=200_000), None)[0].open()
    with pytest.raises(DiskUnreadable, match="far more"):
        volume.read(("large",), 10**6)


def test_the_journal_is_clean_only_where_it_proves_it():
    assert opened("ext4").journal is Journal.CLEAN
    assert opened("xfs").journal is Journal.CLEAN
    data = content("ext3")
    assert data[1024 + 96] & 4 == 0
    dirty = Damaged(data, ((1024 + 96, bytes([data[1024 + 96] | 4])),))
    assert find_volumes(dirty, None)[0].open().journal is Journal.DIRTY
    data = content("xfs-v4")
    record = data.index(b"\xfe\xed\xba\xbe")
    flags = record + 512 + 9
    assert data[flags] == 0x20
    other = Damaged(data, ((flags, b"\x00"),))
    assert find_volumes(other, None)[0].open().journal is Journal.DIRTY
    gone = Damaged(data, ((record, bytes(4)),))
    assert find_volumes(gone, None)[0].open().journal is Journal.UNKNOWN


def test_debugfs_agrees(tmp_path):
    """The tool of the file system's own authors gives the same listing."""
    path = tmp_path / "ext4"
    path.write_bytes(lzma.decompress((DATA / "ext4.xz").read_bytes()))
    try:
        done = subprocess.run(["debugfs", "-R", "ls -p /etc", path], capture_output=True, text=True, check=True)
    except FileNotFoundError:
        pytest.skip("debugfs is not installed")
    theirs = {line.split("/")[5] for line in done.stdout.splitlines() if line.startswith("/")} - {".", ".."}
    assert theirs == set(opened("ext4").list(("etc",), 1000))


def superblock_changed(name: str, *changes: tuple[int, bytes]) -> Damaged:
    """A disk without checksums, with bytes of its ext superblock changed."""
    return Damaged(content(name), tuple((1024 + at, what) for at, what in changes))


@pytest.mark.parametrize(
    ("name", "state", "words"), [("ext3", 3, "marked as damaged"), ("ext2", 2, "damaged"), ("ext2", 0, "in use")]
)
def test_an_ext_file_system_that_says_it_is_not_sound_is_not_read(name, state, words):
    with pytest.raises(DiskUnreadable, match=words):
        find_volumes(superblock_changed(name, (58, bytes([state, 0]))), None)[0].open()


def test_the_copies_of_an_ext_superblock_are_where_its_features_say():
    sparse, few = 0x1, 0x200
    text = content("ext2")[1024:2048]

    def copies(read_only: int, compatible: int) -> list[int]:
        raw = bytearray(text)
        struct.pack_into("<I", raw, 100, read_only)
        struct.pack_into("<I", raw, 92, compatible)
        struct.pack_into("<II", raw, 0x24C, 1, 6)
        superblock = parse_superblock(bytes(raw), len(content("ext2")))
        return [group for group in range(10) if superblock.has_copy(group)]

    assert copies(sparse, 0) == [0, 1, 3, 5, 7, 9]
    assert copies(0, few) == copies(sparse, few) == [0, 1, 6]
    assert copies(0, 0) == list(range(10))


@pytest.mark.parametrize("name", ["ext3", "xfs-v4"])
@pytest.mark.parametrize("other", [b"0008", b"0/07", b"0\x0007"], ids=["twice", "slash", "zero"])
def test_a_directory_with_a_name_that_is_none_is_damaged(name, other):
    """Where no checksum tells it: a name that is there twice leads to who knows what."""
    data, word = content(name), b"a-rather-long-name-of-a-file-0007"
    changes = tuple((match.end() - 4, other) for match in re.finditer(word, data))
    volume = find_volumes(Damaged(data, changes), None)[0].open()
    with pytest.raises(DiskUnreadable, match="damaged"):
        volume.stat(("many", "nothing"))


def test_where_case_does_not_matter_a_missing_spelling_proves_nothing():
    data = content("xfs-v4")
    [version] = struct.unpack_from(">H", data, 100)
    volume = find_volumes(Damaged(data, ((100, struct.pack(">H", version | 0x4000)),)), None)[0].open()
    assert volume.stat(("etc", "passwd")).kind is Kind.FILE
    with pytest.raises(DiskUnreadable, match="case"):
        volume.stat(("ETC",))


def test_an_xfs_that_was_not_made_to_the_end_is_not_read():
    with pytest.raises(DiskUnreadable, match="to the end"):
        find_volumes(Damaged(content("xfs-v4"), ((126, b"\x01"),)), None)[0].open()


@pytest.mark.parametrize(("unit", "size"), [(512, 32768), (4096, 32768), (32768, 32768), (262144, 262144)])
@pytest.mark.parametrize("is_clean", [True, False])
def test_an_xfs_log_is_clean_whatever_its_unit_is(unit, size, is_clean):
    """A disk with sectors of 4096 bytes, or an array, has its records padded: what unmounting writes too."""
    headers = -(-size // 32768)
    length = max(-(-(headers * 512 + 512) // unit) * unit - headers * 512, 512)
    operations, flags = (1, 0x20) if is_clean else (1, 0)
    record = bytearray(headers * 512 + length)
    for at in range(0, len(record), 512):
        struct.pack_into(">I", record, at, 1)
    struct.pack_into(">IIII", record, 0, 0xFEEDBABE, 1, 2, length)
    struct.pack_into(">I", record, 40, operations)
    struct.pack_into(">I", record, 320, size)
    record[headers * 512 + 9] = flags
    volume = open_xfs(disk("xfs"))
    start = volume.block_at(volume.log_start)
    log = bytes(record).ljust(volume.log_blocks * volume.block_size, b"\0")
    data = content("xfs")
    changed = replace(volume, source=Memory(data[:start] + log + data[start + len(log) :]))
    assert log_state(changed) is (Journal.CLEAN if is_clean else Journal.DIRTY)


def fat_with(name: bytes, *long_parts: bytes) -> FileSystem:
    """The FAT disk with another entry in its root, after some parts of a long name."""
    data = content("fat")
    geometry = read_geometry(data[:512], len(data))
    entry = name + b"\x20" + bytes(20)
    free = next(at for at in range(geometry.root_at, len(data), 32) if data[at] == 0)
    return find_volumes(Damaged(data, ((free, b"".join(long_parts) + entry),)), None)[0].open()


def test_a_long_name_that_is_left_over_names_nothing():
    """A tool that knows short names only leaves the long name of the file that was there before."""

    def part(checksum: int, number: int = 0x41) -> bytes:
        raw = "other".encode("utf-16-le") + b"\x0f\x00" + bytes([checksum]) + bytes(12) + bytes(2) + bytes(4)
        return bytes([number]) + raw

    name = b"GRUB    CFG"
    checksum = 0
    for byte in name:
        checksum = (((checksum & 1) << 7) + (checksum >> 1) + byte) & 0xFF
    assert "other" in fat_with(name, part(checksum)).list((), 10)
    assert fat_with(name, part(checksum)).stat(("grub.cfg",)).kind is Kind.FILE
    for parts in ((part(checksum ^ 1),), (part(checksum, 0x42),), (part(checksum, 0x01), part(checksum, 0x03))):
        assert "GRUB.CFG" in fat_with(name, *parts).list((), 10)


def test_a_name_that_is_there_twice_in_a_fat_is_not_believed():
    with pytest.raises(DiskUnreadable, match="more than once"):
        fat_with(b"EFI        ").stat(("efi",))


def test_a_small_fat32_is_one_too():
    """An EFI partition of few megabytes, made with -F 32, has fewer clusters than the document wants of FAT32."""
    boot = bytearray(512)
    struct.pack_into("<HBHBHHBHHHII", boot, 11, 512, 1, 32, 2, 0, 40000, 0xF8, 0, 0, 0, 0, 0)
    struct.pack_into("<I", boot, 36, 320)
    struct.pack_into("<I", boot, 44, 2)
    boot[510:] = b"\x55\xaa"
    assert read_geometry(bytes(boot), 40000 * 512).bits == 32


def place_of_entry(data: bytes, name: bytes) -> int:
    """Where the entry of a name begins in an ext directory: eight bytes before the name."""
    return next(
        match.start() - 8 for match in re.finditer(re.escape(name), data) if data[match.start() - 2] == len(name)
    )


@pytest.mark.parametrize("name", ["ext3", "ext2"])
def test_an_entry_that_says_another_kind_than_its_inode_is_damaged(name):
    """The two are written together: where they differ, one of them is of another time."""
    data = content(name)
    at = place_of_entry(data, b"builder")
    assert data[at + 7] == 2
    volume = find_volumes(Damaged(data, ((at + 7, b"\x01"),)), None)[0].open()
    with pytest.raises(DiskUnreadable, match="damaged"):
        volume.stat(("home", "builder", ".bash_history"))
    for type in (9, 0x82):
        volume = find_volumes(Damaged(data, ((at + 7, bytes([type])),)), None)[0].open()
        with pytest.raises(DiskUnreadable, match="damaged"):
            volume.list(("home",), 10)


def test_an_entry_of_xfs_says_its_kind_too():
    data = content("xfs-v4")
    volume = opened("xfs-v4")
    inode = volume._inode(volume._find(("home",)).number)
    at = data.index(inode.fork[: inode.stat.size])
    place = data.index(b"builder", at) + len(b"builder")
    assert data[place] == 2
    other = find_volumes(Damaged(data, ((place, b"\x07"),)), None)[0].open()
    with pytest.raises(DiskUnreadable, match="damaged"):
        other.list(("home", "builder"), 10)


def test_an_inode_of_no_kind_is_not_taken_for_a_device():
    """A directory whose mode lost its kind would look like one without the names in it."""
    data = content("ext2")
    home = opened("ext2")._find(("home",))
    superblock = parse_superblock(data[1024:2048], len(data))
    group, index = divmod(home.number - 1, superblock.inodes_per_group)
    table = struct.unpack_from("<I", data, (superblock.first_block + 1) * superblock.block_size + 32 * group + 8)[0]
    at = table * superblock.block_size + index * superblock.inode_size
    assert data[at : at + 2] == b"\xed\x41"
    for high in (0x01, 0x31, 0x51, 0xF1):
        volume = find_volumes(Damaged(data, ((at + 1, bytes([high])),)), None)[0].open()
        with pytest.raises(DiskUnreadable):
            volume.stat(("home",))


def test_a_directory_that_is_not_its_own_is_damaged():
    """The first entry of each leads to itself: the block of another directory, left behind, does not."""
    data = content("ext3")
    at = place_of_entry(data, b"a-rather-long-name-of-a-file-0000") // 1024 * 1024
    assert data[at + 8 : at + 9] == b"."
    volume = find_volumes(Damaged(data, ((at, b"\x63"),)), None)[0].open()
    with pytest.raises(DiskUnreadable, match="begin with itself"):
        volume.stat(("many", "nothing"))


def test_a_symlink_with_a_zero_in_it_leads_nowhere():
    data = content("ext3")
    at = data.index(b"../../../../etc/passwd")
    volume = find_volumes(Damaged(data, ((at + 3, b"\0"),)), None)[0].open()
    with pytest.raises(DiskUnreadable, match="damaged"):
        volume.readlink(("out",))


WAAGENT = ("etc", "waagent.conf")


def ext_inode_at(name: str, path: tuple[str, ...]) -> int:
    """Where an inode lies on an ext disk of one descriptor block."""
    data = content(name)
    superblock = parse_superblock(data[1024:2048], len(data))
    group, index = divmod(opened(name)._find(path).number - 1, superblock.inodes_per_group)
    table = struct.unpack_from("<I", data, (superblock.first_block + 1) * superblock.block_size + 32 * group + 8)[0]
    return table * superblock.block_size + index * superblock.inode_size


@pytest.mark.parametrize(("name", "at"), [("ext2", 40), ("ext3", 40)])
def test_an_ext_file_that_lost_its_blocks_is_not_full_of_zeros(name, at):
    place = ext_inode_at(name, WAAGENT) + at
    volume = find_volumes(Damaged(content(name), ((place, bytes(4)),)), None)[0].open()
    with pytest.raises(DiskUnreadable, match="all its blocks"):
        volume.read(WAAGENT, 1000)


def test_an_xfs_file_that_lost_its_extents_is_not_full_of_zeros():
    volume = opened("xfs-v4")
    place = volume._volume.inode_at(volume._find(WAAGENT).number) + 76
    damaged = find_volumes(Damaged(content("xfs-v4"), ((place, bytes(4)),)), None)[0].open()
    with pytest.raises(DiskUnreadable, match="all of its blocks"):
        damaged.read(WAAGENT, 1000)


@pytest.mark.parametrize("flags", [b"\xff" * 8, bytes(7) + b"\x10", bytes(7) + b"\x40"])
def test_an_xfs_inode_with_flags_that_its_file_system_has_not_is_damaged(flags):
    """With the flag of large counters the number of extents is taken from elsewhere, where it is 0."""
    volume, data = opened("xfs"), content("xfs")
    at = volume._volume.inode_at(volume._find(WAAGENT).number)
    raw = bytearray(data[at : at + volume._volume.inode_size])
    raw[120:128] = flags
    raw[100:104] = bytes(4)
    raw[100:104] = struct.pack("<I", crc32c(bytes(raw)) ^ 0xFFFFFFFF)
    damaged = find_volumes(Damaged(data, ((at, bytes(raw)),)), None)[0].open()
    with pytest.raises(DiskUnreadable, match="flags"):
        damaged.read(WAAGENT, 1000)
