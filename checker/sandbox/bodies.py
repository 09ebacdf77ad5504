"""Bodies: the JSON of a resource, read and changed in place. What it holds may be of any shape."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import Any

from checker.sandbox.refusals import invalid_content

#: What Azure writes itself, wherever it stands; a request that gives it is not asking for it.
_READ_ONLY = frozenset({"provisioningState", "instanceView", "replicationStatus", "publishedDate", "timeCreated"})
#: What is sent and never given back, and has no business in a file [documented: write-only].
_SECRET = frozenset({"adminPassword", "customData", "userData", "protectedSettings"})


def part(found: dict[str, Any], name: str) -> dict[str, Any]:
    """An object in an object; {} where it is missing or null. Raises Refusal for anything else."""
    value = found.get(name)
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise invalid_content(f"'{name}' is no object")
    return value


def inside(body: dict[str, Any], *names: str) -> dict[str, Any]:
    """The object at a path in a body, made where it is missing, to read and to change."""
    for name in names:
        inner = body.get(name)
        if not isinstance(inner, dict):
            inner = body[name] = {}
        body = inner
    return body


def peek(body: Mapping[str, Any] | None, *names: str) -> Mapping[str, Any]:
    """The object at a path in a body; {} where there is none. Changes nothing."""
    found: Any = body
    for name in names:
        found = found.get(name) if isinstance(found, dict) else None
    return found if isinstance(found, dict) else {}


def merge(into: dict[str, Any], sent: dict[str, Any]) -> None:
    """Put what was sent into a body: objects member by member, lists and values whole, null takes away.

    A PUT is merged as a PATCH is: which members Azure resets when a PUT leaves them out is unconfirmed.
    """
    for key, value in sent.items():
        if key in _READ_ONLY or key in _SECRET:
            continue
        if value is None:
            into.pop(key, None)
        elif isinstance(value, dict):
            merge(inside(into, key), value)
        else:
            into[key] = _without_secrets(copy.deepcopy(value))


def set_state(body: dict[str, Any], state: str) -> None:
    """Set the provisioning state of a body in place."""
    inside(body, "properties")["provisioningState"] = state


def _without_secrets(value: Any) -> Any:
    if isinstance(value, list):
        return [_without_secrets(item) for item in value]
    if isinstance(value, dict):
        return {key: _without_secrets(item) for key, item in value.items() if key not in _SECRET}
    return value
