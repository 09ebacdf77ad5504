import pytest

from checker.facts.listing import Listing
from checker.facts.unread import Fact, Unread

REST = Unread("/scope", "versions", "not collected")
HIDDEN = Unread("/scope/1", "vm", "forbidden")


def _holds(member: Fact[bool]) -> Fact[bool]:
    return member


@pytest.mark.parametrize(
    ("members", "rest", "some", "every"),
    [
        ((), None, False, True),
        ((), REST, REST, REST),
        ((True,), None, True, True),
        ((True,), REST, True, REST),
        ((False,), None, False, False),
        ((False,), REST, REST, False),
        ((True, False), REST, True, False),
        ((HIDDEN,), None, HIDDEN, HIDDEN),
        ((HIDDEN, True), REST, True, HIDDEN),
        ((HIDDEN, False), REST, HIDDEN, False),
    ],
)
def test_what_is_certain_decides_whatever_the_rest_is(
    members: tuple[Fact[bool], ...], rest: Unread | None, some: Fact[bool], every: Fact[bool]
) -> None:
    listing = Listing(members, rest)
    assert listing.some(_holds) is some
    assert listing.every(_holds) is every


def test_the_members_are_given_only_where_they_are_all_known() -> None:
    assert Listing((1, 2)).whole() == (1, 2)
    assert Listing((1, 2), REST).whole() is REST
