"""What turns swap space on by itself: programs that manage it, scripts that run ``swapon``, /etc/crypttab."""

from __future__ import annotations

import re
from collections.abc import Iterator

from checker.facts.linux.swap import NOT_UNDERSTOOD, SwapEntry
from checker.facts.unread import Fact, Unread
from checker.inspect.linux.reader import Reader, joined, lines_of, shell_variables
from checker.inspect.linux.started_programs import commands_of, read_started_files

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
_ELF = b"\x7fELF"
_MAX_SCRIPT = 256 * 1024
_MAX_SCRIPTS = 500
_UNIT_FOLDERS = ("/etc/systemd/system", "/usr/local/lib/systemd/system", "/usr/lib/systemd/system")
_TURNS_OFF = re.compile(r"-?(?:/usr)?/s?bin/(?:swapoff|sysctl)(?: [\w./=-]+)*")
_SWAPON = re.compile(r"\bswapon\b([^;&|\n]*)")
_REDIRECTED = re.compile(r"\d*(?:>>?|<)(?:\s*[^\s<>]+)?|(?<=\s)\]{1,2}(?=\s|$)")
#: Before the word: a question whether the program is there, and what runs it with arguments that are not seen.
_ASKED_FOR = re.compile(r"(?:\s-[efx]|\bcommand\s+-[vV]|\bwhich|\btype|\bhash)\s+[\"']?\S*$")
_HIDDEN = re.compile(r"=[\"']?\S*$|\bxargs\b.*$|\$\(\s*\S*$")


def read_started(reader: Reader) -> Fact[tuple[SwapEntry, ...]]:
    """Each trace with the device or the file that it turns on, or with the words that are not understood."""
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
    while waiting:
        path = next(iter(waiting))
        seen[path] = waiting.pop(path)
        text = _script(reader, path)
        if isinstance(text, Unread):
            return text
        found += [SwapEntry(path, words) for words in swapon_of_script(text)]
        more = [one for one in _READ_IN.findall(text) if one not in seen and not _OF_DISTRIBUTIONS.match(one)]
        waiting.update(dict.fromkeys(more))
        if len(waiting) + len(seen) > 2 * _MAX_SCRIPTS:
            return reader.unread(path, f"scripts read in more than {_MAX_SCRIPTS} others")
    return found


def _script(reader: Reader, path: str) -> Fact[str]:
    """A script as text, of a unit what it runs; empty for what is none: a program, a folder, what is not there."""
    file = reader.file(path)
    if isinstance(file, Unread):
        return file
    if file is None or file.kind != "file" or file.size > _MAX_SCRIPT:
        return ""
    start = reader.head(path, len(_ELF))
    if isinstance(start, Unread):
        return start
    data = b"" if start == _ELF else reader.data(path, _MAX_SCRIPT)
    if isinstance(data, Unread):
        return data
    text = "" if not data or b"\0" in data else data.decode("utf-8", "replace")
    of_systemd = path.endswith(".service") or ".service.d/" in path
    return "\n".join(commands_of(text)) if of_systemd else text


def swapon_of_script(text: str) -> Iterator[str]:
    """What a script turns on with ``swapon``, or the words where that is not clear; ``swapon -a`` is fstab's."""
    for _, line in lines_of(text):
        for match in _SWAPON.finditer(line):
            before = line[: match.start()]
            if _ASKED_FOR.search(before):
                continue
            words = [word.strip("\"'") for word in _REDIRECTED.sub(" ", match[1]).split()]
            named = [word for word in words if not word.startswith("-")]
            if any(word in ("-s", "--show", "--summary", "-V", "--version", "-h", "--help") for word in words):
                continue
            of_fstab = any(re.fullmatch(r"--all|-[a-z]*a[a-z]*", word) for word in words)
            files = [word for word in named if re.fullmatch(r"/[\w./@+:=-]+", word)]
            if not named and (of_fstab or not _HIDDEN.search(before)):
                continue
            yield from files or [f"{NOT_UNDERSTOOD}{line[:300]}"]


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
