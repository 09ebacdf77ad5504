"""The real clients against a sandbox on loopback: nothing between them is made up."""

from __future__ import annotations

import contextlib
import copy
import http.client
import json
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock
from typing import Any

import pytest

from checker import catalog, selection
from checker.audit import Options
from checker.cli.main import run
from checker.cli.run_check import judge
from checker.facts.snapshot import Snapshot
from checker.report import Report, Result
from checker.rule import Policy, Publisher, Severity
from checker.sandbox.server import Running, serve
from checker.sandbox.service import Sandbox
from checker.sandbox.store import Store
from checker.sources.azure.clients import Clients
from checker.sources.azure.cloud import Cloud, sandbox_cloud
from checker.sources.azure.credential import SandboxCredential, SharedCredential
from checker.sources.azure.patience import Patience
from checker.sources.azure.source import AzureSource

TOKEN = "0123456789abcdef-sandbox"
TENANT = "11111111-aaaa-4aaa-8aaa-111111111111"
SUBSCRIPTION = "22222222-bbbb-4bbb-8bbb-222222222222"
DOMAIN = "contoso.example"
PUBLISHER = "seller@contoso.example"
USER = "aaaaaaaa-0000-4000-8000-000000000001"
REGISTRY = "aaaaaaaa-0000-4000-8000-000000000002"
CENTER = "aaaaaaaa-0000-4000-8000-000000000003"
TEAM = "aaaaaaaa-0000-4000-8000-000000000004"
STAFF = "aaaaaaaa-0000-4000-8000-000000000005"
OWNER = "8e3af657-a8ff-443c-a75c-2fe8c4bcb635"
IMAGE_READER = "cf7c76d2-98a3-4358-a134-615aa78bf44d"
CUSTOM = "bbbbbbbb-0000-4000-8000-000000000001"
OTHER_CUSTOM = "bbbbbbbb-0000-4000-8000-000000000002"
REGISTRY_APP = "51b6191a-b045-44cf-8277-ee37c9fb5a06"
MICROSOFT = "f8cdef31-a31e-4b4a-93e4-5f571e91255a"

COMPUTE = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/images/providers/Microsoft.Compute"
SHOP, BENCH = f"{COMPUTE}/galleries/shop", f"{COMPUTE}/galleries/bench"
SERVER, CLIENT = f"{SHOP}/images/server", f"{SHOP}/images/client"
FIRST, SECOND = f"{SERVER}/versions/1.0.0", f"{SERVER}/versions/1.1.0"
VM, IMAGE = f"{COMPUTE}/virtualMachines/builder", f"{COMPUTE}/images/captured"


def _resource(id: str, properties: dict[str, Any]) -> dict[str, Any]:
    parts = id.partition("/providers/Microsoft.Compute/")[2].split("/")
    kind = "/".join(["Microsoft.Compute", *parts[::2]])
    return {"id": id, "name": parts[-1], "type": kind, "location": "westeurope", "properties": properties}


def _definition(id: str) -> dict[str, Any]:
    identifier = {"publisher": "contoso", "offer": "shop", "sku": id.rpartition("/")[2]}
    return _resource(
        id,
        {
            "provisioningState": "Succeeded",
            "osState": "Generalized",
            "osType": "Linux",
            "hyperVGeneration": "V2",
            "identifier": identifier,
        },
    )


def _version(id: str, month: int, source: dict[str, Any]) -> dict[str, Any]:
    return _resource(
        id,
        {
            "provisioningState": "Succeeded",
            "publishingProfile": {
                "publishedDate": f"2026-{month:02}-01T10:00:00Z",
                "targetRegions": [{"name": "West Europe", "regionalReplicaCount": 1}],
                "excludeFromLatest": False,
            },
            "storageProfile": {"source": source, "osDiskImage": {"sizeInGB": 30}},
            "safetyProfile": {"reportedForPolicyViolation": False},
        },
    )


def replicated(state: str = "Completed") -> dict[str, Any]:
    return {
        "aggregatedState": state,
        "summary": [{"region": "West Europe", "state": state, "details": "", "progress": 100}],
    }


