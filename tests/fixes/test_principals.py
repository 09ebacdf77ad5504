"""Whom a registration brings, and who only says so: a role goes to what Microsoft certainly owns."""

from __future__ import annotations

import pytest

from checker.sandbox import providers
from checker.sandbox.pace import Pace

from .conftest import FORGED, MICROSOFT, OTHER_TENANT, PROVIDER_NAME, REGISTRY_APP, clean, principal, unserved

FORGED_APP = "eeeeeeee-0000-4000-8000-000000000001"


def forgery(**changes):
    return {**principal(FORGED, PROVIDER_NAME, FORGED_APP, OTHER_TENANT), **changes}


def ownerless():
    body = forgery()
    del body["appOwnerOrganizationId"]
    return body


FORGERIES = {
    "another-tenant": forgery(),
    "nobody": forgery(appOwnerOrganizationId=None),
    "no-tenant": forgery(appOwnerOrganizationId=""),
    "a-list": forgery(appOwnerOrganizationId=[MICROSOFT]),
    "almost": forgery(appOwnerOrganizationId=MICROSOFT + " "),
    "left-out": ownerless(),
    "other-case": forgery(displayName=PROVIDER_NAME.upper()),
    "the-other-ones-name": forgery(displayName="Compute Image Registry"),
    "the-other-ones-application": forgery(displayName="Compute Image Registry", appId=REGISTRY_APP),
}
FEW = {name: FORGERIES[name] for name in ("another-tenant", "left-out", "the-other-ones-application")}


def given_to(room):
    return {body["properties"]["principalId"] for body in room.document["roleAssignments"]}


def ids_of_microsofts(room):
    bodies = room.document["directory"]["servicePrincipals"]
    return {body["id"] for body in bodies if body.get("appOwnerOrganizationId") == MICROSOFT}


@pytest.mark.parametrize("body", FORGERIES.values(), ids=FORGERIES)
def test_a_forged_one_before_is_granted_nothing(serving, names, body):
    document = unserved(clean())
    document["directory"]["servicePrincipals"] = [body]
    room = serving(document)
    ended = room.fix()
    assert given_to(room) <= {names.user} | ids_of_microsofts(room)
    assert not any(FORGED in path for _, path in ended.writes)


@pytest.mark.parametrize("body", FORGERIES.values(), ids=FORGERIES)
def test_a_forged_one_during_is_granted_nothing(serving, names, body):
    room = serving(unserved(clean()))

    def forge():
        room.replace(lambda document: document["directory"]["servicePrincipals"].append(body))

    ended = room.fix(meanwhile=forge)
    assert (ended.code, ended.failed) == (0, [])
    assert given_to(room) == {names.user} | ids_of_microsofts(room)
    assert len(ids_of_microsofts(room)) == 2


@pytest.mark.parametrize("body", FEW.values(), ids=FEW)
def test_a_forged_one_after_is_granted_nothing(serving, names, body):
    room = serving(unserved(clean()))
    room.fix()
    room.replace(lambda document: document["directory"]["servicePrincipals"].append(body))
    ended = room.fix()
    assert (ended.writes, ended.changed) == ([], {})
    assert FORGED not in given_to(room)


@pytest.mark.parametrize("body", FEW.values(), ids=FEW)
def test_a_forged_one_alone_is_waited_on_in_vain(serving, names, body, monkeypatch, hurried):
    """The registration ends and Microsoft's principals do not come: the forged one does not take their place."""
    monkeypatch.setattr(providers, "BOTH", ())
    room = serving(unserved(clean()))

    def forge():
        room.replace(lambda document: document["directory"]["servicePrincipals"].append(body))

    ended = room.fix(meanwhile=forge)
    assert ended.code == 4
    assert [method for method, _ in ended.writes] == ["POST"]
    assert {step["verb"] for step in ended.failed if "verb" in step} == {"grant-role"}
    assert "that Microsoft owns appeared within 0.3 s" in ended.said


