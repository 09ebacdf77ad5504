"""The ways to resolve a finding: by commands, in the portal, and with our own command."""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass

from checker.report import Report, Result

_PORTAL = "or in the portal:"
_BLANK = re.compile(r"[A-Z][A-Z.-]*[A-Z](?: OF .*)?", re.DOTALL)
_OWN_SANDBOX = "sandbox (the tenant that the program brings)"
_AZURE = re.compile(r"azure(?: \((?P<cloud>[^()\s]+)\))?(?:, tenant (?P<tenant>\S+))?")
# fmt: off
_PROGRAMS = frozenset((
    "Add-AzVhd", "Convert-VHD", "Optimize-VHD", "Resize-VHD", "apt-get", "az", "azcopy", "cloud-init", "cp",
    "curl", "dd", "dnf", "echo", "export", "fdisk", "grub2-mkconfig", "gunzip", "imagecheck", "ln", "mv",
    "passwd", "printf", "python3", "qemu-img", "resize2fs", "rm", "sed", "sfdisk", "sgdisk", "sha256sum", "sudo",
    "systemctl", "tar", "truncate", "unxz", "unzip", "update-grub", "usermod", "visudo", "waagent", "xz", "yum",
    "zypper",
))
# fmt: on
_OF_SENTENCES = frozenset({"a", "an", "and", "it", "of", "or", "the", "then"})


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
    """The ways to resolve a finding that its fix tells of; without one, where to read of it."""
    if result.fix is None or not (result.fix.steps or result.fix.operations):
        explained = Step(shlex.join(["imagecheck", "rule", result.rule]), True)
        return (Way("steps", "What to do", (explained,), "It explains what the rule demands, and how to fix it."),)
    portal = tuple(Step(_portal(step), False) for step in result.fix.steps if step.startswith(_PORTAL))
    others = tuple(part for step in result.fix.steps if not step.startswith(_PORTAL) for part in steps_in(step))
    found = []
    if others:
        note = "Words in capitals stand for your own values." if _has_blanks(others, result.asset) else ""
        found.append(Way(*_by(others), others, note))
    if portal:
        found.append(Way("portal", "Portal", portal))
    if result.fix.operations:
        found.append(Way("own", "imagecheck", (Step(own_command(result, report), True),), _own_note(report)))
    return tuple(found)


def steps_in(step: str) -> tuple[Step, ...]:
    """A step of a fix as what to say and what to type: ``on the machine: sudo …`` is a text and a command.

    What cannot be typed as it stands is a text: a command with a remark behind it, or two with an "or" between them.
    """
    if _is_command(step):
        return (Step(step, True),)
    lead, colon, rest = step.partition(": ")
    if colon and not _is_started(lead) and _is_command(rest):
        return (Step(f"{lead}:", False), Step(rest, True))
    return (Step(step, False),)


def _is_command(step: str) -> bool:
    """Whether a step can be typed as it stands: a program that is known, whole words, and no remark for the reader."""
    if not _is_started(step):
        return False
    try:
        words = shlex.split(step)
    except ValueError:
        return False
    if any(word.startswith("(") or word == "…" or word.endswith(",") for word in words):
        return False
    # What ``az`` made is quoted: a word in it is a name. Elsewhere it shows that the step is a sentence.
    return words[0] == "az" or not _OF_SENTENCES & {*words}


def _is_started(step: str) -> bool:
    return step.partition(" ")[0] in _PROGRAMS


def _by(steps: tuple[Step, ...]) -> tuple[str, str]:
    """The name and the title of a way: of commands, or of what is done by hand."""
    commands = [step.words.partition(" ")[0] for step in steps if step.is_command]
    if not commands:
        return "steps", "By hand"
    return "cli", "Azure CLI" if {*commands} == {"az"} else "Commands"


def own_command(result: Result, report: Report) -> str:
    """The command that performs the fix of a finding: the asset named as the target, one rule, what it needs."""
    fix = result.fix
    words = ["imagecheck", "check", result.asset, "--select", result.rule, "--fix"]
    if fix is not None and fix.safety == "unsafe":
        words.append("--unsafe-fixes")
    if fix is not None and any(operation.get("verb") == "generalize" for operation in fix.operations):
        words.append("--guest-is-prepared")
    words += source_flags(report.source)
    if report.source == _OWN_SANDBOX:
        return shlex.join(words)
    asked = dict(report.asked)
    if asked.get("publisher", "not given") != "not given":
        words += ["--publisher", asked["publisher"]]
    if asked.get("publisher's tenants", "not given") != "not given":
        for tenant in asked["publisher's tenants"].split(", "):
            words += ["--publisher-tenant", tenant]
    return shlex.join(words)


def source_flags(source: str) -> list[str]:
    """The flags that lead another run to a source, by the name that a report calls it; none for Azure itself.

    A snapshot cannot be changed, so what is to be changed is looked for in Azure.
    """
    if source == _OWN_SANDBOX:
        return ["--source", "sandbox"]
    if source.startswith("sandbox:"):
        return ["--source", source]
    if source.startswith("sandbox at "):
        return ["--source", source.removeprefix("sandbox at ")]
    azure = _AZURE.fullmatch(source)
    if azure is None:
        return []
    flags = ["--cloud", azure["cloud"]] if azure["cloud"] else []
    return [*flags, *(["--tenant", azure["tenant"]] if azure["tenant"] else [])]


def _own_note(report: Report) -> str:
    dry = "Add --dry-run to see the plan and change nothing."
    if report.source.startswith("snapshot:"):
        return f"A snapshot cannot be changed: the command is for Azure itself. {dry}"
    if report.source.startswith("sandbox at "):
        return f"IMAGECHECK_SANDBOX_TOKEN must hold the sandbox's token. {dry}"
    return dry


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
