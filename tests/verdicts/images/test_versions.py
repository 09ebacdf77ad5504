"""VER001, VER002 and VER003: the number, the readiness and the order of versions."""

from __future__ import annotations

import itertools

import pytest

GONE = object()


@pytest.mark.parametrize(
    ("number", "verdict"),
    [
        ("1.0.0", "pass"),
        ("0.0.0", "pass"),
        ("2147483647.2147483647.2147483647", "pass"),
        ("10.200.3000", "pass"),
        ("2147483648.0.0", "fail"),
        ("0.2147483648.0", "fail"),
        ("0.0.2147483648", "fail"),
        ("0.0.4294967296", "fail"),
        ("1.0", "fail"),
        ("1", "fail"),
        ("1.0.0.0", "fail"),
        ("1.0.", "fail"),
        (".1.0", "fail"),
        ("1..0", "fail"),
        ("1.0.0-rc1", "fail"),
        ("1.0.0+build", "fail"),
        ("v1.0.0", "fail"),
        ("-1.0.0", "fail"),
        ("+1.0.0", "fail"),
        (" 1.0.0", "fail"),
        ("1.0.0 ", "fail"),
        ("1.0.0\n", "fail"),
        ("1.0. 0", "fail"),
        ("1_0.0.0", "fail"),
        ("1,0,0", "fail"),
        ("0x1.0.0", "fail"),
        ("1e1.0.0", "fail"),
        ("latest", "fail"),
        ("\u0661.\u0660.\u0660", "fail"),
        ("1.0.\u0663", "fail"),
        ("1.0.\u00b2", "fail"),
        ("\uff11.\uff10.\uff10", "fail"),
        ("1\u20240\u20240", "fail"),
        ("\u202e0.0.1", "fail"),
        ("<script>alert(1)<\u2215script>", "fail"),
        ("'; rm -rf *; '", "fail"),
        ("9" * 5000 + ".0.0", "fail"),
    ],
    ids=lambda value: ascii(value)[:40],
)
def test_the_number_is_three_int32_in_ascii_digits(cloud, check, number, verdict):
    version = cloud.version(cloud.definition(cloud.gallery()), number)
    run = check(cloud)
    assert run.verdict("VER001", version) == verdict
    if verdict == "fail":
        assert (run.of("VER001", version)["severity"], run.safety("VER001", version)) == ("error", "manual")
        assert run.operations("VER001", version) == []


@pytest.mark.parametrize(
    ("state", "verdict"),
    [
        ("Succeeded", "pass"),
        ("succeeded", "pass"),
        ("SUCCEEDED", "pass"),
        ("Creating", "fail"),
        ("Updating", "fail"),
        ("Failed", "fail"),
        ("Deleting", "fail"),
        ("Migrating", "fail"),
        pytest.param(GONE, "not-evaluated", id="left-out"),
        pytest.param(None, "not-evaluated", id="null"),
    ],
)
def test_a_version_is_ready_when_it_succeeded(cloud, check, state, verdict):
    version = cloud.version(cloud.definition(cloud.gallery()), state=cloud.absent if state is GONE else state)
    assert check(cloud).verdict("VER002", version) == verdict


@pytest.mark.parametrize(
    ("safety", "verdict"),
    [
        pytest.param({}, "pass", id="empty"),
        pytest.param({"allowDeletionOfReplicatedLocations": True}, "pass", id="unrelated-members"),
        pytest.param({"reportedForPolicyViolation": False}, "pass", id="not-reported"),
        pytest.param({"reportedForPolicyViolation": False, "policyViolations": []}, "pass", id="empty-list"),
        pytest.param({"reportedForPolicyViolation": True}, "fail", id="reported"),
        pytest.param({"policyViolations": [{"category": "IpTheft", "details": "x"}]}, "fail", id="listed"),
        pytest.param(
            {"reportedForPolicyViolation": False, "policyViolations": [{"category": "Other"}]},
            "fail",
            id="listed-but-not-reported",
        ),
        pytest.param({"policyViolations": [{"category": "FromTheFuture"}]}, "fail", id="unheard-of-category"),
    ],
)
def test_a_flagged_version_is_not_ready(cloud, check, safety, verdict):
    version = cloud.version(cloud.definition(cloud.gallery()), safety=safety)
    assert check(cloud).verdict("VER002", version) == verdict


