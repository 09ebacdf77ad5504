"""What a booted system mounts below its root, and where: by /etc/fstab, by units of systemd, by types of partitions.

What lies there is read from the volume that is mounted, where it is one of this disk. Everywhere else it is not
known: what the directory itself holds is not what the system shows. Which of two that speak of the same place
counts is systemd's order: units in /etc, then fstab, then units in /usr/lib, then the types of partitions.
Sources: systemd's manuals systemd.mount(5), systemd-fstab-generator(8), systemd-gpt-auto-generator(8).
"""

from __future__ import annotations

from collections.abc import Sequence
from posixpath import join, normpath
from typing import TypeAlias

from checker.facts.partition_types import EFI_SYSTEM, MOUNTED_BY_TYPE
from checker.inspect.bytes import DiskUnreadable
from checker.inspect.covered import mounted
from checker.inspect.escapes import without_hexadecimal
from checker.inspect.filesystem import ABSENT, FileSystem, Kind, Names, Stat
from checker.inspect.fstab import Mount, matching, named
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


def mounts_below(root: FileSystem, fstab: Sequence[Mount], others: Sequence[Volume]) -> Mounts:
    """What is mounted by real path, without symlinks; ``others`` are the volumes beside the root.

    Raises DiskUnreadable where the units of systemd cannot be listed.
    """
    by_fstab: Mounts = {}
    for mount in sorted(fstab, key=lambda mount: len(_names(mount.where))):
        if mount.where.startswith("/") and mount.type != "swap":
            _add(by_fstab, root, mount, others)
    shipped = _units(Tree(root, by_fstab), _SYSTEM_UNITS)
    masked, own = _own_units(Tree(root))
    for path, name in masked.items():
        shipped.pop(path, None)
        if path in by_fstab:
            own[path] = Unreadable(f"fstab mounts something there, and {name} is masked: systemd does not mount it")
    units = {path: words for path, words in shipped.items() if path not in by_fstab and path != _EMPTY_TMP}
    found = {**units, **by_fstab, **own}
    return {**_by_type(root, found, others), **found}


def _add(found: Mounts, root: FileSystem, mount: Mount, others: Sequence[Volume]) -> None:
    path = _real(Tree(root, found), mount.where)
    volume = matching(mount.device, others)
    if not path or (not mount.is_automatic and volume is None):
        return
    kind = mount.type or "of no type"
    if path in found:
        found[path] = Unreadable(f"fstab mounts more than one thing at {mount.where}")
    elif not mount.is_automatic:
        found[path] = Unreadable(f"fstab mounts {mount.device} at {mount.where} only for who asks for it (noauto)")
    elif mount.type in _IN_MEMORY:
        found[path] = Unreadable(f"fstab mounts memory ({mount.type}) at {mount.where}, which the system fills")
    elif volume is None:
        why = "which volume that is cannot be told" if named(mount.device, others) is None else "not found on this disk"
        found[path] = Unreadable(f"fstab mounts {mount.device} ({kind}) at {mount.where}: {why}")
    elif mount.is_of_a_part or not mount.may_be(volume):
        how = f"{kind}, {','.join(mount.options) or 'defaults'}"
        found[path] = Unreadable(
            f"fstab mounts {volume.name} at {mount.where} in another way than is read here ({how})"
        )
    else:
        try:
            found[path] = mounted(volume.open(), path, root, found)
        except DiskUnreadable as problem:
            found[path] = Unreadable(f"fstab mounts {volume.name} at {mount.where}: {problem.words}")


def _names(where: str) -> list[str]:
    return [name for name in where.split("/") if name not in ("", ".")]


def _real(tree: Tree, where: str) -> Names:
    """A path without the symlinks in it; what of it does not exist stays as it is. Raises DiskUnreadable."""
    names = _names(where)
    for length in range(len(names), -1, -1):
        real = tree.real("/" + "/".join(names[:length]))
        if isinstance(real, str):
            if ".." in names[length:]:
                break
            return (*(name for name in real.split("/") if name), *names[length:])
    raise DiskUnreadable(f"where {where} is, at which its fstab mounts something, cannot be told")


def _units(tree: Tree, folders: Sequence[str]) -> dict[Names, Unreadable]:
    """The paths that units mount something over, enabled or not: what is there then is not known."""
    return {
        path: Unreadable(f"the unit {name} mounts something there, which is not looked into")
        for folder in folders
        for path, name in _listed(tree, folder)
    }


def _own_units(tree: Tree) -> tuple[dict[Names, str], dict[Names, Unreadable]]:
    """The image's own units: the names of those that are masked, and the paths that the others mount something over."""
    masked = {
        path: name for folder in _OWN_UNITS for path, name in _listed(tree, folder) if _is_masked(tree, folder, name)
    }
    return masked, {path: words for path, words in _units(tree, _OWN_UNITS).items() if path not in masked}


def _is_masked(tree: Tree, folder: str, name: str) -> bool:
    """Whether a unit is none: an empty file, or a symlink to /dev/null."""
    path = join(folder, name)
    found = tree.stat(path, follow=False)
    if isinstance(found, Stat) and found.kind is Kind.SYMLINK:
        target = tree.readlink(path)
        return isinstance(target, str) and normpath(join(folder, target)) == "/dev/null"
    return isinstance(found, Stat) and found.kind is Kind.FILE and found.size == 0


def _listed(tree: Tree, folder: str) -> list[tuple[Names, str]]:
    """The units of a folder that mount something, by the path that their name gives."""
    names = tree.list(folder)
    if isinstance(names, Unreadable):
        raise DiskUnreadable(f"its {folder} cannot be read: {names.words}")
    found = []
    for name in () if names is ABSENT else names:
        path = tuple(without_hexadecimal(part) for part in name.removesuffix(".mount").split("-") if part)
        if name.endswith(".mount") and path and path[0] not in _OF_THE_KERNEL:
            found.append((path, name))
    return found


def _by_type(root: FileSystem, found: Mounts, others: Sequence[Volume]) -> Mounts:
    """The empty directories over which systemd mounts a partition by itself.

    The EFI system partition is shown there. Should systemd not mount it, the directory stays empty: so what is
    not on that partition is not there either way.
    """
    tree = Tree(root, found)
    above = {path[:1] for path in found}
    has_boot = not above.isdisjoint({("boot",), ("efi",)})
    places = [
        (volume, where)
        for volume in others
        for where in MOUNTED_BY_TYPE.get(volume.type, ())
        if not (has_boot and volume.type in EFI_SYSTEM)
    ]
    automatic: Mounts = {}
    for volume, where in places:
        path = _real(tree, where)
        there = tree.list(where) if path not in found else ("mounted",)
        if there not in (ABSENT, ()) and not isinstance(there, Unreadable):
            continue
        is_known = volume.type in EFI_SYSTEM and path not in automatic and not isinstance(there, Unreadable)
        words = f"{volume.name} is of the type that systemd mounts at {where} by itself"
        automatic[path] = _opened(volume, words) if is_known else Unreadable(words)
    return automatic


def _opened(volume: Volume, words: str) -> FileSystem | Unreadable:
    try:
        return volume.open()
    except DiskUnreadable as problem:
        return Unreadable(f"{words}: {problem.words}")
