"""A tenant behind the sandbox's front, asked as a client would ask."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from checker.facts.snapshot import Snapshot
from checker.sandbox.message import Request, Response
from checker.sandbox.pace import Pace
from checker.sandbox.service import Sandbox
from checker.sandbox.store import Store

TENANT = "11111111-aaaa-4aaa-8aaa-111111111111"
OTHER_TENANT = "11111111-bbbb-4bbb-8bbb-111111111111"
SUBSCRIPTION = "22222222-bbbb-4bbb-8bbb-222222222222"
GALLERY = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/Images/providers/Microsoft.Compute/galleries/shop"
OWNER = "8e3af657-a8ff-443c-a75c-2fe8c4bcb635"
READER = "acdd72a7-3385-48ef-bd42-f606fba81ae7"
USER = "aaaaaaaa-0000-4000-8000-000000000001"
GROUP = "aaaaaaaa-0000-4000-8000-000000000002"
OUTER = "aaaaaaaa-0000-4000-8000-000000000003"
SERVICE = "aaaaaaaa-0000-4000-8000-000000000004"
MANAGEMENT = "/providers/Microsoft.Management/managementGroups/Corp"


def assignment(number: int, scope: str, role: str, principal: str, type: str) -> dict[str, Any]:
    name = f"bbbbbbbb-0000-4000-8000-{number:012}"
    return {
        "id": f"{scope.rstrip('/')}/providers/Microsoft.Authorization/roleAssignments/{name}",
        "type": "Microsoft.Authorization/roleAssignments",
        "name": name,
        "properties": {
            "roleDefinitionId": f"/providers/Microsoft.Authorization/roleDefinitions/{role}",
            "principalId": principal,
            "principalType": type,
            "scope": scope,
        },
    }


def document() -> dict[str, Any]:
    return {
        "format": "imagecheck-snapshot/1",
        "tenants": [{"tenantId": TENANT, "displayName": "Contoso", "defaultDomain": "contoso.example"}],
        "subscriptions": [
            {
                "id": f"/subscriptions/{SUBSCRIPTION}",
                "subscriptionId": SUBSCRIPTION,
                "tenantId": TENANT,
                "displayName": "Shop",
                "state": "Enabled",
            }
        ],
        "resources": [
            {
                "id": GALLERY,
                "name": "shop",
                "type": "Microsoft.Compute/galleries",
                "location": "westeurope",
                "properties": {},
            }
        ],
        "roleAssignments": [
            assignment(1, "/", READER, USER, "User"),
            assignment(2, MANAGEMENT, READER, OUTER, "Group"),
            assignment(3, f"/subscriptions/{SUBSCRIPTION}", READER, GROUP, "Group"),
            assignment(4, f"/subscriptions/{SUBSCRIPTION}/resourceGroups/images", READER, SERVICE, "ServicePrincipal"),
            assignment(5, GALLERY, OWNER, USER, "User"),
            assignment(6, f"{GALLERY}/images/server", OWNER, SERVICE, "ServicePrincipal"),
        ],
        "roleDefinitions": [],
        "denyAssignments": [],
        "roleEligibilityScheduleInstances": [],
        "roleAssignmentScheduleInstances": [],
        "managementGroups": {SUBSCRIPTION: ["Corp"]},
        "providers": {SUBSCRIPTION: {"Microsoft.PartnerCenterIngestion": "NotRegistered"}},
        "directory": {
            "tenantId": TENANT,
            "users": [
                {
                    "id": USER,
                    "displayName": "Ann O'Neil",
                    "userPrincipalName": "ann_x.example#EXT#@contoso.example",
                    "mail": "Ann@x.example",
                    "otherMails": ["ann@y.example"],
                }
            ],
            "groups": [{"id": GROUP, "displayName": "Inner"}, {"id": OUTER, "displayName": "Outer"}],
            "servicePrincipals": [
                {
                    "id": SERVICE,
                    "displayName": "Builder",
                    "appId": "cccccccc-0000-4000-8000-000000000001",
                    "appOwnerOrganizationId": TENANT,
                }
            ],
            "members": {GROUP: [USER.upper()], OUTER: [GROUP]},
        },
        "unread": [],
    }


class Client:
    """Asks a sandbox over a document."""

    def __init__(self, document: dict[str, Any], pace: Pace | None = None) -> None:
        moment = datetime(2026, 11, 22, 12, tzinfo=UTC)
        self.store = Store(Snapshot.from_document(copy.deepcopy(document)), clock=lambda: moment)
        self.pace = pace or Pace()
        self.sandbox = Sandbox(self.store, "secret", self.pace)

    def send(
        self, method: str, uri: str, body: Any = None, headers: dict[str, str] | None = None, token: str = "secret"
    ) -> Response:
        path, _, query = uri.removeprefix("http://127.0.0.1").partition("?")
        content = b"" if body is None else json.dumps(body).encode()
        sent = {"authorization": f"Bearer {token}", **(headers or {})}
        return self.sandbox.handle(Request(method, path, query, sent, content))

    def get(self, uri: str, **how: Any) -> Response:
        return self.send("GET", uri, **how)

    def arm(self, method: str, path: str, query: str = "", body: Any = None) -> Response:
        """A request to Azure Resource Manager, with a version."""
        return self.send(method, f"{path}?api-version=2022-04-01{'&' if query else ''}{query}", body)

    def names(self, path: str, filter: str = "") -> list[str]:
        """The last digits of the names of a list of Microsoft.Authorization."""
        response = self.arm("GET", path, f"$filter={filter}" if filter else "")
        assert response.status == 200, response.body
        return [body["name"][-1] for body in response.body["value"]]

    def code(self, method: str, path: str, query: str = "", body: Any = None) -> tuple[int, str]:
        """The status and the code of an error."""
        response = self.arm(method, path, query, body)
        return response.status, response.body["error"]["code"]


Serve = Callable[..., Client]


@pytest.fixture
def contents() -> dict[str, Any]:
    """The document of the tenant, to change before it is served."""
    return document()


@pytest.fixture
def client(contents: dict[str, Any]) -> Client:
    """A client of the tenant as it is when the client is first used."""
    return Client(contents)


@pytest.fixture
def serve() -> Serve:
    """A client of a document."""
    return Client


class Ids:
    """The names of the tenant."""

    tenant = TENANT
    other_tenant = OTHER_TENANT
    subscription = f"/subscriptions/{SUBSCRIPTION}"
    guid = SUBSCRIPTION
    gallery = GALLERY
    management = MANAGEMENT
    owner = OWNER
    reader = READER
    user = USER
    group = GROUP
    outer = OUTER
    service = SERVICE
    assignments = f"{GALLERY}/providers/Microsoft.Authorization/roleAssignments"


@pytest.fixture
def ids() -> type[Ids]:
    return Ids
