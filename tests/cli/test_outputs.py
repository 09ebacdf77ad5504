"""``--output FORMAT=PATH``: which reports are written where, whole or not at all."""

from __future__ import annotations

import json
import os
from pathlib import Path
from xml.etree import ElementTree

import pytest


def test_the_report_goes_to_standard_output_and_the_summary_to_standard_error(check):
    outcome = check()
    assert outcome.report["format"] == "imagecheck-report/1"
    assert outcome.err.strip()


def test_without_a_report_the_summary_goes_to_standard_output(check):
    outcome = check(report=False)
    assert outcome.out.strip()
    assert outcome.err == ""


def test_a_report_in_a_file_leaves_the_summary_on_standard_output(check, room):
    outcome = check("--output", "json=out.json", report=False)
    assert outcome.err == ""
    assert "out.json" in outcome.out
    assert json.loads((room / "out.json").read_text())["exit_code"] == 0


def test_several_reports_are_written(check, room):
    outcome = check("--output", "json=a.json", "--output", "json=b.json")
    assert outcome.code == 0
    assert outcome.report["results"] == json.loads((room / "a.json").read_text())["results"]
    assert (room / "a.json").read_bytes() == (room / "b.json").read_bytes()


def test_every_format_holds_every_result(check, clean, room):
    clean["resources"][1]["properties"]["osState"] = "Specialized"
    formats = ("html", "junit", "markdown")
    outcome = check(*(part for format in formats for part in ("--output", f"{format}=out.{format}")), snapshot=clean)
    assert outcome.code == 1
    rules = sorted({result["rule"] for result in outcome.report["results"]})
    cases = ElementTree.parse(room / "out.junit").getroot().iter("testcase")
    assert sorted(case.attrib["name"].split()[0].strip(":") for case in cases) == rules
    page = (room / "out.html").read_text(encoding="utf-8")
    assert not [rule for rule in rules if rule not in page]
    assert "DEF001" in (room / "out.markdown").read_text(encoding="utf-8")


def test_a_path_may_hold_an_equals_sign(check, room):
    assert check("--output", "json=a=b.json", report=False).code == 0
    assert (room / "a=b.json").is_file()


def test_an_older_report_is_replaced_whole(check, save, room):
    save("x" * 1_000_000, "out.json")
    assert check("--output", "json=out.json", report=False).code == 0
    assert json.loads((room / "out.json").read_text())["exit_code"] == 0
    assert sorted(path.name for path in room.iterdir()) == ["out.json", "tenant.json"]


def test_a_link_stays_a_link(check, room):
    (room / "real.json").write_text("old")
    (room / "link.json").symlink_to("real.json")
    assert check("--output", "json=link.json", report=False).code == 0
    assert (room / "link.json").is_symlink()
    assert json.loads((room / "real.json").read_text())["exit_code"] == 0


def test_a_pipe_is_written_to_and_not_replaced(check, room):
    os.mkfifo(room / "pipe")
    reader = os.open(room / "pipe", os.O_RDONLY | os.O_NONBLOCK)
    try:
        assert check("--output", "json=pipe", report=False).code == 0
        assert json.loads(os.read(reader, 60_000))["exit_code"] == 0
    finally:
        os.close(reader)
    assert (room / "pipe").is_fifo()


REFUSED = {
    "no-format": ["out.json"],
    "no-path": ["json="],
    "nothing": [""],
    "format-only": ["json"],
    "no-format-before-equals": ["=out.json"],
    "unknown-format": ["pdf=out.pdf"],
    "format-of-another-case": ["JSON=out.json"],
    "two-on-standard-output": ["json=-", "markdown=-"],
    "same-twice-on-standard-output": ["json=-", "json=-"],
    "two-on-one-path": ["json=out", "markdown=out"],
    "same-twice-on-one-path": ["json=out", "json=out"],
    "two-spellings-of-a-path": ["json=out", "markdown=./out"],
    "two-ways-to-a-path": ["json=out", "markdown=folder/../out"],
    "folder": ["json=folder"],
    "below-a-file": ["json=tenant.json/out"],
    "name-too-long": ["json=" + "x" * 300],
    "null-character": ["json=a\0b"],
    "folder-with-a-slash": ["json=folder/"],
}


@pytest.mark.parametrize("outputs", REFUSED.values(), ids=REFUSED)
def test_what_cannot_be_written_is_refused_in_one_line(check, room, outputs):
    (room / "folder").mkdir()
    check(*(part for output in outputs for part in ("--output", output)), report=False).refused()
    assert not [path for path in room.rglob("*") if path.name not in ("tenant.json", "folder")]


def test_a_path_that_cannot_be_written_is_told_before_the_work_is_done(imagecheck, room):
    (room / "folder").mkdir()
    outcome = imagecheck("check", "--source", "missing.json", "--output", "json=folder")
    assert "folder cannot be written" in outcome.refused()
    assert "folder cannot be written" in imagecheck("snapshot", "--source", "missing.json", "-o", "folder").refused()


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no device that is full")
def test_a_report_that_cannot_be_kept_keeps_neither_the_verdict_nor_the_others_back(check, room):
    outcome = check("--output", "html=/dev/full", "--output", "json=out.json", report=False)
    assert outcome.code == 2
    assert outcome.err == "imagecheck: error: /dev/full cannot be written: No space left on device\n"
    assert "Nothing stands in the way" in outcome.out
    assert "Reports: out.json (json)" in outcome.out
    assert json.loads((room / "out.json").read_text())["exit_code"] == 0


def test_the_same_path_absolute_and_relative_is_one_path(check, room):
    check("--output", "json=out", "--output", f"markdown={room / 'out'}", report=False).refused()


@pytest.mark.skipif(os.geteuid() == 0, reason="the superuser may write everywhere")
def test_a_folder_without_permission_is_refused(check, room):
    (room / "closed").mkdir(mode=0o500)
    check("--output", "json=closed/out.json", report=False).refused()


@pytest.mark.parametrize(
    ("output", "near"), [("jsn=x", "json"), ("htm=x", "html"), ("junti=x", "junit"), ("markdow=x", "markdown")]
)
def test_a_mistyped_format_suggests_the_nearest(check, output, near):
    assert near in check("--output", output, report=False).refused()


def test_a_wrong_output_is_refused_before_the_source_is_read(imagecheck):
    assert "pdf" in imagecheck("check", "--source", "missing.json", "--output", "pdf=x").refused()


def test_a_full_disk_is_one_line(process, save, clean):
    save(clean)
    with Path("/dev/full").open("wb") as full:
        outcome = process("check", "--source", "tenant.json", "--output", "json=-", stdout=full)
    assert outcome.code == 2
    assert len([line for line in outcome.err.splitlines() if line.startswith("imagecheck: error")]) == 1
    assert "Traceback" not in outcome.err
    assert "mistake in imagecheck" not in outcome.err


def test_json_is_utf_8_whatever_the_terminal(process, save, clean):
    clean["resources"][1]["properties"]["osState"] = "漢字\ud800"
    save(clean)
    outcome = process("check", "--source", "tenant.json", "--output", "json=-", env={"PYTHONIOENCODING": "ascii"})
    assert next(r["actual"] for r in outcome.report["results"] if r["rule"] == "DEF001") == "漢字\ud800"
