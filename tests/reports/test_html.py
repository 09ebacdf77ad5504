import base64
import hashlib
import re
import xml.etree.ElementTree as ET
from collections.abc import Callable
from dataclasses import replace
from html.parser import HTMLParser
from itertools import pairwise

import pytest

from checker.report import FixRun, OfferedFix, Report, Result, Verdict
from checker.rule import Severity, Source
from checker.visible import visible
from reports import html
from reports.page import OPEN_FINDINGS

VM = "/subscriptions/1111/resourceGroups/rg/providers/Microsoft.Compute/virtualMachines/vm1"

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
    """The page as XML, which it is but for its script: an element that is not closed, or a stray sign, is an error."""
    return ET.fromstring(without_script(html.write(report)))


def without_script(text: str) -> str:
    return re.sub(r"<script>.*?</script>", "", text, flags=re.DOTALL)


def by_id(root: ET.Element, place: str) -> ET.Element:
    [found] = root.findall(f".//*[@id='{place}']")
    return found


def ways(root: ET.Element) -> dict[str, list[str]]:
    """The ways to resolve the first finding, with their steps."""
    found = root.find(".//div[@class='ways']")
    assert found is not None
    return {words(way.find("h6")): [words(step) for step in way.findall("ol/li")] for way in found}


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
    assert answer in section(root, "answer").attrib["class"].split()


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


def test_what_was_not_evaluated_is_grouped_by_its_reason(make_result: MakeResult, make_report: MakeReport):
    results = [make_result(Verdict.NOT_EVALUATED, asset=asset) for asset in ("a", "b")]
    found = section(tree(make_report(*results, exit_code=3)), "unanswered")
    assert [words(title) for title in found.iter("h3")] == ["Not known: the VM's instance view"]
    assert words(found).count("Microsoft.Compute/virtualMachines/instanceView/read") == 1
    assert words(found).count("403 AuthorizationFailed") == 1
    assert "2 checks not evaluated" in words(found)
    assert [words(link) for link in found.findall(".//a[@class='asset']")] == ["vm a", "vm b"]


def test_many_rules_without_an_answer_on_an_asset_are_folded_into_runs(
    make_result: MakeResult, make_report: MakeReport
):
    rules = [f"LNX{number:03}" for number in range(1, 30) if number not in (8, 28)]
    results = [make_result(Verdict.NOT_EVALUATED, rule=rule) for rule in rules]
    report = make_report(*results, make_result(Verdict.PASS, rule="LNX028"), exit_code=3)
    [fold] = section(tree(replace(report, rules={})), "unanswered").iter("details")
    assert words(fold.find("summary")) == "27 checks: LNX001–LNX029"
    assert [words(link) for link in fold.iter("a")] == rules


def test_each_number_of_the_first_screen_leads_to_exactly_what_it_counts(
    make_result: MakeResult, make_report: MakeReport
):
    """VM001 fails twice in full and once less; two checks have no answer, one of which could block."""
    report = make_report(
        make_result(Verdict.FAIL, asset="a"),
        make_result(Verdict.FAIL, asset="b"),
        make_result(Verdict.FAIL, asset="c", severity=Severity.WARNING),
        make_result(Verdict.NOT_EVALUATED, asset="d"),
        make_result(Verdict.NOT_EVALUATED, asset="e", severity=Severity.INFO),
        make_result(Verdict.PASS, asset="f"),
        exit_code=1,
    )
    root = tree(report)
    answer = section(root, "answer")

    def told_at(link: ET.Element) -> int:
        place = by_id(root, link.attrib["href"][1:])
        if place.tag[0] == "h":
            [place] = [e for e in root.iter() if place in list(e)]
        return len([element for element in place.iter() if "data-v" in element.attrib])

    counted = {words(link): told_at(link) for link in answer.findall(".//p[@class='all']/a")}
    assert counted == {"2 findings that block": 2, "1 finding that does not block": 1, "2 checks not evaluated": 2}
    assert {words(link): told_at(link) for link in answer.findall(".//ul/li/a")} == {
        "3 fail": 3,
        "2 not evaluated": 2,
        "1 pass": 1,
    }
    listed = {words(item): told_at(item.find("a")) for item in answer.findall(".//ol/li")}
    assert listed == {
        "Deallocate the VM VM001 (The VM is deallocated): 2 findings, imagecheck can do it (unsafe)": 2,
        "Give the run the permission Microsoft.Compute/virtualMachines/instanceView/read"
        " 2 checks not evaluated, 1 of them could block": 2,
    }


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
    assert "None:" in words(section(root, "unanswered"))


