"""Wrong verdicts that comparing with an independent implementation brought to light."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from checker.cli.main import run
from checker.facts.arm_id import ArmId
from checker.sandbox import tenant

Document = dict[str, Any]
Judge = Callable[..., tuple[int, dict[tuple[str, str], str]]]

SUBSCRIPTION = "33333333-cccc-4ccc-8ccc-333333333333"
CLEAN = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/images/providers/Microsoft.Compute/galleries/marketplace"
EVERYONE = "00000000-0000-0000-0000-000000000000"
UNCOLLECTED = "99999999-0000-4000-8000-000000000000"


@pytest.fixture
def document() -> Document:
    return tenant.document()


@pytest.fixture
def judge(tmp_path: Path) -> Judge:
    """Judge a document; the exit code, and the verdicts by rule and last part of the id."""

    def judge(document: Document, *arguments: str) -> tuple[int, dict[tuple[str, str], str]]:
        source, report = tmp_path / "tenant.json", tmp_path / "report.json"
        source.write_text(json.dumps(document))
        who = ["--publisher", tenant.PUBLISHER, "--publisher-tenant", tenant.PUBLISHER_TENANT]
        code = run(["check", "--source", str(source), *who, "--output", f"json={report}", *arguments])
        results = json.loads(report.read_text())["results"]
        return code, {(result["rule"], result["asset"].rpartition("/")[2]): result["verdict"] for result in results}

    return judge


def _body(document: Document, end: str) -> Document:
    [body] = [body for body in document["resources"] if body["id"].endswith(end)]
    return body


def _deny(document: Document, permission: Document) -> None:
    properties = {
        "denyAssignmentName": "kept away",
        "permissions": [permission],
        "principals": [{"id": EVERYONE, "type": "SystemDefined"}],
        "scope": CLEAN,
    }
    id = f"{CLEAN}/providers/Microsoft.Authorization/denyAssignments/d"
    document["denyAssignments"].append({"id": id, "properties": properties})


@pytest.mark.parametrize(
    "arguments",
    [(CLEAN, f"subscription:{UNCOLLECTED}"), (f"subscription:{UNCOLLECTED}", CLEAN), ("--subscription", UNCOLLECTED)],
)
def test_a_subscription_that_was_asked_for_and_not_collected_is_no_clean_run(
    document: Document, judge: Judge, arguments: tuple[str, ...]
) -> None:
    code, verdicts = judge(document, *arguments)
    assert code == 3
    for rule in ("GAL001", "ACC001", "DEF001", "VER001"):
        assert verdicts[rule, UNCOLLECTED] == "not-evaluated"


@pytest.mark.parametrize("lost", ["properties", "publishingProfile", "targetRegions"])
def test_a_version_that_says_nothing_of_latest_is_not_included_in_it(
    document: Document, judge: Judge, lost: str
) -> None:
    for end in ("1.0.0", "1.1.0"):
        body = _body(document, f"{CLEAN}/images/appliance/versions/{end}")
        holder = {"properties": body, "publishingProfile": body["properties"]}.get(
            lost, body["properties"]["publishingProfile"]
        )
        del holder[lost]
    _, verdicts = judge(document, CLEAN)
    assert verdicts["DEF003", "appliance"] == "not-evaluated"


def test_a_deny_whose_actions_are_left_out_may_deny_anything(document: Document, judge: Judge) -> None:
    _deny(document, {"notActions": []})
    _, verdicts = judge(document, CLEAN)
    assert verdicts["ACC001", "marketplace"] == verdicts["ACC002", "marketplace"] == "not-evaluated"


def test_a_deny_on_what_does_not_matter_changes_nothing(document: Document, judge: Judge) -> None:
    _deny(document, {"actions": ["*/delete"], "notActions": []})
    assert judge(document, CLEAN)[0] == 0


@pytest.mark.parametrize(
    ("scope", "fact"),
    [
        (f"{CLEAN}/images/hidden", "definitions"),
        (f"{CLEAN}/images/hidden", "versions"),
        (f"{CLEAN}/images/appliance/versions/9.0.0", "replication"),
        (f"{CLEAN}2", "definitions"),
    ],
)
def test_what_an_unread_entry_names_exists(document: Document, judge: Judge, scope: str, fact: str) -> None:
    document["unread"] = [{"scope": scope, "fact": fact, "reason": "403 AuthorizationFailed"}]
    name = ArmId.parse(scope).name
    _, verdicts = judge(document)
    assert "not-evaluated" in {verdict for (_, asset), verdict in verdicts.items() if asset == name}
    assert "pass" not in {verdicts.get((rule, name)) for rule in ("DEF001", "DEF002", "VER001", "VER002")}


@pytest.mark.parametrize("states", [("Failed", "Completed"), ("Completed", "Failed")])
def test_a_region_listed_twice_is_replicated_where_both_say_so(
    document: Document, judge: Judge, states: tuple[str, str]
) -> None:
    version = f"{CLEAN}/images/appliance/versions/1.1.0"
    summary = [
        {"region": name, "state": state} for name, state in zip(("West Europe", "westeurope"), states, strict=True)
    ]
    document["replicationStatus"][version]["summary"] = summary
    assert judge(document, version)[1]["VER002", "1.1.0"] == "fail"


@pytest.mark.parametrize(("principal", "member"), [(0, "appId"), (1, "displayName"), (1, "appOwnerOrganizationId")])
def test_a_microsoft_principal_whose_name_is_left_out_may_be_the_one(
    document: Document, judge: Judge, principal: int, member: str
) -> None:
    del document["directory"]["servicePrincipals"][principal][member]
    assert judge(document, CLEAN)[1]["ACC002", "marketplace"] == "not-evaluated"


def test_a_fix_is_not_offered_where_the_principals_could_not_be_read(document: Document, tmp_path: Path) -> None:
    document["providers"][SUBSCRIPTION]["Microsoft.PartnerCenterIngestion"] = "NotRegistered"
    for lost, offered in ((False, "safe"), (True, "manual")):
        if lost:
            del document["directory"]
        source, report = tmp_path / "tenant.json", tmp_path / "report.json"
        source.write_text(json.dumps(document))
        run(["check", CLEAN, "--source", str(source), "--select", "ACC002", "--output", f"json={report}"])
        [result] = json.loads(report.read_text())["results"]
        assert (result["verdict"], result["fix"]["safety"]) == ("fail", offered)


def test_latest_that_cannot_be_told_is_not_evaluated(document: Document, judge: Judge) -> None:
    document["unread"] = [{"scope": f"{CLEAN}/images/appliance", "fact": "versions", "reason": "429"}]
    code, verdicts = judge(document, f"{CLEAN}/images/appliance/versions/latest")
    assert code == 3
    assert verdicts["VER002", "appliance"] == "not-evaluated"


def test_a_file_without_resources_does_not_look_like_an_empty_tenant(document: Document, judge: Judge) -> None:
    del document["resources"]
    code, verdicts = judge(document)
    assert code == 3
    assert verdicts["DEF001", SUBSCRIPTION] == "not-evaluated"


@pytest.mark.parametrize("lost", ["properties", "storageProfile", "osDisk"])
def test_a_vm_whose_os_disk_is_not_told_is_offered_no_change(document: Document, tmp_path: Path, lost: str) -> None:
    """Its OS disk may be ephemeral: then it can be neither deallocated nor captured."""
    vm = _body(document, "/virtualMachines/tester")
    holder = {"properties": vm, "storageProfile": vm["properties"]}.get(lost, vm["properties"]["storageProfile"])
    del holder[lost]
    source, report = tmp_path / "tenant.json", tmp_path / "report.json"
    source.write_text(json.dumps(document))
    arguments = [vm["id"], "--source", str(source), "--guest-is-prepared", "--output", f"json={report}"]
    assert run(["check", *arguments]) == 1
    results = [result for result in json.loads(report.read_text())["results"] if result["kind"] == "vm"]
    assert {(result["verdict"], result["fix"]["safety"]) for result in results} == {("fail", "manual")}


def test_nobody_listed_what_is_in_a_gallery_known_by_name_only(document: Document, judge: Judge) -> None:
    document["unread"] = [{"scope": f"{CLEAN}2", "fact": "role_assignments", "reason": "403 AuthorizationFailed"}]
    assert judge(document, f"{CLEAN}2")[1]["DEF001", "marketplace2"] == "not-evaluated"
