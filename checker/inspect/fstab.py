"""The lines of an /etc/fstab, and which volume of the disk one names."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from checker.inspect.bytes import DiskUnreadable
from checker.inspect.escapes import without_hexadecimal, without_octal
from checker.inspect.volumes import Volume, VolumeKind

_MAX_LINES = 1000
_BY_NAME = {
    "/dev/disk/by-uuid/": "UUID",
    "/dev/disk/by-label/": "LABEL",
    "/dev/disk/by-partuuid/": "PARTUUID",
    "/dev/disk/by-partlabel/": "PARTLABEL",
}


#: What udev's rules for Azure call a partition of the OS disk, which is the one that the system is on.
_OF_OS_DISK = re.compile(r"/dev/disk/azure/(?:root|os)-part([1-9][0-9]{0,2})")
#: Device names that only layers over a disk have: no plain partition is called so.
_OF_LAYERS = ("/dev/mapper/", "/dev/md")
#: Options with which systemd mounts what is ``noauto`` all the same.
_STARTED_BY = ("x-systemd.automount", "comment=systemd.automount")
_WANTED_BY = ("x-systemd.wanted-by=", "x-systemd.required-by=", "x-systemd.upheld-by=")
#: Options with which something else than the whole of the volume that is named is mounted.
_OF_A_PART = frozenset({"bind", "rbind", "loop"})
_OF_A_PART_TOO = ("loop=", "offset=", "sizelimit=", "X-mount.subdir", "x-mount.subdir")
#: The kinds of volumes that the kernel mounts for a type.
_KINDS = {
    **dict.fromkeys(("ext2", "ext3", "ext4"), VolumeKind.EXT),
    "xfs": VolumeKind.XFS,
    **dict.fromkeys(("vfat", "msdos"), VolumeKind.FAT),
}


@dataclass(frozen=True, slots=True)
class Mount:
    """One line of fstab. ``where`` is ``none`` or ``swap`` for swap space; ``type`` is empty where it has none."""

    device: str
    where: str
    type: str
    options: tuple[str, ...]

    @property
    def is_automatic(self) -> bool:
        """Whether the system mounts it by itself, at its start or when somebody looks there."""
        on_demand = any(option in _STARTED_BY or option.startswith(_WANTED_BY) for option in self.options)
        return on_demand or "noauto" not in self.options or "auto" in self.options

    @property
    def is_of_root(self) -> bool:
        """Whether it speaks of the root itself."""
        return self.where.startswith("/") and all(name in ("", ".") for name in self.where.split("/"))

    @property
    def is_of_a_part(self) -> bool:
        """Whether its options say that not the whole of a volume is mounted, or not what it begins with."""
        return any(option in _OF_A_PART or option.startswith(_OF_A_PART_TOO) for option in self.options)

    def may_be(self, volume: Volume) -> bool:
        """Whether the type that it gives is one of what a volume holds; ``auto`` is any."""
        kinds = {_KINDS.get(type) for type in self.type.split(",")}
        return self.type == "auto" or volume.kind in kinds


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
        device, where, kind, options, *_ = (*(without_octal(word) for word in words), "", "")
        device = re.sub(r"""^(\w+=)(["'])(.*)\2$""", r"\1\3", device)
        mounts.append(Mount(device, where, kind, tuple(options.split(",")) if options else ()))
    return tuple(mounts)


def matching(device: str, volumes: Sequence[Volume]) -> Volume | None:
    """The one volume that an fstab's first word names; None where none is, or more than one, or it cannot be told."""
    found = named(device, volumes)
    return found[0] if found is not None and len(found) == 1 else None


def named(device: str, volumes: Sequence[Volume]) -> tuple[Volume, ...] | None:
    """All volumes that an fstab's first word may mean; None where it cannot be told.

    Names like /dev/sda1 cannot be told: which disk becomes which is only known where they are counted.
    """
    part = _OF_OS_DISK.fullmatch(device)
    if part is not None:
        return tuple(volume for volume in volumes if volume.name == f"partition {part[1]}")
    for prefix, tag in _BY_NAME.items():
        if device.startswith(prefix):
            device = f"{tag}={without_hexadecimal(device[len(prefix) :])}"
    tag, _, value = device.partition("=")
    match tag:
        case "UUID":
            return tuple(volume for volume in volumes if _same(volume.uuid, value))
        case "PARTUUID":
            return tuple(volume for volume in volumes if _same(volume.partition_uuid, value))
        case "LABEL":
            return tuple(volume for volume in volumes if volume.label and volume.label == value)
        case "PARTLABEL":
            return tuple(volume for volume in volumes if volume.partition_label and volume.partition_label == value)
    found = tuple(volume for volume in volumes if device in volume.devices)
    groups = tuple(name.rpartition("/")[0] + "/" for volume in volumes for name in volume.devices)
    return found if found or device.startswith((*_OF_LAYERS, *groups)) else None


def _same(uuid: str, value: str) -> bool:
    return bool(uuid) and uuid.casefold() == value.casefold()
