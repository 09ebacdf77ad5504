"""What a plan rests on is read again right before each step: what has moved is refused, what is done is not redone."""

from __future__ import annotations

import pytest

from .conftest import (
    IMAGE_READER,
    NAMESPACE,
    OTHER_TENANT,
    PROVIDER,
    REGISTRY,
    SUBSCRIPTION,
    VM,
    assignment,
    clean,
    machine,
    unserved,
    view,
)


def status(*codes):
    return lambda document: document["instanceViews"].update({VM: view(*codes)})


def without_vm(document):
    document["resources"] = [body for body in document["resources"] if body["id"] != VM]
    document["instanceViews"] = {}
    document["guests"] = {}


def another_vm(**changes):
    def change(document):
        body = machine()
        body["properties"].update(changes)
        document["resources"] = [body if other["id"] == VM else other for other in document["resources"]]

    return change


MOVED = {
    "started-after-it-was-stopped": ("PowerState/stopped", status("PowerState/running"), "power state was stopped"),
    "on-its-way": ("PowerState/running", status("PowerState/stopping"), "power state was running, is stopping"),
    "generalized": ("PowerState/running", status("PowerState/running", "OSState/generalized"), "OS state was"),
    "deleted": ("PowerState/running", without_vm, "the VM does not exist"),
    "another-id": ("PowerState/running", another_vm(vmId="bbbbbbbb-0000-4000-8000-000000000009"), "VM id was"),
    "another-date": ("PowerState/running", another_vm(timeCreated="2026-10-01T10:00:00Z"), "created was"),
    "a-tenth-of-a-microsecond": (
        "PowerState/running",
        another_vm(timeCreated="2026-01-01T10:00:00.0000001Z"),
        "created was",
    ),
    "ephemeral": (
        "PowerState/running",
        another_vm(storageProfile={"osDisk": {"osType": "Linux", "diffDiskSettings": {"option": "Local"}}}),
        "OS disk was",
    ),
}


@pytest.mark.parametrize(("power", "change", "words"), MOVED.values(), ids=MOVED)
def test_a_vm_that_moved_is_not_touched(serving, names, power, change, words):
    document = clean()
    status(power)(document)
    room = serving(document)
    ended = room.fix(names.vm, meanwhile=lambda: room.replace(change))
    assert (ended.code, ended.writes, ended.changed) == (4, [], {})
    first, second, *_ = ended.failed
    assert (first["ending"], second["ending"]) == ("refused", "refused")
    assert words in first["detail"]
    assert second["detail"] == "a change that it depends on did not end well"


def test_a_vm_that_somebody_else_deallocated_needs_no_more(serving, names):
    room = serving(clean())
    ended = room.fix(names.vm, meanwhile=lambda: room.replace(status("PowerState/deallocated")))
    assert (ended.code, ended.performed) == (0, ["deallocate", "generalize"])
    assert ended.writes == [("POST", f"{names.vm}/generalize")]
    assert ended.report["fixes"]["performed"][0]["ending"] == "unneeded"


def excluded(document):
    for body in document["resources"]:
        if "/versions/" in body["id"]:
            body["properties"]["publishingProfile"]["excludeFromLatest"] = True
    return document


def of_version(change):
    def changed(document):
        body = next(body for body in document["resources"] if body["id"].endswith("2.0.0"))
        change(body["properties"])

    return changed


def without_version(document):
    document["resources"] = [body for body in document["resources"] if not body["id"].endswith("2.0.0")]
    document["replicationStatus"].popitem()


VERSION_MOVED = {
    "deleted": (without_version, "the version does not exist"),
    "republished": (
        of_version(lambda p: p["publishingProfile"].update(publishedDate="2026-10-10T10:00:00Z")),
        "published was",
    ),
    "updating": (of_version(lambda p: p.update(provisioningState="Updating")), "provisioning was succeeded"),
    "excluded-elsewhere": (
        of_version(lambda p: p["publishingProfile"]["targetRegions"][0].update(excludeFromLatest=True)),
        "excluded from latest was",
    ),
}


@pytest.mark.parametrize(("change", "words"), VERSION_MOVED.values(), ids=VERSION_MOVED)
def test_a_version_that_moved_is_not_touched(serving, change, words):
    room = serving(excluded(clean()))
    ended = room.fix(meanwhile=lambda: room.replace(change))
    assert (ended.code, ended.writes, ended.changed) == (4, [], {})
    assert words in ended.failed[0]["detail"]


