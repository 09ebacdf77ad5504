"""A list that may be known only in part."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

from checker.facts.unread import Fact, Unread, every, some

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Listing(Generic[T]):
    """What is known of a list, and why the rest is not; ``rest`` is None for a list known whole."""

    known: tuple[T, ...]
    rest: Unread | None = None

    def some(self, holds: Callable[[T], Fact[bool]]) -> Fact[bool]:
        """Whether something holds of one member at least."""
        truth = some(holds(member) for member in self.known)
        return self.rest if truth is False and self.rest is not None else truth

    def every(self, holds: Callable[[T], Fact[bool]]) -> Fact[bool]:
        """Whether something holds of each member."""
        truth = every(holds(member) for member in self.known)
        return self.rest if truth is True and self.rest is not None else truth

    def whole(self) -> Fact[tuple[T, ...]]:
        """The members, where all of them are known."""
        return self.known if self.rest is None else self.rest
