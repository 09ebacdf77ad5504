"""How sshd is started: the words behind its name, in each unit that starts it and in the files of variables.

Distributions keep the options in such a file (``SSHD_OPTS``, ``OPTIONS``), and an administrator may have written a
unit, or a drop-in for one. Sources: systemd.service(5) for ExecStart, where an empty one forgets those before it, and
systemd.exec(5) for Environment and EnvironmentFile.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator, Mapping

from checker.facts.unread import Fact, Unread
from checker.inspect.linux.reader import Reader, joined, lines_of, shell_variables
from checker.inspect.linux.units import find_units, leads_to_nothing

_VARIABLES = ("/etc/default/ssh", "/etc/default/sshd", "/etc/sysconfig/ssh", "/etc/sysconfig/sshd", "/etc/conf.d/sshd")
_UNITS = ("ssh.service", "sshd.service", "ssh@.service", "sshd@.service")
#: Where drop-ins of units lie; one in an earlier folder hides those of its name in later ones.
_FOLDERS = ("/etc/systemd/system", "/usr/local/lib/systemd/system", "/usr/lib/systemd/system", "/lib/systemd/system")
_MAX_LENGTH = 10_000
#: A command with a server of SSH of which the configuration in /etc/ssh does not tell all.
_OTHER = re.compile(r"(?:^|[\s/\"'@:+!-])(?:sshd(?=[\s\"']).*\s[\"']?-\w*[fo]|dropbear(?=[\s\"']|$))")
_LINE = re.compile(r"(ExecStart|Environment|EnvironmentFile)\s*=\s*(.*)", re.DOTALL)

#: A file, and the options in it.
Words = tuple[str, list[str]]


def read_options(reader: Reader) -> Fact[list[Words]]:
    """The options of sshd, by the files that they stand in; unread where it is not clear what they are."""
    found: list[Words] = []
    variables: dict[str, str] = {}
    for path in _VARIABLES:
        text = _text(reader, path)
        if isinstance(text, Unread):
            return text
        given = shell_variables(text)
        variables.update(given)
        for name, value in given.items():
            words = _split(reader, path, value) if "OPT" in name.upper() else []
            if isinstance(words, Unread):
                return words
            found.append((path, words))
    for unit in _UNITS:
        started = _started_by(reader, unit, dict(variables))
        if isinstance(started, Unread):
            return started
        found += started
    return found


def find_others(reader: Reader) -> Fact[tuple[str, ...]]:
    """The administrator's units that start another sshd, or one with another configuration, or dropbear."""
    units = joined(reader.matching(folder, r".*\.service") for folder in _FOLDERS[:2])
    found: list[str] = []
    for path in () if isinstance(units, Unread) else units:
        target = reader.tree.readlink(path)
        if path.rpartition("/")[2] in _UNITS or (isinstance(target, str) and target.startswith(_FOLDERS[2:])):
            continue
        text = _text(reader, path)
        if isinstance(text, Unread):
            return text
        if any(name == "ExecStart" and _OTHER.search(command) for name, command in _settings(text)):
            found.append(path)
    return units if isinstance(units, Unread) else tuple(found)


def _started_by(reader: Reader, unit: str, variables: dict[str, str]) -> Fact[list[Words]]:
    """What a unit and its drop-ins give to sshd, with the variables that they know filled in."""
    files, drop_ins = find_units(reader, [unit]), _drop_ins(reader, unit)
    if isinstance(files, Unread):
        return files
    if isinstance(drop_ins, Unread):
        return drop_ins
    commands: list[tuple[str, str]] = []
    for path in (*files, *drop_ins):
        text = _text(reader, path)
        if isinstance(text, Unread):
            return text
        for name, value in _settings(text):
            if name == "ExecStart":
                commands = [*commands, (path, value)] if value else []
                continue
            words = _split(reader, path, value) if name == "Environment" else _of_file(reader, value)
            if isinstance(words, Unread):
                return words
            for word in words:
                variable, _, given = word.partition("=")
                variables[variable] = given
    found: list[Words] = []
    for path, command in commands:
        words = _behind_sshd(reader, path, command, variables)
        if isinstance(words, Unread):
            return words
        found.append((path, words))
    return found


def _drop_ins(reader: Reader, unit: str) -> Fact[tuple[str, ...]]:
    """The drop-ins of a unit, in the order of their names, as systemd takes them."""
    found: dict[str, str] = {}
    for folder in _FOLDERS:
        paths = reader.matching(f"{folder}/{unit}.d", r".*\.conf")
        if isinstance(paths, Unread):
            return paths
        for path in paths:
            found.setdefault(path.rpartition("/")[2], path)
    return tuple(path for _, path in sorted(found.items()))


def _settings(text: str) -> Iterator[tuple[str, str]]:
    for _, line in lines_of(text.replace("\\\n", " ")):
        match = _LINE.fullmatch(line)
        if match is not None:
            yield match[1], match[2]


def _behind_sshd(reader: Reader, path: str, command: str, variables: Mapping[str, str]) -> Fact[list[str]]:
    """The words behind the program sshd; unread where a command runs another."""
    words = _split(reader, path, command)
    if isinstance(words, Unread):
        return words
    at = next((at for at, word in enumerate(words) if word.rpartition("/")[2] == "sshd"), None)
    if at is None:
        return reader.unread(path, f"{path} starts sshd by a program whose options for it are not known")
    found: list[str] = []
    for word in words[at + 1 :]:
        name = re.fullmatch(r"\$(\w+)|\$\{(\w+)\}", word)
        given = [word] if name is None else _split(reader, path, variables.get(name[1] or name[2], ""))
        if isinstance(given, Unread):
            return given
        found += given
    return found


def _of_file(reader: Reader, name: str) -> Fact[list[str]]:
    """The variables of an EnvironmentFile, as ``NAME=value``."""
    text = _text(reader, name.lstrip("-"))
    if isinstance(text, Unread):
        return text
    return [f"{name}={value}" for name, value in shell_variables(text).items()]


def _split(reader: Reader, path: str, text: str) -> Fact[list[str]]:
    """A text as a shell splits it into words."""
    try:
        return reader.unread(path, f"{path} is too long") if len(text) > _MAX_LENGTH else shlex.split(text)
    except ValueError:
        return reader.unread(path, f"the options of sshd in {path} were not understood")


def _text(reader: Reader, path: str) -> Fact[str]:
    """A file, or nothing where it is none; what is masked says nothing."""
    file = reader.file(path)
    if isinstance(file, Unread) or file is None or file.kind == "directory":
        return file if isinstance(file, Unread) else ""
    nothing = leads_to_nothing(reader, path)
    if nothing is True:
        return ""
    text = reader.text(path)
    return "" if text is None else text
