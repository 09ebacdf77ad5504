"""The kernel command lines that a boot loader may use: GRUB 2 menus, and boot loader entries (BLS).

Looked at are /boot and the EFI system partition where fstab mounts them, and every other volume that a boot loader may
read, mounted or not. Which entry is the default is not decided: all are given. Where another boot loader may be the one
that boots, nothing is known.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

from checker.facts.linux.boot import CommandLine
from checker.facts.unread import Fact, Unread
from checker.inspect.bytes import DiskUnreadable
from checker.inspect.fstab import matching
from checker.inspect.linux import grub
from checker.inspect.linux.reader import Reader
from checker.inspect.resolver import Tree
from checker.inspect.root import Root
from checker.inspect.volumes import VolumeKind

T = TypeVar("T")

_MAX_LINES = 2000
_MAX_MENU = 512 * 1024
_MAX_MENUS = 2 * 1024 * 1024
_MAX_FOLDERS = 64
_BASES = ("/boot", "/boot/efi", "/boot/efi/boot", "/efi")
_BASES_OF_VOLUMES = ("", "/boot")
_GRUB = ("grub", "grub2")
_MENUS = ("grub.cfg", "custom.cfg", "user.cfg")
_READABLE = (VolumeKind.EXT, VolumeKind.XFS, VolumeKind.FAT)
_NOT_READABLE = (
    VolumeKind.BTRFS,
    VolumeKind.F2FS,
    VolumeKind.ZFS,
    VolumeKind.BCACHEFS,
    VolumeKind.JFS,
    VolumeKind.REISERFS,
    VolumeKind.RAID,
    VolumeKind.UNREADABLE,
)

#: Files of boot loaders that are not read, below a folder that boot loaders read.
_OTHER_LOADERS = (
    "extlinux.conf",
    "extlinux/extlinux.conf",
    "syslinux.cfg",
    "syslinux/syslinux.cfg",
    "syslinux/extlinux.conf",
    "EFI/syslinux/syslinux.cfg",
    "EFI/BOOT/syslinux.cfg",
    "EFI/refind/refind.conf",
    "refind_linux.conf",
    "limine.conf",
    "limine.cfg",
    "grub/stage1",
    "grub/stage2",
)


@dataclass(frozen=True, slots=True)
class _Place:
    """A folder that a boot loader reads: ``shown`` says before its paths which volume it is on."""

    reader: Reader
    base: str
    shown: str


@dataclass(frozen=True, slots=True)
class _Text:
    """A file with its place."""

    place: _Place
    path: str
    text: str

    @property
    def source(self) -> str:
        return f"{self.place.shown}{self.path}"


class _Unknown(Exception):
    """Raised, with the reason, where the command lines cannot be known."""


def read_command_lines(reader: Reader, root: Root | None = None) -> Fact[tuple[CommandLine, ...]]:
    """Every command line there is; unread where a boot configuration was not read, or none was found."""
    try:
        found = _found(reader, root)
    except (_Unknown, grub.TooMuch) as unknown:
        (why,) = unknown.args
        return why if isinstance(why, Unread) else reader.unread("/boot", f"a menu of GRUB is none: {why}")
    if not found:
        return reader.unread("/boot", "no kernel command line was found in GRUB 2 menus or boot loader entries")
    if len(found) > _MAX_LINES:
        return reader.unread("/boot", f"there are more than {_MAX_LINES} boot entries")
    return tuple(found)


def read_saved_words(reader: Reader, root: Root | None = None) -> Fact[tuple[str, ...]]:
    """The words of all that is saved in environment blocks of GRUB, whether or not an entry uses it."""
    try:
        places = _places(reader, root)
        menus = _all_menus(places)
        blocks = list(_environments(places, menus))
    except (_Unknown, grub.TooMuch) as unknown:
        (why,) = unknown.args
        return why if isinstance(why, Unread) else reader.unread("/boot", f"a menu of GRUB is none: {why}")
    return tuple(dict.fromkeys(word for block in blocks for value in block.values() for word in value.split()))


def _places(reader: Reader, root: Root | None) -> list[_Place]:
    places = [_Place(reader, base, "") for base in _BASES if root is None or not _is_elsewhere(base, root)]
    return places if root is None else [*places, *_on_volumes(reader, root)]


def _found(reader: Reader, root: Root | None) -> list[CommandLine]:
    places = _places(reader, root)
    menus = _all_menus(places)
    for place in places:
        _refuse_other_loaders(place, bool(menus))
    if _known(reader.file("/etc/lilo.conf")) is not None:
        raise _Unknown(reader.unread("/etc/lilo.conf", "the boot loader LILO is configured, which is not read"))
    for menu in menus:
        words = grub.hands_over(menu.text)
        if words:
            raise _Unknown(reader.unread(menu.source, f"the menu hands over to what is not read: {words[:200]}"))
    environments = list(_environments(places, menus))
    variables = grub.known_variables([menu.text for menu in menus], environments)
    for menu in menus:
        words = grub.unclear(menu.text, variables)
        if words:
            raise _Unknown(reader.unread(menu.source, f"a command of the menu is not known: {words[:200]}"))
    entries = [entry for place in places for entry in _entries(place, variables, by_grub=bool(menus))]
    users = [menu for menu in menus if grub.uses_entries(menu.text)]
    if users and not entries:
        raise _Unknown(reader.unread(users[0].source, "the menu takes boot loader entries, and there are none"))
    lines = [line for menu in menus for line in _menu_lines(menu, variables)]
    if lines and not users and not any(_has_systemd_boot(place) for place in places):
        entries = [replace(entry, is_used=False) for entry in entries]
    repair = {line.title for line in (*lines, *entries) if line.is_rescue}
    for menu in menus if repair else ():
        for chosen in grub.defaults(menu.text, environments):
            if _may_be_repair(chosen, repair):
                words = f"the entry that is booted may be one for repair: {chosen[:200]}"
                raise _Unknown(reader.unread(menu.source, words))
    return [*lines, *entries]


def _may_be_repair(chosen: str, repair: set[str]) -> bool:
    """Whether what a menu boots unasked may be an entry for repair: by its name, or by another number than 0."""
    last = chosen.rpartition(">")[2]
    return re.search(r"rescue|recovery|^[1-9][0-9]*$|\$", last, re.IGNORECASE) is not None or last in repair


def _has_systemd_boot(place: _Place) -> bool:
    return any(folder.lower().endswith("/efi/systemd") for folder in _folders(place))


def _is_elsewhere(base: str, root: Root) -> bool:
    """Whether fstab mounts a folder by a name that tells no volume (/dev/sda15): all volumes are looked at then."""
    unknown = ["/" + mount.where.strip("/") for mount in root.fstab if matching(mount.device, root.volumes) is None]
    return any(base == where or base.startswith(f"{where}/") for where in unknown if where != "/")


def _on_volumes(reader: Reader, root: Root) -> Iterator[_Place]:
    """The folders on volumes that a boot loader may read although fstab does not mount them for it."""
    mounted = {id(root.volume)}
    elsewhere: set[int] = set()
    for mount in root.fstab:
        volume = matching(mount.device, root.volumes)
        elsewhere.add(id(volume))
        if "/" + mount.where.strip("/") in _BASES:
            mounted.add(id(volume))
    for volume in root.volumes:
        if volume.kind in _NOT_READABLE and id(volume) not in elsewhere:
            why = volume.why or f"it holds {volume.kind}, which is not inspected"
            raise _Unknown(reader.unread(volume.name, f"a boot loader may read it: {why}"))
        if volume.kind not in _READABLE or id(volume) in mounted:
            continue
        if id(volume) in elsewhere and volume.kind is not VolumeKind.FAT:
            continue
        try:
            tree = Tree(volume.open())
        except DiskUnreadable as problem:
            raise _Unknown(reader.unread(volume.name, problem.words)) from None
        for base in _BASES_OF_VOLUMES:
            yield _Place(Reader(tree, reader.scope), base, f"{volume.name}: ")


def _known(fact: Fact[T]) -> T:
    if isinstance(fact, Unread):
        raise _Unknown(fact)
    return fact


def _folders(place: _Place) -> Iterator[str]:
    """The folders that menus of GRUB lie in."""
    yield from (f"{place.base}/{name}" for name in _GRUB)
    names = _known(place.reader.names(f"{place.base}/EFI"))
    if len(names) > _MAX_FOLDERS:
        raise _Unknown(place.reader.unread(f"{place.base}/EFI", f"it has more than {_MAX_FOLDERS} folders"))
    yield from (f"{place.base}/EFI/{name}" for name in names)


def _all_menus(places: Sequence[_Place]) -> list[_Text]:
    found: list[_Text] = []
    for place in places:
        for menu in _menus(place):
            found.append(menu)
            if sum(len(one.text) for one in found) > _MAX_MENUS:
                raise _Unknown(menu.place.reader.unread(menu.source, "there are far too many menus of GRUB"))
    return found


def _menus(place: _Place) -> Iterator[_Text]:
    for folder in _folders(place):
        for name in _MENUS:
            text = _known(place.reader.text(f"{folder}/{name}", _MAX_MENU))
            if text is not None:
                yield _Text(place, f"{folder}/{name}", text)


def _refuse_other_loaders(place: _Place, there_are_menus: bool) -> None:
    others = [f"{place.base}/{name}" for name in _OTHER_LOADERS]
    if not there_are_menus:
        others += [f"{place.base}/grub/{name}" for name in ("menu.lst", "grub.conf")]
    for path in others:
        if _known(place.reader.file(path)) is not None:
            raise _Unknown(place.reader.unread(f"{place.shown}{path}", "it is of a boot loader that is not read"))
    for folder in list(_folders(place)):
        for path in _known(place.reader.matching(folder, r"(?i).*\.efi")):
            start = place.reader.tree.head(path, 4096)
            if folder.lower().endswith("/efi/linux") or not isinstance(start, bytes) or _is_kernel(start):
                words = "it is a kernel that starts by itself, and the command line in it is not read"
                raise _Unknown(place.reader.unread(f"{place.shown}{path}", words))


def _is_kernel(start: bytes) -> bool:
    """Whether a program of EFI is a kernel, or has one in it (a unified kernel image)."""
    return start[0x202:0x206] == b"HdrS" or start[56:60] == b"ARM\x64" or b".linux\0\0" in start


def _environments(places: Sequence[_Place], menus: Sequence[_Text]) -> Iterator[dict[str, str]]:
    """The environment blocks beside menus, and those that a menu names."""
    named = dict.fromkeys(name for menu in menus for name in grub.environment_files(menu.text))
    for place in places:
        paths = [f"{folder}/grubenv" for folder in _folders(place)]
        paths += [f"{place.base}/{name}" for name in named if name != "grubenv"]
        for path in paths:
            block = _known(place.reader.text(path, 64 * 1024))
            if block is not None:
                yield grub.environment(block)


def _menu_lines(menu: _Text, variables: dict[str, str]) -> Iterator[CommandLine]:
    title, depth, inside = "", 0, 0
    for words in grub.statements(menu.text, variables):
        if words[0] == "menuentry" and len(words) > 1:
            title, inside = words[1], depth + 1
        depth += {"{": 1, "}": -1}.get(words[0], 0)
        if words[0] == "}" and depth < inside:
            title, inside = "", 0
        line = grub.command_line(words)
        if line is not None:
            yield CommandLine(menu.source, title, *line)


def _entries(place: _Place, variables: dict[str, str], *, by_grub: bool) -> Iterator[CommandLine]:
    """The boot loader entries in a place. One without options takes those of a variable of GRUB.

    GRUB takes the first of several lines of options, systemd-boot all: with ``by_grub`` nothing is known then.
    """
    for path in _known(place.reader.matching(f"{place.base}/loader/entries", r"(?i).*\.conf")):
        fields: dict[str, str] = {}
        for line in (_known(place.reader.text(path)) or "").split("\n"):
            words = line.split(None, 1)
            if not words or words[0].startswith("#"):
                continue
            name, value = words[0].lower(), words[1].strip() if len(words) > 1 else ""
            if name == "options" and name in fields and by_grub:
                several = "the entry has several lines of options, of which boot loaders take different ones"
                raise _Unknown(place.reader.unread(f"{place.shown}{path}", several))
            fields[name] = f"{fields[name]} {value}" if name == "options" and name in fields else value
        if "efi" in fields or "uki" in fields:
            words_of = "the entry starts a program, and the command line in it is not read"
            raise _Unknown(place.reader.unread(f"{place.shown}{path}", words_of))
        if "linux" in fields or "options" in fields:
            options = fields.get("options") or "$default_kernelopts"
            arguments = tuple(word for words in grub.statements(options, variables) for word in words)
            yield CommandLine(f"{place.shown}{path}", fields.get("title", ""), fields.get("linux", ""), arguments)
