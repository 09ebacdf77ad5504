"""What system an image holds, and what is at a path of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class OsRelease:
    """os-release, with every variable in ``fields``. ``like`` are the distributions that it says it resembles."""

    id: str
    version_id: str
    like: tuple[str, ...]
    pretty_name: str
    fields: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Elf:
    """The header of a program: ``machine`` as ``uname -m`` says it (or ``ELF machine 22``), ``bits`` 32 or 64."""

    path: str
    machine: str
    bits: int


@dataclass(frozen=True, slots=True)
class File:
    """Something at a path: its kind (file, directory, symlink, other), size in bytes, permission bits and owners."""

    path: str
    kind: str
    size: int
    permissions: int | None
    uid: int | None
    gid: int | None = None
