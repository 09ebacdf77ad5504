"""The packages in an rpm database of SQLite: each row of ``Packages`` holds the header of one package.

The database is opened from memory, without trust in its schema, and with an end to what it may compute.
A header is a count of index entries and of data bytes, then entries of four numbers (tag, type,
offset, count), then the data; big-endian. Source: rpm's "RPM Package format" and its header.c.
"""

from __future__ import annotations

import sqlite3
import struct

from checker.facts.linux_guest import Package

_NAME, _VERSION, _RELEASE, _EPOCH = 1000, 1001, 1002, 1003
_INT32, _STRING = 4, 6
_MAX_HEADER = 32 * 1024 * 1024
_MAX_PACKAGES = 50_000
_MAX_STEPS = 2000  # of a hundred thousand instructions of SQLite


def read_rpm(data: bytes) -> list[Package] | str:
    """The packages in a database file, or in words why it could not be read."""
    if data[:16] != b"SQLite format 3\0" or len(data) < 512:
        return "it is no SQLite file"
    # In the mode of the write-ahead log a database in memory cannot be opened; its log is known to be empty.
    plain = data[:18] + b"\x01\x01" + data[20:]
    connection = sqlite3.connect(":memory:")
    if not hasattr(connection, "deserialize"):
        connection.close()
        return "this Python was built without the part of SQLite that opens a database in memory"
    try:
        connection.deserialize(plain)
        del plain
        return _packages(connection)
    except (sqlite3.Error, _Broken, struct.error, MemoryError, OverflowError, ValueError) as problem:
        return str(problem) or type(problem).__name__
    finally:
        connection.close()


class _Broken(Exception):
    """A header that is not sound."""


def _packages(connection: sqlite3.Connection) -> list[Package]:
    steps = 0

    def too_long() -> int:
        nonlocal steps
        steps += 1
        return steps > _MAX_STEPS

    connection.set_progress_handler(too_long, 100_000)
    connection.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, _MAX_HEADER)
    connection.execute("PRAGMA trusted_schema = OFF")
    kinds = connection.execute("SELECT type FROM sqlite_master WHERE name = 'Packages'").fetchall()
    if kinds != [("table",)]:
        raise _Broken("it has no table of packages")
    found: list[Package] = []
    for (blob,) in connection.execute("SELECT blob FROM Packages"):
        if not isinstance(blob, bytes):
            raise _Broken("a package has no header")
        found.append(parse_header(blob))
        if len(found) > _MAX_PACKAGES:
            raise _Broken(f"it has more than {_MAX_PACKAGES} packages")
    return found


def parse_header(blob: bytes) -> Package:
    """The package that a header describes, as ``epoch:version-release``. Raises ``_Broken`` or struct.error."""
    count, size = struct.unpack_from(">II", blob)
    start = 8 + count * 16
    if count > 100_000 or start + size > len(blob):
        raise _Broken("the header of a package is cut off")
    data = blob[start : start + size]
    texts: dict[int, str] = {}
    epoch = ""
    for tag, kind, offset, _ in struct.iter_unpack(">IIiI", blob[8:start]):
        if tag in (_NAME, _VERSION, _RELEASE) and kind == _STRING:
            end = data.find(b"\0", offset) if 0 <= offset < size else -1
            if end < 0:
                raise _Broken("the header of a package is damaged")
            texts[tag] = data[offset:end].decode("utf-8", "replace")
        elif tag == _EPOCH and kind == _INT32:
            epoch = f"{struct.unpack_from('>I', data, offset)[0]}:"
    if len(texts) != 3:
        raise _Broken("the header of a package has no name or version")
    return Package(texts[_NAME], f"{epoch}{texts[_VERSION]}-{texts[_RELEASE]}")
