"""Several small reads that are known in advance, made as few large ones: a request costs more than the bytes between.

It is for a source with a cache below it, which keeps what was read.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator
from itertools import islice

from checker.inspect.bytes import ByteSource, DiskUnreadable
from checker.inspect.cache import BLOCK_SIZE

#: The most bytes between two places that are read with them: as many as 200 megabits a second bring in 20 ms.
_NEAR = 512 * 1024
#: How many places are looked at: a hostile disk may name millions.
_MOST_PLACES = 2000


class Together:
    """Reads places of a source that are near each other at once, none of them twice, and no more than ``most`` bytes.

    Nothing is given and nothing raised: what could not be read is read by itself where it is needed.
    """

    def __init__(self, source: ByteSource, most: int) -> None:
        self._source = source
        self._left = most
        self._known: list[tuple[int, int]] = []  # where what was read begins and ends

    def read(self, places: Iterable[tuple[int, int]], least: int = BLOCK_SIZE) -> bool:
        """Read some places, each an offset and a length, and what lies between those that are near each other.

        ``least`` are the bytes of one request at least, where more will be asked for behind these places. False where
        there was more to read than ``most``, and ever after.
        """
        for first, last in tuple(self._runs(places)):
            start = first - first % BLOCK_SIZE
            end = max(last + -last % BLOCK_SIZE, start + least)
            end = min([end, self._source.size, *(low for low, _ in self._known if low >= last)])
            self._left -= end - start
            if self._left < 0:
                break
            with contextlib.suppress(DiskUnreadable):
                self._source.read(start, end - start)
                self._known.append((start, end))
        return self._left >= 0

    def _runs(self, places: Iterable[tuple[int, int]]) -> Iterator[tuple[int, int]]:
        """Where the runs of what is not known yet begin and end. None goes over what is known: that would split it."""
        first = last = -1
        ends = ((at, min(at + length, self._source.size)) for at, length in islice(places, _MOST_PLACES))
        for start, end in sorted({(start, end) for start, end in ends if 0 <= start < end}):
            if any(low <= start and end <= high for low, high in self._known):
                continue
            is_near = first >= 0 and start - last <= _NEAR
            if is_near and not any(last <= low < start for low, _ in self._known):
                last = max(last, end)
                continue
            if first >= 0:
                yield first, last
            first, last = start, end
        if first >= 0:
            yield first, last
