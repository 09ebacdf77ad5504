"""A tenant for the access rules, built by code: each test changes what it is about and lets the program judge."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from checker.cli.main import run

Json = dict[str, Any]

SEPARATE_SECTIONS = (
    "roleAssignments",
    "roleDefinitions",
    "denyAssignments",
    "roleEligibilityScheduleInstances",
    "roleAssignmentScheduleInstances",
)


def guid(name: str) -> str:
    """The same GUID for the same name, everywhere."""
    return str(uuid.uuid5(uuid.NAMESPACE_URL, f"https://fabrikam.example/{name}"))


@dataclass(frozen=True)
class Verdict:
    """One result of the JSON report, with the exit code of the run it comes from."""

    body: Json
    exit_code: int

    @property
    def word(self) -> str:
        return self.body["verdict"]

    @property
    def severity(self) -> str:
        return self.body["severity"]

    @property
    def text(self) -> str:
        """Everything the result says, for looking a word up."""
        return json.dumps(self.body, ensure_ascii=False)

    @property
    def reason(self) -> Json:
        return self.body.get("reason") or {}

    @property
    def fix(self) -> Json:
        return self.body.get("fix") or {}

    @property
    def operations(self) -> list[Json]:
        return self.fix.get("operations") or []


class Tenant:
    """A complete snapshot in which nobody may do anything yet, and the verbs that change it."""

    OWNER = "8e3af657-a8ff-443c-a75c-2fe8c4bcb635"
    CONTRIBUTOR = "b24988ac-6180-42a0-ab88-20f7382dd24c"
    READER = "acdd72a7-3385-48ef-bd42-f606fba81ae7"
    ACCESS_ADMINISTRATOR = "18d7d88d-d35e-4fb5-a5c3-7773c20a72d9"
    RBAC_ADMINISTRATOR = "f58310d9-a9f6-439a-9e8d-f62e7b41a168"
    IMAGE_READER = "cf7c76d2-98a3-4358-a134-615aa78bf44d"
    CUSTOM = guid("role/custom")

    MICROSOFT_SERVICES = "f8cdef31-a31e-4b4a-93e4-5f571e91255a"
    MICROSOFT_CORPORATE = "72f988bf-86f1-41af-91ab-2d7cd011db47"
    REGISTRY_APP = "51b6191a-b045-44cf-8277-ee37c9fb5a06"
    REGISTRY_NAME = "Compute Image Registry"
    CENTER_NAME = "Microsoft Partner Center Resource Provider"
    PROVIDER = "Microsoft.PartnerCenterIngestion"
    EVERYONE = "00000000-0000-0000-0000-000000000000"

    DIRECTORY = guid("tenant/fabrikam")
    OTHER_DIRECTORY = guid("tenant/contoso")
    SUBSCRIPTION = guid("subscription/images")
    OTHER_SUBSCRIPTION = guid("subscription/other")

    MAIL = "images@fabrikam.example"
    PUBLISHER = guid("user/publisher")
    STRANGER = guid("user/stranger")
    TEAM = guid("group/team")
    DIVISION = guid("group/division")
    COMPANY = guid("group/company")
    ROBOT = guid("principal/robot")
    ROBOT_APP = guid("application/robot")
    REGISTRY = guid("principal/registry")
    CENTER = guid("principal/center")

    READ_IMAGES = "Microsoft.Compute/galleries/images/read"
    READ_VERSIONS = "Microsoft.Compute/galleries/images/versions/read"
    READ_GALLERY = "Microsoft.Compute/galleries/read"

    AT_SUBSCRIPTION = f"/subscriptions/{SUBSCRIPTION}"
    AT_GROUP = f"{AT_SUBSCRIPTION}/resourceGroups/images"
    AT_GALLERY = f"{AT_GROUP}/providers/Microsoft.Compute/galleries/gal"
    AT_NEIGHBOUR = f"{AT_GROUP}/providers/Microsoft.Compute/galleries/gal2"
    AT_DEFINITION = f"{AT_GALLERY}/images/linux"
    AT_OTHER_SUBSCRIPTION = f"/subscriptions/{OTHER_SUBSCRIPTION}"
    AT_ROOT = "/"

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._count = 0
        self.body: Json = {
            "format": "imagecheck-snapshot/1",
            "captured": "2026-11-22T12:00:00Z",
            "tenants": [
                {"tenantId": self.DIRECTORY, "displayName": "Fabrikam", "defaultDomain": "fabrikam.example"},
                {"tenantId": self.OTHER_DIRECTORY, "displayName": "Contoso", "defaultDomain": "contoso.example"},
            ],
            "subscriptions": [
                {
                    "id": self.AT_SUBSCRIPTION,
                    "subscriptionId": self.SUBSCRIPTION,
                    "tenantId": self.DIRECTORY,
                    "displayName": "Images",
                    "state": "Enabled",
                }
            ],
            "resources": [],
            "managementGroups": {self.SUBSCRIPTION: []},
            "providers": {self.SUBSCRIPTION: {self.PROVIDER: "NotRegistered"}},
            "directory": {
                "tenantId": self.DIRECTORY,
                "users": [],
                "groups": [],
                "servicePrincipals": [],
                "members": {},
            },
            "unread": [],
        } | {section: [] for section in SEPARATE_SECTIONS}
        self.gallery(self.AT_GALLERY)
        self.user(self.PUBLISHER, self.MAIL)
        self.user(self.STRANGER, "stranger@fabrikam.example")
        self.service_principal(self.ROBOT, self.ROBOT_APP, "Image robot", self.DIRECTORY)
        self.service_principal(self.REGISTRY, self.REGISTRY_APP, self.REGISTRY_NAME, self.MICROSOFT_SERVICES)
        self.service_principal(self.CENTER, guid("application/center"), self.CENTER_NAME, self.MICROSOFT_SERVICES)

    # What there is

    @property
    def directory(self) -> Json:
        return self.body["directory"]

    @property
    def subscription(self) -> Json:
        return self.body["subscriptions"][0]

    def gallery(self, scope: str) -> None:
        name = scope.rsplit("/", 1)[1]
        self.body["resources"].append(
            {
                "id": scope,
                "name": name,
                "type": "Microsoft.Compute/galleries",
                "location": "westeurope",
                "properties": {
                    "provisioningState": "Succeeded",
                    "identifier": {"uniqueName": f"{self.SUBSCRIPTION}-{name.upper()}"},
                },
            }
        )

    def user(self, oid: str, upn: str, **more: Any) -> None:
        """A user; its mail is empty unless it is given, as Graph has it for an account without a mailbox."""
        self.directory["users"].append(
            {
                "id": oid,
                "displayName": upn.split("@", maxsplit=1)[0],
                "userPrincipalName": upn,
                "mail": None,
                "otherMails": [],
                "proxyAddresses": [],
            }
            | more
        )

    def remove_users(self) -> None:
        self.directory["users"].clear()

    def group(self, oid: str, members: Iterable[str] = (), **more: Any) -> None:
        self.directory["groups"].append(
            {"id": oid, "displayName": "A group", "securityEnabled": True, "mail": None, "proxyAddresses": []} | more
        )
        self.directory["members"][oid] = list(members)

    def service_principal(self, oid: str, app: str, name: str, owner: str | None, **more: Any) -> None:
        self.directory["servicePrincipals"].append(
            {
                "id": oid,
                "appId": app,
                "displayName": name,
                "appDisplayName": name,
                "appOwnerOrganizationId": owner,
                "servicePrincipalType": "Application",
            }
            | more
        )

    def principal(self, oid: str) -> Json:
        """The directory's body of a service principal, to change it in place."""
        return next(body for body in self.directory["servicePrincipals"] if body["id"] == oid)

    def remove_principals(self, *oids: str) -> None:
        kept = [body for body in self.directory["servicePrincipals"] if body["id"] not in oids]
        self.directory["servicePrincipals"] = kept

    # Who may what

    def role(self, *permissions: Json, oid: str | None = None, name: str = "Image custodian") -> str:
        oid = oid or self.CUSTOM
        self.body["roleDefinitions"].append(
            {
                "id": f"{self.AT_SUBSCRIPTION}/providers/Microsoft.Authorization/roleDefinitions/{oid}",
                "name": oid,
                "type": "Microsoft.Authorization/roleDefinitions",
                "properties": {
                    "roleName": name,
                    "type": "CustomRole",
                    "description": "",
                    "assignableScopes": [self.AT_SUBSCRIPTION],
                    "permissions": list(permissions),
                },
            }
        )
        return oid

    @staticmethod
    def may(
        *actions: str,
        less: Iterable[str] = (),
        data: Iterable[str] = (),
        data_less: Iterable[str] = (),
    ) -> Json:
        """One block of permissions, of a role or of a deny assignment."""
        return {
            "actions": list(actions),
            "notActions": list(less),
            "dataActions": list(data),
            "notDataActions": list(data_less),
        }

    def assign(
        self,
        principal: str | None = None,
        role: str | None = None,
        scope: str | None = None,
        *,
        kind: str = "User",
        condition: str | None = None,
        **more: Any,
    ) -> Json:
        """A role assignment: of Owner to the publisher at the gallery unless something else is given."""
        name = guid(f"assignment/{self._next()}")
        scope = self.AT_GALLERY if scope is None else scope
        body = {
            "id": f"{scope.rstrip('/')}/providers/Microsoft.Authorization/roleAssignments/{name}",
            "name": name,
            "type": "Microsoft.Authorization/roleAssignments",
            "properties": {
                "roleDefinitionId": (
                    f"{self.AT_SUBSCRIPTION}/providers/Microsoft.Authorization/roleDefinitions/{role or self.OWNER}"
                ),
                "principalId": principal or self.PUBLISHER,
                "principalType": kind,
                "scope": scope,
                "condition": condition,
                "conditionVersion": condition and "2.0",
                "createdOn": "2026-01-02T03:04:05.6789012Z",
                "updatedOn": "2026-01-02T03:04:05.6789012Z",
                "description": None,
            }
            | more,
        }
        self.body["roleAssignments"].append(body)
        return body

    def deny(
        self,
        *permissions: Json,
        to: str | None = None,
        kind: str | None = None,
        scope: str | None = None,
        but: Iterable[tuple[str, str]] = (),
        here_only: bool | None = None,
    ) -> Json:
        """A deny assignment: of everything, to everyone, at the gallery unless something else is given."""
        name = guid(f"deny/{self._next()}")
        scope = self.AT_GALLERY if scope is None else scope
        properties: Json = {
            "denyAssignmentName": "No entry",
            "permissions": list(permissions) or [self.may("*")],
            "scope": scope,
            "principals": [{"id": to or self.EVERYONE, "type": kind or ("User" if to else "SystemDefined")}],
            "excludePrincipals": [{"id": oid, "type": excluded} for oid, excluded in but],
            "isSystemProtected": True,
        }
        if here_only is not None:
            properties["doNotApplyToChildScopes"] = here_only
        body = {
            "id": f"{scope.rstrip('/')}/providers/Microsoft.Authorization/denyAssignments/{name}",
            "name": name,
            "type": "Microsoft.Authorization/denyAssignments",
            "properties": properties,
        }
        self.body["denyAssignments"].append(body)
        return body

    def eligible(self, scope: str | None = None) -> None:
        """The publisher may activate Owner, and has not."""
        self.body["roleEligibilityScheduleInstances"].append(
            self._schedule("roleEligibilityScheduleInstances", scope or self.AT_GALLERY, {"memberType": "Direct"})
        )

    def activated(self, until: str | None, how: str = "Activated") -> None:
        """Owner at the gallery for the publisher, in an assignment that a schedule ends."""
        assignment = self.assign()
        times = {
            "assignmentType": how,
            "memberType": "Direct",
            "startDateTime": "2001-01-01T00:00:00Z",
            "endDateTime": until,
            "originRoleAssignmentId": assignment["id"],
        }
        self.body["roleAssignmentScheduleInstances"].append(
            self._schedule("roleAssignmentScheduleInstances", self.AT_GALLERY, times)
        )

    def _schedule(self, kind: str, scope: str, more: Json) -> Json:
        name = guid(f"schedule/{self._next()}")
        return {
            "id": f"{scope}/providers/Microsoft.Authorization/{kind}/{name}",
            "name": name,
            "type": f"Microsoft.Authorization/{kind}",
            "properties": {
                "scope": scope,
                "principalId": self.PUBLISHER,
                "principalType": "User",
                "roleDefinitionId": (
                    f"{self.AT_SUBSCRIPTION}/providers/Microsoft.Authorization/roleDefinitions/{self.OWNER}"
                ),
                "status": "Provisioned",
            }
            | more,
        }

    def _next(self) -> int:
        self._count += 1
        return self._count

    # What Partner Center needs

    def register(self, state: str = "Registered") -> None:
        self.body["providers"][self.SUBSCRIPTION][self.PROVIDER] = state

    def admit(
        self,
        *principals: str,
        role: str | None = None,
        scope: str | None = None,
        condition: str | None = None,
    ) -> None:
        """Give Microsoft's two principals, or the given ones, a role: Compute Gallery Image Reader at the gallery."""
        for oid in principals or (self.REGISTRY, self.CENTER):
            self.assign(oid, role or self.IMAGE_READER, scope, kind="ServicePrincipal", condition=condition)

    def meet_partner_center(self) -> None:
        """Everything that ACC002 demands."""
        self.register()
        self.admit()

    # What is not known

    def unread(self, fact: str, scope: str | None = None) -> None:
        self.body["unread"].append(
            {"scope": scope or self.AT_GALLERY, "fact": fact, "reason": "403 AuthorizationFailed"}
        )

    def drop(self, *sections: str) -> None:
        for section in sections:
            del self.body[section]

    def management_group(self, *names: str) -> None:
        self.body["managementGroups"][self.SUBSCRIPTION] = list(names)

    @staticmethod
    def at_management_group(name: str) -> str:
        return f"/providers/Microsoft.Management/managementGroups/{name}"

    # Judging

    def report(self, *flags: str) -> tuple[int, Json]:
        """Run ``imagecheck check`` on the snapshot of this tenant: the exit code and the JSON report."""
        source, report = self._folder / "tenant.json", self._folder / "report.json"
        source.write_text(json.dumps(self.body), encoding="utf-8")
        report.unlink(missing_ok=True)
        code = run(["check", "--source", str(source), "--output", f"json={report}", "--quiet", *flags])
        assert report.exists(), f"no report was written, exit code {code}"
        return code, json.loads(report.read_text(encoding="utf-8"))

    def judge(
        self,
        rule: str,
        *flags: str,
        gallery: str | None = None,
        publisher: str | None = MAIL,
        tenants: Iterable[str] = (DIRECTORY,),
        select: str | None = None,
    ) -> Verdict:
        """The verdict of one rule on one gallery, in a run of that rule alone unless a selection is given."""
        options = ["--select", select or rule]
        options += ["--publisher", publisher] if publisher else []
        options += [part for tenant in tenants for part in ("--publisher-tenant", tenant)]
        code, report = self.report(*options, *flags)
        wanted = (gallery or self.AT_GALLERY).casefold()
        found = [r for r in report["results"] if r["rule"] == rule and r["asset"].casefold() == wanted]
        assert len(found) == 1, f"exactly one verdict for {rule} on {wanted}: {found}"
        return Verdict(found[0], code)


