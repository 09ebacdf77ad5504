"""What the facts would be after an operation: a snapshot in, another one out."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterable, Mapping
from functools import cached_property
from typing import Any, assert_never

from checker.facts.arm_id import ArmId, fold, subscription_key
from checker.facts.snapshot import Snapshot
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
    return simulate_all((operation,), snapshot)


def simulate_all(operations: Iterable[Operation], snapshot: Snapshot) -> Snapshot:
    """The snapshot as it would be after operations, one after another. The one that is given stays as it is."""
    changed = _Copy(snapshot)
    for operation in operations:
        match operation:
            case Deallocate():
                changed.change_view(operation.vm, _deallocated)
            case Generalize():
                changed.change_view(operation.vm, _generalized)
            case RegisterProvider():
                changed.register(operation)
            case GrantRole():
                changed.grant(operation)
            case IncludeInLatest():
                changed.change_resource(operation.version, include_in_latest)
            case _:
                assert_never(operation)
    return Snapshot(changed.sections, snapshot.captured, snapshot.unread)


class _Copy:
    """A snapshot's sections to change: each that is changed is copied first, and bodies are replaced, not written to.

    Places are looked up once, so that many operations take no longer than the file is long.
    """

    def __init__(self, snapshot: Snapshot) -> None:
        self.sections: dict[str, Any] = dict(snapshot.sections)
        self._copied: set[str] = set()

    @cached_property
    def _resources(self) -> dict[str, int]:
        bodies = self._section("resources") or ()
        return {ArmId.parse(body["id"]).key: number for number, body in enumerate(bodies)}

    @cached_property
    def _views(self) -> dict[str, str]:
        return {"/" + fold(key).strip("/"): key for key in self._section("instanceViews") or ()}

    def change_resource(self, id: str, change: Callable[[Mapping[str, Any]], dict[str, Any]]) -> None:
        """Put another body in the place of a resource's."""
        number = self._resources.get(ArmId.parse(id).key)
        if number is not None:
            bodies = self._section("resources")
            bodies[number] = change(bodies[number])

    def change_view(self, vm: str, change: Callable[[list[Any]], list[Any]]) -> None:
        """Put other statuses into a VM's instance view."""
        written = self._views.get(ArmId.parse(vm).key)
        views = self._section("instanceViews")
        if written is not None and isinstance(views[written].get("statuses"), list):
            views[written] = {**views[written], "statuses": change(views[written]["statuses"])}

    def register(self, operation: RegisterProvider) -> None:
        """Set a provider's state, where the states of the subscription were read."""
        providers, wanted = self._section("providers") or {}, subscription_key(operation.subscription)
        for written, states in providers.items():
            if subscription_key(written) == wanted:
                name = next((name for name in states if fold(name) == fold(operation.namespace)), operation.namespace)
                providers[written] = {**states, name: "Registered"}
                return

    def grant(self, operation: GrantRole) -> None:
        """Add a role assignment; of a principal that only a registration brings, the principal too."""
        assignments = self._section("roleAssignments")
        if assignments is None:
            return
        match operation.principal:
            case KnownPrincipal():
                id, type = operation.principal.object_id, operation.principal.type
            case LatePrincipal():
                id, type = late_principal_id(operation.principal), "ServicePrincipal"
                self._bring(operation.principal, id)
            case _:
                assert_never(operation.principal)
        assignments.append(_assignment(operation, id, type))

    def _bring(self, principal: LatePrincipal, id: str) -> None:
        directory = self._section("directory")
        if directory is None or "servicePrincipals" not in directory:
            return
        bodies = directory["servicePrincipals"]
        if all(body.get("id") != id for body in bodies):
            directory["servicePrincipals"] = [
                *bodies,
                {
                    "id": id,
                    "displayName": principal.name,
                    "appId": principal.app_id or id,
                    "appOwnerOrganizationId": next(iter(principal.owner_tenants), None),
                },
            ]

    def _section(self, name: str) -> Any:
        """A section, copied before it is first changed; None where there is none."""
        found = self.sections.get(name)
        if found is not None and name not in self._copied:
            self._copied.add(name)
            found = self.sections[name] = copy.copy(found)
        return found


def _assignment(operation: GrantRole, principal_id: str, type: str) -> dict[str, Any]:
    scope = ArmId.parse(operation.scope)
    name = assignment_name(scope.text, operation.role_guid, principal_id)
    roles = f"{scope.subscription_id.text}/providers/Microsoft.Authorization/roleDefinitions"
    return {
        "id": f"{scope.text}/providers/Microsoft.Authorization/roleAssignments/{name}",
        "name": name,
        "type": "Microsoft.Authorization/roleAssignments",
        "properties": {
            "roleDefinitionId": f"{roles}/{operation.role_guid}",
            "principalId": principal_id,
            "principalType": type,
            "scope": scope.text,
        },
    }


def _deallocated(statuses: list[Any]) -> list[Any]:
    others = [status for status in statuses if not _code(status).startswith("powerstate/")]
    return [*others, {"code": "PowerState/deallocated", "level": "Info", "displayStatus": "VM deallocated"}]


def _generalized(statuses: list[Any]) -> list[Any]:
    others = [status for status in statuses if not _code(status).startswith("osstate/")]
    return [*others, {"code": "OSState/generalized", "level": "Info", "displayStatus": "VM generalized"}]


def _code(status: Any) -> str:
    return fold(str(status.get("code", ""))) if isinstance(status, Mapping) else ""


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
