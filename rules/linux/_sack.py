"""The kernels that are safe from SACK panics (CVE-2019-11477, -11478, -11479), by distribution, as the document lists.

A kernel's name gives numbers: 4.15.0-1049-azure gives 4, 15, 0, 1049. ``least`` is the first safe one of a branch, and
``branch`` says how many of its numbers name the branch. Debian's are versions of packages: the kernel's name has not
all of it.
"""

from __future__ import annotations

from dataclasses import dataclass

#: Above every kernel of the list, so safe whatever the distribution. Upstream's 5.2 has the repair from the start.
NEWER_THAN_ALL = (5, 4)


@dataclass(frozen=True, slots=True)
class Row:
    """The first safe kernel of a branch: ``release`` is what VERSION_ID begins with, ``flavour`` ends the name."""

    distribution: str
    release: str
    least: tuple[int, ...]
    branch: int = 3
    flavour: str = ""


def _rows(distribution: str, release: str, branch: int, *least: tuple[int, ...], flavour: str = "") -> tuple[Row, ...]:
    return tuple(Row(distribution, release, one, branch, flavour) for one in least)


_RHEL_7 = (
    (3, 10, 0, 327, 79, 2),
    (3, 10, 0, 514, 66, 2),
    (3, 10, 0, 693, 50, 3),
    (3, 10, 0, 862, 34, 2),
    (3, 10, 0, 957, 21, 3),
    (3, 10, 0, 1062, 1, 1),
)
_RHEL_8 = ((4, 18, 0, 80, 4, 2), (4, 18, 0, 147))

ROWS: tuple[Row, ...] = (
    *_rows("ubuntu", "14.04", 3, (4, 15, 0, 1049), flavour="azure"),
    *_rows("ubuntu", "14.04", 3, (4, 4, 0, 151), flavour="generic"),
    *_rows("ubuntu", "16.04", 3, (4, 15, 0, 1049), flavour="azure"),
    *_rows("ubuntu", "18.04", 3, (4, 18, 0, 1023), (5, 0, 0, 1025), flavour="azure"),
    *_rows("ubuntu", "18.10", 3, (4, 18, 0, 1023), flavour="azure"),
    *_rows("ubuntu", "19.04", 3, (5, 0, 0, 1010), (5, 3, 0, 1004), flavour="azure"),
    *(row for id in ("rhel", "centos") for row in _rows(id, "6", 3, (2, 6, 32, 754, 15, 3))),
    *(row for id in ("rhel", "centos") for row in _rows(id, "7", 4, *_RHEL_7)),
    *(row for id in ("rhel", "centos") for row in _rows(id, "8", 4, *_RHEL_8)),
    *_rows("sles", "11.4", 3, (3, 0, 101, 108, 95, 2)),
    *_rows("sles", "12.3", 3, (4, 4, 180, 4, 31, 1), flavour="azure"),
    *_rows("sles", "12.3", 3, (4, 4, 180, 94, 97, 1), flavour="default"),
    *_rows("sles", "12.4", 3, (4, 12, 14, 6, 15, 2), flavour="azure"),
    *_rows("sles", "12.4", 3, (4, 12, 14, 95, 19, 1), flavour="default"),
    *_rows("sles", "15", 3, (4, 12, 14, 5, 30, 1), flavour="azure"),
    *_rows("ol", "7", 3, (3, 8, 13, 118, 35, 2), (4, 1, 12, 124, 28, 3), (4, 14, 35, 1902, 2, 0), flavour="uek"),
    *_rows("ol", "7", 4, (3, 10, 0, 957, 21, 3)),
)

#: Debian: what VERSION_ID is, and the first safe version of the package of the kernel.
DEBIAN = {"8": ("3.16.68-2",), "9": ("4.9.168-1+deb9u3",), "10": ("4.19.37-5",)}
