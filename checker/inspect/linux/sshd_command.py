"""How sshd is started, and the host keys that it would show.

What its command line says wins over its configuration. Distributions keep the options in a file of variables, and an
administrator may have written a unit, or a drop-in for one; the units of the distributions themselves give none.
Sources: sshd(8) for ``-o``, ``-f`` and ``-h``, sshd_config(5) for HostKey, dropbear(8) for its keys.
"""

from __future__ import annotations

import re
import shlex

from checker.facts.linux.sshd import SshdSetting
from checker.facts.unread import Fact, Unread
from checker.inspect.linux.reader import Reader, joined, lines_of, shell_variables

_VARIABLES = ("/etc/default/ssh", "/etc/default/sshd", "/etc/sysconfig/ssh", "/etc/sysconfig/sshd")
_MAX_LENGTH = 10_000
_UNITS = ("/etc/systemd/system/ssh.service", "/etc/systemd/system/sshd.service")
_DROPBEAR = ("/etc/dropbear", "/etc/dropbear/initramfs", "/etc/dropbear-initramfs")


def find_options(reader: Reader) -> Fact[tuple[SshdSetting, ...]]:
    """The options ``-o`` and ``-h`` of the command line, as settings; unread where it names another configuration."""
    lines = _command_lines(reader)
    if isinstance(lines, Unread):
        return lines
    found: list[SshdSetting] = []
    for path, line in lines:
        if len(line) > _MAX_LENGTH:
            return reader.unread(path, f"the options of sshd in {path} were not understood")
        try:
            words = shlex.split(line)
        except ValueError:
            return reader.unread(path, f"the options of sshd in {path} were not understood")
        for index, word in enumerate(words):
            following = words[index + 1] if index + 1 < len(words) else ""
            if re.match(r"-[A-Za-np-z]*f", word):
                return reader.unread(path, f"sshd is started with another configuration ({path})")
            host_key = re.match(r"-[46DdeiqtT]*h(.*)", word, re.DOTALL)
            if host_key is not None:
                key = host_key[1] or following
                found.append(SshdSetting("hostkey", key, path, 0, in_match=False, words=(key,)))
            elif word.startswith("-o"):
                option = re.match(r"(\w+)(?:\s*=\s*|\s+)(.*)", word[2:] or following)
                value = None if option is None else split_words(option[2])
                if option is None or value is None:
                    return reader.unread(path, f"the options of sshd in {path} were not understood")
                found.append(SshdSetting(option[1].lower(), " ".join(value), path, 0, in_match=False, words=value))
    return tuple(found)


def split_words(text: str) -> tuple[str, ...] | None:
    """The words of a value as sshd splits them; None where a quotation mark has no end.

    Blanks and tabs separate words, both kinds of quotation marks hold one together, a backslash takes a quotation
    mark, a backslash or a blank for itself, and a ``#`` where a word would begin ends the line.
    """
    words: list[str] = []
    word: list[str] | None = None
    quote, index = "", 0
    while index < len(text):
        sign, after = text[index], text[index + 1 : index + 2]
        index += 1
        if sign == "\\" and after in ("'", '"', "\\", " "):
            word = word or []
            word.append(after)
            index += 1
        elif sign in ("'", '"') and quote in ("", sign):
            quote = "" if quote else sign
            word = word or []
        elif not quote and sign in " \t":
            words.extend([] if word is None else ["".join(word)])
            word = None
        elif not quote and sign == "#" and word is None:
            return tuple(words)
        else:
            word = word or []
            word.append(sign)
    words.extend([] if word is None else ["".join(word)])
    return None if quote else tuple(words)


def _command_lines(reader: Reader) -> Fact[list[tuple[str, str]]]:
    found: list[tuple[str, str]] = []
    for path in _VARIABLES:
        text = reader.text(path)
        if isinstance(text, Unread):
            return text
        found += [(path, value) for name, value in shell_variables(text or "").items() if "OPT" in name]
    drop_ins = joined(reader.matching(f"{unit}.d", r".*\.conf") for unit in _UNITS)
    if isinstance(drop_ins, Unread):
        return drop_ins
    for path in (*_UNITS, *drop_ins):
        file = reader.file(path)
        text = file if isinstance(file, Unread) else reader.text(path) if file and file.kind == "file" else None
        if isinstance(text, Unread):
            return text
        for _, line in lines_of((text or "").replace("\\\n", " ")):
            if line.startswith("ExecStart=") and "sshd" in line:
                found.append((path, line.partition("sshd")[2]))
    return found


def find_host_keys(reader: Reader, settings: Fact[tuple[SshdSetting, ...] | None]) -> Fact[tuple[str, ...]]:
    """The host keys in /etc/ssh, those that the configuration names and that are there, and those of dropbear."""
    usual = reader.matching("/etc/ssh", r"ssh_host_.*key.*")
    others = joined(reader.matching(folder, r"dropbear_.*_host_key") for folder in _DROPBEAR)
    found = joined([usual, others])
    if isinstance(found, Unread):
        return found
    named: list[str] = []
    for setting in () if isinstance(settings, Unread) else settings or ():
        if setting.keyword != "hostkey" or setting.value.lower() == "none":
            continue
        path = from_root(setting.value)
        if "\ufffd" in path:
            return reader.unread(
                setting.path, f"{setting.path}:{setting.line} names a host key by a path that is no text"
            )
        file = reader.file(path) if path not in found else None
        if isinstance(file, Unread):
            return file
        if file is not None and file.kind == "file":
            named.append(path)
    return (*found, *dict.fromkeys(named))


def from_root(path: str) -> str:
    """A path of the configuration: sshd takes one without a slash from where it is started, which is the root."""
    return path if path.startswith("/") else f"/{path}"
