"""What is mounted over the homes by something that the disk's own table of mounts does not tell.

cloud-init writes its ``mounts`` into /etc/fstab at the first boot, and runs commands and scripts; /etc/rc.local, what
systemd starts and what a drop-in adds to it may run ``mount``; autofs mounts what /etc/auto.master names when somebody
looks, and pam_mount when somebody logs in. What lies there instead of what the disk shows is not looked for: it is
enough to say so. Sources: cloud-init's documentation of its module ``mounts``, auto.master(5), pam_mount.conf(5).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from checker.facts.unread import Fact, Unread
from checker.inspect.linux.homes import Home
from checker.inspect.linux.reader import Reader, joined, lines_of
from checker.inspect.linux.started_programs import read_script, read_started_files

_CLOUD_INIT = "/etc/cloud/cloud.cfg"
_MOUNTS = re.compile(r"^(?:[{ \t].*?)?[\"']?\bmounts[\"']?[ \t]*:(.*(?:\n(?:[ \t-].*)?$)*)", re.MULTILINE)
_PATH = re.compile(r"(?<![\w:/.-])/[\w./@+-]*")
_SCRIPTS = ("/etc/rc.local", "/etc/rc.d/rc.local")
_SCRIPT_FOLDERS = tuple(f"/var/lib/cloud/scripts/per-{time}" for time in ("boot", "instance", "once"))
_MOUNT = re.compile(r"(?<![\w.-])(?:systemd-)?mount[\s\"',]")
_PAM_MOUNT = "/etc/security/pam_mount.conf.xml"
_VOLUME = re.compile(r"<volume\s[^<>]*?\bmountpoint\s*=\s*[\"']([^\"'<>]*)")
_AUTOFS = "/etc/auto.master"
_MAX_FILES = 200
_MAX_SCRIPTS = 500
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
    scripts = _scripts(reader)
    if isinstance(scripts, Unread):
        return scripts
    for path in dict.fromkeys((_CLOUD_INIT, _AUTOFS, _PAM_MOUNT, *listed, *scripts)):
        text = read_script(reader, path) if path in scripts else _text(reader, path)
        if isinstance(text, Unread):
            return text
        places = _mounted_by_script(text) if path in scripts else _mounted_by(path, text)
        for place in places:
            if any(_is_in_the_way(place, home) for home in (*paths, "/home")):
                return reader.unread(path, f"{path} has something mounted at {place}, which is not looked into")
    return None


def _scripts(reader: Reader) -> Fact[tuple[str, ...]]:
    """What is started by itself: scripts, units that are enabled and not known by name, drop-ins of all."""
    drop_ins = reader.matching("/etc/systemd/system", r".*\.service\.d")
    if isinstance(drop_ins, Unread):
        return drop_ins
    if len(drop_ins) > _MAX_FILES:
        return reader.unread("/etc/systemd/system", f"there are drop-ins of more than {_MAX_FILES} units")
    folders = (*((one, r".*\.conf") for one in drop_ins), *((one, r".*") for one in _SCRIPT_FOLDERS))
    listed = joined([*(reader.matching(one, pattern) for one, pattern in folders), read_started_files(reader)])
    if isinstance(listed, Unread):
        return listed
    if len(listed) > _MAX_SCRIPTS:
        return reader.unread(listed[0].rpartition("/")[0], f"there are more than {_MAX_SCRIPTS} scripts and units")
    return (*_SCRIPTS, *listed)


def _text(reader: Reader, path: str) -> Fact[str]:
    file = reader.file(path)
    if isinstance(file, Unread):
        return file
    text = reader.text(path) if file is not None and file.kind == "file" else ""
    return "" if text is None else text


def _mounted_by_script(text: str) -> Iterator[str]:
    """The places that ``mount`` may mount something at, in a script or in the commands of a unit."""
    for _, line in lines_of(text.replace("\\\n", " ")):
        if _MOUNT.search(line):
            yield from _PATH.findall(line)


def _mounted_by(path: str, text: str) -> Iterator[str]:
    """The places that a file of configuration may have something mounted at."""
    if path.startswith(_CLOUD_INIT):
        plain = "\n".join("" if line.lstrip().startswith("#") else line for line in text.split("\n"))
        for block in _MOUNTS.findall(plain):
            yield from _PATH.findall(block)
        yield from _mounted_by_script(plain)
    elif path == _PAM_MOUNT:
        first, *rest = text.split("<!--")
        for place in _VOLUME.findall(" ".join([first, *(part.partition("-->")[2] for part in rest)])):
            yield place if place.startswith("/") else "/home"  # ~ is the home of whoever logs in
    else:
        yield from (line.split()[0] for _, line in lines_of(text.replace("\\\n", " ")) if line.startswith("/"))


def _is_in_the_way(place: str, home: str) -> bool:
    """Whether something is mounted at, above or in a home; direct maps of autofs (``/-``) may be at any place."""
    place = place.rstrip("/")
    return place in ("/-", home) or place.startswith(f"{home}/") or (place != "" and home.startswith(f"{place}/"))
