"""Mutated disks, texts and databases without end, each always the same for its seed, and what must hold of them all.

A ``Subject`` is something sound and a way to judge it. ``examine`` changes it, has it judged, and gives the verdicts;
it raises ``Wrong`` where a mutation gets out of hand: an exception that is not ours, a rule that crashed, or more reads
than any image needs. ``turned`` are the rules that failed a file system and would let a mutation of it pass.
"""

from __future__ import annotations

import importlib
import io
import random
import sqlite3
import struct
import sys
import zlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

sys.path.append(str(Path(__file__).parent.parent / "rules"))

import judging
import vhds
from memory_tree import Broken, MemoryFileSystem
from small_disks import TREE, Damaged, File, Folder, Link, content

from checker import engine
from checker.facts.linux_guest import LinuxGuest, NoLinux
from checker.facts.unread import Fact, FactName, Unread
from checker.facts.vhd import Vhd, VhdId
from checker.inspect.bytes import ByteSource, DiskUnreadable, Memory
from checker.inspect.collect import _look
from checker.inspect.crc32c import crc32c
from checker.inspect.filesystem import FileSystem, Names, Sought
from checker.inspect.guest import read_system
from checker.inspect.linux.guest import read_guest
from checker.inspect.linux.rpm_database import read_rpm
from checker.inspect.root import Root, find_root
from checker.inspect.volumes import Volume, VolumeKind

#: What one disk may cost: reads, and bytes. A sound one of these takes a few hundred and under 8 MiB.
MOST_READS, MOST_BYTES = 100_000, 300 * 1024 * 1024

#: Verdicts by rule.
Verdicts = dict[str, str]
Change = tuple[int, bytes]

_ID = VhdId("disk.vhd")
_NUMBERS = (0, 1, 2, 3, 4, 127, 128, 255, 256, 511, 512, 4095, 4096, 0x7FFF, 0x8000, 0xFFFF, 0x7FFFFFFF, 0x80000000,
            0xFFFFFFFE, 0xFFFFFFFF)  # fmt: skip

#: The file systems that prove their metadata by checksums: damage there must never make a defect pass.
PROVEN = ("ext4", "ext4-inline", "xfs", "lvm")


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
    unread = Unread(_ID.text, FactName.DISK_FILE, "not looked at")
    return verdicts(Vhd(_ID, None, 0, unread, unread, None, unread, unread, guest, ""), "LNX")


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
        return of_guest(read_guest(root, _ID.text))
    return of_guest(Unread(_ID.text, FactName.GUEST, root.words))


# -- containers and partition tables ---------------------------------------------------------------


def _judge_file(source: ByteSource) -> Verdicts:
    return verdicts(_look(_ID, None, Watched(source), None, False), "VHD")


def _read_file(source: ByteSource) -> Verdicts:
    _look(_ID, None, Watched(source), None, False)
    return {}


@cache
def containers(*, judged: bool) -> list[Subject]:
    """Fixed VHDs with a GPT and with an MBR that has logical partitions, and a dynamic one; judged, or read only."""
    size = 2 * vhds.MIB
    start, end = vhds.gpt(size, [(vhds.EFI, 2048, 3000), (vhds.LINUX, 3001, 4000)])
    gpt = start.ljust(size - len(end), b"\0") + end
    extended = vhds.mbr((0x83, 2048, 900, 0x80), (5, 3000, 1000, 0)).ljust(3000 * 512, b"\0")
    extended += vhds.mbr((0x83, 1, 300, 0), (5, 400, 500, 0)).ljust(400 * 512, b"\0") + vhds.mbr((0x82, 1, 99, 0))
    dynamic = vhds.dynamic(8 * vhds.MIB, {0: gpt[: vhds.MIB], 7: gpt[-vhds.MIB :]}, vhds.MIB)
    made = {
        "fixed, GPT": gpt + vhds.footer(size),
        "fixed, MBR": extended.ljust(size, b"\0") + vhds.footer(size),
        "dynamic": dynamic,
    }
    judge = _judge_file if judged else _read_file
    return [Subject(name, raw, _not_empty(raw), judge, seal=_seal_file) for name, raw in made.items()]


