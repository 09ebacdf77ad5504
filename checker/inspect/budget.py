"""An end to reading without end, whatever loops a hostile disk is made of."""

from __future__ import annotations

from checker.inspect.bytes import ByteSource, DiskUnreadable

#: Bytes that all questions about one disk may read, those again that a cache holds. A sound image needs a tenth.
MAX_READ_IN_ALL = 256 * 1024 * 1024


class Budget:
    """A source that is unreadable once ``limit`` bytes were read through it."""

    def __init__(self, source: ByteSource, limit: int = MAX_READ_IN_ALL) -> None:
        self._source = source
        self._left = limit

    @property
    def size(self) -> int:
        """The length in bytes."""
        return self._source.size

    def read(self, offset: int, length: int) -> bytes:
        """Exactly ``length`` bytes from ``offset``. Raises DiskUnreadable."""
        self._left -= length
        if self._left < 0:
            raise DiskUnreadable("far more had to be read than a sound file system needs: it is damaged or hostile")
        return self._source.read(offset, length)
