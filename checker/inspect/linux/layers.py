"""What a starting system lays over its own directories, and the disk's table of mounts does not tell.

The kernel's command line may have systemd mount more (``systemd.mount-extra=WHAT:WHERE``, from version 254 on), and
extension images are merged over /usr and /opt (systemd-sysext) or /etc (systemd-confext) where their unit is started.
What lies there then is not read: it is enough to know that what the disk shows is not what the system sees. Sources:
systemd-fstab-generator(8), systemd-sysext(8).
"""

from __future__ import annotations

from collections.abc import Iterator

from checker.facts.linux.boot import Boot
from checker.facts.unread import Unread, known
from checker.inspect.filesystem import Names
from checker.inspect.linux.reader import Reader
from checker.inspect.linux.units import find_wanted
from checker.inspect.resolver import Tree, Unreadable

_MOUNT = "systemd.mount-extra="
#: By the unit that merges them: where extensions are found, and what they lie over.
_EXTENSIONS = {
    "systemd-sysext.service": (("/etc/extensions", "/var/lib/extensions"), ("/usr", "/opt")),
    "systemd-confext.service": (("/var/lib/confexts", "/usr/lib/confexts", "/usr/local/lib/confexts"), ("/etc",)),
}


def under_layers(reader: Reader, boot: Boot) -> Tree:
    """The tree, unreadable where something is laid over it."""
    covered = dict([*_mounted(boot), *_extended(reader)])
    return reader.tree.without(covered) if covered else reader.tree


def _mounted(boot: Boot) -> Iterator[tuple[Names, Unreadable]]:
    for line in known(boot.command_lines) or ():
        for word in line.arguments if line.is_used and not line.is_rescue else ():
            where = word.split(":")[1:2] if word.startswith(_MOUNT) else []
            for path in where:
                names = tuple(name for name in path.split("/") if name not in ("", "."))
                yield names, Unreadable(f"the kernel is told to have something mounted there: {word}")


def _extended(reader: Reader) -> Iterator[tuple[Names, Unreadable]]:
    for unit, (folders, places) in _EXTENSIONS.items():
        listed = (reader.matching(folder, r"[^.].*") for folder in folders)
        found = [path for paths in listed if not isinstance(paths, Unread) for path in paths]
        wanted = find_wanted(reader, (unit,))
        if found and not isinstance(wanted, Unread) and wanted:
            for place in places:
                yield (place.strip("/"),), Unreadable(f"{unit} lays {found[0]} over {place}, which is not looked into")
