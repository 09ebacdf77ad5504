"""Bytes by offset: what every layer that looks into a disk reads from, and offers to the next."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

#: The most that one read may ask for, in bytes. A disk that makes a reader ask for more is damaged or hostile.
MAX_READ = 64 * 1024 * 1024


class DiskUnreadable(Exception):
    """A part of a disk could not be read; ``words`` say why, in a sentence for a report, without secrets."""

    def __init__(self, words: str) -> None:
        super().__init__(words)
        self.words = words


class ByteSource(Protocol):
    """Bytes that are read by offset: a file, a blob, a disk inside a container, a partition of a disk."""

    @property
    def size(self) -> int:
        """The length in bytes."""

    def read(self, offset: int, length: int) -> bytes:
        """Exactly ``length`` bytes from ``offset``; nothing for a length of 0. Raises DiskUnreadable."""


def in_blocks(offset: int, length: int, block_size: int) -> Iterator[tuple[int, int, int]]:
    """The pieces of a read in blocks: the number of each block, the offset within it, and how many bytes of it."""
    while length:
        block, within = divmod(offset, block_size)
        piece = min(length, block_size - within)
        yield block, within, piece
        offset += piece
        length -= piece


def check_bounds(source: ByteSource, offset: int, length: int) -> None:
    """Raise DiskUnreadable where a read would leave the source, or is larger than any reader needs."""
    if offset < 0 or length < 0 or offset + length > source.size:
        raise DiskUnreadable(f"{length} bytes at offset {offset} are not within the {source.size} bytes there are")
    if length > MAX_READ:
        raise DiskUnreadable(f"{length} bytes were asked for at once, and no more than {MAX_READ} are read")


@dataclass(frozen=True, slots=True)
class Window:
    """A part of another source, ``size`` bytes from ``start``. It may promise more than the other source holds."""

    source: ByteSource
    start: int
    size: int

    def read(self, offset: int, length: int) -> bytes:
        """Exactly ``length`` bytes from ``offset`` within the window. Raises DiskUnreadable."""
        check_bounds(self, offset, length)
        return self.source.read(self.start + offset, length)


@dataclass(frozen=True, slots=True)
class Memory:
    """Bytes that are already here."""

    content: bytes

    @property
    def size(self) -> int:
        """The length in bytes."""
        return len(self.content)

    def read(self, offset: int, length: int) -> bytes:
        """Exactly ``length`` bytes from ``offset``. Raises DiskUnreadable."""
        check_bounds(self, offset, length)
        return self.content[offset : offset + length]