def assignment(number: int, scope: str, role: str, principal: str, kind: str) -> dict[str, Any]:
    name = f"cccccccc-0000-4000-8000-{number:012}"
    roles = f"/subscriptions/{SUBSCRIPTION}/providers/Microsoft.Authorization/roleDefinitions"
    return {
        "id": f"{scope}/providers/Microsoft.Authorization/roleAssignments/{name}",
        "name": name,
        "type": "Microsoft.Authorization/roleAssignments",
        "properties": {
            "roleDefinitionId": f"{roles}/{role}",
            "principalId": principal,
            "principalType": kind,
            "scope": scope,
            "condition": None,
        },
    }


def deny(number: int, scope: str, action: str, principal: str = USER, kind: str = "User") -> dict[str, Any]:
    name = f"dddddddd-0000-4000-8000-{number:012}"
    return {
        "id": f"{scope}/providers/Microsoft.Authorization/denyAssignments/{name}",
        "name": name,
        "type": "Microsoft.Authorization/denyAssignments",
        "properties": {
            "denyAssignmentName": f"deny {number}",
            "permissions": [{"actions": [action], "notActions": []}],
            "scope": scope,
            "principals": [{"id": principal, "type": kind}],
            "excludePrincipals": [],
        },
    }


def _role(guid: str) -> dict[str, Any]:
    return {
        "id": f"/subscriptions/{SUBSCRIPTION}/providers/Microsoft.Authorization/roleDefinitions/{guid}",
        "name": guid,
        "type": "Microsoft.Authorization/roleDefinitions",
        "properties": {
            "roleName": f"Everything {guid[-1]}",
            "type": "CustomRole",
            "permissions": [{"actions": ["*"], "notActions": []}],
            "assignableScopes": [f"/subscriptions/{SUBSCRIPTION}"],
        },
    }


def _principal(id: str, name: str, app_id: str) -> dict[str, Any]:
    return {"id": id, "appId": app_id, "displayName": name, "appOwnerOrganizationId": MICROSOFT}


def _schedules(kind: str) -> list[dict[str, Any]]:
    return [
        {
            "id": f"{SHOP}/providers/Microsoft.Authorization/{kind}/eeeeeeee-0000-4000-8000-{number:012}",
            "properties": {
                "scope": SHOP,
                "principalId": STAFF,
                "roleDefinitionId": f"/providers/Microsoft.Authorization/roleDefinitions/{OWNER}",
                "endDateTime": None,
            },
        }
        for number in (1, 2)
    ]


