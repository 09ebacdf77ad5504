"""What was not read: sections and members left out, ``unread`` entries, and what still decides."""

from __future__ import annotations

from types import SimpleNamespace

import pytest


@pytest.fixture
def tenant(cloud):
    """Everything in order: one gallery, definition, version and source VM."""
    gallery = cloud.gallery()
    definition = cloud.definition(gallery)
    machine = cloud.vm()
    version = cloud.version(definition, source={"virtualMachineId": machine})
    cloud.grant_owner(gallery)
    return SimpleNamespace(gallery=gallery, definition=definition, version=version, vm=machine)


def own_verdicts(run, tenant):
    """The verdict of each rule on the asset of its own kind."""
    places = {"DEF": tenant.definition, "VER": tenant.version, "VM0": tenant.vm}
    return {
        rule: verdict
        for (rule, asset), verdict in run.table().items()
        if rule[:3] in places and asset == places[rule[:3]].lower()
    }


IN_ORDER = {"DEF001": "pass", "DEF002": "pass", "DEF003": "pass", "VER001": "pass", "VER002": "pass", "VER003": "pass"}
IN_ORDER |= {"VM001": "pass", "VM002": "pass"}


def test_everything_in_order_passes(cloud, check, tenant):
    assert own_verdicts(check(cloud), tenant) == IN_ORDER


@pytest.mark.parametrize(
    ("fact", "which", "unknown"),
    [
        pytest.param("definitions", "gallery", {"DEF001"}, id="definitions-of-the-gallery"),
        pytest.param("definitions", "definition", {"DEF001"}, id="definitions-of-the-definition"),
        pytest.param("replication", "version", {"DEF002", "VER002"}, id="replication"),
        pytest.param("instance_view", "vm", {"VM001", "VM002"}, id="instance-view"),
        pytest.param("vm", "vm", {"VM001", "VM002"}, id="vm-whose-age-counts"),
        pytest.param("role_assignments", "gallery", set(), id="role-assignments"),
        pytest.param("deny_assignments", "gallery", set(), id="deny-assignments"),
        pytest.param("subscription", "subscription", set(), id="subscription"),
        pytest.param("providers", "subscription", set(), id="providers"),
    ],
)
@pytest.mark.parametrize("case", [str, str.upper], ids=["as-written", "upper"])
def test_an_unread_entry_wins_over_the_data_and_touches_nothing_else(cloud, check, tenant, fact, which, unknown, case):
    scope = getattr(tenant, which, f"/subscriptions/{cloud.subscription}")
    cloud.unread(case(scope), fact, "429 TooManyRequests")
    run = check(cloud)
    assert own_verdicts(run, tenant) == {r: "not-evaluated" if r in unknown else v for r, v in IN_ORDER.items()}
    for rule in unknown:
        found = next(r for r in run.results if r["rule"] == rule and r["verdict"] == "not-evaluated")
        assert found["reason"]["fact"] == fact
        assert found["reason"]["detail"] == "429 TooManyRequests"
        assert found["reason"]["scope"].lower() == scope.lower()
        assert found["reason"]["permission"]


@pytest.mark.parametrize("which", ["definition", "version"])
def test_unread_versions_leave_their_rules_open(cloud, check, tenant, which):
    cloud.unread(getattr(tenant, which), "versions")
    verdicts = own_verdicts(check(cloud), tenant)
    assert verdicts["DEF001"] == "pass"
    assert verdicts["DEF002"] == verdicts["DEF003"] == verdicts["VER002"] == "not-evaluated"
    assert "fail" not in verdicts.values()


def test_an_unread_list_of_versions_hides_what_would_follow_from_it(cloud, check):
    """No version in the file, but the list was refused: neither empty nor in order."""
    definition = cloud.definition(cloud.gallery())
    cloud.unread(definition, "versions")
    run = check(cloud)
    assert {run.verdict(rule, definition) for rule in ("DEF002", "DEF003")} == {"not-evaluated"}
    for rule in ("VER001", "VER002", "DEF002"):
        assert check(cloud, "--select", rule).code == 3
    for rule in ("VM001", "VM002"):
        assert check(cloud, "--select", rule, "--fail-on", "warning").code == 3


