"""``make bench``: what start-up, judging and reports cost, measured in child processes of this run.

Times are CPU seconds of a whole process, the median of several runs. Only the ratios are worth comparing
between machines.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

from benchmarks.tenant import TENANT, document

_RUNS = 7
_ASSETS = 20_000


def main() -> None:
    """Measure and print."""
    _start_up()
    with tempfile.TemporaryDirectory() as folder:
        _judging(Path(folder))


def _start_up() -> None:
    click = _median([sys.executable, "-c", "import click"])
    print(f"start-up, CPU time as a multiple of `python -c 'import click'` ({click * 1000:.0f} ms):")
    for arguments in (
        ["--help"],
        ["--version"],
        ["check", "--help"],
        ["check", "--nonsense"],
        ["rules"],
        ["rule", "VM001"],
    ):
        spent = _median(_imagecheck(*arguments))
        print(f"  imagecheck {' '.join(arguments):<18} {spent / click:5.2f}")


def _judging(folder: Path) -> None:
    snapshot = folder / "tenant.json"
    snapshot.write_text(json.dumps(document(_ASSETS)))
    size = snapshot.stat().st_size / 1024**2
    who = ["--publisher", "publisher@example.com", "--publisher-tenant", TENANT, "--quiet"]
    check = _imagecheck("check", "--source", str(snapshot), *who)
    parsing, parsing_peak = _measure([sys.executable, "-c", f"import json; json.load(open({str(snapshot)!r}))"])
    judging, judging_peak = _measure(check)
    report = folder / "report.json"
    with_json, _ = _measure([*check, "--output", f"json={report}"])
    saved = json.loads(report.read_text())
    results = len(saved["results"])
    assets = len({result["asset"] for result in saved["results"]})
    print(f"\njudging a snapshot of {len(json.loads(snapshot.read_text())['resources'])} resources ({size:.0f} MiB):")
    print(f"  {results} results on {assets} assets, {results / judging:,.0f} results per CPU second, reading included")
    print(f"  CPU {judging:.2f} s, {judging / parsing:.1f} times that of json.load alone")
    print(
        f"  peak memory {judging_peak / 1024:.0f} MiB, {judging_peak / parsing_peak:.1f} times that of json.load alone"
    )
    print(f"\nreports of {results} results, CPU time above the run without one as a multiple of that run:")
    print(f"  json      {max(0.0, with_json - judging) / judging:5.2f}  {report.stat().st_size / 1024**2:6.1f} MiB")
    for format in ("html", "junit", "markdown"):
        path = folder / f"report.{format}"
        spent, _ = _measure([*check, "--output", f"{format}={path}"])
        print(f"  {format:<9} {max(0.0, spent - judging) / judging:5.2f}  {path.stat().st_size / 1024**2:6.1f} MiB")


def _imagecheck(*arguments: str) -> list[str]:
    return [sys.executable, "-c", "from checker.cli.main import main; main()", *arguments]


def _median(command: list[str]) -> float:
    _spend(command)
    return statistics.median(_spend(command)[0] for _ in range(_RUNS))


def _measure(command: list[str]) -> tuple[float, int]:
    """CPU seconds (the median of three) and peak memory in KiB."""
    spent = [_spend(command) for _ in range(3)]
    return statistics.median(cpu for cpu, _ in spent), max(peak for _, peak in spent)


def _spend(command: list[str]) -> tuple[float, int]:
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _, _, usage = os.wait4(process.pid, 0)
    process.returncode = 0
    return usage.ru_utime + usage.ru_stime, usage.ru_maxrss


if __name__ == "__main__":
    main()