def test_the_page_is_inert(one_of_each: Report):
    check_inert(Page(html.write(one_of_each)))


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
    outward = [link.attrib["href"] for link in found.iter("a") if link.attrib["href"][:1] != "#"]
    assert outward == ([url] if links else [])
    assert "the source" in words(found)
    assert links or " ".join(visible(url).split()) in words(found)


def test_the_first_screen_says_what_to_do_in_which_order(make_result: MakeResult, make_report: MakeReport):
    report = make_report(
        make_result(Verdict.FAIL, rule="VER003", severity=Severity.INFO, fix=None),
        make_result(Verdict.NOT_EVALUATED, asset="open"),
        make_result(Verdict.FAIL),
        exit_code=1,
    )
    root = tree(report)
    told = [words(item) for item in section(root, "answer").findall(".//ol/li")]
    assert told == [
        "Deallocate the VM VM001 (The VM is deallocated): 1 finding, imagecheck can do it (unsafe)",
        "Give the run the permission Microsoft.Compute/virtualMachines/instanceView/read 1 check not evaluated",
    ]
    assert "In all: 1 finding that blocks, 1 finding that does not block, 1 check not evaluated" in words(
        section(root, "answer")
    )
    [first, second] = [link.attrib["href"] for link in section(root, "answer").findall(".//ol/li/a")]
    assert words(by_id(root, first[1:])).startswith("VM001 The VM is deallocated")
    assert words(by_id(root, second[1:])).startswith("Not known: the VM's instance view")


def test_the_counts_are_told_in_words_and_as_a_bar(one_of_each: Report, make_result: MakeResult):
    root = tree(replace(one_of_each, results=(*one_of_each.results, make_result(Verdict.PASS))))
    told = [words(item) for item in root.findall(".//ul[@class='legend']/li")]
    assert all(item.find("a") is not None for item in root.findall(".//ul[@class='legend']/li"))
    assert told == ["1 fail", "1 not evaluated", "1 waived", "1 not applicable", "2 pass"]
    bar = [(part.attrib["class"], float(part.attrib["width"])) for part in root.findall(".//svg/rect")]
    assert [verdict for verdict, _ in bar] == ["fail", "not-evaluated", "waived", "not-applicable", "pass"]
    assert sum(width for _, width in bar) == pytest.approx(1000, abs=1)
    assert bar[-1][1] == pytest.approx(2 * bar[0][1], abs=1)


def test_a_verdict_that_there_is_none_of_is_not_counted_but_pass_and_fail_are(
    make_result: MakeResult, make_report: MakeReport
):
    root = tree(make_report(make_result(Verdict.NOT_EVALUATED), exit_code=3))
    told = [words(item) for item in root.findall(".//ul[@class='legend']/li")]
    assert told == ["0 fail", "1 not evaluated", "0 pass"]
    header = [words(cell) for cell in section(root, "rules").findall(".//thead//th")]
    assert header == ["Rule", "What it demands", "fail", "not evaluated", "pass"]


