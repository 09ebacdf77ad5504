"""The kernel command lines that a boot loader may use: GRUB 2 menus, and boot loader entries (BLS).

Variables (``$kernelopts``, ``$tuned_params``) come from the environment block of GRUB (grubenv) and from
``set`` lines of its menu. Which entry is the default is not decided here: all are given.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from checker.facts.linux_guest import CommandLine
from checker.facts.unread import Fact, Unread
from checker.inspect.linux.reader import Reader, joined

_MENUS = ("/boot/grub/grub.cfg", "/boot/grub2/grub.cfg")
_ENVIRONMENTS = ("/boot/grub2/grubenv", "/boot/grub/grubenv")
_ENTRIES = ("/boot/loader/entries", "/boot/efi/loader/entries", "/efi/loader/entries")
_EFI = "/boot/efi/EFI"
_LINUX = re.compile(r"^\s*(?:linux|linux16|linuxefi)\s+(\S+)[ \t]*(.*)$")
_TITLE = re.compile(r"""^\s*menuentry\s+(?:'([^']*)'|"([^"]*)")""")
_SET = re.compile(r"set\s+([A-Za-z_]\w*)=(.*)")
_MAX_LINES = 2000
#: Variables of the menus of distributions that only add what nobody has set.
_USUALLY_UNSET = ("tuned_params", "vt_handoff", "extra_cmdline", "linux_gfx_mode")


def read_command_lines(reader: Reader) -> Fact[tuple[CommandLine, ...]]:
    """Every command line there is; unread where no boot configuration that is understood was found."""
    menus = _menus(reader)
    if isinstance(menus, Unread):
        return menus
    variables: dict[str, str] = {}
    for text in menus.values():
        variables.update(_assignments(text))
    for path in _environments(menus):
        block = reader.text(path, 64 * 1024)
        if isinstance(block, Unread):
            return block
        variables.update(_environment(block or ""))
    found: list[CommandLine] = []
    for path, text in menus.items():
        found.extend(_menu_lines(path, text, variables))
    entries = _entries(reader, variables)
    if isinstance(entries, Unread):
        return entries
    found.extend(entries)
    if not found:
        return reader.unread("/boot", "no kernel command line was found in GRUB 2 menus or boot loader entries")
    if len(found) > _MAX_LINES:
        return reader.unread("/boot", f"there are more than {_MAX_LINES} boot entries")
    return tuple(found)


def _menus(reader: Reader) -> Fact[dict[str, str]]:
    folders = reader.names(_EFI)
    if isinstance(folders, Unread):
        # The EFI partition is only where the menu is on some systems; the others say it all.
        folders = ()
        efi_unread = True
    else:
        efi_unread = False
    paths = [*_MENUS, *(f"{_EFI}/{folder}/grub.cfg" for folder in folders)]
    found: dict[str, str] = {}
    for path in paths:
        text = reader.text(path)
        if isinstance(text, Unread):
            return text
        if text is not None:
            found[path] = text
    if efi_unread and not found:
        return reader.unread(_EFI, "the EFI system partition could not be read, and no menu is elsewhere")
    return found


def _environments(menus: Mapping[str, str]) -> tuple[str, ...]:
    beside = (f"{path.rsplit('/', 1)[0]}/grubenv" for path in menus)
    return tuple(dict.fromkeys((*_ENVIRONMENTS, *beside)))


def _environment(block: str) -> dict[str, str]:
    """A GRUB environment block: ``name=value`` lines, filled up with ``#``."""
    lines = (line.partition("=") for line in block.split("\n") if not line.startswith("#"))
    return {name: re.sub(r"\\(.)", r"\1", value) for name, equals, value in lines if equals}


def _assignments(text: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for line in text.split("\n"):
        match = _SET.match(line.strip())
        if match is not None:
            found[match[1]] = match[2].strip("\"'")
    return found


def _menu_lines(path: str, text: str, variables: Mapping[str, str]) -> list[CommandLine]:
    found: list[CommandLine] = []
    title = ""
    for line in text.replace("\\\n", " ").split("\n"):
        heading = _TITLE.match(line)
        if heading is not None:
            title = heading[1] or heading[2] or ""
        match = _LINUX.match(line)
        if match is not None:
            found.append(CommandLine(path, title, match[1], _arguments(match[2], variables)))
    return found


def _entries(reader: Reader, variables: Mapping[str, str]) -> Fact[list[CommandLine]]:
    usable: list[Fact[tuple[str, ...]]] = []
    for folder in _ENTRIES:
        paths = reader.matching(folder, r".*\.conf")
        if isinstance(paths, Unread) and folder != _ENTRIES[0]:
            continue  # only systemd-boot has its entries there
        usable.append(paths)
    paths = joined(usable)
    if isinstance(paths, Unread):
        return paths
    found: list[CommandLine] = []
    for path in paths:
        text = reader.text(path)
        if isinstance(text, Unread):
            return text
        fields: dict[str, str] = {}
        for line in (text or "").split("\n"):
            name, _, value = line.strip().partition(" ")
            if name and not name.startswith("#"):
                fields[name] = (
                    f"{fields[name]} {value.strip()}" if name == "options" and name in fields else value.strip()
                )
        if "linux" in fields or "options" in fields:
            arguments = _arguments(fields.get("options", ""), variables)
            found.append(CommandLine(path, fields.get("title", ""), fields.get("linux", ""), arguments))
    return found


def _arguments(text: str, variables: Mapping[str, str]) -> tuple[str, ...]:
    """The words of a command line; a variable that nothing sets is left as it stands."""

    def value(match: re.Match[str]) -> str:
        name = match[1] or match[2]
        return variables.get(name, "" if name in _USUALLY_UNSET else match[0])

    filled = re.sub(r"\$\{(\w+)\}|\$(\w+)", value, text)
    return tuple(word.strip("\"'") for word in filled.split())
