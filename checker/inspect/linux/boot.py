"""What is booted: the command lines of GRUB 2 and of boot loader entries, the kernels, their configuration."""

from __future__ import annotations

import re
from collections.abc import Mapping

from checker.facts.linux_guest import Boot
from checker.facts.unread import Fact, Unread
from checker.inspect.filesystem import MIB
from checker.inspect.linux.command_lines import read_command_lines
from checker.inspect.linux.reader import Reader, joined, lines_of, shell_variables

_KERNEL = r"vmlinuz-.+|Image-.+|vmlinux-.+"
_MAX_KERNELS = 8
_WANTED = re.compile(r"^CONFIG_(WATCHDOG|CIFS|HYPERV\w*|PCI_HYPERV|UDF_FS|VFAT_FS)=(\S+)", re.MULTILINE)


def read_boot(reader: Reader) -> Boot:
    """Everything about booting."""
    return Boot(
        command_lines=read_command_lines(reader),
        default_grub=_default_grub(reader),
        kernels=_versions(reader),
        modules=_modules(reader),
        configurations=_configurations(reader),
        blocked_modules=_blocked(reader),
    )


def _default_grub(reader: Reader) -> Fact[Mapping[str, str] | None]:
    """/etc/default/grub and what lies in grub.d beside it; a later file wins, as for the shell that reads them."""
    main = reader.text("/etc/default/grub")
    if not isinstance(main, str):
        return main
    found = shell_variables(main)
    paths = reader.matching("/etc/default/grub.d", r".*\.cfg")
    if isinstance(paths, Unread):
        return paths
    for path in paths:
        text = reader.text(path)
        if isinstance(text, Unread):
            return text
        for name, value in shell_variables(text or "").items():
            before = found.get(name, "")
            found[name] = value.replace(f"${{{name}}}", before).replace(f"${name}", before)
    return found


def _versions(reader: Reader) -> Fact[tuple[str, ...]]:
    paths = reader.matching("/boot", _KERNEL)
    return paths if isinstance(paths, Unread) else tuple(path.partition("-")[2] for path in paths)


def _modules(reader: Reader) -> Fact[tuple[str, ...]]:
    paths = reader.matching("/lib/modules", r"\d.*")
    return paths if isinstance(paths, Unread) else tuple(path.rsplit("/", 1)[1] for path in paths)


def _configurations(reader: Reader) -> Fact[Mapping[str, Mapping[str, str]]]:
    paths = joined([reader.matching("/boot", r"config-.+")])
    if isinstance(paths, Unread):
        return paths
    if len(paths) > _MAX_KERNELS:
        return reader.unread("/boot", f"there are more than {_MAX_KERNELS} kernels")
    found: dict[str, Mapping[str, str]] = {}
    for path in paths:
        text = reader.text(path, 4 * MIB)
        if isinstance(text, Unread):
            return text
        found[path.partition("config-")[2]] = dict(_WANTED.findall(text or ""))
    return found


def _blocked(reader: Reader) -> Fact[tuple[str, ...]]:
    """The modules that are kept from loading: blacklisted, or installed by a program that does nothing."""
    folders = ("/etc/modprobe.d", "/usr/lib/modprobe.d", "/lib/modprobe.d")
    paths = joined(reader.matching(folder, r".*\.conf") for folder in folders)
    if isinstance(paths, Unread):
        return paths
    found: dict[str, None] = {}
    for path in paths:
        text = reader.text(path)
        if isinstance(text, Unread):
            return text
        for _, line in lines_of(text or ""):
            match = re.match(r"blacklist\s+(\S+)|install\s+(\S+)\s+(?:/usr)?/bin/(?:true|false)\b", line)
            if match is not None:
                found[(match[1] or match[2]).replace("-", "_")] = None
    return tuple(found)
