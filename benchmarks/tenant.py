"""Tenants made by code: a large one, and one gallery with so many versions.

``python -m benchmarks.tenant tenant|gallery NUMBER FILE`` writes one.
"""

from __future__ import annotations

import json
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

TENANT = "11111111-aaaa-4aaa-8aaa-111111111111"
SUBSCRIPTION = "33333333-cccc-4ccc-8ccc-333333333333"
USER = "55555555-eeee-4eee-8eee-555555555555"
USER_NAME = "publisher@example.com"
OWNER = "8e3af657-a8ff-443c-a75c-2fe8c4bcb635"

_FIRST = datetime(2026, 2, 1, 10, tzinfo=UTC)
_COMPUTE = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/images/providers/Microsoft.Compute"


def document(assets: int) -> dict[str, Any]:
    """A snapshot with about so many assets: for each gallery 4 definitions of 6 versions, 8 VMs, 8 disks."""
    resources: list[dict[str, Any]] = []
    views: dict[str, Any] = {}
    replications: dict[str, Any] = {}
    assignments: list[dict[str, Any]] = []
    for number in range(max(1, assets // 45)):
        gallery = _resource(f"{_COMPUTE}/galleries/gallery{number}", "galleries", {"provisioningState": "Succeeded"})
        vms = [_vm(f"vm{number}x{i}") for i in range(8)]
        resources += [gallery, *vms, *(_disk(vm) for vm in vms)]
        views |= {vm["id"]: _view() for vm in vms}
        assignments.append(_owner(gallery["id"], number))
        for d in range(4):
            definition = _definition(gallery["id"], f"definition{d}")
            versions = [_version(definition["id"], v, vms[(d * 6 + v) % 8]["id"]) for v in range(6)]
            resources += [definition, *versions]
            replications |= {version["id"]: _replication() for version in versions}
    return _whole(resources, views, replications, assignments)


def one_gallery(versions: int) -> dict[str, Any]:
    """A snapshot with one gallery and one definition, whose versions were all captured from one VM."""
    gallery = _resource(f"{_COMPUTE}/galleries/gallery", "galleries", {"provisioningState": "Succeeded"})
    definition, vm = _definition(gallery["id"], "definition"), _vm("builder")
    made = [_version(definition["id"], number, vm["id"]) for number in range(versions)]
    return _whole(
        [gallery, definition, *made, vm, _disk(vm)],
        {vm["id"]: _view()},
        {version["id"]: _replication() for version in made},
        [_owner(gallery["id"], 0)],
    )


def _whole(
    resources: list[dict[str, Any]],
    views: dict[str, Any],
    replications: dict[str, Any],
    assignments: list[dict[str, Any]],
) -> dict[str, Any]:
    return {
        "format": "imagecheck-snapshot/1",
        "captured": "2026-11-22T12:00:00Z",
        "subscriptions": [{"id": f"/subscriptions/{SUBSCRIPTION}", "tenantId": TENANT, "displayName": "bench"}],
        "resources": resources,
        "instanceViews": views,
        "replicationStatus": replications,
        "roleAssignments": assignments,
        "roleDefinitions": [],
        "denyAssignments": [],
        "roleEligibilityScheduleInstances": [],
        "roleAssignmentScheduleInstances": [],
        "managementGroups": {SUBSCRIPTION: []},
        "providers": {SUBSCRIPTION: {"Microsoft.PartnerCenterIngestion": "Registered"}},
        "directory": {
            "tenantId": TENANT,
            "users": [{"id": USER, "userPrincipalName": USER_NAME, "displayName": "Publisher"}],
            "groups": [],
            "servicePrincipals": [],
            "members": {},
        },
    }


def _resource(id: str, type: str, properties: dict[str, Any]) -> dict[str, Any]:
    name = id.rpartition("/")[2]
    return {
        "name": name,
        "id": id,
        "type": f"Microsoft.Compute/{type}",
        "location": "westeurope",
        "tags": {"team": "images", "build": name},
        "properties": properties,
    }


def _definition(gallery: str, name: str) -> dict[str, Any]:
    properties = {
        "osType": "Linux",
        "osState": "Generalized",
        "hyperVGeneration": "V2",
        "identifier": {"publisher": "p", "offer": "o", "sku": name},
        "provisioningState": "Succeeded",
    }
    return _resource(f"{gallery}/images/{name}", "galleries/images", properties)


def _version(definition: str, number: int, vm: str) -> dict[str, Any]:
    properties = {
        "publishingProfile": {
            "targetRegions": [{"name": region, "regionalReplicaCount": 1} for region in ("West Europe", "East US")],
            "replicaCount": 1,
            "excludeFromLatest": False,
            "publishedDate": (_FIRST + timedelta(hours=number)).strftime("%Y-%m-%dT%H:%M:%S.1234567+00:00"),
        },
        "storageProfile": {"source": {"virtualMachineId": vm}, "osDiskImage": {"sizeInGB": 30, "source": {}}},
        "provisioningState": "Succeeded",
    }
    return _resource(f"{definition}/versions/1.{number}.0", "galleries/images/versions", properties)


def _vm(name: str) -> dict[str, Any]:
    disk = {"id": f"{_COMPUTE}/disks/{name}-os"}
    properties = {
        "hardwareProfile": {"vmSize": "Standard_D2s_v5"},
        "storageProfile": {"osDisk": {"osType": "Linux", "managedDisk": disk}, "dataDisks": []},
        "timeCreated": "2026-01-01T00:00:00Z",
        "provisioningState": "Succeeded",
    }
    return _resource(f"{_COMPUTE}/virtualMachines/{name}", "virtualMachines", properties)


def _disk(vm: dict[str, Any]) -> dict[str, Any]:
    id = vm["properties"]["storageProfile"]["osDisk"]["managedDisk"]["id"]
    return _resource(id, "disks", {"diskState": "Reserved", "diskSizeGB": 30, "provisioningState": "Succeeded"})


def _view() -> dict[str, Any]:
    codes = ("ProvisioningState/succeeded", "PowerState/deallocated", "OSState/generalized")
    return {"statuses": [{"code": code, "level": "Info"} for code in codes]}


def _replication() -> dict[str, Any]:
    summary = [{"region": region, "state": "Completed", "progress": 100} for region in ("West Europe", "East US")]
    return {"aggregatedState": "Completed", "summary": summary}


def _owner(scope: str, number: int) -> dict[str, Any]:
    name = f"00000000-0000-4000-8000-{number:012d}"
    return {
        "id": f"{scope}/providers/Microsoft.Authorization/roleAssignments/{name}",
        "properties": {
            "roleDefinitionId": f"/providers/Microsoft.Authorization/roleDefinitions/{OWNER}",
            "principalId": USER,
            "principalType": "User",
            "scope": scope,
        },
    }


if __name__ == "__main__":
    making, number, path = sys.argv[1:]
    Path(path).write_text(json.dumps({"tenant": document, "gallery": one_gallery}[making](int(number))))
