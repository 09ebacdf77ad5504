"""The packages in an rpm database of SQLite: each row of ``Packages`` holds the header of one package.

The database is opened from memory, without trust in its schema, and with an end to what it may compute.
"""

from __future__ import annotations

import sqlite3

from checker.facts.linux.packages import Package
from checker.inspect.linux.rpm_header import MAX_HEADER, MAX_PACKAGES, BrokenDatabase, parse_header

_MAX_STEPS = 2000  # of a hundred thousand instructions of SQLite


def read_sqlite(data: bytes) -> list[Package]:
    """The packages in a database file. Raises BrokenDatabase, or struct.error for a header that is cut off."""
    if data[:16] != b"SQLite format 3\0" or len(data) < 512:
        raise BrokenDatabase("it is no SQLite file")
    # In the mode of the write-ahead log a database in memory cannot be opened; its log is known to be empty.
    plain = data[:18] + b"\x01\x01" + data[20:]
    connection = sqlite3.connect(":memory:")
    if not hasattr(connection, "deserialize"):
        connection.close()
        raise BrokenDatabase("this Python was built without the part of SQLite that opens a database in memory")
    try:
        connection.deserialize(plain)
        del plain
        return _packages(connection)
    except (sqlite3.Error, MemoryError, OverflowError, ValueError) as problem:
        raise BrokenDatabase(str(problem) or type(problem).__name__) from None
    finally:
        connection.close()


def _packages(connection: sqlite3.Connection) -> list[Package]:
    steps = 0

    def too_long() -> int:
        nonlocal steps
        steps += 1
        return steps > _MAX_STEPS

    connection.set_progress_handler(too_long, 100_000)
    connection.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, MAX_HEADER)
    connection.execute("PRAGMA trusted_schema = OFF")
    kinds = connection.execute("SELECT type FROM sqlite_master WHERE name = 'Packages'").fetchall()
    if kinds != [("table",)]:
        raise BrokenDatabase("it has no table of packages")
    found: list[Package] = []
    for (blob,) in connection.execute("SELECT blob FROM Packages"):
        if not isinstance(blob, bytes):
            raise BrokenDatabase("a package has no header")
        found.append(parse_header(blob))
        if len(found) > MAX_PACKAGES:
            raise BrokenDatabase(f"it has more than {MAX_PACKAGES} packages")
    return found
