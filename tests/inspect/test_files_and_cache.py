"""The local file and the block cache: what opens, what does not, and that nothing is read twice or beyond the end."""

from __future__ import annotations

import os
import random
from itertools import pairwise

import pytest
from vhds import MIB

from checker.errors import SourceProblem
from checker.inspect.bytes import MAX_READ, DiskUnreadable, Memory, Window
from checker.inspect.cache import BlockCache
from checker.inspect.files import LocalFile


class Counting:
    """A source that keeps what it was asked."""

    def __init__(self, content: bytes) -> None:
        self._content = content
        self.size = len(content)
        self.asked: list[tuple[int, int]] = []

    def read(self, offset: int, length: int) -> bytes:
        self.asked.append((offset, length))
        assert 0 <= offset <= offset + length <= self.size
        return self._content[offset : offset + length]


class Unreadable:
    """A source with one byte that cannot be read."""

    def __init__(self, content: bytes, bad: int) -> None:
        self._content = content
        self._bad = bad
        self.size = len(content)
        self.given: list[tuple[int, int]] = []

    def read(self, offset: int, length: int) -> bytes:
        if offset <= self._bad < offset + length:
            raise DiskUnreadable("a bad sector")
        self.given.append((offset, length))
        return self._content[offset : offset + length]


def test_the_cache_gives_the_same_bytes_as_the_source_and_asks_for_whole_blocks() -> None:
    content = random.Random(1).randbytes(10_000)
    source = Counting(content)
    cache = BlockCache(source, block_size=512, max_blocks=4)
    chance = random.Random(2)
    for _ in range(300):
        offset = chance.randrange(len(content))
        length = chance.randrange(min(3000, len(content) - offset) + 1)
        assert cache.read(offset, length) == content[offset : offset + length]
    assert all(offset % 512 == 0 for offset, _ in source.asked)
    assert cache.requests == len(source.asked)
    assert cache.bytes_read == sum(length for _, length in source.asked)


@pytest.mark.parametrize("size", [1, 511, 512, 513, 1023, 1024, 10_000])
@pytest.mark.parametrize("ahead", [1, 4])
def test_nothing_is_asked_for_twice_as_long_as_there_is_room(size, ahead) -> None:
    content = random.Random(size).randbytes(size)
    source = Counting(content)
    cache = BlockCache(source, block_size=512, ahead=ahead)
    chance = random.Random(3)
    for _ in range(200):
        offset = chance.randrange(len(content))
        length = chance.randrange(min(700, len(content) - offset) + 1)
        assert cache.read(offset, length) == content[offset : offset + length]
    asked = sorted(source.asked)
    assert all(offset + length <= following for (offset, length), (following, _) in pairwise(asked))


def test_what_was_read_is_not_asked_for_again_and_neighbours_come_together() -> None:
    source = Counting(bytes(10 * 512))
    cache = BlockCache(source, block_size=512, ahead=1)
    cache.read(100, 1900)
    cache.read(0, 2048)
    assert source.asked == [(0, 2048)]
    cache.read(0, 5120)
    assert source.asked == [(0, 2048), (2048, 3072)]


def test_a_request_goes_on_behind_what_was_asked_for_up_to_what_is_here() -> None:
    source = Counting(bytes(20 * 512))
    cache = BlockCache(source, block_size=512, ahead=4)
    cache.read(5 * 512 + 7, 3)
    cache.read(2 * 512, 511)
    assert source.asked == [(5 * 512, 4 * 512), (2 * 512, 3 * 512)]


def test_who_asks_for_a_block_or_more_gets_what_he_asks_for() -> None:
    source = Counting(bytes(20 * 512))
    cache = BlockCache(source, block_size=512, ahead=4)
    cache.read(2 * 512, 512)
    cache.read(5 * 512 + 7, 512)
    assert source.asked == [(2 * 512, 512), (5 * 512, 2 * 512)]


@pytest.mark.parametrize("bad", range(10))
def test_what_nobody_asked_for_may_be_unreadable(bad) -> None:
    """A block that cannot be read is unreadable itself, and its neighbours that are read with it are not."""
    content = random.Random(7).randbytes(10 * 512)
    source = Unreadable(content, bad * 512)
    cache = BlockCache(source, block_size=512, ahead=4)
    for number in (3, 5, 4, 0, 9, 1, 2, 8, 6, 7):
        if number == bad:
            with pytest.raises(DiskUnreadable):
                cache.read(number * 512, 100)
        else:
            assert cache.read(number * 512, 100) == content[number * 512 : number * 512 + 100]
    assert cache.bytes_read == sum(length for _, length in source.given)
    with pytest.raises(DiskUnreadable):
        cache.read(bad * 512, 1)


