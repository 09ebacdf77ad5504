"""Simulating an operation changes what it is about and nothing else, and never what it was given."""

from __future__ import annotations

import copy
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from checker.facts.estate import Estate
from checker.facts.snapshot import Snapshot
from checker.fixes.operations import (
    Deallocate,
    Generalize,
    GrantRole,
    IncludeInLatest,
    KnownPrincipal,
    LatePrincipal,
    RegisterProvider,
)
from checker.fixes.simulate import include_in_latest, simulate, simulate_all
from checker.fixes.state import state_of

from .conftest import (
    DEFINITION,
    GALLERY,
    IMAGE_READER,
    MICROSOFT,
    NAMESPACE,
    PROVIDER_NAME,
    REGISTRY,
    SECOND,
    SUBSCRIPTION,
    VM,
    clean,
    differences,
    machine,
    unserved,
    version,
    view,
)

NOW = datetime(2026, 11, 1, tzinfo=UTC)
OTHER_VM = VM.replace("builder", "Another")

#: Operations, each with the paths of a document that it may change.
MAY_CHANGE = {
    Deallocate(VM): (f"instanceViews|{VM}|statuses",),
    Generalize(VM.upper()): (f"instanceViews|{VM}|statuses",),
    Deallocate(OTHER_VM.strip("/")): (f"instanceViews|{OTHER_VM}|statuses",),
    Deallocate(VM + "x"): (),
    RegisterProvider(SUBSCRIPTION.upper(), NAMESPACE.lower()): (f"providers|{SUBSCRIPTION}|{NAMESPACE}",),
    RegisterProvider(SECOND, NAMESPACE): (),
    GrantRole(GALLERY, IMAGE_READER, "", KnownPrincipal(REGISTRY, "ServicePrincipal", "")): ("roleAssignments|",),
    GrantRole(GALLERY, IMAGE_READER, "", LatePrincipal(PROVIDER_NAME, None, (MICROSOFT,))): (
        "roleAssignments|",
        "directory|servicePrincipals|",
    ),
    IncludeInLatest(f"{DEFINITION}/versions/2.0.0"): (
        f"resources|{DEFINITION}/versions/2.0.0|properties|publishingProfile|excludeFromLatest",
        f"resources|{DEFINITION}/versions/2.0.0|properties|publishingProfile|targetRegions",
    ),
    IncludeInLatest(f"{DEFINITION}/versions/9.0.0"): (),
}
SECTIONS = ("instanceViews", "providers", "roleAssignments", "directory", "resources")
CODES = st.lists(
    st.sampled_from(["PowerState/running", "PowerState/stopped", "OSState/generalized", "Other/x", "powerstate/x"]),
    max_size=4,
)


@st.composite
def documents(draw):
    document = unserved(clean()) if draw(st.booleans()) else clean()
    document["resources"] += [machine(OTHER_VM), version("3.0.0", excluded=draw(st.booleans()))]
    for body in document["resources"]:
        profile = body["properties"].get("publishingProfile")
        if profile is not None and draw(st.booleans()):
            profile["excludeFromLatest"] = True
            profile["targetRegions"][0]["excludeFromLatest"] = draw(st.booleans())
    document["instanceViews"] = {VM: view(*draw(CODES)), OTHER_VM: view(*draw(CODES))}
    for section in draw(st.sets(st.sampled_from(SECTIONS), max_size=2)):
        del document[section]
    return document


@settings(max_examples=150, deadline=None)
@given(documents(), st.lists(st.sampled_from(list(MAY_CHANGE)), max_size=4))
def test_only_what_an_operation_is_about_changes(document, operations):
    before = copy.deepcopy(document)
    after = simulate_all(operations, Snapshot.from_document(document))
    assert document == before
    allowed = tuple(path for operation in operations for path in MAY_CHANGE[operation])
    changed = differences(before, dict(after.sections))
    assert [path for path in changed if not path.startswith(allowed)] == []
    one_by_one = Snapshot.from_document(document)
    for operation in operations:
        one_by_one = simulate(operation, one_by_one)
    assert one_by_one.sections == after.sections


@settings(max_examples=100, deadline=None)
@given(documents(), st.sampled_from(list(MAY_CHANGE)))
def test_simulating_twice_is_seen_as_once(document, operation):
    once = simulate(operation, Snapshot.from_document(document))
    twice = simulate(operation, once)
    assert state_of(operation, Estate(twice, NOW)) == state_of(operation, Estate(once, NOW))


REGIONS = {
    "none": {},
    "null": {"targetRegions": None},
    "odd": {"targetRegions": ["x", {"name": "a", "excludeFromLatest": True}]},
    "kept": {"targetRegions": [{"name": "a", "encryption": {"x": None}}]},
}


@pytest.mark.parametrize("regions", REGIONS.values(), ids=REGIONS)
def test_including_keeps_everything_else_of_a_body(regions):
    body = {"id": "x", "properties": {"publishingProfile": {"excludeFromLatest": True, "replicaCount": 3, **regions}}}
    before = copy.deepcopy(body)
    changed = include_in_latest(body)
    assert body == before
    assert changed["properties"]["publishingProfile"]["excludeFromLatest"] is False
    text = repr(before).replace("'excludeFromLatest': True", "'excludeFromLatest': False")
    assert repr(changed) == text


@pytest.mark.parametrize("body", [{}, {"properties": {}}, {"properties": {"publishingProfile": None}}], ids=repr)
def test_a_body_without_a_profile_stays(body):
    assert include_in_latest(body) == body
