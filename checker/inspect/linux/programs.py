"""The programs that a test runs by their name: each one on the usual PATH, with the file that it leads to."""

from __future__ import annotations

from collections.abc import Mapping

from checker.facts.unread import Fact, Unread
from checker.inspect.linux.reader import Reader
from checker.inspect.resolver import Unreadable

_PATH = ("/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin")
_NAMES = ("openssl", "python3")


def read_programs(reader: Reader) -> Fact[Mapping[str, str]]:
    """Paths with the real paths behind them, in the order of the PATH; a symlink that leads nowhere is no program."""
    found: dict[str, str] = {}
    for folder in _PATH:
        for name in _NAMES:
            path = f"{folder}/{name}"
            file = reader.file(path)
            if isinstance(file, Unread):
                return file
            if file is None or file.kind != "file":
                continue
            real = reader.tree.real(path)
            if isinstance(real, Unreadable):
                return reader.unread(path, real.words)
            if isinstance(real, str) and real not in found.values():
                found[path] = real
    return found
