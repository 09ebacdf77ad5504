r"""Names in which a backslash and digits stand for one byte, as tables of mounts and names of units have them.

Undecodable bytes are surrogates, before and after.
"""

from __future__ import annotations

import re
from re import Pattern

_OCTAL = re.compile(rb"\\([0-7]{3})")
_HEXADECIMAL = re.compile(rb"\\x([0-9a-f]{2})")


def without_octal(word: str) -> str:
    r"""A word of fstab, where ``\040`` is a space."""
    return _decoded(word, _OCTAL, 8)


def without_hexadecimal(word: str) -> str:
    r"""A part of a unit's name, or of a name below /dev/disk, where ``\x2d`` is a dash."""
    return _decoded(word, _HEXADECIMAL, 16)


def _decoded(word: str, escape: Pattern[bytes], base: int) -> str:
    raw = word.encode("utf-8", "surrogateescape")
    plain = escape.sub(lambda match: bytes([int(match[1], base) & 0xFF]), raw)
    return plain.decode("utf-8", "surrogateescape")
