"""Tenants built by code, and the program run on them as a user runs it."""

from __future__ import annotations

import contextlib
import io
import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest import mock

import pytest

from checker.cli.main import run

SUBSCRIPTION = "0a1b2c3d-0000-4000-8000-00000000000a"
TENANT = "7e7e7e7e-0000-4000-8000-00000000000e"
PUBLISHER = "9b9b9b9b-0000-4000-8000-00000000000b"
OWNER = "8e3af657-a8ff-443c-a75c-2fe8c4bcb635"
#: A member that the body leaves out.
ABSENT: Any = object()


def _present(members: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in members.items() if value is not ABSENT}


class Cloud:
    """A snapshot under construction: every method adds bodies of the shape ARM returns, and gives the id."""

    absent = ABSENT
    owner_role = OWNER
    publisher = PUBLISHER
    tenant = TENANT

    def __init__(self, subscription: str = SUBSCRIPTION) -> None:
        self.subscription = subscription
        self.document: dict[str, Any] = {
            "format": "imagecheck-snapshot/1",
            "captured": "2026-11-20T12:00:00Z",
            "tenants": [{"tenantId": TENANT, "displayName": "Contoso", "defaultDomain": "contoso.example"}],
            "subscriptions": [],
            "resources": [],
            "instanceViews": {},
            "replicationStatus": {},
            "roleAssignments": [],
            "roleDefinitions": [],
            "denyAssignments": [],
            "roleEligibilityScheduleInstances": [],
            "roleAssignmentScheduleInstances": [],
            "managementGroups": {},
            "providers": {},
            "directory": {"tenantId": TENANT, "users": [], "groups": [], "servicePrincipals": [], "members": {}},
            "unread": [],
        }
        self.add_subscription(subscription)

    def add_subscription(self, guid: str) -> str:
        body = {
            "id": f"/subscriptions/{guid}",
            "subscriptionId": guid,
            "tenantId": TENANT,
            "displayName": f"Subscription {guid[:8]}",
            "state": "Enabled",
            "subscriptionPolicies": {"spendingLimit": "Off", "quotaId": "PayAsYouGo_2014-09-01"},
            "authorizationSource": "RoleBased",
        }
        self.document["subscriptions"].append(body)
        self.document["managementGroups"][guid] = ["root"]
        self.document["providers"][guid] = {"Microsoft.PartnerCenterIngestion": "Registered"}
        return body["id"]

    def compute_id(self, path: str, group: str = "rg", subscription: str = "") -> str:
        holder = f"/subscriptions/{subscription or self.subscription}/resourceGroups/{group}"
        return f"{holder}/providers/Microsoft.Compute/{path}"

    def _add(self, identity: str, kind: str, properties: dict[str, Any]) -> str:
        self.document["resources"].append(
            {
                "name": identity.rsplit("/", 1)[-1],
                "id": identity,
                "type": f"Microsoft.Compute/{kind}",
                "location": "eastus",
                "tags": {},
                "properties": _present(properties),
            }
        )
        return identity

    def gallery(self, name: str = "gal", group: str = "rg", subscription: str = "") -> str:
        identity = self.compute_id(f"galleries/{name}", group, subscription)
        unique = f"{subscription or self.subscription}-{name.upper()}"
        properties = {
            "description": "",
            "identifier": {"uniqueName": unique},
            "provisioningState": "Succeeded",
        }
        return self._add(identity, "galleries", properties)

    def definition(self, gallery: str, name: str = "img", *, os_state: Any = "Generalized", **more: Any) -> str:
        properties = {
            "hyperVGeneration": "V2",
            "architecture": "x64",
            "osType": "Linux",
            "osState": os_state,
            "identifier": {"publisher": "contoso", "offer": "appliance", "sku": name},
            "provisioningState": "Succeeded",
            **more,
        }
        return self._add(f"{gallery}/images/{name}", "galleries/images", properties)

    def version(
        self,
        definition: str,
        number: str = "1.0.0",
        *,
        state: Any = "Succeeded",
        published: Any = "2026-05-01T10:00:00.1234567+00:00",
        regions: tuple[Any, ...] = ("East US",),
        exclude: Any = False,
        source: dict[str, Any] | None = None,
        disk: dict[str, Any] | None = None,
        replication: Any = "Completed",
        safety: Any = ABSENT,
    ) -> str:
        """A version. ``replication`` is one state for the whole and each region, or a body, or left out."""
        identity = f"{definition}/versions/{number}"
        targets = [
            {"name": region, "regionalReplicaCount": 1, "storageAccountType": "Standard_LRS"}
            if isinstance(region, str)
            else region
            for region in regions
        ]
        snapshot = {"id": self.compute_id("snapshots/os")}
        storage: dict[str, Any] = {"osDiskImage": {"sizeInGB": 30, "hostCaching": "ReadWrite"}}
        if source is not None:
            storage["source"] = source
        else:
            storage["osDiskImage"]["source"] = disk or snapshot
        properties = {
            "publishingProfile": _present(
                {
                    "targetRegions": targets,
                    "replicaCount": 1,
                    "excludeFromLatest": exclude,
                    "publishedDate": published,
                    "storageAccountType": "Standard_LRS",
                    "replicationMode": "Full",
                }
            ),
            "storageProfile": storage,
            "safetyProfile": safety,
            "provisioningState": state,
        }
        self._add(identity, "galleries/images/versions", properties)
        if isinstance(replication, str):
            replication = self.replicated(replication, *[(target["name"], replication) for target in targets])
        if replication is not ABSENT:
            self.document["replicationStatus"][identity] = replication
        return identity

    def replicated(self, whole: str, *regions: tuple[str, str]) -> dict[str, Any]:
        """The body of a replication status."""
        progress = {"Completed": 100}
        summary = [
            {"region": region, "state": state, "details": "", "progress": progress.get(state, 0)}
            for region, state in regions
        ]
        return {"aggregatedState": whole, "summary": summary}

    def vm(
        self,
        name: str = "builder",
        *,
        group: str = "rg",
        subscription: str = "",
        statuses: tuple[str, ...] = ("ProvisioningState/succeeded", "OSState/generalized", "PowerState/deallocated"),
        created: Any = "2026-04-01T08:00:00.7654321+00:00",
        ephemeral: bool = False,
        view: Any = None,
    ) -> str:
        """A VM with its full instance view (left out where ``view`` is absent)."""
        identity = self.compute_id(f"virtualMachines/{name}", group, subscription)
        disk: dict[str, Any] = {
            "osType": "Linux",
            "name": f"{name}_os",
            "createOption": "FromImage",
            "caching": "ReadOnly" if ephemeral else "ReadWrite",
            "managedDisk": {"storageAccountType": "Standard_LRS", "id": self.compute_id(f"disks/{name}_os", group)},
            "diskSizeGB": 30,
        }
        if ephemeral:
            disk["diffDiskSettings"] = {"option": "Local", "placement": "CacheDisk"}
        properties = {
            "vmId": "d0d0d0d0-0000-4000-8000-0000000000d0",
            "hardwareProfile": {"vmSize": "Standard_D2s_v5"},
            "storageProfile": {"osDisk": disk, "dataDisks": []},
            "osProfile": {"computerName": name, "adminUsername": "azureuser", "allowExtensionOperations": True},
            "networkProfile": {"networkInterfaces": []},
            "provisioningState": "Succeeded",
            "timeCreated": created,
        }
        self._add(identity, "virtualMachines", properties)
        if view is not ABSENT:
            self.document["instanceViews"][identity] = self.view(*statuses) if view is None else view
        return identity

    def view(self, *codes: str) -> dict[str, Any]:
        """The body of a full instance view."""
        return {
            "computerName": "builder",
            "osName": "ubuntu",
            "hyperVGeneration": "V2",
            "disks": [{"name": "os", "statuses": [{"code": "ProvisioningState/succeeded", "level": "Info"}]}],
            "statuses": [{"code": code, "level": "Info", "displayStatus": code.rpartition("/")[2]} for code in codes],
        }

    def managed_image(self, name: str, machine: str | None) -> str:
        properties = {
            "sourceVirtualMachine": ABSENT if machine is None else {"id": machine},
            "storageProfile": {"osDisk": {"osType": "Linux", "osState": "Generalized"}, "dataDisks": []},
            "provisioningState": "Succeeded",
            "hyperVGeneration": "V2",
        }
        return self._add(self.compute_id(f"images/{name}"), "images", properties)

    def disk(self, name: str) -> str:
        properties = {"osType": "Linux", "diskSizeGB": 30, "diskState": "Unattached", "provisioningState": "Succeeded"}
        return self._add(self.compute_id(f"disks/{name}"), "disks", properties)

    def grant_owner(self, scope: str) -> None:
        """Make the publisher's user Owner at a scope."""
        self.document["directory"]["users"] = [
            {"id": PUBLISHER, "userPrincipalName": "pub@contoso.example", "mail": "pub@contoso.example"}
        ]
        name = "aaaaaaaa-0000-4000-8000-0000000000aa"
        self.document["roleAssignments"].append(
            {
                "id": f"{scope}/providers/Microsoft.Authorization/roleAssignments/{name}",
                "name": name,
                "type": "Microsoft.Authorization/roleAssignments",
                "properties": {
                    "scope": scope,
                    "principalId": PUBLISHER,
                    "principalType": "User",
                    "roleDefinitionId": f"/subscriptions/{self.subscription}/providers/"
                    f"Microsoft.Authorization/roleDefinitions/{OWNER}",
                },
            }
        )

    def unread(self, scope: str, fact: str, reason: str = "403 AuthorizationFailed") -> None:
        self.document["unread"].append({"scope": scope, "fact": fact, "reason": reason})

    def body(self, identity: str) -> dict[str, Any]:
        """The one resource of this id."""
        return next(body for body in self.document["resources"] if body["id"] == identity)


