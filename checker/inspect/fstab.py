"""The lines of an /etc/fstab, and which volume of the disk one names."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from checker.inspect.bytes import DiskUnreadable
from checker.inspect.volumes import Volume

_MAX_LINES = 1000
_BY_NAME = {
    "/dev/disk/by-uuid/": "UUID",
    "/dev/disk/by-label/": "LABEL",
    "/dev/disk/by-partuuid/": "PARTUUID",
    "/dev/disk/by-partlabel/": "PARTLABEL",
}


@dataclass(frozen=True, slots=True)
class Mount:
    """One line of fstab. ``where`` is ``none`` or ``swap`` for swap space."""

    device: str
    where: str
    type: str
    options: tuple[str, ...]

    @property
    def is_automatic(self) -> bool:
        """Whether the system mounts it by itself, at its start or when somebody looks there."""
        return "noauto" not in self.options or "x-systemd.automount" in self.options


def parse_fstab(text: str) -> tuple[Mount, ...]:
    """The lines of an fstab, undecodable bytes as surrogates. Raises DiskUnreadable for one that is far too long.

    A line of a device and a directory alone is one whose type is not known; what is less is none.
    """
    lines = text.split("\n")
    if len(lines) > _MAX_LINES:
        raise DiskUnreadable(f"/etc/fstab has {len(lines)} lines")
    mounts: list[Mount] = []
    for line in lines:
        words = re.split(r"[ \t\r]+", line.strip(" \t\r"))
        has_no_type = len(words) == 2 and words[1].startswith("/")
        if words[0].startswith("#") or (len(words) < 3 and not has_no_type):
            continue
        device, where, kind, options, *_ = (*(_unescaped(word) for word in words), "", "")
        mounts.append(Mount(device.replace('"', ""), where, kind, tuple(options.split(",")) if options else ()))
    return tuple(mounts)


def matching(device: str, volumes: Sequence[Volume]) -> Volume | None:
    """The one volume that an fstab's first word names; None where none is, or more than one, or it cannot be told.

    Names like /dev/sda1 cannot be told: which disk becomes which is only known where they are counted.
    """
    for prefix, tag in _BY_NAME.items():
        if device.startswith(prefix):
            name = re.sub(r"\\x([0-9a-f]{2})", lambda match: chr(int(match[1], 16)), device[len(prefix) :])
            device = f"{tag}={name}"
    tag, _, value = device.partition("=")
    match tag:
        case "UUID":
            matches = [volume for volume in volumes if _same(volume.uuid, value)]
        case "PARTUUID":
            matches = [volume for volume in volumes if _same(volume.partition_uuid, value)]
        case "LABEL":
            matches = [volume for volume in volumes if volume.label and volume.label == value]
        case "PARTLABEL":
            matches = [volume for volume in volumes if volume.partition_label and volume.partition_label == value]
        case _:
            matches = [volume for volume in volumes if device in volume.devices]
    return matches[0] if len(matches) == 1 else None


def _same(uuid: str, value: str) -> bool:
    return bool(uuid) and uuid.casefold() == value.casefold()


def _unescaped(word: str) -> str:
    r"""A word where ``\040`` and the like stand for bytes."""
    raw = word.encode("utf-8", "surrogateescape")
    plain = re.sub(rb"\\([0-7]{3})", lambda match: bytes([int(match[1], 8) & 0xFF]), raw)
    return plain.decode("utf-8", "surrogateescape")