def test_an_unread_list_of_definitions_is_no_empty_gallery(cloud, check):
    gallery = cloud.gallery()
    cloud.unread(gallery, "definitions")
    for rule in ("DEF001", "DEF002", "VER001", "VER002"):
        assert check(cloud, "--select", rule).code == 3
    for rule in ("VM001", "VM002"):
        assert check(cloud, "--select", rule, "--fail-on", "warning").code == 3


def test_hidden_versions_beside_visible_ones_keep_the_run_from_being_complete(cloud, check, tenant):
    """The versions of a second definition were refused: so nobody knows which VMs they came from."""
    cloud.unread(cloud.definition(tenant.gallery, "hidden"), "versions")
    for rule in ("VER001", "VER002", "DEF002"):
        assert check(cloud, "--select", rule).code == 3
    for rule in ("VM001", "VM002"):
        assert check(cloud, "--select", rule, "--fail-on", "warning").code == 3


def test_a_reason_names_its_scope_as_azure_wrote_it(cloud, check, tenant):
    cloud.unread(tenant.vm, "instance_view")
    cloud.unread(tenant.version, "replication")
    run = check(cloud)
    assert run.of("VM001", tenant.vm)["reason"]["scope"] == tenant.vm
    assert run.of("VER002", tenant.version)["reason"]["scope"] == tenant.version


def test_a_hidden_definition_beside_a_visible_one_keeps_the_run_from_being_complete(cloud, check, tenant):
    """The gallery's list was refused; one body is in the file, others may exist, and their source VMs too."""
    cloud.unread(tenant.gallery, "definitions")
    for rule in ("DEF002", "VER001", "VER002"):
        assert check(cloud, "--select", rule).code == 3
    for rule in ("VM001", "VM002"):
        assert check(cloud, "--select", rule, "--fail-on", "warning").code == 3


@pytest.mark.parametrize(
    ("versions", "def002", "def003"),
    [
        pytest.param([], "not-evaluated", "not-evaluated", id="none-seen"),
        pytest.param([{}], "pass", "pass", id="one-in-order"),
        pytest.param([{"state": "Failed", "exclude": True}], "not-evaluated", "not-evaluated", id="only-bad-seen"),
        pytest.param([{"state": "Failed"}], "not-evaluated", "pass", id="not-ready-but-included"),
        pytest.param([{"exclude": True}], "pass", "not-evaluated", id="ready-but-excluded"),
    ],
)
def test_a_subscription_that_is_not_listed_may_hold_more_versions(cloud, check, versions, def002, def003):
    """``resources`` is complete for the subscriptions listed only: elsewhere what is seen can prove, not refute."""
    other = "0a1b2c3d-0000-4000-8000-00000000000c"
    definition = cloud.definition(cloud.gallery("far", subscription=other))
    for number, members in enumerate(versions):
        cloud.version(definition, f"1.0.{number}", **members)
    run = check(cloud)
    assert run.verdict("DEF002", definition) == def002
    assert run.verdict("DEF003", definition) == def003


def test_the_newest_of_an_incomplete_list_may_not_be_the_newest(cloud, check):
    other = "0a1b2c3d-0000-4000-8000-00000000000c"
    definition = cloud.definition(cloud.gallery("far", subscription=other))
    old = cloud.version(definition, "1.0.0", published="2026-01-01T00:00:00Z")
    new = cloud.version(definition, "1.0.1", published="2026-02-01T00:00:00Z")
    run = check(cloud)
    assert (run.verdict("VER003", old), run.verdict("VER003", new)) == ("not-applicable", "not-evaluated")


def test_no_fix_rests_on_an_incomplete_list(cloud, check):
    """The newest version by number may be one that was not read: including another in latest would be a guess."""
    other = "0a1b2c3d-0000-4000-8000-00000000000c"
    definition = cloud.definition(cloud.gallery("far", subscription=other))
    cloud.version(definition, exclude=True)
    assert check(cloud).operations("DEF003", definition) == []


@pytest.mark.parametrize(
    ("section", "unknown"),
    [
        ("instanceViews", {"VM001", "VM002"}),
        ("replicationStatus", {"DEF002", "VER002"}),
        ("roleAssignments", set()),
        ("directory", set()),
        ("providers", set()),
        ("tenants", set()),
    ],
)
def test_an_absent_section_is_unread_for_its_own_rules_alone(cloud, check, tenant, section, unknown):
    del cloud.document[section]
    expected = {r: "not-evaluated" if r in unknown else v for r, v in IN_ORDER.items()}
    assert own_verdicts(check(cloud), tenant) == expected


