"""The configuration of sshd, in the order in which sshd reads it: an Include stands for the files it names.

For every keyword the first line outside of a Match block counts, unless a block for all has one. A block that an
included file begins ends with it; inside of a block that does not apply, an included one for all does not either.
Source: sshd_config(5), and sshd of OpenSSH 9.2 asked with ``sshd -T``.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum

from checker.facts.linux.sshd import Sshd, SshdSetting
from checker.facts.linux.system import File
from checker.facts.unread import Fact, Unread
from checker.inspect.linux.patterns import matched
from checker.inspect.linux.programs import first_program
from checker.inspect.linux.reader import Reader
from checker.inspect.linux.sshd_command import find_host_keys, find_options, split_words
from checker.inspect.linux.units import leads_to_nothing

_MAIN = ("/etc/ssh/sshd_config", "/usr/etc/ssh/sshd_config")
#: How a line is written that a search for keywords in their usual spelling finds, with a value that is no quotation.
_FOUND_BY_SEARCH = re.compile(r"[A-Z][A-Za-z0-9]*\s+[^\s=\"']")
#: A keyword and its value. Blanks, tabs or one ``=`` separate them; no ``=`` does behind a quotation mark.
_LINE = re.compile(
    r'(?:"(?P<quoted>[A-Za-z0-9]+)"|(?P<plain>[A-Za-z0-9]+)(?:[ \t]*=|(?=[ \t])|$))[ \t]*(?P<value>.*)', re.DOTALL
)
_MAX_DEPTH = 16
_MAX_FILES = 500
_MAX_LINES = 20_000


def read_sshd(reader: Reader) -> Sshd:
    """The configuration, the program and the host keys."""
    settings = _settings(reader)
    return Sshd(
        program=first_program(reader, "sshd"),
        settings=settings,
        host_keys=find_host_keys(reader, settings),
        drop_ins=_drop_ins(reader),
    )


def _drop_ins(reader: Reader) -> Fact[tuple[File, ...]]:
    """The files beside the main one, of a symlink what it leads to."""
    paths = reader.matching("/etc/ssh/sshd_config.d", r".*\.conf")
    found: list[File] = []
    for path in () if isinstance(paths, Unread) else paths:
        file = reader.file(path)
        if isinstance(file, Unread):
            return file
        found.extend([file] if file is not None and file.kind in ("file", "directory") else [])
    return paths if isinstance(paths, Unread) else tuple(found)


class _Block(Enum):
    """What a line stands in: no Match block, one for all, one with patterns that all match, or one for some."""

    NONE = 0
    ALL = 1
    EVERYBODY = 2
    SOME = 3


@dataclass(slots=True)
class _Reading:
    """What was read so far, and how many more files may be."""

    reader: Reader
    found: list[SshdSetting]
    files_left: int = _MAX_FILES


def _settings(reader: Reader) -> Fact[tuple[SshdSetting, ...] | None]:
    options = find_options(reader)
    if isinstance(options, Unread):
        return options
    for path in _MAIN:
        text = reader.text(path)
        if isinstance(text, Unread):
            return text
        if text is not None:
            reading = _Reading(reader, list(options))
            problem = _collect(reading, path, text, block=_Block.NONE, depth=0)
            return problem if problem is not None else tuple(reading.found)
    return options or None


def _collect(reading: _Reading, path: str, text: str, *, block: _Block, depth: int) -> Unread | None:
    """Add the lines of one file. A Match block ends with the file it began in."""
    around = block
    reading.files_left -= 1
    if depth > _MAX_DEPTH or reading.files_left < 0:
        return reading.reader.unread(path, "the Includes of the sshd configuration go too deep, or have no end")
    for number, raw in enumerate(text.split("\n"), 1):
        line = raw.strip(" \t\r\f")
        if not line or line.startswith("#"):
            continue
        match = _LINE.fullmatch(line)
        words = None if match is None else split_words(match["value"])
        if match is None or words is None:
            return reading.reader.unread(path, f"{path}:{number} is no line that sshd takes")
        written = match["quoted"] or match["plain"]
        keyword, value = written.lower(), " ".join(words)
        if len(reading.found) >= _MAX_LINES:
            return reading.reader.unread(path, f"the sshd configuration has more than {_MAX_LINES} lines")
        if keyword == "match":
            block = _kind_of(words) if around in (_Block.NONE, _Block.ALL) else _Block.SOME
        elif keyword == "include":
            problem = _include(reading, words, block=block, depth=depth)
            if problem is not None:
                return problem
        else:
            exact = _FOUND_BY_SEARCH.match(raw) is not None
            in_match, everybody = block in (_Block.EVERYBODY, _Block.SOME), block is _Block.EVERYBODY
            reading.found.append(
                SshdSetting(keyword, value, path, number, in_match, exact, words, block is _Block.ALL, everybody)
            )
    return None


def _kind_of(words: tuple[str, ...]) -> _Block:
    """The kind of block that the words behind Match begin."""
    if [word.lower() for word in words] == ["all"]:
        return _Block.ALL
    patterns = [word.partition("=")[2] for word in words] if all("=" in word for word in words) else words[1::2]
    return _Block.EVERYBODY if words and all(pattern == "*" for pattern in patterns) else _Block.SOME


def _include(reading: _Reading, patterns: tuple[str, ...], *, block: _Block, depth: int) -> Unread | None:
    for pattern in patterns:
        paths = matched(reading.reader, pattern if pattern.startswith("/") else f"/etc/ssh/{pattern}")
        if isinstance(paths, Unread):
            return paths
        for path in paths:
            file = reading.reader.file(path)
            if isinstance(file, File) and (file.kind == "directory" or leads_to_nothing(reading.reader, path) is True):
                continue  # sshd goes on
            text = reading.reader.text(path)
            if isinstance(text, Unread):
                return text
            if text is not None:
                problem = _collect(reading, path, text, block=block, depth=depth + 1)
                if problem is not None:
                    return problem
    return None