def test_failures_that_do_not_block_look_different_from_those_that_do(make_result: MakeResult, make_report: MakeReport):
    small = make_result(Verdict.FAIL, asset="small", severity=Severity.WARNING)
    root = tree(make_report(make_result(Verdict.FAIL), small, exit_code=1))
    assert [part.attrib["class"] for part in root.findall(".//svg/rect")] == ["fail", "below"]
    assert words(root.find(".//ul[@class='legend']/li")) == "2 fail (1 blocking)"
    marks = [(mark.attrib["class"], words(mark)) for mark in section(root, "assets").findall(".//a")]
    assert marks == [("v fail error", "VM001 fail"), ("v fail warning", "VM001 fail (warning)")]
    alone = tree(make_report(small))
    assert words(alone.find(".//ul[@class='legend']/li")) == "1 fail (none blocking)"
    assert alone.find(".//ul[@class='legend']/li//span[@class='v below']") is not None


def test_the_first_screen_says_how_much_was_evaluated_and_of_when_the_facts_are(one_of_each: Report):
    report = replace(one_of_each, asked=(("facts of", "2026-11-20T08:00:00Z"),))
    told = words(section(tree(report), "answer"))
    assert "4 of 5 checks evaluated (80 %), 2 rules on 5 assets." in told
    assert "Facts of 2026-11-20T08:00:00Z, from snapshot:facts.json." in told


def test_almost_everything_is_not_called_everything(make_result: MakeResult, make_report: MakeReport):
    passed = [make_result(Verdict.PASS, asset=f"vm{number}") for number in range(999)]
    report = make_report(*passed, make_result(Verdict.NOT_EVALUATED), exit_code=3)
    assert "999 of 1000 checks evaluated (99 %)" in words(section(tree(report), "answer"))


def test_a_finding_tells_everything(make_result: MakeResult, make_report: MakeReport):
    failed = make_result(Verdict.FAIL)
    found = section(tree(make_report(failed, exit_code=1)), "findings")
    assert failed.fix is not None
    for part in (
        "VM001 The VM is deallocated",
        "documented",
        "Generalize a VM (2023-03-15)",
        failed.asset,
        failed.severity,
        failed.message,
        failed.expected,
        failed.actual,
        *failed.evidence,
        failed.fix.title,
        "unsafe fix",
        "It would: give vm1's host back",
    ):
        assert part in words(found)


def test_the_ways_to_resolve_a_finding_are_told_apart(make_result: MakeResult, make_report: MakeReport):
    failed = make_result(Verdict.FAIL)
    steps = ("prepare the guest", f"az vm deallocate --ids {failed.asset}", "or in the portal: the VM → Stop")
    fix = replace(failed.fix, steps=steps)
    root = tree(make_report(replace(failed, fix=fix), exit_code=1))
    assert ways(root) == {
        "Azure CLI": list(steps[:2]),
        "Portal": ["The VM → Stop"],
        "imagecheck": [f"imagecheck check {failed.asset} --select VM001 --fix --unsafe-fixes"],
    }
    copied = [words(code) for code in root.iter("code") if code.get("class") == "command"]
    assert copied == [steps[1], *ways(root)["imagecheck"]]


def test_what_is_done_by_hand_has_no_command_of_ours(make_result: MakeResult, make_report: MakeReport):
    failed = make_result(Verdict.FAIL)
    fix = replace(failed.fix, safety="manual", operations=(), steps=("leave it as it is",))
    assert ways(tree(make_report(replace(failed, fix=fix), exit_code=1))) == {"By hand": ["leave it as it is"]}


def test_words_to_replace_are_pointed_out_but_not_names(make_result: MakeResult, make_report: MakeReport):
    failed = make_result(Verdict.FAIL, asset="/subscriptions/1/resourceGroups/PROD/providers/Microsoft.Compute/disks/A")
    for step, blank in (
        ("az x --ids PROD", False),
        ("az x --name NEW-NAME", True),
        ("az x 'OBJECT-ID OF Reader'", True),
    ):
        root = tree(make_report(replace(failed, fix=replace(failed.fix, steps=(step,))), exit_code=1))
        assert ("Words in capitals" in words(section(root, "findings"))) is blank, step


