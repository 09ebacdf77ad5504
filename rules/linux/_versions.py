"""Comparing versions as dpkg and rpm do, and plain numbers.

Sources: Debian Policy 5.6.12 (epoch, upstream version, revision; a tilde comes before everything, even the end); rpm's
manual rpm-version(7) (segments; a tilde comes before, a caret behind the version without it).
"""

from __future__ import annotations

import re
from itertools import zip_longest


def numbers(text: str) -> tuple[int, ...]:
    """The numbers that a version begins with, joined by dots: ``1.1.1k-12`` gives 1, 1, 1; of no version none."""
    match = re.match(r"[0-9]{1,9}(\.[0-9]{1,9})*", text, re.ASCII)
    return () if match is None else tuple(int(part) for part in match[0].split("."))


def all_numbers(text: str) -> tuple[int, ...]:
    """Every number in a version: ``1.6.8-1`` gives 1, 6, 8, 1."""
    return tuple(int(part) for part in re.findall(r"[0-9]{1,18}", text, re.ASCII))


def at_least(version: tuple[int, ...], least: tuple[int, ...]) -> bool:
    """Whether a version is not below another; what is not given counts as 0: 2.2 is 2.2.0."""
    pairs = zip_longest(version, least, fillvalue=0)
    return next((mine > other for mine, other in pairs if mine != other), True)


def upstream(version: str) -> str:
    """A package's version without the epoch and what a distribution appends: ``1:3.0.7-27.el9`` gives 3.0.7."""
    return version.rpartition(":")[2].partition("-")[0]


def compare_dpkg(one: str, other: str) -> int:
    """Below 0, 0, or above 0, as ``dpkg --compare-versions`` orders two versions."""
    mine, theirs = _split(one, default="0"), _split(other, default="0")
    return _by_number(mine[0], theirs[0]) or _dpkg_part(mine[1], theirs[1]) or _dpkg_part(mine[2], theirs[2])


def compare_rpm(one: str, other: str) -> int:
    """Below 0, 0, or above 0, as rpm orders two ``epoch:version-release``."""
    mine, theirs = _split(one, default=""), _split(other, default="")
    return _by_number(mine[0], theirs[0]) or _rpm_part(mine[1], theirs[1]) or _rpm_part(mine[2], theirs[2])


def _split(version: str, default: str) -> tuple[str, str, str]:
    epoch, colon, rest = version.partition(":")
    if not colon:
        epoch, rest = "0", version
    name, dash, revision = rest.rpartition("-")
    if not dash:
        name, revision = rest, default
    return _match(r"[0-9]*", epoch), name, revision


def _dpkg_part(one: str, other: str) -> int:
    """Texts and numbers by turns: letters before other signs, a tilde before the end."""
    while one or other:
        mine, theirs = _match(r"[^0-9]*", one), _match(r"[^0-9]*", other)
        for left, right in zip_longest(mine, theirs, fillvalue=""):
            if left != right:
                return _sign(_dpkg_order(left), _dpkg_order(right))
        one, other = one[len(mine) :], other[len(theirs) :]
        mine, theirs = _match(r"[0-9]*", one), _match(r"[0-9]*", other)
        order = _by_number(mine, theirs)
        if order:
            return order
        one, other = one[len(mine) :], other[len(theirs) :]
    return 0


def _dpkg_order(sign: str) -> int:
    if sign == "~":
        return -1
    if sign == "":
        return 0
    return ord(sign) if sign.isalpha() else ord(sign) + 0x110000


def _rpm_part(one: str, other: str) -> int:
    separators = r"[^A-Za-z0-9~^]*"
    while True:
        one, other = one[len(_match(separators, one)) :], other[len(_match(separators, other)) :]
        if one[:1] == "~" or other[:1] == "~":
            if one[:1] != other[:1]:
                return -1 if one[:1] == "~" else 1
            one, other = one[1:], other[1:]
            continue
        if one[:1] == "^" or other[:1] == "^":
            if not one or not other:
                return -1 if not one else 1
            if one[:1] != other[:1]:
                return 1 if other[:1] == "^" else -1
            one, other = one[1:], other[1:]
            continue
        if not one or not other:
            return _sign(len(one), len(other))
        kind = r"[0-9]+" if one[0].isdigit() else r"[A-Za-z]+"
        mine, theirs = _match(kind, one), _match(kind, other)
        if not theirs:
            return 1 if one[0].isdigit() else -1
        by_number = one[0].isdigit()
        order = _by_number(mine, theirs) if by_number else (mine > theirs) - (mine < theirs)
        if order:
            return order
        one, other = one[len(mine) :], other[len(theirs) :]


def _match(pattern: str, text: str) -> str:
    found = re.match(pattern, text, re.ASCII)
    return found[0] if found is not None else ""


def _by_number(one: str, other: str) -> int:
    """Compare two texts of digits, of any length: an int of more than 4300 digits is refused by Python."""
    one, other = one.lstrip("0"), other.lstrip("0")
    return _sign(len(one), len(other)) or (one > other) - (one < other)


def _sign(one: int, other: int) -> int:
    return (one > other) - (one < other)
