"""The snippets of the pages for pipelines: they parse, they name what there is, and their shell lines work."""

import json
import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml
from junitparser import JUnitXml

from checker.sandbox import tenant

ROOT = Path(__file__).parent.parent.parent
PAGES = ROOT / "docs" / "ci"
ACTION = ROOT / ".github" / "actions" / "imagecheck" / "action.yml"
WORKBENCH = "33333333-cccc-4ccc-8ccc-333333333333"
COMMAND = "##vso[task.setvariable variable=x]y"


def blocks(page: str, language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", (PAGES / page).read_text(encoding="utf-8"), re.DOTALL)


def parsed(page: str) -> Any:
    return yaml.safe_load(blocks(page, "yaml")[0])


@dataclass
class Machine:
    """A machine that runs scripts: imagecheck is installed, and what installs it does nothing but be called."""

    folder: Path

    def run(self, script: str, variables: dict[str, Any], *, shell: str = "bash") -> tuple[int, str]:
        tools = self.folder / "tools"
        tools.mkdir(exist_ok=True)
        for name in ("pipx", "pip"):
            (tools / name).write_text(f'#!/bin/sh\necho {name} "$@"\n')
            (tools / name).chmod(0o755)
        known = {name: str(value) for name, value in variables.items()}
        ended = subprocess.run(
            [shell, "-e", "-c", script],
            cwd=self.folder,
            env={
                **{name: value for name, value in os.environ.items() if not name.startswith("IMAGECHECK_")},
                **known,
                "PATH": os.pathsep.join((str(tools), str(Path(sys.executable).parent), os.environ["PATH"])),
                "IMAGECHECK_SOURCE": f"sandbox:{self.folder / 'tenant.json'}",
                "IMAGECHECK_SUBSCRIPTION": WORKBENCH,
            },
            capture_output=True,
            encoding="utf-8",
            check=False,
        )
        return ended.returncode, ended.stdout + ended.stderr

    def judged(self) -> JUnitXml:
        assert "</html>" in (self.folder / "imagecheck.html").read_text(encoding="utf-8")
        return JUnitXml.fromfile(str(self.folder / "imagecheck.xml"))


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    """A machine beside a tenant that has the gallery of the pages."""
    if sys.platform == "win32" or shutil.which("bash") is None:
        pytest.skip("the scripts of the pages are for bash")
    text = json.dumps(tenant.document()).replace("/marketplace", "/shop").replace("/workbench", "/marketplace")
    (tmp_path / "tenant.json").write_text(text.replace("/versions/1.9", f"/versions/{COMMAND}"))
    return Machine(tmp_path)


def test_every_snippet_in_yaml_can_be_read():
    for page in PAGES.glob("*.md"):
        for block in blocks(page.name, "yaml"):
            assert yaml.safe_load(block), page.name


def test_the_page_for_github_knows_the_action():
    action = yaml.safe_load(ACTION.read_text(encoding="utf-8"))
    page = (PAGES / "github.md").read_text(encoding="utf-8")
    for snippet in map(yaml.safe_load, blocks("github.md", "yaml")):
        steps = snippet.get("steps") or snippet["jobs"]["imagecheck"]["steps"]
        [use] = [step for step in steps if ".github/actions/imagecheck@" in step.get("uses", "")]
        assert set(use["with"]) <= set(action["inputs"])
    for name in (*action["inputs"], *action["outputs"]):
        assert f"`{name}`" in page
    for name, given in action["inputs"].items():
        if given["default"]:
            assert re.search(rf"`{name}`.*\| `{re.escape(given['default'])}` \|", page), name


def test_the_page_for_github_pins_what_it_uses_as_the_workflows_do():
    workflows = "".join(path.read_text(encoding="utf-8") for path in (ROOT / ".github").rglob("*.yml"))
    for action, pin in re.findall(r"uses: ([\w./-]+)@(\S+)", "".join(blocks("github.md", "yaml"))):
        assert pin == "COMMIT" or re.fullmatch("[0-9a-f]{40}", pin), action
        assert pin in workflows or not action.startswith("actions/")


def test_azure_devops(machine: Machine):
    pipeline = parsed("azure-devops.md")
    install, judge, results, report = pipeline["steps"]
    assert machine.run(install["bash"], {})[0] == 0
    assert (judge["task"], judge["inputs"]["scriptLocation"]) == ("AzureCLI@2", "inlineScript")
    code, shown = machine.run(judge["inputs"]["inlineScript"], pipeline["variables"])
    assert code == 1, shown
    assert "Do not submit yet" in shown
    assert "# #vso[task.setvariable" in shown
    assert "##vso[" not in shown
    assert (results["task"], results["inputs"]["testResultsFormat"]) == ("PublishTestResults@2", "JUnit")
    assert results["condition"] == report["condition"] == "succeededOrFailed()"
    assert (machine.folder / results["inputs"]["testResultsFiles"]).is_file()
    assert (machine.folder / report["publish"]).is_file()
    assert machine.judged().failures > 0


def test_gitlab(machine: Machine):
    job = parsed("gitlab.md")["imagecheck"]
    code, shown = machine.run("\n".join(job["script"]), {**job["variables"], "AZURE_ID_TOKEN": "a-token"})
    assert code == 1, shown
    assert "pip install --quiet git+https://" in shown
    assert (machine.folder / job["artifacts"]["reports"]["junit"]).is_file()
    assert [(machine.folder / path).is_file() for path in job["artifacts"]["paths"]] == [True]
    assert job["artifacts"]["when"] == "always"
    assert machine.judged().failures > 0


def test_jenkins(machine: Machine):
    [pipeline] = blocks("jenkins.md", "groovy")
    variables = dict(re.findall(r"(IMAGECHECK_\w+) = '([^']*)'", pipeline))
    assert len(variables) == 4
    [install, judge] = re.findall(r"sh '(?:'')?(.*?)'(?:'')?\n", pipeline, re.DOTALL)
    assert machine.run(install, {}, shell="sh")[0] == 0
    code, shown = machine.run(judge, variables, shell="sh")
    assert code == 1, shown
    for step in ("junit testResults", "archiveArtifacts artifacts"):
        named = re.search(rf"{step}: '([^']*)'", pipeline)
        assert named is not None
        assert (machine.folder / named[1]).is_file()
    assert machine.judged().failures > 0
    assert pipeline.count("{") == pipeline.count("}")
