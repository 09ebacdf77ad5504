"""Swap space, by each way that it comes about: fstab, partitions, files, units of systemd, cloud-init."""

from __future__ import annotations

import dataclasses

from checker.facts.linux.swap import NOT_ENABLED, Swap, SwapEntry
from checker.facts.unread import Fact, Unread, known, then
from checker.inspect.escapes import without_hexadecimal
from checker.inspect.fstab import matching
from checker.inspect.linux.reader import Reader, joined
from checker.inspect.linux.swap_config import swap_of_cloud_config
from checker.inspect.linux.swap_starters import ALL_OF_FSTAB, read_started
from checker.inspect.linux.units import find_masked, leads_to_nothing
from checker.inspect.resolver import Unreadable
from checker.inspect.root import Root
from checker.inspect.volumes import VolumeKind

#: The type of swap partitions in an MBR and in a GPT.
SWAP_TYPES = ("0x82", "0657FD6D-A4AB-43C4-84E5-0933C84B4F4F")
#: Folders whose files are all looked at, and more places where swap files are made.
_FOLDERS = ("/", "/swap", "/var", "/var/lib/swapspace")
#: Folders of every system that boots, which need no look: they are no files.
_TOP = ("bin", "boot", "dev", "etc", "home", "lib", "lib32", "lib64", "libx32", "media", "mnt", "opt", "proc", "root")
_TOP_TOO = ("run", "sbin", "srv", "sys", "tmp", "usr", "var")
_IN_VAR = ("cache", "lib", "local", "lock", "log", "mail", "opt", "run", "spool", "tmp")
_FOLDERS_OF_ALL = {*(f"/{name}" for name in (*_TOP, *_TOP_TOO)), *(f"/var/{name}" for name in _IN_VAR)}
#: What lies there on this disk is hidden where another one is mounted over it.
_RESOURCE_FOLDERS = ("/mnt", "/mnt/resource")
_USUAL_FILES = ("/var/lib/swap", "/var/cache/swap", "/var/swap/swapfile", "/var/tmp/swapfile", "/opt/swapfile")
_MAX_FILES = 1000
#: Layers that are not looked into, and may hold swap space.
_MAY_HOLD_IT = (
    VolumeKind.UNREADABLE,
    VolumeKind.LUKS,
    VolumeKind.RAID,
    VolumeKind.BCACHE,
    VolumeKind.INTEGRITY,
    VolumeKind.ZFS,
)
#: What ends the first page of swap space; all but the first two while a machine hibernates.
_MARKS = (b"SWAPSPACE2", b"SWAP-SPACE", b"S1SUSPEND\0", b"S2SUSPEND\0", b"ULSUSPEND\0", b"LINHIB0001")
#: Data for cloud-init that an image brings itself.
_SEEDS = tuple(
    f"/var/lib/cloud/seed/{seed}/{name}" for seed in ("nocloud", "nocloud-net") for name in ("user-data", "vendor-data")
)
_PAGES = (4096, 8192, 16384, 65536)
_UNITS = (
    "/etc/systemd/system",
    "/run/systemd/system",
    "/usr/local/lib/systemd/system",
    "/usr/lib/systemd/system",
    "/lib/systemd/system",
)


def read_swap(reader: Reader, root: Root) -> Swap:
    """Everything about swap space, apart from waagent.conf."""
    units, started = _units(reader), read_started(reader)
    by_script = any(entry.what == ALL_OF_FSTAB for entry in known(started) or ())
    devices = [entry.what.removeprefix(NOT_ENABLED) for entry in units] if isinstance(units, tuple) else []
    devices += [mount.device for mount in root.fstab if mount.type == "swap"]
    named = tuple(device for device in devices if device.startswith("/") and device[:5] != "/dev/")
    return Swap(
        fstab=_placed(root, _fstab(root) if by_script else _not_masked(reader, _fstab(root))),
        volumes=_volumes(reader, root),
        files=_files(reader, root, named),
        units=_placed(root, units),
        cloud_init=_cloud_init(reader),
        started=_placed(root, then(started, lambda entries: tuple(one for one in entries if one.what != ALL_OF_FSTAB))),
    )


