"""The kernels that are safe from SACK panics (CVE-2019-11477, -11478, -11479), by distribution, as the document lists.

A kernel's name gives numbers: 4.15.0-1049-azure gives 4, 15, 0, 1049. ``least`` is the first safe one of a branch, and
``branch`` says how many of its numbers name the branch. Debian's are versions of packages: the kernel's name has not
all of it. Left out is what the document says nothing of (RHEL for SAP: *TBD*), and for Debian 10 the version of a
compiler that it prints by mistake.
"""

from __future__ import annotations

from dataclasses import dataclass

#: Above every kernel of the list, so safe whatever the distribution.
NEWER_THAN_ALL = (5, 4)
#: Upstream has the repair from here on; the list names some kernels above it all the same, which come first.
REPAIRED_UPSTREAM = (5, 2)


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


#: Stands for Red Hat Enterprise Linux and for what is built from it, with the same kernels under the same names.
RED_HAT = "rhel"
_RHEL_6 = (2, 6, 32, 754, 15, 3)
_RHEL_7 = (
    (3, 10, 0, 327, 79, 2),
    (3, 10, 0, 514, 66, 2),
    (3, 10, 0, 693, 50, 3),
    (3, 10, 0, 862, 34, 2),
    (3, 10, 0, 957, 21, 3),
    (3, 10, 0, 1062, 1, 1),
)
_RHEL_8 = ((4, 18, 0, 80, 4, 2), (4, 18, 0, 147))

#: Oracle's Unbreakable Enterprise Kernel, its second to fifth releases.
_UEK_2, _UEK_3, _UEK_4, _UEK_5 = (
    (2, 6, 39, 400, 312, 2),
    (3, 8, 13, 118, 35, 2),
    (4, 1, 12, 124, 28, 3),
    (4, 14, 35, 1902, 2, 0),
)

#: SLES for SAP calls itself either, by its release.
_SLES = ("sles", "sles_sap")

ROWS: tuple[Row, ...] = (
    *_rows("ubuntu", "14.04", 3, (4, 15, 0, 1049), flavour="azure"),
    *_rows("ubuntu", "14.04", 3, (4, 4, 0, 151), flavour="generic"),
    *_rows("ubuntu", "16.04", 3, (4, 15, 0, 1049), flavour="azure"),
    *_rows("ubuntu", "18.04", 3, (4, 18, 0, 1023), (5, 0, 0, 1025), flavour="azure"),
    *_rows("ubuntu", "18.10", 3, (4, 18, 0, 1023), flavour="azure"),
    *_rows("ubuntu", "19.04", 3, (5, 0, 0, 1010), (5, 3, 0, 1004), flavour="azure"),
    *_rows(RED_HAT, "6", 3, _RHEL_6, flavour=".el6"),
    *_rows(RED_HAT, "7", 4, *_RHEL_7, flavour=".el7"),
    *_rows(RED_HAT, "8", 4, *_RHEL_8, flavour=".el8"),
    *(row for id in _SLES for row in _rows(id, "11.4", 3, (3, 0, 101, 108, 95, 2))),
    *(row for id in _SLES for row in _rows(id, "12.1", 3, (3, 12, 74, 60, 64, 115, 1))),
    *(row for id in _SLES for row in _rows(id, "12.2", 3, (4, 4, 121, 92, 114, 1))),
    *(row for id in _SLES for row in _rows(id, "12.3", 3, (4, 4, 180, 4, 31, 1), flavour="azure")),
    *(row for id in _SLES for row in _rows(id, "12.3", 3, (4, 4, 180, 94, 97, 1), flavour="default")),
    *(row for id in _SLES for row in _rows(id, "12.4", 3, (4, 12, 14, 6, 15, 2), flavour="azure")),
    *(row for id in _SLES for row in _rows(id, "12.4", 3, (4, 12, 14, 95, 19, 1), flavour="default")),
    *(row for id in _SLES for row in _rows(id, "15", 3, (4, 12, 14, 5, 30, 1), flavour="azure")),
    *_rows("ol", "6", 3, _UEK_2, _UEK_3, flavour="uek"),
    *_rows("ol", "7", 3, _UEK_3, _UEK_4, _UEK_5, flavour="uek"),
    *_rows("coreos", "2079", 3, (4, 19, 43)),
    *_rows("coreos", "2135", 3, (4, 19, 50)),
    *_rows("coreos", "2163", 3, (4, 19, 50)),
)

#: Debian: the branch of the kernel, and the first safe version of its package.
DEBIAN = {(3, 16): "3.16.68-2", (4, 9): "4.9.168-1+deb9u3", (4, 19): "4.19.37-5"}
