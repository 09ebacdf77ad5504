"""Targets that are disk files: read before anything else, with or without a source beside them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from checker.cli.progress import Progress
from checker.facts.snapshot import Snapshot
from checker.facts.unread import OF_DISKS, FactName
from checker.facts.vhd import Vhd
from checker.rule import Rule
from checker.sources.source import SnapshotSource
from checker.targets import DiskTarget


def look_at_disks(targets: Iterable[DiskTarget], rules: Iterable[Rule[Any]], progress: Progress) -> tuple[Vhd, ...]:
    """The facts of disk files. A URL is not opened where no rule reads what is behind it, and
    file systems are looked into only for rules on what is in them.

    Raises SourceProblem, in one line, for a file or URL that cannot be opened.
    """
    chosen = tuple(targets)
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
        return look_at_file(disk.id, guest=guest, watcher=watcher)
    return look_at_url(disk.url, guest=guest, watcher=watcher) if opens else url_alone(disk.url)


def no_source() -> SnapshotSource:
    """What stands for a source where disk files alone are judged."""
    return SnapshotSource(Snapshot.from_document({"format": "imagecheck-snapshot/1"}), "disk files")
