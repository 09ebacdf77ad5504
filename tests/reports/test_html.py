import base64
import hashlib
import re
import xml.etree.ElementTree as ET
from collections.abc import Callable
from dataclasses import replace
from html.parser import HTMLParser
from itertools import pairwise

import pytest

from checker.report import FixRun, Report, Result, Verdict
from checker.rule import Severity, Source
from checker.visible import visible
from reports import html

MakeResult = Callable[..., Result]
MakeReport = Callable[..., Report]


class Page(HTMLParser):
    """What a browser makes of a page: its tags with their attributes, and its text."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.words = ""
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.words += data


def tree(report: Report) -> ET.Element:
    """The page as XML, which it is too: an element that is not closed, or a stray sign, is an error."""
    return ET.fromstring(html.write(report))


def words(element: ET.Element | None) -> str:
    assert element is not None
    return " ".join("".join(element.itertext()).split())


def section(root: ET.Element, name: str) -> ET.Element:
    found = root.find(f".//section[@aria-labelledby='{name}']")
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("verdict", "code", "answer", "said"),
    [
        (Verdict.FAIL, 1, "no", "Do not submit yet: 1 finding to resolve"),
        (Verdict.NOT_EVALUATED, 3, "unknown", "Not known: 1 check could not be evaluated"),
        (Verdict.PASS, 0, "yes", "Nothing stands in the way"),
        (Verdict.NOT_APPLICABLE, 3, "unknown", "Nothing was judged"),
        (Verdict.WAIVED, 0, "yes", "Nothing stands in the way"),
    ],
)
def test_the_answer_is_title_and_heading(
    verdict: Verdict, code: int, answer: str, said: str, make_result: MakeResult, make_report: MakeReport
):
    root = tree(make_report(make_result(verdict), exit_code=code))
    assert said in words(root.find(".//title"))
    assert said in words(root.find(".//h1"))
    header = root.find(".//header")
    assert header is not None
    assert answer in header.attrib["class"].split()


def test_the_header_says_what_to_do_first(one_of_each: Report):
    assert "First: deallocate the VM (VM001, 1 asset)" in words(tree(one_of_each).find(".//header"))


def test_the_counts_are_told(one_of_each: Report, make_result: MakeResult):
    root = tree(replace(one_of_each, results=(*one_of_each.results, make_result(Verdict.PASS))))
    table = root.find(".//table[@class='counts']")
    assert table is not None
    told = dict(zip(map(words, table.iter("th")), map(words, table.iter("td")), strict=True))
    assert told == {"pass": "2", "fail": "1", "not-applicable": "1", "not-evaluated": "1", "waived": "1"}


def test_coverage_links_a_rule_to_its_findings(one_of_each: Report):
    root = tree(one_of_each)
    [link] = section(root, "glance").iter("a")
    assert words(link) == "VM001"
    target = root.find(f".//*[@id='{link.attrib['href'].removeprefix('#')}']")
    assert "The VM is deallocated" in words(target)
    assert "VER003" in words(section(root, "glance"))


def test_a_finding_tells_everything(make_result: MakeResult, make_report: MakeReport):
    failed = make_result(Verdict.FAIL)
    found = section(tree(make_report(failed, exit_code=1)), "findings")
    assert failed.fix is not None
    for part in (
        "VM001: The VM is deallocated",
        "documented",
        "Generalize a VM (2023-03-15)",
        failed.asset,
        failed.severity,
        failed.message,
        failed.expected,
        failed.actual,
        *failed.evidence,
        failed.fix.title,
        "unsafe; it would give vm1's host back",
    ):
        assert part in words(found)
    assert [words(code) for code in found.findall(".//li/code")] == list(failed.fix.steps)


def test_findings_of_a_rule_stand_together_and_tell_of_it_once(make_result: MakeResult, make_report: MakeReport):
    results = [
        make_result(Verdict.FAIL, asset="a"),
        make_result(Verdict.FAIL, rule="VER003", severity=Severity.INFO),
        make_result(Verdict.FAIL, asset="b"),
    ]
    found = section(tree(make_report(*results, exit_code=1)), "findings")
    assert [words(title) for title in found.iter("h3")] == [
        "VM001: The VM is deallocated",
        "VER003: The newest is the newest by date",
    ]
    assert words(found).count("Generalize a VM") == 1
    assert "below the threshold, error" in words(found)


def test_what_cannot_be_undone_says_so(make_result: MakeResult, make_report: MakeReport):
    failed = make_result(Verdict.FAIL)
    operation = {"verb": "generalize", "description": "mark vm1 as generalized"}
    for irreversible in (True, False):
        fix = replace(failed.fix, operations=({**operation, "irreversible": irreversible},))
        found = section(tree(make_report(replace(failed, fix=fix), exit_code=1)), "findings")
        assert ("Cannot be undone." in words(found)) is irreversible


def test_an_operation_of_which_only_the_verb_is_known_is_told(make_result: MakeResult, make_report: MakeReport):
    failed = make_result(Verdict.FAIL)
    fix = replace(failed.fix, operations=({"verb": "do-something-new"},))
    assert "do-something-new" in words(tree(make_report(replace(failed, fix=fix), exit_code=1)))


def test_a_result_of_a_rule_that_the_report_does_not_describe_is_shown(
    make_result: MakeResult, make_report: MakeReport
):
    root = tree(make_report(make_result(Verdict.FAIL), rules={}, exit_code=1))
    assert "VM001" in words(section(root, "findings"))
    assert "VM001" in words(section(root, "glance"))


def test_what_was_not_evaluated_is_grouped_by_its_reason(make_result: MakeResult, make_report: MakeReport):
    results = [make_result(Verdict.NOT_EVALUATED, asset=asset) for asset in ("a", "b")]
    found = section(tree(make_report(*results, exit_code=3)), "unanswered")
    assert len(list(found.iter("h3"))) == 1
    assert words(found).count("Microsoft.Compute/virtualMachines/instanceView/read") == 1
    assert words(found).count("403 AuthorizationFailed") == len(results)


@pytest.mark.parametrize(
    ("verdict", "said"),
    [
        (Verdict.PASS, "seen deallocated"),
        (Verdict.NOT_APPLICABLE, "another machine"),
        (Verdict.WAIVED, "until 2027-01-01: a pilot"),
    ],
)
def test_what_needs_no_action_is_folded_away(
    verdict: Verdict, said: str, make_result: MakeResult, make_report: MakeReport
):
    [folded] = section(tree(make_report(make_result(verdict))), "rest").iter("details")
    assert said in words(folded)
    assert "1 result" in words(folded.find("summary"))


def test_a_fix_run_is_told_with_before_and_after(make_result: MakeResult, make_report: MakeReport):
    passed = make_result(Verdict.PASS)
    before = {"rule": passed.rule, "asset": passed.asset, "verdict": "fail", "message": "still allocated"}
    fixes = FixRun(({"verb": "deallocate", "vm": "vm1"},), ({"verb": "generalize", "error": "409"},), (before,))
    found = section(tree(make_report(passed, fixes=fixes)), "fixes")
    assert [words(line) for line in found.iter("li")] == ["deallocate; vm: vm1", "generalize; error: 409"]
    assert [words(cell) for cell in found.iter("td")] == [passed.asset, "fail: still allocated", "pass"]


def test_without_a_fix_run_nothing_is_said_of_one(one_of_each: Report):
    assert tree(one_of_each).find(".//section[@aria-labelledby='fixes']") is None


def test_the_run_is_told(one_of_each: Report):
    found = words(section(tree(one_of_each), "run"))
    for part in (
        "1.2.3",
        "snapshot:facts.json",
        "2026-11-22T12:00:00Z",
        "2026-11-22T12:00:05Z",
        "1: findings remain",
        "error and above",
    ):
        assert part in found


def test_an_empty_report_is_a_whole_page(make_report: MakeReport):
    root = tree(make_report(rules={}, exit_code=3))
    assert "Nothing was judged" in words(root.find(".//h1"))
    assert "None." in words(section(root, "findings"))
    assert "None." in words(section(root, "unanswered"))


def test_the_page_can_run_nothing_and_load_nothing(one_of_each: Report):
    text = html.write(one_of_each)
    page = Page(text)
    [policy] = [a["content"] for tag, a in page.tags if tag == "meta" and a.get("http-equiv")]
    [style] = re.findall(r"<style>(.*?)</style>", text, re.DOTALL)
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    assert policy == f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
    assert "prefers-color-scheme: dark" in style
    assert "@media print" in style
    assert "url(" not in style
    assert "@import" not in style
    assert text.index("Content-Security-Policy") < text.index("<style>")


def check_inert(page: Page) -> None:
    assert not {tag for tag, _ in page.tags} & {
        "script",
        "img",
        "iframe",
        "object",
        "embed",
        "form",
        "link",
        "base",
        "svg",
    }
    for tag, attributes in page.tags:
        assert not {name for name in attributes if name.startswith("on")} | {*attributes} & {"style", "src", "srcdoc"}
        if "href" in attributes:
            assert tag == "a"
            assert re.match(r"#[a-z]|https://", attributes["href"] or "")
            assert (attributes["href"] or "")[0] == "#" or attributes["rel"] == "noopener noreferrer"


def test_the_page_is_inert(one_of_each: Report):
    check_inert(Page(html.write(one_of_each)))


def test_hostile_text_stays_text(hostile: str, made_of: Callable[[str], Report]):
    text = html.write(made_of(hostile))
    page, harmless = Page(text), Page(html.write(made_of("harmless")))
    check_inert(page)
    assert page.tags == harmless.tags
    assert page.words == harmless.words.replace("harmless", visible(hostile))
    assert ET.fromstring(text).tag == "html"
    assert text.encode()


def test_what_looks_like_a_template_is_not_one(made_of: Callable[[str], Report]):
    text = html.write(made_of("{{7*7}}"))
    assert "{{7*7}}" in text
    assert "49" not in re.sub(r"<(style|head)>.*?</\1>", "", text, flags=re.DOTALL)


@pytest.mark.parametrize(
    ("url", "links"),
    [
        ("https://learn.microsoft.com/azure/x?view=y&z=1#part", True),
        ("HTTPS://learn.microsoft.com/", True),
        ("http://learn.microsoft.com/", False),
        ("javascript:alert(1)", False),
        ("JavaScript://learn.microsoft.com/%0aalert(1)", False),
        ("data:text/html,<script>alert(1)</script>", False),
        ("//evil.example/", False),
        ("https:evil.example", False),
        ("https://", False),
        ("https://learn.microsoft.com@evil.example/", False),
        ("https://[broken/", False),
        ("https://evil.example/\u202ex", False),
        (" https://evil.example/", False),
        ("https://evil.example/\n", False),
        ('https://evil.example/"onclick="x', False),
        ("https://micros\u043eft.example/", False),  # a Cyrillic letter
        ("", False),
    ],
)
def test_only_a_plain_https_source_is_a_link(url: str, links: bool, one_of_each: Report):
    info = replace(one_of_each.rules["VM001"], sources=(Source("the source", url, "2026-01-01"),))
    found = section(tree(replace(one_of_each, rules={"VM001": info})), "findings")
    assert [link.attrib["href"] for link in found.iter("a")] == ([url] if links else [])
    assert "the source" in words(found)
    assert links or " ".join(visible(url).split()) in words(found)


def test_everyone_can_find_their_way(one_of_each: Report):
    root = tree(one_of_each)
    assert root.attrib["lang"] == "en"
    assert all(header.attrib["scope"] in ("col", "row") for header in root.iter("th"))
    assert len(list(root.iter("h1"))) == len(list(root.iter("main"))) == 1
    levels = [int(element.tag[1]) for element in root.iter() if re.fullmatch(r"h[1-6]", element.tag)]
    assert all(later - earlier <= 1 for earlier, later in pairwise(levels))
    ids = [element.attrib["id"] for element in root.iter() if "id" in element.attrib]
    assert len({*ids}) == len(ids)
    assert {link.attrib["href"][1:] for link in root.iter("a") if link.attrib["href"][0] == "#"} <= {*ids}
    assert {e.attrib["aria-labelledby"] for e in root.iter() if "aria-labelledby" in e.attrib} <= {*ids}


def test_severity_is_told_in_words_and_not_only_in_colour(one_of_each: Report):
    [article] = tree(one_of_each).iter("article")
    assert words(article.find("h4")).startswith("error ")


def test_ten_thousand_results_are_all_there(many: Report):
    root = tree(many)
    summary = many.summary()
    assert len(list(root.iter("article"))) == summary["fail"]
    assert len(section(root, "unanswered").findall(".//tbody/tr")) == summary["not-evaluated"]
    rest = summary["pass"] + summary["not-applicable"] + summary["waived"]
    assert len(section(root, "rest").findall(".//tbody/tr")) == rest
