"""Looking inside a disk, from a file and over HTTPS, against downloading it: ``python -m benchmarks.disks [FOLDER]``.

FOLDER keeps the files of the Debian systems, as that of ``tests/acceptance/disk_rules`` does; else they are made and
removed again. Times are medians of whole runs of the program with every rule, start-up included; requests and bytes are
what the server counted.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from benchmarks.disk_images import GIB, KINDS, MIB, NotBuilt, build, build_small, demand_tools
from benchmarks.range_server import serving
from checker.errors import SourceProblem
from checker.sandbox.tls import Certificate, certificate

_SIZES = (2 * GIB, 30 * GIB)
_LATENCIES_MS = (0, 20)
_RUNS = 3

#: The most memory that the process had, in KiB: of it alone, where ``ru_maxrss`` counts that of its parent too.
_PEAK = """
print(next(int(line.split()[1]) for line in open("/proc/self/status") if line.startswith("VmHWM")))
"""
_LOOK = f"import sys\nfrom checker.cli.main import run\ncode = run(sys.argv[1:])\n{_PEAK}\nsys.exit(code)"

#: Reads all of a URL and prints how long that took, in seconds.
_DOWNLOAD = """
import sys, time, urllib.request
began = time.monotonic()
with urllib.request.urlopen(sys.argv[1]) as answer:
    piece = bytearray(1024 * 1024)
    while answer.readinto(piece):
        pass
print(time.monotonic() - began)
"""


@dataclass(frozen=True, slots=True)
class _Look:
    """One way to look into a disk: seconds, peak memory in KiB, and what the server counted (None for a file)."""

    wall: float
    peak: int
    requests: int | None
    sent: int | None


def looking_inside(folder: Path, trees: Path | None = None) -> None:
    """Measure and print; every disk is removed again."""
    if not sys.platform.startswith("linux"):
        print("\nlooking inside a disk: left out, since it is measured on Linux only")
        return
    try:
        with certificate() as made:
            _measure(folder, _maker(trees or folder / "trees"), made)
    except SourceProblem as problem:
        print(f"  left out: {problem}")


def _measure(folder: Path, make: Callable[[str, int, Path], None], made: Certificate) -> None:
    bare = _peak_of("-c", _PEAK)
    environment = {**os.environ, "SSL_CERT_FILE": str(made.authority), "no_proxy": "127.0.0.1"}
    pace: float | None = None
    for kind in KINDS:
        for size in _SIZES:
            path = folder / "disk.vhd"
            try:
                make(kind, size, path)
                if pace is None:
                    pace = _download(path, made, environment)
                _print_row(f"{kind:<14} {size // GIB:>2} GiB", size, _looks(path, made, environment), bare, pace)
            except NotBuilt as problem:
                print(f"  {kind:<14} {size // GIB:>2} GiB  left out: {problem}", flush=True)
            finally:
                path.unlink(missing_ok=True)


def _maker(trees: Path) -> Callable[[str, int, Path], None]:
    """What makes the disks: of a Debian system, or of the small file systems of the tests; says which."""
    print(
        "\nlooking inside a disk with every rule, over HTTPS on loopback, against downloading it from there:",
        flush=True,
    )
    try:
        demand_tools()
    except NotBuilt as problem:
        print(f"  LEFT OUT: disks of a real system ({problem}). Those below hold the small file systems of the tests,")
        print("  which take fewer requests.", flush=True)
        return build_small
    print("  a Debian system in each layout of the acceptance", flush=True)
    return lambda kind, size, path: build(kind, size, trees, path)


def _looks(path: Path, made: Certificate, environment: Mapping[str, str]) -> list[_Look]:
    """From the file, then over HTTPS at each latency."""
    found = [_look(f"vhd:{path}", environment)]
    for latency in _LATENCIES_MS:
        with serving(path, latency / 1000, made.context()) as served:
            look = _look(served.url, environment)
            found.append(_Look(look.wall, look.peak, served.requests // _RUNS, served.sent // _RUNS))
    return found


def _look(target: str, environment: Mapping[str, str]) -> _Look:
    """Runs of the program on one disk. Raises SystemExit where the system on it was not read."""
    walls, peaks = [], []
    for _ in range(_RUNS):
        with tempfile.TemporaryDirectory() as name:
            report = Path(name) / "report.json"
            began = time.monotonic()
            done = subprocess.run(
                [sys.executable, "-c", _LOOK, "check", target, "--quiet", "--output", f"json={report}"],
                env=environment,
                capture_output=True,
                text=True,
                check=False,
            )
            walls.append(time.monotonic() - began)
            if not report.exists():
                raise SystemExit(f"looking at {target.partition('?')[0]} exited with {done.returncode}: {done.stderr}")
            results = json.loads(report.read_text())["results"]
        if not any(result["rule"].startswith("LNX") and result["verdict"] == "pass" for result in results):
            raise SystemExit(f"looking at {target.partition('?')[0]} found no system")
        peaks.append(int(done.stdout.split()[-1]))
    return _Look(statistics.median(walls), max(peaks), None, None)


def _download(path: Path, made: Certificate, environment: Mapping[str, str]) -> float:
    """The seconds that a GiB takes when a whole disk is downloaded."""
    size = path.stat().st_size
    with serving(path, 0, made.context()) as served:
        command = [sys.executable, "-c", _DOWNLOAD, served.url]
        seconds = float(subprocess.run(command, env=environment, check=True, stdout=subprocess.PIPE, text=True).stdout)
    print(
        f"  downloading {size / GIB:.0f} GiB whole: {seconds:.1f} s, {size / MIB / seconds:.0f} MiB/s, written nowhere"
    )
    print("  download: that time, or at that pace for 30 GiB (not measured), as a multiple of looking at 20 ms")
    ways = ["file", *(f"{latency} ms" for latency in _LATENCIES_MS)]
    heads = [
        f"{'':<21} requests   MiB  of the bytes",
        *(f"{way:>8}" for way in ways),
        " download  memory above bare Python",
    ]
    print("  " + "".join(heads), flush=True)
    return seconds / (size / GIB)


def _print_row(title: str, size: int, looks: list[_Look], bare: int, pace: float) -> None:
    last = looks[-1]
    if last.requests is None or last.sent is None:
        raise SystemExit("the last way to look into a disk is over HTTPS")
    counts = f"{last.requests:>8} {last.sent / MIB:>5.1f}  1 of {size / last.sent:>7,.0f}"
    walls = "".join(f"{look.wall:>6.2f} s" for look in looks)
    memory = (max(look.peak for look in looks) - bare) / 1024
    print(f"  {title:<21} {counts}{walls}{pace * size / GIB / last.wall:>9.1f}{memory:>9.0f} MiB", flush=True)


def _peak_of(*arguments: str) -> int:
    """The peak of an interpreter, in KiB."""
    return int(subprocess.run([sys.executable, *arguments], check=True, stdout=subprocess.PIPE, text=True).stdout)


def main() -> None:
    """Measure with the systems in the folder that is named, or with some that are made."""
    with tempfile.TemporaryDirectory() as name:
        looking_inside(Path(name), Path(sys.argv[1]) if len(sys.argv) > 1 else None)


if __name__ == "__main__":
    main()
