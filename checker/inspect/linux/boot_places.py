"""The folders that a boot loader may read: /boot and the EFI system partition, and other volumes, mounted or not."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeVar

from checker.facts.unread import Fact, Unread
from checker.inspect.bytes import DiskUnreadable
from checker.inspect.fstab import matching
from checker.inspect.linux.reader import Reader
from checker.inspect.linux.unified_kernels import HEAD, Unified, is_kernel, read_unified
from checker.inspect.resolver import Tree
from checker.inspect.root import Root
from checker.inspect.volumes import VolumeKind

T = TypeVar("T")

_MAX_FOLDERS = 64
_BASES = ("/boot", "/boot/efi", "/boot/efi/boot", "/efi")
_BASES_OF_VOLUMES = ("", "/boot")
_GRUB = ("grub", "grub2")
_READABLE = (VolumeKind.EXT, VolumeKind.XFS, VolumeKind.FAT)
_NOT_READABLE = (
    VolumeKind.BTRFS,
    VolumeKind.F2FS,
    VolumeKind.ZFS,
    VolumeKind.BCACHEFS,
    VolumeKind.JFS,
    VolumeKind.REISERFS,
    VolumeKind.RAID,
    VolumeKind.UNREADABLE,
)


@dataclass(frozen=True, slots=True)
class Place:
    """A folder that a boot loader reads: ``shown`` says before its paths which volume it is on."""

    reader: Reader
    base: str
    shown: str


class Unknown(Exception):
    """Raised, with the reason, where the command lines cannot be known."""


def places(reader: Reader, root: Root | None) -> list[Place]:
    """Every folder that a boot loader may read. Raises Unknown for a volume that it may read and we cannot."""
    found = [Place(reader, base, "") for base in _BASES if root is None or not _is_elsewhere(base, root)]
    return found if root is None else [*found, *_on_volumes(reader, root)]


def folders(place: Place) -> Iterator[str]:
    """The folders that menus of GRUB lie in."""
    yield from (f"{place.base}/{name}" for name in _GRUB)
    names = known(place.reader.names(f"{place.base}/EFI"))
    if len(names) > _MAX_FOLDERS:
        raise Unknown(place.reader.unread(f"{place.base}/EFI", f"it has more than {_MAX_FOLDERS} folders"))
    yield from (f"{place.base}/EFI/{name}" for name in names)


def kernels_by_themselves(place: Place) -> Iterator[tuple[str, Unified]]:
    """The kernels that the firmware starts by themselves, by path. Raises Unknown where a command line is not known."""
    for folder in folders(place):
        is_for_kernels = folder.lower().endswith("/efi/linux")
        for path in known(place.reader.matching(folder, r"(?i).*\.efi(?:-.*)?")):  # kernel.efi-6.2.0-azure of Ubuntu
            start = place.reader.tree.head(path, HEAD)
            if isinstance(start, bytes) and not is_for_kernels and not is_kernel(start):
                continue
            unified = read_unified(place.reader, path, place.base)
            if unified is None:
                words = "it is a kernel that starts by itself, and the command line in it is not read"
                raise Unknown(place.reader.unread(f"{place.shown}{path}", words))
            yield path, unified


def _is_elsewhere(base: str, root: Root) -> bool:
    """Whether fstab mounts a folder by a name that tells no volume (/dev/sda15), or not by itself.

    All volumes are looked at then.
    """
    unknown = [
        "/" + mount.where.strip("/")
        for mount in root.fstab
        if not mount.is_automatic or matching(mount.device, root.volumes) is None
    ]
    return any(base == where or base.startswith(f"{where}/") for where in unknown if where != "/")


def _on_volumes(reader: Reader, root: Root) -> Iterator[Place]:
    """The folders on volumes that a boot loader may read although fstab does not mount them for it."""
    mounted = {id(root.volume)}
    elsewhere: set[int] = set()
    for mount in root.fstab:
        volume = matching(mount.device, root.volumes)
        if not mount.is_automatic:
            continue
        elsewhere.add(id(volume))
        if "/" + mount.where.strip("/") in _BASES:
            mounted.add(id(volume))
    for volume in root.volumes:
        if volume.kind in _NOT_READABLE and id(volume) not in elsewhere:
            why = volume.why or f"it holds {volume.kind}, which is not inspected"
            raise Unknown(reader.unread(volume.name, f"a boot loader may read it: {why}"))
        if volume.kind not in _READABLE or id(volume) in mounted:
            continue
        if id(volume) in elsewhere and volume.kind is not VolumeKind.FAT:
            continue
        try:
            tree = Tree(volume.open())
        except DiskUnreadable as problem:
            raise Unknown(reader.unread(volume.name, problem.words)) from None
        for base in _BASES_OF_VOLUMES:
            yield Place(Reader(tree, reader.scope), base, f"{volume.name}: ")


def known(fact: Fact[T]) -> T:
    """The value of a fact. Raises Unknown where it is unread."""
    if isinstance(fact, Unread):
        raise Unknown(fact)
    return fact
