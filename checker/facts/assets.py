"""What Azure holds, one frozen class for each kind of asset.

Every class is made from an id and a wire body. The members that rules read most are fields; whatever
else the body holds is there under ``body``, which says Unread as the fields do.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from checker.facts.arm_id import ArmId, Kind, fold
from checker.facts.unread import Fact, Unread, every, known, some, then
from checker.facts.version_number import VersionNumber
from checker.facts.wire import Body, Moment

_TARGET_REGIONS = "properties.publishingProfile.targetRegions"


@dataclass(frozen=True, slots=True)
class Subscription:
    """A subscription: ``GET /subscriptions/{id}``."""

    id: ArmId
    body: Body
    tenant_id: Fact[str]
    display_name: Fact[str]

    kind = Kind.SUBSCRIPTION

    @classmethod
    def parse(cls, id: ArmId, body: Body) -> Subscription:
        """Of the body of ``GET /subscriptions/{id}``."""
        tenant = body.text("tenantId")
        # A directory is asked by this: whatever an empty one would be asked for, it is not this gallery's.
        if isinstance(tenant, str) and not tenant.strip():
            tenant = body.missing("tenantId")
        return cls(id, body, tenant, body.text("displayName"))


@dataclass(frozen=True, slots=True)
class Gallery:
    """An Azure Compute Gallery."""

    id: ArmId
    body: Body
    location: Fact[str]
    provisioning_state: Fact[str]

    kind = Kind.GALLERY

    @classmethod
    def parse(cls, id: ArmId, body: Body) -> Gallery:
        """Of the body of ``GET …/galleries/{name}``."""
        return cls(id, body, body.text("location"), body.text("properties.provisioningState"))


@dataclass(frozen=True, slots=True)
class Definition:
    """An image definition in a gallery."""

    id: ArmId
    body: Body
    location: Fact[str]
    os_state: Fact[str]
    os_type: Fact[str]
    hyper_v_generation: Fact[str | None]
    architecture: Fact[str | None]
    publisher: Fact[str]
    offer: Fact[str]
    sku: Fact[str]
    provisioning_state: Fact[str]

    kind = Kind.DEFINITION

    @classmethod
    def parse(cls, id: ArmId, body: Body) -> Definition:
        """Of the body of ``GET …/galleries/{name}/images/{name}``."""
        return cls(
            id,
            body,
            location=body.text("location"),
            os_state=body.text("properties.osState"),
            os_type=body.text("properties.osType"),
            hyper_v_generation=body.optional_text("properties.hyperVGeneration"),
            architecture=body.optional_text("properties.architecture"),
            publisher=body.text("properties.identifier.publisher"),
            offer=body.text("properties.identifier.offer"),
            sku=body.text("properties.identifier.sku"),
            provisioning_state=body.text("properties.provisioningState"),
        )


@dataclass(frozen=True, slots=True)
class TargetRegion:
    """A region that a version is to be replicated to."""

    name: Fact[str]
    excluded_from_latest: Fact[bool]


@dataclass(frozen=True, slots=True)
class Replication:
    """A version's ``replicationStatus``: the state as a whole, and region by region."""

    aggregated_state: Fact[str]
    regions: Fact[tuple[tuple[Fact[str], Fact[str]], ...]]

    @classmethod
    def parse(cls, body: Body) -> Replication:
        """Of a version's ``properties.replicationStatus``."""
        summary = body.items("summary")
        return cls(
            body.text("aggregatedState"),
            summary if isinstance(summary, Unread) else tuple((r.text("region"), r.text("state")) for r in summary),
        )


@dataclass(frozen=True, slots=True)
class DataDiskImage:
    """A data disk of a version: its LUN, and its size in GB, which Azure sets itself and may leave out."""

    lun: Fact[int]
    size_gb: Fact[int | None]


