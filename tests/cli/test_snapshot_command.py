import json
from pathlib import Path

import pytest

from checker.cli.main import run
from checker.sandbox import tenant


def test_the_sandbox_saved_is_judged_as_the_sandbox(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    saved = tmp_path / "folder" / "tenant.json"
    assert run(["snapshot", "--source", "sandbox", "-o", str(saved)]) == 0
    who = ["--publisher", tenant.PUBLISHER, "--publisher-tenant", tenant.PUBLISHER_TENANT]
    next_line = f"Next: imagecheck check --source snapshot:{saved} {' '.join(who)}"
    assert capsys.readouterr().out.splitlines()[-1] == next_line
    reports = {}
    for name, source in (("live", ["sandbox"]), ("saved", [str(saved), *who])):
        path = tmp_path / f"{name}.json"
        assert run(["check", "--source", *source, "--output", f"json={path}"]) == 1
        reports[name] = json.loads(path.read_text())["results"]
    assert reports["saved"] == reports["live"]


def test_a_snapshot_is_saved_whole_or_not_at_all(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["snapshot", "--source", "sandbox", "-o", str(tmp_path)]) == 2
    assert "it is a folder" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


def test_what_cannot_be_read_is_not_saved(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    saved = tmp_path / "tenant.json"
    assert run(["snapshot", "--source", str(tmp_path / "nowhere.json"), "-o", str(saved)]) == 2
    assert "nowhere.json" in capsys.readouterr().err
    assert not saved.exists()


def test_the_sandbox_shows_every_rule_passing_and_failing(tmp_path: Path) -> None:
    path = tmp_path / "report.json"
    run(["check", "--source", "sandbox", "--output", f"json={path}"])
    report = json.loads(path.read_text())
    seen = {(result["rule"], result["verdict"]) for result in report["results"]}
    # Rules on disk files have nothing to judge in Azure.
    rules = [rule for rule in report["rules"] if rule.rstrip("0123456789") in ("ACC", "DEF", "GAL", "VER", "VM")]
    assert len(rules) == 11
    assert seen >= {(rule, verdict) for rule in rules for verdict in ("pass", "fail")}
    assert "not-evaluated" in {verdict for _, verdict in seen}


def test_settings_of_extensions_are_not_saved_wherever_they_stand(tmp_path: Path) -> None:
    document = tenant.document()
    vm = next(body for body in document["resources"] if body["id"].endswith("/virtualMachines/builder"))
    extension = {
        "type": "Microsoft.Compute/virtualMachines/extensions",
        "properties": {"settings": {"commandToExecute": "login -p hunter2"}, "publisher": "Microsoft.Azure"},
    }
    vm["resources"] = [extension]
    vm["tags"] = {"password": "hunter2", "team": "images"}
    document["resources"].append({**extension, "id": f"{vm['id']}/extensions/script"})
    source, saved = tmp_path / "tenant.json", tmp_path / "saved.json"
    source.write_text(json.dumps(document))
    assert run(["snapshot", "--source", str(source), "-o", str(saved)]) == 0
    text = saved.read_text(encoding="utf-8")
    assert "hunter2" not in text
    assert "Microsoft.Azure" in text
    assert '"team": "images"' in text


@pytest.mark.parametrize("hostile", ["1e400", "[" * 900 + "]" * 900], ids=["a number too large", "deep"])
def test_what_json_cannot_hold_is_refused_in_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], hostile: str
) -> None:
    source = tmp_path / "tenant.json"
    source.write_text(json.dumps(tenant.document()).replace('"West Europe"', hostile, 1))
    assert run(["snapshot", "--source", str(source), "-o", str(tmp_path / "saved.json")]) == 2
    said = capsys.readouterr().err
    assert said.count("\n") == 1
    assert "a mistake in imagecheck" not in said


def test_a_path_is_shown_without_what_could_move_the_cursor(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    saved = tmp_path / "x\x1b[31m\nred.json"
    assert run(["snapshot", "--source", "sandbox", "-o", str(saved)]) == 0
    said = capsys.readouterr().out
    assert "\x1b" not in said
    assert said.count("\n") == 2


def test_a_fix_run_is_rehearsed_on_a_snapshot_of_one_gallery(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    saved = tmp_path / "tenant.json"
    gallery = ["gallery:images/workbench", "--publisher", tenant.PUBLISHER]
    where = ["--subscription", "33333333-cccc-4ccc-8ccc-333333333333", "--source", "sandbox"]
    assert run(["snapshot", *gallery, *where, "-o", str(saved)]) == 0
    assert run(["check", *gallery, "--source", f"sandbox:{saved}", "--select", "ACC002", "--fix", "--yes"]) == 0
    assert "grant Compute Gallery Image Reader to Compute Image Registry" in capsys.readouterr().out
