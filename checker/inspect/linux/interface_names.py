"""What ties the name of a network interface to one network card: rules of udev, link files of systemd, netplan.

Sources: udev(7), systemd.link(5) and netplan's reference of ``match`` and ``set-name``. Looked into is what lies in
/etc, which is what somebody wrote or a machine remembered; of /usr/lib only the two files of rules that older systems
are known by.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from checker.facts.listing import Listing
from checker.facts.unread import Fact, Unread, then
from checker.inspect.linux.reader import Finds, Reader, lines_of
from checker.inspect.linux.units import leads_to_nothing
from checker.inspect.resolver import Unreadable

_KNOWN_BY_NAME = r"70-persistent-net\.rules|75-persistent-net-generator\.rules"
_RULES, _LINKS, _NETPLAN = "/etc/udev/rules.d", "/etc/systemd/network", "/etc/netplan"
_CLOUD_CONFIG = "/etc/cloud/cloud.cfg.d"
#: What cloud-init writes anew on a new machine, where it is not told to leave the network alone.
_OF_CLOUD_INIT = "50-cloud-init.yaml"
_LEFT_ALONE = re.compile(r"^network[ \t]*:[ \t]*(?:\{[ \t]*|\n[ \t]+)config[ \t]*:[ \t]*[\"']?disabled", re.MULTILINE)
_MAX_FILES = 200
_MAC = r"(?:[0-9A-Fa-f]{2}[:-]){5}[0-9A-Fa-f]{2}"
_MATCHES_CARD = re.compile(rf'ATTRS?\{{address\}}\s*==\s*[ei]?"[^"]*{_MAC}')
_GIVES_NAME = re.compile(r"(?<![A-Za-z_{])NAME\s*[:+]?=(?!=)")
_LINK_OF_CARD = re.compile(rf"(?:Permanent)?MACAddress\s*=.*(?:{_MAC}|(?:[0-9A-Fa-f]{{4}}\.){{2}}[0-9A-Fa-f]{{4}})")
_LINK_NAME = re.compile(r"Name\s*=\s*\S")
_NETPLAN_OF_CARD = re.compile(
    rf"^[ \t]*[\"']?match[\"']?[ \t]*:(?:.*\n)?(?:[ \t]*(?:driver|name)[ \t]*:.*\n){{0,9}}?"
    rf".*\bmacaddress[\"']?[ \t]*:[ \t]*[\"']?{_MAC}",
    re.MULTILINE,
)
_NETPLAN_NAME = re.compile(r"\bset-name[\"']?[ \t]*:[ \t]*[\"']?\w")


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
    own = _written_by_cloud_init(reader)
    if isinstance(own, Unread):
        found.miss(own)
        own = True
    _look(
        reader, _NETPLAN, rf"(?!{re.escape(_OF_CLOUD_INIT)}).*\.yaml" if own else r".*\.yaml", _ties_in_netplan, found
    )
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


def _written_by_cloud_init(reader: Reader) -> Fact[bool]:
    """Whether cloud-init writes its file of netplan anew, or there is none; unread where that is not known."""
    there = reader.matching(_NETPLAN, re.escape(_OF_CLOUD_INIT))
    if isinstance(there, Unread) or not there:
        return then(there, lambda _: True)
    paths = reader.matching(_CLOUD_CONFIG, r".*\.cfg")
    for path in () if isinstance(paths, Unread) else paths:
        text = reader.text(path)
        if isinstance(text, Unread):
            return text
        if _LEFT_ALONE.search(text or ""):
            return False
    return then(paths, lambda _: True)


def _ties_in_netplan(text: str) -> bool:
    lines = "\n".join(line for line in text.split("\n") if not line.lstrip().startswith("#"))
    return bool(_NETPLAN_OF_CARD.search(lines) and _NETPLAN_NAME.search(lines))


def _ties_in_rules(text: str) -> bool:
    rules = (line for _, line in lines_of(text.replace("\\\n", " ")))
    return any(_MATCHES_CARD.search(rule) and _GIVES_NAME.search(rule) for rule in rules)


def _ties_in_link(text: str) -> bool:
    lines = [line for _, line in lines_of(text.replace("\\\n", " "))]
    return any(map(_LINK_OF_CARD.match, lines)) and any(map(_LINK_NAME.match, lines))
