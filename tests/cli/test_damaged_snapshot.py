"""A snapshot file that is damaged or hostile stops the run with one line, and never with a traceback."""

from __future__ import annotations

import copy
import json
import os
from pathlib import Path
from typing import Any

import pytest

GUID = "abababab-0000-4000-8000-00000000000"
FORMAT = '{"format": "imagecheck-snapshot/1", "captured": "2026-11-01T12:00:00Z"'


def _names(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """The path of every value inside a JSON document."""
    found = [path] if path else []
    parts = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, part in parts:
        found += _names(part, (*path, key))
    return found


def _at(document: Any, path: tuple[Any, ...]) -> Any:
    for key in path:
        document = document[key]
    return document


@pytest.fixture
def full(clean, ids):
    """The clean tenant with something in every section."""
    scope = {"scope": ids.gallery, "principalId": f"{GUID}9"}
    clean["resources"].append({"id": ids.vm.replace("virtualMachines/builder", "disks/os"), "properties": {}})
    clean["guests"] = {ids.vm: {"os": "Linux", "deprovisioned": False}}
    clean["disks"] = {ids.version: "os.vhd"}
    clean["managementGroups"] = {ids.subscription: ["root"]}
    clean["directory"]["groups"] = [{"id": f"{GUID}1", "displayName": "Sellers"}]
    clean["directory"]["members"] = {f"{GUID}1": [clean["directory"]["users"][0]["id"]]}
    for section in (
        "roleDefinitions",
        "denyAssignments",
        "roleEligibilityScheduleInstances",
        "roleAssignmentScheduleInstances",
    ):
        id = f"{ids.gallery}/providers/Microsoft.Authorization/{section}/{GUID}2"
        clean[section] = [{"id": id, "name": f"{GUID}2", "properties": dict(scope)}]
    clean["unread"] = [{"scope": f"{ids.gallery}2", "fact": "definitions", "reason": "403 AuthorizationFailed"}]
    return clean


BROKEN_TEXT = {
    "empty": "",
    "blank": " \n\t\n",
    "one-brace": "{",
    "cut-in-a-key": FORMAT + ', "resour',
    "cut-in-a-value": FORMAT + ', "resources": [{"id": "/subs',
    "two-documents": FORMAT + "}" + FORMAT + "}",
    "text-behind": FORMAT + "} and more",
    "trailing-comma": FORMAT + ",}",
    "comment": FORMAT + "} // saved",
    "single-quotes": "{'format': 'imagecheck-snapshot/1'}",
    "yaml": "format: imagecheck-snapshot/1\n",
    "null": "null",
    "list": "[]",
    "text": '"imagecheck-snapshot/1"',
    "number": "1",
    "true": "true",
    "nan": FORMAT + ', "resources": NaN}',
    "infinity-deep-inside": FORMAT + ', "resources": [{"id": "/x", "properties": {"size": -Infinity}}]}',
    "integer-of-5000-digits": FORMAT + ', "resources": ' + "9" * 5000 + "}",
    "deep-lists": "[" * 100_000,
    "deep-closed-lists": "[" * 100_000 + "]" * 100_000,
    "deep-objects": '{"a":' * 100_000 + "1" + "}" * 100_000,
    "deep-in-a-section": FORMAT + ', "resources": ' + "[" * 100_000 + "]" * 100_000 + "}",
    "key-twice": FORMAT + ', "unread": [], "unread": []}',
    "key-twice-deep-inside": FORMAT + ', "resources": [{"id": "/x", "properties": {"a": 1, "a": 1}}]}',
    "no-format": '{"resources": []}',
    "a-report": '{"format": "imagecheck-report/1"}',
    "format-of-another-case": '{"format": "IMAGECHECK-SNAPSHOT/1"}',
    "format-is-a-number": '{"format": 1}',
    "format-is-a-list": '{"format": ["imagecheck-snapshot/1"]}',
    "format-without-number": '{"format": "imagecheck-snapshot/"}',
    "format-with-a-newline": '{"format": "imagecheck-snapshot/1\\n"}',
}


@pytest.mark.parametrize("text", BROKEN_TEXT.values(), ids=BROKEN_TEXT)
def test_what_is_no_snapshot_is_refused_in_one_line(check, text):
    line = check(snapshot=text).refused()
    assert "tenant.json" in line
    assert len(line) < 500


@pytest.mark.parametrize(
    "content",
    [b"\0" * 64, bytes(range(256)), FORMAT.encode() + b', "tenants": "caf\xe9"}', b"\x1f\x8b\x08\x00" + b"x" * 99],
    ids=["zeros", "every-byte", "latin-1", "gzip"],
)
def test_what_is_no_text_is_refused_in_one_line(check, content):
    assert "tenant.json" in check(snapshot=content).refused()


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32"])
def test_another_encoding_is_read_whole_or_refused(check, clean, encoding):
    outcome = check(snapshot=json.dumps(clean).encode(encoding))
    if outcome.code == 2:
        outcome.refused()
    else:
        assert outcome.code == 0
        assert set(outcome.verdicts().values()) == {"pass"}


SECTIONS = {
    "captured": [None, 1, True, [], {}, "yesterday", "2026-13-01T00:00:00Z"],
    "tenants": [None, 1, "x", {}, [1], [None], [[]], [{}], [{"tenantId": 5}]],
    "subscriptions": [None, 1, "x", {}, [1], [None], [[]]],
    "resources": [None, 1, "x", {}, [1], [None], [[]], [{}], [{"id": 5}], [{"id": None}], [{"id": ""}]],
    "instanceViews": [None, 1, "x", [], {"/x": 1}, {"/x": None}, {"/x": []}],
    "replicationStatus": [None, 1, "x", [], {"/x": 1}, {"/x": None}, {"/x": []}],
    "roleAssignments": [None, 1, "x", {}, [1], [None], [[]]],
    "roleDefinitions": [None, 1, "x", {}, [1], [None], [[]]],
    "denyAssignments": [None, 1, "x", {}, [1], [None], [[]]],
    "roleEligibilityScheduleInstances": [None, 1, "x", {}, [1], [None]],
    "roleAssignmentScheduleInstances": [None, 1, "x", {}, [1], [None]],
    "managementGroups": [None, 1, "x", [], {"x": 1}, {"x": "root"}, {"x": {}}, {"x": [1]}, {"x": [None]}],
    "providers": [None, 1, "x", [], {"x": 1}, {"x": "Registered"}, {"x": []}, {"x": {"y": 1}}, {"x": {"y": None}}],
    "directory": [None, 1, "x", [], {"tenantId": 1}, {"tenantId": "x", "users": {}}, {"tenantId": "x", "users": [1]}],
    "guests": [None, 1, "x", [], {"/x": 1}, {"/x": None}],
    "disks": [None, 1, "x", [], {"/x": 1}, {"/x": None}, {"/x": ["a.vhd"]}],
    "unread": [None, 1, "x", {}, [1], [None], [{}], [{"fact": "vm", "reason": "x"}]],
}


@pytest.mark.parametrize(
    ("section", "value"),
    [pytest.param(s, v, id=f"{s}={json.dumps(v)}") for s, values in SECTIONS.items() for v in values],
)
def test_a_section_of_another_shape_is_refused_with_its_path(check, clean, section, value):
    clean[section] = value
    assert section in check(snapshot=clean).refused()


@pytest.mark.parametrize("section", ["instanceViews", "replicationStatus", "guests", "disks"])
@pytest.mark.parametrize("key", ["", "builder", "/subscriptions"])
def test_a_key_that_is_no_id_is_refused(check, clean, ids, section, key):
    clean[section] = {key: "os.vhd" if section == "disks" else {}}
    assert section in check(snapshot=clean).refused()


@pytest.mark.parametrize("section", ["resources", "subscriptions"])
@pytest.mark.parametrize("id", ["x", "/", "/subscriptions"])
def test_an_id_of_too_few_segments_is_refused(check, clean, section, id):
    clean[section][0]["id"] = id
    assert f"{section}[0]" in check(snapshot=clean).refused()


WRONG = [None, -1.5, True, "", "\ud800", [None], [{}], {"a": 1}, 10**400]


@pytest.mark.parametrize("value", WRONG, ids=[f"{value!r:.12}" for value in WRONG])
def test_nothing_of_a_wrong_type_at_any_place_crashes_anything(check, full, value):
    for path in _names(full):
        damaged = copy.deepcopy(full)
        _at(damaged, path[:-1])[path[-1]] = value
        outcome = check(snapshot=damaged)
        if outcome.code == 2:
            outcome.refused()
            continue
        assert outcome.code in (0, 1, 3), (path, outcome.said)
        kinds = {result["reason"]["kind"] for result in outcome.report["results"] if "reason" in result}
        assert "crashed" not in kinds, (path, outcome.out)


@pytest.mark.parametrize(
    ("section", "key"),
    [
        ("tenants", "tenantId"),
        ("subscriptions", "id"),
        ("resources", "id"),
        ("roleAssignments", "id"),
        ("roleDefinitions", "id"),
        ("denyAssignments", "id"),
        ("roleEligibilityScheduleInstances", "id"),
        ("roleAssignmentScheduleInstances", "id"),
        ("directory.users", "id"),
        ("directory.groups", "id"),
        ("directory.servicePrincipals", "id"),
    ],
)
def test_an_id_twice_in_a_list_is_refused_without_case(check, full, section, key):
    entries = _at(full, tuple(section.split(".")))
    again = copy.deepcopy(entries[0])
    again[key] = again[key].upper()
    if "subscriptionId" in again:
        again["subscriptionId"] = again["subscriptionId"].upper()
    entries.append(again)
    line = check(snapshot=full).refused()
    assert section in line
    assert "twice" in line


@pytest.mark.parametrize(
    "section",
    ["instanceViews", "replicationStatus", "managementGroups", "providers", "guests", "disks", "directory.members"],
)
def test_an_id_twice_as_a_key_is_refused_without_case(check, full, section):
    entries = _at(full, tuple(section.split(".")))
    (id, value) = next(iter(entries.items()))
    entries[id.upper()] = value
    line = check(snapshot=full).refused()
    assert section in line
    assert "twice" in line


@pytest.mark.parametrize(
    ("path", "shown"),
    [
        (("resorces",), "resorces (did you mean resources?)"),
        (("directory", "user"), "directory.user (did you mean users?)"),
        (("unread", 0, "fct"), "unread[0].fct (did you mean fact?)"),
        (("guests", 0, "oss"), ".oss (did you mean os?)"),
        (("Unread",), "Unread"),
    ],
    ids=["top", "directory", "unread", "guest", "case"],
)
def test_an_unknown_key_is_refused_with_its_path(check, full, path, shown):
    full["guests"] = {
        "/subscriptions/s/resourceGroups/g/providers/Microsoft.Compute/virtualMachines/v": {"os": "Linux"}
    }
    place: Any = full
    for key in path[:-1]:
        place = list(place.values())[key] if isinstance(place, dict) and isinstance(key, int) else place[key]
    place[path[-1]] = 1
    assert shown in check(snapshot=full).refused()


def test_an_unknown_key_cannot_break_the_line(check, clean):
    clean["a\n\r\x1b[2J\u202e\u2028b" + "x" * 10_000] = 1
    line = check(snapshot=clean).refused()
    assert not {"\r", "\x1b", "\u202e", "\u2028"} & set(line)
    assert len(line) < 500


def test_azure_bodies_may_hold_anything(check, clean):
    for resource in clean["resources"]:
        resource["newMember"] = {"deep": [1, None, {"x": 1e300}]}
        resource["properties"]["newMember"] = "\u0000"
    assert set(check(snapshot=clean).verdicts().values()) == {"pass"}


@pytest.mark.parametrize("number", [2, 10])
def test_a_newer_format_names_the_version_to_install(check, clean, number):
    clean["format"] = f"imagecheck-snapshot/{number}"
    clean["unheard-of"] = 1
    line = check(snapshot=clean).refused()
    assert f"imagecheck-snapshot/{number}" in line
    assert "install imagecheck" in line


@pytest.mark.parametrize("fact", ["instance-view", "INSTANCE_VIEW", "galleries", "", " vm"])
def test_an_unknown_fact_is_refused(check, clean, ids, fact):
    clean["unread"] = [{"scope": ids.vm, "fact": fact, "reason": "403"}]
    assert "unread[0]" in check(snapshot=clean).refused()


def test_a_near_fact_is_suggested(check, clean, ids):
    clean["unread"] = [{"scope": ids.vm, "fact": "instance-view", "reason": "403"}]
    assert "instance_view?" in check(snapshot=clean).refused()


def _folder(path: Path) -> None:
    path.mkdir()


def _dangling(path: Path) -> None:
    path.symlink_to("nowhere")


def _loop(path: Path) -> None:
    path.symlink_to(path.name)


def _device(path: Path) -> None:
    path.symlink_to("/dev/zero")


def _sparse(path: Path) -> None:
    with path.open("wb") as file:
        file.truncate(200 * 1024**2)


def _huge(path: Path) -> None:
    with path.open("wb") as file:
        file.truncate(1024**4)


PLACES = {
    "folder": _folder,
    "missing": lambda _: None,
    "dangling-link": _dangling,
    "link-to-itself": _loop,
    "fifo": os.mkfifo,
    "endless-device": _device,
    "200-MB": _sparse,
    "1-TB": _huge,
}


@pytest.mark.parametrize("prefix", ["", "snapshot:"], ids=["bare", "prefixed"])
@pytest.mark.parametrize("make", PLACES.values(), ids=PLACES)
def test_what_cannot_be_read_as_a_file_is_refused(imagecheck, room, make, prefix):
    make(room / "facts.json")
    assert "facts.json" in imagecheck("check", "--source", f"{prefix}facts.json").refused()


@pytest.mark.parametrize(
    "source", ["", "snapshot:", "tenant.json/x", "a\0b", "x" * 5000, "\udcff"], ids=lambda source: f"{source!r:.20}"
)
def test_what_is_no_path_is_refused(imagecheck, save, clean, source):
    save(clean)
    imagecheck("check", "--source", source).refused()


def test_the_file_named_in_a_refusal_cannot_move_the_cursor(imagecheck):
    line = imagecheck("check", "--source", "a\n\x1b[2J\u202e.json").refused()
    assert not {"\x1b", "\u202e"} & set(line)
