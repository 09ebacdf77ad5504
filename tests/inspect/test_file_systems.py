"""ext2 to ext4, XFS, FAT: what is read is what was put in, and another reader agrees."""

from __future__ import annotations

import io
import lzma
import re
import subprocess

import pytest
from small_disks import DATA, TREE, WITH_ROOT, Damaged, File, Folder, Link, content, disk

from checker.inspect.budget import Budget
from checker.inspect.bytes import DiskUnreadable, Memory
from checker.inspect.cache import BlockCache
from checker.inspect.filesystem import ABSENT, FileSystem, Journal, Kind
from checker.inspect.volumes import VolumeKind, find_volumes


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
    """The root directory of an ext4 of 4 MiB is there after two blocks of 256 KiB."""
    cache = BlockCache(disk("ext4"))
    assert "etc" in find_volumes(cache, None)[0].open().list((), 100)
    assert cache.requests <= 2


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
