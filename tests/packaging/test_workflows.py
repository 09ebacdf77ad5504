"""The workflows and the action: pinned, with the least permissions, and without text from outside in scripts."""

import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parent.parent.parent
WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
ACTION = ROOT / ".github" / "actions" / "imagecheck" / "action.yml"
FILES = [*WORKFLOWS, ACTION]
PINNED = re.compile(r"uses: [\w.-]+/[\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+")
#: What a job may hold beyond reading the repository, and where.
GRANTS = {
    ("release.yml", "attest"): {"id-token": "write", "attestations": "write"},
    ("release.yml", "publish"): {"id-token": "write"},
}


def named(path: Path) -> str:
    return path.name


def parsed(path: Path) -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
    return found


def steps(path: Path) -> Iterator[dict[str, Any]]:
    document = parsed(path)
    yield from document.get("runs", {}).get("steps", ())
    for job in document.get("jobs", {}).values():
        yield from job["steps"]


@pytest.mark.parametrize("path", FILES, ids=named)
def test_every_action_is_pinned_by_hash_with_its_version_beside_it(path: Path):
    for line in path.read_text(encoding="utf-8").splitlines():
        if "uses:" in line and "./" not in line:
            assert PINNED.search(line), line


def test_one_action_has_one_pin():
    pins: dict[str, set[str]] = {}
    for path in FILES:
        for action, pin in re.findall(r"uses: ([\w./-]+)@(.+)", path.read_text(encoding="utf-8")):
            pins.setdefault(action, set()).add(pin)
    assert all(len(found) == 1 for found in pins.values()), pins


@pytest.mark.parametrize("path", WORKFLOWS, ids=named)
def test_a_job_has_the_permissions_that_it_needs_and_no_more(path: Path):
    workflow = parsed(path)
    assert workflow["permissions"] == {}
    assert workflow["concurrency"]["group"]
    for name, job in workflow["jobs"].items():
        assert job["permissions"] == GRANTS.get((path.name, name), {"contents": "read"}), name
        assert job["timeout-minutes"] <= 60


@pytest.mark.parametrize("path", FILES, ids=named)
def test_no_script_holds_an_expression(path: Path):
    for step in steps(path):
        assert "${{" not in step.get("run", ""), step
        if "actions/checkout" in step.get("uses", ""):
            assert step["with"]["persist-credentials"] is False


def test_the_tests_run_everywhere_that_the_classifiers_say():
    matrix = parsed(ROOT / ".github" / "workflows" / "ci.yml")["jobs"]["test"]["strategy"]["matrix"]
    assert matrix["os"] == ["ubuntu-latest", "windows-latest", "macos-latest"]
    assert matrix["python"] == ["3.11", "3.12", "3.13", "3.14"]


@pytest.mark.skipif(sys.platform == "win32" or shutil.which("bash") is None, reason="bash reads the scripts")
@pytest.mark.parametrize("path", FILES, ids=named)
def test_every_script_is_one_that_bash_can_read(path: Path):
    for step in steps(path):
        if "run" in step:
            read = subprocess.run(["bash", "-n"], input=step["run"], text=True, capture_output=True, check=False)
            assert read.returncode == 0, (step["run"], read.stderr)
            assert read.stderr == ""


def test_every_input_of_the_action_is_used_and_described():
    action = parsed(ACTION)
    text = ACTION.read_text(encoding="utf-8")
    for name, given in action["inputs"].items():
        assert given["description"]
        assert f"inputs.{name}" in text
    for given in action["outputs"].values():
        assert given["description"]
