"""What must hold of every tenant: random ones are made, something is hidden or rewritten, and the verdicts compared."""

from __future__ import annotations

import copy
import re
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

DAYS = ["2026-01-01T00:00:00Z", "2026-03-01T10:00:00.1234567+00:00", "2026-06-01T00:00:00+02:00"]
ORDINARY = settings(
    max_examples=150, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow], database=None
)
POWERS = ["deallocated", "running", "stopped", "starting", "unknown"]
SECTIONS = [
    "tenants",
    "subscriptions",
    "resources",
    "instanceViews",
    "replicationStatus",
    "roleAssignments",
    "roleDefinitions",
    "denyAssignments",
    "roleEligibilityScheduleInstances",
    "roleAssignmentScheduleInstances",
    "managementGroups",
    "providers",
    "directory",
]
FACTS = {
    "galleries": ["definitions", "role_assignments", "deny_assignments"],
    "images": ["versions", "definitions"],
    "versions": ["replication", "versions"],
    "virtualMachines": ["vm", "instance_view"],
    "subscriptions": ["subscription", "providers", "management_groups", "vm", "role_definitions", "eligibility"],
}


@st.composite
def tenants(draw, new_cloud):
    """A tenant of one or two galleries whose members are in and out of order, and targets in it."""
    cloud = new_cloud()
    machines = []
    for number in range(draw(st.integers(1, 3))):
        statuses = [f"PowerState/{draw(st.sampled_from(POWERS))}"]
        statuses += ["OSState/generalized"] if draw(st.booleans()) else []
        statuses += ["HibernationState/Hibernated"] if draw(st.integers(0, 5)) == 0 else []
        machines.append(
            cloud.vm(
                f"vm{number}",
                statuses=tuple(statuses),
                created=draw(st.sampled_from([*DAYS, cloud.absent])),
                ephemeral=draw(st.integers(0, 3)) == 0,
            )
        )
    sources: list[dict[str, str]] = [{"virtualMachineId": each} for each in machines]
    sources += [{"id": cloud.managed_image("golden", machines[0])}, {"id": cloud.compute_id("virtualMachines/gone")}]
    for name in ["one", "two"][: draw(st.integers(1, 2))]:
        gallery = cloud.gallery(name)
        cloud.grant_owner(gallery) if name == "one" else None
        for image in ["a", "b"][: draw(st.integers(1, 2))]:
            os_state = draw(st.sampled_from(["Generalized", "Generalized", "Specialized"]))
            definition = cloud.definition(gallery, image, os_state=os_state)
            for number in draw(st.lists(st.sampled_from(["1.0.0", "1.10.0", "1.9.0", "2.0"]), unique=True, max_size=3)):
                version = cloud.version(
                    definition,
                    number,
                    state=draw(st.sampled_from(["Succeeded", "Succeeded", "Failed"])),
                    published=draw(st.sampled_from(DAYS)),
                    exclude=draw(st.booleans()),
                    regions=("East US", "westeurope"),
                    replication=draw(st.sampled_from(["Completed", "Completed", "InProgress"])),
                    source=draw(st.sampled_from([*sources, None])),
                )
                sources.append({"id": version})
    targets = draw(st.sampled_from([(), (), tuple(machines[:1]), (cloud.compute_id("galleries/one"), machines[-1])]))
    return cloud.document, targets


def flags(new_cloud):
    return ("--publisher", new_cloud.publisher, "--publisher-tenant", new_cloud.tenant, "--guest-is-prepared")


def changed(before, after):
    """Each result of the run that knows less which is neither the same as before nor not-evaluated."""
    whole, part = before.table(), after.table()
    return {
        pair: (whole.get(pair), verdict)
        for pair, verdict in part.items()
        if verdict not in {whole.get(pair), "not-evaluated"}
    }


def assert_one_result_each(run):
    pairs = [(r["rule"], r["asset"].lower()) for r in run.results]
    assert len(pairs) == len(set(pairs))


@given(data=st.data())
@ORDINARY
def test_a_fact_that_is_hidden_turns_no_verdict_into_another(new_cloud, check, data):
    """A verdict stands only if every value of the unread would give it: so the value that was there, too."""
    document, targets = data.draw(tenants(new_cloud))
    before = check(document, *targets, *flags(new_cloud))
    scopes = [body["id"] for body in document["resources"] + document["subscriptions"]]
    entries = [
        {"scope": scope, "fact": fact, "reason": "hidden"}
        for scope in scopes
        for fact in FACTS.get(scope.split("/")[-2], [])
    ]
    hidden = copy.deepcopy(document)
    hidden["unread"] = data.draw(st.lists(st.sampled_from(entries), min_size=1, max_size=6, unique_by=str))
    after = check(hidden, *targets, *flags(new_cloud))
    assert_one_result_each(after)
    assert changed(before, after) == {}
    assert after.code != 0 or before.code == 0
    # an operation rests on facts: where fewer are known there may be fewer, never another one
    known = {(r["rule"], r["asset"]): r.get("fix") for r in before.results}
    for result in after.results:
        if result.get("fix") and result["fix"]["operations"]:
            assert result["fix"] == known[result["rule"], result["asset"]]


