"""Targets that are disk files: read before anything else, with or without a source beside them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

from checker.cli.progress import Progress
from checker.facts.linux_guest import NoSystem
from checker.facts.snapshot import Snapshot
from checker.facts.unread import OF_DISKS, FactName, known
from checker.facts.vhd import Format, Vhd
from checker.rule import Rule
from checker.sources.source import SnapshotSource
from checker.targets import DiskTarget


def look_at_disks(targets: Iterable[DiskTarget], rules: Iterable[Rule[Any]], progress: Progress) -> tuple[Vhd, ...]:
    """The facts of disk files, one opened after the other; a local file with two names is one disk. A URL is not
    opened where no rule reads what is behind it, and file systems are looked into only for rules on what is in them.

    Raises SourceProblem, in one line, for a file or URL that cannot be opened.
    """
    chosen = _each_once(targets)
    if not chosen:
        return ()
    reads = {fact for rule in rules for fact in rule.reads}
    opens, guest = not reads.isdisjoint(OF_DISKS), FactName.GUEST in reads
    try:
        return tuple(_look_at(disk, progress, opens=opens, guest=guest) for disk in chosen)
    finally:
        progress.end()


def _look_at(disk: DiskTarget, progress: Progress, *, opens: bool, guest: bool) -> Vhd:
    from checker.inspect.collect import look_at_file, look_at_url, url_alone

    watcher = progress.of_file(disk.id)
    if not disk.url:
        return _with_blanks_told(look_at_file(disk.id, guest=guest, watcher=watcher), disk.id)
    return _with_blanks_told(look_at_url(disk.url, guest=guest, watcher=watcher) if opens else url_alone(disk.url))


def _each_once(targets: Iterable[DiskTarget]) -> tuple[DiskTarget, ...]:
    """The targets without those that are the same local file under another name."""
    seen: set[tuple[int, int]] = set()
    chosen: list[DiskTarget] = []
    for disk in targets:
        identity = None if disk.url else _identity(disk.id)
        if identity is None or identity not in seen:
            chosen.append(disk)
        if identity is not None:
            seen.add(identity)
    return tuple(chosen)


def _identity(path: str) -> tuple[int, int] | None:
    """What tells a file from others whatever its name; None where it cannot be looked at."""
    try:
        status = Path(path).stat()
    except (OSError, ValueError):
        return None
    return (status.st_dev, status.st_ino) if status.st_ino else None


def _with_blanks_told(vhd: Vhd, path: str = "") -> Vhd:
    """The disk, of which what looks empty is known to be empty throughout, or its guest is unread."""
    guest = vhd.guest
    if not isinstance(guest, NoSystem) or not guest.blanks:
        return vhd
    from checker.inspect.holes import are_zeros

    # Of a dynamic VHD or a VHDX an offset in the disk is none in the file.
    is_plain = known(vhd.format) in (Format.FIXED, Format.RAW, Format.ZEROS)
    if path and is_plain and are_zeros(path, guest.blanks):
        return replace(vhd, guest=replace(guest, blanks=()))
    words = f"{guest.doubt.detail}. It looks empty; that it is so throughout is known of a sparse local file only"
    return replace(vhd, guest=replace(guest.doubt, detail=words))


def no_source() -> SnapshotSource:
    """What stands for a source where disk files alone are judged."""
    return SnapshotSource(Snapshot.from_document({"format": "imagecheck-snapshot/1"}), "disk files")
