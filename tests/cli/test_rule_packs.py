"""Rule packs by entry point: what they add, and that their mistakes are theirs."""

from __future__ import annotations

import pytest

PACK = '''
from checker.facts.arm_id import Kind
from checker.facts.unread import FactName
from checker.rule import Basis, Fail, NotApplicable, Pass, Severity, Source, rule
import asyncio, os, sys

{before}

@rule(
    code={code!r},
    slug={slug!r},
    title="The gallery is tidy",
    severity=Severity.ERROR,
    basis=Basis.DERIVED,
    sources=(Source("House rules", "https://house.example/rules", "2026-01-01"),),
    kind=Kind.GALLERY,
    reads=(FactName.DEFINITIONS,),
)
def tidy(gallery, context):
    """The gallery is tidy.

    What it demands
    ---------------
    That the gallery is tidy.

    Why
    ---
    So that things are found.

    How to fix
    ----------
    Tidy it.
    """
    {body}
'''


@pytest.fixture
def packs(save, room):
    """Install packs into a folder; each has a rule with a body, and code that runs when it is imported."""

    def packs(*bodies, code="TIDY{}", slug="gallery-tidy-{}", before="", value="tidy_pack_{}", module=PACK):
        for number, body in enumerate(bodies or ["return Pass(('tidy',))"], 1):
            fill = (code.replace("{}", f"00{number}"), slug.replace("{}", str(number)))
            text = module.format(code=fill[0], slug=fill[1], body=body, before=before)
            save(text, f"site/tidy_pack_{number}.py")
            info = f"site/tidy_pack_{number}-1.0.dist-info"
            save(f"Metadata-Version: 2.1\nName: tidy-pack-{number}\nVersion: 1.0\n", f"{info}/METADATA")
            entry = value.replace("{}", str(number))
            save(f"[imagecheck.rules]\ntidy-{number} = {entry}\n", f"{info}/entry_points.txt")
        return room / "site"

    return packs


@pytest.fixture
def judged(process, save, clean, ids):
    """``imagecheck check`` with packs installed."""

    def judged(site, *options):
        save(clean)
        who = ("--publisher", ids.publisher, "--publisher-tenant", ids.tenant)
        return process("check", "--source", "tenant.json", "--output", "json=-", *who, *options, path=site)

    return judged


@pytest.mark.parametrize("value", ["tidy_pack_1", "tidy_pack_1:tidy"], ids=["module", "rule"])
def test_a_rule_of_a_pack_is_listed_explained_and_judges(process, packs, judged, value):
    site = packs(value=value)
    assert "TIDY001" in process("rules", path=site).out
    page = process("rule", "TIDY001", path=site)
    assert page.code == 0
    assert "That the gallery is tidy." in page.out
    outcome = judged(site)
    assert outcome.code == 0, outcome.err
    assert outcome.verdicts()["TIDY001"] == "pass"
    assert len(outcome.verdicts()) == 12


def test_a_rule_of_a_pack_is_selected_like_any_other(packs, judged):
    assert judged(packs(), "--select", "TIDY").verdicts() == {"TIDY001": "pass"}


def test_a_failure_of_a_pack_counts_and_its_texts_are_redacted(packs, judged):
    outcome = judged(packs("return Fail('sig=Zm9vYmFyYmF6', 'x', 'password=Zm9vYmFyYmF6', ('<b>',))"))
    assert outcome.code == 1
    assert outcome.verdicts()["TIDY001"] == "fail"
    assert "Zm9vYmFyYmF6" not in outcome.said


CRASHES = {
    "raises": "raise ValueError('boom')",
    "raises-a-text-of-two-lines": "raise ValueError('boom\\n\\x1b[2J second')",
    "raises-what-has-no-text": "raise type('Mute', (Exception,), {'__str__': lambda self: 1 / 0})()",
    "raises-a-secret": "raise ValueError('sig=Zm9vYmFyYmF6')",
    "exits-with-zero": "sys.exit(0)",
    "exits-with-a-text": "sys.exit('bye')",
    "exits-by-raising": "raise SystemExit(0)",
    "is-cancelled": "raise asyncio.CancelledError",
    "stops-a-generator": "raise GeneratorExit",
    "recurses": "return tidy.check(gallery, context)",
    "returns-none": "return None",
    "returns-true": "return True",
    "returns-the-class": "return Pass",
    "returns-a-text": "return 'pass'",
    "returns-a-rule": "return tidy",
    "evidence-is-a-text": "return Pass('tidy')",
    "evidence-is-none": "return Pass(None)",
    "evidence-holds-a-number": "return Pass((1,))",
    "message-is-a-number": "return Fail(1, 'x', 'y')",
    "evidence-of-a-failure-is-none": "return Fail('a', 'x', 'y', None)",
    "fix-is-a-text": "return Fail('a', 'x', 'y', fix='z')",
    "why-is-none": "return NotApplicable(None)",
    "writes-to-a-fact": "gallery.name = 'x'",
    "asserts": "assert False",
}


