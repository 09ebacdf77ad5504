"""Which volumes a booted system mounts where, as /etc/fstab says it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from checker.inspect.bytes import DiskUnreadable
from checker.inspect.filesystem import FileSystem, Names
from checker.inspect.resolver import Unreadable
from checker.inspect.volumes import Volume

_MAX_LINES = 1000
_BY_NAME = {"/dev/disk/by-uuid/": "UUID", "/dev/disk/by-label/": "LABEL"}


@dataclass(frozen=True, slots=True)
class Mount:
    """One line of fstab. ``where`` is ``none`` or ``swap`` for swap space."""

    device: str
    where: str
    type: str
    options: tuple[str, ...]


def parse_fstab(text: str) -> tuple[Mount, ...]:
    """The lines of an fstab; a line of fewer than three words is none."""
    mounts: list[Mount] = []
    for line in text.splitlines()[:_MAX_LINES]:
        words = line.split()
        if len(words) < 3 or words[0].startswith("#"):
            continue
        device, where, kind = (_unescaped(word) for word in words[:3])
        mounts.append(Mount(device.replace('"', ""), where, kind, tuple(words[3].split(",")) if len(words) > 3 else ()))
    return tuple(mounts)


def mounted(mounts: Sequence[Mount], volumes: Sequence[Volume]) -> dict[Names, FileSystem | Unreadable]:
    """What is mounted below the root: the file system, or why what is below that path is not known."""
    found: dict[Names, FileSystem | Unreadable] = {}
    for mount in mounts:
        path = tuple(name for name in mount.where.split("/") if name not in ("", "."))
        if not mount.where.startswith("/") or not path or ".." in path:
            continue
        volume = matching(mount.device, volumes)
        if volume is None and "noauto" in mount.options:
            continue
        if volume is None or "bind" in mount.options:
            found[path] = Unreadable(
                f"fstab mounts {mount.device} ({mount.type}) at {mount.where}, which was not found on this disk"
            )
            continue
        try:
            found[path] = volume.open()
        except DiskUnreadable as problem:
            found[path] = Unreadable(f"fstab mounts {volume.name} at {mount.where}: {problem.words}")
    return found


def matching(device: str, volumes: Sequence[Volume]) -> Volume | None:
    """The one volume that an fstab's first word names; None where none is, or more than one, or it cannot be told."""
    for prefix, tag in _BY_NAME.items():
        if device.startswith(prefix):
            device = f"{tag}={device[len(prefix) :]}"
    tag, _, value = device.partition("=")
    if tag == "UUID":
        matches = [volume for volume in volumes if volume.uuid and volume.uuid.casefold() == value.casefold()]
    elif tag == "LABEL":
        matches = [volume for volume in volumes if volume.label and volume.label == value]
    else:
        matches = [volume for volume in volumes if device in volume.devices]
    return matches[0] if len(matches) == 1 else None


def _unescaped(word: str) -> str:
    return re.sub(r"\\([0-7]{3})", lambda match: chr(int(match[1], 8) & 0xFF), word)
