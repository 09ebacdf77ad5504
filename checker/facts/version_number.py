"""The number of an image version: Major.Minor.Patch."""

from __future__ import annotations

import re
from typing import NamedTuple

_INT32_MAX = 2**31 - 1
_FORM = re.compile(r"([0-9]+)\.([0-9]+)\.([0-9]+)")


class VersionNumber(NamedTuple):
    """A valid number. Compares as Azure orders versions: major, then minor, then patch."""

    major: int
    minor: int
    patch: int

    def __str__(self) -> str:
        return f"{self.major}.{self.minor}.{self.patch}"

    @classmethod
    def parse(cls, name: str) -> VersionNumber | None:
        """The number that a version's name is, or None where the name is none.

        Three integers of ASCII digits, each within int32 (0 to 2147483647).
        """
        form = _FORM.fullmatch(name)
        if form is None:
            return None
        digits = [part.lstrip("0") or "0" for part in form.groups()]
        if any(len(part) > 10 for part in digits):
            return None
        parts = [int(part) for part in digits]
        return None if any(part > _INT32_MAX for part in parts) else cls(*parts)
