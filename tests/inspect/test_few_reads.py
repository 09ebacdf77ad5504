"""How often a disk is read from: what lies together is read together, and what is foreseen decides nothing else."""

from __future__ import annotations

import dataclasses
import itertools
from functools import partial

import pytest
from small_disks import WITH_ROOT, Damaged, content, damage, disk, root_of

from checker.facts.linux_guest import LinuxGuest
from checker.inspect import inodes
from checker.inspect.bytes import ByteSource, DiskUnreadable, Memory
from checker.inspect.cache import BlockCache
from checker.inspect.ext import ExtFileSystem
from checker.inspect.filesystem import Journal, Names, Sought, Stat
from checker.inspect.foreseen import Foreseen, foreseen
from checker.inspect.inodes import InodeFileSystem
from checker.inspect.linux.guest import read_guest
from checker.inspect.root import Root
from checker.inspect.together import Together
from checker.inspect.volumes import recognise
from checker.inspect.xfs_log import log_state
from checker.inspect.xfs_super import open_xfs

KIB = 1024
_RECORD = b"\xfe\xed\xba\xbe"


class Counting:
    """A source that counts what it was asked."""

    def __init__(self, source: ByteSource) -> None:
        self._source = source
        self.size = source.size
        self.asked: list[tuple[int, int]] = []

    def read(self, offset: int, length: int) -> bytes:
        self.asked.append((offset, length))
        return self._source.read(offset, length)


class Broken:
    """A source of which nothing can be read."""

    def __init__(self, size: int) -> None:
        self.size = size
        self.asked = 0

    def read(self, offset: int, length: int) -> bytes:
        self.asked += 1
        raise DiskUnreadable("nothing can be read")


def guest_on(source: ByteSource) -> LinuxGuest:
    root = root_of(source, recognise("the EFI partition", disk("fat")))
    assert isinstance(root, Root), root
    return read_guest(root, "vhd:disk.vhd")


