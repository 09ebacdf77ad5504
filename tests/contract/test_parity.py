"""A tenant is judged the same, whether its snapshot is read or a sandbox serves it to the real clients."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from checker.sandbox import tenant

_SECTIONS = (
    "roleAssignments",
    "roleDefinitions",
    "denyAssignments",
    "roleAssignmentScheduleInstances",
    "roleEligibilityScheduleInstances",
    "managementGroups",
    "providers",
    "directory",
    "instanceViews",
    "replicationStatus",
)
_FACTS = {
    "definitions": ("shop", "server"),
    "versions": ("shop", "server", "first"),
    "vm": ("vm",),
    "instance_view": ("vm",),
    "replication": ("server", "first"),
    "role_assignments": ("shop", "subscription"),
    "deny_assignments": ("shop", "subscription"),
    "eligibility": ("shop",),
    "role_definitions": ("subscription",),
    "providers": ("subscription",),
    "management_groups": ("subscription",),
    "directory": ("tenant",),
    "subscription": ("subscription",),
}
_SECOND = "33333333-cccc-4ccc-8ccc-333333333333"


class Chaos:
    """Plants defects into a tenant, always the same for a seed."""

    def __init__(self, document: dict[str, Any], names: Any, seed: int) -> None:
        self.document = document
        self.names = names
        self.random = random.Random(seed)

    def body(self, id: str) -> dict[str, Any]:
        return next(body for body in self.document["resources"] if body["id"] == id)

    def case(self, text: str) -> str:
        return self.random.choice([text, text, text.upper(), text.lower()])

    def plant(self) -> None:
        """A few defects of the kinds that rules look for."""
        for defect in self.random.sample(self.defects(), self.random.randint(1, 6)):
            defect()

    def defects(self) -> list[Callable[[], Any]]:
        names, pick, document = self.names, self.random.choice, self.document
        first, second = self.body(names.first)["properties"], self.body(names.second)["properties"]
        machine, server = self.body(names.vm)["properties"], self.body(names.server)["properties"]
        views, roles = document["instanceViews"], document["roleAssignments"]
        codes = ["OSState/generalized", "PowerState/running", "PowerState/stopped", "PowerState/deallocated"]
        sources = [
            {"virtualMachineId": f"{names.compute}/virtualMachines/gone"},
            {"id": names.second},
            {"id": names.first},
            {"id": f"{names.compute}/images/gone"},
            {"id": self.case(names.image)},
            {"virtualMachineId": self.case(names.vm)},
            {"communityGalleryImageId": "/CommunityGalleries/a/Images/b/Versions/1.0.0"},
            {"id": f"/subscriptions/{_SECOND}/resourceGroups/r/providers/Microsoft.Compute/virtualMachines/far"},
        ]
        conditions = [None, "@Resource[Microsoft.Storage/x:name] StringEquals 'a'"]
        who = [(names.user, "User"), (names.team, "Group"), (names.staff, "Group"), (names.center, "ServicePrincipal")]
        scopes = [names.shop, f"/subscriptions/{names.subscription}", "/", names.bench]
        return [
            lambda: server.update(osState=pick(["Specialized", "generalized"])),
            lambda: first.update(provisioningState=pick(["Failed", "Updating", "succeeded"])),
            lambda: first["publishingProfile"].update(publishedDate="2026-12-01T00:00:00Z"),
            lambda: [part["publishingProfile"].update(excludeFromLatest=True) for part in (first, second)],
            lambda: first["safetyProfile"].update(reportedForPolicyViolation=True),
            lambda: first["storageProfile"].update(source=pick(sources)),
            lambda: second["storageProfile"].update(source=pick(sources)),
            lambda: self.body(names.image)["properties"].pop("sourceVirtualMachine"),
            lambda: machine.update(timeCreated=pick(["2026-09-15T00:00:00Z", "2026-11-01T00:00:00Z"])),
            lambda: views.update({names.vm: {"statuses": [{"code": self.case(pick(codes))}, {"code": pick(codes)}]}}),
            lambda: document["replicationStatus"].update(
                {names.first: names.replicated(pick(["Failed", "InProgress"]))}
            ),
            lambda: roles.pop(self.random.randrange(len(roles))),
            lambda: roles[0]["properties"].update(condition=pick(conditions), principalId=self.case(names.team)),
            lambda: roles.append(names.assignment(70, pick(scopes), names.owner, *pick(who))),
            lambda: document["denyAssignments"].append(
                names.deny(71, pick(scopes[:3]), pick(["*", "*/read"]), *pick(who))
            ),
            lambda: document["roleDefinitions"].pop(0),
            lambda: document["roleAssignmentScheduleInstances"][0]["properties"].update(
                originRoleAssignmentId=roles[0]["id"],
                endDateTime=pick(["2026-01-01T00:00:00Z", "2099-01-01T00:00:00Z"]),
            ),
            lambda: document["providers"].update(
                {names.subscription: {"Microsoft.PartnerCenterIngestion": "NotRegistered"}}
            ),
            lambda: document["directory"]["members"].update({names.team: []}),
            lambda: document["directory"]["servicePrincipals"][1].update(appOwnerOrganizationId=names.tenant),
            lambda: document["subscriptions"].append(
                {"id": f"/subscriptions/{_SECOND}", "subscriptionId": _SECOND, "tenantId": _SECOND, "state": "Enabled"}
            ),
            lambda: document["managementGroups"].update({names.subscription: ["root"]}),
        ]

    def damage(self) -> bool:
        """Leave parts of the snapshot out, or say that they were not read; whether the subscription is among them."""
        hides = False
        for _ in range(self.random.randint(1, 3)):
            if self.random.random() < 0.4:
                self.document.pop(self.random.choice(_SECTIONS), None)
                continue
            fact = self.random.choice(list(_FACTS))
            scope = getattr(self.names, self.random.choice(_FACTS[fact]))
            entry = {"scope": self.case(scope), "fact": fact, "reason": "403 AuthorizationFailed"}
            self.document["unread"].append(entry)
            hides = hides or fact == "subscription"
        return hides

    def arguments(self) -> list[str]:
        """Who the publisher is said to be, and what is judged."""
        names, pick = self.names, self.random.choice
        who = pick([names.publisher, names.publisher.upper(), names.user, names.team, names.center, "no@body.example"])
        tenant = pick([names.tenant, names.domain, self.case(names.tenant), _SECOND, "other.example"])
        targets = pick([[], [], [names.shop], [self.case(names.server)], [names.first[1:]], [names.vm, names.bench]])
        return [*targets, "--publisher", who, "--publisher-tenant", tenant]


def _verdicts(imagecheck: Callable[..., Any], source: str, arguments: list[str]) -> dict[tuple[str, str], str]:
    said = imagecheck("check", "--source", source, "--output", "json=report.json", *arguments)
    assert said.code in (0, 1, 3), said.err
    results = json.loads(Path("report.json").read_text(encoding="utf-8"))["results"]
    found = {(result["rule"], result["asset"].casefold()): result["verdict"] for result in results}
    assert len(found) == len(results)
    return found


@pytest.mark.parametrize("seeds", range(0, 36, 12))
def test_a_tenant_with_defects_is_judged_the_same(
    document: dict[str, Any], names: Any, imagecheck: Callable[..., Any], seeds: int
) -> None:
    whole = json.dumps(document)
    for seed in range(seeds, seeds + 12):
        chaos = Chaos(json.loads(whole), names, seed)
        chaos.plant()
        Path("tenant.json").write_text(json.dumps(chaos.document), encoding="utf-8")
        arguments = chaos.arguments()
        live = _verdicts(imagecheck, "sandbox:tenant.json", arguments)
        assert live == _verdicts(imagecheck, "snapshot:tenant.json", arguments), seed


@pytest.mark.parametrize("seeds", range(100, 136, 12))
def test_a_tenant_that_was_not_read_whole_never_turns_a_verdict_round(
    document: dict[str, Any], names: Any, imagecheck: Callable[..., Any], seeds: int
) -> None:
    """What is missing is a 403, which may take more away than was missing. So the sandbox may say not-evaluated
    where the file still tells, and then of what the list would have named; it may not say anything else.
    """
    whole = json.dumps(document)
    for seed in range(seeds, seeds + 12):
        chaos = Chaos(json.loads(whole), names, seed)
        chaos.plant()
        hides = chaos.damage()
        Path("tenant.json").write_text(json.dumps(chaos.document), encoding="utf-8")
        arguments = chaos.arguments()
        saved = _verdicts(imagecheck, "snapshot:tenant.json", arguments)
        if hides and imagecheck("check", "--source", "sandbox:tenant.json", *arguments).code == 2:
            continue
        live = _verdicts(imagecheck, "sandbox:tenant.json", arguments)
        for place, verdict in live.items():
            if verdict != "not-evaluated":
                assert saved.get(place) == verdict, (seed, place)


def test_the_built_in_tenant_is_judged_the_same(imagecheck: Callable[..., Any]) -> None:
    Path("tenant.json").write_text(json.dumps(tenant.document()), encoding="utf-8")
    for targets in ([], ["--subscription", _SECOND], [f"subscription:{_SECOND}"], ["vm:images/tester"]):
        flags = ["--publisher", tenant.PUBLISHER, "--publisher-tenant", "fabrikam.example"]
        flags += targets if "--subscription" in targets or not targets else [*targets, "--subscription", _SECOND]
        live = _verdicts(imagecheck, "sandbox:tenant.json", flags)
        assert live == _verdicts(imagecheck, "snapshot:tenant.json", flags)
        assert live
