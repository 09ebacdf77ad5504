"""``make bench``: what start-up, judging, reports, the live source and looking into disks cost, in child processes.

CPU times are of a whole process, medians of several runs unless a table says otherwise. Only the ratios are worth
comparing between machines.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from benchmarks.disks import looking_inside
from benchmarks.html import html_report
from benchmarks.live import auditing, without_sign_in
from benchmarks.processes import imagecheck, median, output_of
from benchmarks.tenant import TENANT, USER_NAME

_RUNS = 7
_ASSETS = 20_000

#: Prints how many results and assets a report has, and how many resources a snapshot.
_COUNT = """
import json, sys
results = json.load(open(sys.argv[1]))["results"]
print(len(results), len({result["asset"] for result in results}), len(json.load(open(sys.argv[2]))["resources"]))
"""


def main() -> None:
    """Measure and print."""
    _start_up()
    with tempfile.TemporaryDirectory() as folder:
        _judging(Path(folder))
        html_report(Path(folder))
        without_sign_in(Path(folder))
        auditing(Path(folder))
        looking_inside(Path(folder))


def _start_up() -> None:
    click = median([sys.executable, "-c", "import click"], _RUNS).cpu
    print(f"start-up, CPU time as a multiple of `python -c 'import click'` ({click * 1000:.0f} ms):")
    for arguments in (
        ["--help"],
        ["--version"],
        ["check", "--help"],
        ["check", "--nonsense"],
        ["rules"],
        ["rule", "VM001"],
    ):
        spent = median(imagecheck(*arguments), _RUNS).cpu
        print(f"  imagecheck {' '.join(arguments):<18} {spent / click:5.2f}", flush=True)


def _judging(folder: Path) -> None:
    snapshot = folder / "tenant.json"
    output_of("-m", "benchmarks.tenant", "tenant", str(_ASSETS), str(snapshot))
    size = snapshot.stat().st_size / 1024**2
    who = ["--publisher", USER_NAME, "--publisher-tenant", TENANT, "--quiet"]
    check = imagecheck("check", "--source", str(snapshot), *who)
    parsing = median([sys.executable, "-c", f"import json; json.load(open({str(snapshot)!r}))"], 2)
    judging = median(check, 2)
    report = folder / "report.json"
    with_json = median([*check, "--output", f"json={report}"], 2)
    if with_json.code not in (0, 1):
        raise SystemExit(f"the audit of a snapshot exited with {with_json.code}")
    results, assets, resources = map(int, output_of("-c", _COUNT, str(report), str(snapshot)).split())
    print(f"\njudging a snapshot of {resources} resources ({size:.0f} MiB):")
    print(f"  {results} results on {assets} assets, {results / judging.cpu:,.0f} results per CPU second, with reading")
    print(f"  CPU {judging.cpu:.2f} s, {judging.cpu / parsing.cpu:.1f} times that of json.load alone")
    print(
        f"  peak memory {judging.peak / 1024:.0f} MiB, {judging.peak / parsing.peak:.1f} times that of json.load alone"
    )
    print(f"\nreports of {results} results, CPU time above the run without one as a multiple of that run:")
    print(f"  json      {_above(with_json.cpu, judging.cpu):5.2f}  {report.stat().st_size / 1024**2:6.1f} MiB")
    for format in ("html", "junit", "markdown"):
        path = folder / f"report.{format}"
        spent = median([*check, "--output", f"{format}={path}"], 2).cpu
        print(f"  {format:<9} {_above(spent, judging.cpu):5.2f}  {path.stat().st_size / 1024**2:6.1f} MiB", flush=True)


def _above(spent: float, without: float) -> float:
    return max(0.0, spent - without) / without


if __name__ == "__main__":
    main()
