"""The logical volumes on a physical volume of LVM 2, from the text that LVM keeps at its start.

A volume group of one physical volume, and volumes that are linear, are read: that is what the images of distributions
have. Everything else is recognised and refused, snapshots too: a system can start from one. The hidden volumes that
others are made of (a cache's origin, a leg of a mirror, the data of a thin pool) are no volumes of their own: what is
in them is not what the system sees. Layout: lvm2's own ``lib/format_text/layout.h``, as documented in libvslvm's
"Logical Volume Manager (LVM) format".
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
#: Segments of volumes that are stores of others, or only say that another is a snapshot: nothing is mounted from them.
_STORES = frozenset({"thin-pool", "cache-pool", "vdo-pool", "snapshot"})


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
    """A logical volume that is there and is not read, and why; ``origin`` is the one that it is a snapshot of."""

    group: str
    name: str
    why: str
    origin: str = ""


def is_physical_volume(start: bytes) -> bool:
    """Whether the first 2,048 bytes of a volume hold the label of LVM."""
    return any(start[at : at + 8] == LABEL for at in range(0, LABEL_SECTORS * SECTOR, SECTOR))


def read_volumes(source: ByteSource) -> tuple[LogicalVolume | RefusedVolume, ...]:
    """The logical volumes on a physical one. Raises DiskUnreadable."""
    metadata, identity = _metadata(source)
    found = parse(metadata)
    if len(sections(found)) != 1:
        raise DiskUnreadable("the LVM metadata does not describe one volume group")
    [(group, body)] = sections(found)
    physical = sections(section(body, "physical_volumes"))
    if len(physical) != 1:
        raise DiskUnreadable(f"the volume group {group} lies on {len(physical)} physical volumes, and only one is read")
    [(disk, disk_body)] = physical
    if text(disk_body, "id").replace("-", "") != identity:
        raise DiskUnreadable(f"the metadata of the volume group {group} is that of another physical volume")
    if "EXPORTED" in _flags(body):
        raise DiskUnreadable(f"the volume group {group} is exported, and not used until it is imported")
    extent_size = whole(body, "extent_size") * SECTOR
    start = whole(disk_body, "pe_start") * SECTOR
    volumes = sections(section(body, "logical_volumes")) if "logical_volumes" in body else []
    if len(volumes) > _MAX_VOLUMES:
        raise DiskUnreadable(f"the volume group {group} has {len(volumes)} logical volumes")
    snapshots = _snapshots(volumes)
    stores = {store for part in snapshots if (store := _store(part))}
    made: list[LogicalVolume | RefusedVolume] = []
    for name, volume in volumes:
        kinds = _kinds(volume)
        if "VISIBLE" not in _flags(volume) or name in stores or (kinds and kinds <= _STORES):
            continue
        try:
            if any("merging_store" in part and name == part.get("origin") for part in snapshots):
                raise DiskUnreadable("a snapshot waits to be merged into it")
            runs = _runs(volume, disk, start, extent_size)
            made.append(LogicalVolume(group, name, sum(run.size for run in runs), source, runs))
        except DiskUnreadable as problem:
            made.append(RefusedVolume(group, name, problem.words))
    for part in snapshots:
        origin = str(part.get("origin", ""))
        made.append(RefusedVolume(group, _store(part), f"it is a snapshot of {origin}, which is not read", origin))
    return tuple(made)


def _store(snapshot: Section) -> str:
    """The volume that holds what differs in a snapshot: the system shows the snapshot under the name of that."""
    return str(snapshot.get("cow_store", snapshot.get("merging_store", "")))


def _flags(within: Section) -> list[str | int]:
    """The status of a group or a volume. Raises DiskUnreadable where it has none."""
    found = within.get("status")
    if not isinstance(found, list):
        raise DiskUnreadable("the LVM metadata has no status")
    return found


def _kinds(volume: Section) -> set[str]:
    return {str(part.get("type", "")) for name, part in sections(volume) if name.startswith("segment")}


def _snapshots(volumes: list[tuple[str, Section]]) -> list[Section]:
    """The segments that say what is a snapshot of what, or is to be merged into what as soon as it is used again."""
    parts = [part for _, volume in volumes for _, part in sections(volume)]
    return [part for part in parts if part.get("type") == "snapshot"]


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


def _metadata(source: ByteSource) -> tuple[str, str]:
    """The newest metadata of those areas that are sound, and the identity of the physical volume."""
    start = source.read(0, LABEL_SECTORS * SECTOR)
    for at in range(0, len(start), SECTOR):
        if start[at : at + 8] == LABEL and start[at + 24 : at + 32] == b"LVM2 001":
            header = at + int(struct.unpack_from("<I", start, at + 20)[0])
            break
    else:
        raise DiskUnreadable("no label of LVM 2")
    if _crc(start[at + 20 : at + SECTOR]) != struct.unpack_from("<I", start, at + 16)[0]:
        raise DiskUnreadable("the checksum of the label of LVM is wrong")
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
    found: list[tuple[int, str]] = []
    problem = DiskUnreadable("the physical volume of LVM keeps no metadata")
    for offset, size in areas:
        try:
            area = _area(source, offset, size)
            found.append((_age(area), area))
        except DiskUnreadable as unread:
            problem = unread
    if not found:
        raise problem
    return max(found)[1], raw[:32].decode("ascii", "replace")


def _age(area: str) -> int:
    """How often the group had been changed when the text was written."""
    groups = sections(parse(area))
    if len(groups) != 1:
        raise DiskUnreadable("the LVM metadata does not describe one volume group")
    return whole(groups[0][1], "seqno")


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
