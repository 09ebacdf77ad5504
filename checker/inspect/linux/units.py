"""Units of systemd: which are wanted at boot, which are masked, and which exist.

Source: systemd.unit(5), for the folders in their order, for ``.wants`` and ``.requires``, and for masks: a unit, or a
link in such a folder, that is empty or leads to /dev/null.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from posixpath import dirname, join, normpath

from checker.facts.unread import Fact, Unread
from checker.inspect.linux.reader import Reader
from checker.inspect.resolver import Unreadable

_FOLDERS = ("/etc/systemd/system", "/usr/local/lib/systemd/system", "/usr/lib/systemd/system", "/lib/systemd/system")
_CHANGES = re.compile(r"^[ \t]*(?:ExecStart|ExecCondition|Condition[A-Za-z]+|Assert[A-Za-z]+)[ \t]*=", re.MULTILINE)
_MAX_LINKS = 8


def find_wanted(reader: Reader, units: Iterable[str]) -> Fact[tuple[str, ...]]:
    """The links by which some unit wants or requires one of ``units``, without those that are masked."""
    wanted = frozenset(units)
    found: list[str] = []
    folders = _folders(reader)
    for folder in () if isinstance(folders, Unread) else folders:
        groups = reader.matching(folder, r".+\.(wants|requires)")
        if isinstance(groups, Unread):
            return groups
        for group in groups:
            names = reader.names(group)
            if isinstance(names, Unread):
                return names
            for path in (f"{group}/{name}" for name in names if name in wanted):
                masked = leads_to_nothing(reader, path)
                if isinstance(masked, Unread):
                    return masked
                found.extend([] if masked else [path])
    return folders if isinstance(folders, Unread) else tuple(found)


def find_masked(reader: Reader, units: Iterable[str]) -> Fact[tuple[str, ...]]:
    """Those of some units that are masked, by the path that masks them."""
    files = find_units(reader, units)
    if isinstance(files, Unread):
        return files
    found: list[str] = []
    for path in files:
        masked = leads_to_nothing(reader, path)
        if isinstance(masked, Unread):
            return masked
        found.extend([path] if masked else [])
    return tuple(found)


def find_units(reader: Reader, units: Iterable[str]) -> Fact[tuple[str, ...]]:
    """The files of those of some units that there are; of each the one that counts, a mask too.

    A symlink that leads nowhere is no unit.
    """
    found: list[str] = []
    folders = _folders(reader)
    for unit in () if isinstance(folders, Unread) else units:
        for folder in () if isinstance(folders, Unread) else folders:
            path = f"{folder}/{unit}"
            file, masked = reader.file(path), leads_to_nothing(reader, path)
            if isinstance(masked, Unread):
                return masked
            if isinstance(file, Unread):
                return file
            if masked or file is not None:
                found.append(path)
                break
    return folders if isinstance(folders, Unread) else tuple(found)


def find_overrides(reader: Reader, units: Iterable[str]) -> Fact[tuple[str, ...]]:
    """The drop-ins of some units that change what is started, or whether it is."""
    found: list[str] = []
    folders = _folders(reader)
    if isinstance(folders, Unread):
        return folders
    for path in (f"{folder}/{unit}.d" for unit in units for folder in folders):
        drop_ins = reader.matching(path, r".*\.conf")
        if isinstance(drop_ins, Unread):
            return drop_ins
        for drop_in in drop_ins:
            text = reader.text(drop_in)
            if isinstance(text, Unread):
                return text
            found.extend([drop_in] if _CHANGES.search(text or "") else [])
    return tuple(found)


def read_default_target(reader: Reader) -> Fact[str | None]:
    """The name of the target that is booted: what the first default.target is a symlink to; None without one."""
    for folder in _FOLDERS:
        path = f"{folder}/default.target"
        file = reader.file(path, follow=False)
        if isinstance(file, Unread):
            return file
        if file is None:
            continue
        target = reader.tree.readlink(path) if file.kind == "symlink" else path
        return target.rpartition("/")[2] if isinstance(target, str) else reader.unread(path, "it could not be read")
    return None


def leads_to_nothing(reader: Reader, path: str) -> Fact[bool]:
    """Whether something at a path is empty, or a symlink that ends at /dev/null."""
    for _ in range(_MAX_LINKS):
        if path == "/dev/null":
            return True
        file = reader.file(path, follow=False)
        if isinstance(file, Unread):
            return file
        if file is None or file.kind != "symlink":
            return file is not None and file.kind == "file" and file.size == 0
        target = reader.tree.readlink(path)
        if not isinstance(target, str):
            return reader.unread(path, "its target could not be read")
        path = normpath(join(dirname(path), target))
    return reader.unread(path, "it leads through too many symlinks")


def _folders(reader: Reader) -> Fact[tuple[str, ...]]:
    """The folders of units that there are, each once: /lib is mostly a symlink to /usr/lib."""
    found: dict[str, str] = {}
    for folder in _FOLDERS:
        real = reader.tree.real(folder)
        if isinstance(real, Unreadable):
            return reader.unread(folder, real.words)
        if isinstance(real, str):
            found.setdefault(real, folder)
    return tuple(found.values())
