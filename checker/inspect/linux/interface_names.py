"""What ties the name of a network interface to one network card: rules of udev, and link files of systemd.

Sources: udev(7) and systemd.link(5). Looked into is what lies in /etc, which is what somebody wrote or a machine
remembered; of /usr/lib only the two files of rules that older systems are known by.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from checker.facts.listing import Listing
from checker.facts.unread import Fact, Unread
from checker.inspect.linux.reader import Finds, Reader, lines_of
from checker.inspect.linux.units import leads_to_nothing
from checker.inspect.resolver import Unreadable

_KNOWN_BY_NAME = r"70-persistent-net\.rules|75-persistent-net-generator\.rules"
_RULES, _LINKS = "/etc/udev/rules.d", "/etc/systemd/network"
_MAX_FILES = 200
_MAC = r"(?:[0-9A-Fa-f]{2}[:-]){5}[0-9A-Fa-f]{2}"
_MATCHES_CARD = re.compile(rf'ATTRS?\{{address\}}\s*==\s*[ei]?"[^"]*{_MAC}')
_GIVES_NAME = re.compile(r"(?<![A-Za-z_{])NAME\s*[:+]?=(?!=)")
_LINK_OF_CARD = re.compile(rf"(?:Permanent)?MACAddress\s*=.*(?:{_MAC}|(?:[0-9A-Fa-f]{{4}}\.){{2}}[0-9A-Fa-f]{{4}})")
_LINK_NAME = re.compile(r"Name\s*=\s*\S")


def read_udev_net_rules(reader: Reader) -> Fact[tuple[str, ...]]:
    """The files that older systems remember network cards in, and the one that has them written."""
    found: dict[str, str] = {}
    for folder in (_RULES, "/lib/udev/rules.d", "/usr/lib/udev/rules.d"):
        real = reader.tree.real(folder)
        paths = reader.matching(folder, _KNOWN_BY_NAME)
        if isinstance(real, Unreadable) or isinstance(paths, Unread):
            return paths if isinstance(paths, Unread) else reader.unread(folder, "it could not be read")
        for path in paths:
            found.setdefault(f"{real}/{path.rpartition('/')[2]}", path)
    return tuple(found.values())


def read_empty_udev_net_rules(reader: Reader) -> Fact[tuple[str, ...]]:
    """Those of these files that say nothing: empty ones, and symlinks to /dev/null."""
    paths = read_udev_net_rules(reader)
    found: list[str] = []
    for path in () if isinstance(paths, Unread) else paths:
        empty = leads_to_nothing(reader, path)
        if isinstance(empty, Unread):
            return empty
        found.extend([path] if empty else [])
    return paths if isinstance(paths, Unread) else tuple(found)


def read_tied_names(reader: Reader) -> Listing[str]:
    """The other files of /etc that give the card with a certain address a certain name."""
    found: Finds[str] = Finds()
    _look(reader, _RULES, rf"(?!{_KNOWN_BY_NAME}).*\.rules", _ties_in_rules, found)
    _look(reader, _LINKS, r".*\.link", _ties_in_link, found)
    return found.listing()


def _look(reader: Reader, folder: str, pattern: str, ties: Callable[[str], bool], found: Finds[str]) -> None:
    paths = reader.matching(folder, pattern)
    if isinstance(paths, Unread):
        found.miss(paths)
        return
    if len(paths) > _MAX_FILES:
        found.miss(reader.unread(folder, f"there are more than {_MAX_FILES} files"))
    for path in paths[:_MAX_FILES]:
        empty = leads_to_nothing(reader, path)
        text = empty if isinstance(empty, Unread) else "" if empty else reader.text(path)
        if isinstance(text, Unread):
            found.miss(text)
        elif text and ties(text):
            found.add(path)


def _ties_in_rules(text: str) -> bool:
    rules = (line for _, line in lines_of(text.replace("\\\n", " ")))
    return any(_MATCHES_CARD.search(rule) and _GIVES_NAME.search(rule) for rule in rules)


def _ties_in_link(text: str) -> bool:
    lines = [line for _, line in lines_of(text.replace("\\\n", " "))]
    return any(map(_LINK_OF_CARD.match, lines)) and any(map(_LINK_NAME.match, lines))
