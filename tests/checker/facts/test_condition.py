import pytest
from hypothesis import given
from hypothesis import strategies as st

from checker.facts.condition import only_withholds_roles

_ROLES = "{8e3af657-a8ff-443c-a75c-2fe8c4bcb635, 18d7d88d-d35e-4fb5-a5c3-7773c20a72d9}"
_ID = "Microsoft.Authorization/roleAssignments:RoleDefinitionId"
_WRITE = "!(ActionMatches{'Microsoft.Authorization/roleAssignments/write'})"
_DELETE = "!(ActionMatches{'Microsoft.Authorization/roleAssignments/delete'})"
_NONE_OF_REQUEST = f"@Request[{_ID}] ForAnyOfAllValues:GuidNotEquals {_ROLES}"
_NONE_OF_RESOURCE = f"@Resource[{_ID}] ForAnyOfAllValues:GuidNotEquals {_ROLES}"
PORTAL = f"(({_WRITE}) OR ({_NONE_OF_REQUEST})) AND (({_DELETE}) OR ({_NONE_OF_RESOURCE}))"


@pytest.mark.parametrize(
    "condition",
    [
        pytest.param(PORTAL, id="as the portal writes it"),
        pytest.param(PORTAL.replace("(", "\n(\n ").replace(")", "\n)\n "), id="spread over lines"),
        pytest.param(PORTAL.replace(" OR ", " || ").replace(" AND ", " && "), id="signs for words"),
        pytest.param(PORTAL.lower(), id="lower case"),
        pytest.param(f"({_WRITE} OR {_NONE_OF_REQUEST})", id="one clause"),
        pytest.param(f"({PORTAL})", id="one more pair of parentheses"),
    ],
)
def test_the_portals_condition_is_recognised(condition: str) -> None:
    assert only_withholds_roles(condition)


@pytest.mark.parametrize(
    "condition",
    [
        pytest.param("", id="nothing"),
        pytest.param(_NONE_OF_REQUEST, id="a clause without its guard"),
        pytest.param(f"{PORTAL} AND ({_NONE_OF_REQUEST})", id="an unguarded clause beside guarded ones"),
        pytest.param(PORTAL.replace("GuidNotEquals", "GuidEquals"), id="may assign only some roles"),
        pytest.param(PORTAL.replace("ForAnyOfAllValues", "ForAnyOfAnyValues"), id="another quantifier"),
        pytest.param(PORTAL.replace("!(", "("), id="guards turned round"),
        pytest.param(PORTAL.replace("roleAssignments/write", "roleAssignments/*"), id="a wider guard"),
        pytest.param(
            PORTAL.replace("Microsoft.Authorization/roleAssignments/write", "Microsoft.Compute/galleries/read"),
            id="a guard on reading galleries",
        ),
        pytest.param(PORTAL.replace("@Request", "@Resource"), id="asks about the wrong side"),
        pytest.param(
            PORTAL.replace(_ID, "Microsoft.Authorization/roleAssignments:PrincipalId"), id="limits principals"
        ),
        pytest.param(f"({_WRITE}) AND ({_NONE_OF_REQUEST})", id="and for or"),
        pytest.param(f"({_WRITE}) OR ({_NONE_OF_REQUEST}) OR ({_NONE_OF_RESOURCE})", id="three ways out"),
        pytest.param(f"!({PORTAL})", id="the opposite"),
        pytest.param(PORTAL[:-1], id="cut off"),
        pytest.param(PORTAL + ")", id="one parenthesis too many"),
        pytest.param(PORTAL + " AND", id="a dangling word"),
        pytest.param("(" * 5000, id="deep"),
        pytest.param("!" * 5000, id="many times not"),
        pytest.param(PORTAL + " " * 30000 + "x", id="long"),
    ],
)
def test_any_other_condition_is_not(condition: str) -> None:
    assert not only_withholds_roles(condition)


@given(st.text(alphabet="()!{}'@ANDORandor ,:/\n", max_size=60))
def test_no_text_breaks_the_reader(condition: str) -> None:
    assert not only_withholds_roles(condition)


@given(st.integers(0, len(PORTAL) - 1), st.sampled_from("()!{}'@xO0 "))
def test_one_changed_character_never_widens_the_condition(at: int, character: str) -> None:
    changed = PORTAL[:at] + character + PORTAL[at + 1 :]
    # Only white space and digits of the listed roles may change without changing what the condition limits.
    if only_withholds_roles(changed):
        assert changed.lower().split() == PORTAL.lower().split() or PORTAL[at] in "0123456789abcdef-, "
