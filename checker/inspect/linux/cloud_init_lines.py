"""The lines of cloud-init's configuration that give accounts passwords or keys, or name another place for its memory.

No whole YAML is read: a line that may mean one of them counts, and so does a command of ``runcmd``, ``bootcmd`` or a
script that cloud-init runs. Sources: cloud-init's documentation of users, of
``set_passwords``, ``ssh_import_id``, ``write_files`` and the base configuration.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

#: The files by their paths, in the order in which cloud-init reads them.
Texts = dict[str, str]

_MAX_LINE = 4096
_TEMPLATE = re.compile(r"## *template:")
_KEY = re.compile(r"(?:ssh-(?:rsa|dss|ed25519)|ecdsa-sha2-nistp[0-9]+|sk-[a-z0-9-]{1,40}@openssh\.com) +AAAA")
_KEYS_LOG_IN = re.compile(r"\b(?:ssh_authorized_keys|ssh-authorized-keys)\b")
_FETCHED = re.compile(r"^\s*-?\s*[\"']?ssh_import_id[\"']?\s*:")
_PASSWORD = re.compile(
    r"(?:^|[\s{,\"'-])(?:hashed_passwd|plain_text_passwd|passwd|password|chpasswd)[\"']?\s*:(?P<value>.*)"
)
_LISTED = re.compile(r"^( *)[\"']?chpasswd[\"']?[ \t]*:[ \t]*$((?:\n(?:\1[ \t]+\S.*)?$)*)", re.MULTILINE)
#: The begin of the text of a file that is written, as a block; the group is what stands before the key.
_CONTENT = re.compile(r"( *(?:- +)?)content *: *[|>][+-]?[ \t]*")
#: Files that hold no password and no key of an account, and that cloud-init does not read.
_HARMLESS = re.compile(
    r"[\"']?/(?:etc/(?!cloud|shadow|gshadow|passwd|group|ssh|security|pam|sudoers)|usr/local/|opt/)[\w./-]+[\"']?"
)
#: Commands that set a password, and files that are written which hold them.
_SETS_PASSWORD = re.compile(
    r"\bchpasswd\b(?![\"']?\s*:)|\bpasswd\b.*--stdin\b|\|\s*\S*\bpasswd\b|/etc/shadow\b(?!-)"
    r"|\b(?:usermod|useradd|adduser)\b.*[\s\"'](?:-[a-zA-Z]*p|--password)\b|\bpath[\"']?\s*:\s*[\"']?/etc/passwd\b"
)
#: The file of keys by its name, the program that fetches them, and a key whose text stands on the next line.
_MAY_PUT_KEYS = re.compile(
    r"\bauthorized_keys2?\b|\bssh-import-id(?:-\w+)?[\"',]*\s+[\"']?(?:-|\w+:)"
    r"|\b(?:ssh-(?:rsa|dss|ed25519)|ecdsa-sha2-nistp[0-9]+)\s*$"
)
_USUAL_MEMORY = re.compile(r"\bcloud_dir[\"']?\s*:\s*[\"']?/var/lib/cloud/?[\"']?\s*(?:[,}#]|$)")
_NO_PASSWORD = re.compile(r"(?:null|~|[\"']?[!*]+[\"']?)?(?:\s*#.*)?|\{\s*expire\s*:\s*\w+\s*\}(?:\s*#.*)?")


def memory_elsewhere_in(texts: Texts) -> Iterator[str]:
    """The lines that may name another place than the usual one for what cloud-init remembers."""
    for path, text in texts.items():
        for number, line in enumerate(text.split("\n"), 1):
            if "cloud_dir" in line and not _USUAL_MEMORY.search(line):
                yield f"{path}:{number}"


def passwords_in(texts: Texts) -> Iterator[str]:
    """The lines that may set a password."""
    for path, whole in texts.items():
        text = _without_contents(whole)
        for number, line in enumerate(text.split("\n"), 1):
            match = _PASSWORD.search(line)
            if match is not None and not _NO_PASSWORD.fullmatch(match["value"].strip()):
                yield f"{path}:{number}"
        for match in _LISTED.finditer(text):
            if re.search(r"\b(?:list|users)\b", match[2]):
                yield f"{path}:{text.count(chr(10), 0, match.start()) + 1}"
        yield from _lines_with(_SETS_PASSWORD, {path: whole})


def _without_contents(text: str) -> str:
    """A configuration with empty lines for the texts of files that cloud-init writes, which are no keys of its own.

    The whole of it, where a file may be one that decides about logins or that cloud-init itself reads, or where it is
    a template.
    """
    paths = re.findall(r"^[ \t]*(?:-[ \t]+)?[\"']?path[\"']?[ \t]*:(.*)$", text, re.MULTILINE)
    if _TEMPLATE.match(text) or not paths or not all(_HARMLESS.fullmatch(path.strip()) for path in paths):
        return text
    lines, inside = [], -1
    for line in text.split("\n"):
        if inside >= 0 and (not line.strip() or len(line) - len(line.lstrip(" ")) > inside):
            lines.append("")
            continue
        begin = _CONTENT.fullmatch(line)
        inside = len(begin[1]) if begin is not None else -1
        if line.count('"') % 2 or line.count("'") % 2:
            return text  # what begins on this line may be a text that goes on, and hides where a block ends
        lines.append(line)
    return "\n".join(lines)


def keys_in(texts: Texts) -> Iterator[str]:
    """The lines with keys that log in, or that have them fetched."""
    for path, text in texts.items():
        log_in = _KEYS_LOG_IN.search(text) is not None
        for number, line in enumerate(text.split("\n"), 1):
            if _FETCHED.match(line) or (log_in and _KEY.search(line)):
                yield f"{path}:{number}"


def commands_for_passwords_in(scripts: Texts) -> Iterator[str]:
    """The lines of scripts that may set a password."""
    return _lines_with(_SETS_PASSWORD, scripts)


def may_put_keys_in(texts: Texts) -> Iterator[str]:
    """The lines, of scripts too, that may put a key in place which is not seen."""
    return _lines_with(_MAY_PUT_KEYS, texts)


def _lines_with(pattern: re.Pattern[str], texts: Texts) -> Iterator[str]:
    for path, text in texts.items():
        for number, line in enumerate(text.split("\n"), 1):
            if pattern.search(line[:_MAX_LINE]):
                yield f"{path}:{number}"
