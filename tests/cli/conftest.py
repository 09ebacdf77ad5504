"""A clean tenant built by code, and ways to run the program on it as a user would."""

from __future__ import annotations

import copy
import json
import os
import subprocess
import sys
import sysconfig
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from checker.cli.main import run

TENANT = "11111111-aaaa-4aaa-8aaa-111111111111"
SUBSCRIPTION = "22222222-bbbb-4bbb-8bbb-222222222222"
PUBLISHER = "seller@contoso.example"
OWNER_ROLE = "8e3af657-a8ff-443c-a75c-2fe8c4bcb635"
IMAGE_READER_ROLE = "cf7c76d2-98a3-4358-a134-615aa78bf44d"
MICROSOFT_SERVICES = "f8cdef31-a31e-4b4a-93e4-5f571e91255a"
IMAGE_REGISTRY_APP = "51b6191a-b045-44cf-8277-ee37c9fb5a06"
USER = "aaaaaaaa-0000-4000-8000-000000000001"
REGISTRY_PRINCIPAL = "aaaaaaaa-0000-4000-8000-000000000002"
PARTNER_PRINCIPAL = "aaaaaaaa-0000-4000-8000-000000000003"

COMPUTE = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/images/providers/Microsoft.Compute"
GALLERY = f"{COMPUTE}/galleries/shop"
DEFINITION = f"{GALLERY}/images/server"
VERSION = f"{DEFINITION}/versions/1.0.0"
VM = f"{COMPUTE}/virtualMachines/builder"

#: The variables of the machine that runs the tests and would change what the program does.
_FOREIGN = ("IMAGECHECK_", "NO_COLOR", "FORCE_COLOR", "CLICOLOR", "AZURE_SUBSCRIPTION_ID", "PYTHONPATH", "COLUMNS")


@dataclass(frozen=True)
class Ids:
    """The names of the clean tenant."""

    tenant: str = TENANT
    subscription: str = SUBSCRIPTION
    publisher: str = PUBLISHER
    gallery: str = GALLERY
    definition: str = DEFINITION
    version: str = VERSION
    vm: str = VM


@dataclass(frozen=True)
class Outcome:
    """What a run left behind."""

    code: int
    out: str
    err: str

    @property
    def report(self) -> dict[str, Any]:
        """The JSON report on standard output."""
        return json.loads(self.out)

    @property
    def said(self) -> str:
        """Both streams."""
        return self.out + self.err

    def verdicts(self) -> dict[str, str]:
        """The verdict of each rule; every rule judged one asset."""
        return {result["rule"]: result["verdict"] for result in self.report["results"]}

    def refused(self) -> str:
        """The one line of a run that stopped with exit code 2; asserts that it was one and nothing else."""
        assert self.code == 2, self.said
        assert self.out == ""
        assert self.err.endswith("\n")
        lines = self.err[:-1].splitlines()
        assert len(lines) == 1, self.err
        assert lines[0].startswith("imagecheck: error: ")
        assert "Traceback" not in self.err
        assert "a mistake in imagecheck itself" not in self.err
        return lines[0]


def _assignment(name: str, role: str, principal: str, kind: str) -> dict[str, Any]:
    return {
        "id": f"{GALLERY}/providers/Microsoft.Authorization/roleAssignments/{name}",
        "name": name,
        "type": "Microsoft.Authorization/roleAssignments",
        "properties": {
            "roleDefinitionId": (
                f"/subscriptions/{SUBSCRIPTION}/providers/Microsoft.Authorization/roleDefinitions/{role}"
            ),
            "principalId": principal,
            "principalType": kind,
            "scope": GALLERY,
            "condition": None,
        },
    }


def _service_principal(object_id: str, app_id: str, name: str) -> dict[str, Any]:
    return {
        "id": object_id,
        "appId": app_id,
        "displayName": name,
        "appOwnerOrganizationId": MICROSOFT_SERVICES,
        "servicePrincipalType": "Application",
    }


def _resource(id: str, type: str, properties: dict[str, Any]) -> dict[str, Any]:
    return {
        "id": id,
        "name": id.rsplit("/", 1)[-1],
        "type": f"Microsoft.Compute/{type}",
        "location": "westeurope",
        "properties": properties,
    }