def test_a_version_that_somebody_else_included_needs_no_more(serving):
    room = serving(excluded(clean()))
    include = of_version(lambda p: p["publishingProfile"].update(excludeFromLatest=False))
    ended = room.fix(meanwhile=lambda: room.replace(include))
    assert (ended.code, ended.writes, ended.performed) == (0, [], ["include-in-latest"])


def register(document):
    document["providers"][SUBSCRIPTION][NAMESPACE] = "Registered"
    document["directory"]["servicePrincipals"] = clean()["directory"]["servicePrincipals"]


def test_a_provider_that_somebody_else_registered(serving, names):
    room = serving(unserved(clean()))
    ended = room.run("--fix", meanwhile=lambda: room.replace(register))
    assert ended.code == 0
    assert [step["ending"] for step in ended.report["fixes"]["performed"]] == ["unneeded", "done", "done"]
    assert [method for method, _ in ended.writes] == ["PUT", "PUT"]


def test_a_provider_that_is_on_its_way_is_no_longer_what_was_planned(serving, names):
    room = serving(unserved(clean()))
    moved = lambda document: document["providers"][SUBSCRIPTION].update({NAMESPACE: "Unregistering"})  # noqa: E731
    ended = room.run("--fix", meanwhile=lambda: room.replace(moved))
    assert (ended.code, ended.writes) == (4, [])
    assert [step["ending"] for step in ended.failed] == ["refused"] * 3


def ungranted(document):
    document["roleAssignments"] = document["roleAssignments"][:1]
    return document


def test_a_role_that_somebody_else_gave_needs_no_more(serving, names):
    room = serving(ungranted(clean()))
    theirs = assignment(
        names.gallery, IMAGE_READER, REGISTRY, "ServicePrincipal", "cccccccc-0000-4000-8000-000000000009"
    )
    ended = room.run("--fix", meanwhile=lambda: room.replace(lambda d: d["roleAssignments"].append(theirs)))
    assert ended.code == 0
    assert [step["ending"] for step in ended.report["fixes"]["performed"]] == ["unneeded", "done"]
    assert len(ended.writes) == 1


def test_a_role_that_is_given_under_another_name_at_the_last_moment(serving, names):
    """Azure answers 409 RoleAssignmentExists: there is nothing more to do."""
    room = serving(ungranted(clean()))
    room.fault(method="PUT", path="roleassignments", status=409, code="RoleAssignmentExists", times=1)
    ended = room.run("--fix", "--yes")
    assert ended.performed[0] == "grant-role"
    assert ended.report["fixes"]["performed"][0]["ending"] == "unneeded"
    assert len(ended.writes) == 2


OWNERS = {"another": OTHER_TENANT, "nobody": None, "left-out": ...}


@pytest.mark.parametrize("owner", OWNERS.values(), ids=OWNERS)
def test_a_principal_whose_owner_is_another_now_is_granted_nothing(serving, names, owner):
    room = serving(ungranted(clean()))

    def change(document):
        body = next(b for b in document["directory"]["servicePrincipals"] if b["id"] == PROVIDER)
        body["appOwnerOrganizationId"] = owner
        if owner is ...:
            del body["appOwnerOrganizationId"]

    ended = room.run("--fix", meanwhile=lambda: room.replace(change))
    assert ended.code == 4
    assert [step["principal"]["id"] for step in ended.report["fixes"]["performed"]] == [REGISTRY]
    assert "not proven to be Microsoft's" in ended.failed[0]["detail"]
    assert len(ended.writes) == 1


def test_a_principal_that_took_the_name_of_microsofts_other_one(serving, names):
    room = serving(ungranted(clean()))

    def change(document):
        body = next(b for b in document["directory"]["servicePrincipals"] if b["id"] == PROVIDER)
        body["displayName"] = "Another of Microsoft's"

    ended = room.run("--fix", meanwhile=lambda: room.replace(change))
    assert ended.code == 4
    assert "principal was" in ended.failed[0]["detail"]


def test_a_step_that_is_refused_does_not_stop_the_others(serving, names):
    document = excluded(unserved(clean()))
    document["roleAssignments"] = []
    room = serving(document)
    ended = room.fix(names.gallery, names.vm, meanwhile=lambda: room.replace(without_vm))
    assert ended.code == 4
    assert ended.performed == ["register-provider", "grant-role", "grant-role", "grant-role", "include-in-latest"]
    assert [step["verb"] for step in ended.failed] == ["deallocate", "generalize"]
