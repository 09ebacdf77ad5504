"""What the documents promise, tried: the worked example, the generated pages, the README's table of exit codes."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from checker import catalog
from checker.cli.main import run
from checker.exit_code import ExitCode

ROOT = Path(__file__).parent.parent


def test_the_worked_example_of_contributing_is_a_rule_that_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    code = re.search(
        r"```python\n(\"\"\"ACM001.*?)```", (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8"), re.DOTALL
    )
    assert code is not None
    site = tmp_path / "site"
    (site / "worked_example-1.dist-info").mkdir(parents=True)
    (site / "worked_example.py").write_text(code[1], encoding="utf-8")
    info = site / "worked_example-1.dist-info"
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: worked-example\nVersion: 1\n")
    (info / "entry_points.txt").write_text("[imagecheck.rules]\nexample = worked_example\n")
    monkeypatch.syspath_prepend(str(site))
    report = tmp_path / "report.json"
    assert run(["check", "--source", "sandbox", "--select", "ACM001", "--output", f"json={report}"]) == 0
    results = json.loads(report.read_text())["results"]
    assert {(result["verdict"], result["severity"]) for result in results} == {("fail", "warning")}
    capsys.readouterr()
    assert run(["rule", "ACM001"]) == 0
    assert "A deployment far from every replica is slow." in capsys.readouterr().out


def test_the_pages_are_as_the_program_has_it() -> None:
    built = subprocess.run(
        [sys.executable, ROOT / "docs" / "build.py", "--check"], capture_output=True, text=True, check=False
    )
    assert built.returncode == 0, built.stdout + built.stderr


def test_every_rule_has_a_page_linked_from_the_index() -> None:
    index = (ROOT / "docs" / "rules" / "README.md").read_text(encoding="utf-8")
    for rule in catalog.load():
        assert f"[{rule.code}]({rule.code}.md)" in index


def test_every_page_can_be_reached_from_the_index() -> None:
    docs = (ROOT / "docs").resolve()
    reached, left = set(), [docs / "README.md"]
    while left:
        page = left.pop()
        if page not in reached and docs in page.parents:
            reached.add(page)
            targets = re.findall(r"\]\(([^)#:]+\.md)[^)]*\)", page.read_text(encoding="utf-8"))
            left += [(page.parent / target).resolve() for target in targets]
    assert reached == set(docs.rglob("*.md"))


@pytest.mark.parametrize("name", ["README.md", "docs/formats.md"])
@pytest.mark.parametrize("code", [ExitCode.CLEAN, ExitCode.FINDINGS, ExitCode.PROBLEM, ExitCode.NOT_EVALUATED])
def test_the_exit_codes_are_listed(name: str, code: ExitCode) -> None:
    assert f"| {code.value} | " in (ROOT / name).read_text(encoding="utf-8")
