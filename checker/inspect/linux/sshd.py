"""The configuration of sshd, in the order in which sshd reads it: an Include stands for the files it names.

For every keyword the first line outside of a Match block counts. Source: sshd_config(5).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from fnmatch import translate

from checker.facts.linux_guest import File, Sshd, SshdSetting
from checker.facts.unread import Fact, Unread
from checker.inspect.linux.reader import Reader, without_comment

_MAIN = ("/etc/ssh/sshd_config", "/usr/etc/ssh/sshd_config")
_MAX_DEPTH = 16
_MAX_FILES = 500
_MAX_LINES = 20_000


def read_sshd(reader: Reader) -> Sshd:
    """The configuration, the program and the host keys."""
    return Sshd(
        program=_program(reader),
        settings=_settings(reader),
        host_keys=reader.matching("/etc/ssh", r"ssh_host_.*_key(\.pub)?"),
    )


def _program(reader: Reader) -> Fact[File | None]:
    for path in ("/usr/sbin/sshd", "/usr/bin/sshd", "/usr/local/sbin/sshd"):
        file = reader.file(path)
        if file is not None:
            return file
    return None


@dataclass(slots=True)
class _Reading:
    """What was read so far, and how many more files may be."""

    reader: Reader
    found: list[SshdSetting]
    files_left: int = _MAX_FILES


def _settings(reader: Reader) -> Fact[tuple[SshdSetting, ...] | None]:
    for path in _MAIN:
        text = reader.text(path)
        if isinstance(text, Unread):
            return text
        if text is not None:
            reading = _Reading(reader, [])
            problem = _collect(reading, path, text, in_match=False, depth=0)
            return problem if problem is not None else tuple(reading.found)
    return None


def _collect(reading: _Reading, path: str, text: str, *, in_match: bool, depth: int) -> Unread | None:
    """Add the lines of one file. A Match block ends with the file it began in."""
    reading.files_left -= 1
    if depth > _MAX_DEPTH or reading.files_left < 0:
        return reading.reader.unread(path, "the Includes of the sshd configuration go too deep, or have no end")
    for number, raw in enumerate(text.split("\n"), 1):
        line = raw.strip()
        match = None if line.startswith("#") else re.match(r"(\w+)(?:\s*=\s*|\s+)(.*)", line)
        if match is None:
            continue
        keyword, value = match[1].lower(), _value(match[2])
        if len(reading.found) >= _MAX_LINES:
            return reading.reader.unread(path, f"the sshd configuration has more than {_MAX_LINES} lines")
        if keyword == "match":
            in_match = value.lower().split() != ["all"]
        elif keyword == "include":
            problem = _include(reading, value, in_match=in_match, depth=depth)
            if problem is not None:
                return problem
        else:
            reading.found.append(SshdSetting(keyword, value, path, number, in_match))
    return None


def _include(reading: _Reading, value: str, *, in_match: bool, depth: int) -> Unread | None:
    for quoted, plain in re.findall(r'"([^"]*)"|(\S+)', value):
        pattern = quoted or plain
        paths = _glob(reading.reader, pattern if pattern.startswith("/") else f"/etc/ssh/{pattern}")
        if isinstance(paths, Unread):
            return paths
        for path in paths:
            text = reading.reader.text(path)
            if isinstance(text, Unread):
                return text
            if text is not None:
                problem = _collect(reading, path, text, in_match=in_match, depth=depth + 1)
                if problem is not None:
                    return problem
    return None


def _glob(reader: Reader, pattern: str) -> Fact[tuple[str, ...]]:
    """The paths that a pattern of the shell matches, in order of their names, as glob(7) gives them."""
    folders = [""]
    for part in [part for part in pattern.split("/") if part]:
        if not re.search(r"[*?\[]", part):
            folders = [f"{folder}/{part}" for folder in folders]
            continue
        expression = translate(part)
        matched: list[str] = []
        for folder in folders:
            names = reader.names(folder or "/")
            if isinstance(names, Unread):
                return names
            matched.extend(
                f"{folder}/{name}"
                for name in names
                if re.match(expression, name) and (part.startswith(".") or not name.startswith("."))
            )
        folders = matched
    return tuple(folders)


def _value(text: str) -> str:
    """What follows a keyword, without quotes around the whole of it and without a comment behind it."""
    match = re.fullmatch(r'"([^"]*)"(?:\s+#.*)?', text.strip())
    return match[1] if match is not None else without_comment(text)
