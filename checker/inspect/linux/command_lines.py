"""The kernel command lines that a boot loader may use: GRUB 2 menus, boot loader entries (BLS), unified kernel images.

Looked at are /boot and the EFI system partition where fstab mounts them, and every other volume that a boot loader may
read, mounted or not. Which entry is the default is not decided: all are given. Where another boot loader may be the one
that boots, nothing is known.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase

from checker.facts.linux.boot import CommandLine
from checker.facts.unread import Fact, Unread
from checker.inspect.linux import grub, grub_menu, grub_variables
from checker.inspect.linux.boot_loaders import has_systemd_boot, refuse_other_loaders, starts_systemd_boot
from checker.inspect.linux.boot_places import Place, Unknown, folders, kernels_by_themselves, known, places
from checker.inspect.linux.grub_default import boots_for_repair
from checker.inspect.linux.reader import Reader
from checker.inspect.root import Root

_MAX_LINES = 2000
_MAX_MENU = 512 * 1024
_MAX_MENUS = 2 * 1024 * 1024
_MENUS = ("grub.cfg", "custom.cfg", "user.cfg")


@dataclass(frozen=True, slots=True)
class _Text:
    """A file with its place."""

    place: Place
    path: str
    text: str

    @property
    def source(self) -> str:
        return f"{self.place.shown}{self.path}"


def read_command_lines(reader: Reader, root: Root | None = None) -> Fact[tuple[CommandLine, ...]]:
    """Every command line there is; unread where a boot configuration was not read, or none was found."""
    try:
        found = _found(reader, root)
    except (Unknown, grub.TooMuch) as unknown:
        (why,) = unknown.args
        return why if isinstance(why, Unread) else reader.unread("/boot", f"a menu of GRUB is none: {why}")
    if not found:
        return reader.unread("/boot", "no kernel command line was found")
    if len(found) > _MAX_LINES:
        return reader.unread("/boot", f"there are more than {_MAX_LINES} boot entries")
    return tuple(found)


def read_saved_words(reader: Reader, root: Root | None = None) -> Fact[tuple[str, ...]]:
    """The words of all that is saved in environment blocks of GRUB, whether or not an entry uses it."""
    try:
        where = places(reader, root)
        blocks = list(_blocks(where, _all_menus(where)))
    except (Unknown, grub.TooMuch) as unknown:
        (why,) = unknown.args
        return why if isinstance(why, Unread) else reader.unread("/boot", f"a menu of GRUB is none: {why}")
    return tuple(dict.fromkeys(word for block in blocks for value in block.values.values() for word in value.split()))


def read_texts_in_menus(reader: Reader, root: Root | None, wanted: Sequence[str]) -> Fact[tuple[str, ...]]:
    """Those of some texts that stand anywhere in a grub.cfg, in comments too, each with the path of the first."""
    try:
        menus = _all_menus(places(reader, root))
    except (Unknown, grub.TooMuch) as unknown:
        (why,) = unknown.args
        return why if isinstance(why, Unread) else reader.unread("/boot", f"a menu of GRUB is none: {why}")
    of_grub = [menu for menu in menus if menu.path.endswith("/grub.cfg")]
    found = {text: menu.source for menu in reversed(of_grub) for text in wanted if text in menu.text}
    return tuple(f"{source}: {text}" for text, source in found.items())


def _found(reader: Reader, root: Root | None) -> list[CommandLine]:
    where = places(reader, root)
    menus = _all_menus(where)
    refuse_other_loaders(where, bool(menus))
    unified = [line for place in where for line in _unified_lines(place)]
    if known(reader.file("/etc/lilo.conf")) is not None:
        raise Unknown(reader.unread("/etc/lilo.conf", "the boot loader LILO is configured, which is not read"))
    texts = [menu.text for menu in menus]
    blocks = list(_blocks(where, menus))
    variables = grub_variables.known_variables(texts, blocks)
    if menus:
        elsewhere = grub_variables.loads_from_elsewhere(texts, blocks, variables)
        _refuse(menus[0], elsewhere, "a menu loads variables from what is not read")
    for menu in menus:
        _refuse(menu, grub_menu.hands_over(menu.text, variables), "the menu hands over to what is not read")
        _refuse(menu, grub_menu.unclear(menu.text, variables), "a command of the menu is not known")
    entries = [entry for place in where for entry in _entries(place, variables, by_grub=bool(menus))]
    if menus and not entries and not unified and (started := starts_systemd_boot(where)):
        place, path = started
        raise Unknown(
            place.reader.unread(f"{place.shown}{path}", "it is systemd-boot, and there are no entries for it")
        )
    users = [menu for menu in menus if grub_menu.uses_entries(menu.text)]
    for menu in users:
        folder = "".join(block.values.get("blsdir", "") for block in blocks)
        _refuse(menu, "" if grub_menu.is_usual_folder(folder) else folder, "the menu takes entries elsewhere")
    if users and not entries:
        raise Unknown(reader.unread(users[0].source, "the menu takes boot loader entries, and there are none"))
    lines = [line for menu in menus for line in _menu_lines(menu, variables)]
    if lines and not users and not has_systemd_boot(where):
        entries = [replace(entry, is_used=False) for entry in entries]
    if not users:
        for place in where:
            _refuse_repair_by_default(place, [*entries, *unified])
    repair = {line.title for line in (*lines, *entries) if line.is_rescue and line.title}
    for menu in menus if repair else ():
        chosen = boots_for_repair(menu.text, variables, blocks, repair)
        _refuse(menu, chosen or "", "the entry that is booted may be one for repair")
    return [*lines, *entries, *unified]


def _refuse(menu: _Text, words: str, why: str) -> None:
    """Raise where there are words of a menu that leave the command lines unknown."""
    if words:
        raise Unknown(menu.place.reader.unread(menu.source, f"{why}: {words[:200]}"))


def _refuse_repair_by_default(place: Place, entries: Sequence[CommandLine]) -> None:
    """Raise where systemd-boot is told to boot an entry for repair unasked."""
    names = [line.source.rpartition("/")[2].lower() for line in entries if line.is_used and line.is_rescue]
    path = f"{place.base}/loader/loader.conf"
    text = known(place.reader.text(path)) if names else None
    for words in (line.split() for line in (text or "").split("\n")):
        chosen = words[1][:200].lower() if words[:1] == ["default"] and len(words) > 1 else ""
        if any(fnmatchcase(name, pattern) for name in names for pattern in (chosen, f"{chosen}.conf")):
            why = f"the entry that is booted may be one for repair: {chosen}"
            raise Unknown(place.reader.unread(f"{place.shown}{path}", why))


def _all_menus(where: Sequence[Place]) -> list[_Text]:
    found: list[_Text] = []
    for place in where:
        for menu in _menus(place):
            found.append(menu)
            if sum(len(one.text) for one in found) > _MAX_MENUS:
                raise Unknown(menu.place.reader.unread(menu.source, "there are far too many menus of GRUB"))
    return found


def _menus(place: Place) -> Iterator[_Text]:
    for folder in folders(place):
        for name in _MENUS:
            text = known(place.reader.text(f"{folder}/{name}", _MAX_MENU))
            if text is not None:
                yield _Text(place, f"{folder}/{name}", text)


def _blocks(where: Sequence[Place], menus: Sequence[_Text]) -> Iterator[grub_variables.Block]:
    """The environment blocks beside menus, and those that a menu names."""
    named = dict.fromkeys(name for menu in menus for name in grub_variables.environment_files(menu.text))
    for place in where:
        beside = list(folders(place))
        paths = [f"{folder}/grubenv" for folder in beside]
        paths += [f"{folder}/{name}" for name in named if name != "grubenv" for folder in (place.base, *beside)]
        for path in paths:
            text = known(place.reader.text(path, 64 * 1024))
            if text is not None:
                yield grub_variables.Block(path.rpartition("/")[2], grub_variables.environment(text))


def _menu_lines(menu: _Text, variables: dict[str, str]) -> Iterator[CommandLine]:
    title, depth, inside = "", 0, 0
    for words in grub.statements(menu.text, variables):
        if words[0] == "menuentry" and len(words) > 1:
            title, inside = words[1], depth + 1
        depth += {"{": 1, "}": -1}.get(words[0], 0)
        if words[0] == "}" and depth < inside:
            title, inside = "", 0
        line = grub_menu.command_line(words)
        if line is not None:
            yield CommandLine(menu.source, title, *line)


def _unified_lines(place: Place) -> Iterator[CommandLine]:
    for path, unified in kernels_by_themselves(place):
        kernel = f"vmlinuz-{unified.version}" if unified.version else path
        for words in unified.command_lines:
            yield CommandLine(f"{place.shown}{path}", "", kernel, tuple(words.split()))


def _entries(place: Place, variables: dict[str, str], *, by_grub: bool) -> Iterator[CommandLine]:
    """The boot loader entries in a place. One without options takes those of a variable of GRUB.

    GRUB takes the first of several lines of options, systemd-boot all: with ``by_grub`` nothing is known then.
    """
    for path in known(place.reader.matching(f"{place.base}/loader/entries", r"(?i).*\.conf")):
        fields: dict[str, str] = {}
        for line in (known(place.reader.text(path)) or "").split("\n"):
            words = line.split(None, 1)
            if not words or words[0].startswith("#"):
                continue
            name, value = words[0].lower(), words[1].strip() if len(words) > 1 else ""
            if name == "options" and name in fields and by_grub:
                several = "the entry has several lines of options, of which boot loaders take different ones"
                raise Unknown(place.reader.unread(f"{place.shown}{path}", several))
            fields[name] = f"{fields[name]} {value}" if name == "options" and name in fields else value
        if "efi" in fields or "uki" in fields:
            words_of = "the entry starts a program, and the command line in it is not read"
            raise Unknown(place.reader.unread(f"{place.shown}{path}", words_of))
        if "linux" in fields or "options" in fields:
            options = fields.get("options") or "$default_kernelopts"
            arguments = tuple(word for words in grub.statements(options, variables) for word in words)
            yield CommandLine(f"{place.shown}{path}", fields.get("title", ""), fields.get("linux", ""), arguments)
