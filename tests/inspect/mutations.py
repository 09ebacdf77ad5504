"""Mutated disks, texts and databases without end, each always the same for its seed, and what must hold of them all.

A ``Subject`` is something sound and a way to judge it. ``examine`` changes it, has it judged, and gives the verdicts;
it raises ``Wrong`` where a mutation gets out of hand: an exception that is not ours, a rule that crashed, or more reads
than any image needs. ``turned`` are the rules that failed a file system and would let a mutation of it pass.
"""

from __future__ import annotations

import random
import struct
import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

sys.path.append(str(Path(__file__).parent.parent / "rules"))

import judging
from memory_tree import MemoryFileSystem
from small_disks import Damaged

from checker import engine
from checker.facts.linux_guest import LinuxGuest, NoLinux
from checker.facts.unread import Fact, FactName, Unread
from checker.facts.vhd import Vhd, VhdId
from checker.inspect.bytes import ByteSource, DiskUnreadable, Memory
from checker.inspect.filesystem import FileSystem
from checker.inspect.linux.guest import read_guest
from checker.inspect.root import Root, find_root
from checker.inspect.volumes import Volume, VolumeKind

#: What one disk may cost: reads, and bytes. A sound one of these takes a few hundred and under 8 MiB.
MOST_READS, MOST_BYTES = 100_000, 300 * 1024 * 1024

#: Verdicts by rule.
Verdicts = dict[str, str]
Change = tuple[int, bytes]

ID = VhdId("disk.vhd")
_NUMBERS = (0, 1, 2, 3, 4, 127, 128, 255, 256, 511, 512, 4095, 4096, 0x7FFF, 0x8000, 0xFFFF, 0x7FFFFFFF, 0x80000000,
            0xFFFFFFFE, 0xFFFFFFFF)  # fmt: skip

#: The file systems that prove their metadata by checksums: damage there must never make a defect pass.
PROVEN = ("ext4", "ext4-inline", "xfs", "lvm")
_TOKENS = (b"\n", b"\0", b" ", b"\t", b":", b"=", b'"', b"'", b"\\", b"#", b"{", b"}", b"*", b"?", b"[", b"$", b"%",
           b"-", b"\xff", b"\xc3", b"Include /etc/ssh/*\n", b"Match all\n", b"$kernelopts", b"../" * 9, b"9" * 400,
           b"A" * 9000,
           b"((((((((", b"a:b:" * 50, b"\r\n", b"\x0c", b"\xe2\x80\xa8", b"@include ", b"1s" * 40)  # fmt: skip


class Wrong(Exception):
    """A mutation that was not answered as it must be."""


