"""Unified kernel images: programs of EFI with a kernel in them, and its command line in a section of its own.

Sources: the UAPI group's specification of unified kernel images (``.linux``, ``.cmdline``, ``.uname``; with several
profiles there may be several command lines), systemd-stub(7) for addons, and the PE format for the table of sections.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass

from checker.inspect.linux.reader import Reader

#: The table of sections lies in what is read of every program.
HEAD = 4096
_MAX_SECTIONS = 96
_ENTRY = struct.Struct("<8s4I16x")
_TEXTS = (".cmdline", ".uname")
#: Far above what a kernel takes, and how deep in a file it is looked for.
_MAX_LINE = 64 * 1024
_MAX_DEPTH = 4 * 1024 * 1024


def is_kernel(start: bytes) -> bool:
    """Whether a program of EFI is a kernel, or has one in it, by its first bytes."""
    return start[0x202:0x206] == b"HdrS" or start[56:60] == b"ARM\x64" or b".linux\0\0" in start


@dataclass(frozen=True, slots=True)
class Unified:
    """What a unified kernel image says: the version of its kernel, empty where it does not, and its command lines."""

    version: str
    command_lines: tuple[str, ...]


def read_unified(reader: Reader, path: str, base: str) -> Unified | None:
    """A unified kernel image below the folder ``base``.

    None where it has no command line of its own, where an addon may add to it, or where it is not understood.
    """
    start = reader.tree.head(path, HEAD)
    if not isinstance(start, bytes) or b".linux\0\0" not in start:
        return None
    for folder in (f"{path}.extra.d", f"{base}/loader/addons"):
        addons = reader.matching(folder, r"(?i).*\.efi")
        if not isinstance(addons, tuple) or addons:
            return None
    sections = [one for one in _sections(start) if one.name in _TEXTS]
    if any(one.length > _MAX_LINE or one.at + one.length > _MAX_DEPTH for one in sections):
        return None
    whole = reader.tree.head(path, max((one.at + one.length for one in sections), default=0))
    texts: dict[str, list[str]] = {name: [] for name in _TEXTS}
    for one in sections:
        data = whole[one.at : one.at + one.length] if isinstance(whole, bytes) else b""
        text = data.rstrip(b"\0")
        if len(data) < one.length or b"\0" in text:
            return None
        texts[one.name].append(text.decode("utf-8", "replace").strip())
    lines = tuple(texts[".cmdline"])
    return Unified("".join(texts[".uname"][:1]), lines) if lines else None


@dataclass(frozen=True, slots=True)
class _Section:
    name: str
    at: int
    length: int


def _sections(start: bytes) -> Iterator[_Section]:
    """The sections of a program by its first bytes; none where there is no table of them."""
    if start[:2] != b"MZ" or len(start) < 0x40:
        return
    header = int.from_bytes(start[0x3C:0x40], "little")
    if start[header : header + 4] != b"PE\0\0" or header + 24 > len(start):
        return
    count, optional = struct.unpack_from("<H12xH", start, header + 6)
    first = header + 24 + optional
    if count > _MAX_SECTIONS or first + _ENTRY.size * count > len(start):
        return
    for number in range(count):
        name, used, _, kept, at = _ENTRY.unpack_from(start, first + _ENTRY.size * number)
        yield _Section(name.rstrip(b"\0").decode("ascii", "replace"), at, min(used, kept))
