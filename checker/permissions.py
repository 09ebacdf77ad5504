"""The least permissions that a run needs: what the selected rules read, and what their fixes would do."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from checker.facts.arm_id import Kind
from checker.facts.unread import PERMISSIONS, FactName
from checker.fixes.operations import (
    Deallocate,
    Generalize,
    GrantRole,
    IncludeInLatest,
    Operation,
    RegisterProvider,
)
from checker.rule import Rule

#: What finding the assets of a kind takes, beside the facts that rules name.
_OF_KIND: Mapping[Kind, tuple[str, ...]] = {
    Kind.SUBSCRIPTION: ("Microsoft.Resources/subscriptions/read",),
    Kind.GALLERY: ("Microsoft.Compute/galleries/read",),
    Kind.DEFINITION: ("Microsoft.Compute/galleries/read", *PERMISSIONS[FactName.DEFINITIONS]),
    Kind.VERSION: (
        "Microsoft.Compute/galleries/read",
        *PERMISSIONS[FactName.DEFINITIONS],
        *PERMISSIONS[FactName.VERSIONS],
    ),
    # A VM is also found as the source of a version, sometimes through a managed image.
    Kind.VM: (
        "Microsoft.Compute/galleries/read",
        *PERMISSIONS[FactName.DEFINITIONS],
        *PERMISSIONS[FactName.VERSIONS],
        *PERMISSIONS[FactName.VM],
        "Microsoft.Compute/images/read",
    ),
    Kind.DISK: ("Microsoft.Compute/disks/read",),
    Kind.VHD: (),
}

#: What each operation takes, and the kind of asset whose rules may propose it. That following a long-running
#: operation takes the reading of locations is unconfirmed.
OF_OPERATION: Mapping[type[Operation], tuple[Kind, tuple[str, ...]]] = {
    Deallocate: (
        Kind.VM,
        ("Microsoft.Compute/virtualMachines/deallocate/action", "Microsoft.Compute/locations/operations/read"),
    ),
    Generalize: (Kind.VM, ("Microsoft.Compute/virtualMachines/generalize/action",)),
    RegisterProvider: (Kind.GALLERY, ("Microsoft.PartnerCenterIngestion/register/action",)),
    GrantRole: (Kind.GALLERY, ("Microsoft.Authorization/roleAssignments/write",)),
    IncludeInLatest: (
        Kind.DEFINITION,
        ("Microsoft.Compute/galleries/images/versions/write", "Microsoft.Compute/locations/capsOperations/read"),
    ),
}

_GRAPH = "(Microsoft Graph)"


@dataclass(frozen=True, slots=True)
class Needed:
    """Actions of Azure, and permissions of Microsoft Graph; each sorted, each once."""

    actions: tuple[str, ...]
    graph: tuple[str, ...]


def needed(rules: Iterable[Rule[Any]], *, fix: bool) -> Needed:
    """What the rules need; with ``fix`` also what the operations need that rules of their kinds may propose."""
    chosen = tuple(rules)
    kinds = {rule.kind for rule in chosen}
    found = {permission for kind in kinds for permission in _OF_KIND[kind]}
    # The management groups above a gallery are seen in the lists of what applies there: they are not asked for.
    facts = {fact for rule in chosen for fact in rule.reads} - {FactName.MANAGEMENT_GROUPS}
    found |= {permission for fact in facts for permission in PERMISSIONS.get(fact, ())}
    if fix:
        found |= {p for kind, permissions in OF_OPERATION.values() if kind in kinds for p in permissions}
    return Needed(
        actions=tuple(sorted(permission for permission in found if _GRAPH not in permission)),
        graph=tuple(sorted(p.replace(_GRAPH, "").strip() for p in found if _GRAPH in p)),
    )


def role_document(permissions: Needed, subscriptions: Iterable[str], *, fix: bool) -> dict[str, Any]:
    """A custom role with exactly these actions, in the form that ``az role definition create`` takes."""
    scopes = [f"/subscriptions/{guid}" for guid in subscriptions]
    return {
        "Name": "imagecheck fixer" if fix else "imagecheck reader",
        "IsCustom": True,
        "Description": "What imagecheck needs to check images before a submission"
        + (", and to apply its fixes." if fix else "."),
        "Actions": list(permissions.actions),
        "NotActions": [],
        "DataActions": [],
        "NotDataActions": [],
        "AssignableScopes": scopes or ["/subscriptions/00000000-0000-0000-0000-000000000000"],
    }
