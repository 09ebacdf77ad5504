"""Which VM an image version was captured from, through every form that a version's source can take."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from checker.facts.arm_id import ArmId, Kind
from checker.facts.assets import Version
from checker.facts.estate import Estate
from checker.facts.unread import Unread
from checker.facts.wire import Body

#: How many resources are followed from one version. Real chains have two or three.
_MAX_STEPS = 32

_Forms: TypeAlias = tuple[tuple[str, str], ...]

_VERSION_FORMS: _Forms = (
    ("properties.storageProfile.source.virtualMachineId", "a VM"),
    ("properties.storageProfile.source.id", "a resource"),
    ("properties.storageProfile.source.communityGalleryImageId", "a community gallery image"),
    ("properties.storageProfile.osDiskImage.source.id", "a disk or snapshot"),
    ("properties.storageProfile.osDiskImage.source.uri", "a blob"),
    ("properties.storageProfile.osDiskImage.source.storageAccountId", "a blob"),
)
_MANAGED_IMAGE_FORMS: _Forms = (
    ("properties.sourceVirtualMachine.id", "a VM"),
    ("properties.storageProfile.osDisk.managedDisk.id", "a managed disk"),
    ("properties.storageProfile.osDisk.snapshot.id", "a disk snapshot"),
    ("properties.storageProfile.osDisk.blobUri", "a blob"),
)

_ENDS = {
    "microsoft.compute/disks": "a managed disk",
    "microsoft.compute/snapshots": "a disk snapshot",
}


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a version came from.

    ``vms`` are the VMs with the version that was captured from each: a copy's is the one it was copied from.
    ``ends`` are the words for what leads to no VM; ``unread`` says where the way could not be followed.
    """

    vms: tuple[tuple[ArmId, Version], ...]
    ends: tuple[str, ...]
    unread: Unread | None


@dataclass(frozen=True, slots=True)
class _Step:
    """A body to look for sources in, and the version that is its, or was made from it."""

    body: Body
    forms: _Forms
    captured: Version


def origin_of(version: Version, estate: Estate) -> Origin:
    """Follow a version's sources to the VMs they came from. Bounded, and safe with circles."""
    vms: dict[tuple[str, str], tuple[ArmId, Version]] = {}
    ends: dict[str, None] = {}
    unread: Unread | None = None
    seen = {version.id.key}
    waiting = [_Step(version.body, _VERSION_FORMS, version)]
    while waiting:
        step = waiting.pop(0)
        sources, hidden = _sources(step)
        unread = hidden if unread is None else unread
        if not sources and hidden is None:
            ends["a source that Azure does not name"] = None
        for text, words in sources:
            id = _parse(text)
            if id is None:
                ends["a shared gallery image" if words == "a resource" else words] = None
            elif id.kind is Kind.VM:
                vms.setdefault((id.key, step.captured.id.key), (id, step.captured))
            elif id.key in seen:
                continue
            elif len(seen) >= _MAX_STEPS:
                unread = Unread(version.id.text, "source", f"its sources go on after {_MAX_STEPS} steps")
            else:
                seen.add(id.key)
                next_step = _next_step(id, words, step, estate)
                if isinstance(next_step, str):
                    ends[next_step] = None
                else:
                    waiting.append(next_step)
    if not vms and not ends and unread is None:
        ends["a chain of versions that leads back to itself"] = None
    return Origin(tuple(vms.values()), tuple(ends), unread)


def _next_step(id: ArmId, words: str, step: _Step, estate: Estate) -> str | _Step:
    """The step to go on with, or the words for an end."""
    if id.kind is Kind.VERSION:
        asset = estate.find(id)
        if not isinstance(asset, Version):
            return f"an image version that no longer exists ({id})"
        return _Step(asset.body, _VERSION_FORMS, asset)
    if id.resource_type == "microsoft.compute/images":
        body = estate.body(id)
        if body is None:
            return f"a managed image that no longer exists ({id})"
        return _Step(body, _MANAGED_IMAGE_FORMS, step.captured)
    return _ENDS.get(id.resource_type, words)


def _sources(step: _Step) -> tuple[list[tuple[str, str]], Unread | None]:
    """The sources that a body names, and why another could not be read."""
    found: list[tuple[str, str]] = []
    unread: Unread | None = None
    for path, words in step.forms:
        value = step.body.optional_text(path)
        if isinstance(value, Unread):
            unread = value
        elif value is not None:
            found.append((value, words))
    return found, unread


def _parse(text: str) -> ArmId | None:
    try:
        return ArmId.parse(text)
    except ValueError:
        return None
