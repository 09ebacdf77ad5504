"""What cloud-init noted of its earlier boots: errors in its results, errors and warnings in its log.

What its log says is not kept, for it may hold secrets: only where, and how often. Sources: cloud-init's documentation,
"Reported status" (result.json and status.json, with ``errors`` and ``recoverable_errors``), and the pattern that
Microsoft's test searches its log for.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from checker.facts.unread import Fact, Unread
from checker.inspect.filesystem import MIB
from checker.inspect.linux.reader import Reader

_RESULTS = ("/var/lib/cloud/data/result.json", "/var/lib/cloud/data/status.json")
_LOG = "/var/log/cloud-init.log"
_MARKS = re.compile(r"\[(ERROR|WARNING|CRITICAL)\]:")
_MAX_DEPTH = 20
_LEVELS = ("CRITICAL", "ERROR", "WARNING")


def read_cloud_init_errors(reader: Reader) -> Fact[tuple[str, ...] | None]:
    """In words, what went wrong; empty where all went well, None where no boot noted anything."""
    found: list[str] = []
    noted = False
    for path in _RESULTS:
        text = reader.text(path)
        if isinstance(text, Unread):
            return text
        if text is None:
            continue
        noted = True
        try:
            lists = list(_lists_of_errors(json.loads(text), 0))
        except (ValueError, RecursionError):
            return reader.unread(path, "it is no JSON with lists of errors")
        if not lists:
            return reader.unread(path, "there is no list of errors in it")
        if any(lists):
            found.append(f"{path}: {sum(map(len, lists))} errors")
    log = reader.text(_LOG, 16 * MIB)
    if isinstance(log, Unread):
        return log
    if log is not None:
        noted = True
        marks = [match[1] for match in _MARKS.finditer(log)]
        found += [f"{_LOG}: {marks.count(mark)} lines with [{mark}]" for mark in _LEVELS if mark in marks]
    return tuple(found) if noted else None


def _lists_of_errors(value: Any, depth: int) -> Iterator[list[Any]]:
    """The list under each key ``errors``, and those of ``recoverable_errors``, at any depth. Raises ValueError."""
    if depth > _MAX_DEPTH:
        raise ValueError("too deep")
    if isinstance(value, list):
        for part in value:
            yield from _lists_of_errors(part, depth + 1)
    for key, part in value.items() if isinstance(value, dict) else ():
        if key == "errors":
            yield _list(part)
        elif key == "recoverable_errors" and isinstance(part, dict):
            yield from (_list(part[level]) for level in _LEVELS if level in part)  # there is DEPRECATED too
        elif key == "recoverable_errors":
            raise ValueError("no lists by level")
        else:
            yield from _lists_of_errors(part, depth + 1)


def _list(value: Any) -> list[Any]:
    if not isinstance(value, list):
        raise ValueError("no list")
    return value
