"""The JUnit report: one testcase for a rule on an asset, valid against the schema that Jenkins uses.

A finding below ``--fail-on`` is a pass that says so in its output: a build breaks for what counts, and
nothing that was found is lost.
"""

from __future__ import annotations

import xml.etree.ElementTree as ET
from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from typing import assert_never

from junit_xml import TestCase, TestSuite, to_xml_report_string

from checker.report import Report, Result, Verdict
from checker.visible import visible
from reports.answer import exit_words, headline
from reports.groups import offered

_NAME = "imagecheck"
_MAX_OUTPUT = 1000
_MAX_MESSAGE = 500
#: What junit-xml writes and the schema does not know.
_FOREIGN = {
    "testsuites": ("disabled",),
    "testsuite": ("disabled", "assertions"),
    "testcase": ("assertions", "class", "file", "line", "log", "status", "timestamp", "url"),
}


def write(report: Report) -> str:
    """The report as JUnit XML. Encode it as UTF-8, as its first line says."""
    suite = TestSuite(
        _NAME,
        list(_cases(report)) or [_nothing_judged(report)],
        timestamp=visible(report.started),
        properties={
            "version": visible(report.version),
            "source": visible(report.source),
            "fail-on": report.fail_on.value,
            "exit-code": f"{report.exit_code}: {exit_words(report)}",
            **{visible(name.replace(" ", "-")): visible(words) for name, words in report.asked},
        },
    )
    root = ET.fromstring(to_xml_report_string([suite], prettyprint=False))
    _conform(root, f"{_seconds(report):.3f}")
    ET.indent(root, " ")
    return f'<?xml version="1.0" encoding="utf-8"?>\n{ET.tostring(root, encoding="unicode")}\n'


def _cases(report: Report) -> Iterator[TestCase]:
    times: Counter[tuple[str, str]] = Counter()
    for result in report.results:
        info = report.rules.get(result.rule)
        asset = visible(result.asset) or _NAME
        name = unique = visible(f"{result.rule} {info.slug}" if info else result.rule)
        while times[asset, unique]:
            times[asset, name] += 1
            unique = f"{name} ({times[asset, name]})"
        times[asset, unique] = 1
        yield _case(report, result, asset, unique)


def _case(report: Report, result: Result, asset: str, name: str) -> TestCase:
    case = TestCase(name, classname=asset)
    message = visible(result.message).strip()[:_MAX_MESSAGE] or result.verdict.value
    match result.verdict:
        case Verdict.FAIL if report.counts(result):
            case.add_failure_info(message, visible(_finding(result)), result.severity.value)
        case Verdict.FAIL:
            case.stdout = visible(f"{result.severity}, below {report.fail_on}: {_finding(result)}")
        case Verdict.NOT_EVALUATED:
            kind = result.reason.kind.value if result.reason else result.verdict.value
            case.add_error_info(message, visible(_unanswered(result)), kind)
        case Verdict.NOT_APPLICABLE | Verdict.WAIVED:
            case.add_skipped_info(message if result.verdict is not Verdict.WAIVED else f"waived: {message}")
        case Verdict.PASS:
            case.stdout = visible("\n".join(result.evidence))[:_MAX_OUTPUT]
        case _:
            assert_never(result.verdict)
    return case


def _nothing_judged(report: Report) -> TestCase:
    case = TestCase("nothing was judged", classname=_NAME)
    case.add_error_info(visible(headline(report).words), error_type=Verdict.NOT_EVALUATED.value)
    return case


def _finding(result: Result) -> str:
    lines = [result.message, f"expected: {result.expected}", f"actual: {result.actual}"]
    lines += [f"evidence: {line}" for line in result.evidence]
    if result.fix is not None:
        lines.append(f"to do ({result.fix.safety}): {result.fix.title}")
        lines += [f"  - {step}" for step in result.fix.steps]
        lines += [f"  - a fix ({result.fix.safety}) would: {offered(operation)}" for operation in result.fix.operations]
    return "\n".join(lines)


def _unanswered(result: Result) -> str:
    lines = [result.message]
    reason = result.reason
    if reason is not None:
        told = (
            ("asked of", reason.scope),
            ("fact", reason.fact),
            ("why", reason.detail),
            ("answered by", reason.permission),
        )
        lines += [f"{name}: {words}" for name, words in told if words]
    return "\n".join(lines)


def _seconds(report: Report) -> float:
    """How long the run took; 0 where its times cannot be read."""
    try:
        took = datetime.fromisoformat(report.finished) - datetime.fromisoformat(report.started)
        return max(0.0, took.total_seconds())
    except (ValueError, TypeError):
        return 0.0


def _conform(root: ET.Element, seconds: str) -> None:
    """Make what junit-xml wrote valid against junit-10.xsd."""
    for element in root.iter():
        for foreign in _FOREIGN.get(element.tag, ()):
            element.attrib.pop(foreign, None)
        if element.tag in _FOREIGN:
            element.set("time", "0.000" if element.tag == "testcase" else seconds)