def test_why_a_finding_counts_less_is_said_as_that(make_result: MakeResult, make_report: MakeReport):
    why = "warning instead of error: it is only a source"
    failed = make_result(Verdict.FAIL, severity=Severity.WARNING, evidence=("seen", why))
    [finding] = section(tree(make_report(failed)), "findings").findall(".//details")
    told = {
        words(pair.find("dt")): [words(line) for line in pair.findall("dd")] for pair in finding.findall(".//dl/div")
    }
    assert told["Severity"] == [why]
    assert told["Evidence"] == ["seen"]
    assert "below the threshold, error" in words(finding)


def test_findings_of_a_rule_stand_together_and_tell_of_it_once(make_result: MakeResult, make_report: MakeReport):
    results = [
        make_result(Verdict.FAIL, asset="a"),
        make_result(Verdict.FAIL, rule="VER003", severity=Severity.INFO),
        make_result(Verdict.FAIL, asset="b"),
    ]
    found = section(tree(make_report(*results, exit_code=1)), "findings")
    assert [words(title) for title in found if title.tag == "h2"] == ["Findings 3"]
    assert [words(title) for title in found.iter("h3")] == ["Blocks the submission 2", "Does not block 1"]
    assert [words(title) for title in found.iter("h4")] == [
        "VM001 The VM is deallocated",
        "VER003 The newest is the newest by date",
    ]
    assert words(found).count("Generalize a VM") == 1


def test_a_result_of_a_rule_that_the_report_does_not_describe_is_shown(
    make_result: MakeResult, make_report: MakeReport
):
    root = tree(make_report(make_result(Verdict.FAIL), rules={}, exit_code=1))
    assert "VM001" in words(section(root, "findings"))
    assert "VM001" in words(section(root, "rules"))


def test_a_fix_run_is_told_with_before_and_after(make_result: MakeResult, make_report: MakeReport):
    passed = make_result(Verdict.PASS)
    before = {"rule": passed.rule, "asset": passed.asset, "verdict": "fail", "message": "still allocated"}
    done = {
        "verb": "deallocate",
        "description": "deallocate vm1",
        "ending": "done",
        "before": {"power state": "running", "OS state": "generalized"},
        "after": {"power state": "deallocated", "OS state": "generalized"},
        "fixes": [{"rule": "VM001", "asset": passed.asset}],
    }
    failed = {
        "verb": "generalize",
        "description": "mark vm1",
        "irreversible": True,
        "ending": "failed",
        "detail": "409",
    }
    root = tree(make_report(passed, fixes=FixRun((done,), (failed,), (before,))))
    assert [words(line) for line in section(root, "fixes").findall(".//ol/li")] == [
        "failed mark vm1 Cannot be undone. failed: 409",
        "done deallocate vm1 power state: running → deallocated done; for VM001",
    ]
    assert [words(cell) for cell in section(root, "fixes").iter("td")] == [
        "vm:rg/vm1",
        "fail: still allocated",
        "pass",
    ]


def test_a_fix_run_tells_ids_in_short_and_once_in_full(make_result: MakeResult, make_report: MakeReport):
    version = "/subscriptions/1111/resourceGroups/rg/providers/Microsoft.Compute/galleries/g/images/d/versions/2.0.0"
    done = tuple(
        {"verb": "x", "description": words}
        for words in (f"deallocate {VM}", f"mark {VM}: it never starts again", f"let latest mean {version} again")
    )
    found = section(tree(make_report(make_result(Verdict.PASS), fixes=FixRun(done))), "fixes")
    assert [words(line) for line in found.findall(".//ol/li")] == [
        "done deallocate vm:rg/vm1",
        "done mark vm:rg/vm1: it never starts again",
        "done let latest mean version:rg/g/d/2.0.0 again",
    ]
    full = {words(pair.find("dt")): words(pair.find("dd")) for pair in found.findall(".//details//div")}
    assert full == {"vm:rg/vm1": VM, "version:rg/g/d/2.0.0": version}
    assert [short.attrib["title"] for short in found.findall(".//ol//bdi")] == [VM, VM, version]


