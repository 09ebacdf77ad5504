"""A tenant to fix, served over loopback, and what a fix run leaves of it."""

from __future__ import annotations

import contextlib
import copy
import json
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import click
import pytest

from checker.cli import fixing
from checker.cli.main import run
from checker.facts.snapshot import Snapshot
from checker.sandbox.faults import Fault
from checker.sandbox.server import Running, serve
from checker.sandbox.service import Sandbox
from checker.sandbox.store import Store
from checker.sources.azure.perform import AzureActuator
from checker.sources.azure.source import AzureSource

TOKEN = "a-token-of-the-sandbox"
OTHER_TENANT = "22222222-2222-4222-8222-222222222222"
TENANT = "11111111-1111-4111-8111-111111111111"
SUBSCRIPTION = "33333333-3333-4333-8333-333333333333"
SECOND = "44444444-4444-4444-8444-444444444444"
USER = "55555555-5555-4555-8555-555555555555"
REGISTRY = "77777777-7777-4777-8777-777777777777"
PROVIDER = "88888888-8888-4888-8888-888888888888"
FORGED = "99999999-9999-4999-8999-999999999999"
MICROSOFT = "f8cdef31-a31e-4b4a-93e4-5f571e91255a"
REGISTRY_APP = "51b6191a-b045-44cf-8277-ee37c9fb5a06"
PROVIDER_NAME = "Microsoft Partner Center Resource Provider"
NAMESPACE = "Microsoft.PartnerCenterIngestion"
OWNER = "8e3af657-a8ff-443c-a75c-2fe8c4bcb635"
IMAGE_READER = "cf7c76d2-98a3-4358-a134-615aa78bf44d"
PUBLISHER = "seller@contoso.example"

COMPUTE = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/images/providers/Microsoft.Compute"
GALLERY = f"{COMPUTE}/galleries/shop"
DEFINITION = f"{GALLERY}/images/server"
VM = f"{COMPUTE}/virtualMachines/builder"

_FOREIGN = ("IMAGECHECK_", "NO_COLOR", "FORCE_COLOR", "AZURE_SUBSCRIPTION_ID", "COLUMNS")
WRITES = ("PUT", "PATCH", "POST", "DELETE")


@dataclass(frozen=True)
class Names:
    """What the tenant's things are called."""

    token = TOKEN
    tenant = TENANT
    other_tenant = OTHER_TENANT
    subscription = SUBSCRIPTION
    second = SECOND
    user = USER
    registry = REGISTRY
    provider = PROVIDER
    forged = FORGED
    microsoft = MICROSOFT
    registry_app = REGISTRY_APP
    provider_name = PROVIDER_NAME
    namespace = NAMESPACE
    owner = OWNER
    image_reader = IMAGE_READER
    publisher = PUBLISHER
    compute = COMPUTE
    gallery = GALLERY
    definition = DEFINITION
    vm = VM

    def version(self, number: str) -> str:
        return f"{DEFINITION}/versions/{number}"

    def assignments(self, scope: str = GALLERY) -> str:
        return f"{scope}/providers/Microsoft.Authorization/roleAssignments/"


def resource(id: str, type: str, properties: dict[str, Any], **more: Any) -> dict[str, Any]:
    name = id.rpartition("/")[2]
    return {"id": id, "name": name, "type": f"Microsoft.Compute/{type}", "location": "westeurope", **more} | {
        "properties": {**properties, "provisioningState": "Succeeded"}
    }


def version(number: str, *, excluded: bool = False) -> dict[str, Any]:
    profile = {
        "targetRegions": [{"name": "West Europe", "regionalReplicaCount": 2, "storageAccountType": "Standard_ZRS"}],
        "replicaCount": 2,
        "excludeFromLatest": excluded,
        "publishedDate": f"2026-0{number[0]}-01T10:00:00.1234567+00:00",
        "endOfLifeDate": None,
    }
    storage = {
        "source": {"virtualMachineId": VM},
        "osDiskImage": {"sizeInGB": 30, "hostCaching": "ReadOnly", "source": {}},
        "dataDiskImages": [{"lun": 0, "sizeInGB": 8, "hostCaching": "None", "source": {}}],
    }
    safety = {"reportedForPolicyViolation": False}
    return resource(
        f"{DEFINITION}/versions/{number}",
        "galleries/images/versions",
        {"publishingProfile": profile, "storageProfile": storage, "safetyProfile": safety},
        tags={"line": "a"},
    )


def machine(id: str = VM, guid: str = "bbbbbbbb-0000-4000-8000-000000000001") -> dict[str, Any]:
    disk = {"osType": "Linux", "name": "os", "managedDisk": {"id": f"{COMPUTE}/disks/os"}}
    properties = {"vmId": guid, "timeCreated": "2026-01-01T10:00:00Z", "storageProfile": {"osDisk": disk}}
    return resource(id, "virtualMachines", properties, etag='"1"')