def _document() -> dict[str, Any]:
    resources = [
        _resource(SHOP, {"provisioningState": "Succeeded"}),
        _resource(BENCH, {"provisioningState": "Succeeded"}),
        _definition(SERVER),
        _definition(CLIENT),
        _definition(f"{BENCH}/images/draft"),
        _version(FIRST, 9, {"id": IMAGE}),
        _version(SECOND, 10, {"virtualMachineId": VM}),
        _version(f"{CLIENT}/versions/3.0.0", 9, {"id": f"{COMPUTE}/snapshots/os"}),
        _version(f"{BENCH}/images/draft/versions/2.0.0", 9, {"id": f"{COMPUTE}/snapshots/os"}),
        _resource(IMAGE, {"sourceVirtualMachine": {"id": VM}, "storageProfile": {"osDisk": {"osType": "Linux"}}}),
        _resource(
            VM,
            {
                "provisioningState": "Succeeded",
                "timeCreated": "2026-08-31T10:00:00Z",
                "storageProfile": {"osDisk": {"osType": "Linux", "managedDisk": {"id": f"{COMPUTE}/disks/os"}}},
            },
        ),
    ]
    codes = ("ProvisioningState/succeeded", "OSState/generalized", "PowerState/deallocated")
    assignments = []
    for number, gallery in enumerate((SHOP, BENCH)):
        assignments += [
            assignment(number * 10 + 1, gallery, CUSTOM if gallery == SHOP else OWNER, TEAM, "Group"),
            assignment(number * 10 + 2, gallery, IMAGE_READER, REGISTRY, "ServicePrincipal"),
            assignment(number * 10 + 3, gallery, IMAGE_READER, CENTER, "ServicePrincipal"),
        ]
    return {
        "format": "imagecheck-snapshot/1",
        "tenants": [{"tenantId": TENANT, "displayName": "Contoso", "defaultDomain": DOMAIN}],
        "subscriptions": [
            {
                "id": f"/subscriptions/{SUBSCRIPTION}",
                "subscriptionId": SUBSCRIPTION,
                "tenantId": TENANT,
                "displayName": "Production",
                "state": "Enabled",
            }
        ],
        "resources": resources,
        "instanceViews": {VM: {"statuses": [{"code": code, "level": "Info"} for code in codes]}},
        "replicationStatus": {body["id"]: replicated() for body in resources if "/versions/" in body["id"]},
        "roleAssignments": assignments,
        "roleDefinitions": [_role(CUSTOM), _role(OTHER_CUSTOM)],
        "denyAssignments": [deny(1, SHOP, "Microsoft.Storage/*"), deny(2, SHOP, "Microsoft.Network/*")],
        "roleEligibilityScheduleInstances": _schedules("roleEligibilityScheduleInstances"),
        "roleAssignmentScheduleInstances": _schedules("roleAssignmentScheduleInstances"),
        "managementGroups": {SUBSCRIPTION: []},
        "providers": {SUBSCRIPTION: {"Microsoft.PartnerCenterIngestion": "Registered"}},
        "directory": {
            "tenantId": TENANT,
            "users": [{"id": USER, "displayName": "Seller", "userPrincipalName": PUBLISHER, "mail": PUBLISHER}],
            "groups": [{"id": TEAM, "displayName": "Team"}, {"id": STAFF, "displayName": "Staff"}],
            "servicePrincipals": [
                _principal(REGISTRY, "Compute Image Registry", REGISTRY_APP),
                _principal(CENTER, "Microsoft Partner Center Resource Provider", CUSTOM),
            ],
            "members": {TEAM: [USER], STAFF: [TEAM]},
        },
        "unread": [],
    }


@pytest.fixture
def document() -> dict[str, Any]:
    """A tenant in which every rule passes: two galleries, a custom role, a group, a managed image, a source VM."""
    return copy.deepcopy(_document())


class Clock:
    """Time that passes when somebody sleeps, and not otherwise."""

    def __init__(self) -> None:
        self.now = 0.0
        self.slept: list[float] = []
        self._lock = Lock()

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        with self._lock:
            self.slept.append(seconds)
            self.now += seconds


class CountedCredential(SandboxCredential):
    """The sandbox's credential, which says how often it was asked."""

    def __init__(self) -> None:
        super().__init__(TOKEN)
        self.asked: list[tuple[tuple[str, ...], str | None]] = []

    def get_token(self, *scopes: str, tenant_id: str | None = None, **more: Any) -> Any:
        self.asked.append((scopes, tenant_id))
        return super().get_token(*scopes, tenant_id=tenant_id, **more)