def test_a_publisher_who_calls_itself_microsofts_is_granted_nothing(serving, names):
    document = clean()
    document["roleAssignments"] = document["roleAssignments"][1:]
    document["directory"]["servicePrincipals"].append(forgery())
    ended = serving(document).fix(publisher=FORGED_APP)
    assert (ended.code, ended.writes) == (0, []), "a warning: Partner Center reads the gallery by itself"
    assert ended.verdicts()["ACC001"] == "fail"
    assert "is not proven to be" in ended.out


def test_principals_that_come_late(serving, names):
    room = serving(unserved(clean(), forged=True), pace=Pace(lag=3, polls=2))
    ended = room.run("--fix", "--yes")
    assert (ended.code, ended.failed) == (0, [])
    assert len(ended.writes) == 3
    assert given_to(room) == {names.user} | ids_of_microsofts(room)


def test_nobody_comes_before_the_deadline(serving, monkeypatch, hurried):
    monkeypatch.setattr(providers, "BOTH", ())
    ended = serving(unserved(clean())).run("--fix", "--yes")
    assert (ended.code, ended.performed) == (4, ["register-provider"])
    assert [step["ending"] for step in ended.failed] == ["failed", "failed"]
    assert ended.out.count("grant it later, with this command again") == 2


def test_a_registration_that_does_not_end(serving, hurried):
    room = serving(unserved(clean()), pace=Pace(lag=100_000))
    ended = room.run("--fix", "--yes")
    assert (ended.code, ended.performed) == (4, [])
    assert len(ended.writes) == 1
    assert "still not registered after 0.3 s" in ended.out
    assert [step["ending"] for step in ended.failed] == ["failed", "refused", "refused"]


def test_two_of_microsofts_with_one_name_are_refused(serving, names):
    room = serving(unserved(clean()))
    twins = [principal(f"{n}0000000-0000-4000-8000-000000000000", PROVIDER_NAME, f"app-{n}") for n in (1, 2)]
    ended = room.run(
        "--fix",
        "--unsafe-fixes",
        meanwhile=lambda: room.replace(lambda document: document["directory"]["servicePrincipals"].extend(twins)),
    )
    assert ended.code == 4
    (refused,) = ended.failed
    assert (refused["ending"], refused["principal"]["name"]) == ("refused", PROVIDER_NAME)
    assert "2 service principals" in refused["detail"]
    assert len(ended.writes) == 2


def test_two_of_microsofts_known_from_the_start_are_left(serving):
    document = clean()
    document["roleAssignments"] = document["roleAssignments"][:2]
    twin = principal("10000000-0000-4000-8000-000000000000", PROVIDER_NAME, "app-1")
    document["directory"]["servicePrincipals"].append(twin)
    ended = serving(document).fix()
    assert (ended.writes, ended.report["fixes"]["performed"]) == ([], [])


def test_another_application_of_the_registrys_name_is_not_taken(serving, monkeypatch, hurried):
    """Owned by Microsoft, but another application than the one that is known by its id."""
    monkeypatch.setattr(providers, "BOTH", ())
    document = unserved(clean())
    other = principal("10000000-0000-4000-8000-000000000000", "Compute Image Registry", "app-1")
    document["directory"]["servicePrincipals"] = [other]
    room = serving(document)
    ended = room.fix()
    assert ended.code == 4
    assert other["id"] not in given_to(room)


def test_somebody_else_granted_it_when_the_principal_came(serving, names):
    """The grant is read before it is made: what is there already is not written again."""
    room = serving(unserved(clean()))
    room.run("--fix", "--yes")
    room.replace(lambda document: document["providers"][names.subscription].update({names.namespace: "NotRegistered"}))
    late = room.document["directory"]["servicePrincipals"]
    room.replace(lambda document: document["directory"].update(servicePrincipals=[]))
    ended = room.run(
        "--fix",
        "--unsafe-fixes",
        meanwhile=lambda: room.replace(lambda document: document["directory"].update(servicePrincipals=late)),
    )
    assert (ended.code, [step["ending"] for step in ended.report["fixes"]["performed"]]) == (
        0,
        ["done", "unneeded", "unneeded"],
    )
    assert [method for method, _ in ended.writes] == ["POST"]
