"""What turns swap space on by itself: programs that manage it, scripts that run ``swapon``, /etc/crypttab."""

from __future__ import annotations

import re

from checker.facts.linux.swap import NOT_UNDERSTOOD, SwapEntry
from checker.facts.unread import Fact, Unread
from checker.inspect.linux.reader import Reader, joined, lines_of, shell_variables
from checker.inspect.linux.started_programs import read_script, read_started_files
from checker.inspect.linux.swap_scripts import called_by_script, swapon_of_script, turns_on_all

#: Programs that make swap files: the unit, the configuration, its variable for the file, and what that is by default.
_PROGRAMS = {
    "dphys-swapfile": ("/etc/dphys-swapfile", "CONF_SWAPFILE", "/var/swap"),
    "swapspace": ("/etc/swapspace.conf", "swappath", "/var/lib/swapspace"),
    "systemd-swap": ("/etc/systemd/swap.conf", "swapfc_path", "/var/lib/systemd-swap/swapfc"),
}
_SCRIPTS = (
    "/etc/rc.local",
    "/etc/rc.d/rc.local",
    "/etc/crontab",
    "/etc/anacrontab",
)
_FOLDERS = (
    ("/etc/systemd/system", r".*\.service"),
    ("/usr/local/lib/systemd/system", r".*\.service"),
    ("/etc/init.d", r".*"),
    ("/etc/rc.d/init.d", r".*"),
    ("/etc/cron.d", r".*"),
    ("/etc/cron.hourly", r".*"),
    ("/etc/cron.daily", r".*"),
    ("/etc/cron.weekly", r".*"),
    ("/etc/cron.monthly", r".*"),
    ("/etc/network/if-up.d", r".*"),
    ("/etc/networkd-dispatcher/routable.d", r".*"),
    ("/etc/networkd-dispatcher/configured.d", r".*"),
    ("/etc/NetworkManager/dispatcher.d", r".*"),
    ("/etc/udev/rules.d", r".*\.rules"),
    ("/var/spool/cron", r".*"),
    ("/var/spool/cron/crontabs", r".*"),
    ("/var/spool/cron/tabs", r".*"),
    ("/etc/local.d", r".*\.start"),
    ("/var/lib/cloud/scripts/per-boot", r".*"),
    ("/var/lib/cloud/scripts/per-instance", r".*"),
    ("/var/lib/cloud/scripts/per-once", r".*"),
    ("/usr/local/bin", r".*"),
    ("/usr/local/sbin", r".*"),
)
#: What a script reads into itself, and the files for that of distributions.
_READ_IN = re.compile(r"^[ \t]*(?:\.|source)[ \t]+[\"']?(/[\w./+-]+)", re.MULTILINE)
_OF_DISTRIBUTIONS = re.compile(
    r"(?:/usr)?/lib/(?:lsb|init|udev)/|/etc/(?:default|sysconfig|rc\.status|rc\.d/init\.d/functions|init\.d/functions|os-)"
)
_MAX_SCRIPTS = 500
_MAX_CALLED = 100
#: What a trace says where a script turns on what /etc/fstab has.
ALL_OF_FSTAB = "/etc/fstab"
_UNIT_FOLDERS = ("/etc/systemd/system", "/usr/local/lib/systemd/system", "/usr/lib/systemd/system")
_TURNS_OFF = re.compile(r"-?(?:/usr)?/s?bin/(?:swapoff|sysctl)(?: [\w./=-]+)*")


def read_started(reader: Reader) -> Fact[tuple[SwapEntry, ...]]:
    """Each trace with the device or the file that it turns on, or with the words that are not understood.

    ``ALL_OF_FSTAB`` is what ``swapon -a`` turns on.
    """
    found: list[SwapEntry] = []
    wanted = _wanted(reader)
    if isinstance(wanted, Unread):
        return wanted
    for part in (_programs(reader, wanted), _scripts(reader), _crypttab(reader)):
        if isinstance(part, Unread):
            return part
        found += part
    for path in wanted:
        name = path.rsplit("/", 1)[1]
        if "swap" in name and "zram" not in name and name[:-8] not in _PROGRAMS and not _only_turns_off(reader, name):
            found.append(SwapEntry(path, f"{NOT_UNDERSTOOD}the unit may turn on swap space, by its name"))
    return tuple(found)


