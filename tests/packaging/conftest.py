"""The action as a runner would run it: its steps one by one, with variables and files like the runner's."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parent.parent.parent
ACTION = ROOT / ".github" / "actions" / "imagecheck" / "action.yml"
_EXPRESSION = re.compile(r"\$\{\{\s*([^}]+?)\s*\}\}")


@dataclass
class Step:
    """How a step ended, and what it left."""

    code: int
    out: str
    outputs: dict[str, str]


@dataclass
class Job:
    """A job with one use of the action: ``inputs`` as a workflow gives them, ``outputs`` of the steps so far."""

    folder: Path
    inputs: dict[str, str]
    action: dict[str, Any] = field(default_factory=lambda: yaml.safe_load(ACTION.read_text(encoding="utf-8")))
    outputs: dict[str, str] = field(default_factory=dict)

    @property
    def workspace(self) -> Path:
        return self.folder / "workspace"

    @property
    def summary(self) -> str:
        return (self.folder / "summary").read_text(encoding="utf-8")

    def value(self, text: str) -> str:
        """A text of the action with its expressions filled in, as the runner does before a step begins."""
        known = {f"inputs.{name}": str(given["default"]) for name, given in self.action["inputs"].items()}
        known |= {f"inputs.{name}": given for name, given in self.inputs.items()}
        known |= self.outputs
        return _EXPRESSION.sub(lambda found: known[found[1]], text)

    def run(self, name: str) -> Step:
        """Run the step of a name, or of an id, in bash as the runner calls it."""
        [step] = [s for s in self.action["runs"]["steps"] if name in (s.get("id"), s["name"])]
        script, written = self.folder / "step.sh", self.folder / "output"
        script.write_text(self.value(step["run"]), encoding="utf-8", newline="\n")
        written.write_text("")
        for folder in (self.workspace, self.folder / "temp"):
            folder.mkdir(exist_ok=True)
        ended = subprocess.run(
            ["bash", "--noprofile", "--norc", "-eo", "pipefail", script],
            cwd=self.workspace,
            env={
                **{name: value for name, value in os.environ.items() if not name.startswith("IMAGECHECK_")},
                **{name: self.value(value) for name, value in step["env"].items()},
                "GITHUB_ACTION_PATH": str(ACTION.parent),
                "GITHUB_OUTPUT": str(written),
                "GITHUB_STEP_SUMMARY": str(self.folder / "summary"),
                "RUNNER_TEMP": str(self.folder / "temp"),
            },
            capture_output=True,
            encoding="utf-8",
            check=False,
        )
        outputs = dict(line.split("=", 1) for line in written.read_text(encoding="utf-8").splitlines())
        self.outputs |= {f"steps.{step.get('id')}.outputs.{key}": value for key, value in outputs.items()}
        return Step(ended.returncode, ended.stdout + ended.stderr, outputs)


@pytest.fixture
def job(tmp_path: Path) -> Job:
    """A job on the built-in tenant, in which imagecheck is installed."""
    if sys.platform == "win32" or shutil.which("bash") is None:
        pytest.skip("the steps of the action are run in bash")
    program = Path(sys.executable).parent / "imagecheck"
    return Job(tmp_path, {"source": "sandbox"}, outputs={"steps.install.outputs.program": str(program)})
