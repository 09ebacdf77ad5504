"""The small disks in data/, unpacked into memory, and ways to damage them."""

from __future__ import annotations

import lzma
import random
import struct
import sys
from dataclasses import dataclass
from functools import cache
from pathlib import Path

sys.path.append(str(Path(__file__).parent / "make_disks"))

from tree import TREE, File, Folder, Link  # noqa: F401

from checker.facts.linux_guest import LinuxGuest
from checker.inspect.bytes import ByteSource, Memory, check_bounds
from checker.inspect.linux.guest import read_guest
from checker.inspect.resolver import Unreadable
from checker.inspect.root import Root, find_root
from checker.inspect.volumes import Volume, find_volumes, recognise

DATA = Path(__file__).parent / "data"
WITH_ROOT = ("ext4", "ext4-inline", "ext3", "ext2", "xfs", "xfs-v4", "lvm")


@cache
def content(name: str) -> bytes:
    """The bytes of one of the disks."""
    return lzma.decompress((DATA / f"{name}.xz").read_bytes())


def disk(name: str) -> Memory:
    """One of the disks: ext4, ext4-inline, ext3, ext2, xfs, xfs-v4, fat, lvm."""
    return Memory(content(name))


def root_of(source: ByteSource, *others: Volume) -> Root | Unreadable:
    """The root on a disk without partitions; ``others`` are volumes beside it."""
    return find_root((*find_volumes(source, None), *others))


def guest_of(name: str) -> LinuxGuest:
    """The facts of one of the disks, with the EFI partition beside it."""
    root = root_of(disk(name), recognise("the EFI partition", disk("fat")))
    assert isinstance(root, Root), root
    return read_guest(root, "vhd:disk.vhd")


@dataclass(frozen=True)
class Damaged:
    """A disk with some bytes changed, without a copy of it all."""

    content: bytes
    changes: tuple[tuple[int, bytes], ...]

    @property
    def size(self) -> int:
        return len(self.content)

    def read(self, offset: int, length: int) -> bytes:
        check_bounds(self, offset, length)
        data = bytearray(self.content[offset : offset + length])
        for at, new in self.changes:
            for index, value in enumerate(new):
                if 0 <= at + index - offset < length:
                    data[at + index - offset] = value
        return bytes(data)


@cache
def interesting(name: str) -> tuple[int, ...]:
    """The offsets of the parts of a disk that are neither empty nor all the same."""
    data = content(name)
    return tuple(at for at in range(0, len(data), 256) if len(set(data[at : at + 256])) > 2)


def damage(name: str, seed: int) -> Damaged:
    """A disk with one to eight small changes where they matter, always the same for a seed."""
    choice = random.Random(seed)
    data = content(name)
    changes = []
    for _ in range(choice.choice((1, 1, 2, 4, 8))):
        at = choice.choice(interesting(name)) + choice.randrange(256)
        number = choice.choice(
            (0, 1, 2, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF, choice.getrandbits(32), choice.randrange(999))
        )
        changes.append(
            (
                at,
                choice.choice(
                    (
                        bytes([choice.randrange(256)]),
                        bytes([data[at] ^ 1 << choice.randrange(8)]),
                        struct.pack("<I", number),
                        struct.pack(">I", number),
                        struct.pack("<H", number & 0xFFFF),
                        struct.pack(">Q", number),
                    )
                ),
            )
        )
    return Damaged(data, tuple((at, new) for at, new in changes))
