"""The action for GitHub: each step run in bash, with what a workflow may give and what it should not."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

#: A stand-in for Python that says what it was called with, and makes an environment with a copy of itself.
PYTHON = """#!/usr/bin/env bash
echo "$@" >>"$CALLS"
if [ "$2" = venv ]; then mkdir -p "$3/bin"; cp "$0" "$3/bin/python"; fi
"""
HOSTILE = {
    "a second command": "x; touch planted",
    "a substitution": "$(touch planted)`touch planted`",
    "a quote": "x' \" ; touch planted #",
    "a line": "x\nexit 0\ntouch planted",
    "a flag": "--exit-zero",
    "an expression": "${{ github.token }}",
    "a glob": "*",
    "an output": "x\nexit-code=0",
}


def checked(job: Any, **inputs: str) -> Any:
    job.inputs |= {name.replace("_", "-"): value for name, value in inputs.items()}
    return job.run("check")


def report_of(job: Any, step: Any) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((job.workspace / step.outputs["json"]).read_text(encoding="utf-8"))
    return found


def test_the_check_writes_reports_and_outputs_and_goes_on(job: Any):
    step = checked(job)
    assert step.code == 0, step.out
    assert step.outputs["exit-code"] == "1", step.out
    for name in ("html", "junit", "json"):
        assert (job.workspace / step.outputs[name]).stat().st_size > 1000
    assert "Do not submit yet" in step.out


def test_findings_fail_the_job_after_the_summary_was_written(job: Any):
    checked(job)
    assert job.run("Write the job summary").code == 0
    assert "Do not submit yet" in job.summary
    ended = job.run("Pass on the exit code")
    assert ended.code == 1
    assert "::error title=imagecheck::findings remain" in ended.out


@pytest.mark.parametrize(("select", "fail_on", "code"), [("VER003", "error", 0), ("VER003", "info", 1)])
def test_the_exit_code_is_passed_on(job: Any, select: str, fail_on: str, code: int):
    checked(job, select=select, fail_on=fail_on)
    job.run("Write the job summary")
    assert job.run("Pass on the exit code").code == code


def test_what_could_not_be_judged_says_so_in_the_summary(job: Any):
    step = checked(job, source="missing.json")
    assert (step.code, step.outputs["exit-code"]) == (0, "2")
    assert "missing.json" in step.out
    job.run("Write the job summary")
    assert "exit code 2" in job.summary
    assert job.run("Pass on the exit code").code == 2


def test_reports_of_an_earlier_run_are_not_taken_for_this_one(job: Any):
    checked(job)
    step = checked(job, source="missing.json")
    assert not list((job.workspace / "imagecheck-reports").iterdir())
    assert step.outputs["exit-code"] == "2"


def test_inputs_reach_the_program(job: Any):
    step = checked(
        job,
        targets="gallery:images/workbench\r\n\nvm:images/tester\n",
        subscription="33333333-cccc-4ccc-8ccc-333333333333",
        select="GAL001,VM001",
        publisher="somebody@fabrikam.example",
        publisher_tenant="one.example\ntwo.example",
        reports="out of the way/here",
    )
    assert step.outputs["html"] == "out of the way/here/imagecheck.html"
    found = report_of(job, step)
    assert {result["rule"] for result in found["results"]} == {"GAL001", "VM001"}
    asked = json.dumps(found["asked"])
    for words in ("workbench", "vm:images/tester", "somebody@fabrikam.example", "one.example", "two.example"):
        assert words in asked


def test_further_arguments_are_one_a_line(job: Any):
    step = checked(job, args="--exit-zero\n--allow-unevaluated=all\n")
    assert step.outputs["exit-code"] == "0", step.out


@pytest.mark.parametrize("hostile", HOSTILE.values(), ids=HOSTILE.keys())
def test_hostile_inputs_are_values_and_nothing_else(job: Any, hostile: str):
    names = ("targets", "source", "publisher", "publisher-tenant", "subscription", "select", "ignore", "fail-on")
    step = checked(job, **dict.fromkeys(names, hostile))
    assert step.code == 0
    assert step.outputs["exit-code"] == "2", step.out
    assert set(step.outputs) == {"exit-code", "html", "junit", "json"}
    assert not list(job.folder.rglob("*planted*"))
    job.run("Write the job summary")
    assert job.run("Pass on the exit code").code == 2


@pytest.mark.parametrize("name", ["publisher", "publisher-tenant", "targets"])
def test_a_flag_in_an_input_is_no_flag(job: Any, name: str):
    assert checked(job, **{name: "--exit-zero"}).outputs["exit-code"] in ("1", "2")


@pytest.mark.parametrize("hostile", ["", "-x", "x\nexit-code=0", "x\rexit-code=0"])
def test_a_folder_that_is_none_is_refused(job: Any, hostile: str):
    step = checked(job, reports=hostile)
    assert (step.code, step.outputs) == (2, {})


def test_nothing_that_the_program_prints_is_a_command_to_the_runner(job: Any):
    program = job.folder / "imagecheck"
    program.write_text("#!/usr/bin/env bash\necho '::add-mask::x'\necho '  ::stop-commands::y'\nexit 1\n")
    program.chmod(0o755)
    job.outputs["steps.install.outputs.program"] = str(program)
    lines = checked(job).out.splitlines()
    stop = re.fullmatch(r"::stop-commands::([0-9a-f]{32})", lines[0])
    assert stop is not None
    assert lines.index("::add-mask::x") < lines.index(f"::{stop[1]}::")
    assert checked(job).out.splitlines()[0] != lines[0]


def installed(job: Any, monkeypatch: pytest.MonkeyPatch, version: str) -> tuple[Any, list[str]]:
    python, calls = job.folder / "python", job.folder / "calls"
    python.write_text(PYTHON)
    python.chmod(0o755)
    calls.write_text("")
    monkeypatch.setenv("CALLS", str(calls))
    job.outputs["steps.python.outputs.python-path"] = str(python)
    job.inputs["version"] = version
    return job.run("install"), calls.read_text().splitlines()


def test_it_installs_the_version_that_was_asked_for(job: Any, monkeypatch: pytest.MonkeyPatch):
    step, calls = installed(job, monkeypatch, "1.2.3")
    assert step.code == 0, step.out
    assert calls[1].endswith(" imagecheck==1.2.3")
    assert Path(step.outputs["program"]).parent.parent.name == "venv"


def test_it_installs_its_own_checkout_from_a_copy(job: Any, monkeypatch: pytest.MonkeyPatch):
    step, calls = installed(job, monkeypatch, "")
    assert step.code == 0, step.out
    source = Path(calls[1].rpartition(" ")[2])
    assert job.folder in source.parents
    assert sorted(path.name for path in source.iterdir()) == [
        "LICENSE",
        "README.md",
        "checker",
        "pyproject.toml",
        "reports",
        "rules",
    ]


@pytest.mark.parametrize("hostile", ["1; touch planted", "$(touch planted)", "1 --index-url=x", "1\n2", "@ file:///x"])
def test_a_version_that_is_none_is_refused(job: Any, monkeypatch: pytest.MonkeyPatch, hostile: str):
    step, calls = installed(job, monkeypatch, hostile)
    assert step.code == 2
    assert len(calls) == 1
    assert not (job.workspace / "planted").exists()
