import re
import xml.etree.ElementTree as ET
from collections.abc import Callable, Iterable
from itertools import pairwise

import pytest

from checker.report import Report, Result, Verdict
from checker.rule import Severity
from checker.visible import visible
from reports import junit

MakeResult = Callable[..., Result]
MakeReport = Callable[..., Report]

#: What junit-10.xsd allows: for an element its children, the attributes it must have, those it may have.
SCHEMA: dict[str, tuple[set[str], set[str], set[str]]] = {
    "testsuites": ({"testsuite"}, set(), {"name", "time", "tests", "failures", "errors"}),
    "testsuite": (
        {"testsuite", "properties", "testcase", "system-out", "system-err"},
        {"name", "tests", "failures", "errors"},
        {"group", "time", "skipped", "timestamp", "hostname", "id", "package", "file", "log", "url"},
    ),
    "properties": ({"property"}, set(), set()),
    "property": (set(), {"name", "value"}, set()),
    "testcase": (
        {"skipped", "error", "failure", "system-out", "system-err"},
        {"name"},
        {"time", "classname", "group"},
    ),
    "skipped": (set(), set(), {"type", "message"}),
    "error": (set(), set(), {"type", "message"}),
    "failure": (set(), set(), {"type", "message"}),
    "system-out": (set(), set(), set()),
    "system-err": (set(), set(), set()),
}
HOLD_TEXT = {"skipped", "error", "failure", "system-out", "system-err"}
TIME = re.compile(r"\d+\.\d{3}")


def parse(report: Report) -> ET.Element:
    return ET.fromstring(junit.write(report).encode())


def cases(root: ET.Element) -> list[ET.Element]:
    return list(root.iter("testcase"))


def outcomes(case: ET.Element) -> list[str]:
    return [child.tag for child in case if child.tag != "system-out"]


def breaches(root: ET.Element) -> Iterable[str]:
    for element in root.iter():
        children, required, optional = SCHEMA[element.tag]
        if not {child.tag for child in element} <= children:
            yield f"children of {element.tag}"
        if not required <= {*element.attrib} <= required | optional:
            yield f"attributes of {element.tag}"
        if element.tag not in HOLD_TEXT and (element.text or "").strip():
            yield f"text in {element.tag}"
        if (element.tail or "").strip():
            yield f"text after {element.tag}"
        if "time" in element.attrib and not TIME.fullmatch(element.attrib["time"]):
            yield f"time {element.attrib['time']}"


def counted(root: ET.Element) -> dict[str, int]:
    found = {"tests": len(cases(root))}
    for name, tag in (("failures", "failure"), ("errors", "error"), ("skipped", "skipped")):
        found[name] = sum(case.find(tag) is not None for case in cases(root))
    return found


def declared(root: ET.Element) -> dict[str, int]:
    suite = root.find("testsuite")
    assert suite is not None
    return {name: int(suite.attrib[name]) for name in ("tests", "failures", "errors", "skipped")}


@pytest.mark.parametrize(
    ("verdict", "outcome"),
    [
        (Verdict.PASS, []),
        (Verdict.FAIL, ["failure"]),
        (Verdict.NOT_EVALUATED, ["error"]),
        (Verdict.NOT_APPLICABLE, ["skipped"]),
        (Verdict.WAIVED, ["skipped"]),
    ],
)
def test_each_verdict_has_its_outcome(
    verdict: Verdict, outcome: list[str], make_result: MakeResult, make_report: MakeReport
):
    [case] = cases(parse(make_report(make_result(verdict))))
    assert outcomes(case) == outcome


def test_a_testcase_is_named_after_its_asset_and_rule(make_result: MakeResult, make_report: MakeReport):
    failed = make_result(Verdict.FAIL)
    [case] = cases(parse(make_report(failed)))
    assert case.attrib["classname"] == failed.asset
    assert case.attrib["name"] == "VM001 vm-deallocated"


def test_a_failure_tells_what_to_do(make_result: MakeResult, make_report: MakeReport):
    [case] = cases(parse(make_report(make_result(Verdict.FAIL))))
    failure = case.find("failure")
    assert failure is not None
    assert failure.attrib == {"message": "the VM is still allocated", "type": "error"}
    for words in (
        "the VM is still allocated",
        "PowerState/deallocated",
        "PowerState/stopped",
        "from the instance view",
        "deallocate the VM",
        "az vm deallocate --ids",
        "Portal: Stop",
        "a fix (unsafe) would: give vm1's host back",
    ):
        assert words in (failure.text or "")


@pytest.mark.parametrize(
    ("severity", "fail_on", "fails"),
    [
        (Severity.WARNING, Severity.ERROR, False),
        (Severity.WARNING, Severity.WARNING, True),
        (Severity.WARNING, Severity.INFO, True),
        (Severity.INFO, Severity.WARNING, False),
    ],
)
def test_only_what_counts_breaks_the_build_and_the_rest_is_told(
    severity: Severity, fail_on: Severity, fails: bool, make_result: MakeResult, make_report: MakeReport
):
    [case] = cases(parse(make_report(make_result(Verdict.FAIL, severity=severity), fail_on=fail_on)))
    assert outcomes(case) == (["failure"] if fails else [])
    assert ("still allocated" in case.findtext("system-out", "")) is not fails


def test_an_error_says_why_and_which_permission_answers_it(make_result: MakeResult, make_report: MakeReport):
    [case] = cases(parse(make_report(make_result(Verdict.NOT_EVALUATED))))
    error = case.find("error")
    assert error is not None
    assert error.attrib["type"] == "unread"
    assert "403 AuthorizationFailed" in error.attrib["message"]
    assert "Microsoft.Compute/virtualMachines/instanceView/read" in (error.text or "")


