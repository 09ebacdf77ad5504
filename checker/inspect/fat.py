"""FAT12, FAT16 and FAT32, which the EFI system partition has. Names are found whatever their case.

Layout: "Microsoft Extensible Firmware Initiative FAT32 File System Specification" 1.03. Little-endian.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass

from checker.inspect.bytes import ByteSource, DiskUnreadable
from checker.inspect.filesystem import (
    ABSENT,
    MAX_DEPTH,
    MAX_FILE,
    Absent,
    Journal,
    Kind,
    Names,
    Sought,
    Stat,
    expect,
    shown,
)

_MAX_DIRECTORY = 1024 * 1024
_DIRECTORY, _VOLUME_LABEL, _LONG_NAME = 0x10, 0x08, 0x0F
_LAST_PART = 0x40  # of the number of a long name's part: it is the first on the disk


@dataclass(frozen=True, slots=True)
class Geometry:
    """Where the parts of a FAT file system are. Offsets and sizes in bytes."""

    bits: int
    cluster_size: int
    clusters: int
    table_at: int
    root_at: int
    root_size: int
    root_cluster: int
    data_at: int
    serial: str
    label: str


@dataclass(frozen=True, slots=True)
class _Entry:
    """A name as it is shown, and its other one of eight letters and three, by which it is found too."""

    name: str
    stat: Stat
    cluster: int
    short: str = ""


def read_geometry(boot: bytes, size: int) -> Geometry:
    """The geometry in the first 512 bytes of a volume of ``size`` bytes. Raises DiskUnreadable."""
    sector, per_cluster, reserved, tables, root_entries, small, _, table_small = struct.unpack_from(
        "<HBHBHHBH", boot, 11
    )
    large, table_large = struct.unpack_from("<I", boot, 32)[0], struct.unpack_from("<I", boot, 36)[0]
    sectors, table = small or large, table_small or table_large
    sound = (
        boot[510:512] == b"\x55\xaa"
        and sector in (512, 1024, 2048, 4096)
        and per_cluster in (1, 2, 4, 8, 16, 32, 64, 128)
        and reserved > 0
        and tables in (1, 2)
        and table > 0
    )
    if not sound or sectors * sector > size:
        raise DiskUnreadable("no FAT file system, or one whose numbers contradict each other")
    root_at = reserved + tables * table
    root_sectors = -(-root_entries * 32 // sector)
    clusters = (sectors - root_at - root_sectors) // per_cluster
    if clusters <= 0:
        raise DiskUnreadable("the FAT file system has no room for data")
    # What has no short size of its table is FAT32, however few its clusters are: so Linux and firmware take it.
    bits = 32 if table_small == 0 else 12 if clusters < 4085 else 16
    if table * sector * 8 < (clusters + 2) * bits:
        raise DiskUnreadable("the table of the FAT file system is too small")
    extended = 67 if table_small == 0 else 39
    serial = struct.unpack_from("<I", boot, extended)[0]
    return Geometry(
        bits=bits,
        cluster_size=sector * per_cluster,
        clusters=clusters,
        table_at=reserved * sector,
        root_at=root_at * sector,
        root_size=root_entries * 32,
        root_cluster=struct.unpack_from("<I", boot, 44)[0] if bits == 32 else 0,
        data_at=(root_at + root_sectors) * sector,
        serial=f"{serial >> 16:04X}-{serial & 0xFFFF:04X}",
        label=boot[extended + 4 : extended + 15].decode("ascii", "replace").strip(),
    )


class FatFileSystem:
    """One FAT file system. Opening it reads its first sector. Raises DiskUnreadable."""

    def __init__(self, source: ByteSource) -> None:
        self._source = source
        self._geometry = read_geometry(source.read(0, 512), source.size)

    @property
    def name(self) -> str:
        """Always ``fat``."""
        return "fat"

    @property
    def journal(self) -> Journal:
        """FAT has no journal."""
        return Journal.CLEAN

    def stat(self, path: Names) -> Sought[Stat]:
        """The entry itself."""
        entry = self._find(path)
        return entry if isinstance(entry, Absent) else entry.stat

    def list(self, path: Names, limit: int) -> Sought[tuple[str, ...]]:
        """The names in a directory."""
        entry = self._find(path)
        if isinstance(entry, Absent):
            return entry
        expect(Kind.DIRECTORY, entry.stat, path)
        names = tuple(child.name for child in self._children(entry))
        if len(names) > limit:
            raise DiskUnreadable(f"{shown(path)} has more than {limit} entries")
        return names

    def read(self, path: Names, limit: int) -> Sought[bytes]:
        """A file's first bytes."""
        entry = self._find(path)
        if isinstance(entry, Absent):
            return entry
        expect(Kind.FILE, entry.stat, path)
        wanted = min(entry.stat.size, limit, MAX_FILE)
        data = self._chain(entry.cluster, wanted)
        if len(data) < wanted:
            raise DiskUnreadable(f"{shown(path)} is shorter than its size")
        return data[:wanted]

    def readlink(self, path: Names) -> Sought[str]:
        """FAT has no symlinks."""
        raise DiskUnreadable(f"{shown(path)} is no symlink: FAT has none")

    def _find(self, path: Names) -> Sought[_Entry]:
        if len(path) > MAX_DEPTH:
            raise DiskUnreadable(f"{shown(path)} lies too deep")
        entry = _Entry("", Stat(Kind.DIRECTORY, 0), self._geometry.root_cluster)
        for depth, name in enumerate(path):
            expect(Kind.DIRECTORY, entry.stat, path[:depth])
            wanted = name.casefold()
            matches = [child for child in self._children(entry) if wanted in (child.name.casefold(), child.short)]
            if not matches:
                return ABSENT
            if len(matches) > 1:
                raise DiskUnreadable(f"{shown(path[: depth + 1])} is there more than once")
            entry = matches[0]
        return entry

    def _children(self, directory: _Entry) -> tuple[_Entry, ...]:
        if directory.cluster == 0:
            if self._geometry.root_size == 0 or directory.name:
                raise DiskUnreadable("a directory of the FAT file system has no clusters")
            return _entries(self._source.read(self._geometry.root_at, self._geometry.root_size), self._geometry.bits)
        return _entries(self._chain(directory.cluster, _MAX_DIRECTORY + 1), self._geometry.bits)

    def _chain(self, cluster: int, wanted: int) -> bytes:
        """The bytes of a chain of clusters, up to ``wanted`` and a bit."""
        pieces: list[bytes] = []
        have = 0
        end = {12: 0xFF8, 16: 0xFFF8, 32: 0x0FFFFFF8}[self._geometry.bits]
        while have < wanted:
            if cluster >= end:
                break
            if not 2 <= cluster < self._geometry.clusters + 2 or len(pieces) > self._geometry.clusters:
                raise DiskUnreadable("a chain of clusters of the FAT file system is broken")
            size = self._geometry.cluster_size
            pieces.append(self._source.read(self._geometry.data_at + (cluster - 2) * size, size))
            have += size
            cluster = self._next(cluster)
        return b"".join(pieces)

    def _next(self, cluster: int) -> int:
        at = self._geometry.table_at
        if self._geometry.bits == 32:
            return int(struct.unpack("<I", self._source.read(at + cluster * 4, 4))[0]) & 0x0FFFFFFF
        if self._geometry.bits == 16:
            return int(struct.unpack("<H", self._source.read(at + cluster * 2, 2))[0])
        pair = int(struct.unpack("<H", self._source.read(at + cluster * 3 // 2, 2))[0])
        return pair >> 4 if cluster & 1 else pair & 0xFFF


def _entries(raw: bytes, bits: int) -> tuple[_Entry, ...]:
    if len(raw) > _MAX_DIRECTORY:
        raise DiskUnreadable("a directory of the FAT file system is too large, or its clusters go in a circle")
    found: list[_Entry] = []
    parts: list[bytes] = []  # of a long name, the last of them first
    for at in range(0, len(raw) - 31, 32):
        entry = raw[at : at + 32]
        if entry[0] == 0:
            break
        attributes = entry[11]
        if entry[0] != 0xE5 and attributes & 0x3F == _LONG_NAME:
            parts = [entry] if entry[0] & _LAST_PART else [*parts, entry]
            continue
        long_name, parts = _long_name(parts, entry[:11]), []
        short = _short_name(entry)
        if entry[0] == 0xE5 or attributes & _VOLUME_LABEL or short in (".", ".."):
            continue
        high, low, size = (*struct.unpack_from("<H", entry, 20), *struct.unpack_from("<HI", entry, 26))
        kind = Kind.DIRECTORY if attributes & _DIRECTORY else Kind.FILE
        cluster = high << 16 | low if bits == 32 else low
        if "/" in (long_name or short):
            raise DiskUnreadable("a directory of the FAT file system is damaged: a name holds a slash")
        found.append(_Entry(long_name or short, Stat(kind, size), cluster, short.casefold()))
    return tuple(found)


def _long_name(parts: list[bytes], short: bytes) -> str:
    """The long name before a short one; empty where there is none, or it is left over from another file."""
    checksum = 0
    for byte in short:
        checksum = ((checksum & 1) << 7) + (checksum >> 1) + byte & 0xFF
    order = [part[0] & ~_LAST_PART for part in parts]
    if order != list(range(len(parts), 0, -1)) or any(part[13] != checksum for part in parts):
        return ""
    text = b"".join(part[1:11] + part[14:26] + part[28:32] for part in reversed(parts))
    return text.decode("utf-16-le", "replace").split("\0")[0]


def _short_name(entry: bytes) -> str:
    raw = b"\xe5" + entry[1:8] if entry[0] == 0x05 else entry[:8]
    stem, ending = raw.decode("latin-1").rstrip(" "), entry[8:11].decode("latin-1").rstrip(" ")
    stem = stem.lower() if entry[12] & 0x08 else stem
    ending = ending.lower() if entry[12] & 0x10 else ending
    return f"{stem}.{ending}" if ending else stem
