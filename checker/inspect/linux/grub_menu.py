"""What a menu of GRUB 2 boots: its kernels, and whether it leads to what is not read here.

Every ``linux`` command counts, whichever branch it stands in. Sources: the GRUB manual, the menus that distributions
ship, and ``blsdir`` of Red Hat's GRUB.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from checker.inspect.linux.grub import setting, statements

_ENTRIES = ("blscfg", "bls_import")
#: What ``blscfg`` may be told to leave out.
_WHICH = ("default", "non-default")
_SOURCING = ("configfile", "source", ".", "extract_entries_configfile", "extract_entries_source")
_OTHER_LOADERS = (
    "uki",
    "multiboot",
    "multiboot2",
    "xen_hypervisor",
    "chainloader",
    "legacy_configfile",
    "legacy_source",
    "syslinux_configfile",
    "syslinux_source",
)
#: Where the files that are read lie: named by a variable, or below /boot or an EFI system partition.
_FOLDER = r"(?:\([^)]*\))?(?:\$\{?\w+\}?)*(?:/@\w*)?(?:/boot)?(?:/grub2?|/EFI/[\w.-]+)?/"
_KNOWN_MENU = re.compile(_FOLDER + r"(?:grub|custom|user)\.cfg", re.IGNORECASE)
KNOWN_FILE = re.compile(_FOLDER + r"[\w.-]+", re.IGNORECASE)
#: Where boot loader entries are looked for, as the variable ``blsdir`` names it.
_KNOWN_ENTRIES = re.compile(r"(?:\([^)]*\))?(?:\$\{?\w+\}?)*(?:/boot)?(?:/efi)?/loader/entries/?", re.IGNORECASE)


def command_line(words: list[str]) -> tuple[str, tuple[str, ...]] | None:
    """The kernel and the arguments of a statement; None where it loads no kernel."""
    command = words[0]
    if "=" in command or not re.match(r"linux|\$linux", command):
        return None
    return (words[1] if len(words) > 1 else ""), tuple(words[2:])


def unclear(text: str, variables: Mapping[str, str]) -> str:
    """The first statement of a menu whose command is not known, since a variable or ``eval`` makes it; else nothing.

    A block that nothing closes is one too: GRUB refuses the whole menu.
    """
    open_blocks = 0
    for words in statements(text, variables):
        if words[0].startswith("$") or words[0] == "eval":
            return " ".join(words)
        open_blocks += (words == ["{"]) - (words == ["}"])
    return "{ without }" if open_blocks > 0 else ""


def uses_entries(text: str) -> bool:
    """Whether a menu takes boot loader entries."""
    return any(words[0] in _ENTRIES for words in statements(text, {}))


def hands_over(text: str, variables: Mapping[str, str]) -> str:
    """The first statement of a menu that leads to what is not read here, in its words; else nothing."""
    for words in statements(text, variables):
        if words[0] in _OTHER_LOADERS:
            return " ".join(words)
        if words[0] in _SOURCING and len(words) > 1 and not _KNOWN_MENU.fullmatch(plain(words[-1])):
            return " ".join(words)
        if words[0] in _ENTRIES and not all(word in _WHICH or is_usual_folder(word) for word in words[1:]):
            return " ".join(words)
        name, _, value = setting(words)
        if name == "prefix" and not _KNOWN_MENU.fullmatch(plain(f"{value}/grub.cfg")):
            return " ".join(words)
        if name == "blsdir" and not is_usual_folder(value):
            return " ".join(words)
    return ""


def is_usual_folder(path: str) -> bool:
    """Whether a folder of boot loader entries is one that is looked into; so is none, which leaves it at the usual."""
    return not path or _KNOWN_ENTRIES.fullmatch(plain(path)) is not None


def plain(path: str) -> str:
    """A path with one slash where it has several, as the menus that KIWI writes for SUSE have them."""
    return re.sub(r"/+", "/", path)