@dataclass(frozen=True)
class Run:
    """What a run left behind."""

    code: int
    results: list[dict[str, Any]]
    errors: str
    output: str

    def of(self, rule: str, asset: str) -> dict[str, Any]:
        """The one result of a rule on an asset."""
        found = [r for r in self.results if r["rule"] == rule and r["asset"].lower() == asset.lower()]
        assert len(found) == 1, [(r["rule"], r["asset"]) for r in self.results]
        return found[0]

    def verdict(self, rule: str, asset: str) -> str:
        return str(self.of(rule, asset)["verdict"])

    def verdicts(self, rule: str) -> set[str]:
        """Every verdict of a rule, whatever the asset."""
        return {r["verdict"] for r in self.results if r["rule"] == rule}

    def assets(self, prefix: str = "") -> set[str]:
        """The assets, in lower case, that rules of this prefix judged."""
        return {r["asset"].lower() for r in self.results if r["rule"].startswith(prefix)}

    def table(self) -> dict[tuple[str, str], str]:
        """Each rule and asset with its verdict."""
        return {(r["rule"], r["asset"].lower()): r["verdict"] for r in self.results}

    def operations(self, rule: str, asset: str) -> list[str]:
        """The verbs that the fix of a result would perform."""
        fix = self.of(rule, asset).get("fix") or {}
        return [operation["verb"] for operation in fix.get("operations", [])]

    def safety(self, rule: str, asset: str) -> str | None:
        fix = self.of(rule, asset).get("fix")
        return fix["safety"] if fix else None