@pytest.mark.parametrize("body", CRASHES.values(), ids=CRASHES)
def test_a_rule_that_crashes_is_contained_and_named(packs, judged, body):
    outcome = judged(packs(body))
    assert outcome.code == 3, outcome.said
    verdicts = outcome.verdicts()
    assert verdicts.pop("TIDY001") == "not-evaluated"
    assert set(verdicts.values()) == {"pass"}
    result = next(r for r in outcome.report["results"] if r["rule"] == "TIDY001")
    assert result["reason"]["kind"] == "crashed"
    assert "TIDY001" in result["message"]
    assert "tidy-1" in result["message"]
    assert "Zm9vYmFyYmF6" not in outcome.said
    assert "Traceback" not in outcome.err
    assert "\x1b" not in outcome.said


def test_a_crash_does_not_count_when_it_is_allowed(packs, judged):
    assert judged(packs("raise ValueError('boom')"), "--allow-unevaluated", "TIDY001").code == 0


LOADING = {
    "raises": {"before": "raise ValueError('boom')"},
    "raises-two-lines": {"before": "raise ValueError('boom\\nsecond \\x1b[2J')"},
    "raises-a-secret": {"before": "raise ValueError('sig=Zm9vYmFyYmF6')"},
    "raises-what-has-no-text": {"before": "raise type('M', (Exception,), {'__str__': lambda s: 1 / 0})()"},
    "exits-with-zero": {"before": "sys.exit(0)"},
    "is-cancelled": {"before": "raise asyncio.CancelledError"},
    "has-no-syntax": {"before": "def def"},
    "imports-what-is-not-there": {"before": "import not_installed_anywhere"},
    "module-not-there": {"value": "no_such_pack"},
    "attribute-not-there": {"value": "tidy_pack_1:nothing"},
    "attribute-is-a-text": {"value": "tidy_pack_1:__name__"},
    "attribute-is-a-number": {"before": "number = 1", "value": "tidy_pack_1:number"},
    "attribute-is-a-function": {"value": "tidy_pack_1:rule"},
    "module-without-rules": {"module": "# {code} {slug} {body} {before}\n"},
    "takes-a-code": {"code": "VM001"},
    "takes-a-slug": {"slug": "vm-deallocated"},
    "code-is-none": {"code": "tidy-1"},
    "slug-is-none": {"slug": "Gallery Tidy"},
    "code-is-a-number": {"module": PACK.replace("code={code!r}", "code=1")},
    "severity-is-a-text": {"module": PACK.replace("Severity.ERROR", "'fatal'")},
    "kind-is-a-text": {"module": PACK.replace("Kind.GALLERY", "'galaxy'")},
    "no-sources": {"module": PACK.replace("sources=(", "sources=() and (")},
    "no-docstring": {"module": PACK.replace("What it demands", "Nothing")},
    "reads-an-unknown-fact": {"module": PACK.replace("FactName.DEFINITIONS", "'colours'")},
}


@pytest.mark.parametrize("fault", LOADING.values(), ids=LOADING)
def test_a_pack_that_does_not_load_stops_the_run_in_one_line(packs, judged, fault):
    line = judged(packs(**fault)).refused()
    assert "tidy" in line
    assert "Zm9vYmFyYmF6" not in line
    assert "\x1b" not in line


def test_two_packs_of_one_code_stop_the_run(packs, judged):
    line = judged(packs("return None", "return None", code="TIDY001")).refused()
    assert "TIDY001" in line
    assert "tidy-1" in line
    assert "tidy-2" in line


@pytest.mark.parametrize("arguments", [["--help"], ["--version"], ["check", "--help"]], ids=" ".join)
def test_a_broken_pack_does_not_take_the_help_away(process, packs, arguments):
    assert process(*arguments, path=packs(before="sys.exit(3)")).code == 0
