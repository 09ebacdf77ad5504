"""What a person reads: short forms, one asset named once, runs of codes, lines that fit, and what comes next."""

import copy
import json
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
        copied = line.startswith("Next: ") or line.strip().startswith("az ")
        assert len(line) <= 80 or len(line) == indent + longest or copied, line


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


def test_without_a_terminal_a_stricter_gate_comes_next_and_no_browser(check, clean, tmp_path):
    options = ["--quiet", "--output", f"html={tmp_path / 'r.html'}"]
    assert "--fail-on warning" in check(*options, snapshot=clean, report=False).out.splitlines()[-1]


def test_more_words_come_next_and_they_are_not_quiet(check, clean):
    del clean["providers"]
    last = check("--quiet", "--select", "ACC002", snapshot=clean, report=False).out.splitlines()[-1]
    assert "--verbose" in last
    assert "--quiet" not in last


def test_commands_are_whole_however_narrow_the_terminal(said, monkeypatch):
    monkeypatch.setenv("COLUMNS", "60")
    lines = said("check", "--source", "sandbox", "--verbose").splitlines()
    [command] = [line for line in lines if "az sig image-definition create" in line]
    assert command.strip().startswith("az sig")
    assert command.endswith("NEW-SKU")


@pytest.mark.parametrize("target", ["", "  ", "gallery:a/\udcff"])
def test_a_target_that_is_none_is_refused(imagecheck, target):
    assert "target" in imagecheck("check", target, "--source", "sandbox").refused()


def test_blanks_around_a_target_are_left_out(imagecheck):
    options = ["--source", "sandbox", "--subscription", "33333333-cccc-4ccc-8ccc-333333333333"]
    assert imagecheck("check", "  gallery:images/workbench ", *options).code == 1


@pytest.mark.parametrize("tenant", ["x y", "contoso", "https://contoso.com", ""])
def test_a_publisher_tenant_that_is_none_is_refused(imagecheck, tenant):
    assert "neither" in imagecheck("check", "--source", "sandbox", "--publisher-tenant", tenant).refused()


@pytest.mark.parametrize(
    "command",
    [
        ["check", "--source", "sandbox", "--output", "html=loop"],
        ["snapshot", "--source", "sandbox", "-o", "loop"],
        ["sandbox", "--save", "loop"],
    ],
    ids=["report", "snapshot", "sandbox"],
)
def test_links_that_lead_in_a_circle_are_one_line(imagecheck, command, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "loop").symlink_to("loop")
    assert "loop cannot be written" in imagecheck(*command).refused()


def test_a_snapshot_on_standard_output(imagecheck):
    outcome = imagecheck("snapshot", "--source", "sandbox", "-o", "-")
    assert json.loads(outcome.out)["format"] == "imagecheck-snapshot/1"
    assert "Next: " in outcome.err


def test_a_disk_file_without_its_prefix_is_recognised(imagecheck):
    assert "write vhd:folder/server.vhd" in imagecheck("check", "folder/server.vhd").refused()


def test_the_nearest_flag_is_suggested(imagecheck):
    assert "did you mean --source?" in imagecheck("check", "--sorce", "sandbox").refused()


def test_the_commands_of_each_asset_are_told(check, clean):
    """Findings that read alike differ in the commands that resolve them."""
    definition = clean["resources"][1]
    definition["properties"]["osState"] = "Specialized"
    other = copy.deepcopy(definition)
    other["id"] = definition["id"].replace("/server", "/other")
    clean["resources"].append(other)
    text = check("--select", "DEF001", "--verbose", snapshot=clean, report=False).out
    assert "--gallery-image-definition server-generalized" in text
    assert "--gallery-image-definition other-generalized" in text


def test_a_report_that_is_written_again_is_not_judged_again(check, imagecheck, clean, tmp_path):
    saved = tmp_path / "saved.json"
    check("--output", f"json={saved}", snapshot=clean, report=False)
    for output in ([], ["--output", f"html={tmp_path / 'r.html'}"]):
        last = imagecheck("report", saved, *output).out.splitlines()[-1]
        assert "--fail-on" not in last
        assert "--publisher" not in last
