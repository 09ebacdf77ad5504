"""Operations are data: what is written of one is read back as the same one, and nothing else is an operation."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from checker.fixes.operations import (
    Deallocate,
    Fix,
    Generalize,
    GrantRole,
    IncludeInLatest,
    KnownPrincipal,
    LatePrincipal,
    RegisterProvider,
    Safety,
    assignment_name,
    describe,
    from_document,
    subject_of,
    to_document,
)

TEXT = st.text(max_size=20)
OWNERS = st.lists(TEXT, max_size=2).map(tuple)
PRINCIPALS = st.builds(KnownPrincipal, TEXT, TEXT, TEXT, OWNERS) | st.builds(
    LatePrincipal, TEXT, st.none() | TEXT, OWNERS
)
OPERATIONS = (
    st.builds(Deallocate, TEXT)
    | st.builds(Generalize, TEXT)
    | st.builds(RegisterProvider, TEXT, TEXT)
    | st.builds(GrantRole, TEXT, TEXT, TEXT, PRINCIPALS)
    | st.builds(IncludeInLatest, TEXT)
)


@given(OPERATIONS)
def test_what_is_written_is_read_back(operation):
    document = json.loads(json.dumps(to_document(operation)))
    assert from_document(document) == operation
    assert Fix("title", Safety.SAFE, (operation,)).operations == (operation,)
    assert describe(operation)


@settings(max_examples=40)
@given(st.recursive(st.none() | st.integers() | st.text(max_size=9), lambda inner: st.dictionaries(TEXT, inner)))
def test_what_is_no_operation_is_refused(document):
    with pytest.raises(ValueError, match="operation"):
        from_document(document)


@pytest.mark.parametrize(
    "damage",
    [{"verb": "start"}, {"verb": None}, {"vm": 1}, {"vm": None}, {"verb": "grant-role"}, {"verb": ["deallocate"]}],
    ids=str,
)
def test_a_damaged_operation_is_refused(damage):
    with pytest.raises(ValueError, match="operation"):
        from_document({**to_document(Deallocate("x")), **damage})


NONE = {
    "text": "deallocate",
    "member-of-another-type": Deallocate(None),
    "grant-to-nobody": GrantRole("scope", "role", "name", None),
    "owners-as-a-text": GrantRole("s", "r", "n", KnownPrincipal("id", "User", "name", "abc")),
    "owners-as-a-list": GrantRole("s", "r", "n", LatePrincipal("name", None, ["abc"])),
}


@pytest.mark.parametrize("operation", NONE.values(), ids=NONE)
def test_a_rule_cannot_propose_what_is_no_operation(operation):
    with pytest.raises(TypeError, match="is no operation"):
        Fix("title", Safety.SAFE, (operation,))


def test_the_same_grant_has_the_same_name_in_any_case():
    assert assignment_name("/S/A", "ROLE", "Me") == assignment_name("/s/a", "role", "me")
    assert assignment_name("/s/a", "role", "me") != assignment_name("/s/a", "role", "you")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (Deallocate("/subscriptions/S/vm"), Deallocate("subscriptions/s/VM/")),
        (RegisterProvider("S", "Microsoft.X"), RegisterProvider("s", "microsoft.x")),
        (
            GrantRole("/a", "R", "Reader", KnownPrincipal("ID", "User", "Name")),
            GrantRole("/A", "r", "reader", KnownPrincipal("id", "User", "name", ("owner",))),
        ),
    ],
    ids=["vm", "provider", "grant"],
)
def test_one_subject_is_recognized_in_any_form(one, other):
    assert subject_of(one) == subject_of(other)
    assert subject_of(one) != subject_of(Generalize("/subscriptions/S/vm"))