def test_each_asset_tells_of_all_its_results_with_links(make_result: MakeResult, make_report: MakeReport):
    results = (
        make_result(Verdict.PASS),
        make_result(Verdict.FAIL, rule="VER003"),
        make_result(Verdict.PASS, asset="b"),
    )
    root = tree(make_report(*results, exit_code=1))
    [first, second] = root.findall(".//ul[@class='assets']/li")
    assert words(first).startswith(f"vm rg / vm1 {VM}")
    assert [words(link) for link in first.iter("a")] == ["VER003 fail", "VM001 pass"]
    assert [words(link) for link in second.iter("a")] == ["VM001 pass"]
    for link in (*first.iter("a"), *second.iter("a")):
        assert words(link).split()[0] in words(by_id(root, link.attrib["href"][1:])) or "still allocated" in words(
            by_id(root, link.attrib["href"][1:])
        )


def test_a_result_has_the_same_place_in_every_report(make_result: MakeResult, make_report: MakeReport):
    failed, passed = make_result(Verdict.FAIL), make_result(Verdict.PASS, asset="other")
    [alone] = tree(make_report(failed, exit_code=1)).findall(".//details[@data-v='fail']")
    [among] = tree(make_report(passed, failed, exit_code=1)).findall(".//details[@data-v='fail']")
    fixed = tree(make_report(replace(make_result(Verdict.PASS), asset=failed.asset.upper()))).find(".//tr[@data-v]")
    assert fixed is not None
    assert alone.attrib["id"] == among.attrib["id"] == fixed.attrib["id"]


def test_a_rule_is_found_by_its_code(one_of_each: Report):
    root = tree(one_of_each)
    assert "The VM is deallocated" in words(by_id(root, "VM001"))
    assert "The newest is the newest by date" in words(by_id(root, "VER003"))


def test_without_the_script_nothing_that_needs_it_is_seen(one_of_each: Report):
    root = tree(one_of_each)
    assert "hidden" in by_id(root, "filters").attrib
    assert len(list(root.iter("button"))) == len(list(by_id(root, "filters").iter("button")))
    hidden = [element for element in root.iter() if "hidden" in element.attrib]
    assert {element for element in hidden if element is not by_id(root, "filters")} <= {*by_id(root, "filters").iter()}


def test_the_page_can_load_nothing_and_run_only_its_own_script(one_of_each: Report):
    text = html.write(one_of_each)
    page = Page(text)
    [policy] = [a["content"] for tag, a in page.tags if tag == "meta" and a.get("http-equiv")]
    [style] = re.findall(r"<style>(.*?)</style>", text, re.DOTALL)
    [script] = re.findall(r"<script>(.*?)</script>", text, re.DOTALL)
    css, js = (base64.b64encode(hashlib.sha256(part.encode()).digest()).decode() for part in (style, script))
    assert policy == (
        f"default-src 'none'; style-src 'sha256-{css}'; script-src 'sha256-{js}'; base-uri 'none'; form-action 'none'"
    )
    assert "prefers-color-scheme: dark" in style
    assert "@media print" in style
    assert "prefers-reduced-motion" in style
    assert not [word for word in ("url(", "@import", "http") if word in style.replace('"https:"', "")]
    assert not [word for word in ("http", "fetch(", "import(", "eval(", "innerHTML", "localStorage") if word in script]
    assert text.index("Content-Security-Policy") < text.index("<style>") < text.index("<script>")


