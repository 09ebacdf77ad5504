"""The ways to resolve a finding: by commands, in the portal, and with our own command."""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass

from checker.report import Report, Result

_PORTAL = "or in the portal:"
_BLANK = re.compile(r"[A-Z][A-Z.-]*[A-Z](?: OF .*)?", re.DOTALL)
_OWN_SANDBOX = "sandbox (the tenant that the program brings)"


@dataclass(frozen=True, slots=True)
class Step:
    """One step; a command is to be typed as it stands."""

    words: str
    is_command: bool


@dataclass(frozen=True, slots=True)
class Way:
    """One way to resolve a finding. ``name`` is ``cli``, ``steps``, ``portal`` or ``own``; ``note`` may be empty."""

    name: str
    title: str
    steps: tuple[Step, ...]
    note: str = ""


def ways_of(result: Result, report: Report) -> tuple[Way, ...]:
    """The ways to resolve a finding that its fix tells of; none without a fix."""
    if result.fix is None:
        return ()
    portal = tuple(Step(_portal(step), False) for step in result.fix.steps if step.startswith(_PORTAL))
    others = tuple(Step(step, step.startswith("az ")) for step in result.fix.steps if not step.startswith(_PORTAL))
    found = []
    if others:
        has_command = any(step.is_command for step in others)
        note = "Words in capitals stand for your own values." if _has_blanks(others, result.asset) else ""
        found.append(Way("cli", "Azure CLI", others, note) if has_command else Way("steps", "By hand", others))
    if portal:
        found.append(Way("portal", "Portal", portal))
    if result.fix.operations:
        note = "Add --dry-run to see the plan and change nothing."
        found.append(Way("own", "imagecheck", (Step(own_command(result, report), True),), note))
    return tuple(found)


def own_command(result: Result, report: Report) -> str:
    """The command that performs the fix of a finding: the asset named as the target, one rule, what it needs."""
    fix = result.fix
    words = ["imagecheck", "check", result.asset, "--select", result.rule, "--fix"]
    if fix is not None and fix.safety == "unsafe":
        words.append("--unsafe-fixes")
    if fix is not None and any(operation.get("verb") == "generalize" for operation in fix.operations):
        words.append("--guest-is-prepared")
    if report.source == _OWN_SANDBOX:
        return shlex.join([*words, "--source", "sandbox"])
    asked = dict(report.asked)
    if asked.get("publisher", "not given") != "not given":
        words += ["--publisher", asked["publisher"]]
    if asked.get("publisher's tenants", "not given") != "not given":
        for tenant in asked["publisher's tenants"].split(", "):
            words += ["--publisher-tenant", tenant]
    return shlex.join(words)


def _portal(step: str) -> str:
    words = step.removeprefix(_PORTAL).strip()
    return words[:1].upper() + words[1:]


def _has_blanks(steps: tuple[Step, ...], asset: str) -> bool:
    """Whether a command holds words in capitals for the reader to replace, and not just names of the asset."""
    names = {*asset.split("/")}
    for step in steps:
        if step.is_command:
            try:
                words = shlex.split(step.words)
            except ValueError:
                continue
            if any(_BLANK.fullmatch(word) and word not in names for word in words):
                return True
    return False
