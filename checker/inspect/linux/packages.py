"""The package database of an image: dpkg's status file, or one of rpm's databases."""

from __future__ import annotations

import re
import struct
from collections.abc import Callable, Iterable, Mapping

from checker.facts.linux.packages import Package, Packages
from checker.facts.unread import Fact, Unread
from checker.inspect.filesystem import ABSENT, MAX_FILE, MIB
from checker.inspect.linux.reader import Reader
from checker.inspect.linux.rpm_bdb import read_bdb
from checker.inspect.linux.rpm_header import BrokenDatabase
from checker.inspect.linux.rpm_ndb import read_ndb
from checker.inspect.linux.rpm_sqlite import read_sqlite
from checker.inspect.resolver import Unreadable

_DPKG = "/var/lib/dpkg"
_MAX_DPKG = 32 * MIB
_MAX_PACKAGES = 50_000
_RPM = ("/var/lib/rpm", "/usr/lib/sysimage/rpm", "/usr/share/rpm")
#: The names of rpm's databases, and what reads each.
_READERS: Mapping[str, Callable[[bytes], list[Package]]] = {
    "rpmdb.sqlite": read_sqlite,
    "Packages": read_bdb,
    "Packages.db": read_ndb,
}
#: Databases that are not read, by their places.
_OTHERS = {
    f"{_DPKG}/status.d": "dpkg, in a file for each package",
    "/lib/apk/db/installed": "apk",
    "/usr/lib/apk/db/installed": "apk",
    "/var/lib/pacman/local": "pacman",
    "/var/db/pkg": "Portage",
}
#: What SQLite keeps beside a database while it is changed.
_LOGS = ("-wal", "-journal")


def read_packages(reader: Reader) -> Fact[Packages]:
    """The packages of the one database that holds any. Where several do, which is the system's is not known."""
    found: list[Packages] = []
    for part in (_of_dpkg(reader), _of_rpm(reader)):
        if isinstance(part, Unread):
            return part
        if part is not None and part.packages:
            found.append(part)
    if not found:
        return _none(reader)
    if len(found) > 1:
        return reader.unread(
            f"{_DPKG}/status", "dpkg and rpm both have packages, and which of them counts is not known"
        )
    return found[0]


def _none(reader: Reader) -> Unread:
    """Why there are no packages of dpkg or rpm; whose there are instead, where that is seen."""
    for path, manager in _OTHERS.items():
        file = reader.file(path)
        if not isinstance(file, Unread) and file is not None:
            return reader.unread(path, f"the package database is that of {manager}, which is not read")
    return reader.unread(f"{_DPKG}/status", "there is no package database of dpkg or rpm")


def _of_dpkg(reader: Reader) -> Fact[Packages | None]:
    status = reader.data(f"{_DPKG}/status", _MAX_DPKG)
    if isinstance(status, Unread) or not status:
        return None if status == b"" else status
    for folder, words in (
        ("updates", "dpkg was interrupted: changes are noted here that its status file does not have"),
        ("status.d", "there are packages in files of their own, beside the status file"),
    ):
        names = reader.matching(f"{_DPKG}/{folder}", r"[0-9]+" if folder == "updates" else r".+")
        if isinstance(names, Unread):
            return names
        if names:
            return reader.unread(names[0], words)
    return _dpkg(reader, status)


def _of_rpm(reader: Reader) -> Fact[Packages | None]:
    databases: dict[str, str] = {}
    for folder in _RPM:
        names = reader.names(folder)
        if isinstance(names, Unread):
            return names
        for name in _READERS:
            real = reader.tree.real(f"{folder}/{name}") if name in names else ABSENT
            if isinstance(real, Unreadable):
                return reader.unread(f"{folder}/{name}", real.words)
            if isinstance(real, str):
                databases[real] = name
    if len(databases) > 1:
        return reader.unread(", ".join(databases), "there is more than one rpm database, and which counts is not known")
    for path, name in databases.items():
        return _rpm(reader, path, _READERS[name])
    return None


def _dpkg(reader: Reader, status: bytes) -> Fact[Packages]:
    if b"\0" in status or not status.endswith(b"\n\n"):
        return reader.unread(f"{_DPKG}/status", "it is damaged: a list of dpkg ends with an empty line, and has no NUL")
    found: list[Package] = []
    fields: dict[str, str] = {}
    for line in [*status.decode("utf-8", "replace").split("\n"), ""]:
        if line[:1] in (" ", "\t"):
            continue
        if line:
            name, colon, value = line.partition(":")
            if not colon or not re.fullmatch(r"[\w-]+", name):
                return reader.unread(f"{_DPKG}/status", f"it is damaged: {line[:100]}")
            fields[name.capitalize()] = value.strip()
            continue
        if fields and not {"Package", "Status"} <= fields.keys():
            return reader.unread(f"{_DPKG}/status", "it is damaged: a package in it has no name or no state")
        if fields:
            state = fields.get("Status", "").rpartition(" ")[2]
            found.append(Package(fields["Package"], fields.get("Version", ""), state))
            if len(found) > _MAX_PACKAGES:
                return reader.unread(f"{_DPKG}/status", f"it has more than {_MAX_PACKAGES} packages")
        fields = {}
    return Packages("dpkg", _by_name(found))


def _rpm(reader: Reader, path: str, packages_in: Callable[[bytes], list[Package]]) -> Fact[Packages]:
    for ending in _LOGS:
        log = reader.file(f"{path}{ending}")
        if isinstance(log, Unread):
            return log
        if log is not None and log.size:
            return reader.unread(path, "the rpm database has changes in a log beside it, which is not read")
    data = reader.data(path, MAX_FILE)
    if isinstance(data, Unread):
        return data
    try:
        found = packages_in(data or b"")
    except (BrokenDatabase, struct.error) as problem:
        return reader.unread(path, f"the rpm database could not be read: {problem}")
    return Packages("rpm", _by_name(found))


def _by_name(packages: Iterable[Package]) -> dict[str, tuple[Package, ...]]:
    found: dict[str, tuple[Package, ...]] = {}
    for package in packages:
        found[package.name] = (*found.get(package.name, ()), package)
    return found