def _seal_file(damaged: Damaged) -> Iterable[Change]:
    """Footers, dynamic headers and the GPT with right checksums."""
    for at in {0, damaged.size - 512}:
        if damaged.read(at, 8) == b"conectix":
            yield at + 64, struct.pack(">I", vhds.sum_of(damaged.read(at, 512), 64))
    if damaged.read(512, 8) == b"cxsparse":
        yield 512 + 36, struct.pack(">I", vhds.sum_of(damaged.read(512, 1024), 36))
    if damaged.read(512, 8) == b"EFI PART":
        header = bytearray(damaged.read(512, 92))
        header[88:92] = struct.pack("<I", zlib.crc32(damaged.read(1024, 128 * 128)))
        header[16:20] = bytes(4)
        yield 512 + 88, bytes(header[88:92])
        yield 512 + 16, struct.pack("<I", zlib.crc32(header))


# -- file systems ------------------------------------------------------------------------------------


def _judge_volume(source: ByteSource) -> Verdicts:
    return of_guest(read_system(_ID, Watched(source), None))


@cache
def file_systems() -> list[Subject]:
    """The small disks, each with many defects; changed is what is looked at."""
    seals = {"ext4": _seal_ext, "xfs": _seal_xfs, "lvm": _seal_lvm}
    made: list[Subject] = []
    for name in ("ext4", "xfs", "ext4-inline", "lvm", "xfs-v4", "ext3", "ext2"):
        watched = Watched(Memory(content(name)))
        read_system(_ID, watched, None)
        spots = tuple(at * 256 for at in sorted(watched.where) if any(content(name)[at * 256 : at * 256 + 256]))
        made.append(Subject(name, content(name), spots, _judge_volume, _contents(content(name)), seals.get(name)))
    return made


