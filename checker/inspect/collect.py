"""The facts of a disk file: opened, looked at and closed again, before anything is judged."""

from __future__ import annotations

import dataclasses

from checker.facts.sas import SasUrl
from checker.facts.sizes import size_words
from checker.facts.unread import Fact, FactName, ReasonKind, Unread, not_collected
from checker.facts.vhd import (
    MIB,
    SECTOR,
    BlobProperties,
    Content,
    Format,
    PartitionTable,
    Vhd,
    VhdId,
)
from checker.inspect.bytes import ByteSource, DiskUnreadable
from checker.inspect.cache import BlockCache
from checker.inspect.container import open_container
from checker.inspect.files import LocalFile
from checker.inspect.lvm import LABEL_SECTORS, is_physical_volume
from checker.inspect.partitions import read_partitions
from checker.inspect.ranges import Patience, RangedUrl
from checker.inspect.watched import ReadWatcher, Watched
from checker.redaction import without_query

#: How many partitions are looked into.
_MAX_LOOKED_INTO = 32


def _unwatched(reads: int, read: int) -> None:
    """Nobody waits."""


def look_at_file(path: str, *, guest: bool = False, watcher: ReadWatcher = _unwatched) -> Vhd:
    """The facts of a local file, with ``guest`` those of the system on it. Raises SourceProblem."""
    with LocalFile(path) as file:
        return _look(VhdId(path), None, Watched(file, watcher), None, guest)


def look_at_url(
    url: str, patience: Patience | None = None, *, guest: bool = False, watcher: ReadWatcher = _unwatched
) -> Vhd:
    """The facts of a file behind a URL, with ``guest`` those of the system on it. Raises SourceProblem."""
    with RangedUrl(url, patience) as file:
        return _look(VhdId(file.shown), SasUrl.parse(url), Watched(file, watcher), file.properties, guest)


def url_alone(url: str) -> Vhd:
    """What a URL says by itself: it is not opened."""
    id = VhdId(without_query(url))
    unread = not_collected(FactName.DISK_FILE, id.text, "not opened: no selected rule asks for it")
    closed = dataclasses.replace(unread, fact=FactName.GUEST)
    return Vhd(id, SasUrl.parse(url), unread, unread, unread, unread, unread, unread, closed, "not opened")


def _look(id: VhdId, sas: SasUrl | None, file: ByteSource, blob: BlobProperties | None, guest: bool) -> Vhd:
    cache, unread = BlockCache(file), _unread(id, "not read")
    unasked = not_collected(FactName.GUEST, id.text, "not looked into: no selected rule asks for it")
    vhd = _with_disk(Vhd(id, sas, file.size, unread, unread, blob, unread, unread, unasked), cache, guest)
    requests = "1 request" if cache.requests == 1 else f"{cache.requests} requests"
    words = f"{size_words(cache.bytes_read)} of {size_words(file.size)} in {requests}"
    return dataclasses.replace(vhd, reading=words)


def _with_disk(vhd: Vhd, file: ByteSource, guest: bool) -> Vhd:
    """The facts with what the bytes of the file say."""
    try:
        container = open_container(file)
    except DiskUnreadable as problem:
        unread = _unread(vhd.id, problem.words)
        inside = dataclasses.replace(unread, fact=FactName.GUEST)
        return dataclasses.replace(
            vhd, format=unread, footer=unread, partitions=unread, first_mib_used=unread, guest=inside
        )
    vhd = dataclasses.replace(vhd, format=container.format, footer=container.footer)
    if container.disk is None:
        kind = ReasonKind.UNREAD if container.format in (Format.DYNAMIC, Format.VHDX) else ReasonKind.UNSUPPORTED
        unread = _unread(vhd.id, container.why, kind)
        inside = dataclasses.replace(unread, fact=FactName.GUEST)
        return dataclasses.replace(vhd, partitions=unread, first_mib_used=unread, guest=inside)
    partitions = _partitions(vhd.id, container.disk)
    used = partitions if isinstance(partitions, Unread) else _first_mib_used(vhd.id, container.disk, partitions)
    vhd = dataclasses.replace(vhd, partitions=partitions, first_mib_used=used)
    if not isinstance(partitions, Unread) and not (partitions and partitions.partitions):
        vhd = dataclasses.replace(vhd, content=_content(vhd.id, container.disk, 0, container.disk.size))
    if not guest:
        return vhd
    from checker.inspect.guest import read_system  # much to load, for rules on guests only

    return dataclasses.replace(vhd, guest=read_system(vhd.id, container.disk, partitions))


def _partitions(id: VhdId, disk: ByteSource) -> Fact[PartitionTable | None]:
    try:
        table = read_partitions(disk)
    except DiskUnreadable as problem:
        return _unread(id, problem.words)
    if table is None:
        return None
    found = [
        dataclasses.replace(partition, content=_content(id, disk, partition.start, partition.size))
        if number < _MAX_LOOKED_INTO
        else dataclasses.replace(partition, content=_unread(id, f"only {_MAX_LOOKED_INTO} partitions are looked into"))
        for number, partition in enumerate(table.partitions)
    ]
    return dataclasses.replace(table, partitions=tuple(found))


def _content(id: VhdId, disk: ByteSource, start: int, size: int) -> Fact[Content]:
    try:
        label = disk.read(start, min(size, LABEL_SECTORS * SECTOR))
    except DiskUnreadable as problem:
        return _unread(id, problem.words)
    return Content.LVM if is_physical_volume(label) else Content.OTHER


def _first_mib_used(id: VhdId, disk: ByteSource, table: PartitionTable | None) -> Fact[bool]:
    """Whether the first MiB holds anything but zeros, beside an MBR; not looked at where there are partitions."""
    if table is not None and table.partitions:
        return _unread(id, "not looked at: the partition table answers it")
    skipped = 0 if table is None else SECTOR
    try:
        return any(disk.read(skipped, max(min(MIB, disk.size) - skipped, 0)))
    except DiskUnreadable as problem:
        return _unread(id, problem.words)


def _unread(id: VhdId, words: str, kind: ReasonKind = ReasonKind.UNREAD) -> Unread:
    return Unread(id.text, FactName.DISK_FILE, words, kind=kind)
