"""What is mounted over the homes by something that the disk's own table of mounts does not tell.

cloud-init writes its ``mounts`` into /etc/fstab at the first boot, /etc/rc.local may run ``mount``, and autofs mounts
what /etc/auto.master names when somebody looks. What lies there instead of what the disk shows is not looked for: it
is enough to say so. Sources: cloud-init's documentation of its module ``mounts``, and auto.master(5).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from checker.facts.unread import Fact, Unread
from checker.inspect.linux.homes import Home
from checker.inspect.linux.reader import Reader, joined, lines_of

_CLOUD_INIT = "/etc/cloud/cloud.cfg"
_MOUNTS = re.compile(r"^(?:[{ \t].*?)?[\"']?\bmounts[\"']?[ \t]*:(.*(?:\n(?:[ \t-].*)?$)*)", re.MULTILINE)
_PATH = re.compile(r"(?<![\w:/.-])/[\w./@+-]*")
_SCRIPTS = ("/etc/rc.local", "/etc/rc.d/rc.local")
_AUTOFS = "/etc/auto.master"
_MAX_FILES = 200
#: Homes of accounts that are no place of one's own: nothing is mounted over them that hides a home.
_NO_HOMES = frozenset({"/", "/bin", "/sbin", "/usr", "/usr/bin", "/usr/sbin", "/etc", "/var", "/tmp", "/nonexistent"})


def find_late_mounts(reader: Reader, homes: Iterable[Home]) -> Unread | None:
    """Why it is not known what lies in one of the homes; None where nothing seen is mounted at, above or in one."""
    paths = [home.path for home in homes if not home.is_closed and home.path not in _NO_HOMES]
    listed = joined([reader.matching(f"{_CLOUD_INIT}.d", r".*\.cfg"), reader.matching(f"{_AUTOFS}.d", r".*\.autofs")])
    if isinstance(listed, Unread):
        return listed
    if len(listed) > _MAX_FILES:
        return reader.unread(_CLOUD_INIT, f"there are more than {_MAX_FILES} files of configuration")
    for path in (_CLOUD_INIT, *_SCRIPTS, _AUTOFS, *listed):
        text = _text(reader, path)
        if isinstance(text, Unread):
            return text
        for place in _mounted_by(path, text):
            if any(_is_in_the_way(place, home) for home in (*paths, "/home")):
                return reader.unread(path, f"{path} has something mounted at {place}, which is not looked into")
    return None


def _text(reader: Reader, path: str) -> Fact[str]:
    file = reader.file(path)
    if isinstance(file, Unread):
        return file
    text = reader.text(path) if file is not None and file.kind == "file" else ""
    return "" if text is None else text


def _mounted_by(path: str, text: str) -> Iterator[str]:
    """The places that a file may have something mounted at."""
    if path.startswith(_CLOUD_INIT):
        plain = "\n".join("" if line.lstrip().startswith("#") else line for line in text.split("\n"))
        for block in _MOUNTS.findall(plain):
            yield from _PATH.findall(block)
        return
    for _, line in lines_of(text.replace("\\\n", " ")):
        if path in _SCRIPTS and re.search(r"(?<![\w.-])mount\s", line):
            yield from _PATH.findall(line)
        elif path not in _SCRIPTS and line.startswith("/"):
            yield line.split()[0]


def _is_in_the_way(place: str, home: str) -> bool:
    """Whether something is mounted at, above or in a home; direct maps of autofs (``/-``) may be at any place."""
    place = place.rstrip("/")
    return place in ("/-", home) or place.startswith(f"{home}/") or (place != "" and home.startswith(f"{place}/"))