@pytest.mark.parametrize(
    ("targets", "whole", "regions", "verdict"),
    [
        pytest.param(["East US"], "Completed", [("East US", "Completed")], "pass", id="same-spelling"),
        pytest.param(["East US"], "Completed", [("eastus", "Completed")], "pass", id="display-against-short"),
        pytest.param(["eastus"], "Completed", [("East US", "Completed")], "pass", id="short-against-display"),
        pytest.param(["EASTUS"], "COMPLETED", [("east us", "completed")], "pass", id="other-case"),
        pytest.param(
            ["East US", "East US 2"],
            "Completed",
            [("eastus2", "Completed"), ("eastus", "Completed")],
            "pass",
            id="near-names-in-other-order",
        ),
        pytest.param(
            ["East US", "West Europe"],
            "InProgress",
            [("East US", "Completed"), ("West Europe", "Replicating")],
            "fail",
            id="one-replicating",
        ),
        pytest.param(
            ["East US", "West Europe"],
            "Failed",
            [("East US", "Completed"), ("West Europe", "Failed")],
            "fail",
            id="one-failed",
        ),
        pytest.param(
            ["East US", "West Europe"],
            "Completed",
            [("East US", "Completed"), ("westeurope", "Failed")],
            "fail",
            id="failed-though-completed-as-a-whole",
        ),
        pytest.param(["East US"], "Unknown", [("East US", "Unknown")], "not-evaluated", id="unknown"),
        pytest.param(
            ["East US", "West Europe"],
            "Unknown",
            [("East US", "Unknown"), ("West Europe", "Failed")],
            "fail",
            id="certain-breach-beside-unknown",
        ),
    ],
)
def test_a_version_is_replicated_in_every_target_region(cloud, check, targets, whole, regions, verdict):
    version = cloud.version(
        cloud.definition(cloud.gallery()), regions=tuple(targets), replication=cloud.replicated(whole, *regions)
    )
    assert check(cloud).verdict("VER002", version) == verdict


def test_a_target_region_without_a_status_is_not_replicated_for_sure(cloud, check):
    version = cloud.version(
        cloud.definition(cloud.gallery()),
        regions=("East US", "West Europe"),
        replication=cloud.replicated("Completed", ("East US", "Completed")),
    )
    assert check(cloud).verdict("VER002", version) != "pass"


@pytest.mark.parametrize(
    "replication",
    [{}, {"summary": []}, {"aggregatedState": None, "summary": None}, {"aggregatedState": "Completed", "summary": []}],
    ids=str,
)
def test_an_empty_replication_status_proves_nothing(cloud, check, replication):
    version = cloud.version(cloud.definition(cloud.gallery()), replication=replication)
    assert check(cloud).verdict("VER002", version) != "pass"


def test_the_replication_status_is_found_by_id_in_any_case(cloud, check):
    version = cloud.version(cloud.definition(cloud.gallery()))
    statuses = cloud.document["replicationStatus"]
    statuses[version.upper()] = statuses.pop(version)
    assert check(cloud).verdict("VER002", version) == "pass"


def test_a_missing_replication_status_names_the_fact_and_the_permission(cloud, check):
    version = cloud.version(cloud.definition(cloud.gallery()), replication=cloud.absent)
    reason = check(cloud).of("VER002", version)["reason"]
    assert (reason["kind"], reason["fact"], reason["scope"].lower()) == ("unread", "replication", version.lower())
    assert reason["permission"] == "Microsoft.Compute/galleries/images/versions/read"


def test_ver002_offers_no_operation(cloud, check):
    version = cloud.version(cloud.definition(cloud.gallery()), state="Failed")
    assert check(cloud, version).operations("VER002", version) == []


def day(number, fraction="0000000", offset="+00:00"):
    return f"2026-05-{number:02}T10:00:00.{fraction}{offset}"


