import json
from typing import get_args

import pytest

from checker.cli.main import run
from checker.fixes.operations import Operation
from checker.permissions import OF_OPERATION


def listed(capsys: pytest.CaptureFixture[str], *arguments: str) -> list[str]:
    assert run(["permissions", *arguments]) == 0
    return capsys.readouterr().out.splitlines()


def test_one_rule_needs_no_more_than_it_reads(capsys: pytest.CaptureFixture[str]) -> None:
    assert listed(capsys, "--select", "GAL001") == [
        "Microsoft.Compute/galleries/read",
        "Microsoft.Resources/subscriptions/read",
    ]


def test_reading_needs_no_permission_that_changes_anything(capsys: pytest.CaptureFixture[str]) -> None:
    for permission in listed(capsys):
        assert permission.endswith(("/read", "(Microsoft Graph)")), permission


def test_fixing_needs_more_and_all_that_reading_needs(capsys: pytest.CaptureFixture[str]) -> None:
    reading, fixing = listed(capsys), listed(capsys, "--fix")
    assert set(reading) < set(fixing)
    assert "Microsoft.Compute/virtualMachines/generalize/action" in fixing
    assert "Microsoft.Authorization/roleAssignments/write" in fixing


def test_rules_on_versions_let_nobody_touch_a_vm(capsys: pytest.CaptureFixture[str]) -> None:
    assert not [p for p in listed(capsys, "--select", "VER", "--fix") if "virtualMachines" in p]


def test_a_custom_role_holds_exactly_the_actions(capsys: pytest.CaptureFixture[str]) -> None:
    subscription = "22222222-bbbb-4bbb-8bbb-222222222222"
    assert run(["permissions", "--role-json", "--subscription", subscription]) == 0
    shown = capsys.readouterr()
    role = json.loads(shown.out)
    assert role["AssignableScopes"] == [f"/subscriptions/{subscription}"]
    assert role["Actions"] == [p for p in listed(capsys) if "(Microsoft Graph)" not in p]
    assert not any("Graph" in action for action in role["Actions"])
    assert "Directory.Read.All" in shown.err


def test_every_operation_says_what_it_needs() -> None:
    assert set(OF_OPERATION) == set(get_args(Operation))


def test_a_subscription_that_is_none_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["permissions", "--role-json", "--subscription", "mine"]) == 2
    assert "mine" in capsys.readouterr().err
