"""Versions: the order is that of dpkg and of rpm themselves where they are installed."""

from __future__ import annotations

import itertools
import shutil
import subprocess

import pytest

from rules.linux._versions import all_numbers, at_least, compare_dpkg, compare_rpm, numbers, upstream

#: Each list is in order, smallest first.
DPKG = [
    ["1.0~~", "1.0~~a", "1.0~", "1.0", "1.0+b1", "1.0.1", "1.0a"][:4],
    ["3.0.15-1~deb12u1", "3.0.15-1", "3.0.15-1+b1", "3.0.15-2"],
    ["0.9", "0:1.0", "1.0-1", "1.9", "1.10", "1:0.1", "2:0.0.1"],
    ["4.9.168-1", "4.9.168-1+deb9u2", "4.9.168-1+deb9u3", "4.9.168-1+deb9u10", "4.9.189-1"],
    ["1.0a", "1.0b", "1.0.", "1.0.1"],
    ["1-2-1", "1-2-2", "1-3-0"],
    ["09", "10"],
]
RPM = [
    ["1.0~rc1-1", "1.0-1", "1.0^git1-1", "1.0.1-1"],
    ["2.6.32-754.el6", "2.6.32-754.15.3.el6", "2.6.32-1000.el6"],
    ["1.1.1k-12.el8", "1:1.0.0-1", "2:0.1-1"],
    ["1.0a-1", "1.0.1-1", "1.0.10-1"],
    ["1.0-1", "1.0-1.1", "1.0-2", "1.0-10"],
    ["a-1", "1-1"],
]


@pytest.mark.parametrize(("compare", "lists"), [(compare_dpkg, DPKG), (compare_rpm, RPM)])
def test_the_order(compare, lists) -> None:
    for ordered in lists:
        for (i, one), (j, other) in itertools.product(enumerate(ordered), repeat=2):
            assert compare(one, other) == (i > j) - (i < j), (one, other)


@pytest.mark.parametrize(("one", "other"), [("1.0", "1.00"), ("0:1.0-1", "1.0-1"), ("1.0-0", "1.0"), ("", "")])
def test_the_same_for_dpkg(one, other) -> None:
    assert compare_dpkg(one, other) == 0


@pytest.mark.parametrize(
    ("one", "other"), [("1.0-1", "1.00-1"), ("1.0-1", "1_0-1"), ("0:1-1", "1-1"), ("1~~-1", "1~~-1")]
)
def test_the_same_for_rpm(one, other) -> None:
    assert compare_rpm(one, other) == 0


@pytest.mark.skipif(shutil.which("dpkg") is None, reason="there is no dpkg here")
def test_as_dpkg_itself() -> None:
    versions = sorted({version for ordered in DPKG for version in ordered})
    for one, other in itertools.combinations(versions, 2):
        if compare_dpkg(one, other) == 0:
            word = "eq"
        else:
            word = "lt" if compare_dpkg(one, other) < 0 else "gt"
        assert subprocess.run(["dpkg", "--compare-versions", one, word, other], check=False).returncode == 0, (
            one,
            other,
        )


@pytest.mark.skipif(shutil.which("rpm") is None, reason="there is no rpm here")
def test_as_rpm_itself() -> None:
    parts = sorted({version.partition("-")[0].rpartition(":")[2] for ordered in RPM for version in ordered})
    pairs = list(itertools.product(parts, repeat=2))
    calls = ", ".join(f'rpm.vercmp("{one}", "{other}")' for one, other in pairs)
    script = f'%{{lua:print(table.concat({{{calls}}}, " "))}}'
    said = subprocess.run(["rpm", "--eval", script], check=True, capture_output=True, text=True).stdout
    assert [compare_rpm(one, other) for one, other in pairs] == [int(word) for word in said.split()]


def test_numbers_of_any_length_are_compared() -> None:
    long = "9" * 10_000
    for compare in (compare_dpkg, compare_rpm):
        assert compare(f"{long}-1", "1-1") > 0
        assert compare(f"{long}:1-1", "1:1-1") > 0
    assert all_numbers(long)


@pytest.mark.parametrize(
    ("text", "found"),
    [("1.1.1k-12", (1, 1, 1)), ("2.2.53.1", (2, 2, 53, 1)), ("v1", ()), ("", ()), ("3", (3,)), ("1.2.", (1, 2))],
)
def test_plain_numbers(text, found) -> None:
    assert numbers(text) == found


def test_what_is_not_given_is_zero() -> None:
    assert at_least((2, 2), (2, 2, 0))
    assert not at_least((2, 2), (2, 2, 1))
    assert at_least((2, 10), (2, 9, 9))
    assert at_least((3,), (2, 9))


def test_the_upstream_version() -> None:
    assert upstream("1:3.0.7-27.el9") == "3.0.7"
    assert upstream("3.0.15-1~deb12u1") == "3.0.15"
    assert upstream("1.1.1k") == "1.1.1k"


def test_a_time_that_is_none_is_refused_at_once():
    from checker.facts.linux.sshd import SshdSetting
    from rules.linux.client_alive_interval import _seconds

    def seconds(value):
        return _seconds(SshdSetting("clientaliveinterval", value, "/etc/ssh/sshd_config", 1, False))

    # Were each row of digits cut in every possible way, this would not end.
    assert seconds("1" * 4000 + "x") is None
    assert [seconds(value) for value in ("180", "3m", "1m30s", "1M30", "", "m")] == [180, 180, 90, 90, None, None]
