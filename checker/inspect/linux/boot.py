"""What is booted: the command lines of GRUB 2 and of boot loader entries, the kernels, their configuration."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace

from checker.facts.linux.boot import Boot, CommandLine
from checker.facts.unread import Fact, Unread, then
from checker.inspect.filesystem import MIB
from checker.inspect.linux.command_lines import read_command_lines, read_saved_words, read_texts_in_menus
from checker.inspect.linux.modules import read_blocked, read_needed
from checker.inspect.linux.reader import Reader
from checker.inspect.linux.units import read_default_target
from checker.inspect.resolver import Unreadable
from checker.inspect.root import Root

_KERNEL = r"(?:vmlinuz|Image|vmlinux|bzImage|zImage|kernel)-.+"
#: Names of kernels that do not tell their version, unless they are symlinks to one that does.
_NAMELESS = r"vmlinuz|vmlinux|Image|bzImage|zImage|kernel|linux|vmlinuz\.efi"
_MAY_BE_LINK = re.compile(rf"(/boot)?/((?:{_NAMELESS})(?:\.old)?)")
#: What stands behind the version of a kernel that is packed (SUSE), signed (Ubuntu) or was kept by ``make install``.
_BEHIND = re.compile(r"\.(?:gz|xz|zst|bz2|efi\.signed|efi|signed|old)$")
_MAX_KERNELS = 8
#: What the certification's code searches a menu for.
_SEARCHED_FOR = ("libata.atapi_enabled=0", "reserve=0x1f0,0x8")
_WANTED = re.compile(r"^CONFIG_(WATCHDOG|CIFS|HYPERV\w*|PCI_HYPERV|UDF_FS|VFAT_FS)=(\S+)", re.MULTILINE)


def read_boot(reader: Reader, root: Root | None = None) -> Boot:
    """Everything about booting. With ``root``, volumes that fstab does not mount are looked at too."""
    modules = _modules(reader)
    return Boot(
        command_lines=then(
            read_command_lines(reader, root), lambda lines: tuple(_with_version(reader, line) for line in lines)
        ),
        default_target=read_default_target(reader),
        saved_words=read_saved_words(reader, root),
        searched_for=read_texts_in_menus(reader, root, _SEARCHED_FOR),
        kernels=_versions(reader),
        modules=modules,
        configurations=_configurations(reader, modules),
        blocked_modules=read_blocked(reader),
        needed_modules=modules if isinstance(modules, Unread) else read_needed(reader, modules),
    )


def _with_version(reader: Reader, line: CommandLine) -> CommandLine:
    """A command line with the kernel that a symlink beside it leads to, where its name tells no version.

    A path that begins with no /boot may be of the root or of a /boot that is a volume: both must lead to the same.
    """
    match = _MAY_BE_LINK.fullmatch(line.kernel) if line.source.startswith("/") else None
    if match is None:
        return line
    folders = ("/boot",) if match[1] else ("/boot", "")
    found: set[str] = set()
    for path in (f"{folder}/{match[2]}" for folder in folders):
        file, real = reader.file(path), reader.tree.real(path)
        if isinstance(file, Unread) or isinstance(real, Unreadable):
            return line
        found |= {real} if file is not None and file.kind == "file" and isinstance(real, str) else set()
    real = found.pop() if len(found) == 1 else ""
    return replace(line, kernel=f"{match[1] or ''}/{real[6:]}") if re.fullmatch(r"/boot/[^/]+", real) else line


def _versions(reader: Reader) -> Fact[tuple[str, ...]]:
    """The versions of the kernels in /boot; of one that does not tell its version, the name."""
    paths = reader.matching("/boot", f"{_KERNEL}|{_NAMELESS}")
    if isinstance(paths, Unread):
        return paths
    found: dict[str, None] = {}
    for path in paths:
        name = path.rsplit("/", 1)[1]
        if re.fullmatch(_NAMELESS, name):
            file = reader.file(path)
            real = reader.tree.real(path)
            if isinstance(file, Unread) or isinstance(real, Unreadable):
                return reader.unread(path, "it could not be read")
            if file is None or file.kind != "file" or not isinstance(real, str):
                continue
            name = real.rsplit("/", 1)[1]
        found[_BEHIND.sub("", name.partition("-")[2]) or name] = None
    return tuple(found)


def _modules(reader: Reader) -> Fact[tuple[str, ...]]:
    paths = reader.matching("/lib/modules", r"\d.*")
    return paths if isinstance(paths, Unread) else tuple(path.rsplit("/", 1)[1] for path in paths)


def _configurations(reader: Reader, modules: Fact[tuple[str, ...]]) -> Fact[Mapping[str, Mapping[str, str]]]:
    """By kernel: /boot/config-*, and for those that have none there the copy beside their modules."""
    paths = reader.matching("/boot", r"config-.+")
    if isinstance(paths, Unread):
        return paths
    if isinstance(modules, Unread):
        return modules
    kernels = {path.partition("config-")[2]: path for path in paths}
    kernels = {**{kernel: f"/lib/modules/{kernel}/config" for kernel in modules}, **kernels}
    if len(kernels) > _MAX_KERNELS:
        return reader.unread("/boot", f"there are more than {_MAX_KERNELS} kernels")
    found: dict[str, Mapping[str, str]] = {}
    for kernel, path in kernels.items():
        text = reader.text(path, 4 * MIB)
        if isinstance(text, Unread):
            return text
        if text is not None and not text.endswith("\n"):
            return reader.unread(path, "it is empty, or cut off")
        if text is not None:
            found[kernel] = dict(_WANTED.findall(text))
    return found
