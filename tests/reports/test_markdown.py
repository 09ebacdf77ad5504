import html
import re
from collections.abc import Callable
from dataclasses import replace
from html.parser import HTMLParser

import pytest

from checker.report import FixRun, Report, Result, Verdict
from checker.rule import Severity
from checker.visible import visible
from reports import markdown

MakeResult = Callable[..., Result]
MakeReport = Callable[..., Report]

GITHUBS_LIMIT = 1024 * 1024


class Tags(HTMLParser):
    """The tags of a text, and whether they are closed in order."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[tuple[str, list[tuple[str, str | None]]]] = []
        self.open: list[str] = []
        self.words: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, attrs))
        if tag != "br":
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.words.append(data)


def rows(text: str) -> int:
    return text.count("<tr><td>")


def told(text: str) -> str:
    """What a reader sees of the HTML parts."""
    return "".join(Tags(text).words).replace("\u200b", "")


@pytest.mark.parametrize(
    ("verdict", "code", "words"),
    [
        (Verdict.FAIL, 1, "Do not submit yet: 1 finding to resolve"),
        (Verdict.NOT_EVALUATED, 3, "Not known: 1 check could not be evaluated"),
        (Verdict.PASS, 0, "Nothing stands in the way"),
        (Verdict.NOT_APPLICABLE, 3, "Nothing was judged"),
        (Verdict.WAIVED, 0, "Nothing stands in the way"),
    ],
)
def test_the_answer_comes_first(
    verdict: Verdict, code: int, words: str, make_result: MakeResult, make_report: MakeReport
):
    text = markdown.write(make_report(make_result(verdict), exit_code=code))
    assert words in told(text.partition("| pass |")[0])


def test_the_results_are_counted_by_verdict(one_of_each: Report, make_result: MakeResult):
    report = replace(one_of_each, results=(*one_of_each.results, make_result(Verdict.PASS)))
    text = markdown.write(report)
    assert "| pass | fail | not-applicable | not-evaluated | waived |" in text
    assert "| 2 | 1 | 1 | 1 | 1 |" in text


def test_a_finding_tells_what_was_expected_and_what_to_do(make_result: MakeResult, make_report: MakeReport):
    failed = make_result(Verdict.FAIL)
    words = told(markdown.write(make_report(failed, exit_code=1)))
    assert failed.fix is not None
    for part in (
        "VM001: The VM is deallocated",
        failed.asset,
        failed.message,
        failed.expected,
        failed.actual,
        failed.fix.title,
        *failed.fix.steps,
        "A fix (unsafe) would: give vm1's host back",
    ):
        assert part in words


def test_a_finding_without_a_fix_is_told_too(make_result: MakeResult, make_report: MakeReport):
    text = markdown.write(make_report(make_result(Verdict.FAIL, fix=None), exit_code=1))
    assert "the VM is still allocated" in told(text)
    assert "--fix" not in text


def test_many_steps_are_cut_off_visibly(make_result: MakeResult, make_report: MakeReport):
    failed = make_result(Verdict.FAIL)
    assert failed.fix is not None
    long = replace(failed, fix=replace(failed.fix, steps=tuple(f"step {number}" for number in range(50))))
    text = markdown.write(make_report(long, exit_code=1))
    assert "step 3" in text
    assert "step 49" not in text
    assert "…" in text


def test_what_was_not_evaluated_tells_why_and_the_permission(make_result: MakeResult, make_report: MakeReport):
    words = told(markdown.write(make_report(make_result(Verdict.NOT_EVALUATED), exit_code=3)).partition("## Not")[2])
    assert "403 AuthorizationFailed" in words
    assert "Answered by the permission Microsoft.Compute/virtualMachines/instanceView/read" in words


def test_a_finding_below_the_threshold_is_told_after_those_that_count(make_result: MakeResult, make_report: MakeReport):
    below = make_result(Verdict.FAIL, severity=Severity.WARNING, asset="below")
    text = markdown.write(make_report(below, make_result(Verdict.FAIL, asset="above"), exit_code=1))
    assert text.index("<code>above</code>") < text.index("below error") < text.index("<code>below</code>")


def test_a_waiver_is_told_with_its_reason(make_result: MakeResult, make_report: MakeReport):
    assert "until 2027-01-01: a pilot" in told(markdown.write(make_report(make_result(Verdict.WAIVED))))


def test_a_fix_run_is_told(make_result: MakeResult, make_report: MakeReport):
    passed = make_result(Verdict.PASS)
    before = {"rule": passed.rule, "asset": passed.asset, "verdict": "fail"}
    fixes = FixRun(({"verb": "deallocate", "vm": "vm1"},), ({"verb": "generalize", "error": "409"},), (before,))
    words = told(markdown.write(make_report(passed, fixes=fixes)))
    assert "deallocate; vm: vm1" in words
    assert "generalize; error: 409" in words
    assert "fail → pass" in words


def test_a_long_fix_run_says_how_many_are_not_shown(make_report: MakeReport):
    text = markdown.write(make_report(fixes=FixRun(performed=tuple(f"did {number}" for number in range(250)))))
    assert text.count("<li>") == 101
    assert "and 150 more" in text


def test_the_run_is_told(one_of_each: Report):
    words = told(markdown.write(one_of_each).partition("## This run")[2])
    for part in (
        "1.2.3",
        "snapshot:facts.json",
        "2026-11-22T12:00:00Z",
        "2026-11-22T12:00:05Z",
        "5 assets",
        "1: findings",
    ):
        assert part in words


def test_an_empty_report_says_that_nothing_was_judged(make_report: MakeReport):
    text = markdown.write(make_report(exit_code=3))
    assert "Nothing was judged" in text
    assert "| pass | fail |\n| ---: | ---: |\n| 0 | 0 |" in text
    assert "## Findings" not in text


def test_hostile_text_makes_neither_tags_nor_lines(hostile: str, made_of: Callable[[str], Report]):
    text, harmless = markdown.write(made_of(hostile)), markdown.write(made_of("harmless"))
    found = Tags(text)
    assert found.found == Tags(harmless).found
    assert found.open == []
    assert text.count("\n") == harmless.count("\n")


def test_hostile_text_stands_only_where_markdown_is_not_read(hostile: str, made_of: Callable[[str], Report]):
    text, harmless = markdown.write(made_of(hostile)), markdown.write(made_of("harmless"))
    with_data = [line for line, other in zip(text.split("\n"), harmless.split("\n"), strict=True) if line != other]
    assert len(with_data) > 20
    # A line that begins with one of these is in an HTML block, and no block has an empty line in it.
    assert {re.match(r"</?\w*>?", line)[0] for line in with_data if line} <= {"<tr>", "<li>", "<p>", "<h3>"}


def test_no_sign_of_markdown_comes_through(hostile: str, made_of: Callable[[str], Report]):
    text = markdown.write(made_of(hostile))
    data = re.sub(r"&#?\w+;", "", re.sub(r"</?\w[^<>]*>", "", "".join(re.findall(r"^<.*$", text, re.MULTILINE))))
    assert not {*data} & {*"<>&|`[]*_#@!~\\$"}


def test_what_people_copy_is_exactly_the_text(hostile: str, made_of: Callable[[str], Report]):
    codes = {html.unescape(code) for code in re.findall(r"<code>(.*?)</code>", markdown.write(made_of(hostile)))}
    assert visible(hostile) in codes


@pytest.mark.parametrize(
    "text", ["@octocat", "#1", "a@b.example", "https://evil.example", "www.evil.example", ":tada:", "GH-26"]
)
def test_prose_keeps_github_from_linking(text: str):
    shown = html.unescape(markdown.prose(f"see {text} there"))
    assert shown.replace("\u200b", "") == f"see {text} there"
    assert text not in shown


def test_hidden_characters_are_shown(made_of: Callable[[str], Report]):
    text = markdown.write(made_of("abc\u202egpj.exe\x1b[2J\u200b\ud800"))
    assert not {*text} & {*"\u202e\x1b\u200b\ud800"}
    assert "&#92;u202e" in text
    assert text.encode()


def test_a_long_text_is_cut_off_and_says_so(make_result: MakeResult, make_report: MakeReport):
    text = markdown.write(make_report(make_result(Verdict.FAIL, actual="x" * 2_000_000), exit_code=1))
    assert "1999000 more characters" in text
    assert len(text.encode()) < 20_000


def test_ten_thousand_results_fit_and_the_rest_is_counted(many: Report):
    text = markdown.write(many)
    assert len(text.encode()) < GITHUBS_LIMIT
    left_out = re.search(r"(\d+) results are left out", text)
    assert left_out
    summary = many.summary()
    assert rows(text) + int(left_out[1]) == summary["fail"] + summary["not-evaluated"] + summary["waived"]
    assert Tags(text).open == []
    assert "## This run" in text


def test_when_there_is_no_room_failures_come_first(many: Report, make_result: MakeResult):
    late = tuple(make_result(Verdict.FAIL, asset=f"late-{number}") for number in range(10_000))
    text = markdown.write(replace(many, results=(*many.results, *late)))
    assert len(text.encode()) < GITHUBS_LIMIT
    assert rows(text) == text.count("still allocated")


def test_a_fix_run_without_room_is_counted(many: Report):
    text = markdown.write(replace(many, results=many.results * 3, fixes=FixRun(performed=("did it", "did that"))))
    assert "### Changed by this run\n\n2 left out here" in text


def test_a_report_that_fits_leaves_nothing_out(one_of_each: Report):
    text = markdown.write(one_of_each)
    assert "left out" not in text
    assert rows(text) == 3


@pytest.mark.parametrize("verdict", [Verdict.PASS, Verdict.WAIVED])
def test_a_success_leads_to_the_next_step_and_to_nothing_below(
    verdict: Verdict, make_result: MakeResult, make_report: MakeReport
):
    text = markdown.write(make_report(make_result(verdict)))
    assert "Next: Submit it; the certification has tests of its own." in told(text)
    assert "First" not in text
    assert "Do this" not in text


def test_what_to_do_comes_before_everything_else(make_result: MakeResult, make_report: MakeReport):
    others = [make_result(Verdict.FAIL, rule=f"ACC00{number}", fix=None) for number in range(6)]
    report = make_report(make_result(Verdict.FAIL), make_result(Verdict.NOT_EVALUATED), *others, exit_code=1)
    top = markdown.write(report).partition("| pass |")[0]
    assert "Do this first:" in top
    assert top.count("<li>") == 5
    assert "3 more things to do, below" in top


def test_only_verdicts_that_there_are_are_counted_but_pass_and_fail_always(
    make_result: MakeResult, make_report: MakeReport
):
    text = markdown.write(make_report(make_result(Verdict.NOT_EVALUATED), exit_code=3))
    assert "| pass | fail | not-evaluated |" in text
    assert "| 0 | 0 | 1 |" in text


def test_many_rules_without_an_answer_on_an_asset_are_one_line(make_result: MakeResult, make_report: MakeReport):
    results = [make_result(Verdict.NOT_EVALUATED, rule=f"LNX{number:03}") for number in range(1, 30) if number != 28]
    text = markdown.write(make_report(*results, exit_code=3))
    assert rows(text) == 1
    assert "<code>LNX001–LNX029</code>" in text
    assert "28 checks" in told(text)


def test_what_was_changed_is_told_by_short_names_and_states(make_result: MakeResult, make_report: MakeReport):
    vm = make_result(Verdict.PASS).asset
    done = {
        "verb": "generalize",
        "vm": vm,
        "description": f"mark {vm} as generalized",
        "irreversible": True,
        "ending": "done",
        "before": {"OS state": "not generalized"},
        "after": {"OS state": "generalized"},
        "fixes": [{"rule": "VM002", "asset": vm}],
    }
    words = told(markdown.write(make_report(make_result(Verdict.PASS), fixes=FixRun((done,)))))
    assert "mark vm:rg/vm1 as generalized" in words
    assert "Cannot be undone." in words
    assert "OS state: not generalized → generalized" in words
    assert "done; for VM002" in words


def test_a_command_is_code_and_a_remark_is_not(make_result: MakeResult, make_report: MakeReport):
    failed = make_result(Verdict.FAIL)
    assert failed.fix is not None
    fix = replace(failed.fix, steps=("sudo rm -f /etc/x", "then capture it"), operations=())
    text = markdown.write(make_report(replace(failed, fix=fix), exit_code=1))
    assert "<code>sudo rm -f /etc/x</code>" in text
    assert "<br>then capture it" in text


def test_what_failed_to_change_is_not_told_as_changed(make_result: MakeResult, make_report: MakeReport):
    entry = {"description": "give a role", "ending": "failed", "before": {"role": "none"}, "after": {"role": "given"}}
    words = told(markdown.write(make_report(make_result(Verdict.PASS), fixes=FixRun(failed=(entry,)))))
    assert "role: none; was to become: given" in words
    assert "none → given" not in words


def test_what_to_do_names_what_the_rule_demands(make_result: MakeResult, make_report: MakeReport):
    words = told(markdown.write(make_report(make_result(Verdict.FAIL), exit_code=1)))
    assert "Deallocate the VM (VM001, The VM is deallocated: 1 finding" in words