def test_a_single_block_between_what_is_here_and_what_is_asked_for_comes_along() -> None:
    source = Counting(bytes(20 * 512))
    cache = BlockCache(source, block_size=512, ahead=1)
    cache.read(3 * 512, 512)
    cache.read(5 * 512, 512)
    cache.read(8 * 512, 512)
    assert source.asked == [(3 * 512, 512), (4 * 512, 2 * 512), (8 * 512, 512)]


def test_the_footer_of_a_vhd_comes_with_the_copy_of_the_gpt_before_it() -> None:
    source = Counting(bytes(4 * MIB + 512))
    cache = BlockCache(source)
    cache.read(4 * MIB, 512)
    cache.read(4 * MIB - 33 * 512, 33 * 512)
    assert source.asked == [(4 * MIB - 64 * 1024, 64 * 1024 + 512)]


def test_no_request_is_so_large_that_a_slow_line_runs_out_of_time() -> None:
    content = random.Random(4).randbytes(11 * MIB + 5)
    source = Counting(content)
    assert BlockCache(source).read(3, 11 * MIB) == content[3 : 11 * MIB + 3]
    assert len(source.asked) == 3
    assert max(length for _, length in source.asked) == 4 * MIB


def test_a_read_past_the_end_is_refused_by_every_source(tmp_path) -> None:
    (tmp_path / "disk").write_bytes(bytes(1000))
    with LocalFile(str(tmp_path / "disk")) as file:
        for source in (file, BlockCache(file), Window(file, 0, 1000), Memory(bytes(1000))):
            for offset, length in ((0, 1001), (1000, 1), (-1, 1), (0, -1), (2**63, 1), (2**70, 1)):
                with pytest.raises(DiskUnreadable):
                    source.read(offset, length)
            assert source.read(1000, 0) == b""


def test_a_window_that_promises_more_than_there_is_says_so(tmp_path) -> None:
    window = Window(Memory(b"0123456789"), 4, 100)
    assert window.read(0, 6) == b"456789"
    with pytest.raises(DiskUnreadable):
        window.read(0, 7)


def test_nobody_reads_a_terabyte_at_once(tmp_path) -> None:
    path = tmp_path / "disk"
    with path.open("wb") as file:
        file.truncate(1024**4)
    with LocalFile(str(path)) as disk:
        with pytest.raises(DiskUnreadable, match="no more than"):
            BlockCache(disk).read(0, MAX_READ + 1)
        assert disk.read(1024**4 - 2, 2) == b"\0\0"


def test_a_file_that_becomes_shorter_is_unreadable(tmp_path) -> None:
    path = tmp_path / "disk"
    path.write_bytes(bytes(4 * MIB))
    with LocalFile(str(path)) as disk:
        path.write_bytes(b"x")
        with pytest.raises(DiskUnreadable, match="shorter"):
            disk.read(MIB, 10)


def test_a_file_that_is_written_to_is_unreadable_from_then_on(tmp_path) -> None:
    path = tmp_path / "disk"
    path.write_bytes(bytes(MIB))
    with LocalFile(str(path)) as disk:
        assert disk.read(0, 10) == bytes(10)
        with path.open("r+b") as file:
            file.write(b"x")
        os.utime(path, ns=(1, 1))
        for _ in range(2):
            with pytest.raises(DiskUnreadable, match="changed while it was read"):
                disk.read(0, 10)


def test_what_is_no_file_does_not_open_and_does_not_hang(tmp_path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for name in (str(tmp_path), str(tmp_path / "pipe"), str(tmp_path / "none"), "/dev/zero", "a\0b", "x" * 5000):
        with pytest.raises(SourceProblem, match="cannot be opened"):
            LocalFile(name)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_without_permission_does_not_open(tmp_path) -> None:
    (tmp_path / "disk").write_bytes(b"x")
    (tmp_path / "disk").chmod(0)
    with pytest.raises(SourceProblem, match="Permission denied"):
        LocalFile(str(tmp_path / "disk"))
