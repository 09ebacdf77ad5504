"""Each read of a disk fails once: what then is not known changes no verdict into another."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from small_disks import content
from vhds import EFI, LINUX, MIB, SECTOR, gpt, write

from checker import catalog, engine
from checker.facts.estate import Estate
from checker.facts.snapshot import Snapshot
from checker.inspect import collect
from checker.inspect.bytes import ByteSource, DiskUnreadable
from checker.inspect.cache import BlockCache
from checker.inspect.files import LocalFile
from checker.rule import Context, Policy, Publisher

SIZE = 64 * MIB
RULES = [rule for rule in catalog.load() if rule.code.startswith(("VHD", "LNX"))]


class Failing:
    """A disk of which one read fails, and with ``for_good`` every one after it too."""

    def __init__(self, path: Path, fails: int | None, for_good: bool) -> None:
        self._file = LocalFile(str(path))
        self._fails = fails
        self._for_good = for_good
        self.size = self._file.size
        self.reads = 0

    def read(self, offset: int, length: int) -> bytes:
        self.reads += 1
        if self._fails is not None and (self.reads == self._fails or (self._for_good and self.reads > self._fails)):
            raise DiskUnreadable("this read fails")
        return self._file.read(offset, length)

    def close(self) -> None:
        self._file.close()


def verdicts(
    path: Path, fails: int | None, *, for_good: bool, monkeypatch: pytest.MonkeyPatch
) -> tuple[dict[str, str], int]:
    """The verdicts by rule, and how many reads there were. Blocks are small, so that a read holds little."""
    today = datetime(2026, 11, 22, tzinfo=UTC)
    snapshot = Snapshot.from_document({"format": "imagecheck-snapshot/1"})
    opened: list[Failing] = []

    def failing(source: ByteSource) -> BlockCache:
        opened.append(Failing(path, fails, for_good))
        return BlockCache(opened[-1], block_size=4096, max_blocks=4096, ahead=1)

    monkeypatch.setattr(collect, "BlockCache", failing)
    vhd = collect.look_at_file(str(path), guest=True)
    for disk in opened:
        disk.close()
    found = engine.judge_disks(RULES, [vhd], Context(Estate(snapshot, today), Publisher(), Policy(), today))
    return {result.rule: str(result.verdict) for result in found}, sum(disk.reads for disk in opened)


@pytest.mark.parametrize("for_good", [False, True])
@pytest.mark.parametrize("name", ["ext4", "xfs", "lvm"])
def test_a_read_that_fails_makes_no_verdict_another(name, for_good, tmp_path, monkeypatch) -> None:
    root = 8 * MIB
    # The type says nothing of LVM: that is known from what is in the partition only.
    entries = [(EFI, MIB // SECTOR, root // SECTOR - 1), (LINUX, root // SECTOR, SIZE // SECTOR - 34)]
    start, end = gpt(SIZE, entries)
    parts = [(0, start), (MIB, content("fat")), (root, content(name)), (SIZE - len(end), end)]
    path = write(tmp_path / "disk.vhd", SIZE, parts)
    whole, reads = verdicts(path, None, for_good=False, monkeypatch=monkeypatch)
    assert "pass" in {verdict for code, verdict in whole.items() if code.startswith("LNX")}
    for fails in range(1, reads + 1):
        part, _ = verdicts(path, fails, for_good=for_good, monkeypatch=monkeypatch)
        changed = {code: (whole[code], verdict) for code, verdict in part.items() if verdict != whole[code]}
        assert all(after == "not-evaluated" for _, after in changed.values()), (fails, changed)
