"""Modules of the kernel: what keeps some from loading, and whether those that Azure needs are there."""

from __future__ import annotations

import re
from collections.abc import Mapping

from checker.facts.unread import Fact, Unread
from checker.inspect.filesystem import MIB
from checker.inspect.linux.reader import Reader, joined, lines_of

#: Where modprobe looks; a file in an earlier folder hides those of its name in later ones.
_FOLDERS = (
    "/etc/modprobe.d",
    "/run/modprobe.d",
    "/usr/local/lib/modprobe.d",
    "/usr/lib/modprobe.d",
    "/lib/modprobe.d",
)
#: The file systems that provisioning and the EFI system partition need.
NEEDED = ("udf", "vfat")
#: The drivers without which a machine on Azure sees neither its disk nor its network.
HYPER_V = ("hv_vmbus", "hv_storvsc", "hv_netvsc", "hv_utils")
#: What these need to load: modprobe runs the install commands of what a module needs too, and ignores blacklists there.
_NEEDED_BY = {"fat": "vfat", "crc_itu_t": "udf"}
#: A command that loads a module, at the start of a shell's line or behind another command.
_LOADS = re.compile(r"(?:^|[;&|({])\s*(?:\S*/)?(?:modprobe|insmod)\s")
_MAX_COMMAND = 1000
_MAX_KERNELS = 16


def read_blocked(reader: Reader) -> Fact[tuple[str, ...]]:
    """The modules that are kept from loading: blacklisted, switched off, or installed by what does not load them."""
    paths = joined([*(reader.matching(folder, r".*\.conf") for folder in _FOLDERS), ("/etc/modprobe.conf",)])
    if isinstance(paths, Unread):
        return paths
    found: dict[str, None] = {}
    hidden: set[str] = set()
    for path in paths:
        name = path.rsplit("/", 1)[1]
        if name in hidden:
            continue
        hidden.add(name)
        file = reader.file(path)
        if isinstance(file, Unread):
            return file
        if file is None or file.kind != "file":
            continue  # a symlink to /dev/null switches a file of that name off
        text = reader.text(path)
        if isinstance(text, Unread):
            return text
        for _, line in lines_of((text or "").replace("\\\n", " ")):
            module = _blocked_by(line).removeprefix("fs-").replace("-", "_")
            if module:
                found[module] = None
            if module in _NEEDED_BY and line.startswith("install"):
                found[_NEEDED_BY[module]] = None
    return tuple(found)


def _blocked_by(line: str) -> str:
    """The module that a line keeps from loading; else nothing."""
    words = line.split()
    if words[0] == "blacklist" and len(words) > 1:
        return words[1]
    if words[0] == "install" and len(words) > 2:
        command = re.split(r"(?:^|\s)#", " ".join(words[2:]), maxsplit=1)[0]
        return "" if _LOADS.search(command[:_MAX_COMMAND]) else words[1]
    if words[0] == "alias" and len(words) > 2 and words[2] in ("off", "null", "/bin/true", "/bin/false"):
        return words[1]
    return ""


def read_needed(reader: Reader, kernels: tuple[str, ...]) -> Fact[Mapping[str, tuple[str, ...]]]:
    """By kernel: the file systems that are there, as files or built in, and the drivers that modprobe would find."""
    if len(kernels) > _MAX_KERNELS:
        return reader.unread("/lib/modules", f"there are modules of more than {_MAX_KERNELS} kernels")
    found: dict[str, tuple[str, ...]] = {}
    for kernel in kernels:
        there = _there(reader, f"/lib/modules/{kernel}")
        if isinstance(there, Unread):
            return there
        found[kernel] = there
    return found


def _there(reader: Reader, folder: str) -> Fact[tuple[str, ...]]:
    """What modprobe finds below a folder; of file systems only what is there, and what is built in.

    The drivers are not looked up one by one: each lies in a folder of its own.
    """
    listed = reader.text(f"{folder}/modules.dep", 8 * MIB)
    if isinstance(listed, Unread):
        return listed
    found: list[str] = []
    for module in NEEDED:
        paths = re.findall(_listed(module), listed or "", re.MULTILINE)
        for path in paths:
            file = reader.file(path if path.startswith("/") else f"{folder}/{path}")
            if isinstance(file, Unread):
                return file
            if file is not None and module not in found:
                found.append(module)
    if len(found) < len(NEEDED):
        built_in = reader.text(f"{folder}/modules.builtin", 4 * MIB)
        if isinstance(built_in, Unread):
            return built_in
        names = {line.rsplit("/", 1)[-1] for line in (built_in or "").split("\n")}
        found += [module for module in NEEDED if module not in found and f"{module}.ko" in names]
    drivers = (module for module in HYPER_V if re.search(_listed(module), listed or "", re.MULTILINE))
    return (*(module for module in NEEDED if module in found), *drivers)


def _listed(module: str) -> str:
    """What finds the path of a module at the start of a line of modules.dep."""
    return rf"^(\S*/{module}\.ko(?:\.\w+)?):"
