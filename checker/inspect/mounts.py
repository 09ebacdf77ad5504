"""What a booted system mounts below its root, and where: by /etc/fstab, by units of systemd, by types of partitions.

What lies there is read from the volume that is mounted, where it is one of this disk. Everywhere else it is not
known: what the directory itself holds is not what the system shows. Which of two that speak of the same place
counts is systemd's order: units in /etc, then fstab, then units in /usr/lib, then the types of partitions.
Sources: systemd's manuals systemd.mount(5), systemd-fstab-generator(8), systemd-gpt-auto-generator(8).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TypeAlias

from checker.inspect.bytes import DiskUnreadable
from checker.inspect.covered import mounted
from checker.inspect.filesystem import ABSENT, FileSystem, Names
from checker.inspect.fstab import Mount, matching
from checker.inspect.resolver import Tree, Unreadable
from checker.inspect.volumes import Volume

Mounts: TypeAlias = dict[Names, "FileSystem | Unreadable"]

_OWN_UNITS = ("/etc/systemd/system", "/etc/systemd/system.control")
_SYSTEM_UNITS = ("/usr/local/lib/systemd/system", "/usr/lib/systemd/system", "/lib/systemd/system")
#: What the kernel itself shows: nothing of it is a file of the image.
_OF_THE_KERNEL = frozenset({"dev", "proc", "sys"})
#: systemd's own unit for an empty /tmp in memory, which most systems have and few use: what the disk holds there is
#: all that can be there at the start.
_EMPTY_TMP: Names = ("tmp",)
_IN_MEMORY = frozenset({"tmpfs", "ramfs"})

#: Where systemd mounts a partition by its type, if nothing else is mounted or lies there.
BY_TYPE = {
    "933AC7E1-2EB4-4F13-B844-0E14E2AEF915": "/home",
    "3B8F8425-20E0-4F3B-907F-1A25A76F98E8": "/srv",
    "4D21B016-B534-45C2-A9FB-5C16E091FD2D": "/var",
    "7EC6F557-3BC5-4ACA-B293-16EF5DF639D1": "/var/tmp",
    "BC13C2FF-59E6-4262-A352-B275FD6F7172": "/boot",
    "8484680C-9521-48C6-9C11-B0720656F69E": "/usr",
    "B0E01050-EE5F-4390-949A-9101B17104E9": "/usr",
}
_EFI = "C12A7328-F81F-11D2-BA4B-00A0C93EC93B"


def mounts_below(root: FileSystem, fstab: Sequence[Mount], others: Sequence[Volume]) -> Mounts:
    """What is mounted by real path, without symlinks; ``others`` are the volumes beside the root.

    Raises DiskUnreadable where the units of systemd cannot be listed.
    """
    by_fstab: Mounts = {}
    for mount in sorted(fstab, key=lambda mount: mount.where.count("/")):
        if mount.where.startswith("/") and mount.type != "swap":
            _add(by_fstab, root, mount, others)
    shipped = _units(Tree(root, by_fstab), _SYSTEM_UNITS)
    units = {path: words for path, words in shipped.items() if path not in by_fstab and path != _EMPTY_TMP}
    found = {**units, **by_fstab, **_units(Tree(root), _OWN_UNITS)}
    return {**_by_type(root, found, others), **found}


def _add(found: Mounts, root: FileSystem, mount: Mount, others: Sequence[Volume]) -> None:
    path = _real(Tree(root, found), mount.where)
    volume = matching(mount.device, others)
    if not path or (not mount.is_automatic and volume is None):
        return
    if path in found:
        found[path] = Unreadable(f"fstab mounts more than one thing at {mount.where}")
    elif not mount.is_automatic:
        found[path] = Unreadable(f"fstab mounts {mount.device} at {mount.where} only for who asks for it (noauto)")
    elif mount.type in _IN_MEMORY:
        found[path] = Unreadable(f"fstab mounts memory ({mount.type}) at {mount.where}, which the system fills")
    elif volume is None or not {"bind", "rbind"}.isdisjoint(mount.options):
        kind = mount.type or "of no type"
        found[path] = Unreadable(
            f"fstab mounts {mount.device} ({kind}) at {mount.where}, which was not found on this disk"
        )
    else:
        try:
            found[path] = mounted(volume.open(), path, root, found)
        except DiskUnreadable as problem:
            found[path] = Unreadable(f"fstab mounts {volume.name} at {mount.where}: {problem.words}")


def _real(tree: Tree, where: str) -> Names:
    """A path without the symlinks in it; what of it does not exist stays as it is."""
    names = [name for name in where.split("/") if name not in ("", ".")]
    for length in range(len(names), 0, -1):
        real = tree.real("/" + "/".join(names[:length]))
        if isinstance(real, str):
            return (*(name for name in real.split("/") if name), *names[length:])
    return tuple(names)


def _units(tree: Tree, folders: Sequence[str]) -> dict[Names, Unreadable]:
    """The paths that units mount something over, enabled or not: what is there then is not known."""
    found: dict[Names, Unreadable] = {}
    for folder in folders:
        names = tree.list(folder)
        if isinstance(names, Unreadable):
            raise DiskUnreadable(f"its {folder} cannot be read: {names.words}")
        for name in () if names is ABSENT else names:
            path = tuple(_unescaped(part) for part in name.removesuffix(".mount").split("-") if part)
            if name.endswith(".mount") and path and path[0] not in _OF_THE_KERNEL:
                found[path] = Unreadable(f"the unit {name} mounts something there, which is not looked into")
    return found


def _by_type(root: FileSystem, found: Mounts, others: Sequence[Volume]) -> Mounts:
    """The empty directories over which systemd mounts a partition by itself.

    The EFI system partition is shown there. Should systemd not mount it, the directory stays empty: so what is
    not on that partition is not there either way.
    """
    tree = Tree(root, found)
    above = {path[:1] for path in found}
    places = [(volume, BY_TYPE[volume.type]) for volume in others if volume.type in BY_TYPE]
    for volume in others:
        if volume.type == _EFI and above.isdisjoint({("boot",), ("efi",)}):
            places += [(volume, "/boot"), (volume, "/efi")]
    automatic: Mounts = {}
    for volume, where in places:
        path = _real(tree, where)
        there = tree.list(where) if path not in found else ("mounted",)
        if there not in (ABSENT, ()) and not isinstance(there, Unreadable):
            continue
        is_known = volume.type == _EFI and path not in automatic and not isinstance(there, Unreadable)
        words = f"{volume.name} is of the type that systemd mounts at {where} by itself"
        automatic[path] = _opened(volume, words) if is_known else Unreadable(words)
    return automatic


def _opened(volume: Volume, words: str) -> FileSystem | Unreadable:
    try:
        return volume.open()
    except DiskUnreadable as problem:
        return Unreadable(f"{words}: {problem.words}")


def _unescaped(part: str) -> str:
    r"""A part of a unit's name, where systemd writes ``\x2d`` for a dash."""
    raw = part.encode("utf-8", "surrogateescape")
    plain = re.sub(rb"\\x([0-9a-f]{2})", lambda match: bytes([int(match[1], 16)]), raw)
    return plain.decode("utf-8", "surrogateescape")
