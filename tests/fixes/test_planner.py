"""Plans: order, what is in them once, and what is left out with its reason. ``is_safe`` decides, not the rule."""

from __future__ import annotations

import copy
from datetime import UTC, datetime

import pytest

from checker import audit
from checker.catalog import load
from checker.cli.fixing import Judged, plan_for
from checker.facts.estate import Estate
from checker.facts.snapshot import Snapshot
from checker.facts.unread import Unread
from checker.fixes import planner
from checker.fixes.operations import (
    Deallocate,
    Fix,
    Generalize,
    GrantRole,
    IncludeInLatest,
    KnownPrincipal,
    LatePrincipal,
    RegisterProvider,
    Safety,
)
from checker.fixes.plan import Failure
from checker.fixes.planner import Limits, make_plan
from checker.fixes.state import state_of
from checker.rule import Policy, Publisher, Severity

from .conftest import (
    DEFINITION,
    FORGED,
    GALLERY,
    IMAGE_READER,
    MICROSOFT,
    NAMESPACE,
    OTHER_TENANT,
    OWNER,
    PROVIDER,
    PROVIDER_NAME,
    PUBLISHER,
    REGISTRY,
    REGISTRY_APP,
    SECOND,
    SUBSCRIPTION,
    TENANT,
    USER,
    VM,
    clean,
    principal,
    unserved,
    version,
    view,
)

NOW = datetime(2026, 11, 1, tzinfo=UTC)
OTHER_VM = VM.replace("builder", "another")
V1, V2 = (f"{DEFINITION}/versions/{n}.0.0" for n in (1, 2))
MICROSOFTS = (MICROSOFT,)


def wrong():
    """Everything can be done to it: a running VM, excluded versions, nothing granted."""
    document = clean()
    document["roleAssignments"] = []
    for body in document["resources"]:
        if "/versions/" in body["id"]:
            body["properties"]["publishingProfile"]["excludeFromLatest"] = True
    document["directory"]["servicePrincipals"].append(principal(FORGED, PROVIDER_NAME, "app", OTHER_TENANT))
    return document


def plan_of(*fixes, document=None, unsafe=True, targets=(VM,), passing=None):
    """The plan for failures that offer these fixes: operations, or a Fix."""
    failures = [
        Failure(f"X{n:03}", GALLERY, fix if isinstance(fix, Fix) else Fix("title", Safety.SAFE, tuple(fix)))
        for n, fix in enumerate(fixes)
    ]
    snapshot = Snapshot.from_document(document or wrong())
    before = copy.deepcopy(dict(snapshot.sections))
    limits = Limits(unsafe, frozenset(target.lower() for target in targets))
    judge = passing or (lambda _: frozenset(failure.verdict_of for failure in failures))
    plan = make_plan(failures, snapshot, NOW, limits, judge)
    assert snapshot.sections == before
    return plan


def operations(plan):
    return [step.operation for step in plan.steps]


def whys(plan):
    return [left.why for left in plan.left]


def known(id=REGISTRY, name="Compute Image Registry", owners=MICROSOFTS):
    return KnownPrincipal(id, "ServicePrincipal", name, owners)


def grant(to=None, role=IMAGE_READER, scope=GALLERY):
    return GrantRole(scope, role, "a role", to or known())


def test_the_order_is_registration_grants_latest_deallocate_generalize():
    document = unserved(wrong())
    late = grant(LatePrincipal(PROVIDER_NAME, None, MICROSOFTS))
    register = RegisterProvider(SUBSCRIPTION, NAMESPACE)
    wanted = [Generalize(VM), Deallocate(VM), IncludeInLatest(V2), late, register]
    assert operations(plan_of(*([one] for one in wanted[1:]), wanted, document=document)) == wanted[::-1]
    plan = plan_of([Deallocate(VM)], [IncludeInLatest(V2)], [register], [late], document=document)
    assert operations(plan) == [register, late, IncludeInLatest(V2), Deallocate(VM)]


