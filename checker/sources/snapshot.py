"""The snapshot file: read with bounds, written without secrets."""

from __future__ import annotations

import json
import stat
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NoReturn

from checker.errors import SnapshotProblem
from checker.facts.snapshot import Snapshot
from checker.redaction import REDACTED, is_secret_name, redact

#: The largest file that is read: 20,000 assets take about a third of it.
MAX_BYTES = 128 * 1024 * 1024

#: Members of Azure's bodies that hold secrets, folded: never written.
_SECRET_MEMBERS = frozenset(
    {
        *("customdata", "userdata", "adminpassword", "accesssas", "additionalunattendcontent"),
        *("protectedsettings", "protectedsettingsfromkeyvault"),
    }
)


def load(path: Path) -> Snapshot:
    """Read a snapshot file.

    Raises SnapshotProblem, in one line with the path, for whatever is wrong with it.
    """
    try:
        return Snapshot.from_document(_parse(_read(path)))
    except SnapshotProblem as problem:
        raise SnapshotProblem(f"{path}: {problem}") from None


def dump(snapshot: Snapshot) -> str:
    """The text of a snapshot file. Without secrets it holds what was loaded.

    Raises SnapshotProblem for what JSON cannot hold, or cannot hold so deep.
    """
    try:
        clean = _without_secrets(snapshot.sections, in_extension=False)
        return json.dumps(clean, indent=1, ensure_ascii=False, allow_nan=False) + "\n"
    except RecursionError:
        raise SnapshotProblem("it is nested too deeply to be written") from None
    except ValueError:
        raise SnapshotProblem("it holds a number that JSON cannot hold") from None


def _read(path: Path) -> bytes:
    try:
        mode = path.stat().st_mode
        if not stat.S_ISREG(mode):
            raise SnapshotProblem("not a file")
        with path.open("rb") as file:
            content = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise SnapshotProblem(error.strerror or "cannot be read") from None
    except ValueError:
        raise SnapshotProblem("not a path") from None
    if len(content) > MAX_BYTES:
        raise SnapshotProblem(f"larger than the {MAX_BYTES // 1024**2} MiB that a snapshot may have")
    return content


def _parse(content: bytes) -> Any:
    try:
        return json.loads(content, object_pairs_hook=_object, parse_constant=_refuse_constant)
    except RecursionError:
        raise SnapshotProblem("its JSON is nested too deeply") from None
    except json.JSONDecodeError as error:
        raise SnapshotProblem(f"not JSON: {error.msg} at line {error.lineno}, column {error.colno}") from None
    except UnicodeDecodeError:
        raise SnapshotProblem("not JSON: not UTF-8 text") from None
    except ValueError as error:
        raise SnapshotProblem(f"not JSON: {str(error)[:100]}") from None


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Refuse a key that is given twice: which of the two values holds is anybody's guess."""
    found = dict(pairs)
    if len(found) != len(pairs):
        given = Counter(key for key, _ in pairs)
        twice = next(key for key in given if given[key] > 1)
        raise SnapshotProblem(f"the key {twice[:80]} is given twice in one object")
    return found


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not a JSON value")


def _without_secrets(value: Any, *, in_extension: bool) -> Any:
    if isinstance(value, str):
        return redact(value)
    if isinstance(value, list):
        return [_without_secrets(part, in_extension=in_extension) for part in value]
    if isinstance(value, Mapping):
        inside = in_extension or _is_extension(value)
        return {
            redact(key): REDACTED
            if is_secret_name(key) and isinstance(part, str)
            else _without_secrets(part, in_extension=inside or "extension" in key.lower())
            for key, part in value.items()
            if key.lower() not in _SECRET_MEMBERS and not (inside and key.lower() == "settings")
        }
    return value


def _is_extension(body: Mapping[str, Any]) -> bool:
    """Whether a body is an extension's: its settings may hold anything."""
    return any("/extensions" in str(body.get(name, "")).lower() for name in ("id", "type"))
