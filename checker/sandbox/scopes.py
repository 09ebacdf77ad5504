"""Scopes: what a body of Microsoft.Authorization hangs on, and which of them apply where.

Scopes are folded, with a leading slash and none at the end; ``/`` is the tenant's root.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from checker.facts.arm_id import ArmId, ancestors, fold, subscription_key
from checker.facts.unread import FactName
from checker.sandbox.store import Store

_MANAGEMENT_GROUP = "/providers/microsoft.management/managementgroups/"
_AUTHORIZATION = "/providers/microsoft.authorization/"


@dataclass(frozen=True, slots=True)
class Scope:
    """A scope as it was asked for, and folded."""

    text: str
    key: str

    @classmethod
    def of(cls, segments: tuple[str, ...]) -> Scope:
        """The scope that the parts of a path name; none of them is the root."""
        text = "/" + "/".join(segments)
        return cls(text, fold(text))

    @property
    def subscription(self) -> str | None:
        """The folded id of the subscription it is in; None above the subscriptions."""
        parts = self.key.split("/")
        return f"/subscriptions/{parts[2]}" if len(parts) > 2 and parts[1] == "subscriptions" else None

    @property
    def arm_id(self) -> ArmId | None:
        """The id of a subscription or of a resource; None for a group and for what is above."""
        try:
            return ArmId.parse(self.text)
        except ValueError:
            return None


def scope_of(body: Mapping[str, Any]) -> str | None:
    """The scope that a body names, else the one that its id hangs from; None where neither can be read."""
    properties = body.get("properties")
    scope = properties.get("scope") if isinstance(properties, dict) else None
    if scope is None:
        id = body.get("id")
        if not isinstance(id, str) or _AUTHORIZATION not in fold(id):
            return None
        scope = fold(id).rpartition(_AUTHORIZATION)[0]
    return "/" + fold(scope).strip("/") if isinstance(scope, str) else None


def is_management_group(key: str) -> bool:
    """Whether a scope is a management group."""
    return key.startswith(_MANAGEMENT_GROUP)


def is_below(key: str, at: str) -> bool:
    """Whether a scope lies below another, as far as the ids tell: a management group tells nothing."""
    return key != at and (at == "/" or key.startswith(at + "/"))


def is_above(store: Store, key: str, at: Scope) -> bool | None:
    """Whether a scope is another or above it; None where a management group leaves it open."""
    if key == at.key or key in ancestors(at.key):
        return True
    if not is_management_group(key):
        return False
    name = key.removeprefix(_MANAGEMENT_GROUP)
    if at.subscription is not None:
        groups = _management_groups(store, at.subscription)
        return None if groups is None else name in groups
    return _holds(store, name, at.key.removeprefix(_MANAGEMENT_GROUP)) if is_management_group(at.key) else False


def _management_groups(store: Store, subscription: str) -> frozenset[str] | None:
    """The folded names of the management groups above a subscription; None where they were not read."""
    if store.unread_around(FactName.MANAGEMENT_GROUPS, subscription) is not None:
        return None
    for written, names in (store.section("managementGroups") or {}).items():
        if subscription_key(written) == subscription:
            return frozenset(fold(name) for name in names)
    return None


def _holds(store: Store, group: str, inner: str) -> bool | None:
    """Whether a management group may be above another: not, where a subscription is below that one only."""
    for written in store.section("managementGroups") or {}:
        above = _management_groups(store, subscription_key(written))
        if above is not None and inner in above and group not in above:
            return False
    return None
