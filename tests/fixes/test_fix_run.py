"""A fix run changes in the store exactly what its plan said, and without ``--fix`` nothing is written."""

from __future__ import annotations

import copy
import json

import pytest

from checker.sandbox.pace import Pace

from .conftest import clean, unserved, view

NS = "providers|33333333-3333-4333-8333-333333333333|Microsoft.PartnerCenterIngestion"


def excluded(document):
    for body in document["resources"]:
        if "/versions/" in body["id"]:
            profile = body["properties"]["publishingProfile"]
            profile["excludeFromLatest"] = True
            profile["targetRegions"][0] |= {"excludeFromLatest": True, "encryption": None}
    return document


def disowned(document):
    document["roleAssignments"] = document["roleAssignments"][1:]
    return document


def ungranted(document):
    document["roleAssignments"] = document["roleAssignments"][:1]
    return document


def off(document, *codes):
    document["instanceViews"][next(iter(document["instanceViews"]))] = view(*codes)
    return document


def paths(ended):
    return set(ended.changed)


def test_deallocating_a_named_vm(serving, names):
    room = serving(off(clean(), "PowerState/running", "OSState/generalized"))
    ended = room.run("--fix", "--yes", names.vm)
    assert (ended.code, ended.performed, ended.failed) == (0, ["deallocate"], [])
    assert ended.writes == [("POST", f"{names.vm}/deallocate")]
    view_of = f"instanceViews|{names.vm}"
    assert paths(ended) == {f"{view_of}|statuses", f"{view_of}|vmAgent", f"resources|{names.vm}|etag"}
    old, new = ([s["code"] for s in side] for side in ended.changed[f"{view_of}|statuses"])
    assert set(old) ^ set(new) == {"PowerState/running", "PowerState/deallocated"}
    assert room.run("--fix", "--yes", names.vm).writes == []


def test_generalizing_a_named_vm(serving, names):
    room = serving(clean())
    ended = room.fix(names.vm)
    assert (ended.code, ended.performed) == (0, ["deallocate", "generalize"])
    assert ended.writes == [("POST", f"{names.vm}/deallocate"), ("POST", f"{names.vm}/generalize")]
    view_of = f"instanceViews|{names.vm}"
    assert paths(ended) == {f"{view_of}|statuses", f"{view_of}|vmAgent", f"resources|{names.vm}|etag"}
    old, new = ([s["code"] for s in side] for side in ended.changed[f"{view_of}|statuses"])
    assert set(old) ^ set(new) == {"PowerState/running", "PowerState/deallocated", "OSState/generalized"}
    assert "CANNOT BE UNDONE: mark vm:images/builder as generalized" in ended.out


def test_registering_and_granting(serving, names):
    room = serving(unserved(clean(), forged=True))
    ended = room.run("--fix", "--yes")
    assert ended.code == 0
    assert ended.performed == ["register-provider", "grant-role", "grant-role"]
    register, *grants = ended.writes
    assert register == ("POST", f"/subscriptions/{names.subscription}/providers/{names.namespace}/register")
    assert [method for method, _ in grants] == ["PUT", "PUT"]
    assert ended.changed.pop(NS) == ("NotRegistered", "Registered")
    made = {path.split("|")[0]: [] for path in ended.changed}
    for path, (old, new) in ended.changed.items():
        assert old is ..., path
        made[path.split("|")[0]].append(new)
    assert set(made) == {"directory", "roleAssignments"}
    assert {body["appOwnerOrganizationId"] for body in made["directory"]} == {names.microsoft}
    given = [body["properties"] for body in made["roleAssignments"]]
    assert {p["principalId"] for p in given} == {body["id"] for body in made["directory"]}
    assert {p["roleDefinitionId"].rpartition("/")[2] for p in given} == {names.image_reader}
    assert {p["scope"] for p in given} == {names.gallery}


def test_granting_what_is_registered(serving, names):
    room = serving(ungranted(clean()))
    ended = room.run("--fix", "--yes")
    assert (ended.code, ended.performed) == (0, ["grant-role", "grant-role"])
    assert {p.split("|")[0] for p in ended.changed} == {"roleAssignments"}
    assert {new["properties"]["principalId"] for _, new in ended.changed.values()} == {names.registry, names.provider}


def test_granting_owner(serving, names):
    room = serving(disowned(clean()))
    ended = room.fix()
    assert (ended.code, ended.performed) == (0, ["grant-role"])
    ((_, made),) = ended.changed.values()
    assert made["properties"]["principalId"] == names.user
    assert made["properties"]["roleDefinitionId"].endswith(names.owner)
    assert ended.writes == [("PUT", made["id"])]


def test_including_in_latest_changes_nothing_else(serving, names):
    room = serving(excluded(clean()))
    ended = room.fix()
    assert (ended.code, ended.performed) == (0, ["include-in-latest"])
    profile = f"resources|{names.version('2.0.0')}|properties|publishingProfile"
    assert paths(ended) == {f"{profile}|excludeFromLatest", f"{profile}|targetRegions"}
    old, new = ended.changed[f"{profile}|targetRegions"]
    assert new == [{**region, "excludeFromLatest": False} for region in old]
    assert ended.writes == [("PATCH", names.version("2.0.0"))]