def test_an_operation_is_in_it_once_for_all_that_need_it():
    plan = plan_of(
        [Deallocate(VM)], [Deallocate(VM.upper().strip("/")), Generalize(VM.lower())], [Deallocate(VM + "/")]
    )
    assert [type(operation) for operation in operations(plan)] == [Deallocate, Generalize]
    assert [failure.rule for failure in plan.steps[0].fixes] == ["X000", "X001", "X002"]


def test_a_grant_with_and_one_without_proof_are_one_change():
    plan = plan_of([grant(known())], [grant(known(owners=()))])
    assert len(plan.steps) == 1


def test_what_is_so_already_is_no_step():
    document = clean()
    document["instanceViews"][VM] = view("PowerState/deallocated", "OSState/generalized")
    plan = plan_of([Deallocate(VM)], [Generalize(VM)], [grant()], [IncludeInLatest(V2)], document=document)
    assert (plan.is_empty, plan.left) == (True, ())


def test_a_fix_that_would_not_help_is_left_whole():
    helped = frozenset({("X001", GALLERY.lower())})
    plan = plan_of([Deallocate(VM), Generalize(VM)], [Deallocate(VM)], passing=lambda _: helped)
    assert operations(plan) == [Deallocate(VM)]
    assert [failure.rule for failure in plan.steps[0].fixes] == ["X001"]
    assert [(left.failure.rule, left.why) for left in plan.left] == [("X000", "the fix would not make the rule pass")]


def test_a_fix_of_which_one_part_cannot_be_is_left_whole_and_once():
    plan = plan_of(
        [Deallocate(VM), IncludeInLatest(V1.replace("1.0.0", "9.9.9")), grant(known("nobody"))], [Deallocate(VM)]
    )
    assert operations(plan) == [Deallocate(VM)]
    assert [left.failure.rule for left in plan.left] == ["X000"]


LEFT = {
    "no-fix": (None, "the rule offers no fix"),
    "manual": (Fix("think", Safety.MANUAL), "by hand: think"),
}


@pytest.mark.parametrize(("fix", "why"), LEFT.values(), ids=LEFT)
def test_what_is_by_hand_is_left(fix, why):
    failure = Failure("X000", GALLERY, fix)
    plan = make_plan([failure], Snapshot.from_document(wrong()), NOW, Limits(True, frozenset()), lambda _: frozenset())
    assert (plan.is_empty, whys(plan)) == (True, [why])


#: What a pack may propose, calling it safe: each is left without ``--unsafe-fixes``.
NOT_SAFE = {
    "stop-a-running-vm": Deallocate(VM),
    "generalize": Generalize(VM),
    "latest": IncludeInLatest(V2),
    "owner-for-a-user": grant(KnownPrincipal(USER, "User", "safe"), OWNER),
    "owner-for-microsofts": grant(role=OWNER),
    "reader-for-a-user": grant(KnownPrincipal(USER, "User", "Compute Image Registry")),
    "reader-for-microsofts-unproven": grant(known(owners=())),
    "reader-below-the-gallery": grant(scope=DEFINITION),
    "reader-for-the-subscription": grant(scope=f"/subscriptions/{SUBSCRIPTION}"),
}
#: What is left even with ``--unsafe-fixes``.
NEVER = {
    "another-vm": Deallocate(OTHER_VM),
    "another-vm-below": Deallocate(f"{VM}/extensions/x"),
    "no-vm": Deallocate(GALLERY),
    "no-id": Deallocate("vm"),
    "empty": Generalize(""),
    "version-that-is-not-there": IncludeInLatest(V2.replace("2.0.0", "3.0.0")),
    "version-that-is-none": IncludeInLatest(GALLERY),
    "another-provider": RegisterProvider(SUBSCRIPTION, "Microsoft.Compute"),
    "another-subscription": RegisterProvider(SECOND, NAMESPACE),
    "a-scope-in-another-subscription": grant(scope=GALLERY.replace(SUBSCRIPTION, SECOND)),
    "a-management-group": grant(scope="/providers/Microsoft.Management/managementGroups/root"),
    "root": grant(scope="/"),
    "forged": grant(known(FORGED, PROVIDER_NAME)),
    "forged-believed-by-its-own-tenant": grant(known(FORGED, PROVIDER_NAME, (OTHER_TENANT,)), OWNER),
    "forged-without-proof": grant(known(FORGED, "safe", ())),
    "late-of-another-tenant": grant(LatePrincipal(PROVIDER_NAME, None, (OTHER_TENANT,))),
    "late-of-both": grant(LatePrincipal(PROVIDER_NAME, None, (MICROSOFT, OTHER_TENANT))),
    "late-of-nobody": grant(LatePrincipal(PROVIDER_NAME, None, ())),
    "late-with-another-name": grant(LatePrincipal("safe", None, MICROSOFTS)),
    "late-with-another-application": grant(LatePrincipal("Compute Image Registry", "app", MICROSOFTS)),
}