def view(*codes: str) -> dict[str, Any]:
    statuses = [{"code": code, "level": "Info"} for code in ("ProvisioningState/succeeded", *codes)]
    return {"vmAgent": {"vmAgentVersion": "2.9"}, "statuses": statuses}


def assignment(scope: str, role: str, principal: str, type: str, name: str) -> dict[str, Any]:
    return {
        "id": f"{scope}/providers/Microsoft.Authorization/roleAssignments/{name}",
        "name": name,
        "type": "Microsoft.Authorization/roleAssignments",
        "properties": {
            "roleDefinitionId": f"/providers/Microsoft.Authorization/roleDefinitions/{role}",
            "principalId": principal,
            "principalType": type,
            "scope": scope,
        },
    }


def principal(id: str, name: str, app_id: str, owner: str | None = MICROSOFT) -> dict[str, Any]:
    return {"id": id, "displayName": name, "appId": app_id, "appOwnerOrganizationId": owner}


def clean() -> dict[str, Any]:
    """A tenant in which every rule passes, the VM aside, which runs and is not generalized."""
    versions = [version("1.0.0"), version("2.0.0")]
    completed = {"aggregatedState": "Completed", "summary": [{"region": "West Europe", "state": "Completed"}]}
    return {
        "format": "imagecheck-snapshot/1",
        "captured": "2026-11-01T12:00:00Z",
        "tenants": [{"tenantId": TENANT, "displayName": "Contoso", "defaultDomain": "contoso.example"}],
        "subscriptions": [
            {"id": f"/subscriptions/{SUBSCRIPTION}", "subscriptionId": SUBSCRIPTION, "tenantId": TENANT}
            | {"displayName": "Images", "state": "Enabled"}
        ],
        "resources": [
            resource(GALLERY, "galleries", {}),
            resource(
                DEFINITION,
                "galleries/images",
                {"osState": "Generalized", "osType": "Linux", "hyperVGeneration": "V2"}
                | {"identifier": {"publisher": "contoso", "offer": "server", "sku": "standard"}},
            ),
            *versions,
            machine(),
        ],
        "instanceViews": {VM: view("PowerState/running")},
        "replicationStatus": {body["id"]: copy.deepcopy(completed) for body in versions},
        "roleAssignments": [
            assignment(GALLERY, OWNER, USER, "User", "cccccccc-0000-4000-8000-000000000001"),
            *(
                assignment(GALLERY, IMAGE_READER, who, "ServicePrincipal", f"cccccccc-0000-4000-8000-00000000000{n}")
                for n, who in enumerate((REGISTRY, PROVIDER), 2)
            ),
        ],
        "roleDefinitions": [],
        "denyAssignments": [],
        "roleEligibilityScheduleInstances": [],
        "roleAssignmentScheduleInstances": [],
        "managementGroups": {SUBSCRIPTION: []},
        "providers": {SUBSCRIPTION: {NAMESPACE: "Registered"}},
        "directory": {
            "tenantId": TENANT,
            "users": [{"id": USER, "displayName": "Seller", "userPrincipalName": PUBLISHER, "mail": PUBLISHER}],
            "groups": [],
            "servicePrincipals": [
                principal(REGISTRY, "Compute Image Registry", REGISTRY_APP),
                principal(PROVIDER, PROVIDER_NAME, "dddddddd-0000-4000-8000-000000000001"),
            ],
            "members": {},
        },
        "guests": {VM: {"os": "Linux", "deprovisioned": True}},
        "unread": [],
    }


def unserved(document: dict[str, Any], *, forged: bool = False) -> dict[str, Any]:
    """Neither registered nor granted: the principals are not there yet; a forged one may be."""
    document["providers"][SUBSCRIPTION][NAMESPACE] = "NotRegistered"
    document["roleAssignments"] = document["roleAssignments"][:1]
    document["directory"]["servicePrincipals"] = []
    if forged:
        document["directory"]["servicePrincipals"].append(
            principal(FORGED, PROVIDER_NAME, "eeeeeeee-0000-4000-8000-000000000001", OTHER_TENANT)
        )
    return document


@pytest.fixture
def names() -> Names:
    return Names()


@pytest.fixture
def tenant() -> dict[str, Any]:
    return clean()


@dataclass
class Ended:
    """What a run left behind."""

    code: int
    out: str
    err: str
    report: dict[str, Any]
    #: The path of each difference of the store, with what was there and what is there.
    changed: dict[str, tuple[Any, Any]]
    #: The writes in the sandbox's log, in their order: method and path.
    writes: list[tuple[str, str]]

    @property
    def said(self) -> str:
        return self.out + self.err

    @property
    def performed(self) -> list[str]:
        return [step["verb"] for step in self.report["fixes"]["performed"]]

    @property
    def failed(self) -> list[dict[str, Any]]:
        return self.report["fixes"]["failed"]

    def verdicts(self) -> dict[str, str]:
        return {result["rule"]: result["verdict"] for result in self.report["results"]}


