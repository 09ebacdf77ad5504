"""The header of a package in an rpm database: its name and its version.

A header is a count of index entries and of data bytes, then entries of four numbers (tag, type,
offset, count), then the data; big-endian. Source: rpm's "RPM Package format" and its header.c.
"""

from __future__ import annotations

import struct

from checker.facts.linux.packages import Package

#: Bytes of one header, and packages of one database, at most.
MAX_HEADER = 32 * 1024 * 1024
MAX_PACKAGES = 50_000

_NAME, _VERSION, _RELEASE, _EPOCH = 1000, 1001, 1002, 1003
_INT32, _STRING = 4, 6


class BrokenDatabase(Exception):
    """A database, or a header in it, that is not sound; in words."""


def parse_header(blob: bytes) -> Package:
    """The package that a header describes, as ``epoch:version-release``. Raises BrokenDatabase or struct.error."""
    count, size = struct.unpack_from(">II", blob)
    start = 8 + count * 16
    if count > 100_000 or start + size > len(blob):
        raise BrokenDatabase("the header of a package is cut off")
    data = blob[start : start + size]
    texts: dict[int, str] = {}
    epoch = ""
    for tag, kind, offset, _ in struct.iter_unpack(">IIiI", blob[8:start]):
        if tag in (_NAME, _VERSION, _RELEASE) and kind == _STRING:
            end = data.find(b"\0", offset) if 0 <= offset < size else -1
            if end < 0:
                raise BrokenDatabase("the header of a package is damaged")
            texts[tag] = data[offset:end].decode("utf-8", "replace")
        elif tag == _EPOCH and kind == _INT32:
            epoch = f"{struct.unpack_from('>I', data, offset)[0]}:"
    if len(texts) != 3:
        raise BrokenDatabase("the header of a package has no name or version")
    return Package(texts[_NAME], f"{epoch}{texts[_VERSION]}-{texts[_RELEASE]}")
