"""The JSON Schemas: what the program writes is valid, what it refuses is not, and the words are the program's."""

import copy
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from checker.cli.main import run
from checker.errors import SnapshotProblem
from checker.exit_code import ExitCode
from checker.facts import snapshot_shape as snapshots
from checker.facts.collected import COLLECTED_KEYS
from checker.facts.snapshot import Snapshot
from checker.facts.unread import OF_SNAPSHOTS, ReasonKind
from checker.fixes.operations import Safety
from checker.report import Verdict
from checker.rule import Basis, Severity
from checker.sandbox import tenant

SCHEMAS = Path(__file__).parent.parent.parent / "docs" / "schemas"
WORKBENCH = ("gallery:images/workbench", "vm:images/tester", "--subscription", "33333333-cccc-4ccc-8ccc-333333333333")
HOSTILE = ("<script>alert(1)</script>", "a\x00b\x1b[31m\u202e", "\ud800", "x\n\n# y", "]]>", "é" * 3000, "::error::")
GUID = "22222222-bbbb-4bbb-8bbb-222222222222"

Document = dict[str, Any]


def validator(name: str) -> Draft202012Validator:
    schema = json.loads((SCHEMAS / f"imagecheck-{name}-1.schema.json").read_text(encoding="utf-8"))
    Draft202012Validator.check_schema(schema)
    return Draft202012Validator(schema)


REPORT, SNAPSHOT = validator("report"), validator("snapshot")


def mistakes(checked: Draft202012Validator, document: object) -> list[str]:
    return [f"{error.json_path}: {error.message[:200]}" for error in checked.iter_errors(document)]


def reported(folder: Path, *arguments: str) -> Document:
    path = folder / "report.json"
    run(["check", "--output", f"json={path}", "--quiet", *arguments])
    found: Document = json.loads(path.read_text())
    return found


def with_hostile_names(document: Any, hostile: str) -> Any:
    """A tenant in which every name that people give is hostile."""
    if isinstance(document, list):
        return [with_hostile_names(item, hostile) for item in document]
    if not isinstance(document, dict):
        return document
    names = {"displayName", "osState", "code", "state", "details", "offer", "sku", "message", "mail", "condition"}
    return {
        key: hostile if key in names and isinstance(value, str) else with_hostile_names(value, hostile)
        for key, value in document.items()
    }


@pytest.mark.parametrize(
    "arguments",
    [
        ("--source", "sandbox"),
        ("--source", "sandbox", *WORKBENCH, "--fix", "--dry-run", "--unsafe-fixes"),
        ("--source", "sandbox", *WORKBENCH, "--fix", "--yes", "--unsafe-fixes", "--guest-is-prepared"),
        ("--source", "sandbox", "--select", "VM", "--fail-on", "info", "--publisher", "x"),
    ],
)
def test_a_report_is_valid(tmp_path: Path, arguments: tuple[str, ...]):
    report = reported(tmp_path, *arguments)
    assert report["results"]
    assert mistakes(REPORT, report) == []


def test_a_report_of_a_disk_file_is_valid(tmp_path: Path):
    disk = tmp_path / "disk.vhd"
    disk.write_bytes(b"no disk " * 1000)
    report = reported(tmp_path, f"vhd:{disk}")
    assert report["results"]
    assert mistakes(REPORT, report) == []


def test_a_report_of_nothing_is_valid(tmp_path: Path):
    source = tmp_path / "tenant.json"
    source.write_text(json.dumps({"format": "imagecheck-snapshot/1", "subscriptions": [], "resources": []}))
    report = reported(tmp_path, "--source", str(source))
    assert report["results"] == []
    assert mistakes(REPORT, report) == []


@pytest.mark.parametrize("hostile", HOSTILE, ids=range(len(HOSTILE)))
def test_a_report_of_a_hostile_tenant_is_valid(tmp_path: Path, hostile: str):
    document = with_hostile_names(copy.deepcopy(tenant.document()), hostile)
    document["unread"] = [{"scope": GUID, "fact": "role_assignments", "reason": hostile}]
    source = tmp_path / "tenant.json"
    source.write_text(json.dumps(document))
    assert mistakes(SNAPSHOT, document) == []
    assert mistakes(REPORT, reported(tmp_path, "--source", str(source), "--publisher", "x")) == []


REPORT_MISTAKES: dict[str, Callable[[Document], object]] = {
    "another format": lambda d: d.update(format="imagecheck-report/2"),
    "no results": lambda d: d.pop("results"),
    "an exit code that there is not": lambda d: d.update(exit_code=7),
    "a time in words": lambda d: d.update(started="yesterday"),
    "a verdict that there is not": lambda d: d["results"][0].update(verdict="ok"),
    "a severity that there is not": lambda d: d["results"][0].update(severity="high"),
    "a count below zero": lambda d: d["summary"].update({"pass": -1}),
    "a failure without what was expected": lambda d: failed(d).pop("expected"),
    "a fix that says nothing of its safety": lambda d: failed(d)["fix"].pop("safety"),
    "not evaluated, and no reason": lambda d: unevaluated(d).pop("reason"),
    "a reason of no kind": lambda d: unevaluated(d)["reason"].update(kind="lazy"),
    "evidence that is one text": lambda d: d["results"][0].update(evidence="seen"),
    "a rule without its basis": lambda d: d["rules"]["VM001"].pop("basis"),
    "no fixes": lambda d: d.update(fixes=[]),
}