@pytest.mark.parametrize(
    ("verdict", "words"),
    [(Verdict.NOT_APPLICABLE, "another machine"), (Verdict.WAIVED, "waived: until 2027-01-01: a pilot")],
)
def test_what_is_skipped_says_why(verdict: Verdict, words: str, make_result: MakeResult, make_report: MakeReport):
    [case] = cases(parse(make_report(make_result(verdict))))
    skipped = case.find("skipped")
    assert skipped is not None
    assert skipped.attrib["message"] == words


def test_a_pass_says_what_was_seen_and_not_too_much(make_result: MakeResult, make_report: MakeReport):
    [case] = cases(parse(make_report(make_result(Verdict.PASS, evidence=("seen deallocated", "x" * 100_000)))))
    assert case.findtext("system-out", "").startswith("seen deallocated\nxxx")
    assert len(case.findtext("system-out", "")) <= 1000


@pytest.mark.parametrize("verdict", Verdict)
def test_a_result_without_words_keeps_its_outcome(verdict: Verdict, make_result: MakeResult, make_report: MakeReport):
    bare = make_result(
        verdict, message="", expected="", actual="", evidence=(), reason=None, fix=None, asset="", rule="X", kind=""
    )
    root = parse(make_report(bare))
    assert outcomes(cases(root)[0]) == outcomes(cases(parse(make_report(make_result(verdict))))[0])
    assert cases(root)[0].attrib["classname"]
    assert declared(root) == counted(root)


def test_nothing_judged_is_an_error_and_never_an_empty_suite(make_report: MakeReport):
    root = parse(make_report(exit_code=3))
    [case] = cases(root)
    assert (case.attrib["classname"], case.attrib["name"]) == ("imagecheck", "nothing was judged")
    assert outcomes(case) == ["error"]
    assert declared(root) == {"tests": 1, "failures": 0, "errors": 1, "skipped": 0}


def test_the_counts_are_right(one_of_each: Report):
    root = parse(one_of_each)
    assert declared(root) == counted(root) == {"tests": 5, "failures": 1, "errors": 1, "skipped": 2}
    assert [root.attrib[name] for name in ("tests", "failures", "errors")] == ["5", "1", "1"]


def test_testcases_that_would_share_a_name_get_their_own(make_result: MakeResult, make_report: MakeReport):
    same = make_result(Verdict.PASS)
    # One asset holds a character, another the escape that shows it; and one rule has the name that a twin gets.
    alike = (make_result(Verdict.PASS, asset="a\u202e"), make_result(Verdict.PASS, asset="a\\u202e"))
    taken = (
        make_result(Verdict.PASS, rule="X (2)"),
        make_result(Verdict.PASS, rule="X"),
        make_result(Verdict.PASS, rule="X"),
    )
    found = cases(parse(make_report(same, same, same, *alike, *taken)))
    assert len({(case.attrib["classname"], case.attrib["name"]) for case in found}) == len(found) == 8


def test_the_document_is_what_the_schema_allows(one_of_each: Report, make_report: MakeReport):
    assert not list(breaches(parse(one_of_each)))
    assert not list(breaches(parse(make_report())))


def test_hostile_text_stays_text(hostile: str, made_of: Callable[[str], Report]):
    root, harmless = parse(made_of(hostile)), parse(made_of("harmless"))
    assert [element.tag for element in root.iter()] == [element.tag for element in harmless.iter()]
    assert not list(breaches(root))
    assert declared(root) == counted(root)
    assert {case.attrib["classname"] for case in cases(root)} == {visible(hostile)}
    assert all(visible(hostile) in (failure.text or "") for failure in root.iter("failure"))


@pytest.mark.parametrize(
    ("started", "finished", "time"),
    [
        ("2026-11-22T12:00:00Z", "2026-11-22T12:01:01.5Z", "61.500"),
        ("2026-11-22T12:00:00Z", "2026-11-22T12:00:00.00000004Z", "0.000"),
        ("2026-11-22T12:00:00Z", "2026-11-22T11:00:00Z", "0.000"),
        ("2026-11-22T12:00:00Z", "2026-11-22T12:00:00", "0.000"),
        ("yesterday", "", "0.000"),
    ],
)
def test_the_time_is_a_plain_number_of_seconds(started: str, finished: str, time: str, make_report: MakeReport):
    root = parse(make_report(started=started, finished=finished))
    suite = root.find("testsuite")
    assert suite is not None
    assert root.attrib["time"] == suite.attrib["time"] == time


def test_ten_thousand_results_are_all_there(many: Report):
    root = parse(many)
    assert not list(breaches(root))
    assert declared(root) == counted(root) == {"tests": 10_000, "failures": 2000, "errors": 2000, "skipped": 4000}


def test_what_the_run_was_is_said_once(one_of_each: Report):
    told = {p.attrib["name"]: p.attrib["value"] for p in parse(one_of_each).iter("property")}
    assert told["version"] == "1.2.3"
    assert told["source"] == "snapshot:facts.json"
    assert told["fail-on"] == "error"
    assert told["exit-code"].startswith("1")


def test_the_order_of_the_results_is_kept(many: Report):
    numbers = [int(case.attrib["classname"].rpartition("-")[2]) for case in cases(parse(many))]
    assert all(first < second for first, second in pairwise(numbers))
