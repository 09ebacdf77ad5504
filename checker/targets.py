"""Targets as the command line gives them: ARM ids, short forms, disk files, files of targets."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeAlias
from urllib.parse import urlsplit

from checker.errors import UsageProblem
from checker.facts.arm_id import ArmId, Kind, fold
from checker.facts.assets import Definition, Version
from checker.facts.directory import is_guid
from checker.facts.estate import Estate
from checker.facts.version_number import VersionNumber
from checker.redaction import without_query

_MAX_FILE = 1024 * 1024

_FORMS = {
    "gallery": "gallery:RG/NAME",
    "definition": "definition:RG/GALLERY/NAME",
    "version": "version:RG/GALLERY/DEFINITION/X.Y.Z|latest",
    "vm": "vm:RG/NAME",
    "disk": "disk:RG/NAME",
}
#: What the names of disk files end with.
_DISK_SUFFIXES = frozenset({".vhd", ".vhdx", ".img", ".raw", ".vmdk", ".qcow2"})
_LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})
_TYPES = {
    "gallery": ("galleries",),
    "definition": ("galleries", "images"),
    "version": ("galleries", "images", "versions"),
    "vm": ("virtualMachines",),
    "disk": ("disks",),
}


@dataclass(frozen=True, slots=True)
class ShortForm:
    """``vm:RG/NAME`` and its like: an id but for the subscription."""

    text: str
    kind: str
    group: str
    names: tuple[str, ...]

    def id_in(self, subscription: str) -> ArmId:
        """The id in a subscription."""
        parts = "".join(f"/{type}/{name}" for type, name in zip(_TYPES[self.kind], self.names, strict=True))
        return ArmId.parse(
            f"/subscriptions/{subscription}/resourceGroups/{self.group}/providers/Microsoft.Compute{parts}"
        )


Target: TypeAlias = ArmId | ShortForm


@dataclass(frozen=True, slots=True)
class DiskTarget:
    """A disk file. ``id`` is its path, or its URL without the query; ``url`` is the whole URL, with its secret."""

    id: str
    url: str = field(default="", repr=False)


def split(texts: Iterable[str]) -> tuple[tuple[str, ...], tuple[DiskTarget, ...]]:
    """The targets that are no disk files, as they were written, and those that are, each once.

    Raises UsageProblem for a URL that cannot be one of a disk, or that is given with two different queries.
    """
    others: list[str] = []
    disks: dict[str, DiskTarget] = {}
    for text in texts:
        disk = _disk(text)
        if disk is None:
            others.append(text)
        elif disks.setdefault(disk.id, disk) != disk:
            raise UsageProblem(f"{disk.id} is given twice, with different queries")
    return tuple(others), tuple(disks.values())


def _disk(text: str) -> DiskTarget | None:
    form, colon, path = text.partition(":")
    is_form = bool(colon) and form.lower() == "vhd"
    address = path if is_form else text
    if not address.lower().startswith(("https://", "http://")):
        if is_form and (not path or "\0" in path):
            raise UsageProblem("vhd: names no file: write vhd:PATH")
        return DiskTarget(path) if is_form else None
    id = without_query(address)
    try:
        parts = urlsplit(address)
        host, user, _ = parts.hostname, parts.username, parts.port
    except ValueError:
        raise UsageProblem(f"{id} is no URL") from None
    if user is not None:
        raise UsageProblem("the URL of a disk holds no user name and no password: write https://HOST/PATH?SAS")
    if not host or parts.path in ("", "/") or not address.isprintable():
        raise UsageProblem(f"{id} is no URL of a disk: write https://HOST/PATH?SAS")
    if parts.scheme == "http" and host not in _LOOPBACK:
        raise UsageProblem(f"{id}: a disk is read over https, or over http from this machine only")
    return DiskTarget(id, address)


def parse(texts: Iterable[str]) -> tuple[Target, ...]:
    """Read targets. Raises UsageProblem for a text that is no target, in words that say what would be one."""
    return tuple(_parse_one(text) for text in texts)


def resolve(targets: Iterable[Target], estate: Estate, subscriptions: tuple[str, ...]) -> tuple[ArmId, ...]:
    """The ids of targets, each once. ``subscriptions`` are those that short forms may be in.

    Raises UsageProblem for a short form without exactly one subscription, or where ``latest`` names nothing.
    """
    found: dict[str, ArmId] = {}
    for target in targets:
        id = target if isinstance(target, ArmId) else _in_the_one(target, subscriptions)
        if id.kind is Kind.VERSION and fold(id.name) == "latest":
            id = _latest(id, estate)
        found.setdefault(id.key, id)
    return tuple(found.values())


def expand(texts: Iterable[str]) -> Iterator[str]:
    """The targets with those of files in the place of ``@FILE``: one a line, ``#`` for a comment.

    Raises UsageProblem for a file that cannot be read, that names nothing or another file, or what is no target.
    """
    for text in texts:
        if not text.startswith("@"):
            yield text
            continue
        if text == "@":
            raise UsageProblem("@ names no file: write @FILE")
        path = Path(text[1:])
        try:
            with path.open(encoding="utf-8-sig") as file:
                content = file.read(_MAX_FILE + 1)
        except (OSError, UnicodeDecodeError, ValueError) as error:
            words = error.strerror if isinstance(error, OSError) else "not UTF-8 text"
            raise UsageProblem(f"the target file {path} cannot be read: {words}") from None
        if len(content) > _MAX_FILE:
            raise UsageProblem(f"the target file {path} is larger than 1 MiB")
        lines = [line.strip() for line in content.splitlines()]
        named = [line for line in lines if line and not line.startswith("#")]
        if not named:
            raise UsageProblem(f"the target file {path} names no target")
        for line in named:
            if line.startswith("@"):
                raise UsageProblem(f"the target file {path} names another file: {line}")
            try:
                if _disk(line) is None:
                    _parse_one(line)
            except UsageProblem as problem:
                raise UsageProblem(f"the target file {path}: {problem}") from None
            yield line


def _parse_one(text: str) -> Target:
    if not text.strip():
        raise UsageProblem("a target is empty: write an ARM id or a short form like vm:RG/NAME")
    if not text.isascii() and any("\ud800" <= character <= "\udfff" for character in text):
        raise UsageProblem(f"{text} is no target: it is not UTF-8")
    text = text.strip()
    disk = _disk(text)
    if disk is not None:
        raise UsageProblem(f"{disk.id} is a disk file, which only `imagecheck check` looks at")
    form, colon, rest = text.partition(":")
    form = form.lower()
    if colon and form == "subscription":
        if not is_guid(rest):
            raise UsageProblem(f"{text} is no target: write subscription:ID with the subscription's GUID")
        return ArmId.parse(f"/subscriptions/{rest}")
    if colon and form in _FORMS:
        group, *names = rest.split("/")
        if not group or not all(names) or len(names) != len(_TYPES[form]):
            raise UsageProblem(f"{text} is no target: write {_FORMS[form]}")
        return ShortForm(text, form, group, tuple(names))
    try:
        return ArmId.parse(text)
    except ValueError as error:
        if Path(text).suffix.lower() in _DISK_SUFFIXES:
            raise UsageProblem(f"{text} is no target: for a disk file write vhd:{text}") from None
        forms = ", ".join([*_FORMS.values(), "subscription:ID", "vhd:PATH", "https://..."])
        raise UsageProblem(f"{text} is no target ({error}): write an ARM id or one of {forms}") from None


def _in_the_one(target: ShortForm, subscriptions: tuple[str, ...]) -> ArmId:
    if len(subscriptions) != 1:
        named = ", ".join(subscriptions[:5]) + (", ..." if len(subscriptions) > 5 else "")
        few = f"there are {len(subscriptions)} ({named})" if subscriptions else "none is known"
        raise UsageProblem(
            f"{target.text} needs exactly one subscription, and {few}: give --subscription ID, or an ARM id"
        )
    return target.id_in(subscriptions[0])


def _latest(id: ArmId, estate: Estate) -> ArmId:
    parent = id.parent
    definition = None if parent is None else estate.find(parent)
    if parent is None or not isinstance(definition, Definition):
        raise UsageProblem(f"{parent} does not exist")
    versions = estate.versions(parent)
    candidates = [v for v in versions.known if v.number is not None and v.excluded_from_latest is not True]
    newest = max(candidates, key=_number, default=None)
    if versions.rest is not None or (newest is not None and newest.excluded_from_latest is not False):
        # Which version it is cannot be told: then the definition is judged, with what was not read of it.
        return parent
    if newest is None:
        raise UsageProblem(f"{parent} has no version that latest could mean")
    return newest.id


def _number(version: Version) -> VersionNumber:
    return version.number or VersionNumber(0, 0, 0)
