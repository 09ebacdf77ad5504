"""What is mutated: disk files, partition tables, file systems, LVM, the texts of a system, rpm databases."""

from __future__ import annotations

import sqlite3
import struct
import zlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cache

import vhds
from memory_tree import MemoryFileSystem
from mutations import ID, Change, Subject, Verdicts, Watched, garbled, mutated, of_files, of_guest, verdicts
from small_disks import TREE, Damaged, File, content

from checker.inspect.bytes import ByteSource, Memory
from checker.inspect.collect import _look
from checker.inspect.crc32c import crc32c
from checker.inspect.guest import read_system
from checker.inspect.linux.rpm_header import BrokenDatabase
from checker.inspect.linux.rpm_sqlite import read_sqlite

# -- containers and partition tables ---------------------------------------------------------------


def _judge_file(source: ByteSource) -> Verdicts:
    return verdicts(_look(ID, None, Watched(source), None, False), "VHD")


def _read_file(source: ByteSource) -> Verdicts:
    _look(ID, None, Watched(source), None, False)
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
    return of_guest(read_system(ID, Watched(source), None))


@cache
def file_systems() -> list[Subject]:
    """The small disks, each with many defects; changed is what is looked at."""
    seals = {"ext4": _seal_ext, "xfs": _seal_xfs, "lvm": _seal_lvm}
    made: list[Subject] = []
    for name in ("ext4", "xfs", "ext4-inline", "lvm", "xfs-v4", "ext3", "ext2"):
        watched = Watched(Memory(content(name)))
        read_system(ID, watched, None)
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


# -- rpm ------------------------------------------------------------------------------------------------


def _judge_rpm(source: ByteSource) -> Verdicts:
    try:
        return {"rpm": f"{len(read_sqlite(source.read(0, source.size)))} packages"}
    except (BrokenDatabase, struct.error):
        return {"rpm": "unread"}


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
