"""Compare a store before and after ``--fix`` with what the report says was performed: ``BEFORE AFTER REPORT``.

Every change must be one that an operation says it makes, and every operation must have made its changes. It reads the
three files and nothing of the program, so that it does not share the program's mistakes.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

Change = tuple[str, str, str]


def load(path: str) -> Any:
    """The JSON of a file."""
    return json.loads(Path(path).read_text(encoding="utf-8"))


def entries(document: dict[str, Any]) -> Iterator[tuple[str, str, Any]]:
    """Section, key and content of everything in a snapshot: by id where things have one."""
    for section, content in document.items():
        if isinstance(content, list):
            for number, item in enumerate(content):
                id = item.get("id", number) if isinstance(item, dict) else number
                yield section, str(id).lower(), item
        elif isinstance(content, dict):
            for key, item in content.items():
                yield section, key.lower(), item
        else:
            yield section, "", content


def leaves(value: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """Path and value of everything in a body. The statuses of an instance view are named by their kind."""
    if isinstance(value, dict) and value:
        for name, inner in value.items():
            yield from leaves(inner, f"{path}.{name}" if path else name)
    elif isinstance(value, list) and value:
        for number, inner in enumerate(value):
            code = inner.get("code") if isinstance(inner, dict) else None
            if isinstance(code, str):
                yield f"{path}.{code.partition('/')[0]}", code
            else:
                yield from leaves(inner, f"{path}[{number}]")
    else:
        yield path, value


def differences(before: dict[str, Any], after: dict[str, Any]) -> dict[Change, tuple[Any, Any]]:
    """What changed: (section, key, path) with the old and the new value. A body that came is one change."""
    old = {(section, key): item for section, key, item in entries(before)}
    new = {(section, key): item for section, key, item in entries(after)}
    found: dict[Change, tuple[Any, Any]] = {}
    for section, key in old.keys() | new.keys():
        if (section, key) not in old or (section, key) not in new:
            found[section, key, ""] = (old.get((section, key)), new.get((section, key)))
            continue
        was, now = dict(leaves(old[section, key])), dict(leaves(new[section, key]))
        for path in was.keys() | now.keys():
            if was.get(path) != now.get(path):
                found[section, key, path] = (was.get(path), now.get(path))
    return found


def made_by(operation: dict[str, Any], found: dict[Change, tuple[Any, Any]]) -> list[Change]:
    """The changes that an operation explains; none where it did not do what it says."""
    match operation["verb"]:
        case "deallocate" | "generalize" as verb:
            kind, code = {"deallocate": ("PowerState", "PowerState/deallocated")}.get(
                verb, ("OSState", "OSState/generalized")
            )
            change = ("instanceViews", operation["vm"].lower(), f"statuses.{kind}")
            return [change] if found.get(change, (None, None))[1] == code else []
        case "include-in-latest":
            key = operation["version"].lower()
            paths = [c for c in found if c[:2] == ("resources", key) and c[2].endswith("xcludeFromLatest")]
            return paths if all(not found[change][1] for change in paths) else []
        case "register-provider":
            change = ("providers", operation["subscription"].lower(), operation["namespace"])
            return [change] if found.get(change, (None, None))[1] == "Registered" else []
        case "grant-role":
            return [change for change, (old, new) in found.items() if old is None and is_grant(change, new, operation)]
        case verb:
            raise SystemExit(f"{verb} is not known here: teach {__file__} what it changes")


def is_grant(change: Change, body: Any, operation: dict[str, Any]) -> bool:
    """Whether a body that came is the role assignment of an operation."""
    if change[0] != "roleAssignments":
        return False
    properties = body["properties"]
    principal = operation["principal"].get("id")
    return bool(
        properties["scope"].lower() == operation["scope"].lower()
        and properties["roleDefinitionId"].lower().endswith("/" + operation["role"].lower())
        and (principal is None or properties["principalId"].lower() == principal.lower())
        and not properties.get("condition")
    )


def main(before: str, after: str, report: str) -> int:
    """Print what changed and why; 1 where a change has no operation, or an operation no change."""
    found = differences(load(before), load(after))
    performed = [operation for operation in load(report)["fixes"]["performed"] if operation["ending"] == "done"]
    explained: set[Change] = set()
    code = 0
    for operation in performed:
        changes = made_by(operation, found)
        explained.update(changes)
        if not changes:
            print(f"NOT DONE: {operation['description']}")
            code = 1
    for change, (old, new) in sorted(found.items()):
        if change not in explained:
            print(f"NOT PLANNED: {' '.join(change)}: {json.dumps(old)} -> {json.dumps(new)}")
            code = 1
    print(f"{len(performed)} operations, {len(found)} changes")
    return code


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
