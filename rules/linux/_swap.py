"""Where swap space lies: on the OS disk, on the disk that comes and goes with the machine, in memory, or unknown."""

from __future__ import annotations

import re
from collections.abc import Sequence
from enum import StrEnum

from checker.facts.linux.swap import NOT_UNDERSTOOD, SwapEntry
from checker.facts.linux_guest import LinuxGuest
from checker.facts.unread import Unread, known


class Place(StrEnum):
    """Where something that swaps lies."""

    OS_DISK = "the OS disk"
    RESOURCE_DISK = "the resource disk"
    MEMORY = "memory"
    UNKNOWN = "a disk that its name does not tell"


_MEMORY = re.compile(r"/dev/(zram|ram)\d+")
#: Names of the disks that come and go with the machine, and of data disks: of any but the OS disk.
_RESOURCE = re.compile(r"/dev/disk/(cloud/azure_resource|azure/(resource|local|scsi1|data)[-/])|(/dev/)?ephemeral0")
_SIZE = re.compile(r"""\bsize["']?\s*:\s*["']?([^\s"',}]+)""")
_UNSTABLE = re.compile(r"/dev/(sd[a-z]|vd[a-z]|nvme\d)")


def place_of(device: str, resource: tuple[str, ...]) -> Place:
    """The place of a device or file by its name, as fstab, a unit or cloud-init writes it.

    ``resource`` are the folders that the resource disk is mounted at. Names like /dev/sdb1 change from boot to boot.
    Anything else, a UUID and a label too, can only be on the OS disk.
    """
    if device.startswith(NOT_UNDERSTOOD):
        return Place.UNKNOWN
    if _MEMORY.match(device):
        return Place.MEMORY
    if _RESOURCE.match(device) or any(device.startswith(f"{folder}/") for folder in resource):
        return Place.RESOURCE_DISK
    return Place.UNKNOWN if _UNSTABLE.match(device) or device.startswith("/mnt/") else Place.OS_DISK


def resource_folders(guest: LinuxGuest) -> tuple[str, ...]:
    """Where the agent, cloud-init and /etc/fstab mount the resource disk, as far as it is known."""
    lines = [line.split() for line in (known(guest.texts.get("/etc/fstab", "")) or "").split("\n")]
    found = [words[1].rstrip("/") for words in lines if len(words) > 2 and _RESOURCE.match(words[0])]
    options = guest.agent.configuration
    if not isinstance(options, Unread) and options and options.get("ResourceDisk.Format", "").lower() == "y":
        found.append(options.get("ResourceDisk.MountPoint", "/mnt/resource").rstrip("/"))
    found.append(known(guest.cloud_init.resource_folder) or "")
    return tuple(folder for folder in found if folder.startswith("/"))


def in_force(entries: Sequence[SwapEntry]) -> list[SwapEntry]:
    """The traces in cloud-init's configuration that count: a size of 0 in a later ``swap:`` section ends them all."""
    sections = [entry for entry in entries if re.match(r"""["']?swap["']?\s*:""", entry.what)]
    sizes = [size for entry in sections for size in _SIZE.findall(entry.what)[-1:]]
    off = bool(sizes) and sizes[-1] == "0"
    return [entry for entry in entries if not (off and entry in sections)]


def place_of_cloud_config(words: str, resource: tuple[str, ...]) -> Place | None:
    """What a section or a mount of cloud-init asks for; None where it asks for no swap (a size of 0, or no size).

    cloud-init makes the file of a ``swap:`` section before it mounts the resource disk: in a folder of that disk, it is
    on the OS disk where nothing else had mounted it before.
    """
    if words.startswith(NOT_UNDERSTOOD):
        return Place.UNKNOWN
    item = re.match(r"""\s*-\s*\[?\s*["']?([^\s"',\]]+)""", words)
    if item is not None:
        return place_of(item[1], resource)
    if re.fullmatch(r"""["']?swap["']?\s*:\s*(?:\{\s*\}|null|~|false)?\s*""", words, re.IGNORECASE):
        return None
    if not re.match(r"""["']?swap["']?\s*:\s*(?:\{\s*)?["']?(?:filename|size|maxsize)["']?\s*:""", words):
        return Place.UNKNOWN  # no section that cloud-init understands, or none that is understood here
    sizes = _SIZE.findall(words)
    if sizes and all(size == "0" for size in sizes):
        return None
    name = re.search(r"""filename["']?\s*:\s*["']?([^\s"',}]+)""", words)
    place = Place.OS_DISK if name is None else place_of(name[1], resource)
    return Place.UNKNOWN if place is Place.RESOURCE_DISK else place
