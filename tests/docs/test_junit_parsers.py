"""The JUnit report as somebody else's parser reads it."""

import json
from pathlib import Path

from junitparser import Error, Failure, JUnitXml, Skipped

from checker.cli.main import run

TAGS = {"fail": Failure, "not-evaluated": Error, "not-applicable": Skipped, "waived": Skipped}


def test_a_parser_finds_every_result_as_what_it_is(tmp_path: Path):
    xml, saved = tmp_path / "junit.xml", tmp_path / "report.json"
    arguments = ["check", "--source", "sandbox", "--fail-on", "info", "--quiet"]
    assert run([*arguments, "--output", f"junit={xml}", "--output", f"json={saved}"]) == 1
    report = json.loads(saved.read_text())
    rules = report["rules"]
    parsed = JUnitXml.fromfile(str(xml))
    found = {(case.classname, case.name): case for suite in parsed for case in suite}
    for result in report["results"]:
        case = found.pop((result["asset"], f"{result['rule']} {rules[result['rule']]['slug']}"))
        outcomes = [type(outcome) for outcome in case.result]
        assert outcomes == ([TAGS[result["verdict"]]] if result["verdict"] in TAGS else [])
        if result["verdict"] == "fail":
            assert result["message"] in case.result[0].message
            assert result["expected"] in case.result[0].text
    assert found == {}


def test_a_parser_counts_what_the_report_declares(tmp_path: Path):
    xml = tmp_path / "junit.xml"
    run(["check", "--source", "sandbox", "--quiet", "--output", f"junit={xml}"])
    parsed = JUnitXml.fromfile(str(xml))
    declared = (parsed.tests, parsed.failures, parsed.errors, parsed.skipped)
    parsed.update_statistics()
    assert (parsed.tests, parsed.failures, parsed.errors, parsed.skipped) == declared
    assert parsed.tests > 40