@pytest.mark.parametrize("operation", [*NOT_SAFE.values(), *NEVER.values()], ids=[*NOT_SAFE, *NEVER])
def test_what_a_rule_calls_safe_is_not_for_that(operation):
    plan = plan_of([operation], unsafe=False)
    assert (plan.is_empty, len(plan.left)) == (True, 1)


@pytest.mark.parametrize("operation", NEVER.values(), ids=NEVER)
def test_what_is_never_done(operation):
    document = wrong()
    document["providers"][SUBSCRIPTION]["Microsoft.Compute"] = "NotRegistered"
    document["resources"].append({**document["resources"][-1], "id": OTHER_VM})
    document["instanceViews"][OTHER_VM] = view("PowerState/running")
    targets = (VM, GALLERY) if operation != NEVER["another-vm-below"] else (VM,)
    plan = plan_of([operation], document=document, targets=targets)
    assert (plan.is_empty, len(plan.left)) == (True, 1)


SAFE = {
    "generalized-vm": Deallocate(VM),
    "register": RegisterProvider(SUBSCRIPTION, NAMESPACE),
    "registry": grant(),
    "provider": grant(known(PROVIDER, PROVIDER_NAME)),
    "late-provider": grant(LatePrincipal(PROVIDER_NAME, None, MICROSOFTS)),
    "late-registry": grant(LatePrincipal("Compute Image Registry", REGISTRY_APP, MICROSOFTS)),
}


@pytest.mark.parametrize("operation", SAFE.values(), ids=SAFE)
def test_what_is_safe(operation):
    document = wrong()
    document["instanceViews"][VM] = view("PowerState/running", "OSState/generalized")
    document["providers"][SUBSCRIPTION][NAMESPACE] = "NotRegistered"
    plan = plan_of([operation], document=document, unsafe=False)
    assert operations(plan) == [operation]
    assert plan.steps[0].safety is Safety.SAFE


STATES = {
    "running": (("PowerState/running",), True),
    "stopped": (("PowerState/stopped",), True),
    "starting": (("PowerState/starting",), False),
    "stopping": (("PowerState/stopping",), False),
    "deallocating": (("PowerState/deallocating",), False),
    "running-and-stopping": (("PowerState/running", "PowerState/stopping"), False),
    "unknown": (("PowerState/unknown",), False),
    "nothing-told": ((), False),
    "hibernated": (("PowerState/deallocated", "HibernationState/Hibernated"), False),
}


@pytest.mark.parametrize(("codes", "is_done"), STATES.values(), ids=STATES)
def test_vm_operations_by_state(codes, is_done):
    document = wrong()
    document["instanceViews"][VM] = view(*codes)
    plan = plan_of([Deallocate(VM), Generalize(VM)], document=document)
    assert len(plan.steps) == (2 if is_done else 0)


def test_generalizing_needs_a_deallocated_vm():
    document = wrong()
    document["instanceViews"][VM] = view("PowerState/stopped")
    assert whys(plan_of([Generalize(VM)], document=document)) == ["the VM is stopped, not deallocated"]


def profile(document):
    return document["resources"][3]["properties"]["publishingProfile"]


