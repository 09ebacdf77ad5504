import itertools

import pytest

from checker.facts.unread import Fact, FactUnread, Unread, every, negate, read, some

U = Unread("/scope", "fact", "why")
TRUTHS: tuple[Fact[bool], ...] = (True, False, U)


def _possible(truths: tuple[Fact[bool], ...]) -> list[tuple[bool, ...]]:
    """Every way in which what is unread may turn out."""
    return list(itertools.product(*[(True, False) if isinstance(t, Unread) else (t,) for t in truths]))


@pytest.mark.parametrize("truths", [t for n in range(4) for t in itertools.product(TRUTHS, repeat=n)])
def test_unread_exactly_where_its_value_would_matter(truths: tuple[Fact[bool], ...]) -> None:
    for combine, certain in ((every, all), (some, any)):
        outcomes = {certain(values) for values in _possible(truths)}
        combined = combine(truths)
        if len(outcomes) == 2:
            assert isinstance(combined, Unread)
        else:
            assert combined is outcomes.pop()


def test_negation_keeps_what_is_unread() -> None:
    assert negate(True) is False
    assert negate(False) is True
    assert negate(U) is U


def test_an_unread_fact_has_no_truth_value() -> None:
    with pytest.raises(TypeError, match="no truth value"):
        bool(U)


def test_reading_an_unread_fact_stops_the_rule_with_its_reason() -> None:
    with pytest.raises(FactUnread) as stop:
        read(U)
    assert stop.value.unread is U
    assert read("value") == "value"


def test_the_first_unread_fact_gives_the_reason() -> None:
    other = Unread("/other", "fact", "another reason")
    assert every([True, U, other]) is U
    assert some([False, other, U]) is other
