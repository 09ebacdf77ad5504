"""A source that tells how much was asked of it, for whoever waits."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from checker.inspect.bytes import ByteSource

#: Told after each read: how many there were, and how many bytes they brought.
ReadWatcher: TypeAlias = Callable[[int, int], None]


class Watched:
    """Another source, whose reads are counted and told."""

    def __init__(self, source: ByteSource, watcher: ReadWatcher) -> None:
        self._source = source
        self._watcher = watcher
        self._reads = 0
        self._bytes = 0

    @property
    def size(self) -> int:
        """The length in bytes."""
        return self._source.size

    def read(self, offset: int, length: int) -> bytes:
        """Exactly ``length`` bytes from ``offset``, as the source gives them. Raises DiskUnreadable."""
        content = self._source.read(offset, length)
        self._reads += 1
        self._bytes += len(content)
        self._watcher(self._reads, self._bytes)
        return content
