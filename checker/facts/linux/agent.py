"""The Azure Linux agent of an image."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from checker.facts.linux.system import File
from checker.facts.listing import Listing
from checker.facts.unread import Fact


@dataclass(frozen=True, slots=True)
class Agent:
    """The Azure Linux agent.

    ``program`` is what the name leads to, at its real path; ``missing_interpreter`` what is to run it, where that is
    not there. ``modules`` are version.py files of it with the version that each gives, ``units`` the symlinks that
    start it at boot, ``unit_files`` its units and scripts of init, ``masked`` the units that lead to /dev/null,
    ``overrides`` the drop-ins that change what a unit starts, or whether it does,
    ``configuration`` waagent.conf by option, and ``state`` what is in the folder that it keeps its state in.
    """

    program: Fact[File | None]
    missing_interpreter: Fact[str | None]
    modules: Fact[tuple[tuple[str, str], ...]]
    units: Fact[tuple[str, ...]]
    unit_files: Fact[tuple[str, ...]]
    masked: Fact[tuple[str, ...]]
    overrides: Fact[tuple[str, ...]]
    configuration: Fact[Mapping[str, str] | None]
    state: Listing[str]
