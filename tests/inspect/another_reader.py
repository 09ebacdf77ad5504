"""Mutated file systems as a library reads them that is not ours: libfsext and libfsxfs, which only tests use."""

from __future__ import annotations

import importlib
import io
from typing import Any

from memory_tree import Broken, MemoryFileSystem
from mutations import Subject, Verdicts, of_files
from small_disks import Damaged, Folder, Link

from checker.inspect.bytes import DiskUnreadable
from checker.inspect.filesystem import Names, Sought


def by_another_reader(subject: Subject, damaged: Damaged) -> Verdicts:
    """The verdicts on a mutated file system as a library reads it that is not ours (libfsext, libfsxfs).

    What it cannot read is as unreadable here. Nothing is known where the library or its Python part is missing.
    """
    raw = damaged.read(0, damaged.size)
    if subject.name == "lvm":  # the root's two runs
        raw = raw[1024 * 1024 : 3 * 1024 * 1024] + raw[4 * 1024 * 1024 : 6 * 1024 * 1024]
    library = importlib.import_module("pyfsxfs" if subject.name.startswith("xfs") else "pyfsext")
    volume = library.volume()
    try:
        volume.open_file_object(io.BytesIO(raw))
        files: dict[str, Any] = {}
        _collect(volume.get_root_directory(), "", files, 0)
    except OSError as problem:
        return {"whole": f"unread: {str(problem)[:60]}"}
    return of_files(_Partly(files))


class _Partly(MemoryFileSystem):
    """A tree of which some folders could not be listed."""

    def list(self, path: Names, limit: int) -> Sought[tuple[str, ...]]:
        if isinstance(self.files.get("/".join((*path, ""))), Broken):
            raise DiskUnreadable("not listed")
        return super().list(path, limit)

    def _find(self, path: Names) -> Any:
        for depth in range(len(path)):
            if isinstance(self.files.get("/".join((*path[:depth], ""))), Broken):
                raise DiskUnreadable("in a folder that was not listed")
        return super()._find(path)


def _collect(folder: Any, path: str, files: dict[str, Any], depth: int) -> None:
    """Everything below a folder; one that cannot be listed is broken, by its path with a slash at the end."""
    if depth > 16 or len(files) > 3000:
        raise OSError("there is no end to it")
    try:
        entries = [(_name(entry, number), entry) for number, entry in enumerate(folder.sub_file_entries)]
    except OSError:
        files[path] = Broken()
        return
    for last, entry in entries:
        name = f"{path}{last}"
        try:
            mode = entry.file_mode or 0
            if mode & 0o170000 == 0o040000:
                files.setdefault(name, Folder(mode & 0o7777))
                if name != "many":
                    _collect(entry, f"{name}/", files, depth + 1)
            elif mode & 0o170000 == 0o120000:
                files[name] = Link(entry.symbolic_link_target)
            elif mode & 0o170000 == 0o100000 and entry.size < 1024 * 1024:
                files[name] = entry.read(entry.size) if entry.size else b""
            else:
                files[name] = Broken()
        except OSError:
            files[name] = Broken()


def _name(entry: Any, number: int) -> str:
    """The name; one that the library cannot give, since it is no text, is certainly another than those looked for."""
    try:
        return str(entry.name)
    except OSError:
        return f"\udcff{number}"
