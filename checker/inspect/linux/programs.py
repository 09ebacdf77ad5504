"""The programs that a test runs by their name: each one on the PATH, with the file that it leads to.

The PATH is the usual one, behind what /etc/environment says, which pam_env(7) gives to whoever logs in. As shells do,
it passes over what the one who asks may not execute.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from checker.facts.linux.system import File
from checker.facts.unread import Fact, Unread
from checker.inspect.linux.reader import Reader, shell_variables
from checker.inspect.resolver import Unreadable

_PATH = ("/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin")
_ENVIRONMENT = "/etc/environment"
_DIVERSIONS = "/var/lib/dpkg/diversions"
_MAX_FOLDERS = 50
_NAMES = ("openssl", "python3")
#: The permissions that let everybody execute a file, and those of which any lets root.
_BY_ANYBODY, _BY_ROOT = 0o001, 0o111


def read_programs(reader: Reader) -> Fact[Mapping[str, str]]:
    """Paths with the real paths behind them, in the order of the PATH; a symlink that leads nowhere is no program."""
    found: dict[str, str] = {}
    folders = _folders(reader)
    for folder in () if isinstance(folders, Unread) else folders:
        for name in _NAMES:
            path = f"{folder}/{name}"
            file = reader.file(path)
            if isinstance(file, Unread):
                return file
            if file is None or not may_run(file, _BY_ANYBODY):
                continue
            real = reader.tree.real(path)
            if isinstance(real, Unreadable):
                return reader.unread(path, real.words)
            if isinstance(real, str) and real not in found.values():
                found[path] = real
    diverted = _diverted(reader)
    for path in found.values():
        if isinstance(diverted, Unread):
            return diverted
        if path in diverted:
            return reader.unread(path, "dpkg-divert puts another program in its place, which no package says more of")
    return folders if isinstance(folders, Unread) else found


def _diverted(reader: Reader) -> Fact[frozenset[str]]:
    """The files that dpkg puts elsewhere: of three lines each first the name, then the new one, then for whom."""
    text = reader.text(_DIVERSIONS)
    return text if isinstance(text, Unread) else frozenset((text or "").split("\n")[::3])


def first_program(reader: Reader, name: str) -> Fact[File | None]:
    """What root would run by a name, at its real path; where nothing may be executed, the first file of that name."""
    others: list[File] = []
    for folder in _PATH:
        path = f"{folder}/{name}"
        file = reader.file(path)
        if isinstance(file, Unread):
            return file
        if file is None or file.kind != "file":
            continue
        real = reader.tree.real(path)
        if isinstance(real, Unreadable):
            return reader.unread(path, real.words)
        file = replace(file, path=real) if isinstance(real, str) else file
        if may_run(file):
            return file
        others.append(file)
    return others[0] if others else None


def may_run(file: File, by: int = _BY_ROOT) -> bool:
    """Whether a file may be executed; a file system without permissions lets everything be."""
    return file.kind == "file" and (file.permissions is None or file.permissions & by != 0)


def _folders(reader: Reader) -> Fact[tuple[str, ...]]:
    text = reader.text(_ENVIRONMENT)
    if isinstance(text, Unread):
        return text
    own = shell_variables(text or "").get("PATH", "").split(":")
    folders = tuple(dict.fromkeys([*(folder.rstrip("/") for folder in own if folder.startswith("/")), *_PATH]))
    if len(folders) > _MAX_FOLDERS:
        return reader.unread(_ENVIRONMENT, f"its PATH has more than {_MAX_FOLDERS} folders")
    return folders
