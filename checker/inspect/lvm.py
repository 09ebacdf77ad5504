"""The logical volumes on a physical volume of LVM 2, from the text that LVM keeps at its start.

A volume group of one physical volume, and volumes that are linear, are read: that is what the images
of distributions have. Everything else is recognised and refused. Layout: lvm2's own
``lib/format_text/layout.h``, as documented in libvslvm's "Logical Volume Manager (LVM) format".
"""

from __future__ import annotations

import struct
import zlib
from dataclasses import dataclass

from checker.inspect.bytes import ByteSource, DiskUnreadable, check_bounds
from checker.inspect.lvm_text import Section, parse, section, sections, text, whole

LABEL, LABEL_SECTORS, SECTOR = b"LABELONE", 4, 512
_AREA_MAGIC = b" LVM2 x[5A%r0N*>"
_INITIAL_CRC = 0xF597A6CF
_MAX_TEXT = 4 * 1024 * 1024
_MAX_VOLUMES, _MAX_SEGMENTS = 256, 4096


@dataclass(frozen=True, slots=True)
class Run:
    """A run of a logical volume: where it starts in it, how long it is, and where on the disk. Bytes."""

    start: int
    size: int
    at: int


@dataclass(frozen=True, slots=True)
class LogicalVolume:
    """A logical volume; it is a source of bytes, pieced together of its runs."""

    group: str
    name: str
    size: int
    source: ByteSource
    runs: tuple[Run, ...]

    def read(self, offset: int, length: int) -> bytes:
        """Exactly ``length`` bytes from ``offset``. Raises DiskUnreadable."""
        check_bounds(self, offset, length)
        pieces: list[bytes] = []
        at, end = offset, offset + length
        for run in self.runs:
            if run.start <= at < min(run.start + run.size, end):
                part = min(end, run.start + run.size) - at
                pieces.append(self.source.read(run.at + at - run.start, part))
                at += part
        if at < end:
            raise DiskUnreadable(f"the logical volume {self.group}/{self.name} has nothing at {at}")
        return b"".join(pieces)


@dataclass(frozen=True, slots=True)
class RefusedVolume:
    """A logical volume that is there and is not read, and why."""

    group: str
    name: str
    why: str


def is_physical_volume(start: bytes) -> bool:
    """Whether the first 2,048 bytes of a volume hold the label of LVM."""
    return any(start[at : at + 8] == LABEL for at in range(0, LABEL_SECTORS * SECTOR, SECTOR))


def read_volumes(source: ByteSource) -> tuple[LogicalVolume | RefusedVolume, ...]:
    """The logical volumes on a physical one. Raises DiskUnreadable."""
    found = parse(_metadata(source))
    if len(sections(found)) != 1:
        raise DiskUnreadable("the LVM metadata does not describe one volume group")
    [(group, body)] = sections(found)
    physical = sections(section(body, "physical_volumes"))
    if len(physical) != 1:
        raise DiskUnreadable(f"the volume group {group} lies on {len(physical)} physical volumes, and only one is read")
    [(disk, disk_body)] = physical
    extent_size = whole(body, "extent_size") * SECTOR
    start = whole(disk_body, "pe_start") * SECTOR
    volumes = sections(section(body, "logical_volumes")) if "logical_volumes" in body else []
    if len(volumes) > _MAX_VOLUMES:
        raise DiskUnreadable(f"the volume group {group} has {len(volumes)} logical volumes")
    made: list[LogicalVolume | RefusedVolume] = []
    for name, volume in volumes:
        try:
            runs = _runs(volume, disk, start, extent_size)
            made.append(LogicalVolume(group, name, sum(run.size for run in runs), source, runs))
        except DiskUnreadable as problem:
            made.append(RefusedVolume(group, name, problem.words))
    return tuple(made)


def _runs(volume: Section, disk: str, data_at: int, extent_size: int) -> tuple[Run, ...]:
    runs: list[Run] = []
    start = 0
    count = whole(volume, "segment_count")
    if not 0 < count <= _MAX_SEGMENTS or extent_size <= 0:
        raise DiskUnreadable(f"it has {count} segments")
    for number in range(1, count + 1):
        segment = section(volume, f"segment{number}")
        kind = text(segment, "type")
        if kind != "striped" or whole(segment, "stripe_count") != 1:
            raise DiskUnreadable(f"it is not linear ({kind})")
        stripes = segment.get("stripes")
        if not isinstance(stripes, list) or len(stripes) != 2 or stripes[0] != disk or not isinstance(stripes[1], int):
            raise DiskUnreadable("its extents are not on this disk")
        if whole(segment, "start_extent") * extent_size != start:
            raise DiskUnreadable("its segments are not in order")
        size = whole(segment, "extent_count") * extent_size
        runs.append(Run(start, size, data_at + stripes[1] * extent_size))
        start += size
    return tuple(runs)


def _metadata(source: ByteSource) -> str:
    """The current metadata, from the first metadata area that is sound."""
    start = source.read(0, LABEL_SECTORS * SECTOR)
    for at in range(0, len(start), SECTOR):
        if start[at : at + 8] == LABEL and start[at + 24 : at + 32] == b"LVM2 001":
            header = at + int(struct.unpack_from("<I", start, at + 20)[0])
            break
    else:
        raise DiskUnreadable("no label of LVM 2")
    raw = source.read(header, SECTOR)
    areas: list[tuple[int, int]] = []
    position, lists = 40, 0
    while lists < 2 and position + 16 <= len(raw):
        offset, size = struct.unpack_from("<QQ", raw, position)
        position += 16
        if offset == 0:
            lists += 1
        elif lists == 1:
            areas.append((offset, size))
    problem = DiskUnreadable("the physical volume of LVM keeps no metadata")
    for offset, size in areas:
        try:
            return _area(source, offset, size)
        except DiskUnreadable as unread:
            problem = unread
    raise problem


def _area(source: ByteSource, at: int, size: int) -> str:
    header = source.read(at, SECTOR)
    if header[4:20] != _AREA_MAGIC or _crc(header[4:]) != struct.unpack_from("<I", header)[0]:
        raise DiskUnreadable("the header of the LVM metadata is damaged")
    offset, length, checksum, flags = struct.unpack_from("<QQII", header, 40)
    if offset == 0 or flags & 1 or not SECTOR <= offset < size or not 0 < length <= min(_MAX_TEXT, size):
        raise DiskUnreadable("the header of the LVM metadata names no text")
    first = min(length, size - offset)
    raw = source.read(at + offset, first)
    if first < length:
        raw += source.read(at + SECTOR, length - first)  # the area is a ring
    if _crc(raw) != checksum:
        raise DiskUnreadable("the checksum of the LVM metadata is wrong")
    return raw.rstrip(b"\0").decode("utf-8", "replace")


def _crc(data: bytes) -> int:
    """LVM's CRC-32: the usual polynomial, a start of its own, no inversion."""
    return zlib.crc32(data, _INITIAL_CRC ^ 0xFFFFFFFF) ^ 0xFFFFFFFF
