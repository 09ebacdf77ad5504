"""DEF001, DEF002 and DEF003: what is right of a definition and of its versions taken together."""

from __future__ import annotations

import itertools

import pytest

GONE = object()


@pytest.mark.parametrize(
    ("state", "verdict"),
    [
        pytest.param("Generalized", "pass", id="generalized"),
        pytest.param("GENERALIZED", "pass", id="upper-case"),
        pytest.param("generalized", "pass", id="lower-case"),
        pytest.param("Specialized", "fail", id="specialized"),
        pytest.param("specialized", "fail", id="specialized-lower-case"),
        pytest.param("Generalized ", "fail", id="trailing-space"),
        pytest.param("Generalised", "fail", id="other-spelling"),
        pytest.param("NotGeneralized", "fail", id="suffix-only"),
        pytest.param(GONE, "not-evaluated", id="left-out"),
        pytest.param(None, "not-evaluated", id="null"),
    ],
)
def test_the_os_state_decides_def001(cloud, check, state, verdict):
    definition = cloud.definition(cloud.gallery(), os_state=cloud.absent if state is GONE else state)
    assert check(cloud).verdict("DEF001", definition) == verdict


def test_a_pass_of_def001_says_that_the_disk_was_not_looked_at(cloud, check):
    definition = cloud.definition(cloud.gallery())
    evidence = " ".join(check(cloud).of("DEF001", definition)["evidence"])
    assert "Azure recorded" in evidence
    assert "disk was not looked at" in evidence


def test_a_specialized_definition_gets_commands_and_no_operation(cloud, check):
    definition = cloud.definition(cloud.gallery(), os_state="Specialized")
    run = check(cloud, definition, "--guest-is-prepared")
    assert run.of("DEF001", definition)["severity"] == "error"
    assert run.safety("DEF001", definition) == "manual"
    assert run.operations("DEF001", definition) == []
    assert any("az sig image-definition create" in step for step in run.of("DEF001", definition)["fix"]["steps"])


def test_the_os_state_is_shown_as_azure_wrote_it(cloud, check):
    definition = cloud.definition(cloud.gallery(), os_state="sPECIALIZED")
    assert check(cloud).of("DEF001", definition)["actual"] == "sPECIALIZED"


#: What a version may look like, and whether it is ready: yes, no, or cannot be told.
READINESS = {
    "ready": ({}, "yes"),
    "failed": ({"state": "Failed"}, "no"),
    "creating": ({"state": "Creating"}, "no"),
    "flagged": ({"safety": {"reportedForPolicyViolation": True}}, "no"),
    "replicating": ({"replication": "InProgress"}, "no"),
    "replication-unread": ({"replication": GONE}, "unknown"),
    "state-left-out": ({"state": GONE}, "unknown"),
    "failed-and-replication-unread": ({"state": "Failed", "replication": GONE}, "no"),
    "failed-replication-and-state-left-out": ({"state": GONE, "replication": "Failed"}, "no"),
}


def _members(cloud, name):
    return {key: cloud.absent if value is GONE else value for key, value in READINESS[name][0].items()}


@pytest.mark.parametrize("pair", list(itertools.product(READINESS, repeat=2)), ids=" + ".join)
def test_one_ready_version_is_enough_for_def002(cloud, check, pair):
    definition = cloud.definition(cloud.gallery())
    for number, name in enumerate(pair):
        cloud.version(definition, f"1.0.{number}", **_members(cloud, name))
    states = {READINESS[name][1] for name in pair}
    expected = "pass" if "yes" in states else "not-evaluated" if "unknown" in states else "fail"
    assert check(cloud, "--select", "DEF002").verdict("DEF002", definition) == expected


@pytest.mark.parametrize("name", READINESS)
def test_ver002_says_of_a_version_what_def002_counts(cloud, check, name):
    version = cloud.version(cloud.definition(cloud.gallery()), **_members(cloud, name))
    expected = {"yes": "pass", "no": "fail", "unknown": "not-evaluated"}[READINESS[name][1]]
    assert check(cloud).verdict("VER002", version) == expected


