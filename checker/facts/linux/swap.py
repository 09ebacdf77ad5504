"""The traces of swap space in an image."""

from __future__ import annotations

from dataclasses import dataclass

from checker.facts.unread import Fact

#: What the words of a trace begin with that mentions swap space, and does not tell where it is.
NOT_UNDERSTOOD = "not understood: "
#: What the words of a trace begin with that is there, and that nothing turns on.
NOT_ENABLED = "not enabled: "


@dataclass(frozen=True, slots=True)
class SwapEntry:
    """A trace of swap space: where it was seen, what was seen, and whether fstab certainly puts it on this disk."""

    source: str
    what: str
    on_this_disk: bool = False


@dataclass(frozen=True, slots=True)
class Swap:
    """Swap space, by every way that it comes about; waagent.conf is in ``Agent.configuration``."""

    fstab: Fact[tuple[SwapEntry, ...]]
    volumes: Fact[tuple[SwapEntry, ...]]
    files: Fact[tuple[SwapEntry, ...]]
    units: Fact[tuple[SwapEntry, ...]]
    cloud_init: Fact[tuple[SwapEntry, ...]]
    started: Fact[tuple[SwapEntry, ...]]  # by programs that make it, by scripts that run swapon, by crypttab
