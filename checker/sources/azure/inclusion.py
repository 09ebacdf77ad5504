"""What is sent to include a version in latest: nothing else of the version may change."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def inclusion(properties: Mapping[str, Any]) -> dict[str, Any]:
    """What a PATCH sends so that a version is included in latest and nothing else of it changes.

    A profile is merged [recorded], a list in it takes the place of the old one: regions are sent whole. The recorded
    update carries the version's own source with it, which is what it was; sizes and data disks are left to Azure.
    """
    profile = properties["publishingProfile"]
    sent = {"excludeFromLatest": False}
    if isinstance(profile.get("targetRegions"), list):
        sent["targetRegions"] = profile["targetRegions"]
    storage = properties.get("storageProfile")
    if not isinstance(storage, Mapping):
        return {"publishingProfile": sent}
    kept = {"source": storage.get("source"), "osDiskImage": _part(storage.get("osDiskImage"), "hostCaching", "source")}
    return {"publishingProfile": sent, "storageProfile": _without_nulls(kept)}


def _part(value: Any, *names: str) -> Any:
    return {name: value.get(name) for name in names} if isinstance(value, Mapping) else None


def _without_nulls(value: Mapping[str, Any]) -> dict[str, Any]:
    """Without what is null, which a PATCH would take away."""
    return {
        name: _without_nulls(part) if isinstance(part, Mapping) else part
        for name, part in value.items()
        if part is not None
    }
