"""The contract between a rule and the engine.

A rule is one decorated function over one asset and a Context. It returns ``Pass``, ``Fail`` or
``NotApplicable``. Reading an unread fact with ``read`` makes the result not-evaluated. A rule does no
I/O, reads no clock and changes nothing.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Generic, TypeAlias, TypeVar

from checker.facts.arm_id import ArmId, Kind
from checker.facts.assets import Asset, Version
from checker.facts.estate import Estate
from checker.facts.unread import FactName
from checker.facts.vhd import Vhd, VhdId
from checker.fixes.operations import Fix, texts

A = TypeVar("A", bound=Asset | Vhd)


class Severity(StrEnum):
    """``error``: a submission is refused, or the text says must. ``warning``: recommended."""

    ERROR = "error"
    WARNING = "warning"
    INFO = "info"

    @property
    def weight(self) -> int:
        """3 for error, 2 for warning, 1 for info."""
        return {Severity.ERROR: 3, Severity.WARNING: 2, Severity.INFO: 1}[self]


class Basis(StrEnum):
    """What a rule rests on: a document, published rejections, or our own reasoning from documents."""

    DOCUMENTED = "documented"
    REPORTED = "reported"
    DERIVED = "derived"


@dataclass(frozen=True, slots=True)
class Source:
    """A document that a rule rests on, and the date of the text that was read: ``2023-03-13``, or as far as known."""

    title: str
    url: str
    date: str


@dataclass(frozen=True, slots=True)
class Pass:
    """The demand is met, and what was seen that shows it."""

    evidence: tuple[str, ...]

    def __post_init__(self) -> None:
        object.__setattr__(self, "evidence", texts("evidence", self.evidence))


@dataclass(frozen=True, slots=True)
class Fail:
    """The demand is not met. ``lowered`` gives a smaller severity than the rule's, and says why."""

    message: str
    expected: str
    actual: str
    evidence: tuple[str, ...] = ()
    fix: Fix | None = None
    lowered: Lowered | None = None

    def __post_init__(self) -> None:
        texts("message, expected and actual", (self.message, self.expected, self.actual))
        object.__setattr__(self, "evidence", texts("evidence", self.evidence))
        if not isinstance(self.fix, Fix | None) or not isinstance(self.lowered, Lowered | None):
            raise TypeError("fix is a Fix or None, lowered a Lowered or None")


@dataclass(frozen=True, slots=True)
class NotApplicable:
    """The demand says nothing about this asset."""

    why: str

    def __post_init__(self) -> None:
        texts("why", (self.why,))


@dataclass(frozen=True, slots=True)
class Lowered:
    """A smaller severity, and why."""

    severity: Severity
    why: str


Outcome: TypeAlias = Pass | Fail | NotApplicable


@dataclass(frozen=True, slots=True)
class Publisher:
    """Who publishes: a name to find in the directory, and the tenants (GUIDs or domains)."""

    name: str | None = None
    tenants: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Policy:
    """What the user vouches for."""

    guest_is_prepared: bool = False


@dataclass(frozen=True, slots=True)
class Context:
    """What a rule may look at besides its asset.

    ``today`` is the moment that the facts speak of, in UTC. ``targets`` are the folded ids that the user
    named; ``captured`` gives, for the folded id of a VM, the versions that were captured from it. ``disks`` are all
    disk files of the run.
    """

    estate: Estate
    publisher: Publisher
    policy: Policy
    today: datetime
    targets: frozenset[str] = frozenset()
    captured: Mapping[str, tuple[Version, ...]] = field(default_factory=dict)
    disks: tuple[Vhd, ...] = ()

    def is_target(self, id: ArmId | VhdId) -> bool:
        """Whether the user named this asset. Only a VM that is named may be changed."""
        return id.key in self.targets


@dataclass(frozen=True, slots=True)
class Rule(Generic[A]):
    """One demand on one kind of asset.

    ``reads`` are the facts it may touch: they decide what is collected. ``at_most`` gives the severity that
    a failure on a given asset cannot exceed, so that a result that was not evaluated counts no more.
    """

    code: str
    slug: str
    title: str
    severity: Severity
    basis: Basis
    sources: tuple[Source, ...]
    kind: Kind
    reads: tuple[FactName, ...]
    check: Callable[[A, Context], Outcome]
    doc: str
    at_most: Callable[[A, Context], Lowered | None] | None = None
    pack: str = "imagecheck"

    def section(self, heading: str) -> str:
        """The text under a heading of the rule's docstring, or an empty text."""
        lines = self.doc.splitlines()
        if heading not in lines:
            return ""
        start = lines.index(heading) + 1
        end = next((n for n in range(start, len(lines)) if lines[n] in HEADINGS), len(lines))
        return "\n".join(lines[start:end]).strip("\n- ")


HEADINGS = ("What it demands", "Why", "How to fix", "Fix safety")


def rule(
    *,
    code: str,
    slug: str,
    title: str,
    severity: Severity,
    basis: Basis,
    sources: tuple[Source, ...],
    kind: Kind,
    reads: tuple[FactName, ...],
    at_most: Callable[[A, Context], Lowered | None] | None = None,
) -> Callable[[Callable[[A, Context], Outcome]], Rule[A]]:
    """Make a rule of a function over one asset and a Context."""

    def decorate(check: Callable[[A, Context], Outcome]) -> Rule[A]:
        doc = inspect.cleandoc(check.__doc__ or "")
        return Rule(code, slug, title, severity, basis, sources, kind, reads, check, doc, at_most)

    return decorate