class Watched:
    """A source that counts what is read, and puts an end to it."""

    def __init__(self, source: ByteSource) -> None:
        self._source = source
        self.size = source.size
        self.reads = self.bytes = 0
        self.where: set[int] = set()

    def read(self, offset: int, length: int) -> bytes:
        """What the source has, and where that was, in steps of 256 bytes."""
        found = self._source.read(offset, length)
        self.reads += 1
        self.bytes += length
        if self.reads > MOST_READS or self.bytes > MOST_BYTES:
            raise Wrong(f"{self.reads} reads, {self.bytes} bytes, and no end")
        if length <= 65536:
            self.where.update(range(offset // 256, (offset + length + 255) // 256))
        return found


@dataclass(frozen=True)
class Subject:
    """Something sound: its bytes, where it is changed, how it is judged, and how its checksums are mended."""

    name: str
    content: bytes
    spots: tuple[int, ...]
    judge: Callable[[ByteSource], Verdicts]
    contents: tuple[range, ...] = ()  # of files: what no file system vouches for, and is not changed
    seal: Callable[[Damaged], Iterable[Change]] | None = None


def mutated(subject: Subject, seed: int) -> Damaged:
    """One to eight small changes to a subject; with every other seed its checksums are right again, where it can be."""
    choice = random.Random(f"{subject.name} {seed}")
    changes: list[Change] = []
    wanted = choice.choice((1, 1, 1, 2, 2, 4, 8))
    while len(changes) < wanted:
        at = min(choice.choice(subject.spots) + choice.randrange(256), len(subject.content) - 1)
        new = _new(choice, subject.content, at)
        if not any(at < part.stop and part.start < at + len(new) for part in subject.contents):
            changes.append((at, new))
    damaged = Damaged(subject.content, tuple(changes))
    if subject.seal is not None and is_sealed(subject, seed):
        damaged = Damaged(subject.content, (*changes, *subject.seal(damaged)))
    return damaged


def _new(choice: random.Random, old: bytes, at: int) -> bytes:
    number = choice.choice((*_NUMBERS, choice.getrandbits(32), choice.randrange(4000)))
    form = choice.choice(("bit", "bit", "byte", "<I", ">I", "<H", ">H", "<Q", ">Q", "ff", "zero", "copy"))
    match form:
        case "bit":
            return bytes([old[at] ^ 1 << choice.randrange(8)])
        case "byte":
            return bytes([choice.randrange(256)])
        case "ff" | "zero":
            return (b"\xff" if form == "ff" else b"\0") * choice.choice((1, 4, 8, 16, 64))
        case "copy":
            start = choice.randrange(len(old))
            return old[start : start + choice.choice((1, 4, 16, 64))]
        case _:
            size = struct.calcsize(form) * 8
            return struct.pack(form, number % 2**size)


def garbled(subject: Subject, seed: int) -> Memory:
    """A text with pieces taken out, put in, doubled and moved, whole lines and single marks."""
    choice = random.Random(f"{subject.name} {seed}")
    text = bytearray(subject.content)
    for _ in range(choice.choice((1, 1, 2, 3, 6))):
        at = choice.randrange(len(text) + 1)
        match choice.randrange(6):
            case 0:
                text[at:at] = choice.choice(_TOKENS)
            case 1:
                del text[at : at + choice.choice((1, 1, 3, 20))]
            case 2:
                lines = bytes(text).splitlines(keepends=True) or [b""]
                choice.shuffle(lines)
                text = bytearray(b"".join(lines))
            case 3:
                line = choice.choice(bytes(text).splitlines(keepends=True) or [b""])
                text[at:at] = line * choice.choice((1, 2, 50))
            case 4:
                text[at : at + 4] = choice.randbytes(choice.randrange(8))
            case _:
                text[at : at + 1] = choice.choice(_TOKENS)
    return Memory(bytes(text))


def examine(subject: Subject, damaged: ByteSource) -> Verdicts:
    """The verdicts on a mutation; none of them may be a mistake of ours."""
    try:
        found = subject.judge(damaged)
    except DiskUnreadable as unread:
        return {"whole": f"unread: {unread.words[:40]}"}
    except MemoryError:
        raise Wrong("the memory was not enough") from None
    return found


def turned(sound: Verdicts, found: Verdicts) -> list[str]:
    """The rules that failed what is sound, and say now that there is nothing wrong."""
    return [
        rule for rule, was in sound.items() if was.startswith("fail") and found.get(rule) in ("pass", "not-applicable")
    ]


def is_sealed(subject: Subject, seed: int) -> bool:
    """Whether the checksums of a mutation are right again: then it is no damage, but somebody's intention."""
    return subject.seal is not None and seed % 2 == 1


def verdicts(vhd: Vhd, family: str) -> Verdicts:
    """What the rules of a family say of a disk."""
    results = engine.judge_disks(
        [rule for code, rule in judging.RULES.items() if code.startswith(family)], [vhd], judging.context()
    )
    found: Verdicts = {}
    for result in results:
        if result.reason is not None and result.reason.kind == "crashed":
            raise Wrong(f"{result.rule} crashed: {result.reason}")
        found[result.rule] = f"fail {result.severity}" if result.verdict == "fail" else str(result.verdict)
    return found


def of_guest(guest: Fact[LinuxGuest | NoLinux]) -> Verdicts:
    """What the rules on systems say of one."""
    unread = Unread(ID.text, FactName.DISK_FILE, "not looked at")
    return verdicts(Vhd(ID, None, 0, unread, unread, None, unread, unread, guest, ""), "LNX")


@dataclass(frozen=True)
class _InMemory(Volume):
    """A volume whose file system is already there."""

    files: MemoryFileSystem | None = None

    def open(self) -> FileSystem:
        assert self.files is not None
        return self.files


def of_files(files: MemoryFileSystem) -> Verdicts:
    """What the rules on systems say of a tree."""
    root = find_root([_InMemory("the disk", VolumeKind.EXT, None, files=files)])
    if isinstance(root, Root):
        return of_guest(read_guest(root, ID.text))
    return of_guest(Unread(ID.text, FactName.GUEST, root.words))
