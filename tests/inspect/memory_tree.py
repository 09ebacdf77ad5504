"""A file system made of a dictionary, for what needs no disk: paths to contents, links and errors."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from small_disks import File, Folder, Link

from checker.inspect.bytes import DiskUnreadable
from checker.inspect.filesystem import ABSENT, Journal, Kind, Names, Sought, Stat, expect
from checker.inspect.linux.guest import read_guest
from checker.inspect.linux.reader import Reader
from checker.inspect.resolver import Tree
from checker.inspect.root import Root
from checker.inspect.volumes import Volume, VolumeKind


class Broken:
    """Something that cannot be read."""


@dataclass
class MemoryFileSystem:
    """Files by path without a leading slash: bytes, ``File``, ``Link``, ``Folder`` or ``Broken``.

    Bytes are a program in a folder of programs, and may be executed there.
    """

    files: dict[str, Any]
    journal: Journal = Journal.CLEAN
    name: str = "memory"
    asked: list[str] = field(default_factory=list)

    def _find(self, path: Names) -> Any:
        key = "/".join(path)
        self.asked.append(key)
        found = self.files.get(key)
        if isinstance(found, Broken):
            raise DiskUnreadable(f"/{key} is damaged")
        if found is None and (not key or any(name.startswith(f"{key}/") for name in self.files)):
            return Folder()
        return ABSENT if found is None else found

    def stat(self, path: Names) -> Sought[Stat]:
        match self._find(path):
            case bytes() as content:
                in_bin = len(path) > 1 and path[-2] in ("bin", "sbin", "libexec")
                return Stat(Kind.FILE, len(content), 0o755 if in_bin else 0o644, 0, 0)
            case File(content, permissions):
                return Stat(Kind.FILE, len(content), permissions, 0, 0)
            case Link(target):
                return Stat(Kind.SYMLINK, len(target), 0o777, 0, 0)
            case Folder(permissions):
                return Stat(Kind.DIRECTORY, 4096, permissions, 0, 0)
            case other:
                return other

    def list(self, path: Names, limit: int) -> Sought[tuple[str, ...]]:
        stat = self.stat(path)
        if not isinstance(stat, Stat):
            return stat
        expect(Kind.DIRECTORY, stat, path)
        start = "".join(f"{name}/" for name in path)
        names = {key[len(start) :].split("/")[0] for key in self.files if key.startswith(start)}
        if len(names) > limit:
            raise DiskUnreadable("too many")
        return tuple(names)

    def read(self, path: Names, limit: int) -> Sought[bytes]:
        stat = self.stat(path)
        if not isinstance(stat, Stat):
            return stat
        expect(Kind.FILE, stat, path)
        found = self._find(path)
        return (found.content if isinstance(found, File) else found)[:limit]

    def readlink(self, path: Names) -> Sought[str]:
        found = self._find(path)
        return found.target if isinstance(found, Link) else found


def reader(files: dict[str, Any]) -> Reader:
    """A reader of facts on such a tree."""
    return Reader(Tree(MemoryFileSystem(files)), "vhd:disk.vhd")


def guest(files: dict[str, Any]):
    """All facts of such a tree."""
    volume = Volume("partition 1", VolumeKind.EXT, None)
    file_system = MemoryFileSystem(files)
    return read_guest(Root(Tree(file_system), volume, "ext4", Journal.CLEAN, (volume,), ()), "vhd:disk.vhd")