def _contents(disk: bytes) -> tuple[range, ...]:
    """Where the contents of files lie, found by searching for them: each begins a block."""
    found: list[range] = []
    for what in _FILES.values():
        if isinstance(what, bytes) and what:
            at = disk.find(what)
            while at >= 0:
                if at % 1024 == 0:
                    found.append(range(at, at + -(-len(what) // 1024) * 1024))
                at = disk.find(what, at + 1)
    return tuple(found)


def _seal_ext(damaged: Damaged) -> Iterable[Change]:
    """The superblock and the inodes with right checksums: one group, blocks of 1 KiB."""
    uuid = damaged.content[1024 + 104 : 1024 + 120]
    size = struct.unpack_from("<H", damaged.content, 1024 + 88)[0]
    table = struct.unpack_from("<I", damaged.content, 2048 + 8)[0] * 1024
    count = struct.unpack_from("<I", damaged.content, 1024)[0]
    for at in sorted({at for at, _ in damaged.changes}):
        if 1024 <= at < 2048:
            yield 1024 + 1020, struct.pack("<I", crc32c(damaged.read(1024, 1020)))
        elif table <= at < table + count * size:
            number = (at - table) // size
            inode = bytearray(damaged.read(table + number * size, size))
            inode[124:126] = inode[130:132] = bytes(2)
            seed = crc32c(struct.pack("<I", number + 1) + inode[100:104], crc32c(uuid))
            checksum = crc32c(bytes(inode), seed)
            yield table + number * size + 124, struct.pack("<H", checksum & 0xFFFF)
            yield table + number * size + 130, struct.pack("<H", checksum >> 16)


def _seal_xfs(damaged: Damaged) -> Iterable[Change]:
    """Superblocks, inodes and blocks of directories with right checksums."""
    kinds = {b"XFSB": (512, 224), b"IN": (512, 100), b"XDB3": (4096, 4), b"XDD3": (4096, 4), b"BMA3": (4096, 64)}
    for at in sorted({at for at, _ in damaged.changes}):
        for magic, (size, where) in kinds.items():
            start = at // size * size
            raw = bytearray(damaged.read(start, min(size, damaged.size - start)))
            if raw.startswith(magic) and len(raw) == size:
                raw[where : where + 4] = bytes(4)
                yield start + where, struct.pack("<I", crc32c(bytes(raw)) ^ 0xFFFFFFFF)
                break


def _seal_lvm(damaged: Damaged) -> Iterable[Change]:
    """The text of LVM, and the header that points to it, with right checksums."""
    at = 4096
    offset, length = struct.unpack("<QQ", damaged.read(at + 40, 16))
    if offset + length <= 1024 * 1024:
        checksum = struct.pack("<I", _lvm_crc(damaged.read(at + offset, length)))
        header = bytearray(damaged.read(at, 512))
        header[56:60] = checksum
        yield at + 56, checksum
        yield at, struct.pack("<I", _lvm_crc(bytes(header[4:])))


def _lvm_crc(data: bytes) -> int:
    return zlib.crc32(data, 0xF597A6CF ^ 0xFFFFFFFF) ^ 0xFFFFFFFF


# -- texts --------------------------------------------------------------------------------------------

_TEXTS = (
    *("etc/passwd", "etc/shadow", "etc/fstab", "etc/ssh/sshd_config", "etc/ssh/sshd_config.d/50-cloud.conf"),
    *("boot/grub/grub.cfg", "etc/default/grub", "etc/waagent.conf", "etc/cloud/cloud.cfg.d/swap.cfg", "etc/sudoers"),
    *("var/lib/dpkg/status", "usr/lib/os-release", "etc/modprobe.d/block.conf", "root/.ssh/authorized_keys"),
    *("boot/config-6.1.0-56-cloud-amd64", "usr/lib/python3/dist-packages/azurelinuxagent/common/version.py"),
)
_TOKENS = (b"\n", b"\0", b" ", b"\t", b":", b"=", b'"', b"'", b"\\", b"#", b"{", b"}", b"*", b"?", b"[", b"$", b"%",
           b"-", b"\xff", b"\xc3", b"Include /etc/ssh/*\n", b"Match all\n", b"$kernelopts", b"../" * 9, b"9" * 400,
           b"A" * 9000, b"((((((((", b"a:b:" * 50, b"\r\n", b"\x0c", b"\xe2\x80\xa8", b"@include ", b"1s" * 40)  # fmt: skip
_FILES = {path: what.content if isinstance(what, File) else what for path, what in TREE.items()
          if not path.startswith("many/")}  # fmt: skip


@dataclass(frozen=True)
class _Text:
    path: str

    def __call__(self, source: ByteSource) -> Verdicts:
        return of_files(MemoryFileSystem({**_FILES, self.path: source.read(0, source.size)}))


@cache
def texts() -> list[Subject]:
    """The small files of a system that are parsed."""
    return [Subject(path, _FILES[path], (0,), _Text(path)) for path in _TEXTS]


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


# -- rpm ------------------------------------------------------------------------------------------------


def _judge_rpm(source: ByteSource) -> Verdicts:
    found = read_rpm(source.read(0, source.size))
    return {"rpm": "unread" if isinstance(found, str) else f"{len(found)} packages"}


@cache
def rpm() -> Subject:
    """A database of thirty packages."""
    connection = sqlite3.connect(":memory:")
    connection.execute("CREATE TABLE Packages (hnum INTEGER PRIMARY KEY, blob BLOB)")
    for number in range(30):
        data = f"package-{number}\0{number}.1\0{number}.el9\0".encode() + b"x" * 40 * number
        ends = [0, data.index(b"\0") + 1, data.index(b"\0", data.index(b"\0") + 1) + 1]
        index = b"".join(
            struct.pack(">IIiI", tag, 6, end, 1) for tag, end in zip((1000, 1001, 1002), ends, strict=True)
        )
        blob = struct.pack(">II", 3, len(data)) + index + data
        connection.execute("INSERT INTO Packages (blob) VALUES (?)", (blob,))
    connection.commit()
    raw = connection.serialize()
    connection.close()
    return Subject("rpm", raw, _not_empty(raw), _judge_rpm)


def _not_empty(raw: bytes) -> tuple[int, ...]:
    return tuple(at for at in range(0, len(raw), 256) if len(set(raw[at : at + 256])) > 1)


def families() -> Mapping[str, tuple[list[Subject], Callable[[Subject, int], ByteSource]]]:
    """The subjects by what they are, and how each is changed."""
    return {
        "containers and partition tables": (containers(judged=True), mutated),
        "containers and partition tables, read only": (containers(judged=False), mutated),
        "file systems": (file_systems(), mutated),
        "texts": (texts(), garbled),
        "rpm databases": ([rpm()], mutated),
    }


# -- another reader ---------------------------------------------------------------------------------------


def by_another_reader(subject: Subject, damaged: Damaged) -> Verdicts:
    """The verdicts on a mutated file system as a library reads it that is not ours (libfsext, libfsxfs).

    What it cannot read is as unreadable here. Nothing is known where the library or its Python part is missing.
    """
    raw = damaged.read(0, damaged.size)
    if subject.name == "lvm":  # the root's two runs
        raw = raw[1024 * 1024 : 3 * 1024 * 1024] + raw[4 * 1024 * 1024 : 6 * 1024 * 1024]
    library = importlib.import_module("pyfsxfs" if subject.name.startswith("xfs") else "pyfsext")
    volume = library.volume()
    try:
        volume.open_file_object(io.BytesIO(raw))
        files: dict[str, Any] = {}
        _collect(volume.get_root_directory(), "", files, 0)
    except OSError as problem:
        return {"whole": f"unread: {str(problem)[:60]}"}
    return of_files(_Partly(files))


class _Partly(MemoryFileSystem):
    """A tree of which some folders could not be listed."""

    def list(self, path: Names, limit: int) -> Sought[tuple[str, ...]]:
        if isinstance(self.files.get("/".join((*path, ""))), Broken):
            raise DiskUnreadable("not listed")
        return super().list(path, limit)

    def _find(self, path: Names) -> Any:
        for depth in range(len(path)):
            if isinstance(self.files.get("/".join((*path[:depth], ""))), Broken):
                raise DiskUnreadable("in a folder that was not listed")
        return super()._find(path)


def _collect(folder: Any, path: str, files: dict[str, Any], depth: int) -> None:
    """Everything below a folder; one that cannot be listed is broken, by its path with a slash at the end."""
    if depth > 16 or len(files) > 3000:
        raise OSError("there is no end to it")
    try:
        entries = [(_name(entry, number), entry) for number, entry in enumerate(folder.sub_file_entries)]
    except OSError:
        files[path] = Broken()
        return
    for last, entry in entries:
        name = f"{path}{last}"
        try:
            mode = entry.file_mode or 0
            if mode & 0o170000 == 0o040000:
                files.setdefault(name, Folder(mode & 0o7777))
                if name != "many":
                    _collect(entry, f"{name}/", files, depth + 1)
            elif mode & 0o170000 == 0o120000:
                files[name] = Link(entry.symbolic_link_target)
            elif mode & 0o170000 == 0o100000 and entry.size < 1024 * 1024:
                files[name] = entry.read(entry.size) if entry.size else b""
            else:
                files[name] = Broken()
        except OSError:
            files[name] = Broken()


def _name(entry: Any, number: int) -> str:
    """The name; one that the library cannot give, since it is no text, is certainly another than those looked for."""
    try:
        return str(entry.name)
    except OSError:
        return f"\udcff{number}"
