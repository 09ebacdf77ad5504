"""Codes of rules, many in few words."""

from __future__ import annotations

from collections.abc import Iterable


def in_runs(codes: Iterable[str], known: Iterable[str], dash: str = "–") -> str:
    """Codes in a line, each once and in order; three or more of a family that follow each other are a run.

    ``known`` are the codes of the run: ``LNX008`` and ``LNX010`` follow each other where there is no ``LNX009``.
    """
    wanted = sorted(set(codes))
    place = {code: number for number, code in enumerate(sorted({*known, *wanted}))}
    runs: list[list[str]] = []
    for code in wanted:
        last = runs[-1][-1] if runs else ""
        if last and place[code] == place[last] + 1 and _family(code) == _family(last):
            runs[-1].append(code)
        else:
            runs.append([code])
    return ", ".join(f"{run[0]}{dash}{run[-1]}" if len(run) > 2 else ", ".join(run) for run in runs)


def _family(code: str) -> str:
    return code.rstrip("0123456789")
