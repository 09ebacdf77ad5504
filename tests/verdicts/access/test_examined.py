"""What an examination by outsiders found, kept."""

from __future__ import annotations

import copy
import json
from typing import Any

import pytest

from checker.cli.main import run
from checker.sandbox import tenant

GALLERY = "gallery:images/marketplace"
SUBSCRIPTION = "33333333-cccc-4ccc-8ccc-333333333333"
WHO = ["--publisher", tenant.PUBLISHER, "--publisher-tenant", tenant.PUBLISHER_TENANT]


@pytest.fixture
def document() -> dict[str, Any]:
    return copy.deepcopy(tenant.document())


def verdicts(
    document: dict[str, Any], tmp_path: Any, kind: str, *targets: str, code: int | None = None
) -> dict[str, str]:
    file, report = tmp_path / "tenant.json", tmp_path / "report.json"
    file.write_text(json.dumps(document))
    where = ["--subscription", SUBSCRIPTION] if targets else []
    found = run(["check", *targets, *where, "--source", f"{kind}:{file}", *WHO, "--output", f"json={report}", "-q"])
    assert code is None or found == code
    results = json.loads(report.read_text())["results"]
    return {f"{result['rule']} {result['asset'].rpartition('/')[2]}": result["verdict"] for result in results}


@pytest.mark.parametrize("kind", ["snapshot", "sandbox"])
@pytest.mark.parametrize("empty", ["", " "])
def test_a_subscription_of_no_tenant_trusts_no_directory(document, tmp_path, kind, empty):
    document["subscriptions"][0]["tenantId"] = empty
    found = verdicts(document, tmp_path, kind, GALLERY)
    assert {found[f"{rule} marketplace"] for rule in ("ACC001", "ACC002", "GAL001")} == {"not-evaluated"}


@pytest.mark.parametrize("kind", ["snapshot", "sandbox"])
def test_a_role_whose_permissions_carry_a_condition_is_not_taken_for_owner(document, tmp_path, kind):
    guid = "12345678-1234-4234-8234-123456789012"
    permission = {"actions": ["*"], "notActions": [], "condition": "@Resource[x] StringEquals 'other'"}
    document["roleDefinitions"].append(
        {
            "id": f"/providers/Microsoft.Authorization/roleDefinitions/{guid}",
            "properties": {"permissions": [permission]},
        }
    )
    owner = document["roleAssignments"][0]["properties"]
    owner["roleDefinitionId"] = f"/providers/Microsoft.Authorization/roleDefinitions/{guid}"
    assert verdicts(document, tmp_path, kind, GALLERY)["ACC001 marketplace"] == "not-evaluated"
    permission["condition"] = None
    assert verdicts(document, tmp_path, kind, GALLERY)["ACC001 marketplace"] == "pass"


@pytest.mark.parametrize("section", ["users", "groups", "servicePrincipals"])
def test_an_address_may_be_somebody_elses_too_where_a_list_was_not_read(document, tmp_path, section):
    del document["directory"][section]
    assert verdicts(document, tmp_path, "snapshot", GALLERY)["ACC001 marketplace"] == "not-evaluated"


@pytest.mark.parametrize("kind", ["snapshot", "sandbox"])
def test_an_unread_subscription_is_not_left_out_unsaid(document, tmp_path, kind):
    document["unread"].append({"scope": f"/subscriptions/{SUBSCRIPTION}", "fact": "subscription", "reason": "403"})
    found = verdicts(document, tmp_path, kind)
    assert found["GAL001 marketplace"] == "not-evaluated"
    assert found["DEF001 appliance"] in ("pass", "fail")


def test_disabled_subscriptions_are_named(document, tmp_path, capsys):
    document["subscriptions"][1]["state"] = "Disabled"
    verdicts(document, tmp_path, "sandbox")
    assert "Left aside, since they are disabled: /subscriptions/44444444" in capsys.readouterr().out


@pytest.mark.parametrize(("state", "why"), [("Failed", "by hand"), ("Completed", "")])
def test_latest_is_never_made_to_mean_a_version_that_is_not_ready(document, tmp_path, capsys, state, why):
    version = next(id for id in document["replicationStatus"] if id.endswith("/2.0.0"))
    status = document["replicationStatus"][version]
    status["aggregatedState"] = status["summary"][0]["state"] = state
    file = tmp_path / "tenant.json"
    file.write_text(json.dumps(document))
    target = ["gallery:images/workbench", "--subscription", SUBSCRIPTION, "--select", "DEF003"]
    run(["check", *target, "--source", f"sandbox:{file}", "--fix", "--dry-run", "--unsafe-fixes"])
    shown = capsys.readouterr().out
    assert ("let latest mean version:images/workbench/appliance/2.0.0 again" in shown) is (not why)
