"""Swap space, by each way that it comes about: fstab, partitions, files, units of systemd, cloud-init."""

from __future__ import annotations

import re

from checker.facts.linux_guest import Swap, SwapEntry
from checker.facts.unread import Fact, Unread
from checker.inspect.linux.reader import Reader, joined
from checker.inspect.resolver import Unreadable
from checker.inspect.root import Root
from checker.inspect.volumes import VolumeKind

#: The type of swap partitions in an MBR and in a GPT.
SWAP_TYPES = ("0x82", "0657FD6D-A4AB-43C4-84E5-0933C84B4F4F")
_USUAL_FILES = ("/swapfile", "/swap.img", "/swap", "/var/swap", "/var/swapfile", "/swap/swapfile", "/swapfile1")
_MARK = b"SWAPSPACE2"


def read_swap(reader: Reader, root: Root) -> Swap:
    """Everything about swap space, apart from waagent.conf."""
    swaps = [mount for mount in root.fstab if mount.type == "swap"]
    lines = tuple(SwapEntry("/etc/fstab", f"{mount.device} {','.join(mount.options)}".strip()) for mount in swaps)
    named = tuple(mount.device for mount in swaps if mount.device.startswith("/") and mount.device[:5] != "/dev/")
    return Swap(lines, _volumes(reader, root), _files(reader, named), _units(reader), _cloud_init(reader))


def _volumes(reader: Reader, root: Root) -> Fact[tuple[SwapEntry, ...]]:
    """Partitions and logical volumes that hold swap space, or are of the type for it."""
    found: list[SwapEntry] = []
    unread: Unread | None = None
    for volume in root.volumes:
        if volume.kind is VolumeKind.SWAP:
            found.append(SwapEntry(volume.name, "it holds swap space"))
        elif volume.type.upper() in (kind.upper() for kind in SWAP_TYPES):
            found.append(SwapEntry(volume.name, f"its type is that of swap partitions, and it holds {volume.kind}"))
        elif volume.kind in (VolumeKind.UNREADABLE, VolumeKind.LUKS):
            unread = reader.unread(volume.name, volume.why or f"it holds {volume.kind}, which is not inspected")
    return tuple(found) if found or unread is None else unread


def _files(reader: Reader, named: tuple[str, ...]) -> Fact[tuple[SwapEntry, ...]]:
    """Files that hold swap space: those that fstab names, and those of the usual names."""
    found: list[SwapEntry] = []
    for path in dict.fromkeys((*named, *_USUAL_FILES)):
        head = reader.tree.stat(path)
        if isinstance(head, Unreadable):
            return reader.unread(path, head.words)
        file = reader.file(path)
        if isinstance(file, Unread):
            return file
        if file is None or file.kind != "file" or file.size < 4096:
            continue
        start = reader.tree.head(path, 4096)
        if isinstance(start, Unreadable):
            return reader.unread(path, start.words)
        if isinstance(start, bytes) and start[-10:] == _MARK:
            found.append(SwapEntry(path, f"a swap file of {file.size} bytes"))
    return tuple(found)


def _units(reader: Reader) -> Fact[tuple[SwapEntry, ...]]:
    paths = joined(
        reader.matching(folder, r".*\.swap") for folder in ("/etc/systemd/system", "/usr/lib/systemd/system")
    )
    return paths if isinstance(paths, Unread) else tuple(SwapEntry(path, "a unit of systemd") for path in paths)


def _cloud_init(reader: Reader) -> Fact[tuple[SwapEntry, ...]]:
    """Lines of cloud-init's configuration that make swap space: a ``swap:`` section, or a mount of type swap."""
    paths = joined([("/etc/cloud/cloud.cfg",), reader.matching("/etc/cloud/cloud.cfg.d", r".*\.cfg")])
    if isinstance(paths, Unread):
        return paths
    found: list[SwapEntry] = []
    for path in paths:
        text = reader.text(path)
        if isinstance(text, Unread):
            return text
        found.extend(SwapEntry(path, words) for words in swap_of_cloud_config(text or ""))
    return tuple(found)


def swap_of_cloud_config(text: str) -> list[str]:
    """What a cloud-config says of swap, in the words of its lines. Not all of YAML is understood here."""
    found: list[str] = []
    lines = [line for line in text.split("\n") if line.strip() and not line.lstrip().startswith("#")]
    for index, line in enumerate(lines):
        if re.match(r"""["']?swap["']?\s*:""", line):
            block = [line]
            for following in lines[index + 1 :]:
                if not following[0].isspace():
                    break
                block.append(following)
            found.append(" ".join(part.strip() for part in block)[:300])
        elif re.match(r"""\s*-.*[\[,\s"']swap["'\],\s]""", line) and re.search(r"[\[,]", line):
            found.append(line.strip()[:300])
    return found
