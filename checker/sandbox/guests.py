"""Run commands: what a script would do to the guest, told from its text. Nothing is ever executed.

Deprovisioning stops the agent that runs the script. In the foreground it therefore never answers and is left half
done (reported by the agent's maintainers); started outside the agent's control group it can work (unconfirmed).
"""

from __future__ import annotations

import re
from enum import Enum
from typing import Any

_DEPROVISION = re.compile(r"\bwaagent\b[^\n;|&]*-deprovision", re.IGNORECASE)
_OUTSIDE_LINUX = re.compile(r"\bsystemd-run\b(?=[^\n]*--no-block)", re.IGNORECASE)
_POWERS_OFF = re.compile(r"\bpoweroff\b|\bshutdown\s+(-h|-P|now)|\bhalt\s+-p", re.IGNORECASE)
_SYSPREP = re.compile(r"\bsysprep(\.exe)?\b", re.IGNORECASE)
_OUTSIDE_WINDOWS = re.compile(r"\bschtasks\b|ScheduledTask\b", re.IGNORECASE)
_PREPARES_WINDOWS = (re.compile(r"/generalize\b", re.IGNORECASE), re.compile(r"/shutdown\b", re.IGNORECASE))


class Outcome(Enum):
    """What becomes of a script and of the guest it was sent to."""

    ANSWERS = "it answers, and changes nothing"
    NEVER_ANSWERS = "it never answers, and leaves the guest half done, without an agent"
    THEN_POWERS_OFF = "it answers, then the guest is deprovisioned and powers itself off"
    THEN_STAYS_ON = "it answers, then the guest is deprovisioned and runs on without an agent"


def outcome(script: str, os: str) -> Outcome:
    """What a script would do in a guest of an operating system, Linux or Windows."""
    if os.lower() == "windows":
        return _outcome_in_windows(script)
    if _DEPROVISION.search(script) is None:
        return Outcome.ANSWERS
    if _OUTSIDE_LINUX.search(script) is None:
        return Outcome.NEVER_ANSWERS
    return Outcome.THEN_POWERS_OFF if _POWERS_OFF.search(script) else Outcome.THEN_STAYS_ON


def _outcome_in_windows(script: str) -> Outcome:
    generalize, shutdown = (pattern.search(script) is not None for pattern in _PREPARES_WINDOWS)
    if _SYSPREP.search(script) is None or not generalize:
        return Outcome.ANSWERS
    if _OUTSIDE_WINDOWS.search(script) is None:
        return Outcome.NEVER_ANSWERS
    return Outcome.THEN_POWERS_OFF if shutdown else Outcome.ANSWERS


def result() -> dict[str, Any]:
    """The result of a run command, as recorded."""
    words = {"StdOut": "This is a sample script with parameters  ", "StdErr": ""}
    return {
        "value": [
            {
                "code": f"ComponentStatus/{stream}/succeeded",
                "level": "Info",
                "displayStatus": "Provisioning succeeded",
                "message": message,
            }
            for stream, message in words.items()
        ]
    }
