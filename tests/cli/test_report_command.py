"""``imagecheck report``: the same files again from a saved run."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

FORMATS = ("html", "json", "junit", "markdown")


@pytest.fixture
def saved(check, clean, ids, room) -> dict[str, Any]:
    """The JSON report of a run with a pass, a failure with a fix, and something not evaluated."""
    clean["resources"][1]["properties"]["osState"] = "Spécialisé \u202e\ud800 <b>"
    clean["providers"] = {}
    clean["instanceViews"][ids.vm]["statuses"].pop()
    check("--output", "json=saved.json", "vm:images/builder", "gallery:images/shop", snapshot=clean, report=False)
    return json.loads((room / "saved.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("format", FORMATS)
def test_the_same_file_is_written_again(check, imagecheck, clean, room, format):
    clean["resources"][1]["properties"]["osState"] = "Spécialisé \u202e\ud800 <b> & sig=Zm9vYmFy"
    clean["providers"] = {}
    check("--output", "json=saved.json", "--output", f"{format}=first", snapshot=clean, report=False)
    outcome = imagecheck("report", "saved.json", "--output", f"{format}=again")
    assert outcome.code == 0, outcome.said
    assert (room / "again").read_bytes() == (room / "first").read_bytes()


def test_a_report_may_go_to_standard_output(saved, imagecheck):
    outcome = imagecheck("report", "saved.json", "--output", "json=-")
    assert outcome.code == 0
    assert outcome.report == saved


def test_a_report_is_no_longer_shown_as_a_verdict(saved, imagecheck):
    assert saved["exit_code"] == 1
    assert imagecheck("report", "saved.json").code == 0


def _strange(value: Any) -> Any:
    """The document with an unknown key in every object."""
    if isinstance(value, dict):
        return {**{key: _strange(part) for key, part in value.items()}, "newer": {"x": [1]}}
    return [_strange(part) for part in value] if isinstance(value, list) else value


def test_unknown_keys_are_passed_over(saved, save, imagecheck):
    document = {key: _strange(part) for key, part in saved.items()}
    document["rules"] = {code: _strange(info) for code, info in saved["rules"].items()}
    save({**document, "newer": True}, "strange.json")
    outcome = imagecheck("report", "strange.json", "--output", "json=-")
    assert outcome.code == 0, outcome.err
    assert outcome.report == saved


BROKEN = {
    "empty": b"",
    "no-json": b"<html>",
    "list": b"[]",
    "null": b"null",
    "nothing": b"{}",
    "format-only": b'{"format": "imagecheck-report/1"}',
    "newer-format": b'{"format": "imagecheck-report/2"}',
    "snapshot": b'{"format": "imagecheck-snapshot/1"}',
    "deep": b"[" * 100_000,
    "zeros": b"\0" * 99,
    "no-utf-8": b'{"format": "\xff"}',
    "huge-integer": b'{"format": "imagecheck-report/1", "exit_code": ' + b"9" * 5000 + b"}",
}


@pytest.mark.parametrize("content", BROKEN.values(), ids=BROKEN)
def test_what_is_no_report_is_refused(save, imagecheck, content):
    save(content, "broken.json")
    assert "broken.json" in imagecheck("report", "broken.json", "--output", "json=-").refused()


DAMAGE = {
    "results-is-an-object": lambda d: d.update(results={"a": 1}),
    "results-is-null": lambda d: d.update(results=None),
    "results-is-a-text": lambda d: d.update(results="abc"),
    "result-is-a-text": lambda d: d.update(results=["abc"]),
    "result-is-empty": lambda d: d.update(results=[{}]),
    "result-without-asset": lambda d: d["results"][0].pop("asset"),
    "asset-is-a-number": lambda d: d["results"][0].update(asset=1),
    "message-is-a-list": lambda d: d["results"][0].update(message=["x"]),
    "unknown-verdict": lambda d: d["results"][0].update(verdict="maybe"),
    "unknown-severity": lambda d: d["results"][0].update(severity="fatal"),
    "evidence-is-a-text": lambda d: d["results"][0].update(evidence="abc"),
    "evidence-holds-numbers": lambda d: d["results"][0].update(evidence=[1]),
    "reason-is-a-text": lambda d: d["results"][0].update(reason="x"),
    "reason-of-no-kind": lambda d: d["results"][0].update(reason={"kind": "bored"}),
    "fix-is-a-text": lambda d: d["results"][0].update(fix="x"),
    "fix-operations-is-a-text": lambda d: d["results"][0].update(
        fix={"title": "x", "safety": "safe", "operations": "abc"}
    ),
    "rules-is-a-list": lambda d: d.update(rules=[]),
    "rule-without-title": lambda d: d["rules"]["DEF001"].pop("title"),
    "rule-of-no-severity": lambda d: d["rules"]["DEF001"].update(severity="x"),
    "sources-is-a-number": lambda d: d["rules"]["DEF001"].update(sources=1),
    "tool-is-a-text": lambda d: d.update(tool="imagecheck"),
    "exit-code-is-a-text": lambda d: d.update(exit_code="x"),
    "exit-code-is-null": lambda d: d.update(exit_code=None),
    "started-is-a-number": lambda d: d.update(started=1),
    "fixes-performed-is-a-text": lambda d: d["fixes"].update(performed="abc"),
}


@pytest.mark.parametrize("damage", DAMAGE.values(), ids=DAMAGE)
def test_a_damaged_report_is_refused(saved, save, imagecheck, damage):
    damage(saved)
    save(saved, "damaged.json")
    assert "damaged.json" in imagecheck("report", "damaged.json", "--output", "json=-").refused()


@pytest.mark.parametrize("format", FORMATS)
def test_what_a_saved_report_brings_is_escaped_and_redacted_again(saved, save, imagecheck, format):
    hostile = "<xssprobe>\x1b[2J https://a.example/d.vhd?sv=1&sig=Zm9vYmFyYmF6"
    result = saved["results"][0]
    result.update(message=hostile, evidence=[hostile], asset=hostile)
    info = saved["rules"][result["rule"]]
    info.update(title=hostile, sources=[{"title": hostile, "url": "javascript:alert(1)", "date": hostile}])
    saved.update(source=hostile, started=hostile)
    save(saved, "hostile.json")
    outcome = imagecheck("report", "hostile.json", "--output", f"{format}=-", "--verbose")
    assert outcome.code == 0, outcome.err
    assert "Zm9vYmFyYmF6" not in outcome.said
    assert "\x1b" not in outcome.said
    assert 'href="javascript:' not in outcome.out.lower()
    assert "](javascript:" not in outcome.out.lower()
    assert format == "json" or "<xssprobe>" not in outcome.out


@pytest.mark.parametrize("name", ["folder", "missing.json", "a\0b", ""], ids=["folder", "missing", "no-path", "empty"])
def test_a_report_that_cannot_be_read_is_refused(imagecheck, room, name):
    (room / "folder").mkdir()
    imagecheck("report", name, "--output", "json=-").refused()


def test_a_report_that_is_not_named_is_refused(imagecheck):
    imagecheck("report", "--output", "json=-").refused()


@pytest.mark.parametrize("output", ["pdf=x", "json=folder", "json", "json="])
def test_an_output_that_cannot_be_written_is_refused(saved, imagecheck, room, output):
    (room / "folder").mkdir()
    imagecheck("report", "saved.json", "--output", output).refused()


def test_the_saved_file_may_be_written_over_itself(saved, imagecheck, room):
    before = Path("saved.json").read_bytes()
    assert imagecheck("report", "saved.json", "--output", "json=saved.json").code == 0
    assert Path("saved.json").read_bytes() == before
