"""What the command line of sshd says, which wins over its configuration, and the host keys that it would show.

Sources: sshd(8) for ``-o``, ``-f`` and ``-h``, sshd_config(5) for HostKey, dropbear(8) for its keys.
"""

from __future__ import annotations

import re

from checker.facts.linux.sshd import SshdSetting
from checker.facts.listing import Listing
from checker.facts.unread import Fact, Unread
from checker.inspect.linux.reader import Finds, Reader
from checker.inspect.linux.sshd_start import read_options

#: An option that takes an argument, behind others that take none.
_OPTION = re.compile(r"-[46DGTVdeiqt]*([fho])")
_DROPBEAR = ("/etc/dropbear", "/etc/dropbear/initramfs", "/etc/dropbear-initramfs")


def find_options(reader: Reader) -> Fact[tuple[SshdSetting, ...]]:
    """The options ``-o`` and ``-h`` of the command line, as settings; unread where it names another configuration."""
    lines = read_options(reader)
    if isinstance(lines, Unread):
        return lines
    found: list[SshdSetting] = []
    for path, words in lines:
        for index, word in enumerate(words):
            following = words[index + 1] if index + 1 < len(words) else ""
            match = _OPTION.match(word)
            if match is None:
                continue
            argument = word[match.end() :] or following
            if match[1] == "f" and argument == "/etc/ssh/sshd_config":
                continue
            if match[1] == "f":
                return reader.unread(path, f"sshd is started with another configuration ({path})")
            if match[1] == "h":
                found.append(SshdSetting("hostkey", argument, path, 0, in_match=False, words=(argument,)))
                continue
            option = re.match(r"(\w+)(?:\s*=\s*|\s+)(.*)", argument)
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


def find_host_keys(reader: Reader, settings: Fact[tuple[SshdSetting, ...] | None]) -> Listing[str]:
    """The host keys in /etc/ssh, those that the configuration names and that are there, and those of dropbear."""
    found: Finds[str] = Finds()
    usual = reader.matching("/etc/ssh", r"ssh_host_.*key.*")
    for paths in (usual, *(reader.matching(folder, r"dropbear_.*_host_key") for folder in _DROPBEAR)):
        if isinstance(paths, Unread):
            found.miss(paths)
        else:
            found.known.extend(paths)
    if isinstance(settings, Unread):
        found.miss(settings)
        settings = None
    for setting in settings or ():
        if setting.keyword != "hostkey" or setting.value.lower() == "none":
            continue
        path = from_root(setting.value)
        if "\ufffd" in path:
            words = f"{setting.path}:{setting.line} names a host key by a path that is no text"
            found.miss(reader.unread(setting.path, words))
            continue
        file = reader.file(path) if path not in found.known else None
        if isinstance(file, Unread):
            found.miss(file)
        elif file is not None and file.kind == "file":
            found.add(path)
    return found.listing()


def from_root(path: str) -> str:
    """A path of the configuration: sshd takes one without a slash from where it is started, which is the root."""
    return path if path.startswith("/") else f"/{path}"
