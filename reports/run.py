"""What a fix run did, operation by operation, from what its journal says."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from checker.report import Report
from reports.groups import in_words

#: How operations end that did not fail.
_UNFINISHED = ("refused", "interrupted", "not begun")
_TOLD = ("verb", "description", "irreversible", "ending", "detail", "before", "after", "fixes")


@dataclass(frozen=True, slots=True)
class RunChange:
    """An operation: whether it went well, what it was, how it ended, and its states.

    A state has a name, what it was, and what it was to become; only where it went well did it become that.
    ``label`` is what its end is called; ``is_operation`` is false of what there is to say beside the operations.
    """

    well: bool
    label: str
    is_operation: bool
    words: str
    ending: str
    irreversible: bool
    states: tuple[tuple[str, str, str], ...]
    rules: tuple[str, ...]


def performed(report: Report) -> tuple[RunChange, ...]:
    """The operations that failed, then those that went well."""
    failed = (_change(entry, well=False) for entry in report.fixes.failed)
    return (*failed, *(_change(entry, well=True) for entry in report.fixes.performed))


def _change(entry: Any, *, well: bool) -> RunChange:
    label = "done" if well else "failed"
    if not isinstance(entry, dict):
        return RunChange(well, label, False, in_words(entry), "", False, (), ())
    words = entry.get("description")
    told = str(words) if words else in_words({key: value for key, value in entry.items() if key not in _TOLD[2:]})
    ending = ": ".join(str(entry[key]) for key in ("ending", "detail") if entry.get(key))
    if entry.get("ending") in _UNFINISHED and not well:
        label = entry["ending"]
    return RunChange(
        well,
        label,
        bool(entry.get("verb")),
        told,
        ending,
        entry.get("irreversible") is True,
        _states(entry.get("before"), entry.get("after")),
        _rules(entry),
    )


def _states(before: Any, after: Any) -> tuple[tuple[str, str, str], ...]:
    """What an operation changed: the name of a state, what it was, what it is."""
    if not isinstance(before, dict) or not isinstance(after, dict):
        return ()
    return tuple(
        (str(name), str(before.get(name, "")), str(value)) for name, value in after.items() if before.get(name) != value
    )


def _rules(entry: dict[str, Any]) -> tuple[str, ...]:
    fixes = entry.get("fixes")
    found = [fix["rule"] for fix in fixes if isinstance(fix, dict) and "rule" in fix] if isinstance(fixes, list) else []
    rule = entry.get("rule")
    return tuple(dict.fromkeys(str(code) for code in (*found, *([rule] if rule else []))))