def _clean() -> dict[str, Any]:
    version = {
        "provisioningState": "Succeeded",
        "publishingProfile": {
            "publishedDate": "2026-09-01T10:00:00Z",
            "targetRegions": [{"name": "West Europe", "regionalReplicaCount": 1}],
            "excludeFromLatest": False,
        },
        "storageProfile": {"source": {"virtualMachineId": VM}, "osDiskImage": {"sizeInGB": 30}},
        "safetyProfile": {"reportedForPolicyViolation": False},
    }
    machine = {
        "vmId": "bbbbbbbb-0000-4000-8000-000000000001",
        "provisioningState": "Succeeded",
        "timeCreated": "2026-08-31T10:00:00Z",
        "storageProfile": {"osDisk": {"osType": "Linux", "name": "os", "managedDisk": {"id": f"{COMPUTE}/disks/os"}}},
    }
    return {
        "format": "imagecheck-snapshot/1",
        "captured": "2026-11-01T12:00:00Z",
        "tenants": [{"tenantId": TENANT, "displayName": "Contoso", "defaultDomain": "contoso.example"}],
        "subscriptions": [
            {
                "id": f"/subscriptions/{SUBSCRIPTION}",
                "subscriptionId": SUBSCRIPTION,
                "tenantId": TENANT,
                "displayName": "Production",
                "state": "Enabled",
            }
        ],
        "resources": [
            _resource(GALLERY, "galleries", {"provisioningState": "Succeeded"}),
            _resource(
                DEFINITION,
                "galleries/images",
                {
                    "provisioningState": "Succeeded",
                    "osState": "Generalized",
                    "osType": "Linux",
                    "hyperVGeneration": "V2",
                    "identifier": {"publisher": "contoso", "offer": "server", "sku": "standard"},
                },
            ),
            _resource(VERSION, "galleries/images/versions", version),
            _resource(VM, "virtualMachines", machine),
        ],
        "instanceViews": {
            VM: {
                "statuses": [
                    {"code": "ProvisioningState/succeeded", "level": "Info"},
                    {"code": "OSState/generalized", "level": "Info"},
                    {"code": "PowerState/deallocated", "level": "Info"},
                ]
            }
        },
        "replicationStatus": {
            VERSION: {
                "aggregatedState": "Completed",
                "summary": [{"region": "West Europe", "state": "Completed", "details": "", "progress": 100}],
            }
        },
        "roleAssignments": [
            _assignment("cccccccc-0000-4000-8000-000000000001", OWNER_ROLE, USER, "User"),
            _assignment(
                "cccccccc-0000-4000-8000-000000000002", IMAGE_READER_ROLE, REGISTRY_PRINCIPAL, "ServicePrincipal"
            ),
            _assignment(
                "cccccccc-0000-4000-8000-000000000003", IMAGE_READER_ROLE, PARTNER_PRINCIPAL, "ServicePrincipal"
            ),
        ],
        "roleDefinitions": [],
        "denyAssignments": [],
        "roleEligibilityScheduleInstances": [],
        "roleAssignmentScheduleInstances": [],
        "managementGroups": {SUBSCRIPTION: []},
        "providers": {SUBSCRIPTION: {"Microsoft.PartnerCenterIngestion": "Registered"}},
        "directory": {
            "tenantId": TENANT,
            "users": [
                {
                    "id": USER,
                    "userPrincipalName": PUBLISHER,
                    "mail": PUBLISHER,
                    "otherMails": [],
                    "proxyAddresses": [],
                    "displayName": "Seller",
                }
            ],
            "groups": [],
            "servicePrincipals": [
                _service_principal(REGISTRY_PRINCIPAL, IMAGE_REGISTRY_APP, "Compute Image Registry"),
                _service_principal(
                    PARTNER_PRINCIPAL,
                    "dddddddd-0000-4000-8000-000000000001",
                    "Microsoft Partner Center Resource Provider",
                ),
            ],
            "members": {},
        },
        "guests": {},
        "disks": {},
        "unread": [],
    }


@pytest.fixture
def ids() -> Ids:
    return Ids()


@pytest.fixture
def clean() -> dict[str, Any]:
    """A snapshot in which every rule passes, given the publisher and its tenant; the test may change it."""
    return copy.deepcopy(_clean())


@pytest.fixture
def room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty working directory, in an environment without a word for the program."""
    for name in list(os.environ):
        if name.startswith(_FOREIGN):
            monkeypatch.delenv(name)
    room = tmp_path / "room"
    room.mkdir()
    monkeypatch.chdir(room)
    return room


@pytest.fixture
def save(room: Path) -> Callable[..., Path]:
    """Write a snapshot (or any bytes or text) into the working directory."""

    def save(content: Any, name: str = "tenant.json") -> Path:
        path = room / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if isinstance(content, bytes):
            path.write_bytes(content)
        else:
            path.write_text(content if isinstance(content, str) else json.dumps(content), encoding="utf-8")
        return path

    return save


@pytest.fixture
def imagecheck(room: Path, capfdbinary: pytest.CaptureFixture[bytes]) -> Callable[..., Outcome]:
    """Run the program in this process; arguments as on the command line."""

    def imagecheck(*arguments: object) -> Outcome:
        capfdbinary.readouterr()
        code = run([str(argument) for argument in arguments])
        out, err = capfdbinary.readouterr()
        return Outcome(code, out.decode("utf-8"), err.decode("utf-8"))

    return imagecheck


@pytest.fixture
def check(
    imagecheck: Callable[..., Outcome], save: Callable[..., Path], clean: dict[str, Any]
) -> Callable[..., Outcome]:
    """``imagecheck check`` on a snapshot, as the publisher of the clean tenant; the report is on standard output."""

    def check(*arguments: object, snapshot: Any = None, publisher: bool = True, report: bool = True) -> Outcome:
        source = save(clean if snapshot is None else snapshot)
        who = ["--publisher", PUBLISHER, "--publisher-tenant", TENANT] if publisher else []
        output = ["--output", "json=-"] if report else []
        return imagecheck("check", "--source", source, *who, *output, *arguments)

    return check


@pytest.fixture
def process(room: Path) -> Callable[..., Outcome]:
    """Run the installed command in a process of its own; ``path`` comes first on its sys.path."""
    program = Path(sysconfig.get_path("scripts")) / "imagecheck"
    assert program.is_file(), "the package is not installed for this Python"

    def process(*arguments: object, path: Path | None = None, flags: tuple[str, ...] = (), **more: Any) -> Outcome:
        environment = {**os.environ, **more.pop("env", {})}
        if path is not None:
            environment["PYTHONPATH"] = str(path)
        command = [sys.executable, *flags, str(program), *(str(argument) for argument in arguments)]
        settings = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "cwd": room, "timeout": 60, **more}
        done = subprocess.run(command, env=environment, check=False, **settings)
        return Outcome(done.returncode, (done.stdout or b"").decode("utf-8"), (done.stderr or b"").decode("utf-8"))

    return process