@pytest.mark.parametrize("where", ["whole", "regions", "said-nowhere"])
def test_including_where_the_exclusion_is(serving, names, where):
    document = excluded(clean())
    for body in document["resources"]:
        if "/versions/" not in body["id"]:
            continue
        profile = body["properties"]["publishingProfile"]
        if where == "whole":
            del profile["targetRegions"][0]["excludeFromLatest"]
            profile["targetRegions"].append({"name": "North Europe", "additionalReplicaSets": [{"a": None}]})
            status = document["replicationStatus"][body["id"]]
            status["summary"].append({"region": "North Europe", "state": "Completed", "progress": 100})
        else:
            profile["excludeFromLatest"] = False
            if where == "said-nowhere":
                del profile["excludeFromLatest"], body["properties"]["storageProfile"]
    room = serving(document)
    ended = room.fix("--select", "DEF003")
    assert (ended.code, ended.performed) == (0, ["include-in-latest"])
    profile = f"resources|{names.version('2.0.0')}|properties|publishingProfile|"
    changed = {path.removeprefix(profile) for path in ended.changed}
    expected = {"whole": {"excludeFromLatest"}, "regions": {"targetRegions"}}
    assert changed == expected.get(where, {"targetRegions", "excludeFromLatest"})


def everything_wrong():
    document = excluded(unserved(clean(), forged=True))
    document["roleAssignments"] = []
    return document


def test_everything_at_once_in_the_order_of_the_plan(serving, names):
    room = serving(everything_wrong())
    ended = room.fix(names.gallery, names.vm)
    assert ended.code == 0
    verbs = ["register-provider", "grant-role", "grant-role", "grant-role", "include-in-latest"]
    assert ended.performed == [*verbs, "deallocate", "generalize"]
    assert [method for method, _ in ended.writes] == ["POST", "PUT", "PUT", "PUT", "PATCH", "POST", "POST"]
    again = room.fix(names.gallery, names.vm)
    assert (again.code, again.writes, again.changed, again.report["fixes"]["performed"]) == (0, [], {}, [])
    assert "nothing that --fix would change" in again.out


def test_every_write_is_one_step_also_with_polls(serving, names):
    room = serving(everything_wrong(), pace=Pace(polls=3, lag=2, page_size=1))
    ended = room.fix(names.gallery, names.vm)
    assert (ended.code, ended.failed) == (0, [])
    assert len(ended.writes) == len(ended.performed) == 7


@pytest.mark.parametrize(
    "flags", [(), ("--fix", "--dry-run", "--unsafe-fixes"), ("--fix", "--max-changes", "0", "--dry-run")]
)
def test_nothing_is_written_without_consent(serving, names, flags):
    room = serving(everything_wrong())
    code = room.run(names.gallery, names.vm).code
    ended = room.run(*flags, names.gallery, names.vm)
    assert (ended.code, ended.writes, ended.changed) == (code, [], {})
    assert code == 1


REFUSED = {
    "nobody-can-be-asked": (("--fix",), "nobody can be asked"),
    "too-many": (("--fix", "--yes", "--unsafe-fixes", "--max-changes", "3"), "--max-changes allows 3"),
    "yes-without-fix": (("--yes",), "--yes goes with --fix"),
    "dry-run-without-fix": (("--dry-run",), "--dry-run goes with --fix"),
    "max-changes-without-fix": (("--max-changes", "0"), "--max-changes goes with --fix"),
    "unsafe-without-fix": (("--unsafe-fixes",), "--unsafe-fixes goes with --fix"),
}


@pytest.mark.parametrize(("flags", "words"), REFUSED.values(), ids=REFUSED)
def test_what_is_refused_writes_nothing(serving, flags, words):
    ended = serving(everything_wrong()).run(*flags)
    assert (ended.code, ended.writes, ended.changed) == (2, [], {})
    assert words in ended.err.splitlines()[-1]


def test_a_limit_for_all_runs_is_no_mistake_in_one_without_fix(serving, monkeypatch):
    monkeypatch.setenv("IMAGECHECK_MAX_CHANGES", "1")
    room = serving(everything_wrong())
    assert room.run().code == 1
    assert room.fix().code == 2
    assert room.fix("--max-changes", "9").code == 0


def test_a_file_is_not_fixed(serving, tmp_path):
    room = serving(clean())
    path = tmp_path / "tenant.json"
    path.write_text(json.dumps(clean()), encoding="utf-8")
    ended = room.run("--fix", "--yes", "--source", str(path))
    assert ended.code == 2
    assert "rehearse it with --source sandbox:FILE" in ended.err


