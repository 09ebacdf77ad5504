"""What every source of facts can do."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol

from checker.facts.snapshot import Snapshot
from checker.fixes.runner import Actuator
from checker.rule import Publisher
from checker.wish import Wish


class Watcher(Protocol):
    """Hears how far a collection is."""

    def __call__(self, answered: int, asked: int) -> None:
        """So many questions were answered of so many; more may follow."""

    def end(self) -> None:
        """The collection is over."""


class Unwatched:
    """Nobody listens."""

    def __call__(self, answered: int, asked: int) -> None:
        """Say nothing."""

    def end(self) -> None:
        """Say nothing."""


class Source(Protocol):
    """Gives facts, as often as it is asked. ``publisher`` is the one that a source brings with it."""

    @property
    def name(self) -> str:
        """How a report names it."""

    @property
    def publisher(self) -> Publisher:
        """The publisher that the source brings; an empty one where it brings none."""

    @property
    def notes(self) -> tuple[tuple[str, str], ...]:
        """What a reader should know of how the facts were read, in pairs of words."""

    def collect(self, wish: Wish) -> Snapshot:
        """The facts as they are now. Raises SourceProblem or UsageProblem."""

    def actuator(self) -> Actuator | None:
        """What performs operations there; None where nothing can be changed."""

    def settle(self) -> bool:
        """Wait a little for changes to be seen everywhere. False where that changes nothing, or was done enough."""


@dataclass(frozen=True, slots=True)
class SnapshotSource:
    """A saved snapshot: all its facts, whatever is wished."""

    snapshot: Snapshot
    name: str
    publisher: Publisher = field(default_factory=Publisher)
    notes: tuple[tuple[str, str], ...] = ()

    def collect(self, wish: Wish) -> Snapshot:
        """The snapshot."""
        return self.snapshot

    def actuator(self) -> Actuator | None:
        """None: a file stays as it is."""
        return None

    def settle(self) -> bool:
        """False: a file stays as it is."""
        return False
