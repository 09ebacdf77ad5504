"""Which VM an image version was captured from, through every form that a version's source can take."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from checker.facts.arm_id import ArmId, Kind
from checker.facts.assets import Version
from checker.facts.estate import Estate
from checker.facts.unread import Fact, Unread
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
_MANAGED_IMAGE_FORMS: _Forms = (("properties.sourceVirtualMachine.id", "a VM"),)

_ENDS = {
    "microsoft.compute/disks": "a managed disk",
    "microsoft.compute/snapshots": "a disk snapshot",
}


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a version came from: VMs, else the words for what leads to none; ``unread`` where it is not known."""

    vms: tuple[ArmId, ...]
    ends: tuple[str, ...]
    unread: Unread | None


def origin_of(version: Version, estate: Estate) -> Origin:
    """Follow a version's sources to the VMs they came from. Bounded, and safe with circles."""
    vms: dict[str, ArmId] = {}
    ends: dict[str, None] = {}
    unread: Unread | None = None
    seen = {version.id.key}
    waiting: list[tuple[Body, _Forms]] = [(version.body, _VERSION_FORMS)]
    while waiting:
        body, forms = waiting.pop(0)
        sources = _sources(body, forms)
        if isinstance(sources, Unread):
            unread = sources
            continue
        if not sources:
            ends["a source that Azure does not name"] = None
        for text, words in sources:
            id = _parse(text)
            if id is None:
                ends["a shared gallery image" if words == "a resource" else words] = None
            elif id.kind is Kind.VM:
                vms.setdefault(id.key, id)
            elif id.key in seen:
                continue
            elif len(seen) >= _MAX_STEPS:
                unread = Unread(version.id.text, "source", f"its sources go on after {_MAX_STEPS} steps")
            else:
                seen.add(id.key)
                step = _step(id, words, estate)
                if isinstance(step, str):
                    ends[step] = None
                else:
                    waiting.append(step)
    if not vms and not ends and unread is None:
        ends["a chain of versions that leads back to itself"] = None
    return Origin(tuple(vms.values()), tuple(ends), unread)


def _step(id: ArmId, words: str, estate: Estate) -> str | tuple[Body, _Forms]:
    """The body to go on with, or the words for an end."""
    if id.kind is Kind.VERSION:
        asset = estate.find(id)
        return f"an image version that no longer exists ({id})" if asset is None else (asset.body, _VERSION_FORMS)
    if id.resource_type == "microsoft.compute/images":
        body = estate.body(id)
        return f"a managed image that no longer exists ({id})" if body is None else (body, _MANAGED_IMAGE_FORMS)
    return _ENDS.get(id.resource_type, words)


def _sources(body: Body, forms: _Forms) -> Fact[list[tuple[str, str]]]:
    found: list[tuple[str, str]] = []
    unread: Unread | None = None
    for path, words in forms:
        value = body.optional_text(path)
        if isinstance(value, Unread):
            unread = value
        elif value is not None:
            found.append((value, words))
    return found if found or unread is None else unread


def _parse(text: str) -> ArmId | None:
    try:
        return ArmId.parse(text)
    except ValueError:
        return None
