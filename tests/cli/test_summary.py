"""What a person reads: short forms, one asset named once, runs of codes, lines that fit, and what comes next."""

import re
from pathlib import Path

import pytest

from checker.cli.main import run


@pytest.fixture
def said(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch):
    """What a command prints on standard output."""
    monkeypatch.delenv("COLUMNS", raising=False)

    def said(*arguments: str) -> str:
        run(list(arguments))
        return capsys.readouterr().out

    return said


@pytest.fixture
def no_vhd(tmp_path: Path) -> str:
    path = tmp_path / "zero.vhd"
    path.write_bytes(bytes(4 * 1024 * 1024))
    return f"vhd:{path}"


@pytest.mark.parametrize(
    "command", [["check", "--source", "sandbox"], ["check", "--source", "sandbox", "-v"], ["rules"], ["rule", "VM001"]]
)
def test_lines_fit_but_for_what_is_copied(said, monkeypatch, command):
    monkeypatch.setenv("COLUMNS", "80")
    for line in said(*command).splitlines():
        longest = max(map(len, line.split()), default=0)
        indent = len(line) - len(line.lstrip())
        assert len(line) <= 80 or len(line) == indent + longest or line.startswith("Next: "), line


def test_several_subscriptions_are_told_apart_by_how_they_begin(said):
    text = said("check", "--source", "sandbox")
    assert "gallery:images/workbench  in 33333333…\n" in text
    assert "gallery:images/partner  in 44444444…\n" in text
    assert "33333333-cccc" not in text


def test_ids_are_whole_when_asked_for_more(said):
    assert "/subscriptions/33333333-cccc-4ccc-8ccc-333333333333/resourceGroups/images/" in said(
        "check", "--source", "sandbox", "--verbose"
    )


def test_one_asset_is_named_once_in_a_section(said, no_vhd):
    text = said("check", no_vhd)
    name = no_vhd.removeprefix("vhd:")
    assert f"Blocks the submission: {name}\n" in text
    assert text.partition("Not evaluated")[0].count(name) == 1


def test_codes_that_follow_each_other_are_one_run(said, no_vhd):
    assert re.search(r"^  LNX001–LNX\d{3}", said("check", no_vhd), re.MULTILINE)


def test_signs_are_plain_where_the_encoding_lacks_them(process):
    outcome = process("check", "--source", "sandbox", env={"PYTHONIOENCODING": "ascii"})
    assert outcome.out.isascii()
    assert "\\u" not in outcome.out
    assert "gallery:images/workbench  in 33333333...\n" in outcome.out
    assert "      -> grant Owner" in outcome.out


@pytest.mark.parametrize("command", ["check", "snapshot", "sandbox", "permissions", "rules", "report"])
def test_the_help_is_plain_ascii(said, command):
    assert said(command, "--help").isascii()


def test_what_is_missing_of_the_publisher_is_asked_for_at_once(check, clean):
    text = check("--quiet", snapshot=clean, publisher=False, report=False).out
    assert "--publisher EMAIL --publisher-tenant DOMAIN" in text.splitlines()[-1]


def test_in_ci_a_stricter_gate_comes_next_and_no_browser(check, clean, monkeypatch, tmp_path):
    options = ["--quiet", "--output", f"html={tmp_path / 'r.html'}"]
    monkeypatch.delenv("CI", raising=False)
    assert "webbrowser" in check(*options, snapshot=clean, report=False).out.splitlines()[-1]
    monkeypatch.setenv("CI", "true")
    assert "--fail-on warning" in check(*options, snapshot=clean, report=False).out.splitlines()[-1]


def test_a_disk_file_without_its_prefix_is_recognised(imagecheck):
    assert "write vhd:folder/server.vhd" in imagecheck("check", "folder/server.vhd").refused()


def test_the_nearest_flag_is_suggested(imagecheck):
    assert "did you mean --source?" in imagecheck("check", "--sorce", "sandbox").refused()
