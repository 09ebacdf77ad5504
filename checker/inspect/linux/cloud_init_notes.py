"""What cloud-init noted of its earlier boots: errors in its results, errors and warnings in its log.

What its log says is not kept, for it may hold secrets: only where, and how often. Sources: cloud-init's documentation,
"Reported status" (result.json and status.json), and the pattern that Microsoft's test searches its log for.
"""

from __future__ import annotations

import json
import re
from typing import Any

from checker.facts.unread import Fact, Unread
from checker.inspect.filesystem import MIB
from checker.inspect.linux.reader import Reader

_RESULTS = ("/var/lib/cloud/data/result.json", "/var/lib/cloud/data/status.json")
_LOG = "/var/log/cloud-init.log"
_MARKS = re.compile(r"\[(ERROR|WARNING)\]:")


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
            count = _errors(json.loads(text), 0)
        except (ValueError, RecursionError):
            return reader.unread(path, "it is no JSON")
        if count:
            found.append(f"{path}: {count} errors")
    log = reader.text(_LOG, 16 * MIB)
    if isinstance(log, Unread):
        return log
    if log is not None:
        noted = True
        marks = [match[1] for match in _MARKS.finditer(log)]
        found += [f"{_LOG}: {marks.count(mark)} lines with [{mark}]" for mark in ("ERROR", "WARNING") if mark in marks]
    return tuple(found) if noted else None


def _errors(value: Any, depth: int) -> int:
    """How many errors are listed under a key ``errors``, at any depth."""
    if depth > 20:
        raise ValueError("too deep")
    if isinstance(value, dict):
        listed = value.get("errors")
        own = len(listed) if isinstance(listed, list) else 0
        return own + sum(_errors(part, depth + 1) for key, part in value.items() if key != "errors")
    return sum(_errors(part, depth + 1) for part in value) if isinstance(value, list) else 0