@given(data=st.data())
@ORDINARY
def test_a_member_that_is_left_out_turns_no_verdict_into_another(new_cloud, check, data):
    """The members that Azure always returns are unread where a body leaves them out."""
    document, targets = data.draw(tenants(new_cloud))
    before = check(document, *targets, *flags(new_cloud))
    cut = copy.deepcopy(document)
    for body in cut["resources"]:
        holders = [body["properties"], body["properties"].get("publishingProfile", {})]
        for holder in holders:
            for member in ("osState", "provisioningState", "publishedDate", "timeCreated"):
                if member in holder and data.draw(st.integers(0, 3)) == 0:
                    del holder[member]
    for section in ("instanceViews", "replicationStatus"):
        for key in list(cut[section]):
            if data.draw(st.integers(0, 3)) == 0:
                del cut[section][key]
    after = check(cut, *targets, *flags(new_cloud))
    assert_one_result_each(after)
    assert changed(before, after) == {}


@pytest.mark.parametrize("section", SECTIONS)
@given(data=st.data())
@settings(ORDINARY, max_examples=15)
def test_a_section_that_is_dropped_turns_no_verdict_into_another(new_cloud, check, section, data):
    document, targets = data.draw(tenants(new_cloud))
    before = check(document, *targets, *flags(new_cloud))
    after = check({key: value for key, value in document.items() if key != section}, *targets, *flags(new_cloud))
    assert changed(before, after) == {}
    assert after.code != 0 or before.code == 0


WORDS = "Generalized|Specialized|Succeeded|Failed|Completed|InProgress|Registered|East US|westeurope|User"
STATES = re.compile(rf"^(/|[0-9a-f]{{8}}-[0-9a-f]{{4}}-|\w+State/|Microsoft\.\w+(/|$)|({WORDS})$)", re.IGNORECASE)


def rewrite(value: Any, change: Any, path: str = "") -> Any:
    """The document with every id and every state (keys as well) put through ``change``."""
    if isinstance(value, dict):
        ids = path in {"instanceViews", "replicationStatus", "managementGroups", "providers", "members"}
        return {change(key) if ids else key: rewrite(item, change, key) for key, item in value.items()}
    if isinstance(value, list):
        return [rewrite(item, change, path) for item in value]
    if isinstance(value, str) and path not in {"format", "captured"} and STATES.match(value):
        return change(value)
    return value


@pytest.mark.parametrize("change", [str.lower, str.upper, str.swapcase], ids=["lower", "upper", "swapped"])
@given(data=st.data())
@settings(ORDINARY, max_examples=40)
def test_the_case_of_ids_and_states_changes_no_verdict(new_cloud, check, change, data):
    document, targets = data.draw(tenants(new_cloud))
    before = check(document, *targets, *flags(new_cloud))
    after = check(rewrite(document, change), *targets, *flags(new_cloud))
    assert after.code == before.code
    assert list(after.table().items()) == list(before.table().items())
    for old, new in zip(before.results, after.results, strict=True):
        assert new["severity"] == old["severity"]
        fixes = [each.get("fix") or {"safety": None, "operations": []} for each in (old, new)]
        assert fixes[0]["safety"] == fixes[1]["safety"]
        assert [o["verb"] for o in fixes[0]["operations"]] == [o["verb"] for o in fixes[1]["operations"]]


@given(data=st.data())
@ORDINARY
def test_the_order_of_bodies_changes_nothing(new_cloud, check, data):
    document, targets = data.draw(tenants(new_cloud))
    before = check(document, *targets, *flags(new_cloud))
    mixed = {}
    for key in data.draw(st.permutations(list(document))):
        value = document[key]
        if isinstance(value, list):
            value = data.draw(st.permutations(value))
        elif key in {"instanceViews", "replicationStatus"}:
            value = dict(data.draw(st.permutations(list(value.items()))))
        mixed[key] = value
    after = check(mixed, *data.draw(st.permutations(targets)), *flags(new_cloud))
    assert after.results == before.results
    assert_one_result_each(before)


@given(data=st.data())
@ORDINARY
def test_only_what_was_named_is_changed_and_only_what_fails_is_mended(new_cloud, check, data):
    document, targets = data.draw(tenants(new_cloud))
    run = check(document, *targets, *flags(new_cloud))
    ephemeral = {
        body["id"]
        for body in document["resources"]
        if "diffDiskSettings" in body["properties"].get("storageProfile", {}).get("osDisk", {})
    }
    for result in run.results:
        verbs = [each["verb"] for each in (result.get("fix") or {"operations": []})["operations"]]
        assert not verbs or result["verdict"] == "fail"
        if result["rule"].startswith("VM") and verbs:
            assert result["asset"] in targets
            assert "deallocate" not in verbs or result["asset"] not in ephemeral
            assert "start" not in verbs


ODD: list[Any] = [None, 0, -1, True, "", "x", [], {}, [None], {"": None}, ["x"], 10**400, "\x00\u202e", [[[]]]]


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """The path of everything in a document."""
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [*([path] if path else []), *(deeper for key, item in items for deeper in places(item, (*path, key)))]


@given(data=st.data())
@settings(ORDINARY, max_examples=200)
def test_a_body_of_any_shape_is_refused_or_judged_but_crashes_nothing(new_cloud, check, data):
    document, targets = data.draw(tenants(new_cloud))
    section = data.draw(st.sampled_from(["resources", "instanceViews", "replicationStatus"]))
    document = copy.deepcopy(document)
    for _ in range(data.draw(st.integers(1, 3))):
        *way, last = data.draw(st.sampled_from(places({section: document[section]})))
        holder = document
        for key in way:
            holder = holder[key]
        holder[last] = copy.deepcopy(data.draw(st.sampled_from(ODD)))
    run = check(document, *targets, *flags(new_cloud))
    if run.code == 2:
        assert len(run.errors.strip().splitlines()) == 1
    else:
        assert not [r["message"] for r in run.results if (r.get("reason") or {}).get("kind") == "crashed"]
        assert_one_result_each(run)
