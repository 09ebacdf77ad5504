from collections.abc import Callable
from dataclasses import replace

import pytest

from checker.facts.unread import ReasonKind
from checker.report import FixRun, Reason, Report, Result, Verdict
from checker.rule import Severity
from checker.visible import visible
from reports.answer import Answer, headline
from reports.groups import by_reason, by_rule, changes, count, in_words

MakeResult = Callable[..., Result]
MakeReport = Callable[..., Report]

HIDDEN = [
    *(code for code in range(0x20) if chr(code) not in "\n\t"),
    *range(0x7F, 0xA0),
    *(0x061C, 0x200B, 0x200C, 0x200D, 0x200E, 0x200F, 0x2028, 0x2029, 0x2060, 0xFEFF),
    *range(0x202A, 0x202F),
    *range(0x2066, 0x206A),
    *(0x034F, 0x115F, 0x1160, 0x17B4, 0x180B, 0x2800, 0x3164, 0xFE0F, 0xFFA0, 0xFFF0),
    *(0xD800, 0xDBFF, 0xDC00, 0xDFFF, 0xFFFE, 0xFFFF),
]


@pytest.mark.parametrize("code", HIDDEN, ids=hex)
def test_a_hidden_character_is_shown_as_its_number(code: int):
    assert visible(f"a{chr(code)}b") == f"a\\u{code:04x}b"


@pytest.mark.parametrize("text", ["", "plain", "a\n\tb", "Größe 日本語 עברית", "😀 – … → é", "\\u202e"])
def test_what_everybody_sees_stays_as_it_is(text: str):
    assert visible(text) == text


def test_nothing_that_xml_or_utf_8_cannot_hold_is_left():
    shown = visible("".join(map(chr, range(0x20000))))
    assert shown.encode()
    assert not {*shown} & {*map(chr, HIDDEN)}
    assert {*map(chr, range(0x20, 0x7F)), "\n", "\t"} <= {*shown}


def test_a_failure_that_counts_is_a_no_and_says_what_to_do_first(make_result: MakeResult, make_report: MakeReport):
    failed = make_result(Verdict.FAIL)
    answer = headline(make_report(failed, make_result(Verdict.NOT_EVALUATED), exit_code=1))
    assert answer.answer is Answer.NO
    assert answer.words == "Do not submit yet: 1 finding to resolve"
    assert answer.first == "deallocate the VM (VM001, 1 asset)"


def test_without_a_fix_the_first_thing_is_what_the_rule_demands(make_result: MakeResult, make_report: MakeReport):
    assert "The VM is deallocated" in headline(make_report(make_result(Verdict.FAIL, fix=None), exit_code=1)).first


def test_the_first_thing_to_do_is_the_most_severe(make_result: MakeResult, make_report: MakeReport):
    small = make_result(Verdict.FAIL, rule="VER003", severity=Severity.INFO, fix=None)
    report = make_report(small, make_result(Verdict.FAIL), fail_on=Severity.INFO, exit_code=1)
    assert "VM001" in headline(report).first


def test_a_fix_run_that_exits_with_0_by_request_still_is_a_no(make_result: MakeResult, make_report: MakeReport):
    assert headline(make_report(make_result(Verdict.FAIL), exit_code=0)).answer is Answer.NO


def test_an_open_question_that_counts_is_not_known(make_result: MakeResult, make_report: MakeReport):
    open_one = make_result(Verdict.NOT_EVALUATED)
    answer = headline(make_report(make_result(Verdict.PASS), open_one, exit_code=3))
    assert answer.answer is Answer.UNKNOWN
    assert answer.words == "Not known: 1 check could not be evaluated"
    assert "instanceView/read" in answer.first


def test_without_a_permission_that_helps_the_detail_says_what_to_do(make_result: MakeResult, make_report: MakeReport):
    reason = Reason(ReasonKind.UNREAD, "gallery", "publisher", "give --publisher EMAIL", "")
    report = make_report(make_result(Verdict.NOT_EVALUATED, reason=reason), exit_code=3)
    assert "give --publisher EMAIL" in headline(report).first


