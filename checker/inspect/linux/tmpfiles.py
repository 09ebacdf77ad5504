"""What systemd-tmpfiles writes into homes at every boot: keys that log in, histories.

Source: tmpfiles.d(5). Only the folders of the administrator are looked at: what distributions have in /usr/lib takes
its content from credentials, if at all.
"""

from __future__ import annotations

import re

from checker.facts.unread import Fact, Unread
from checker.inspect.linux.reader import Reader, joined, lines_of

_FOLDERS = ("/etc/tmpfiles.d", "/usr/local/lib/tmpfiles.d")
#: The types that bring content: a file that is made or written to, a copy, a symlink.
_WRITES = re.compile(r"[fFwCL][-+!=~^$?]*")
_PLACES = re.compile(r"[\"']?(?:/root/|/home/|/etc/skel|/etc/ssh/|.*/\.ssh(?:/|$))")


def find_written(reader: Reader) -> Fact[tuple[str, ...]]:
    """The lines, as ``path:line``."""
    files = joined(reader.matching(folder, r".*\.conf") for folder in _FOLDERS)
    found: list[str] = []
    for path in () if isinstance(files, Unread) else files:
        file = reader.file(path)
        text = file if isinstance(file, Unread) or file is None or file.kind != "file" else reader.text(path)
        if isinstance(text, Unread):
            return text
        for number, line in lines_of(text if isinstance(text, str) else ""):
            words = line.split(None, 2)
            if len(words) > 1 and _WRITES.fullmatch(words[0]) and _PLACES.match(words[1]):
                found.append(f"{path}:{number}")
    return files if isinstance(files, Unread) else tuple(found)
