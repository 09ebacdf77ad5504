"""What an image version is captured from: found, and compared with the definition it is to be in.

Messages are documented unless said otherwise; codes are unconfirmed but for another OS state (a public log).
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from checker.facts.arm_id import ArmId, fold
from checker.sandbox.bodies import part, peek
from checker.sandbox.compute_path import ComputePath
from checker.sandbox.denied import denied
from checker.sandbox.instance_views import is_generalized
from checker.sandbox.message import Refusal, Request
from checker.sandbox.refusals import invalid, mismatch
from checker.sandbox.regions import same_region
from checker.sandbox.writing import Writer

_ONE_SOURCE = (
    "The gallery artifact version source can only be specified either directly under storageProfile or within "
    "individual OS or data disks. One and only one source type (user image, snapshot, disk, virtual machine) can be "
    "provided."
)
_VM, _IMAGE = "microsoft.compute/virtualmachines", "microsoft.compute/images"
_DISKS = frozenset({"microsoft.compute/disks", "microsoft.compute/snapshots"})
_VERSION = "microsoft.compute/galleries/images/versions"


@dataclass(frozen=True)
class Source:
    """A resource that disks are copied from, its body, and the sizes and caching that the version will show."""

    id: ArmId
    body: Mapping[str, Any]

    @property
    def properties(self) -> Mapping[str, Any]:
        """The properties of the body, {} where it has none."""
        return peek(self.body, "properties")


@dataclass(frozen=True)
class Traits:
    """What has to fit a definition. None: the source does not say, and is not compared."""

    os_type: Any = None
    os_state: Any = None
    generation: Any = None
    plan: Any = None
    has_plan: bool = False
    security: Any = None


class Sources(Writer):
    """Finds the sources of a version, and says whether Azure would take them."""

    def check(
        self, request: Request, storage: dict[str, Any], location: str, definition: Mapping[str, Any]
    ) -> list[Source]:
        """The sources that a storage profile names. Raises Refusal where one does not fit."""
        found = []
        for text, of_disk in _named(storage):
            source = self._find(request, text, location)
            type = source.id.resource_type
            if (type in _DISKS) != of_disk or type not in {_VM, _IMAGE, _VERSION, *_DISKS}:
                raise invalid(_ONE_SOURCE)
            _compare(source.id.text, self._traits(request, source), definition)
            found.append(source)
        return found

    def _find(self, request: Request, text: str, location: str) -> Source:
        not_found = Refusal(
            404,
            "NotFound",
            f"Source Image '{text}' is not found. Please check source image exists, and is in the same region as "
            "gallery image version being created.",
        )
        try:
            id = ArmId.parse(text)
        except ValueError:
            raise not_found from None
        self._check_tenant(request, id)
        path = ComputePath.of(Request("GET", id.text))
        body = None if path is None or path.is_list else self.reads.find(request, path, "read")
        if body is None or not _is_at(ArmId.parse(body["id"]), body, location):
            raise not_found
        return Source(ArmId.parse(body["id"]), body)

    def _check_tenant(self, request: Request, source: ArmId) -> None:
        """A subscription of another tenant cannot be linked to [message documented]."""
        own, other = self._tenant("/subscriptions/" + request.folded[1]), self._tenant(source.subscription_id.key)
        if own is not None and other is not None and own != other:
            raise Refusal(
                403,
                "LinkedAuthorizationFailed",
                "The client has permission to perform action 'Microsoft.Compute/galleries/images/versions/read' on "
                f"scope '{source.text}', however the current tenant '{own}' is not authorized to access linked "
                f"subscription '{source.subscription}'.",
            )

    def _tenant(self, subscription: str) -> str | None:
        for body in self.store.bodies("subscriptions") or ():
            written = fold(str(body.get("id") or f"/subscriptions/{body.get('subscriptionId')}"))
            if written.rstrip("/") == subscription and isinstance(body.get("tenantId"), str):
                return fold(body["tenantId"])
        return None

    def _traits(self, request: Request, source: Source) -> Traits:
        properties = source.properties
        disk = peek(properties, "storageProfile", "osDisk")
        match source.id.resource_type:
            case "microsoft.compute/virtualmachines":
                return self._traits_of_machine(request, source, disk)
            case "microsoft.compute/images":
                return Traits(disk.get("osType"), disk.get("osState"), properties.get("hyperVGeneration"))
            case "microsoft.compute/galleries/images/versions":
                return self._traits_of_version(request, source)
            case _:
                return Traits(properties.get("osType"), None, properties.get("hyperVGeneration"))

    def _traits_of_machine(self, request: Request, source: Source, disk: Mapping[str, Any]) -> Traits:
        if disk.get("diffDiskSettings") is not None:
            raise mismatch(f"Source virtual machine {source.id} cannot contain an ephemeral OS disk.")
        if not isinstance(disk.get("managedDisk"), dict):
            raise mismatch(f"Source virtual machine {source.id} must be created from Managed Disks.")
        view = self.reads.instance_view(request, source.id)
        stored = self.store.resource("/" + fold(str(disk["managedDisk"].get("id", ""))).strip("/")) or {}
        generation = view.get("hyperVGeneration") or peek(stored, "properties").get("hyperVGeneration")
        state = "Generalized" if is_generalized(view) else "Specialized"
        security = peek(source.properties, "securityProfile").get("securityType")
        return Traits(disk.get("osType"), state, generation, source.body.get("plan"), True, security)

    def _traits_of_version(self, request: Request, source: Source) -> Traits:
        definition = source.id.parent
        path = None if definition is None else ComputePath.of(Request("GET", definition.text))
        body = None if path is None else self.reads.find(request, path, "read")
        if body is None:
            raise denied(request, "Microsoft.Compute/galleries/images/read", str(definition))
        found = peek(body, "properties")
        return Traits(
            found.get("osType"), found.get("osState"), found.get("hyperVGeneration"), found.get("purchasePlan"), True
        )


def _named(storage: dict[str, Any]) -> Iterator[tuple[str, bool]]:
    """The ids that a storage profile names as sources, each with whether it stands at a disk. A blob has no id."""
    whole = _texts(part(storage, "source"))
    disks = [part(storage, "osDiskImage")]
    more = storage.get("dataDiskImages")
    disks += [disk for disk in more if isinstance(disk, dict)] if isinstance(more, list) else []
    single = [_texts(part(disk, "source")) for disk in disks]
    blobs = [bool(part(disk, "source").get("uri")) for disk in disks]
    at_disks = any(single) or any(blobs)
    if bool(whole) == at_disks or len(whole) > 1 or (at_disks and not single[0] and not blobs[0]):
        raise invalid(_ONE_SOURCE)
    if any(len(texts) + blob > 1 for texts, blob in zip(single, blobs, strict=True)):
        raise invalid(_ONE_SOURCE)
    yield from ((text, False) for text in whole)
    yield from ((text, True) for texts in single for text in texts)


def _texts(source: Mapping[str, Any]) -> list[str]:
    found = [source.get(name) for name in ("id", "virtualMachineId", "communityGalleryImageId")]
    if any(value is not None and not isinstance(value, str) for value in found):
        raise invalid(_ONE_SOURCE)
    return [value for value in found if value]


def _compare(id: str, traits: Traits, definition: Mapping[str, Any]) -> None:
    wanted = peek(definition, "properties")
    if _differs(traits.os_type, wanted.get("osType")):
        raise mismatch(
            f"The resource with id '{id}' has a different OS type ['{traits.os_type}'] than the parent gallery image "
            f"OS type generation ['{wanted['osType']}']"
        )
    if _differs(traits.os_state, wanted.get("osState")):
        raise mismatch(
            f"The resource with id '{id}' has a different OS state ['{traits.os_state}'] than the parent gallery "
            f"image OS state ['{wanted['osState']}']."
        )
    if _differs(traits.generation, wanted.get("hyperVGeneration")):
        raise mismatch(
            f"The resource with id '{id}' has a different Hypervisor generation ['{traits.generation}'] than the "
            f"parent gallery image Hypervisor generation ['{wanted['hyperVGeneration']}']"
        )
    if traits.has_plan and _plan(traits.plan) != _plan(wanted.get("purchasePlan")):
        raise mismatch(
            f"The resource with id {id} has a different plan ['{_shown(traits.plan)}'] than the parent gallery image "
            f"plan ['{_shown(wanted.get('purchasePlan'))}']."
        )
    allowed = _security(wanted)
    if fold(str(traits.security)) in ("trustedlaunch", "confidentialvm") and fold(allowed).endswith("supported"):
        # The code and this part of the message are from a public log.
        raise Refusal(
            409,
            "Conflict",
            f"The resource with id '{id}' contains TrustedLaunch or ConfidentialVM security data that cannot be used "
            f"in image with '{allowed}'.",
        )


def _differs(one: Any, other: Any) -> bool:
    return isinstance(one, str) and isinstance(other, str) and fold(one) != fold(other)


def _plan(plan: Any) -> tuple[str, ...] | None:
    if not isinstance(plan, dict):
        return None
    return tuple(fold(str(plan.get(name))) for name in ("name", "publisher", "product"))


def _shown(plan: Any) -> str:
    return json.dumps(plan if isinstance(plan, dict) else None, separators=(",", ":"))


def _security(definition: Mapping[str, Any]) -> str:
    features = definition.get("features")
    for feature in features if isinstance(features, list) else ():
        if isinstance(feature, dict) and fold(str(feature.get("name"))) == "securitytype":
            return str(feature.get("value"))
    return ""


def _is_at(id: ArmId, body: Mapping[str, Any], location: str) -> bool:
    """Whether a source is in a region: where it is itself, or for a version where it is replicated."""
    places = [body.get("location")]
    if id.resource_type == _VERSION:
        regions = peek(body, "properties", "publishingProfile").get("targetRegions")
        places += [r.get("name") for r in regions if isinstance(r, dict)] if isinstance(regions, list) else []
    return any(isinstance(place, str) and same_region(place, location) for place in places)
