"""The tenant that the program brings: every rule passes somewhere in it and fails somewhere else.

Bodies have the members and the forms that Azure's have; names and ids are made up.
"""

from __future__ import annotations

from typing import Any

from checker.facts.partner_center import COMPUTE_IMAGE_REGISTRY, MICROSOFT_TENANTS, NAMESPACE, RESOURCE_PROVIDER
from checker.facts.roles import COMPUTE_GALLERY_IMAGE_READER, OWNER
from checker.facts.snapshot import FORMAT

PUBLISHER = "images@fabrikam.example"
PUBLISHER_TENANT = "11111111-aaaa-4aaa-8aaa-111111111111"

_OTHER_TENANT = "22222222-bbbb-4bbb-8bbb-222222222222"
_SUBSCRIPTION = "33333333-cccc-4ccc-8ccc-333333333333"
_OTHER_SUBSCRIPTION = "44444444-dddd-4ddd-8ddd-444444444444"
_USER = "55555555-eeee-4eee-8eee-555555555555"
_GROUP = "66666666-ffff-4fff-8fff-666666666666"
_REGISTRY = "77777777-aaaa-4aaa-8aaa-777777777777"
_INGESTION = "88888888-bbbb-4bbb-8bbb-888888888888"
_FORGED = "99999999-cccc-4ccc-8ccc-999999999999"
_PARTNERS = "aaaaaaaa-dddd-4ddd-8ddd-aaaaaaaaaaaa"

_COMPUTE = f"/subscriptions/{_SUBSCRIPTION}/resourceGroups/images/providers/Microsoft.Compute"
_CLEAN = f"{_COMPUTE}/galleries/marketplace"
_FAULTY = f"{_COMPUTE}/galleries/workbench"
_FOREIGN = f"/subscriptions/{_OTHER_SUBSCRIPTION}/resourceGroups/images/providers/Microsoft.Compute/galleries/partner"


def document() -> dict[str, Any]:
    """The tenant as a snapshot document."""
    good, running = _vm("builder", "2026-08-31T06:00:00Z"), _vm("tester", "2026-06-01T06:00:00Z")
    faulty, empty = _definition(_FAULTY, "appliance", "Specialized"), _definition(_FAULTY, "draft", "Generalized")
    clean, foreign = _definition(_CLEAN, "appliance", "Generalized"), _definition(_FOREIGN, "appliance", "Generalized")
    versions = [
        _version(clean, "1.0.0", "2026-09-01T10:00:00.1234567+00:00", good["id"]),
        _version(clean, "1.1.0", "2026-10-01T10:00:00.1234567+00:00", good["id"]),
        _version(faulty, "2.0.0", "2026-09-01T10:00:00.1234567+00:00", running["id"], excluded=True),
        _version(faulty, "1.9", "2026-10-01T10:00:00.1234567+00:00", running["id"], excluded=True),
        _version(faulty, "1.0.5", "2026-11-01T10:00:00.1234567+00:00", running["id"], excluded=True),
        _version(
            foreign,
            "1.0.0",
            "2026-10-01T10:00:00.1234567+00:00",
            f"{_FOREIGN.rpartition('/galleries')[0]}/snapshots/os",
        ),
    ]
    replications = {version["id"]: _replication("Completed") for version in versions}
    replications[versions[4]["id"]] = _replication("Failed")
    return {
        "format": FORMAT,
        "captured": "2026-11-22T12:00:00Z",
        "tenants": [
            _tenant(PUBLISHER_TENANT, "Fabrikam", "fabrikam.example"),
            _tenant(_OTHER_TENANT, "Fabrikam's partner", "partner.example"),
        ],
        "subscriptions": [
            _subscription(_SUBSCRIPTION, PUBLISHER_TENANT, "Images"),
            _subscription(_OTHER_SUBSCRIPTION, _OTHER_TENANT, "Images of the partner"),
        ],
        "resources": [
            *(_gallery(id) for id in (_CLEAN, _FAULTY, _FOREIGN)),
            *(clean, faulty, empty, foreign),
            *versions,
            *(good, running),
            *(_os_disk(vm) for vm in (good, running)),
        ],
        "instanceViews": {
            good["id"]: _instance_view("PowerState/deallocated", "OSState/generalized"),
            running["id"]: _instance_view("PowerState/running"),
        },
        "replicationStatus": replications,
        "roleAssignments": [
            _assignment(_CLEAN, OWNER, _GROUP, "Group"),
            _assignment(_CLEAN, COMPUTE_GALLERY_IMAGE_READER, _REGISTRY, "ServicePrincipal"),
            _assignment(_CLEAN, COMPUTE_GALLERY_IMAGE_READER, _INGESTION, "ServicePrincipal"),
            _assignment(_FOREIGN, OWNER, _PARTNERS, "Group"),
            _assignment(_FAULTY, COMPUTE_GALLERY_IMAGE_READER, _FORGED, "ServicePrincipal"),
        ],
        "roleDefinitions": [],
        "denyAssignments": [],
        "roleEligibilityScheduleInstances": [],
        "roleAssignmentScheduleInstances": [],
        "managementGroups": {_SUBSCRIPTION: [PUBLISHER_TENANT], _OTHER_SUBSCRIPTION: [_OTHER_TENANT]},
        "providers": {_SUBSCRIPTION: {NAMESPACE: "Registered"}, _OTHER_SUBSCRIPTION: {NAMESPACE: "NotRegistered"}},
        "directory": _directory(),
        "guests": {
            good["id"]: {"os": "Linux", "deprovisioned": True},
            running["id"]: {"os": "Linux", "deprovisioned": False},
        },
        "unread": [],
    }


