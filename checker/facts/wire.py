"""Reading the members of a wire body: JSON that Azure wrote and that nobody has checked.

Two kinds of member. One that Azure always returns is Unread when the body leaves it out. One that
Azure omits when it is unset has a meaning when it is missing: None, False or nothing, but only where
the object that would hold it is there, if Azure always returns that object. A value of another type
than the documented one is Unread either way.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, NamedTuple, TypeVar

from checker.facts.unread import Fact, Unread

T = TypeVar("T")

Json = Any
"""What ``json.loads`` returns."""


#: The objects that Azure always returns: without them nothing is known of what they hold.
_ALWAYS_THERE = frozenset(
    {
        "properties",
        "properties.publishingProfile",
        "properties.storageProfile",
        "properties.storageProfile.osDisk",
    }
)

_SEVENTH_DIGIT = re.compile(r"[.,][0-9]{6}([0-9])")


class _Missing:
    """Says that a member is not there, or null."""


_MISSING = _Missing()


@dataclass(frozen=True, slots=True)
class Body:
    """One wire body, or the reason why there is none.

    ``scope`` is the id of the asset it describes, ``fact`` the name of what was read; ``content`` a JSON
    object, or the Unread that every member then is. Members are named by their path: ``"properties.osState"``.
    """

    scope: str
    fact: str
    content: Fact[Mapping[str, Json]]

    def text(self, path: str) -> Fact[str]:
        """A text that Azure always returns."""
        return self._required(path, str, "a text")

    def optional_text(self, path: str) -> Fact[str | None]:
        """A text that Azure omits when it is unset; None then."""
        return self._optional(path, str, "a text")

    def number(self, path: str) -> Fact[int]:
        """A whole number that Azure always returns."""
        return self._required(path, int, "a whole number")

    def optional_number(self, path: str) -> Fact[int | None]:
        """A whole number that Azure omits when it is unset; None then."""
        return self._optional(path, int, "a whole number")

    def flag(self, path: str) -> Fact[bool]:
        """A truth that Azure omits when it is false."""
        value = self._optional(path, bool, "true or false")
        return value if isinstance(value, Unread) else bool(value)

    def present(self, path: str) -> Fact[bool]:
        """Whether an object that Azure omits when it is unset is there."""
        value = self._optional(path, dict, "an object")
        return value if isinstance(value, Unread) else value is not None

    def time(self, path: str) -> Fact[Moment]:
        """A time that Azure always returns; without an offset it is taken as UTC."""
        return self._time(path, self.text(path))

    def optional_time(self, path: str) -> Fact[Moment | None]:
        """A time that Azure omits when it is unset; None then."""
        text = self.optional_text(path)
        return None if text is None else self._time(path, text)

    def items(self, path: str) -> Fact[tuple[Body, ...]]:
        """The objects of a list that Azure always returns."""
        return self._bodies(path, self._required(path, list, "a list"))

    def optional_items(self, path: str) -> Fact[tuple[Body, ...]]:
        """The objects of a list that Azure omits when it is empty."""
        values = self._optional(path, list, "a list")
        return () if values is None else self._bodies(path, values)

    def texts(self, path: str) -> Fact[tuple[str, ...]]:
        """The texts of a list that Azure always returns."""
        values = self._required(path, list, "a list")
        return values if isinstance(values, Unread) else self.optional_texts(path)

    def optional_texts(self, path: str) -> Fact[tuple[str, ...]]:
        """The texts of a list that Azure omits when it is empty."""
        values = self._optional(path, list, "a list")
        if isinstance(values, Unread):
            return values
        if not all(isinstance(value, str) for value in values or ()):
            return self._unreadable(path, "a list of texts")
        return tuple(values or ())

    def missing(self, path: str) -> Unread:
        """The Unread for a member that Azure always returns and this body leaves out."""
        words = f"the body leaves out {path}"
        outer, _, name = path.rpartition(".")
        if outer == "properties" and not isinstance(self.content, Unread) and name in self.content:
            words += f", and has {name} outside of properties, as `az … show` prints it: save what `az rest` answers"
        return Unread(self.scope, self.fact, words)

    def _unreadable(self, path: str, wanted: str) -> Unread:
        return Unread(self.scope, self.fact, f"{path} of the body is not {wanted}")

    def _member(self, path: str) -> Json | _Missing | Unread:
        here: Json = self.content
        if isinstance(here, Unread):
            return here
        walked: list[str] = []
        for name in path.split("."):
            if not isinstance(here, Mapping):
                return self._unreadable(".".join(walked), "an object")
            here = here.get(name)
            walked.append(name)
            if here is None:
                return self.missing(path) if ".".join(walked) in _ALWAYS_THERE else _MISSING
        return here

    def _optional(self, path: str, wanted: type[T], words: str) -> Fact[T | None]:
        value = self._member(path)
        if isinstance(value, Unread):
            return value
        if isinstance(value, _Missing):
            return None
        if not isinstance(value, wanted) or (wanted is int and isinstance(value, bool)):
            return self._unreadable(path, words)
        return value

    def _required(self, path: str, wanted: type[T], words: str) -> Fact[T]:
        value = self._optional(path, wanted, words)
        return self.missing(path) if value is None else value

    def _bodies(self, path: str, values: Fact[list[Json]]) -> Fact[tuple[Body, ...]]:
        if isinstance(values, Unread):
            return values
        return tuple(
            Body(
                self.scope,
                self.fact,
                value if isinstance(value, Mapping) else self._unreadable(path, "a list of objects"),
            )
            for value in values
        )

    def _time(self, path: str, text: Fact[str]) -> Fact[Moment]:
        if isinstance(text, Unread):
            return text
        try:
            time = parse_time(text)
        except ValueError:
            return self._unreadable(path, "a time")
        return time


class Moment(NamedTuple):
    """A time as exact as ARM writes it: UTC in microseconds, and the tenths of one that are left."""

    time: datetime
    tenths: int


def parse_time(text: str) -> Moment:
    """A time as ARM writes it (ISO 8601, seven digits of fraction). Raises ValueError."""
    time = datetime.fromisoformat(text)
    seventh = _SEVENTH_DIGIT.search(text)
    try:
        time = time.replace(tzinfo=UTC) if time.tzinfo is None else time.astimezone(UTC)
    except OverflowError as error:
        raise ValueError(text) from error
    return Moment(time, 0 if seventh is None else int(seventh[1]))