@pytest.mark.parametrize("section", ["instanceViews", "replicationStatus"])
def test_an_empty_section_leaves_its_keys_out(cloud, check, tenant, section):
    cloud.document[section] = {}
    emptied = own_verdicts(check(cloud), tenant)
    del cloud.document[section]
    assert emptied == own_verdicts(check(cloud), tenant) != IN_ORDER


def test_a_file_without_resources_proves_nothing(cloud, check, tenant):
    del cloud.document["resources"]
    run = check(cloud)
    assert run.code == 3
    run = check(cloud, tenant.version)
    assert run.code == 3
    of_images = {r["rule"]: r["verdict"] for r in run.results if r["rule"][:3] in {"DEF", "VER", "VM0"}}
    assert {"DEF001", "DEF002", "DEF003", "VER002", "VER003"} <= of_images.keys()
    assert {verdict for rule, verdict in of_images.items() if rule != "VER001"} == {"not-evaluated"}


def test_certain_breaches_fail_whatever_else_is_unread(cloud, check):
    """Each asset is broken in a way that no unread fact can mend."""
    definition = cloud.definition(cloud.gallery(), os_state="Specialized")
    version = cloud.version(
        definition, "1.0", state="Failed", published=cloud.absent, replication=cloud.absent, exclude=True
    )
    machine = cloud.vm(statuses=("PowerState/running",), created=cloud.absent)
    cloud.unread(machine, "vm")
    cloud.unread(version, "replication")
    run = check(cloud, definition, machine)
    broken = {("DEF001", definition), ("DEF002", definition), ("DEF003", definition)}
    broken |= {("VER001", version), ("VER002", version), ("VM001", machine), ("VM002", machine)}
    assert {pair: run.verdict(*pair) for pair in broken} == dict.fromkeys(broken, "fail")


def test_sufficient_proofs_pass_whatever_else_is_unread(cloud, check):
    definition = cloud.definition(cloud.gallery(), provisioningState=cloud.absent)
    cloud.version(definition, "1.0.0")
    cloud.version(definition, "1.0.1", state=cloud.absent, published=cloud.absent, replication=cloud.absent)
    machine = cloud.vm(created=cloud.absent)
    cloud.unread(machine, "vm")
    run = check(cloud, definition, machine)
    proven = [
        ("DEF001", definition),
        ("DEF002", definition),
        ("DEF003", definition),
        ("VER001", f"{definition}/versions/1.0.1"),
    ]
    proven += [("VM001", machine), ("VM002", machine)]
    assert {pair: run.verdict(*pair) for pair in proven} == dict.fromkeys(proven, "pass")


@pytest.mark.parametrize("where", ["osState", "publishedDate", "timeCreated", "provisioningState"])
@pytest.mark.parametrize("value", [None, 7, [], {}, True, ""], ids=repr)
def test_a_member_of_another_shape_is_never_a_proof(cloud, check, tenant, where, value):
    """Refused with one line, or unread: but neither believed nor a crash."""
    cloud.version(tenant.definition, "0.9.0", state="Failed", published="2026-01-01T00:00:00Z")
    properties = {
        "osState": cloud.body(tenant.definition)["properties"],
        "provisioningState": cloud.body(tenant.version)["properties"],
        "publishedDate": cloud.body(tenant.version)["properties"]["publishingProfile"],
        "timeCreated": cloud.body(tenant.vm)["properties"],
    }
    rule, asset = {
        "osState": ("DEF001", tenant.definition),
        "provisioningState": ("VER002", tenant.version),
        "publishedDate": ("VER003", tenant.version),
        "timeCreated": ("VM001", tenant.vm),
    }[where]
    properties[where][where] = value
    run = check(cloud)
    if run.code == 2:
        assert len(run.errors.strip().splitlines()) == 1
    else:
        assert run.verdict(rule, asset) != "pass"
        assert not [r for r in run.results if (r.get("reason") or {}).get("kind") == "crashed"]
