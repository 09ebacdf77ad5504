"""Volumes that open to file systems in memory, and a root with an fstab of one's own beside some."""

from __future__ import annotations

from memory_tree import MemoryFileSystem

from checker.inspect.root import Root, find_root
from checker.inspect.volumes import VolumeKind


class InMemory:
    """A volume that opens to a file system in memory."""

    kind, name, why, uuid, label, type, devices = VolumeKind.EXT, "partition 1", "", "", "", "", ()
    partition_uuid = partition_label = ""

    def __init__(self, files, **properties):
        self.file_system = MemoryFileSystem(files)
        for name, value in properties.items():
            setattr(self, name, value)

    def open(self):
        return self.file_system


DEBIAN = {"etc/passwd": b"root:x:0:0::/root:/bin/sh\n", "etc/os-release": b"ID=debian\n", "home/a/.bash_history": b"ls"}
BARE = {path: what for path, what in DEBIAN.items() if not path.startswith("home")}
HOME = InMemory({"b/.bash_history": b"secret"}, name="partition 2", uuid="h")


def with_fstab(text, *others, **files):
    """The tree of a root whose fstab is this, beside other volumes."""
    more = {name.replace("__", "/"): what for name, what in files.items()}
    root = find_root([InMemory({**BARE, "etc/fstab": text.encode(), **more}), *others])
    assert isinstance(root, Root), root
    return root.tree