def test_neighbouring_blocks_of_a_file_are_read_at_once() -> None:
    source = Counting(disk("ext4"))
    found = ExtFileSystem(source).read(("large",), 10**6)
    assert isinstance(found, bytes)
    assert any(length >= len(found) // 2 > 4096 for _, length in source.asked)


@pytest.mark.parametrize("name", ["xfs", "xfs-large"])
def test_the_end_of_an_xfs_log_is_found_whatever_the_superblock_says_of_it(name) -> None:
    volume = open_xfs(disk(name))
    assert log_state(volume) is Journal.CLEAN
    count = volume.log_blocks * volume.block_size // 512
    for hint in (0, 1, *range(2, count, 97), count - 65, count - 64, count - 1, count, count + 1, 2**32 - 1):
        assert log_state(dataclasses.replace(volume, log_hint=hint)) is Journal.CLEAN


@pytest.mark.parametrize("hint", [0, 2, 64, 2**32 - 1])
def test_no_hint_makes_a_dirty_log_clean(hint) -> None:
    data = content("xfs")
    volume = open_xfs(disk("xfs"))
    start = volume.block_at(volume.log_start)
    # The last record is the one whose operation unmounts; without that mark, it is a change that waits.
    records = [
        at for at in range(start, start + volume.log_blocks * volume.block_size, 512) if data[at : at + 4] == _RECORD
    ]
    changed = Damaged(data, tuple((at + 512 + 9, b"\0") for at in records))
    assert log_state(dataclasses.replace(volume, source=changed, log_hint=hint)) is Journal.DIRTY


def test_the_hint_of_the_superblock_saves_reads() -> None:
    with_hint, without = Counting(disk("xfs-large")), Counting(disk("xfs-large"))
    volume = open_xfs(with_hint)
    assert volume.log_hint > 0
    log_state(volume)
    log_state(dataclasses.replace(volume, source=without, log_hint=0))
    start = volume.block_at(volume.log_start)
    far = [
        {(at - start) // (64 * 1024) for at, _ in asked if at >= start} for asked in (with_hint.asked, without.asked)
    ]
    assert len(far[0]) < len(far[1])


def test_places_near_each_other_are_read_at_once_and_none_twice() -> None:
    source = Counting(Memory(bytes(8192 * KIB)))
    together = Together(source, 4096 * KIB)
    assert together.read([(5000 * KIB, 1), (100 * KIB, 10), (400 * KIB, 200 * KIB), (70 * KIB, 10), (0, 0)])
    assert source.asked == [(64 * KIB, 576 * KIB), (4992 * KIB, 64 * KIB)]
    assert together.read([(100 * KIB, 4 * KIB), (5050 * KIB, 10), (5060 * KIB, 1)], 128 * KIB)
    # Around what is known, and not over it.
    assert together.read([(4990 * KIB, 1), (5057 * KIB, 1), (5200 * KIB, 1)], 128 * KIB)
    assert source.asked[2:] == [(5056 * KIB, 128 * KIB), (4928 * KIB, 64 * KIB), (5184 * KIB, 128 * KIB)]


def test_no_more_is_read_together_than_was_said() -> None:
    source = Counting(Memory(bytes(4096 * KIB)))
    together = Together(source, 128 * KIB)
    assert together.read([(0, 1), (2048 * KIB, 1)])
    assert not together.read([(1024 * KIB, 1), (3072 * KIB, 1)])
    assert not together.read([(1024 * KIB, 1)])
    assert source.asked == [(0, 64 * KIB), (2048 * KIB, 64 * KIB)]


def test_places_that_are_none_are_not_read() -> None:
    source = Counting(Memory(bytes(100 * KIB)))
    places = [(-5, 10), (100 * KIB, 1), (2**70, 5), (99 * KIB, 2**70), (50, -7)]
    assert Together(source, 1024 * KIB).read(places, 128 * KIB)
    assert source.asked == [(64 * KIB, 36 * KIB)]
    assert Together(source, 1024 * KIB).read((at, 1) for at in itertools.count())


@pytest.mark.parametrize("name", WITH_ROOT)
def test_what_cannot_be_read_together_is_read_by_itself(name, monkeypatch) -> None:
    """Every read that nobody waits for fails: no fact is another."""
    expected = guest_on(disk(name))
    broken = Broken(disk(name).size)
    monkeypatch.setattr(inodes, "Together", lambda _, most: Together(broken, most))
    assert guest_on(disk(name)) == expected
    assert broken.asked


@pytest.mark.parametrize("name", WITH_ROOT)
def test_what_is_foreseen_changes_no_fact(name, monkeypatch) -> None:
    with_it = BlockCache(disk(name), block_size=4096, ahead=1)
    foreseeing = guest_on(with_it)
    monkeypatch.setattr(inodes, "foreseen", Foreseen)
    without = BlockCache(disk(name), block_size=4096, ahead=1)
    assert guest_on(without) == foreseeing
    assert with_it.requests < max(without.requests / 2, 8)


@pytest.mark.parametrize("name", ["ext4", "ext3", "xfs"])
def test_what_is_foreseen_of_a_damaged_disk_changes_no_answer(name, monkeypatch) -> None:
    def answers(source: ByteSource) -> list[object]:
        found: list[object] = []
        try:
            [volume] = [volume for volume in (recognise("the disk", source),) if volume.source]
            file_system = volume.open()
        except DiskUnreadable as problem:
            return [problem.words]
        asks = (file_system.stat, partial(file_system.read, limit=9999), partial(file_system.list, limit=99))
        for path in (("etc", "passwd"), ("usr", "lib", "os-release"), ("etc", "ssh", "sshd_config"), ("var", "log")):
            for ask in asks:
                try:
                    found.append(ask(path))
                except DiskUnreadable as problem:
                    found.append(problem.words)
        return found

    for seed in range(150):
        damaged = damage(name, seed)
        with_it = answers(damaged)
        with monkeypatch.context() as patch:
            patch.setattr(inodes, "foreseen", Foreseen)
            assert answers(damaged) == with_it, seed


def test_most_of_what_is_asked_for_is_foreseen(monkeypatch) -> None:
    """A new reader adds its files to ``foreseen.py``, or each may cost a request."""
    asked: set[Names] = set()
    find = InodeFileSystem.stat

    def noting(self: InodeFileSystem[inodes.Node], path: Names) -> Sought[Stat]:
        found = find(self, path)
        if isinstance(found, Stat):
            asked.add(path)
        return found

    monkeypatch.setattr(InodeFileSystem, "stat", noting)
    guest_on(disk("ext4"))
    missing = {"/".join(path) for path in asked if path[:-1] and not _is_foreseen(path[:-1])}
    assert len(missing) < len(asked) / 10, sorted(missing)


def _is_foreseen(path: Names) -> bool:
    """Whether a directory is read before it is asked for."""
    branches = [foreseen()]
    for name in path:
        branches = [after for branch in branches for _, after in branch.of({name: None})]
    return bool(branches)