UNREAD = {
    "instance-view": (Deallocate(VM), lambda d: d["instanceViews"].clear()),
    "a-status": (Deallocate(VM), lambda d: d["instanceViews"][VM]["statuses"].append({"code": None})),
    "statuses": (Deallocate(VM), lambda d: d["instanceViews"].update({VM: {}})),
    "os-disk": (Deallocate(VM), lambda d: d["resources"][-1]["properties"].pop("storageProfile")),
    "vm": (Deallocate(VM), lambda d: d["unread"].append({"scope": VM, "fact": "vm", "reason": "403"})),
    "provider": (RegisterProvider(SUBSCRIPTION, NAMESPACE), lambda d: d.pop("providers")),
    "assignments": (grant(), lambda d: d.pop("roleAssignments")),
    "directory": (grant(), lambda d: d.pop("directory")),
    "owner": (grant(), lambda d: d["directory"]["servicePrincipals"][0].pop("appOwnerOrganizationId")),
    "profile": (IncludeInLatest(V2), lambda d: d["resources"][3]["properties"].pop("publishingProfile")),
    "date": (IncludeInLatest(V2), lambda d: profile(d).pop("publishedDate")),
    "regions": (IncludeInLatest(V2), lambda d: profile(d).pop("targetRegions")),
    "region": (IncludeInLatest(V2), lambda d: profile(d)["targetRegions"][0].update(excludeFromLatest="?")),
}


@pytest.mark.parametrize(("operation", "damage"), UNREAD.values(), ids=UNREAD)
def test_what_rests_on_something_unread_is_not_planned(operation, damage):
    document = wrong()
    damage(document)
    assert isinstance(state_of(operation, Estate(Snapshot.from_document(document), NOW)), Unread)
    plan = plan_of([operation], document=document)
    assert plan.is_empty
    assert whys(plan)[0].startswith("cannot be planned: ")


def test_a_long_plan_is_not_simulated_step_by_step(monkeypatch):
    """The facts are made once for each kind of operation, and judged once: not once for each of many fixes."""
    many = 300
    document = clean()
    definitions = [copy.deepcopy(document["resources"][1]) for _ in range(many)]
    for number, body in enumerate(definitions):
        body["id"] = f"{GALLERY}/images/d{number}"
        for part in ("1.0.0", "2.0.0"):
            one = version(part, excluded=True)
            one["id"] = f"{body['id']}/versions/{part}"
            document["replicationStatus"][one["id"]] = document["replicationStatus"][f"{DEFINITION}/versions/{part}"]
            document["resources"].append(one)
    document["resources"] += definitions
    made, judged = [], []
    monkeypatch.setattr(planner, "Estate", lambda *facts: made.append(1) or Estate(*facts))
    monkeypatch.setattr("checker.cli.fixing.run", lambda *a: judged.append(1) or audit.run(*a))
    plan = core_plan(document)
    assert len(plan.steps) == many
    assert {left.failure.rule for left in plan.left} == {"VM001", "VM002"}
    assert (len(made), len(judged)) == (2, 1)


def core_plan(document, *, unsafe=True, targets=()):
    snapshot = Snapshot.from_document(document)
    options = audit.Options(
        targets, (), Publisher(PUBLISHER, (TENANT,)), Policy(True), Severity.ERROR, frozenset(), False
    )
    facts, rules = audit.Facts(snapshot, "test"), tuple(load())
    report = audit.run(facts, rules, options, lambda: NOW)
    return plan_for(Judged(report, facts, rules, options), allow_unsafe=unsafe)


def test_the_core_rules_offer_only_what_a_plan_takes():
    """Nothing that a rule of ours offers is left out of the plan that may do everything."""
    plan = core_plan(wrong(), targets=(VM, GALLERY))
    manual = [
        left for left in plan.left if left.failure.fix is not None and left.failure.fix.safety is not Safety.MANUAL
    ]
    assert manual == []
    assert [type(op).__name__ for op in operations(plan)] == [
        *["GrantRole"] * 3,
        "IncludeInLatest",
        "Deallocate",
        "Generalize",
    ]