def test_the_script_and_the_style_are_the_same_whatever_is_in_the_report(made_of: Callable[[str], Report]):
    parts = [re.findall(r"<(?:script|style)>.*?</(?:script|style)>", html.write(made_of(t)), re.DOTALL) for t in "ab"]
    assert parts[0] == parts[1]


def check_inert(page: Page) -> None:
    tags = [tag for tag, _ in page.tags]
    assert tags.count("script") == 1
    assert not {*tags} & {"img", "iframe", "object", "embed", "form", "link", "base", "audio", "video", "template"}
    for tag, attributes in page.tags:
        assert not {name for name in attributes if name.startswith("on")} | {*attributes} & {"style", "src", "srcdoc"}
        if "href" in attributes:
            assert tag == "a"
            href = attributes["href"] or ""
            assert re.fullmatch(r"#[A-Za-z0-9-]+", href) or href.startswith("https://")
            assert href[0] == "#" or attributes["rel"] == "noopener noreferrer"


def test_hostile_text_stays_text(hostile: str, made_of: Callable[[str], Report]):
    text = html.write(made_of(hostile))
    page, harmless = Page(text), Page(html.write(made_of("harmless")))
    check_inert(page)
    assert [(tag, {*names}) for tag, names in page.tags] == [(tag, {*names}) for tag, names in harmless.tags]
    # What is quoted for a shell, or begins with a capital, looks different; everything else is there as it was.
    assert page.words.count(visible(hostile)) >= 0.9 * harmless.words.count("harmless")
    assert ET.fromstring(without_script(text)).tag == "html"
    assert text.encode()


def test_what_looks_like_a_template_is_not_one(made_of: Callable[[str], Report]):
    told = Page(without_script(html.write(made_of("{{7*7}}")))).words
    assert "{{7*7}}" in told
    assert "49" not in re.sub(r"[\d.]+rem|--[a-z-]+: #\w+", "", told.split("</style>")[-1].split("Can this image")[1])


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
    fields = [field for field in root.iter() if field.tag in ("input", "select") and field.get("type") != "checkbox"]
    assert {field.attrib["id"] for field in fields} == {
        label.attrib["for"] for label in root.iter("label") if label.get("for")
    }


def test_verdict_and_severity_are_told_in_words_and_not_only_in_colour(one_of_each: Report):
    root = tree(one_of_each)
    [finding] = section(root, "findings").findall(".//details")
    assert words(finding.find("summary/h5")).startswith("error ")
    assert all(words(mark) for mark in root.iter() if mark.get("class", "").split()[:1] in (["v"], ["s"]))


def test_every_result_is_told_in_exactly_one_place(many: Report):
    root = tree(many)
    summary = many.summary()
    told = [element for element in root.iter() if "data-v" in element.attrib]
    assert len({element.attrib["id"] for element in told}) == len(told) == len(many.results)
    assert len(section(root, "findings").findall(".//details[@data-v='fail']")) == summary["fail"]
    assert len(section(root, "unanswered").findall(".//li[@data-v]")) == summary["not-evaluated"]
    rest = summary["pass"] + summary["not-applicable"] + summary["waived"]
    assert len(section(root, "rest").findall(".//tbody/tr")) == rest
    linked = {link.attrib["href"] for link in section(root, "assets").iter("a")}
    assert linked == {f"#{element.attrib['id']}" for element in told}


def test_of_many_findings_only_the_first_are_open(many: Report):
    opened = [e for e in section(tree(many), "findings").findall(".//details") if "open" in e.attrib]
    assert len(opened) == OPEN_FINDINGS


def test_two_results_of_a_rule_on_an_asset_have_places_of_their_own(make_result: MakeResult, make_report: MakeReport):
    report = make_report(make_result(Verdict.PASS), make_result(Verdict.NOT_APPLICABLE))
    told = [element.attrib["id"] for element in tree(report).iter("tr") if "data-v" in element.attrib]
    assert len({*told}) == len(told) == len(report.results)


