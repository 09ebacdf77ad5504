"""Child processes, and what they spend."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Spent:
    """Of a whole process: CPU and wall seconds, peak memory in KiB, and the code it exited with."""

    cpu: float
    wall: float
    peak: int
    code: int


def output_of(*arguments: str) -> str:
    """What a Python process prints. Whatever needs memory is done in one: the peak of a child that is measured counts
    that of its parent too, from the moment between fork and exec.
    """
    return subprocess.run([sys.executable, *arguments], check=True, stdout=subprocess.PIPE, text=True).stdout


def imagecheck(*arguments: str) -> list[str]:
    """The command line of the program, run by this interpreter."""
    return [sys.executable, "-c", "from checker.cli.main import main; main()", *arguments]


def spend(command: Sequence[str], environment: Mapping[str, str] | None = None) -> Spent:
    """Run a process to its end; what it prints is dropped."""
    began = time.monotonic()
    process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    return Spent(usage.ru_utime + usage.ru_stime, time.monotonic() - began, usage.ru_maxrss, process.returncode)


def median(command: Sequence[str], runs: int, environment: Mapping[str, str] | None = None) -> Spent:
    """The medians of several runs after one that is not counted; the peak is the highest.

    Raises SystemExit where they exit with different codes: then they did not do the same.
    """
    spend(command, environment)
    all_ = [spend(command, environment) for _ in range(runs)]
    if len({each.code for each in all_}) > 1:
        raise SystemExit(f"{' '.join(command)} exited with {sorted({each.code for each in all_})}")
    return Spent(
        statistics.median(each.cpu for each in all_),
        statistics.median(each.wall for each in all_),
        max(each.peak for each in all_),
        all_[0].code,
    )
