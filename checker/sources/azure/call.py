"""The questions that a source may ask Azure, as data."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, auto
from typing import assert_never

from checker.facts.arm_id import ArmId
from checker.facts.unread import FactName


class Ask(Enum):
    """What is asked: of a subscription, of a resource, or of a tenant."""

    SUBSCRIPTIONS = auto()
    """Every subscription that the sign-in sees."""
    SUBSCRIPTION = auto()
    GALLERIES = auto()
    """The galleries of a subscription."""
    DEFINITIONS = auto()
    """The definitions of a gallery."""
    VERSIONS = auto()
    """The versions of a definition."""
    RESOURCE = auto()
    """A gallery, definition, version, disk or managed image by its id: where its list is not asked for anyway."""
    REPLICATION = auto()
    """A version with its replication status, which no list carries."""
    VM = auto()
    """A VM with its full instance view, which no list carries."""
    ROLE_ASSIGNMENTS = auto()
    """The role assignments that apply at a gallery, those from above with them."""
    HELD_ASSIGNMENTS = auto()
    """Those of them that the publisher holds, itself or through groups: answered without a directory."""
    DENY_ASSIGNMENTS = auto()
    SCHEDULES = auto()
    """The PIM instances at a gallery, active and eligible."""
    ROLE_DEFINITIONS = auto()
    """The roles that may be assigned at a gallery: a custom role need not be known in the whole subscription."""
    PROVIDER = auto()
    """Whether Partner Center's resource provider is registered in a subscription."""
    DIRECTORY = auto()
    """The publisher and Microsoft's two principals in the directory of a tenant."""
    DOMAIN = auto()
    """The tenant of a domain."""


@dataclass(frozen=True, slots=True)
class Call:
    """One question. ``id`` is what it is asked of, ``text`` a tenant or a domain where it is no resource."""

    ask: Ask
    id: ArmId | None = None
    text: str = ""


def fact_behind(ask: Ask) -> FactName | None:
    """The fact that is unread where a question stays without an answer; None where no single one is."""
    match ask:
        case Ask.SUBSCRIPTION:
            return FactName.SUBSCRIPTION
        case Ask.GALLERIES | Ask.DEFINITIONS:
            return FactName.DEFINITIONS
        case Ask.VERSIONS:
            return FactName.VERSIONS
        case Ask.REPLICATION:
            return FactName.REPLICATION
        case Ask.VM:
            return FactName.VM
        case Ask.ROLE_ASSIGNMENTS:
            return FactName.ROLE_ASSIGNMENTS
        case Ask.DENY_ASSIGNMENTS:
            return FactName.DENY_ASSIGNMENTS
        case Ask.SCHEDULES:
            return FactName.ELIGIBILITY
        case Ask.ROLE_DEFINITIONS:
            return FactName.ROLE_DEFINITIONS
        case Ask.PROVIDER:
            return FactName.PROVIDERS
        case Ask.DIRECTORY:
            return FactName.DIRECTORY
        case Ask.SUBSCRIPTIONS | Ask.RESOURCE | Ask.HELD_ASSIGNMENTS | Ask.DOMAIN:
            return None
        case _:
            assert_never(ask)