@pytest.mark.parametrize("verdicts", [(), (Verdict.NOT_APPLICABLE,)], ids=["no result", "nothing applies"])
def test_nothing_judged_is_never_a_yes(verdicts: tuple[Verdict, ...], make_result: MakeResult, make_report: MakeReport):
    answer = headline(make_report(*(make_result(verdict) for verdict in verdicts)))
    assert answer.answer is Answer.UNKNOWN
    assert "Nothing was judged" in answer.words


@pytest.mark.parametrize("code", [1, 2, 3, 4, 5, 130, 99])
def test_only_the_exit_code_0_is_a_yes(code: int, make_result: MakeResult, make_report: MakeReport):
    answer = headline(make_report(make_result(Verdict.PASS), exit_code=code))
    assert answer.answer is Answer.UNKNOWN
    assert str(code) in answer.words


@pytest.mark.parametrize("verdict", [Verdict.PASS, Verdict.WAIVED])
def test_when_nothing_stands_in_the_way_it_is_a_yes(verdict: Verdict, make_result: MakeResult, make_report: MakeReport):
    answer = headline(make_report(make_result(verdict)))
    assert answer.answer is Answer.YES
    assert answer.first == "Submit it; the certification has tests of its own"


def test_findings_below_the_threshold_are_a_yes_that_names_them(make_result: MakeResult, make_report: MakeReport):
    answer = headline(make_report(make_result(Verdict.FAIL, severity=Severity.WARNING)))
    assert answer.answer is Answer.YES
    assert "1 finding" in answer.first


def test_rules_come_with_the_most_severe_first(make_result: MakeResult, make_report: MakeReport):
    results = (
        make_result(Verdict.FAIL, rule="VER003", severity=Severity.INFO),
        make_result(Verdict.FAIL, severity=Severity.WARNING, asset="b"),
        make_result(Verdict.FAIL, asset="a"),
        make_result(Verdict.FAIL, rule="ACC009", severity=Severity.ERROR),
    )
    groups = by_rule(make_report(), results)
    assert [group.code for group in groups] == ["ACC009", "VM001", "VER003"]
    assert [result.asset for result in groups[1].results] == ["a", "b"]
    assert groups[0].info is None
    assert groups[0].title == "ACC009"


def test_open_questions_come_by_what_was_missing(make_result: MakeResult, make_report: MakeReport):
    crash = Reason(ReasonKind.CRASHED, "x", "", "the rule VM001 crashed", "")
    odd = Reason(ReasonKind.UNSUPPORTED, "x", "role_assignments", "a condition", "")
    results = [
        make_result(Verdict.NOT_EVALUATED, reason=crash),
        make_result(Verdict.NOT_EVALUATED, reason=odd),
        make_result(Verdict.NOT_EVALUATED, reason=None),
        make_result(Verdict.NOT_EVALUATED, asset="a"),
        make_result(Verdict.NOT_EVALUATED, asset="b"),
    ]
    groups = by_reason(make_report(), results)
    assert [group.size for group in groups] == [2, 1, 1, 1]
    assert groups[0].permission == "Microsoft.Compute/virtualMachines/instanceView/read"
    assert [group.title for group in groups] == [
        "Not known: the VM's instance view",
        "A rule crashed",
        "In a form that is not judged: the role assignments",
        "No reason was recorded",
    ]


def test_open_questions_that_could_block_come_before_more_that_could_not(
    make_result: MakeResult, make_report: MakeReport
):
    odd = Reason(ReasonKind.UNREAD, "x", "/etc/fstab", "no such thing", "")
    results = [
        *(make_result(Verdict.NOT_EVALUATED, asset=asset, severity=Severity.INFO) for asset in "abc"),
        make_result(Verdict.NOT_EVALUATED, reason=odd),
        make_result(Verdict.NOT_EVALUATED, reason=odd, asset="y", severity=Severity.INFO),
    ]
    first, second = by_reason(make_report(), results)
    assert (first.title, first.size, first.counting) == ("Not known: /etc/fstab", 2, 1)
    assert (second.size, second.counting) == (3, 0)


