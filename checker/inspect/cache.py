"""A cache of blocks: what was read is not read again, and small reads become few large ones."""

from __future__ import annotations

from collections import OrderedDict

from checker.inspect.bytes import ByteSource, DiskUnreadable, check_bounds

#: How much is kept or forgotten at once, and how much one request asks for at least, in bytes. A request begins with
#: the block that is missing, since a file system puts what belongs together one behind the other.
BLOCK_SIZE = 64 * 1024
REQUEST_SIZE = 4 * BLOCK_SIZE
#: How much one request asks for at most: a slow line brings 4 MiB within the time that one is given.
_MOST_BLOCKS = 64


class BlockCache:
    """Reads a source in whole blocks, keeps the latest ones, and counts what it asked the source for.

    The last block holds the rest of the source too, and so is up to twice as long as the others: the footer of a VHD
    comes with the second copy of the GPT before it.
    """

    def __init__(
        self,
        source: ByteSource,
        block_size: int = BLOCK_SIZE,
        max_blocks: int = 256,
        ahead: int = REQUEST_SIZE // BLOCK_SIZE,
    ) -> None:
        """``block_size`` in bytes; of ``max_blocks`` blocks the one unused for longest makes room (16 MiB in all).

        A request is for ``ahead`` blocks at least, as far as the source goes on and they are not here.
        """
        self._source = source
        self._block_size = block_size
        self._max_blocks = max_blocks
        self._ahead = ahead
        self._count = max(source.size // block_size, 1)
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
        first, last = self._block_of(offset), self._block_of(offset + length - 1)
        parts: list[memoryview] = []
        number = first
        while number <= last:
            block = self._blocks.get(number)
            if block is not None:
                self._blocks.move_to_end(number)
                parts.append(self._within(number, block, offset, length))
                number += 1
                continue
            # Neighbours that are missing too come in the same request, and so does a single one before it.
            start, end = number, number + 1
            if number == first and number - 1 not in self._blocks and number - 2 in self._blocks:
                start -= 1
            # Who asks for a block or more knows what he needs.
            ahead = self._ahead if length < self._block_size else 1
            stop = min(max(number + ahead, last + 1), number + _MOST_BLOCKS, self._count)
            while end < stop and end not in self._blocks:
                end += 1
            try:
                run = self._fetch(start, end)
            except DiskUnreadable:
                # What nobody asked for may be what cannot be read.
                if (start, end) == (number, min(last + 1, end)):
                    raise
                start, end = number, min(last + 1, end)
                run = self._fetch(start, end)
            parts.append(self._within(start, run, offset, length))
            number = end
        return b"".join(parts)

    def _within(self, number: int, run: bytes, offset: int, length: int) -> memoryview:
        """The part of a run of blocks, which begins with block ``number``, that was asked for."""
        start = self._start_of(number)
        return memoryview(run)[max(offset - start, 0) : max(offset + length - start, 0)]

    def _block_of(self, offset: int) -> int:
        return min(offset // self._block_size, self._count - 1)

    def _start_of(self, number: int) -> int:
        return number * self._block_size if number < self._count else self._source.size

    def _fetch(self, number: int, end: int) -> bytes:
        """The blocks from ``number`` up to but without ``end``, kept as far as there is room."""
        start = self._start_of(number)
        run = self._source.read(start, self._start_of(end) - start)
        self.requests += 1
        self.bytes_read += len(run)
        for index in range(number, end):
            self._blocks[index] = run[self._start_of(index) - start : self._start_of(index + 1) - start]
        while len(self._blocks) > self._max_blocks:
            self._blocks.popitem(last=False)
        return run
