import pytest
from hypothesis import given
from hypothesis import strategies as st

from checker.facts.version_number import VersionNumber

_INT32 = st.integers(0, 2**31 - 1)


@pytest.mark.parametrize(
    "name",
    [
        "1.0",
        "1.0.0.0",
        "v1.0.0",
        "1.0.0-rc",
        "1.0.0+build",
        " 1.0.0",
        "1.0.0\n",
        "1..0",
        "-1.0.0",
        "+1.0.0",
        "1_0.0.0",
        "2147483648.0.0",
        "0.0.99999999999",
        "١.٠.٠",
        "１.０.０",
        "latest",
        "",
        "9" * 5000 + ".0.0",
    ],
)
def test_what_is_no_version_number(name: str) -> None:
    assert VersionNumber.parse(name) is None


@given(_INT32, _INT32, _INT32)
def test_every_number_reads_back(major: int, minor: int, patch: int) -> None:
    number = VersionNumber.parse(f"{major}.{minor}.{patch}")
    assert number == (major, minor, patch)
    assert str(number) == f"{major}.{minor}.{patch}"


def test_leading_zeros_do_not_count() -> None:
    assert VersionNumber.parse("00000000000001.002.3") == (1, 2, 3)


def test_order_is_by_number_not_by_text() -> None:
    names = ["1.10.0", "1.9.0", "2.0.0", "1.9.11", "1.9.2"]
    ordered = sorted(names, key=lambda name: VersionNumber.parse(name) or (0, 0, 0))
    assert ordered == ["1.9.0", "1.9.2", "1.9.11", "1.10.0", "2.0.0"]


@given(st.text(max_size=30))
def test_any_text_is_a_number_or_none(name: str) -> None:
    number = VersionNumber.parse(name)
    assert number is None or all(part.isascii() and part.isdigit() for part in name.split("."))