@pytest.mark.parametrize(
    ("dates", "verdict"),
    [
        pytest.param({"1.0.0": day(1)}, "pass", id="alone"),
        pytest.param({"1.0.0": GONE}, "pass", id="alone-without-a-date"),
        pytest.param({"1.0.0": day(1), "1.0.1": day(2)}, "pass", id="in-order"),
        pytest.param({"1.0.0": day(2), "1.0.1": day(1)}, "fail", id="out-of-order"),
        pytest.param({"1.9.0": day(1), "1.10.0": day(2)}, "pass", id="numbers-not-text"),
        pytest.param({"1.10.0": day(1), "1.9.0": day(2)}, "fail", id="numbers-not-text-out-of-order"),
        pytest.param({"1.0.5": day(9), "2.0.0": day(1)}, "fail", id="two-lines"),
        pytest.param({"1.0.0": day(1, "0000001"), "1.0.1": day(1, "0000002")}, "pass", id="100-nanoseconds"),
        pytest.param({"1.0.0": day(1, "0000002"), "1.0.1": day(1, "0000001")}, "fail", id="100-nanoseconds-late"),
        pytest.param(
            {"1.0.0": day(1, offset="+05:00"), "1.0.1": day(1)}, "pass", id="offsets-are-read-earlier-instant"
        ),
        pytest.param({"1.0.0": day(1), "1.0.1": day(1, offset="+05:00")}, "fail", id="offsets-are-read-later-instant"),
        pytest.param({"1.0.0": day(1, offset="Z"), "1.0.1": day(2)}, "pass", id="zulu"),
        pytest.param({"1.0.0": "2026-05-01T10:00:00Z", "1.0.1": day(2)}, "pass", id="whole-seconds"),
        pytest.param({"1.0.0": GONE, "1.0.1": day(2)}, "not-evaluated", id="another-date-left-out"),
        pytest.param({"1.0.0": day(1), "1.0.1": GONE}, "not-evaluated", id="its-own-date-left-out"),
        pytest.param(
            {"1.0.0": GONE, "1.0.1": day(5), "1.0.2": day(4)}, "fail", id="certain-breach-beside-a-date-left-out"
        ),
        pytest.param({"1.0.0": "yesterday", "1.0.1": day(2)}, "not-evaluated", id="another-date-unreadable"),
        pytest.param({"1.0.0": day(1), "1.0.1": "soon"}, "not-evaluated", id="its-own-date-unreadable"),
    ],
)
def test_the_newest_by_number_is_the_newest_by_date(cloud, check, dates, verdict):
    definition = cloud.definition(cloud.gallery())
    for number, published in dates.items():
        cloud.version(definition, number, published=cloud.absent if published is GONE else published)
    newest = max(dates, key=lambda number: [int(part) for part in number.split(".")])
    run = check(cloud)
    for number in dates:
        version = f"{definition}/versions/{number}"
        assert run.verdict("VER003", version) == (verdict if number == newest else "not-applicable")
        assert run.of("VER003", version)["severity"] == "info"


def test_order_is_judged_within_one_definition(cloud, check):
    gallery = cloud.gallery()
    first, second = cloud.definition(gallery, "a"), cloud.definition(gallery, "b")
    old = cloud.version(first, "2.0.0", published=day(1))
    cloud.version(second, "1.0.0", published=day(9))
    assert check(cloud).verdict("VER003", old) == "pass"


def test_a_failing_ver003_does_not_fail_a_run(cloud, check):
    definition = cloud.definition(cloud.gallery())
    cloud.version(definition, "1.0.0", published=day(2))
    cloud.version(definition, "1.0.1", published=day(1))
    assert check(cloud, "--select", "VER003").code == 0
    assert check(cloud, "--select", "VER003", "--fail-on", "info").code == 1


@pytest.mark.parametrize("chosen", list(itertools.product([day(1), day(2), day(3), GONE], repeat=3)), ids=range(64))
def test_ver003_is_evaluated_exactly_where_the_dates_at_hand_decide(cloud, check, chosen):
    """Each unread date is tried with every value: only where all agree is there a verdict."""
    definition = cloud.definition(cloud.gallery())
    for patch, published in enumerate(chosen):
        cloud.version(definition, f"1.0.{patch}", published=cloud.absent if published is GONE else published)
    possible = {
        max(values[:2]) <= values[2]
        # 0 and 9 stand for days before and after all the others
        for values in itertools.product(*([0, 9] if p is GONE else [int(p[8:10])] for p in chosen))
    }
    expected = "not-evaluated" if len(possible) == 2 else "pass" if possible == {True} else "fail"
    run = check(cloud, "--select", "VER003")
    assert run.verdict("VER003", f"{definition}/versions/1.0.2") == expected


def test_members_that_nobody_knows_change_nothing(cloud, check):
    definition = cloud.definition(cloud.gallery())
    version = cloud.version(definition)
    before = check(cloud).table()
    for body in cloud.document["resources"]:
        body["properties"].update({f"newMember{n}": {"state": "Failed", "osState": "Specialized"} for n in range(3000)})
        body.update({f"member{n}": [n] for n in range(3000)})
    cloud.document["replicationStatus"][version].update({f"later{n}": "Failed" for n in range(3000)})
    assert check(cloud).table() == before


def test_two_thousand_versions_have_their_results(cloud, check):
    definition = cloud.definition(cloud.gallery())
    for number in range(2000):
        cloud.version(definition, f"1.{number // 100}.{number % 100}", published=day(1 + number // 100))
    table = check(cloud, "--select", "VER,DEF").table()
    assert len(table) == 3 * 2000 + 3
    assert [verdict for (rule, _), verdict in table.items() if rule == "VER003"].count("pass") == 1
    assert {verdict for (rule, _), verdict in table.items() if rule == "VER002"} == {"pass"}
