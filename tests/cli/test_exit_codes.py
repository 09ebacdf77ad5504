"""The exit codes are an interface: 0, 1, 2 and 3, and which of them wins."""

from __future__ import annotations

import copy

import pytest


def _specialized(snapshot, ids):
    """A finding of the severity error."""
    snapshot["resources"][1]["properties"]["osState"] = "Specialized"


def _excluded_from_latest(snapshot, ids):
    """A finding of the severity warning."""
    snapshot["resources"][2]["properties"]["publishingProfile"]["excludeFromLatest"] = True


def _published_out_of_order(snapshot, ids):
    """A finding of the severity info."""
    older = copy.deepcopy(snapshot["resources"][2])
    older["id"], older["name"] = ids.version.replace("1.0.0", "0.9.0"), "0.9.0"
    older["properties"]["publishingProfile"]["publishedDate"] = "2026-10-01T10:00:00Z"
    snapshot["resources"].append(older)
    snapshot["replicationStatus"][older["id"]] = copy.deepcopy(snapshot["replicationStatus"][ids.version])


def _no_os_state(snapshot, ids):
    """DEF001, an error, cannot be evaluated."""
    del snapshot["resources"][1]["properties"]["osState"]


def _no_providers(snapshot, ids):
    """ACC002, a warning, cannot be evaluated."""
    snapshot["providers"] = {}


def _no_published_date(snapshot, ids):
    """VER003, an info, cannot be evaluated: two versions, of one of which the date is not known."""
    _published_out_of_order(snapshot, ids)
    del snapshot["resources"][-1]["properties"]["publishingProfile"]["publishedDate"]


def _empty(snapshot, ids):
    """There is nothing to judge."""
    snapshot["resources"] = []


CASES = [
    ("clean", [], [], 0),
    ("clean-at-info", [], ["--fail-on", "info"], 0),
    ("error-finding", [_specialized], [], 1),
    ("error-finding-at-info", [_specialized], ["--fail-on", "info"], 1),
    ("warning-finding", [_excluded_from_latest], [], 0),
    ("warning-finding-at-warning", [_excluded_from_latest], ["--fail-on", "warning"], 1),
    ("warning-finding-at-info", [_excluded_from_latest], ["--fail-on", "info"], 1),
    ("info-finding", [_published_out_of_order], [], 0),
    ("info-finding-at-warning", [_published_out_of_order], ["--fail-on", "warning"], 0),
    ("info-finding-at-info", [_published_out_of_order], ["--fail-on", "info"], 1),
    ("error-unevaluated", [_no_os_state], [], 3),
    ("error-unevaluated-at-info", [_no_os_state], ["--fail-on", "info"], 3),
    ("warning-unevaluated", [_no_providers], [], 0),
    ("warning-unevaluated-at-warning", [_no_providers], ["--fail-on", "warning"], 3),
    ("info-unevaluated-at-warning", [_no_published_date], ["--fail-on", "warning"], 0),
    ("info-unevaluated-at-info", [_no_published_date], ["--fail-on", "info"], 3),
    ("finding-wins-over-unevaluated", [_specialized, _no_providers], ["--fail-on", "warning"], 1),
    ("finding-of-less-does-not-win", [_no_os_state, _excluded_from_latest], [], 3),
    ("finding-of-warning-wins-at-warning", [_no_os_state, _excluded_from_latest], ["--fail-on", "warning"], 1),
    ("allowed-by-code", [_no_os_state], ["--allow-unevaluated", "DEF001"], 0),
    ("allowed-by-slug", [_no_os_state], ["--allow-unevaluated", "definition-generalized"], 0),
    ("allowed-by-prefix", [_no_os_state], ["--allow-unevaluated", "DEF"], 0),
    ("allowed-in-a-list", [_no_os_state], ["--allow-unevaluated", "GAL001,DEF001"], 0),
    ("allowed-twice-given", [_no_os_state], ["--allow-unevaluated", "GAL", "--allow-unevaluated", "DEF"], 0),
    ("allowed-all", [_no_os_state, _no_providers], ["--allow-unevaluated", "all", "--fail-on", "info"], 0),
    ("allowed-another", [_no_os_state], ["--allow-unevaluated", "GAL001"], 3),
    ("allowed-one-of-two", [_no_os_state, _no_providers], ["--allow-unevaluated", "DEF", "--fail-on", "warning"], 3),
    ("allowed-does-not-hide-findings", [_specialized, _no_providers], ["--allow-unevaluated", "all"], 1),
    ("allowed-does-not-allow-a-failure", [_specialized], ["--allow-unevaluated", "DEF001"], 1),
    ("nothing-judged", [_empty], [], 3),
    ("nothing-judged-though-all-allowed", [_empty], ["--allow-unevaluated", "all"], 3),
    ("exit-zero-over-findings", [_specialized], ["--exit-zero"], 0),
    ("not-selected-does-not-count", [_specialized], ["--ignore", "DEF001"], 0),
]


