"""The packages in an rpm database of Berkeley DB, the file ``Packages``: a hash table of headers.

Every page is looked at once, in the order of the file, and what is found has to be as much as the first page says.
Little-endian files only, as x86 and ARM write them. Source: Berkeley DB 5.3, ``db_page.h``.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator

from checker.facts.linux.packages import Package
from checker.inspect.linux.rpm_header import MAX_HEADER, MAX_PACKAGES, BrokenDatabase, parse_header

_META = struct.Struct("<12xIII BBBx 4xI")
_MAGIC, _VERSIONS = 0x061561, range(7, 11)
_ELEMENTS_AT, _META_SIZE = 88, 512
#: A page's number, the next one's, how many items are on it, where they begin (or how long it is), its type.
_PAGE = struct.Struct("<8xI4xIHHxB")
_HEAD = _PAGE.size
_UNSORTED, _OVERFLOW, _HASH_META, _HASH = 2, 7, 8, 13
_ON_PAGE, _OFF_PAGE = 1, 3
_SIZES = frozenset(1 << power for power in range(9, 17))
#: The key of what is no package, but the number that the next one gets.
_COUNTER = bytes(4)


def read_bdb(data: bytes) -> list[Package]:
    """The packages in a database file. Raises BrokenDatabase or struct.error."""
    return [parse_header(header) for header in _Table(data).headers()]


class _Table:
    """A hash table in memory; each page of an overflow chain belongs to one value."""

    def __init__(self, data: bytes) -> None:
        if len(data) < _META_SIZE:
            raise BrokenDatabase("it is too short for a database")
        magic, version, self._page_size, encrypted, kind, flags, last = _META.unpack_from(data)
        if magic != _MAGIC or version not in _VERSIONS or kind != _HASH_META or self._page_size not in _SIZES:
            raise BrokenDatabase("it is no hash table of Berkeley DB")
        if encrypted or flags:
            raise BrokenDatabase("it is encrypted, has checksums or is divided, which is not read")
        self._count = last + 1
        if len(data) < self._count * self._page_size:
            raise BrokenDatabase("it is cut off")
        self._data = data
        self._elements: int = struct.unpack_from("<I", data, _ELEMENTS_AT)[0]
        self._used: set[int] = set()

    def headers(self) -> Iterator[bytes]:
        """The header of each package."""
        pairs, counted = 0, False
        for number in range(1, self._count):
            page = self._page(number)
            own, _, items, _, kind = _PAGE.unpack_from(page)
            if kind not in (_UNSORTED, _HASH):
                continue
            if own != number or items % 2 or _HEAD + 2 * items > len(page):
                raise BrokenDatabase(f"page {number} is damaged")
            places = struct.unpack_from(f"<{items}H", page, _HEAD)
            ends = (len(page), *places)
            for at in range(0, items, 2):
                key = self._item(page, places[at], ends[at])
                value = self._item(page, places[at + 1], ends[at + 1])
                pairs += 1
                if key != _COUNTER:
                    yield value
                elif len(value) != len(_COUNTER) or counted:
                    raise BrokenDatabase("a package has the key of what is none")
                else:
                    counted = True
            if pairs > MAX_PACKAGES:
                raise BrokenDatabase(f"it has more than {MAX_PACKAGES} packages")
        if pairs != self._elements:
            raise BrokenDatabase(f"it says that it has {self._elements} entries, and {pairs} were found")

    def _page(self, number: int) -> bytes:
        return self._data[number * self._page_size : (number + 1) * self._page_size]

    def _item(self, page: bytes, start: int, end: int) -> bytes:
        """A key or a value, whose item lies between two offsets of a page."""
        if not _HEAD <= start < end <= len(page):
            raise BrokenDatabase("an entry lies outside of its page")
        if page[start] == _ON_PAGE:
            return page[start + 1 : end]
        if page[start] != _OFF_PAGE or end - start < 12:
            raise BrokenDatabase("an entry is of a kind that is not known")
        first, length = struct.unpack_from("<II", page, start + 4)
        return self._chain(first, length)

    def _chain(self, number: int, length: int) -> bytes:
        if length > MAX_HEADER:
            raise BrokenDatabase(f"an entry claims {length} bytes")
        parts: list[bytes] = []
        found = 0
        while number:
            if number >= self._count or number in self._used:
                raise BrokenDatabase("the pages of an entry are damaged")
            self._used.add(number)
            page = self._page(number)
            own, following, _, size, kind = _PAGE.unpack_from(page)
            if own != number or kind != _OVERFLOW or _HEAD + size > len(page):
                raise BrokenDatabase(f"page {number} is damaged")
            parts.append(page[_HEAD : _HEAD + size])
            found += size
            number = following
        if found != length:
            raise BrokenDatabase(f"an entry has {found} bytes instead of {length}")
        return b"".join(parts)