def test_the_same_report_is_the_same_page(one_of_each: Report):
    assert html.write(one_of_each) == html.write(one_of_each)


def test_the_command_that_judges_again_can_be_copied(make_result: MakeResult, make_report: MakeReport):
    command = "imagecheck check gallery:rg/g --source sandbox:tenant.json --tenant T"
    root = tree(make_report(make_result(Verdict.FAIL), exit_code=1, asked=(("judged again by", command),)))
    assert words(by_id(root, "again").find(".//code[@class='command']")) == command
    assert words(section(root, "run")).count(command) == 1
    assert root.find(".//p[@class='then']/a[@href='#again']") is not None
    assert tree(make_report(make_result(Verdict.FAIL), exit_code=1)).find(".//*[@id='again']") is None


def test_a_fix_run_is_named_on_the_first_screen(make_result: MakeResult, make_report: MakeReport):
    fixes = FixRun(({"verb": "a"},), ({"verb": "b"}, {"rule": "VM001", "description": "it still does not pass"}))
    told = words(section(tree(make_report(make_result(Verdict.PASS), fixes=fixes)), "answer"))
    assert "The fix run: 1 of 2 changes made." in told
    assert "The fix run" not in words(section(tree(make_report(make_result(Verdict.PASS))), "answer"))


def test_the_exit_code_of_a_stale_plan_is_told_only_where_a_report_has_it(make_report: MakeReport, one_of_each: Report):
    assert "stale" not in words(tree(one_of_each))
    assert "5: the plan was stale" in words(section(tree(make_report(exit_code=5)), "run"))


def test_what_failed_to_change_is_not_told_as_changed(make_result: MakeResult, make_report: MakeReport):
    entry = {"description": "give a role", "ending": "failed", "before": {"role": "none"}, "after": {"role": "given"}}
    told = section(tree(make_report(make_result(Verdict.PASS), fixes=FixRun(failed=(entry,)))), "fixes")
    assert "role: none; was to become: given" in words(told)
    assert "→" not in words(told)
    assert told.find(".//del") is None


def test_a_change_that_was_not_begun_did_not_fail(make_result: MakeResult, make_report: MakeReport):
    left = tuple(
        {"verb": "a", "description": "x", "ending": ending} for ending in ("interrupted", "not begun", "failed")
    )
    told = section(tree(make_report(fixes=FixRun(failed=left), exit_code=130)), "fixes")
    assert [words(item.find("p/span")) for item in told.findall(".//ol/li")] == ["interrupted", "not begun", "failed"]


def test_what_changes_left_and_nobody_judged_is_not_known(make_report: MakeReport):
    root = tree(make_report(fixes=FixRun(({"verb": "a"},)), exit_code=130))
    told = words(section(root, "answer"))
    assert "Not known: what the changes left was not judged" in told
    assert "no asset" not in told
    assert "found after it" not in told


def test_what_there_is_none_of_is_not_in_the_navigation(make_result: MakeResult, make_report: MakeReport):
    def led_to(report: Report) -> list[str]:
        return [words(link) for link in tree(report).findall(".//nav//a")]

    assert "Not evaluated" in led_to(make_report(make_result(Verdict.NOT_EVALUATED), exit_code=3))
    assert "Not evaluated" not in led_to(make_report(make_result(Verdict.PASS)))


def test_a_long_explanation_is_no_link(make_result: MakeResult, make_report: MakeReport):
    fix = OfferedFix("empty it. Then " + "look at every line of it, " * 20, "manual", (), ())
    long = OfferedFix("empty " + "every line of it, " * 20, "manual", (), ())
    for offered, start in ((fix, "Empty it"), (long, "Empty every line")):
        root = tree(make_report(make_result(Verdict.FAIL, fix=offered), exit_code=1))
        link = words(section(root, "answer").find(".//ol/li/a"))
        assert link.startswith(start)
        assert len(link) < 125
        assert link.endswith("…") is (offered is long)