def _only_turns_off(reader: Reader, unit: str) -> bool:
    """Whether a unit of /etc, to which nothing adds, certainly starts nothing but ``swapoff`` and ``sysctl``."""
    text = reader.text(f"/etc/systemd/system/{unit}")
    added = [reader.names(f"{folder}/{unit}.d") for folder in _UNIT_FOLDERS]
    if isinstance(text, Unread) or not text or "\\\n" in text or any(isinstance(a, Unread) or a for a in added):
        return False
    started = re.findall(r"^[ \t]*Exec\w*[ \t]*=(.*)$", text, re.MULTILINE)
    return bool(started) and all(_TURNS_OFF.fullmatch(command.strip()) for command in started)


def _wanted(reader: Reader) -> Fact[tuple[str, ...]]:
    """The services that are started at boot, as symlinks in the folders of targets."""
    folders = reader.matching("/etc/systemd/system", r".*\.(?:wants|requires)")
    if isinstance(folders, Unread):
        return folders
    return joined(reader.matching(folder, r".*\.service") for folder in folders)


def _programs(reader: Reader, wanted: tuple[str, ...]) -> Fact[list[SwapEntry]]:
    found: list[SwapEntry] = []
    for name, (configuration, variable, usual) in _PROGRAMS.items():
        there = [reader.file(f"{folder}/{name}") for folder in ("/usr/sbin", "/sbin", "/usr/bin", "/usr/local/sbin")]
        for file in there:
            if isinstance(file, Unread):
                return file
        if not any(there):
            continue
        text = reader.text(configuration)
        if isinstance(text, Unread):
            return text
        enabled = any(path.endswith(f"/{name}.service") for path in wanted)
        device = shell_variables(text or "").get(variable) or usual
        words = device if enabled else f"{NOT_UNDERSTOOD}{name} is there, and no unit of it is enabled"
        found.append(SwapEntry(name, words))
    return found


def _scripts(reader: Reader) -> Fact[list[SwapEntry]]:
    drop_ins = reader.matching("/etc/systemd/system", r".*\.service\.d")
    if isinstance(drop_ins, Unread):
        return drop_ins
    if len(drop_ins) > _MAX_SCRIPTS:
        return reader.unread("/etc/systemd/system", f"there are drop-ins of more than {_MAX_SCRIPTS} units")
    folders = (*_FOLDERS, *((folder, r".*\.conf") for folder in drop_ins))
    listed = joined([*(reader.matching(folder, pattern) for folder, pattern in folders), read_started_files(reader)])
    if isinstance(listed, Unread):
        return listed
    if len(listed) > _MAX_SCRIPTS:
        return reader.unread(listed[0].rsplit("/", 1)[0], f"there are more than {_MAX_SCRIPTS} scripts and units")
    found: list[SwapEntry] = []
    waiting = dict.fromkeys((*_SCRIPTS, *listed))
    seen: dict[str, None] = {}
    called: dict[str, None] = {}
    while waiting:
        path = next(iter(waiting))
        seen[path] = waiting.pop(path)
        text = read_script(reader, path)
        if isinstance(text, Unread):
            return text
        found += _traces(path, text)
        more = [one for one in _READ_IN.findall(text) if one not in seen and not _OF_DISTRIBUTIONS.match(one)]
        waiting.update(dict.fromkeys(more))
        if len(waiting) + len(seen) > 2 * _MAX_SCRIPTS:
            return reader.unread(path, f"scripts read in more than {_MAX_SCRIPTS} others")
        called.update(dict.fromkeys(called_by_script(text)))
    called = {path: None for path in called if path not in seen}
    if len(called) > _MAX_CALLED:
        return reader.unread(next(iter(called)), f"scripts call more than {_MAX_CALLED} others")
    for path in called:
        text = read_script(reader, path)
        if isinstance(text, Unread):
            return text
        found += _traces(path, text)
    return found


def _traces(path: str, text: str) -> list[SwapEntry]:
    words = [*swapon_of_script(text), *([ALL_OF_FSTAB] if turns_on_all(text) else [])]
    return [SwapEntry(path, one) for one in words]


def _crypttab(reader: Reader) -> Fact[list[SwapEntry]]:
    text = reader.text("/etc/crypttab")
    if isinstance(text, Unread):
        return text
    lines = [line.split() for _, line in lines_of(text or "")]
    return [
        SwapEntry("/etc/crypttab", words[1])
        for words in lines
        if len(words) > 3 and "swap" in words[3].split(",") and "noauto" not in words[3].split(",")
    ]