@pytest.fixture(scope="session")
def new_cloud():
    """The builder itself, for tests that make more than one tenant."""
    return Cloud


@pytest.fixture
def cloud(new_cloud):
    """A tenant with one subscription and nothing in it."""
    return new_cloud()


@pytest.fixture(scope="session")
def check(tmp_path_factory):
    """Run ``imagecheck check`` on a tenant (or a snapshot's document), in an empty folder and environment."""
    room: Path = tmp_path_factory.mktemp("images")
    environment = {
        name: value for name, value in os.environ.items() if not name.upper().startswith(("IMAGECHECK_", "AZURE_"))
    }

    def run_check(source: Any, *arguments: str) -> Run:
        document = source.document if isinstance(source, Cloud) else source
        facts, report = room / "facts.json", room / "report.json"
        facts.write_text(json.dumps(document), encoding="utf-8")
        report.unlink(missing_ok=True)
        out, err = io.StringIO(), io.StringIO()
        with (
            contextlib.chdir(room),
            mock.patch.dict(os.environ, environment, clear=True),
            contextlib.redirect_stdout(out),
            contextlib.redirect_stderr(err),
        ):
            code = run(["check", "--source", str(facts), "--output", f"json={report}", *arguments])
        assert "Traceback" not in err.getvalue()
        if not report.exists():
            return Run(code, [], err.getvalue(), out.getvalue())
        saved = json.loads(report.read_text(encoding="utf-8"))
        assert saved["exit_code"] == code
        return Run(code, saved["results"], err.getvalue(), out.getvalue())

    return run_check
