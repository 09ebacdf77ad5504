"""How many results there are of each verdict, and the words that say what to look at first."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from checker.report import Result, Verdict
from checker.rule import Severity

_PLURALS = {Severity.ERROR: "errors", Severity.WARNING: "warnings", Severity.INFO: "infos"}


@dataclass(slots=True)
class Tally:
    """How many results have each verdict, and how many of the failures each severity."""

    verdicts: Counter[Verdict] = field(default_factory=Counter)
    failures: Counter[Severity] = field(default_factory=Counter)

    def add(self, result: Result) -> None:
        """Count a result."""
        self.verdicts[result.verdict] += 1
        if result.verdict is Verdict.FAIL:
            self.failures[result.severity] += 1

    def update(self, other: Tally) -> None:
        """Count what another counted."""
        self.verdicts.update(other.verdicts)
        self.failures.update(other.failures)

    @property
    def troubled(self) -> bool:
        """Whether anything failed or was not evaluated."""
        return bool(self.verdicts[Verdict.FAIL] or self.verdicts[Verdict.NOT_EVALUATED])

    def marks(self) -> list[tuple[str, str]]:
        """What to look at in words, the worst first, each with the name of its look; of nothing, what there was."""
        found = [
            (f"fail {severity}", _number(self.failures[severity], str(severity), _PLURALS[severity]))
            for severity in sorted(Severity, key=lambda severity: -severity.weight)
            if self.failures[severity]
        ]
        unknown = self.verdicts[Verdict.NOT_EVALUATED]
        found += [(str(Verdict.NOT_EVALUATED), f"{unknown} not evaluated")] if unknown else []
        if found:
            return found
        for verdict in (Verdict.PASS, Verdict.WAIVED, Verdict.NOT_APPLICABLE):
            if self.verdicts[verdict]:
                return [(str(verdict), f"{self.verdicts[verdict]} {verdict.replace('-', ' ')}")]
        return []


def _number(number: int, one: str, many: str) -> str:
    return f"{number} {one if number == 1 else many}"