def _tenant(id: str, name: str, domain: str) -> dict[str, Any]:
    return {"id": f"/tenants/{id}", "tenantId": id, "displayName": name, "defaultDomain": domain}


def _subscription(id: str, tenant: str, name: str) -> dict[str, Any]:
    path = f"/subscriptions/{id}"
    return {"id": path, "subscriptionId": id, "tenantId": tenant, "displayName": name, "state": "Enabled"}


def _gallery(id: str) -> dict[str, Any]:
    unique = f"{id.split('/')[2]}-{id.rpartition('/')[2].upper()}"
    properties = {"identifier": {"uniqueName": unique}, "provisioningState": "Succeeded"}
    return _resource(id, "galleries", properties)


def _definition(gallery: str, name: str, os_state: str) -> dict[str, Any]:
    properties = {
        "osType": "Linux",
        "osState": os_state,
        "hyperVGeneration": "V2",
        "architecture": "x64",
        "identifier": {"publisher": "fabrikam", "offer": "appliance", "sku": name},
        "provisioningState": "Succeeded",
    }
    return _resource(f"{gallery}/images/{name}", "galleries/images", properties)


def _version(
    definition: dict[str, Any], number: str, published: str, source: str, *, excluded: bool = False
) -> dict[str, Any]:
    origin = {"virtualMachineId": source} if "/virtualMachines/" in source else {}
    disk = {"sizeInGB": 30, "hostCaching": "ReadWrite", "source": {} if origin else {"id": source}}
    properties = {
        "publishingProfile": {
            "targetRegions": [{"name": "West Europe", "regionalReplicaCount": 1}],
            "replicaCount": 1,
            "excludeFromLatest": excluded,
            "publishedDate": published,
        },
        "storageProfile": {"source": origin, "osDiskImage": disk},
        "safetyProfile": {"reportedForPolicyViolation": False},
        "provisioningState": "Succeeded",
    }
    return _resource(f"{definition['id']}/versions/{number}", "galleries/images/versions", properties)


def _vm(name: str, created: str) -> dict[str, Any]:
    disk = {"id": f"{_COMPUTE}/disks/{name}-os"}
    properties = {
        "hardwareProfile": {"vmSize": "Standard_D2s_v5"},
        "storageProfile": {"osDisk": {"osType": "Linux", "createOption": "FromImage", "managedDisk": disk}},
        "timeCreated": created,
        "provisioningState": "Succeeded",
    }
    return _resource(f"{_COMPUTE}/virtualMachines/{name}", "virtualMachines", properties)


def _os_disk(vm: dict[str, Any]) -> dict[str, Any]:
    id = vm["properties"]["storageProfile"]["osDisk"]["managedDisk"]["id"]
    return _resource(id, "disks", {"diskState": "Reserved", "diskSizeGB": 30, "provisioningState": "Succeeded"})


def _resource(id: str, type: str, properties: dict[str, Any]) -> dict[str, Any]:
    return {
        "name": id.rpartition("/")[2],
        "id": id,
        "type": f"Microsoft.Compute/{type}",
        "location": "westeurope",
        "properties": properties,
    }


def _instance_view(*codes: str) -> dict[str, Any]:
    names = {
        "ProvisioningState/succeeded": "Provisioning succeeded",
        "PowerState/running": "VM running",
        "PowerState/deallocated": "VM deallocated",
        "OSState/generalized": "VM generalized",
    }
    found = ("ProvisioningState/succeeded", *codes)
    return {"statuses": [{"code": code, "level": "Info", "displayStatus": names[code]} for code in found]}


def _replication(state: str) -> dict[str, Any]:
    return {
        "aggregatedState": state,
        "summary": [{"region": "West Europe", "state": state, "progress": 100 if state == "Completed" else 60}],
    }


def _assignment(scope: str, role: str, principal: str, type: str) -> dict[str, Any]:
    name = f"{principal[:8]}-{role[:4]}-4000-8000-{scope[-4:].encode().hex().rjust(12, '0')}"
    return {
        "id": f"{scope}/providers/Microsoft.Authorization/roleAssignments/{name}",
        "type": "Microsoft.Authorization/roleAssignments",
        "name": name,
        "properties": {
            "roleDefinitionId": f"{scope.partition('/resourceGroups')[0]}/providers/Microsoft.Authorization/"
            f"roleDefinitions/{role}",
            "principalId": principal,
            "principalType": type,
            "scope": scope,
            "condition": None,
            "conditionVersion": None,
        },
    }


def _directory() -> dict[str, Any]:
    microsoft = MICROSOFT_TENANTS[0]
    return {
        "tenantId": PUBLISHER_TENANT,
        "users": [{"id": _USER, "displayName": "Image team", "userPrincipalName": PUBLISHER, "mail": PUBLISHER}],
        "groups": [{"id": _GROUP, "displayName": "Image publishers"}],
        "servicePrincipals": [
            _principal(_REGISTRY, COMPUTE_IMAGE_REGISTRY.name, COMPUTE_IMAGE_REGISTRY.app_id, microsoft),
            _principal(_INGESTION, RESOURCE_PROVIDER.name, "aaaaaaaa-1111-4111-8111-aaaaaaaaaaaa", microsoft),
            _principal(_FORGED, RESOURCE_PROVIDER.name, "bbbbbbbb-2222-4222-8222-bbbbbbbbbbbb", _OTHER_TENANT),
        ],
        "members": {_GROUP: [_USER]},
    }


def _principal(id: str, name: str, app_id: str | None, owner: str) -> dict[str, Any]:
    return {
        "id": id,
        "displayName": name,
        "appId": app_id,
        "appOwnerOrganizationId": owner,
        "servicePrincipalNames": [app_id],
    }