@dataclass(frozen=True, slots=True)
class Version:
    """An image version: what is submitted. ``number`` is None where the name is not one."""

    id: ArmId
    body: Body
    location: Fact[str]
    name: Fact[str]
    number: VersionNumber | None
    provisioning_state: Fact[str]
    published: Fact[Moment]
    excluded_from_latest: Fact[bool]
    target_regions: Fact[tuple[TargetRegion, ...]]
    reported_for_violation: Fact[bool]
    violations: Fact[tuple[str, ...]]
    replication: Fact[Replication]
    data_disks: Fact[tuple[DataDiskImage, ...]]

    kind = Kind.VERSION

    @classmethod
    def parse(cls, id: ArmId, body: Body, replication: Fact[Replication]) -> Version:
        """Of the body of ``GET …/images/{name}/versions/{number}``, and what was read of its replication."""
        regions = body.items(_TARGET_REGIONS)
        found = body.optional_items("properties.safetyProfile.policyViolations")
        unread = body.content if isinstance(body.content, Unread) else None
        disks = body.optional_items("properties.storageProfile.dataDiskImages")
        return cls(
            id,
            body,
            location=body.text("location"),
            name=id.name if unread is None else unread,
            number=VersionNumber.parse(id.name),
            provisioning_state=body.text("properties.provisioningState"),
            published=body.time("properties.publishingProfile.publishedDate"),
            excluded_from_latest=_excluded(body),
            target_regions=regions
            if isinstance(regions, Unread)
            else tuple(TargetRegion(r.text("name"), r.flag("excludeFromLatest")) for r in regions),
            reported_for_violation=body.flag("properties.safetyProfile.reportedForPolicyViolation"),
            violations=found
            if isinstance(found, Unread)
            else tuple(known(violation.optional_text("category")) or "without a category" for violation in found),
            replication=replication,
            data_disks=disks
            if isinstance(disks, Unread)
            else tuple(DataDiskImage(disk.number("lun"), disk.optional_number("sizeInGB")) for disk in disks),
        )


def _excluded(body: Body) -> Fact[bool]:
    """Whether ``latest`` never means this version: excluded as a whole, or in each of its regions."""
    whole = body.flag("properties.publishingProfile.excludeFromLatest")
    regions = then(
        body.items(_TARGET_REGIONS),
        lambda found: bool(found) and every(region.flag("excludeFromLatest") for region in found),
    )
    return some([whole, regions])


@dataclass(frozen=True, slots=True)
class InstanceView:
    """A VM's full instance view: the codes of its statuses, ``PowerState/deallocated`` and so on."""

    codes: Fact[tuple[Fact[str], ...]]

    @classmethod
    def parse(cls, body: Body) -> InstanceView:
        """Of the body of ``GET …/virtualMachines/{name}/instanceView``."""
        statuses = body.items("statuses")
        return cls(statuses if isinstance(statuses, Unread) else tuple(status.text("code") for status in statuses))


@dataclass(frozen=True, slots=True)
class VirtualMachine:
    """A virtual machine."""

    id: ArmId
    body: Body
    location: Fact[str]
    created: Fact[Moment]
    provisioning_state: Fact[str]
    ephemeral_os_disk: Fact[bool]
    instance_view: Fact[InstanceView]

    kind = Kind.VM

    @classmethod
    def parse(cls, id: ArmId, body: Body, instance_view: Fact[InstanceView]) -> VirtualMachine:
        """Of the body of ``GET …/virtualMachines/{name}``, and what was read of its instance view."""
        return cls(
            id,
            body,
            location=body.text("location"),
            created=body.time("properties.timeCreated"),
            provisioning_state=body.text("properties.provisioningState"),
            ephemeral_os_disk=body.present("properties.storageProfile.osDisk.diffDiskSettings"),
            instance_view=instance_view,
        )


@dataclass(frozen=True, slots=True)
class Disk:
    """A managed disk."""

    id: ArmId
    body: Body
    location: Fact[str]
    disk_state: Fact[str]

    kind = Kind.DISK

    @classmethod
    def parse(cls, id: ArmId, body: Body) -> Disk:
        """Of the body of ``GET …/disks/{name}``."""
        return cls(id, body, body.text("location"), body.text("properties.diskState"))


Asset: TypeAlias = Subscription | Gallery | Definition | Version | VirtualMachine | Disk


def same(left: str, right: str) -> bool:
    """Whether two state values are the same, without case."""
    return fold(left) == fold(right)


def region_key(name: str) -> str:
    """The form in which region names compare: ``East US`` is ``eastus``."""
    return fold(name).replace(" ", "")
