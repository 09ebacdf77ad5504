"""Where swap space lies: on the OS disk, on the disk that comes and goes with the machine, in memory, or unknown."""

from __future__ import annotations

import re
from enum import StrEnum


class Place(StrEnum):
    """Where something that swaps lies."""

    OS_DISK = "the OS disk"
    RESOURCE_DISK = "the resource disk"
    MEMORY = "memory"
    UNKNOWN = "a disk that its name does not tell"


_MEMORY = re.compile(r"/dev/(zram|ram)\d+")
_RESOURCE = re.compile(r"/dev/disk/(cloud/azure_resource|azure/resource)|ephemeral0|/mnt(/|$)")
_UNSTABLE = re.compile(r"/dev/(sd[a-z]|vd[a-z]|nvme\d)")


def place_of(device: str) -> Place:
    """The place of a device or file by its name, as fstab, a unit or cloud-init writes it.

    /mnt and below is where the agent and cloud-init mount the resource disk. Names like /dev/sdb1 change from boot to
    boot. Anything else, a UUID and a label too, can only be on the OS disk.
    """
    if _MEMORY.match(device):
        return Place.MEMORY
    if _RESOURCE.match(device):
        return Place.RESOURCE_DISK
    return Place.UNKNOWN if _UNSTABLE.match(device) else Place.OS_DISK


def device_of_unit(path: str) -> str:
    """What a unit of systemd named like ``mnt-swap\\x2dfile.swap`` swaps to: /mnt/swap-file."""
    name = path.rpartition("/")[2].removesuffix(".swap")
    return "/" + re.sub(r"\\x([0-9a-f]{2})", lambda match: chr(int(match[1], 16)), name.replace("-", "/"))


def place_of_cloud_config(words: str) -> Place | None:
    """What a section or a mount of cloud-init asks for; None where it asks for no swap (a size of 0)."""
    if re.search(r"""\bsize["']?\s*:\s*["']?0["']?(\s|$|[,}])""", words):
        return None
    name = re.search(r"""filename["']?\s*:\s*["']?([^\s"',}]+)""", words)
    if name is not None:
        return place_of(name[1])
    first = re.match(r"""\s*-\s*\[?\s*["']?([^\s"',\]]+)""", words)
    return place_of(first[1]) if first is not None else Place.OS_DISK