@pytest.fixture
def tenant(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Tenant:
    """A fresh tenant, in a working directory without configuration."""
    monkeypatch.chdir(tmp_path)
    for name in ("SUBSCRIPTION", "PUBLISHER", "PUBLISHER_TENANT", "SOURCE", "SELECT", "IGNORE", "FAIL_ON", "OUTPUT"):
        monkeypatch.delenv(f"IMAGECHECK_{name}", raising=False)
    monkeypatch.delenv("AZURE_SUBSCRIPTION_ID", raising=False)
    return Tenant(tmp_path)


@pytest.fixture
def portal_condition() -> Callable[..., str]:
    """The condition that the portal recommends on an Owner, with what a variant changes."""

    def build(
        *,
        write: str = "Microsoft.Authorization/roleAssignments/write",
        delete: str = "Microsoft.Authorization/roleAssignments/delete",
        operator: str = "ForAnyOfAllValues:GuidNotEquals",
        roles: tuple[str, ...] = (Tenant.OWNER, Tenant.ACCESS_ADMINISTRATOR, Tenant.RBAC_ADMINISTRATOR),
    ) -> str:
        listed = ", ".join(roles)
        clauses = (
            f"((!(ActionMatches{{'{action}'}})) OR "
            f"(@{source}[Microsoft.Authorization/roleAssignments:RoleDefinitionId] {operator} {{{listed}}}))"
            for action, source in ((write, "Request"), (delete, "Resource"))
        )
        return " AND ".join(clauses)

    return build