@dataclass
class Live:
    """A running sandbox, and ways to set it up and to judge what it holds."""

    running: Running
    clock: Clock = field(default_factory=Clock)
    credential: CountedCredential = field(default_factory=CountedCredential)
    budget: float = 300.0
    seconds: float = 20.0
    cloud: Callable[[str], Cloud] = sandbox_cloud

    def control(self, method: str, path: str, body: Any = None) -> Any:
        with contextlib.closing(http.client.HTTPConnection("127.0.0.1", self.running.port, timeout=60)) as connection:
            headers = {"Authorization": f"Bearer {TOKEN}", "Content-Type": "application/json"}
            connection.request(method, f"/sandbox{path}", json.dumps(body) if body is not None else None, headers)
            answer = connection.getresponse()
            content = answer.read()
            assert answer.status < 300, content
            return json.loads(content) if content else None

    def fault(self, **fault: Any) -> None:
        self.control("POST", "/faults", fault)

    def met(self) -> int:
        """How many requests met the faults."""
        return sum(fault["met"] for fault in self.control("GET", "/faults"))

    def pages_of(self, size: int) -> None:
        self.control("PUT", "/pace", {"page_size": size})

    def log(self) -> list[tuple[str, str, int | None]]:
        """Method, path and status of every request to Azure's side."""
        found = self.control("GET", "/log")
        return [(e["method"], e["path"], e["status"]) for e in found if not e["path"].lower().startswith("/sandbox")]

    @contextlib.contextmanager
    def source(self, jobs: int = 8) -> Iterator[AzureSource]:
        patience = Patience(first_delay=0.01, budget=self.budget, clock=self.clock, sleep=self.clock.sleep)
        credential = SharedCredential(self.credential, "no sign-in")
        clients = Clients(self.cloud(self.running.url), credential, patience=patience, seconds=self.seconds)
        with contextlib.closing(clients):
            yield AzureSource(clients, "sandbox", jobs=jobs)

    def audit(
        self,
        *targets: str,
        publisher: str | None = PUBLISHER,
        tenants: tuple[str, ...] = (TENANT,),
        subscriptions: tuple[str, ...] = (),
        select: tuple[str, ...] = (),
        jobs: int = 8,
    ) -> Report:
        rules = selection.choose(catalog.load(), select, ())
        who = Publisher(publisher, tenants)
        options = Options(targets, subscriptions, who, Policy(), Severity.ERROR, frozenset(), exit_zero=False)
        with self.source(jobs) as source:
            return judge(source, rules, options).report


@pytest.fixture
def live(document: dict[str, Any]) -> Iterator[Callable[..., Live]]:
    """Serve a tenant: the given one, else the one in which every rule passes."""
    with contextlib.ExitStack() as stack:

        def live(tenant: dict[str, Any] | None = None, **more: Any) -> Live:
            store = Store(Snapshot.from_document(document if tenant is None else tenant))
            return Live(stack.enter_context(serve(Sandbox(store, TOKEN))), **more)

        yield live


def by_place(report: Report) -> dict[tuple[str, str], Result]:
    """The results of a report by rule and folded asset."""
    found = {(result.rule, result.asset.casefold()): result for result in report.results}
    assert len(found) == len(report.results), "a rule judged an asset twice"
    return found


def verdict_of(report: Report, rule: str, asset: str) -> Result:
    return by_place(report)[rule, asset.casefold()]


@dataclass(frozen=True)
class Names:
    """The names of that tenant, and how to add to it and to read a report of it."""

    token = TOKEN
    tenant = TENANT
    subscription = SUBSCRIPTION
    domain = DOMAIN
    publisher = PUBLISHER
    user = USER
    registry = REGISTRY
    registry_app = REGISTRY_APP
    center = CENTER
    team = TEAM
    staff = STAFF
    owner = OWNER
    custom = CUSTOM
    compute = COMPUTE
    shop = SHOP
    bench = BENCH
    server = SERVER
    client = CLIENT
    first = FIRST
    second = SECOND
    vm = VM
    image = IMAGE
    microsoft = MICROSOFT
    assignment = staticmethod(assignment)
    deny = staticmethod(deny)
    replicated = staticmethod(replicated)
    by_place = staticmethod(by_place)
    verdict_of = staticmethod(verdict_of)


@pytest.fixture
def names() -> Names:
    return Names()


@dataclass(frozen=True)
class Said:
    """What a run of the program left behind."""

    code: int
    out: str
    err: str

    def one_line(self) -> str:
        """The one line of a run that stopped with exit code 2."""
        assert self.code == 2, self.out + self.err
        assert self.err.count("\n") == 1, self.err
        assert "Traceback" not in self.err
        assert "a mistake in imagecheck" not in self.err
        return self.err.strip()


@pytest.fixture
def imagecheck(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> Callable[..., Said]:
    """Run the program in this process, in an empty folder and without the user's environment."""
    for name in list(os.environ):
        if name.startswith(("IMAGECHECK_", "AZURE_")) or name.lower().endswith("_proxy"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("IMAGECHECK_SANDBOX_TOKEN", TOKEN)
    monkeypatch.chdir(tmp_path)

    def imagecheck(*arguments: object) -> Said:
        capfd.readouterr()
        code = run([str(argument) for argument in arguments])
        out, err = capfd.readouterr()
        return Said(code, out, err)

    return imagecheck
