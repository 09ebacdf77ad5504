import pytest

from checker.facts.roles import (
    BUILT_IN,
    COMPUTE_GALLERY_IMAGE_READER,
    CONTRIBUTOR,
    OWNER,
    READ_GALLERY,
    READ_IMAGES,
    READ_VERSIONS,
    READER,
    USER_ACCESS_ADMINISTRATOR,
    Permission,
    Role,
)


def _role(*blocks: tuple[tuple[str, ...], tuple[str, ...]]) -> Role:
    return Role("guid", "custom", tuple(Permission(actions, not_actions) for actions, not_actions in blocks))


@pytest.mark.parametrize(
    ("role", "equal"),
    [
        pytest.param(_role((("*",), ())), True, id="star"),
        pytest.param(_role((("Microsoft.Compute/*", "*"), ())), True, id="star among others"),
        pytest.param(_role((("**",), ())), True, id="stars"),
        pytest.param(_role((("*/read",), ())), False, id="only reads"),
        pytest.param(_role((("*",), ("Microsoft.Authorization/*/Write",))), False, id="less writing roles"),
        pytest.param(_role((("*",), ("Microsoft.Nowhere/nothing",))), False, id="less anything"),
        pytest.param(
            _role((("*",), ("Microsoft.Authorization/*/Write",)), (("Microsoft.Authorization/*",), ())),
            True,
            id="what one block takes back another gives",
        ),
        pytest.param(
            _role((("*",), ("Microsoft.Authorization/*",)), (("Microsoft.Authorization/roleAssignments/*",), ())),
            False,
            id="another block gives only a part",
        ),
        pytest.param(
            _role(
                (("*",), ("Microsoft.Authorization/*",)),
                (("Microsoft.Authorization/*",), ("Microsoft.Authorization/roleAssignments/write",)),
            ),
            False,
            id="the other block takes some back too",
        ),
        pytest.param(
            _role((("*",), ("A/images/read",)), (("A/*",), ("*/versions/read",))), True, id="gives back one action"
        ),
        pytest.param(_role((("*",), ("A/*",)), (("A/*",), ("A/b",)), (("A/b",), ())), True, id="three blocks together"),
        pytest.param(
            _role((("*",), ("A/*",)), (("A/*",), ("A/b",)), (("A/c",), ())), False, id="three blocks with a hole"
        ),
        pytest.param(_role(((), ())), False, id="nothing"),
        pytest.param(_role(), False, id="no block"),
    ],
)
def test_which_roles_equal_owner(role: Role, equal: bool) -> None:
    assert role.equals_owner is equal


def test_of_the_built_in_roles_only_owner_is_owner() -> None:
    assert [guid for guid, role in BUILT_IN.items() if role.equals_owner] == [OWNER]


@pytest.mark.parametrize("guid", [OWNER, CONTRIBUTOR, READER, USER_ACCESS_ADMINISTRATOR, COMPUTE_GALLERY_IMAGE_READER])
def test_each_built_in_role_reads_images_and_versions(guid: str) -> None:
    assert BUILT_IN[guid].allows(READ_IMAGES)
    assert BUILT_IN[guid].allows(READ_VERSIONS)


def test_the_image_reader_does_not_read_the_gallery() -> None:
    assert not BUILT_IN[COMPUTE_GALLERY_IMAGE_READER].allows(READ_GALLERY)


@pytest.mark.parametrize(
    ("pattern", "action", "matches"),
    [
        ("*", "a/b", True),
        ("A/B", "a/b", True),
        ("a/*", "a/b/c", True),
        ("*/read", "a/b/read", True),
        ("*/read", "a/b/write", False),
        ("a/*/c", "a/c", False),
        ("a/*/c", "a/b/c", True),
        ("a*a", "a", False),
        ("*x*y*", "aXbYc", True),
        ("*x*y*", "ayxb", False),
        ("", "a", False),
        ("a.b", "axb", False),
    ],
)
def test_patterns(pattern: str, action: str, matches: bool) -> None:
    assert Permission((pattern,)).allows(action) is matches


def test_a_pattern_made_to_be_slow_is_not() -> None:
    assert not Permission(("*a" * 2000 + "b",)).allows("a" * 4000)
