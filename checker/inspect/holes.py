"""Whether parts of a local file hold nothing: told by the holes of a sparse file, without reading them."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterable

from checker.facts.vhd import MIB

#: How much is read at most of what is no hole, all parts together, and at once.
_MAX_READ = 64 * MIB
_PIECE = MIB


def are_zeros(path: str, parts: Iterable[tuple[int, int]]) -> bool:
    """Whether the parts of a file, offset and length in bytes, certainly are zeros. False where that cannot be told."""
    try:
        descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
    except (OSError, ValueError):
        return False
    left = _MAX_READ
    try:
        for start, length in parts:
            at, end = start, start + length
            while (at := _next_data(descriptor, at, end)) < end:
                count = min(_PIECE, end - at)
                left -= count
                os.lseek(descriptor, at, os.SEEK_SET)
                content = os.read(descriptor, count) if left >= 0 else b""
                if not content or any(content):
                    return False
                at += len(content)
    except OSError:
        return False
    finally:
        os.close(descriptor)
    return True


def _next_data(descriptor: int, at: int, end: int) -> int:
    """Where the next byte that is in no hole lies; ``end`` where there is none before. Raises OSError."""
    if at >= end or not hasattr(os, "SEEK_DATA"):
        return at
    try:
        return min(os.lseek(descriptor, at, os.SEEK_DATA), end)
    except OSError as error:
        if error.errno == errno.ENXIO:  # there is no data up to the end of the file
            return end
        raise