def two_subscriptions():
    document = unserved(clean())
    first = document["subscriptions"][0]
    other = "44444444-4444-4444-8444-444444444444"
    document["subscriptions"].append({**first, "id": f"/subscriptions/{other}", "subscriptionId": other})
    gallery = copy.deepcopy(document["resources"][0])
    gallery["id"] = gallery["id"].replace(first["subscriptionId"], other)
    document["resources"].append(gallery)
    document["providers"][other] = copy.deepcopy(document["providers"][first["subscriptionId"]])
    document["managementGroups"][other] = []
    return document


def test_several_subscriptions_are_named(serving, names):
    room = serving(two_subscriptions())
    ended = room.run("--fix", "--yes")
    assert (ended.code, ended.writes) == (2, [])
    assert "a fix run over 2 subscriptions must name them" in ended.err
    only = room.run("--fix", "--yes", "--subscription", names.second)
    assert {path.split("|")[1] for path in only.changed if path.startswith("providers")} == {names.second}
    assert all(names.second in path for _, path in only.writes)
    both = room.run("--fix", "--yes", "--subscription", names.second, "--subscription", names.subscription)
    assert both.failed == []
    assert all(names.subscription in path for _, path in both.writes)


def test_both_subscriptions_in_one_run(serving, names):
    room = serving(two_subscriptions())
    ended = room.run("--fix", "--yes", "--subscription", names.second, "--subscription", names.subscription)
    assert ended.failed == []
    assert ended.performed == ["register-provider"] * 2 + ["grant-role"] * 4
    assert len([path for path in ended.changed if path.startswith("directory|servicePrincipals|")]) == 2


def test_selection_limits_what_is_fixed(serving, names):
    room = serving(everything_wrong())
    ended = room.fix("--select", "DEF003", names.gallery, names.vm)
    assert (ended.code, ended.performed) == (0, ["include-in-latest"])
    assert [method for method, _ in ended.writes] == ["PATCH"]


def test_unsafe_fixes_need_their_flag(serving, names):
    room = serving(everything_wrong())
    ended = room.run("--fix", "--yes", names.gallery, names.vm)
    assert ended.performed == ["register-provider", "grant-role", "grant-role"]
    assert ended.code == 1
    assert "needs --unsafe-fixes" in ended.out


def test_a_source_vm_is_never_touched(serving, names):
    room = serving(everything_wrong())
    ended = room.fix(names.gallery)
    assert not any("virtualMachines" in path for _, path in ended.writes)
    assert not any("virtualMachines" in path for path in ended.changed)
    assert ended.verdicts()["VM001"] == "fail"


@pytest.mark.parametrize("form", [str.upper, str.lower, lambda id: id.strip("/"), lambda _: "vm:IMAGES/Builder"])
def test_a_target_is_found_in_any_form(serving, names, form):
    ended = serving(clean()).fix(form(names.vm))
    assert (ended.code, ended.performed) == (0, ["deallocate", "generalize"])


NOT_TOUCHED = {
    "starting": ("PowerState/starting",),
    "deallocating": ("PowerState/deallocating",),
    "two-states": ("PowerState/running", "PowerState/deallocating"),
    "unknown": ("PowerState/unknown",),
    "no-power-state": (),
    "hibernated": ("PowerState/deallocated", "HibernationState/Hibernated"),
}


@pytest.mark.parametrize("codes", NOT_TOUCHED.values(), ids=NOT_TOUCHED)
def test_a_vm_that_has_not_settled_is_left(serving, names, codes):
    ended = serving(off(clean(), *codes)).fix(names.vm)
    assert (ended.writes, ended.changed) == ([], {})
    assert ended.code in (1, 3)


def test_an_ephemeral_disk_is_left(serving, names):
    document = clean()
    document["resources"][-1]["properties"]["storageProfile"]["osDisk"]["diffDiskSettings"] = {"option": "Local"}
    ended = serving(document).fix(names.vm)
    assert (ended.code, ended.writes) == (1, [])


def test_a_vm_of_an_older_interface_without_a_date_is_known_by_its_id(serving, names):
    document = clean()
    del document["resources"][-1]["properties"]["timeCreated"]
    assert serving(document).fix(names.vm).performed == ["deallocate", "generalize"]


def test_a_vm_that_nothing_tells_from_another_is_left(serving, names):
    document = clean()
    del document["resources"][-1]["properties"]["timeCreated"], document["resources"][-1]["properties"]["vmId"]
    ended = serving(document).fix(names.vm)
    assert (ended.code, ended.writes) == (1, [])


def test_names_that_a_path_must_quote(serving, names):
    odd = "a b%41ü?#&'"
    document = json.loads(json.dumps(everything_wrong()).replace("/galleries/shop", f"/galleries/{odd}"))
    ended = serving(document).fix()
    assert (ended.failed, len(ended.performed)) == ([], 5)
    assert ended.verdicts()["ACC002"] == "pass"
    assert len(ended.writes) == 5
    scopes = {new["properties"]["scope"] for path, (_, new) in ended.changed.items() if path.startswith("roleAss")}
    assert scopes == {names.gallery.replace("shop", odd)}
