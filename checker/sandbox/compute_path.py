"""The paths of Azure Compute: which resource, list or action a request speaks of."""

from __future__ import annotations

from dataclasses import dataclass

from checker.facts.arm_id import ArmId
from checker.facts.unread import FactName
from checker.sandbox.message import Request

NAMESPACE = "microsoft.compute"
_ACTIONS_BY_GET = frozenset({"instanceview"})
_SPELLINGS = {
    name.lower(): name
    for name in (
        "applications",
        "availabilitySets",
        "capacityReservationGroups",
        "capacityReservations",
        "diskAccesses",
        "diskEncryptionSets",
        "disks",
        "extensions",
        "galleries",
        "hostGroups",
        "hosts",
        "images",
        "proximityPlacementGroups",
        "restorePointCollections",
        "restorePoints",
        "runCommands",
        "snapshots",
        "sshPublicKeys",
        "versions",
        "virtualMachineScaleSets",
        "virtualMachines",
    )
}
_FACTS = {
    "galleries/images": FactName.DEFINITIONS,
    "galleries/images/versions": FactName.VERSIONS,
    "virtualmachines": FactName.VM,
}


@dataclass(frozen=True)
class ComputePath:
    """A path below ``providers/Microsoft.Compute``, names as they were written, types and action folded.

    One name for each type: a resource, or an ``action`` on it. One name less: a list.
    """

    subscription: str
    group: str
    types: tuple[str, ...]
    names: tuple[str, ...]
    action: str = ""

    @classmethod
    def of(cls, request: Request) -> ComputePath | None:
        """The path of a request; None where it is not Compute's."""
        at = 4 if len(request.folded) > 4 and request.folded[2] == "resourcegroups" else 2
        folded, written = request.folded[at:], request.segments[at:]
        if len(folded) < 3 or request.folded[0] != "subscriptions" or folded[:2] != ("providers", NAMESPACE):
            return None
        folded, written = folded[2:], written[2:]
        if "providers" in folded[::2] or any("/" in part for part in request.segments):
            return None
        group = request.segments[3] if at == 4 else ""
        action = ""
        if len(folded) % 2 and (request.method == "POST" or folded[-1] in _ACTIONS_BY_GET):
            action, folded, written = folded[-1], folded[:-1], written[:-1]
        return cls(request.segments[1], group, folded[::2], written[1::2], action)

    @property
    def is_list(self) -> bool:
        """Whether the path names a collection."""
        return len(self.types) > len(self.names)

    @property
    def type(self) -> str:
        """The folded type without the namespace: ``galleries/images``."""
        return "/".join(self.types)

    @property
    def spelled_type(self) -> str:
        """The type as Azure spells it: ``Microsoft.Compute/virtualMachines``."""
        return "/".join(("Microsoft.Compute", *(_SPELLINGS.get(type, type) for type in self.types)))

    @property
    def is_known(self) -> bool:
        """Whether the types are ones of Azure Compute."""
        return all(type in _SPELLINGS for type in self.types)

    @property
    def scope(self) -> str:
        """The subscription or the resource group that the path begins with."""
        group = f"/resourceGroups/{self.group}" if self.group else ""
        return f"/subscriptions/{self.subscription}{group}"

    @property
    def id(self) -> ArmId:
        """The id of the resource, of what the action is on, or of a would-be member of the list named ``_``.

        Raises ValueError for a text that is too long.
        """
        scope = self.scope if self.group else f"{self.scope}/resourceGroups/_"
        parts = [
            part
            for type, name in zip(self.types, (*self.names, "_"), strict=False)
            for part in (_SPELLINGS.get(type, type), name)
        ]
        return ArmId.parse("/".join((scope, "providers/Microsoft.Compute", *parts)))

    @property
    def parent(self) -> ArmId | None:
        """The resource that the path is nested in."""
        return self.id.parent

    @property
    def fact(self) -> FactName | None:
        """The fact that a body of this type is, where it is one of the snapshot's."""
        return _FACTS.get(self.type)

    def permission(self, verb: str) -> str:
        """The name of an action as Azure's roles name it: ``permission("read")``."""
        return f"{self.spelled_type}/{verb}"
