"""A cache of blocks: what was read is not read again, and small reads become few large ones."""

from __future__ import annotations

from collections import OrderedDict

from checker.inspect.bytes import ByteSource, check_bounds

BLOCK_SIZE = 256 * 1024


class BlockCache:
    """Reads a source in whole blocks, keeps the latest ones, and counts what it asked the source for."""

    def __init__(self, source: ByteSource, block_size: int = BLOCK_SIZE, max_blocks: int = 64) -> None:
        """``block_size`` in bytes; of ``max_blocks`` blocks the one unused for longest makes room (16 MiB in all)."""
        self._source = source
        self._block_size = block_size
        self._max_blocks = max_blocks
        self._blocks: OrderedDict[int, bytes] = OrderedDict()
        self.requests = 0
        self.bytes_read = 0

    @property
    def size(self) -> int:
        """The length in bytes."""
        return self._source.size

    def read(self, offset: int, length: int) -> bytes:
        """Exactly ``length`` bytes from ``offset``. Raises DiskUnreadable."""
        check_bounds(self, offset, length)
        if length == 0:
            return b""
        first, last = offset // self._block_size, (offset + length - 1) // self._block_size
        parts: list[bytes] = []
        number = first
        while number <= last:
            cached = self._blocks.get(number)
            if cached is not None:
                self._blocks.move_to_end(number)
                parts.append(cached)
                number += 1
                continue
            # Neighbours that are missing too come in the same request.
            end = number + 1
            while end <= last and end not in self._blocks:
                end += 1
            run = self._fetch(number, end)
            parts.append(run)
            number = end
        start = offset - first * self._block_size
        if len(parts) == 1:
            return parts[0][start : start + length]
        return memoryview(b"".join(parts))[start : start + length].tobytes()

    def _fetch(self, number: int, end: int) -> bytes:
        """The blocks from ``number`` up to but without ``end``, kept as far as there is room."""
        start = number * self._block_size
        stop = min(end * self._block_size, self._source.size)
        run = self._source.read(start, stop - start)
        self.requests += 1
        self.bytes_read += len(run)
        for index in range(number, min(end, number + self._max_blocks)):
            within = (index - number) * self._block_size
            self._blocks[index] = run[within : within + self._block_size]
        while len(self._blocks) > self._max_blocks:
            self._blocks.popitem(last=False)
        return run