def _placed(root: Root, entries: Fact[tuple[SwapEntry, ...]]) -> Fact[tuple[SwapEntry, ...]]:
    """The traces; a file in a folder that fstab mounts from this disk is marked so, wherever swap files usually are."""
    if isinstance(entries, Unread):
        return entries
    here = [mount.where.rstrip("/") for mount in root.fstab if matching(mount.device, root.volumes) is not None]
    elsewhere = [mount.where.rstrip("/") for mount in root.fstab if matching(mount.device, root.volumes) is None]
    return tuple(
        dataclasses.replace(entry, on_this_disk=_mounted_at(entry.what, here) > _mounted_at(entry.what, elsewhere))
        for entry in entries
    )


def _mounted_at(path: str, folders: list[str]) -> int:
    """The length of the longest of some folders that a path is in; the root counts as none."""
    return max((len(folder) for folder in folders if folder and path.startswith(f"{folder}/")), default=0)


def _fstab(root: Root) -> tuple[SwapEntry, ...]:
    swaps = [mount for mount in root.fstab if mount.type == "swap"]
    return tuple(SwapEntry("/etc/fstab", f"{mount.device} {','.join(mount.options) or 'defaults'}") for mount in swaps)


def _not_masked(reader: Reader, entries: tuple[SwapEntry, ...]) -> Fact[tuple[SwapEntry, ...]]:
    """The lines of fstab, marked where systemd turns them not on, since it has their units or all of them masked."""
    units = then(joined(reader.matching(folder, r".*\.swap") for folder in _UNITS), _first_of_each)
    all_of_them = find_masked(reader, ("swap.target",)) if entries else ()
    if isinstance(units, Unread):
        return units
    if isinstance(all_of_them, Unread):
        return all_of_them
    masked: set[str] = set()
    for path in units if entries else ():
        nothing = leads_to_nothing(reader, path)
        if isinstance(nothing, Unread):
            return nothing
        masked |= {device_of_unit(path)} if nothing else set()
    return tuple(
        dataclasses.replace(entry, what=NOT_ENABLED + entry.what)
        if all_of_them or entry.what.rpartition(" ")[0] in masked
        else entry
        for entry in entries
    )


def _first_of_each(paths: tuple[str, ...]) -> tuple[str, ...]:
    """Of several units of a name the one that counts."""
    return tuple({path.rpartition("/")[2]: path for path in reversed(paths)}.values())


def _volumes(reader: Reader, root: Root) -> Fact[tuple[SwapEntry, ...]]:
    """Partitions and logical volumes that hold swap space, or are of the type for it."""
    found: list[SwapEntry] = []
    unread: Unread | None = None
    for volume in root.volumes:
        if volume.kind is VolumeKind.SWAP:
            found.append(SwapEntry(volume.name, "it holds swap space"))
        elif volume.type.upper() in (kind.upper() for kind in SWAP_TYPES):
            found.append(SwapEntry(volume.name, f"its type is that of swap partitions, and it holds {volume.kind}"))
        elif volume.kind in _MAY_HOLD_IT:
            unread = reader.unread(volume.name, volume.why or f"it holds {volume.kind}, which is not inspected")
    return tuple(found) if found or unread is None else unread