def test_a_reason_in_the_same_words_is_one_case_whatever_the_asset(make_result: MakeResult, make_report: MakeReport):
    def reason(asset: str, detail: str) -> Reason:
        return Reason(ReasonKind.UNREAD, asset, "guest", detail, "")

    results = [
        make_result(Verdict.NOT_EVALUATED, rule=rule, asset=asset, reason=reason(asset.upper(), detail))
        for rule, asset, detail in (("B2", "a", "cut"), ("A1", "a", "cut"), ("A1", "b", "cut"), ("A1", "c", "locked"))
    ]
    [group] = by_reason(make_report(), results)
    assert [case.words for case in group.cases] == ["cut", "locked"]
    assert [[result.rule for result in told] for told in group.cases[0].by_asset()] == [["A1", "B2"], ["A1"]]


def test_a_reason_names_what_was_asked_where_that_is_not_the_asset(make_result: MakeResult, make_report: MakeReport):
    reason = Reason(ReasonKind.UNREAD, "tenant-2", "directory", "not collected", "")
    [group] = by_reason(make_report(), [make_result(Verdict.NOT_EVALUATED, reason=reason)])
    assert [case.words for case in group.cases] == ["not collected (asked of tenant-2)"]


def test_a_fix_run_shows_what_was_and_what_is(make_result: MakeResult, make_report: MakeReport):
    passed = make_result(Verdict.PASS)
    before = {"rule": passed.rule, "asset": passed.asset.upper(), "verdict": "fail", "message": "still allocated"}
    gone = before | {"asset": "gone"}
    told = changes(make_report(passed, fixes=FixRun(before=(before, gone, "odd"))))
    assert [(change.before, change.now) for change in told] == [
        ("fail: still allocated", "pass"),
        ("fail: still allocated", "not judged again"),
        ("odd", ""),
    ]


@pytest.mark.parametrize(
    ("entry", "words"),
    [
        ("text", "text"),
        (7, "7"),
        ({"verb": "deallocate", "description": "stop vm1", "vm": "vm1"}, "stop vm1; vm: vm1"),
        ({"verb": "deallocate"}, "deallocate"),
        ({"error": {"code": "Conflict"}}, 'error: {"code": "Conflict"}'),
    ],
)
def test_an_operation_is_told_in_words(entry: object, words: str):
    assert in_words(entry) == words


def test_things_are_counted():
    assert [count(range(number), "asset") for number in (0, 1, 2)] == ["0 assets", "1 asset", "2 assets"]


def test_the_order_of_the_results_does_not_change_the_answer(one_of_each: Report):
    reverse = replace(one_of_each, results=one_of_each.results[::-1])
    assert headline(one_of_each) == headline(reverse)


def test_open_questions_that_could_not_block_are_counted_apart(make_result: MakeResult, make_report: MakeReport):
    counts = make_result(Verdict.NOT_EVALUATED)
    small = [make_result(Verdict.NOT_EVALUATED, asset=asset, severity=Severity.INFO) for asset in "ab"]
    assert headline(make_report(counts, *small, exit_code=3)).words == (
        "Not known: 1 check that could block was not evaluated, nor were 2 others"
    )
    assert headline(make_report(counts, counts, small[0], exit_code=3)).words == (
        "Not known: 2 checks that could block were not evaluated, nor was 1 other"
    )


def test_a_yes_says_how_many_checks_it_rests_on(make_result: MakeResult, make_report: MakeReport):
    passed = make_result(Verdict.PASS)
    assert "(1 check: 2 rules on 1 asset)" in headline(make_report(passed)).words
    left = make_result(Verdict.NOT_EVALUATED, severity=Severity.INFO)
    assert "(2 checks, 1 of them not evaluated: 2 rules on 1 asset)" in headline(make_report(passed, left)).words