def test_a_definition_without_versions_fails_def002_by_hand(cloud, check):
    definition = cloud.definition(cloud.gallery())
    run = check(cloud)
    assert run.verdict("DEF002", definition) == "fail"
    assert run.of("DEF002", definition)["severity"] == "error"
    assert (run.safety("DEF002", definition), run.operations("DEF002", definition)) == ("manual", [])


def test_versions_of_another_definition_do_not_count(cloud, check):
    gallery = cloud.gallery()
    empty, near, full = (cloud.definition(gallery, name) for name in ("img", "img2", "IMG3"))
    cloud.version(near)
    cloud.version(full)
    run = check(cloud, "--select", "DEF002")
    assert [run.verdict("DEF002", each) for each in (empty, near, full)] == ["fail", "pass", "pass"]


EVERYWHERE = ({"name": "East US", "excludeFromLatest": True}, {"name": "West US", "excludeFromLatest": True})
SOMEWHERE = ({"name": "East US", "excludeFromLatest": True}, {"name": "West US", "excludeFromLatest": False})


@pytest.mark.parametrize(
    ("versions", "verdict"),
    [
        pytest.param([{"exclude": False}], "pass", id="included"),
        pytest.param([{"exclude": GONE}], "pass", id="left-out-means-included"),
        pytest.param([{"exclude": True}], "fail", id="the-only-one"),
        pytest.param([{"exclude": True}, {"exclude": True}], "fail", id="all"),
        pytest.param([{"exclude": True}, {"exclude": GONE}], "pass", id="one-left-out"),
        pytest.param([{"exclude": True}, {"exclude": False}, {"exclude": True}], "pass", id="one-of-three"),
        pytest.param([{"regions": SOMEWHERE}], "pass", id="in-one-region-only"),
        pytest.param([{"exclude": True, "state": GONE, "published": GONE}], "fail", id="other-members-left-out"),
        pytest.param([{"exclude": False, "replication": GONE}], "pass", id="replication-unread"),
    ],
)
def test_def003_fails_where_every_version_is_excluded(cloud, check, versions, verdict):
    definition = cloud.definition(cloud.gallery())
    for number, members in enumerate(versions):
        present = {key: cloud.absent if value is GONE else value for key, value in members.items()}
        cloud.version(definition, f"1.0.{number}", **present)
    run = check(cloud)
    assert run.verdict("DEF003", definition) == verdict
    assert run.of("DEF003", definition)["severity"] == "warning"


def test_def003_does_not_pass_where_the_regions_cannot_be_read(cloud, check):
    """The version is included as a whole, but it may be excluded in each of its regions."""
    definition = cloud.definition(cloud.gallery())
    version = cloud.version(definition)
    cloud.body(version)["properties"]["publishingProfile"]["targetRegions"] = "East US"
    run = check(cloud)
    assert run.code == 2 or run.verdict("DEF003", definition) == "not-evaluated"


def test_def003_offers_to_include_the_newest_by_number(cloud, check):
    definition = cloud.definition(cloud.gallery())
    for number in ("1.9.0", "1.10.0", "1.2.30"):
        cloud.version(definition, number, exclude=True)
    run = check(cloud)
    operations = run.of("DEF003", definition)["fix"]["operations"]
    assert run.safety("DEF003", definition) == "unsafe"
    assert [operation["version"] for operation in operations] == [f"{definition}/versions/1.10.0"]


def test_def003_never_passes_without_versions(cloud, check):
    definition = cloud.definition(cloud.gallery())
    assert check(cloud).verdict("DEF003", definition) != "pass"


def test_a_failing_def003_alone_does_not_fail_the_run_unless_warnings_do(cloud, check):
    definition = cloud.definition(cloud.gallery())
    cloud.version(definition, exclude=True)
    assert check(cloud, definition, "--select", "DEF003").code == 0
    assert check(cloud, definition, "--select", "DEF003", "--fail-on", "warning").code == 1
