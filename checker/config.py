"""The configuration file: ``imagecheck.toml``, or ``[tool.imagecheck]`` in ``pyproject.toml``.

Found upward from the working directory. Keys are the long flags without their dashes.
"""

from __future__ import annotations

import difflib
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from checker.errors import ConfigProblem

_MAX_BYTES = 1024 * 1024

#: The type of each key: one text, several, true and false, or a number. What lets a run change things is no key.
_ONE = frozenset({"source", "publisher", "fail-on", "cloud", "tenant", "auth"})
_SEVERAL = frozenset({"subscription", "publisher-tenant", "select", "ignore", "allow-unevaluated", "output"})
_FLAGS = frozenset({"exit-zero", "quiet", "verbose", "no-color"})
#: The clouds that a file may name: a file that merely lies in a folder must not send a sign-in anywhere else.
_CLOUDS = ("public", "usgov", "china")
_NUMBERS = frozenset({"jobs", "max-changes"})
KEYS = _ONE | _SEVERAL | _FLAGS | _NUMBERS


def find(start: Path) -> Path | None:
    """The nearest configuration file from a folder upward, or None."""
    for folder in (start, *start.parents):
        own = folder / "imagecheck.toml"
        if own.is_file():
            return own
        shared = folder / "pyproject.toml"
        if shared.is_file():
            tool = _parse(shared).get("tool")
            if isinstance(tool, Mapping) and "imagecheck" in tool:
                return shared
    return None


def load(path: Path) -> dict[str, Any]:
    """The settings of a file by parameter name (``fail_on``), checked.

    Raises ConfigProblem, in one line with the path, for a file that cannot be followed.
    """
    document = _parse(path)
    if path.name == "pyproject.toml":
        tool = document.get("tool")
        document = tool.get("imagecheck", {}) if isinstance(tool, Mapping) else {}
        if not isinstance(document, Mapping):
            raise ConfigProblem(f"{path}: [tool.imagecheck] is not a table")
    return {key.replace("-", "_"): _checked(path, key, value) for key, value in document.items()}


def _checked(path: Path, key: str, value: Any) -> Any:
    if key not in KEYS:
        near = difflib.get_close_matches(key, sorted(KEYS), 1)
        hint = f"did you mean {near[0]}?" if near else f"known are {', '.join(sorted(KEYS))}"
        raise ConfigProblem(f"{path}: unknown key {key}: {hint}")
    if key == "cloud" and value not in _CLOUDS:
        raise ConfigProblem(
            f"{path}: cloud is not one of {', '.join(_CLOUDS)}; the URL of another is given with --cloud"
        )
    if key in _FLAGS and isinstance(value, bool):
        return value
    if key in _ONE and isinstance(value, str):
        return value
    if key in _NUMBERS and isinstance(value, int) and not isinstance(value, bool):
        return value
    if key in _SEVERAL and isinstance(value, str):
        return [value]
    if key in _SEVERAL and isinstance(value, list) and all(isinstance(part, str) for part in value):
        return value
    wanted = "true or false" if key in _FLAGS else "a number" if key in _NUMBERS else "a text"
    wanted += " or a list of texts" if key in _SEVERAL else ""
    raise ConfigProblem(f"{path}: {key} is not {wanted}")


def _parse(path: Path) -> dict[str, Any]:
    try:
        with path.open("rb") as file:
            content = file.read(_MAX_BYTES + 1)
        if len(content) > _MAX_BYTES:
            raise ConfigProblem(f"{path}: larger than 1 MiB")
        return tomllib.loads(content.decode())
    except OSError as error:
        raise ConfigProblem(f"{path}: {error.strerror}") from None
    except (ValueError, RecursionError) as error:
        raise ConfigProblem(f"{path}: not TOML: {str(error)[:120]}") from None