@pytest.mark.parametrize(("changes", "options", "code"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_the_code_says_what_was_found(check, clean, ids, changes, options, code):
    for change in changes:
        change(clean, ids)
    outcome = check(*options, snapshot=clean)
    assert outcome.code == code, outcome.err
    assert outcome.report["exit_code"] == code


def test_nothing_judged_is_said(check, clean, ids):
    _empty(clean, ids)
    assert "nothing was judged" in check(snapshot=clean).err.lower()


def test_an_unknown_publisher_and_tenant_are_not_guessed(check):
    outcome = check(publisher=False)
    assert outcome.code == 3
    verdicts = outcome.verdicts()
    assert {verdicts["GAL001"], verdicts["ACC001"]} == {"not-evaluated"}
    reasons = {r["rule"]: json_text(r) for r in outcome.report["results"] if r["verdict"] == "not-evaluated"}
    assert "--publisher-tenant" in reasons["GAL001"]
    assert "--publisher" in reasons["ACC001"].replace("--publisher-tenant", "")


def json_text(result):
    return " ".join([result["message"], *map(str, result["reason"].values())])


USAGE = {
    "unknown-option": ["--bogus"],
    "unknown-severity": ["--fail-on", "fatal"],
    "unknown-format": ["--output", "pdf=x.pdf"],
    "no-format": ["--output", "x.json"],
    "unknown-selector": ["--select", "XYZ"],
    "unknown-ignored": ["--ignore", "XYZ"],
    "unknown-allowed": ["--allow-unevaluated", "XYZ"],
    "nothing-selected": ["--select", "ACC", "--ignore", "ACC001,ACC002"],
    "subscription-is-no-guid": ["--subscription", "production"],
    "target-is-none": ["galery:images/shop"],
    "target-does-not-exist": ["gallery:images/other"],
    "target-of-another-kind": ["vm:images/shop"],
    "option-without-value": ["--select"],
    "target-file-missing": ["@targets.txt"],
    "config-missing": ["--config", "missing.toml"],
}


@pytest.mark.parametrize("exit_zero", [False, True], ids=["", "exit-zero"])
@pytest.mark.parametrize("arguments", USAGE.values(), ids=USAGE)
def test_a_mistake_in_the_call_is_two_whatever_is_found(check, clean, ids, arguments, exit_zero):
    _specialized(clean, ids)
    flags = ["--exit-zero"] if exit_zero else []
    check(*flags, *arguments, snapshot=clean).refused()


def test_a_report_that_cannot_be_written_wins_over_findings(check, clean, ids, room):
    _specialized(clean, ids)
    (room / "folder").mkdir()
    check("--output", "json=folder", snapshot=clean, report=False).refused()


def test_a_source_that_is_not_given_is_not_guessed(imagecheck, save, clean):
    save(clean, "snapshot.json")
    imagecheck("check").refused()
