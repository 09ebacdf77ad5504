"""Which volume is the root file system: the one that proves it.

The proof is a readable /etc/passwd with an entry for root on the volume itself, and an os-release that
names a system, seen from there. Without both, nothing of an image is known, and above all nothing is absent.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from checker.inspect.bytes import DiskUnreadable
from checker.inspect.filesystem import ABSENT, FileSystem, Journal, Names, Sought, Stat
from checker.inspect.fstab import Mount, mounted, parse_fstab
from checker.inspect.resolver import Tree, Unreadable
from checker.inspect.volumes import Volume, VolumeKind

OS_RELEASE = ("/etc/os-release", "/usr/lib/os-release")


@dataclass(frozen=True, slots=True)
class Root:
    """The root file system of an image: its files, where it lies, and what else is on the disk.

    An image without an /etc/fstab has an empty ``fstab``.
    """

    tree: Tree
    volume: Volume
    file_system: str
    journal: Journal
    volumes: tuple[Volume, ...]
    fstab: tuple[Mount, ...]


def find_root(volumes: Sequence[Volume]) -> Root | Unreadable:
    """The root file system among some volumes; unreadable, with the words why, where none or several prove to be it."""
    found: list[Root] = []
    refused: list[str] = []
    for volume in volumes:
        if volume.kind in (VolumeKind.LVM, VolumeKind.SWAP, VolumeKind.EMPTY):
            continue
        if volume.kind is VolumeKind.FAT:
            continue  # it has no owners and no symlinks: no Linux has its root there
        try:
            root = _as_root(volume, volumes)
        except DiskUnreadable as problem:
            refused.append(f"{volume.name}: {problem.words}")
            continue
        if isinstance(root, Root):
            found.append(root)
    if len(found) == 1:
        return found[0]
    if found:
        return Unreadable(f"more than one volume is a root: {', '.join(root.volume.name for root in found)}")
    return Unreadable("; ".join(["no volume is the root of a Linux system", *refused]))


def _as_root(volume: Volume, volumes: Sequence[Volume]) -> Root | None:
    """The volume as a root; None where it certainly is none. Raises DiskUnreadable where it cannot be told."""
    file_system = volume.open()
    bare = _Settled(file_system)
    alone = Tree(bare)
    passwd = alone.read("/etc/passwd")
    if passwd is ABSENT:
        return None
    if isinstance(passwd, Unreadable):
        raise DiskUnreadable(passwd.words)
    if not any(line.startswith(b"root:") for line in passwd.splitlines()):
        raise DiskUnreadable("its /etc/passwd has no entry for root")
    fstab = alone.read("/etc/fstab")
    if isinstance(fstab, bytes):
        mounts = parse_fstab(fstab.decode("utf-8", "replace"))
    elif isinstance(fstab, Unreadable):
        # What is mounted over what is not known then, and so nothing below the root is.
        raise DiskUnreadable(f"its /etc/fstab cannot be read: {fstab.words}")
    else:
        mounts = ()
    others: Mapping[Names, FileSystem | Unreadable] = {
        **_mounted_by_units(alone),
        **mounted(mounts, [other for other in volumes if other is not volume]),
    }
    anchored = Tree(bare, {path: _Settled(fs) if not isinstance(fs, Unreadable) else fs for path, fs in others.items()})
    for path in OS_RELEASE:
        release = anchored.read(path)
        if isinstance(release, bytes) and re.search(rb"^ID=.", release, re.MULTILINE):
            return Root(
                Tree(file_system, others), volume, file_system.name, file_system.journal, tuple(volumes), mounts
            )
    raise DiskUnreadable("it has an /etc/passwd and no os-release that can be read")


def _mounted_by_units(tree: Tree) -> dict[Names, Unreadable]:
    """The paths that units of systemd mount something over: what is there then is not known.

    Raises DiskUnreadable where the units cannot be listed.
    """
    units = tree.list("/etc/systemd/system")
    if isinstance(units, Unreadable):
        raise DiskUnreadable(f"its /etc/systemd/system cannot be read: {units.words}")
    found: dict[Names, Unreadable] = {}
    for name in () if units is ABSENT else units:
        if name.endswith(".mount"):
            path = tuple(_unescaped(part) for part in name.removesuffix(".mount").split("-") if part)
            found[path] = Unreadable(f"the unit {name} mounts something there, which is not looked into")
    return found


def _unescaped(part: str) -> str:
    r"""A part of a unit's name, where systemd writes ``\x2d`` for a dash."""
    return re.sub(r"\\x([0-9a-f]{2})", lambda match: chr(int(match[1], 16)), part)


@dataclass(frozen=True, slots=True)
class _Settled:
    """A file system whose journal is not asked about: for finding the root, what is there is enough."""

    inner: FileSystem

    @property
    def name(self) -> str:
        return self.inner.name

    @property
    def journal(self) -> Journal:
        return Journal.CLEAN

    def stat(self, path: Names) -> Sought[Stat]:
        return self.inner.stat(path)

    def list(self, path: Names, limit: int) -> Sought[tuple[str, ...]]:
        return self.inner.list(path, limit)

    def read(self, path: Names, limit: int) -> Sought[bytes]:
        return self.inner.read(path, limit)

    def readlink(self, path: Names) -> Sought[str]:
        return self.inner.readlink(path)
