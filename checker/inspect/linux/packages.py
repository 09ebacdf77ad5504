"""The package database of an image: dpkg's status file, or rpm's SQLite file. Others are said to be unread."""

from __future__ import annotations

from collections.abc import Iterable

from checker.facts.linux_guest import Package, Packages
from checker.facts.unread import Fact, Unread
from checker.inspect.filesystem import MAX_FILE, MIB
from checker.inspect.linux.reader import Reader
from checker.inspect.linux.rpm_database import read_rpm

_DPKG = "/var/lib/dpkg/status"
_MAX_DPKG = 32 * MIB
_MAX_PACKAGES = 50_000
_RPM = ("/var/lib/rpm", "/usr/lib/sysimage/rpm", "/usr/share/rpm")
_OTHERS = {
    "Packages": "Berkeley DB",
    "Packages.db": "ndb",
}


def read_packages(reader: Reader) -> Fact[Packages]:
    """The installed packages, by dpkg or else by rpm."""
    status = reader.data(_DPKG, _MAX_DPKG)
    if isinstance(status, Unread):
        return status
    if status:
        return _dpkg(reader, status)
    for folder in _RPM:
        names = reader.names(folder)
        if isinstance(names, Unread):
            return names
        if "rpmdb.sqlite" in names:
            return _rpm(reader, f"{folder}/rpmdb.sqlite")
        for name, kind in _OTHERS.items():
            if name in names:
                return reader.unread(f"{folder}/{name}", f"the rpm database is of the kind {kind}, which is not read")
    return reader.unread(_DPKG, "there is no package database of dpkg or rpm")


def _dpkg(reader: Reader, status: bytes) -> Fact[Packages]:
    found: list[Package] = []
    fields: dict[str, str] = {}
    for line in [*status.decode("utf-8", "replace").split("\n"), ""]:
        if line[:1] in (" ", "\t"):
            continue
        if line:
            name, colon, value = line.partition(":")
            if colon and name in ("Package", "Version", "Status"):
                fields[name] = value.strip()
            continue
        if "Package" in fields:
            state = fields.get("Status", "").rpartition(" ")[2]
            found.append(Package(fields["Package"], fields.get("Version", ""), state))
            if len(found) > _MAX_PACKAGES:
                return reader.unread(_DPKG, f"it has more than {_MAX_PACKAGES} packages")
        fields = {}
    return Packages("dpkg", _by_name(found))


def _rpm(reader: Reader, path: str) -> Fact[Packages]:
    log = reader.file(f"{path}-wal")
    if isinstance(log, Unread):
        return log
    if log is not None and log.size:
        return reader.unread(path, "the rpm database has changes in a log beside it, which is not read")
    data = reader.data(path, MAX_FILE)
    if isinstance(data, Unread):
        return data
    found = read_rpm(data or b"")
    if isinstance(found, str):
        return reader.unread(path, f"the rpm database could not be read: {found}")
    return Packages("rpm", _by_name(found))


def _by_name(packages: Iterable[Package]) -> dict[str, tuple[Package, ...]]:
    found: dict[str, tuple[Package, ...]] = {}
    for package in packages:
        found[package.name] = (*found.get(package.name, ()), package)
    return found
