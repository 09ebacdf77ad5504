"""Sizes in words: with a unit for people, and in bytes wherever the unit rounds."""

from __future__ import annotations

from checker.facts.vhd import GIB, MIB

_UNITS = ((1024 * GIB, "TiB"), (GIB, "GiB"), (MIB, "MiB"), (1024, "KiB"))


def size_words(size: int) -> str:
    """``30 GiB``, ``2047.99 MiB``, ``512 bytes``: the largest unit that fits, to two digits."""
    for unit, name in _UNITS:
        if size >= unit:
            whole, rest = divmod(size, unit)
            return f"{whole} {name}" if not rest else f"{size * 100 // unit / 100:.2f} {name}"
    return "1 byte" if size == 1 else f"{size} bytes"


def exact(size: int) -> str:
    """The size in words and, beside it, in bytes; one that would be rounded to a whole number is said to be more."""
    words = size_words(size)
    if ".00 " in words:
        words = f"a little over {words.replace('.00 ', ' ')}"
    return words if words.endswith(("byte", "bytes")) else f"{words} ({size} bytes)"
