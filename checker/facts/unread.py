"""What was read, and what was not: the two shapes of a fact, and logic over both.

A ``Fact[T]`` is either a value that a source read or an ``Unread`` that says why it did not. A fact
is never ``None`` for "unknown" and never a default. ``Fact[bool]`` is a three-valued truth, and
``every`` and ``some`` combine such truths the way Kleene does: what is certain decides, whatever
else is unread.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias, TypeVar

T = TypeVar("T")
U = TypeVar("U")


class FactName(StrEnum):
    """What a source reads in one go. Also the names that a snapshot's ``unread`` entries use."""

    SUBSCRIPTION = "subscription"
    DEFINITIONS = "definitions"
    VERSIONS = "versions"
    VM = "vm"
    REPLICATION = "replication"
    INSTANCE_VIEW = "instance_view"
    ROLE_ASSIGNMENTS = "role_assignments"
    DENY_ASSIGNMENTS = "deny_assignments"
    ELIGIBILITY = "eligibility"
    ROLE_DEFINITIONS = "role_definitions"
    MANAGEMENT_GROUPS = "management_groups"
    PROVIDERS = "providers"
    DIRECTORY = "directory"
    DISK_FILE = "disk_file"
    GUEST = "guest"


#: What is read of a disk itself: no snapshot holds it, and no permission of Azure answers it.
OF_DISKS = frozenset({FactName.DISK_FILE, FactName.GUEST})
#: What a snapshot may say that it was not read.
OF_SNAPSHOTS = tuple(fact for fact in FactName if fact not in OF_DISKS)


#: The Azure (or Microsoft Graph) permissions that answer each fact.
PERMISSIONS: dict[str, tuple[str, ...]] = {
    FactName.SUBSCRIPTION: ("Microsoft.Resources/subscriptions/read",),
    FactName.DEFINITIONS: ("Microsoft.Compute/galleries/images/read",),
    FactName.VERSIONS: ("Microsoft.Compute/galleries/images/versions/read",),
    FactName.VM: ("Microsoft.Compute/virtualMachines/read",),
    FactName.REPLICATION: ("Microsoft.Compute/galleries/images/versions/read",),
    FactName.INSTANCE_VIEW: ("Microsoft.Compute/virtualMachines/instanceView/read",),
    FactName.ROLE_ASSIGNMENTS: ("Microsoft.Authorization/roleAssignments/read",),
    FactName.DENY_ASSIGNMENTS: ("Microsoft.Authorization/denyAssignments/read",),
    FactName.ELIGIBILITY: (
        "Microsoft.Authorization/roleEligibilityScheduleInstances/read",
        "Microsoft.Authorization/roleAssignmentScheduleInstances/read",
    ),
    FactName.ROLE_DEFINITIONS: ("Microsoft.Authorization/roleDefinitions/read",),
    FactName.MANAGEMENT_GROUPS: ("Microsoft.Management/managementGroups/read",),
    FactName.PROVIDERS: ("Microsoft.Resources/subscriptions/providers/read",),
    FactName.DIRECTORY: ("Directory.Read.All (Microsoft Graph)",),
    FactName.DISK_FILE: (),
    FactName.GUEST: (),
}


def permission_for(fact: str) -> str:
    """The permissions that answer a fact, in words; empty for what no permission answers."""
    return ", ".join(PERMISSIONS.get(fact, ()))


class ReasonKind(StrEnum):
    """Why a rule could not be evaluated."""

    UNREAD = "unread"
    CRASHED = "crashed"
    UNSUPPORTED = "unsupported"


@dataclass(frozen=True, slots=True)
class Unread:
    """Why a fact is not known.

    ``scope`` is the id of what was asked, ``fact`` the name of the fact,
    ``detail`` the reason in words, ``permission`` what would answer it (empty where none would).
    """

    scope: str
    fact: str
    detail: str
    permission: str = ""
    kind: ReasonKind = ReasonKind.UNREAD

    def __bool__(self) -> bool:
        """Refuse to be taken for a truth value: that is how an unknown becomes a pass."""
        raise TypeError(f"the unread fact {self.fact} of {self.scope} has no truth value")


Fact: TypeAlias = T | Unread


def not_collected(fact: str, scope: str, detail: str = "not collected") -> Unread:
    """The Unread for what a source did not ask for."""
    return Unread(scope, fact, detail, permission_for(fact))


class FactUnread(Exception):
    """A rule needed a fact that was not read. The engine turns it into ``not-evaluated``."""

    def __init__(self, unread: Unread) -> None:
        super().__init__(unread.detail)
        self.unread = unread


def read(fact: Fact[T]) -> T:
    """The value of a fact; where it was not read, the rule that asks is not evaluated.

    Raises FactUnread, which only the engine catches.
    """
    if isinstance(fact, Unread):
        raise FactUnread(fact)
    return fact


def every(truths: Iterable[Fact[bool]]) -> Fact[bool]:
    """False if one is certainly false; else the first unread one; else True."""
    unread: Unread | None = None
    for truth in truths:
        if isinstance(truth, Unread):
            unread = truth if unread is None else unread
        elif not truth:
            return False
    return True if unread is None else unread


def some(truths: Iterable[Fact[bool]]) -> Fact[bool]:
    """True if one is certainly true; else the first unread one; else False."""
    unread: Unread | None = None
    for truth in truths:
        if isinstance(truth, Unread):
            unread = truth if unread is None else unread
        elif truth:
            return True
    return False if unread is None else unread


def then(fact: Fact[T], make: Callable[[T], Fact[U]]) -> Fact[U]:
    """What follows from a fact's value; unread where the fact is: ``then(state, lambda s: same(s, "Succeeded"))``."""
    return fact if isinstance(fact, Unread) else make(fact)


def negate(truth: Fact[bool]) -> Fact[bool]:
    """True for False, False for True, unread for unread."""
    return truth if isinstance(truth, Unread) else not truth


def known(fact: T | Unread | None) -> T | None:
    """The value where it was read, else None. For words in a report, never for a verdict."""
    return None if isinstance(fact, Unread) else fact
