"""What the facts would be after an operation: a snapshot in, another one out."""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping
from typing import Any, assert_never

from checker.facts.arm_id import ArmId, fold
from checker.facts.snapshot import Snapshot, subscription_key
from checker.fixes.operations import (
    Deallocate,
    Generalize,
    GrantRole,
    IncludeInLatest,
    KnownPrincipal,
    LatePrincipal,
    Operation,
    RegisterProvider,
    assignment_name,
    late_principal_id,
)


def simulate(operation: Operation, snapshot: Snapshot) -> Snapshot:
    """The snapshot as it would be after an operation. What it names and is not there, is not made up."""
    match operation:
        case Deallocate():
            return _with_view(snapshot, operation.vm, _deallocated)
        case Generalize():
            return _with_view(snapshot, operation.vm, _generalized)
        case RegisterProvider():
            return _registered(snapshot, operation)
        case GrantRole():
            return _granted(snapshot, operation)
        case IncludeInLatest():
            return _included(snapshot, operation)
        case _:
            assert_never(operation)


def _replaced(snapshot: Snapshot, **sections: Any) -> Snapshot:
    return Snapshot({**snapshot.sections, **sections}, snapshot.captured, snapshot.unread)


def _with_view(snapshot: Snapshot, vm: str, change: Callable[[list[Any]], list[Any]]) -> Snapshot:
    views = dict(snapshot.section("instanceViews") or {})
    for key, view in views.items():
        if "/" + fold(key).strip("/") == ArmId.parse(vm).key and isinstance(view.get("statuses"), list):
            views[key] = {**view, "statuses": change(view["statuses"])}
    return _replaced(snapshot, instanceViews=views)


def _deallocated(statuses: list[Any]) -> list[Any]:
    others = [status for status in statuses if not _code(status).startswith("powerstate/")]
    return [*others, {"code": "PowerState/deallocated", "level": "Info", "displayStatus": "VM deallocated"}]


def _generalized(statuses: list[Any]) -> list[Any]:
    others = [status for status in statuses if not _code(status).startswith("osstate/")]
    return [*others, {"code": "OSState/generalized", "level": "Info", "displayStatus": "VM generalized"}]


def _code(status: Any) -> str:
    return fold(str(status.get("code", ""))) if isinstance(status, Mapping) else ""


def _registered(snapshot: Snapshot, operation: RegisterProvider) -> Snapshot:
    providers = {key: dict(states) for key, states in (snapshot.section("providers") or {}).items()}
    wanted = subscription_key(operation.subscription)
    written = next((key for key in providers if subscription_key(key) == wanted), operation.subscription)
    states = {
        name: state for name, state in providers.get(written, {}).items() if fold(name) != fold(operation.namespace)
    }
    providers[written] = {**states, operation.namespace: "Registered"}
    return _replaced(snapshot, providers=providers)


def _granted(snapshot: Snapshot, operation: GrantRole) -> Snapshot:
    scope, principal = ArmId.parse(operation.scope), operation.principal
    match principal:
        case KnownPrincipal():
            id, type = principal.object_id, principal.type
        case LatePrincipal():
            id, type = late_principal_id(principal), "ServicePrincipal"
            snapshot = _with_principal(snapshot, principal, id)
        case _:
            assert_never(principal)
    name = assignment_name(scope.text, operation.role_guid, id)
    body = {
        "id": f"{scope.text}/providers/Microsoft.Authorization/roleAssignments/{name}",
        "name": name,
        "type": "Microsoft.Authorization/roleAssignments",
        "properties": {
            "roleDefinitionId": f"{scope.subscription_id.text}/providers/Microsoft.Authorization/roleDefinitions/"
            + operation.role_guid,
            "principalId": id,
            "principalType": type,
            "scope": scope.text,
        },
    }
    assignments = snapshot.section("roleAssignments")
    return snapshot if assignments is None else _replaced(snapshot, roleAssignments=[*assignments, body])


def _with_principal(snapshot: Snapshot, principal: LatePrincipal, id: str) -> Snapshot:
    """The directory with a principal that only a registration brings."""
    directory = snapshot.section("directory")
    if directory is None or "servicePrincipals" not in directory:
        return snapshot
    body = {
        "id": id,
        "displayName": principal.name,
        "appId": principal.app_id or late_principal_id(principal),
        "appOwnerOrganizationId": next(iter(principal.owner_tenants), None),
    }
    return _replaced(snapshot, directory={**directory, "servicePrincipals": [*directory["servicePrincipals"], body]})


def _included(snapshot: Snapshot, operation: IncludeInLatest) -> Snapshot:
    wanted = ArmId.parse(operation.version).key
    resources = [
        include_in_latest(body) if ArmId.parse(body["id"]).key == wanted else body
        for body in snapshot.section("resources") or ()
    ]
    return _replaced(snapshot, resources=resources)


def include_in_latest(body: Mapping[str, Any]) -> dict[str, Any]:
    """A version's body with no exclusion from latest: neither as a whole nor in a region."""
    changed: dict[str, Any] = copy.deepcopy(dict(body))
    profile = changed.get("properties", {}).get("publishingProfile")
    if isinstance(profile, dict):
        profile["excludeFromLatest"] = False
        for region in profile.get("targetRegions") or ():
            if isinstance(region, dict) and "excludeFromLatest" in region:
                region["excludeFromLatest"] = False
    return changed
