"""How often a file system is read from: what lies together is read together, and a hint is no more than a hint."""

from __future__ import annotations

import dataclasses

import pytest
from small_disks import Damaged, content, disk

from checker.inspect.bytes import ByteSource
from checker.inspect.ext import ExtFileSystem
from checker.inspect.filesystem import Journal
from checker.inspect.xfs_log import log_state
from checker.inspect.xfs_super import open_xfs


class Counting:
    """A source that counts what it was asked."""

    def __init__(self, source: ByteSource) -> None:
        self._source = source
        self.size = source.size
        self.asked: list[tuple[int, int]] = []

    def read(self, offset: int, length: int) -> bytes:
        self.asked.append((offset, length))
        return self._source.read(offset, length)


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


_RECORD = b"\xfe\xed\xba\xbe"