@dataclass
class Room:
    """A sandbox over a tenant, and runs of the program against it."""

    running: Running
    folder: Path
    monkeypatch: pytest.MonkeyPatch
    read: Callable[[], tuple[bytes, bytes]]
    _log_at: int = field(default=0)

    @property
    def store(self) -> Store:
        return self.running.sandbox.store

    @property
    def document(self) -> dict[str, Any]:
        with self.store.lock:
            return self.store.document()

    def fault(self, **what: Any) -> None:
        self.running.sandbox._faults.add(Fault.from_document(what))

    def replace(self, change: Callable[[dict[str, Any]], Any]) -> None:
        """Change the store behind the program's back."""
        document = self.document
        change(document)
        with self.store.lock:
            self.running.sandbox._open(Store(Snapshot.from_document(document)))

    def log(self) -> list[dict[str, Any]]:
        return [dict(entry) for entry in self.running.sandbox._logged()]

    def run(self, *arguments: str, meanwhile: Callable[[], Any] | None = None, publisher: str = PUBLISHER) -> Ended:
        """``imagecheck check`` against the sandbox; ``meanwhile`` happens between the plan and its performing."""
        target = self.folder / "report.json"
        target.unlink(missing_ok=True)
        who = ("--publisher", publisher, "--publisher-tenant", TENANT)
        before, at = self.document, len(self.log())
        self.read()
        with contextlib.ExitStack() as stack:
            if meanwhile is not None:
                patch = stack.enter_context(self.monkeypatch.context())

                def confirm(*_: Any, **__: Any) -> bool:
                    meanwhile()
                    nonlocal before, at
                    before, at = self.document, len(self.log())
                    return True

                patch.setattr(click, "confirm", confirm)
                patch.setattr(fixing, "_can_ask", lambda: True)
            code = run(
                [
                    "check",
                    "--source",
                    self.running.url,
                    *who,
                    "--output",
                    f"json={target}",
                    *(str(a) for a in arguments),
                ]
            )
        out, err = self.read()
        report = json.loads(target.read_text(encoding="utf-8")) if target.exists() else {}
        writes = [(e["method"], e["path"]) for e in self.log()[at:] if e["method"] in WRITES]
        writes = [entry for entry in writes if "getByIds" not in entry[1]]
        assert "Traceback" not in out.decode() + err.decode()
        assert "a mistake in imagecheck itself" not in err.decode()
        return Ended(code, out.decode(), err.decode(), report, differences(before, self.document), writes)

    def fix(self, *arguments: str, meanwhile: Callable[[], Any] | None = None, **more: Any) -> Ended:
        """With ``--fix --unsafe-fixes --guest-is-prepared``, and ``--yes`` unless somebody is asked."""
        yes = () if meanwhile is not None else ("--yes",)
        flags = ("--fix", "--unsafe-fixes", "--guest-is-prepared", *yes)
        return self.run(*flags, *arguments, meanwhile=meanwhile, **more)


@pytest.fixture
def serving(tmp_path, monkeypatch, capfdbinary) -> Iterator[Callable[..., Room]]:
    """Serve a tenant for the test."""
    for name in list(os.environ):
        if name.startswith(_FOREIGN):
            monkeypatch.delenv(name)
    monkeypatch.setenv("IMAGECHECK_SANDBOX_TOKEN", TOKEN)
    monkeypatch.chdir(tmp_path)
    with contextlib.ExitStack() as stack:

        def serving(document: dict[str, Any], **options: Any) -> Room:
            sandbox = Sandbox(Store(Snapshot.from_document(document)), TOKEN, **options)
            return Room(stack.enter_context(serve(sandbox)), tmp_path, monkeypatch, capfdbinary.readouterr)

        yield serving


@pytest.fixture
def hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """Operations have a third of a second to end."""
    monkeypatch.setattr(AzureSource, "actuator", lambda self: AzureActuator(self.clients, deadline=0.3, interval=0.02))


def differences(before: Any, after: Any, path: str = "") -> dict[str, tuple[Any, Any]]:
    """What differs between two documents, by path; bodies in lists are told apart by their ids."""
    if isinstance(before, dict) and isinstance(after, dict):
        keys = [*before, *(key for key in after if key not in before)]
        pairs = [(key, before.get(key, ...), after.get(key, ...)) for key in keys]
    elif _has_ids(before) and _has_ids(after):
        old, new = ({body["id"]: body for body in found} for found in (before, after))
        pairs = [(id, old.get(id, ...), new.get(id, ...)) for id in (old | new)]
    else:
        return {} if before == after else {path: (before, after)}
    found: dict[str, tuple[Any, Any]] = {}
    for key, one, other in pairs:
        found |= differences(one, other, f"{path}|{key}" if path else str(key))
    return found


def _has_ids(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(item, dict) and "id" in item for item in value)
