"""Too few files that may be open: one line at once, where connections would wait for each other for minutes."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

LIMITED = """
import resource, sys
resource.setrlimit(resource.RLIMIT_NOFILE, (int(sys.argv.pop(1)),) * 2)
from checker.cli.main import main
main()
"""


def run_with(limit, *arguments):
    command = [sys.executable, "-c", LIMITED, str(limit), "check", "--source", "sandbox", "--quiet", *arguments]
    return subprocess.run(command, check=False, capture_output=True, text=True, timeout=600)


@pytest.mark.skipif(os.name == "nt", reason="there is no such limit")
@pytest.mark.parametrize("limit", [8, 11, 16])
def test_too_few_are_told_in_one_line(limit):
    ended = run_with(limit)
    assert ended.returncode == 2
    assert ended.stdout == ""
    [line] = ended.stderr.splitlines()
    assert line.startswith("imagecheck: error: 24 files and connections must be open at once, and only ")
    assert line.endswith("raise the limit (ulimit -n 256), or ask fewer questions at once (--jobs 1)")


@pytest.mark.skipif(os.name == "nt", reason="there is no such limit")
@pytest.mark.parametrize(("limit", "arguments"), [(16, ("--jobs", "1")), (32, ())])
def test_as_many_as_are_asked_for_are_enough(limit, arguments):
    ended = run_with(limit, *arguments)
    assert (ended.returncode, ended.stderr) == (1, "")
    assert "1 not-evaluated" in ended.stdout