def failed(document: Document) -> Document:
    return next(result for result in document["results"] if result["verdict"] == "fail")


def unevaluated(document: Document) -> Document:
    return next(result for result in document["results"] if result["verdict"] == "not-evaluated")


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Document:
    return reported(tmp_path_factory.mktemp("report"), "--source", "sandbox")


@pytest.mark.parametrize("mistake", REPORT_MISTAKES)
def test_a_report_with_a_mistake_is_not_valid(report: Document, mistake: str):
    document = copy.deepcopy(report)
    REPORT_MISTAKES[mistake](document)
    assert mistakes(REPORT, document)


def test_what_a_later_version_adds_is_passed_over(report: Document):
    document = copy.deepcopy(report) | {"colour": "blue"}
    document["results"][0]["colour"] = "blue"
    assert mistakes(REPORT, document) == []


def test_snapshots_are_valid(tmp_path: Path):
    path = tmp_path / "tenant.json"
    assert run(["snapshot", "--source", "sandbox", "-o", str(path)]) == 0
    saved = json.loads(path.read_text())
    assert saved["collected"]
    for document in (saved, tenant.document(), {"format": "imagecheck-snapshot/1"}):
        assert mistakes(SNAPSHOT, document) == []


SNAPSHOT_MISTAKES: dict[str, Document] = {
    "another format": {"format": "imagecheck-snapshot/2"},
    "an unknown section": {"resource": []},
    "a section of another shape": {"resources": {}},
    "a body that is none": {"resources": ["x"]},
    "a resource without an id": {"resources": [{"name": "x"}]},
    "an id that is none": {"resources": [{"id": "/galleries/x"}]},
    "an id that breaks off": {"resources": [{"id": "/subscriptions/x/resourceGroups/y"}]},
    "an id with an empty segment": {"resources": [{"id": "/subscriptions//resourceGroups/y/providers/a/b/c"}]},
    "a subscription with the id of a gallery": {"subscriptions": [{"id": tenant.document()["resources"][0]["id"]}]},
    "a subscription without an id": {"subscriptions": [{"displayName": "x"}]},
    "a tenant without an id": {"tenants": [{}]},
    "a number for an id": {"roleAssignments": [{"id": 1}]},
    "an instance view that is a list": {"instanceViews": {f"/subscriptions/{GUID}": []}},
    "an instance view of what is no id": {"instanceViews": {"vm1": {}}},
    "states that are no texts": {"providers": {GUID: {"Microsoft.Compute": True}}},
    "names that are one text": {"managementGroups": {GUID: "root"}},
    "an unknown key of the directory": {"directory": {"people": []}},
    "a user without an id": {"directory": {"users": [{"mail": "a@b.example"}]}},
    "an unknown key of a guest": {"guests": {f"/subscriptions/{GUID}": {"kernel": "6"}}},
    "a guest that is half done": {"guests": {f"/subscriptions/{GUID}": {"deprovisioned": "half"}}},
    "an unknown key of what was collected": {"collected": {"vms": []}},
    "an unknown fact": {"unread": [{"scope": GUID, "fact": "weather"}]},
    "a scope that is none": {"unread": [{"scope": "gallery", "fact": "vm"}]},
    "a fact of nothing": {"unread": [{"fact": "vm"}]},
    "a reason that is a number": {"unread": [{"scope": GUID, "fact": "vm", "reason": 403}]},
    "a time in words": {"captured": "yesterday"},
}


@pytest.mark.parametrize("mistake", SNAPSHOT_MISTAKES)
def test_a_snapshot_with_a_mistake_is_refused_by_schema_and_program_alike(mistake: str):
    document = {"format": "imagecheck-snapshot/1"} | SNAPSHOT_MISTAKES[mistake]
    assert mistakes(SNAPSHOT, document)
    with pytest.raises(SnapshotProblem):
        Snapshot.from_document(document)


def test_the_words_of_the_schemas_are_those_of_the_program():
    definitions, properties = REPORT.schema["$defs"], REPORT.schema["properties"]
    assert set(definitions["verdict"]["enum"]) == set(properties["summary"]["required"]) == {*Verdict}
    assert set(definitions["severity"]["enum"]) == {*Severity}
    assert set(definitions["rule"]["properties"]["basis"]["enum"]) == {*Basis}
    assert set(definitions["reason"]["properties"]["kind"]["enum"]) == {*ReasonKind}
    assert set(definitions["fix"]["properties"]["safety"]["enum"]) == {*Safety}
    assert set(properties["exit_code"]["enum"]) == {*ExitCode}
    sections = SNAPSHOT.schema["properties"]
    assert set(sections) == snapshots._SECTIONS
    assert set(sections["collected"]["properties"]) == set(COLLECTED_KEYS)
    assert set(sections["unread"]["items"]["properties"]["fact"]["enum"]) == {*OF_SNAPSHOTS}