def _files(reader: Reader, root: Root, named: tuple[str, ...]) -> Fact[tuple[SwapEntry, ...]]:
    """Files that hold swap space: those that fstab and units name, and those in the usual folders."""
    on_resource_disk = [reader.matching(folder, r".*") for folder in _RESOURCE_FOLDERS]
    listed = joined(
        [
            *(reader.matching(folder, r".*") for folder in _FOLDERS),
            *(one for one in on_resource_disk if not isinstance(one, Unread)),
        ]
    )
    if isinstance(listed, Unread):
        return listed
    if len(listed) > _MAX_FILES:
        return reader.unread("/", f"there are more than {_MAX_FILES} names where swap files usually are")
    mounted = {mount.where.rstrip("/") for mount in root.fstab} | _FOLDERS_OF_ALL
    elsewhere = [mount.where.rstrip("/") for mount in root.fstab if matching(mount.device, root.volumes) is None]
    found: list[SwapEntry] = []
    for path in dict.fromkeys((*named, *listed, *_USUAL_FILES)):
        if path in mounted:
            continue  # a folder
        file = reader.file(path, follow=path in named)
        if isinstance(file, Unread):
            if path.startswith("/mnt/") or (path not in named and _mounted_at(path, elsewhere)):
                continue  # hidden by what is mounted there: memory, another disk, another folder
            return file
        if file is None or file.kind != "file" or file.size < _PAGES[0]:
            continue
        start = reader.tree.head(path, _PAGES[-1])
        if isinstance(start, Unreadable):
            return reader.unread(path, start.words)
        if isinstance(start, bytes) and any(start[page - 10 : page] in _MARKS for page in _PAGES):
            found.append(SwapEntry(path, f"a swap file of {file.size} bytes"))
    return tuple(found)


def _units(reader: Reader) -> Fact[tuple[SwapEntry, ...]]:
    """Units of type swap that are not masked, each with what its name says that it turns on."""
    paths = joined(reader.matching(folder, r".*\.swap") for folder in _UNITS)
    wanted = _wanted(reader)
    if isinstance(paths, Unread):
        return paths
    if isinstance(wanted, Unread):
        return wanted
    found: dict[str, SwapEntry] = {}
    for path in (*paths, *wanted):
        name = path.rsplit("/", 1)[1]
        masked = leads_to_nothing(reader, path) if path not in wanted else False
        if isinstance(masked, Unread):
            return masked
        enabled = any(one.endswith(f"/{name}") for one in wanted)
        words = f"{'' if enabled else NOT_ENABLED}{device_of_unit(path)}"
        found.setdefault(name, SwapEntry(path, "" if masked else words))
    return tuple(entry for entry in found.values() if entry.what)


def _wanted(reader: Reader) -> Fact[tuple[str, ...]]:
    """The units of type swap that others want or require, as symlinks in folders for them.

    What swap.target wants does not count where it is masked.
    """
    listed = [reader.matching(folder, r".*\.(?:wants|requires)") for folder in _UNITS]
    folders = joined(listed)
    if isinstance(folders, Unread):
        return folders
    found = joined(reader.matching(one, r".*\.swap") for one in folders)
    if isinstance(found, Unread) or not any("/swap.target." in path for path in found):
        return found
    masked = find_masked(reader, ("swap.target",))
    return then(masked, lambda all: tuple(one for one in found if not all or "/swap.target." not in one))


def device_of_unit(path: str) -> str:
    """What a unit of systemd named like ``mnt-swap\\x2dfile.swap`` turns on: /mnt/swap-file."""
    name = path.rpartition("/")[2].removesuffix(".swap")
    return "/" + without_hexadecimal(name.replace("-", "/"))


def _cloud_init(reader: Reader) -> Fact[tuple[SwapEntry, ...]]:
    """Lines of cloud-init's configuration that make swap space: a ``swap:`` section, or a mount of type swap."""
    folder = "/etc/cloud/cloud.cfg.d"
    paths = joined([("/etc/cloud/cloud.cfg",), reader.matching(folder, r".*\.cfg"), _SEEDS])
    if isinstance(paths, Unread):
        return paths
    found: list[SwapEntry] = []
    for path in paths:
        text = reader.text(path)
        if isinstance(text, Unread):
            return text
        found.extend(SwapEntry(path, words) for words in swap_of_cloud_config(text or ""))
    return tuple(found)
