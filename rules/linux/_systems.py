"""The families of distributions that the certification's code tells apart, and settings in small files."""

from __future__ import annotations

import re

from checker.facts.linux.system import OsRelease
from checker.facts.unread import Fact, Unread
from rules.linux._versions import numbers

#: By the id in os-release. What only resembles one of them the code does not take for it.
RED_HAT = frozenset({"rhel", "centos", "fedora", "almalinux", "rocky", "ol", "scientific"})
AZURE_LINUX = frozenset({"azurelinux", "mariner"})
SLES = frozenset({"sles", "sles_sap", "sle_hpc", "sle-hpc"})
SUSE = SLES | {"opensuse-leap", "suse", "sl-micro"}

#: From this version of Fedora on, the code asks NetworkManager of a running machine.
WITHOUT_SCRIPTS = (39,)


def version_of(release: OsRelease, scope: str) -> Fact[tuple[int, ...]]:
    """The version of a distribution in numbers; unread where it has none."""
    found = numbers(release.version_id)
    return found or Unread(scope, "/etc/os-release", f"its version is no number: {release.version_id or 'none'}")


def settings(text: str) -> dict[str, str]:
    """``NAME=value`` lines that are no comments, as they stand; the last one of a name counts.

    A carriage return at the end of a line stays: to a shell it is a part of the value.
    """
    found: dict[str, str] = {}
    for line in text.split("\n"):
        match = re.match(r"\s*([A-Za-z_]\w*)=(.*)", line, re.DOTALL)
        if match is not None:
            found[match[1]] = match[2].strip(" \t")
    return found


def unquoted(value: str) -> str:
    """A value without the quotes around it, and without a comment behind it."""
    match = re.fullmatch(r"""(["'])(.*?)\1(?:[ \t]+(?:#.*)?)?""", value, re.DOTALL)
    return match[2] if match is not None else re.split(r"[ \t]#", value, maxsplit=1)[0].strip(" \t")
