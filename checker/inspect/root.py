"""Which volume is the root file system: the one that proves it.

The proof is a readable /etc/passwd with an entry for root on the volume itself, and an os-release that
names a system, seen from there. Without both, nothing of an image is known, and above all nothing is absent.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from checker.facts.partition_types import NEVER_ROOT
from checker.inspect.bytes import DiskUnreadable
from checker.inspect.filesystem import ABSENT, FileSystem, Journal, Names, Sought, Stat
from checker.inspect.fstab import Mount, matching, named, parse_fstab
from checker.inspect.mounts import mounts_below
from checker.inspect.resolver import Tree, Unreadable
from checker.inspect.volumes import Volume, VolumeKind

OS_RELEASE = ("/etc/os-release", "/usr/lib/os-release")
#: FAT has no owners and no symlinks: no Linux has its root there.
_NO_ROOT = (VolumeKind.LVM, VolumeKind.SWAP, VolumeKind.EMPTY, VolumeKind.FAT)
#: Where NixOS and Guix keep their files, and the place of the os-release that other systems have and these do not.
_STORES = ("/nix/store", "/gnu/store")
_USUAL = "/usr/lib/os-release"


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


class _OtherKind(DiskUnreadable):
    """A system whose files lie elsewhere than at the places that are looked at: nothing is absent there."""


def find_root(volumes: Sequence[Volume]) -> Root | Unreadable:
    """The root file system among some volumes; unreadable, with the words why, where none or several may be it.

    Beside one that proves to be the root, another system may be on a volume that is not read: then it is not known
    which of the two starts. What the root's own fstab mounts elsewhere, a partition's type excludes, or is a snapshot
    of a volume that is no root, is none. A root whose fstab names another volume for / is perhaps an older copy.
    """
    found: list[Root] = []
    none: list[Volume] = []
    refused: list[tuple[Volume, str]] = []
    of_other_kind = False
    for volume in volumes:
        if volume.kind in _NO_ROOT:
            none.append(volume)
            continue
        try:
            root = _as_root(volume, volumes)
        except DiskUnreadable as problem:
            refused.append((volume, f"{volume.name}: {problem.words}"))
            of_other_kind = of_other_kind or isinstance(problem, _OtherKind)
            continue
        if isinstance(root, Root):
            found.append(root)
        else:
            none.append(volume)
    if len(found) > 1:
        names = ", ".join(root.volume.name for root in found)
        return Unreadable(f"more than one volume is a root, and which of them starts is not known: {names}")
    if not found:
        reasons = "; ".join([*(words for _, words in refused), *_not_replayed(none)])
        told = (
            f"the root of a Linux system cannot be told: {reasons}" if reasons else "no volume is the root of a Linux"
        )
        return Unreadable(told, of_other_kind)
    [root] = found
    elsewhere = [matching(mount.device, volumes) for mount in root.fstab if not mount.is_of_root]
    rivals = [
        words
        for volume, words in refused
        if volume.type not in NEVER_ROOT
        and not any(volume is other for other in elsewhere)
        and not any(volume.snapshot_of == other.name for other in none)
    ]
    rivals += [
        words for mount in root.fstab if mount.is_of_root for words in _contradicted(root.volume, mount, volumes)
    ]
    if rivals:
        words = f"{root.volume.name} is a root, and perhaps not the one that starts: {rivals[0]}"
        return Unreadable(words, of_other_kind)
    return root


def _not_replayed(volumes: Sequence[Volume]) -> Iterator[str]:
    """The volumes whose journals may hold a root that their files do not show, in words."""
    for volume in volumes:
        if volume.kind not in _NO_ROOT and volume.open().journal is not Journal.CLEAN:
            yield f"{volume.name}: its journal is {volume.open().journal}, and may hold what is not there"


def _contradicted(volume: Volume, mount: Mount, volumes: Sequence[Volume]) -> Iterator[str]:
    """The other volumes that a line of fstab for / may mean, in words.

    One that names what no volume here has says nothing of where the root is: the kernel mounts it by its command line,
    and all other volumes were read and are none. Trees that were put on a disk by hand have such lines.
    """
    for other in named(mount.device, volumes) or ():
        if other is not volume:
            yield f"its fstab names {other.name}"


def _as_root(volume: Volume, volumes: Sequence[Volume]) -> Root | None:
    """The volume as a root; None where it certainly is none. Raises DiskUnreadable where it cannot be told."""
    file_system = volume.open()
    bare = _Settled(file_system)
    alone = Tree(bare)
    passwd = alone.read("/etc/passwd")
    if passwd is ABSENT:
        _refuse_other_layouts(alone)
        return None
    if isinstance(passwd, Unreadable):
        raise DiskUnreadable(passwd.words)
    if not any(line.startswith(b"root:") for line in passwd.splitlines()):
        raise DiskUnreadable("its /etc/passwd has no entry for root")
    fstab = alone.read("/etc/fstab")
    if isinstance(fstab, Unreadable):
        # What is mounted over what is not known then, and so nothing below the root is.
        raise DiskUnreadable(f"its /etc/fstab cannot be read: {fstab.words}")
    if isinstance(fstab, bytes) and b"\0" in fstab:
        raise DiskUnreadable("its /etc/fstab is no text: it holds zeros")
    mounts = () if fstab is ABSENT else parse_fstab(fstab.decode("utf-8", "surrogateescape"))
    others = mounts_below(bare, mounts, [other for other in volumes if other is not volume])
    anchored = Tree(bare, {path: _Settled(fs) if not isinstance(fs, Unreadable) else fs for path, fs in others.items()})
    _refuse_stores(anchored)
    for path in OS_RELEASE:
        release = anchored.read(path)
        if isinstance(release, bytes) and re.search(rb"^ID=.", release, re.MULTILINE):
            return Root(
                Tree(file_system, others), volume, file_system.name, file_system.journal, tuple(volumes), mounts
            )
    raise DiskUnreadable("it has an /etc/passwd and no os-release that can be read")


def _refuse_other_layouts(tree: Tree) -> None:
    """Refuse a volume without an /etc/passwd that holds a system all the same. Raises _OtherKind."""
    for path, words in (("/ostree", "an OSTree deployment"), ("/usr/lib/os-release", "a system without /etc/passwd")):
        if tree.stat(path) is not ABSENT:
            raise _OtherKind(f"it holds {words}, which is not read")


def _refuse_stores(tree: Tree) -> None:
    """Refuse a system that is made of a store, as NixOS and Guix are. Raises _OtherKind.

    Beside a system at the usual places a store holds further packages only.
    """
    for store in _STORES:
        if tree.stat(store) is not ABSENT and tree.stat(_USUAL) is ABSENT:
            raise _OtherKind(f"its files lie in {store}, and not at the usual places: such a system is not read")


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
