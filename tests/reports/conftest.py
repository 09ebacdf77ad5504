"""Reports to write: small ones by hand, hostile ones, large ones."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from checker.facts.unread import ReasonKind
from checker.report import FixRun, OfferedFix, Reason, Report, Result, RuleInfo, Verdict
from checker.rule import Basis, Severity, Source

VM = "/subscriptions/1111/resourceGroups/rg/providers/Microsoft.Compute/virtualMachines/vm1"
URL = "https://learn.microsoft.com/azure/virtual-machines/generalize"
PERMISSION = "Microsoft.Compute/virtualMachines/instanceView/read"
RULES = {
    "VM001": RuleInfo(
        "vm-deallocated",
        "The VM is deallocated",
        Severity.ERROR,
        Basis.DOCUMENTED,
        (Source("Generalize a VM", URL, "2023-03-15"),),
    ),
    "VER003": RuleInfo("version-order", "The newest is the newest by date", Severity.INFO, Basis.DERIVED, ()),
}
FIX = OfferedFix(
    "deallocate the VM",
    "unsafe",
    ({"verb": "deallocate", "vm": VM, "description": "give vm1's host back", "irreversible": False},),
    (f"az vm deallocate --ids {VM}", "Portal: Stop"),
)
REASON = Reason(ReasonKind.UNREAD, VM, "instance_view", "403 AuthorizationFailed", PERMISSION)
WORDS = {
    Verdict.PASS: Result("VM001", VM, "vm", Verdict.PASS, Severity.ERROR, "ok", evidence=("seen deallocated",)),
    Verdict.FAIL: Result(
        "VM001",
        VM,
        "vm",
        Verdict.FAIL,
        Severity.ERROR,
        "the VM is still allocated",
        "PowerState/deallocated",
        "PowerState/stopped",
        ("from the instance view",),
        fix=FIX,
    ),
    Verdict.NOT_APPLICABLE: Result("VM001", VM, "vm", Verdict.NOT_APPLICABLE, Severity.ERROR, "another machine"),
    Verdict.NOT_EVALUATED: Result(
        "VM001",
        VM,
        "vm",
        Verdict.NOT_EVALUATED,
        Severity.ERROR,
        "instance_view: 403 AuthorizationFailed",
        reason=REASON,
    ),
    Verdict.WAIVED: Result("VM001", VM, "vm", Verdict.WAIVED, Severity.ERROR, "until 2027-01-01: a pilot"),
}
HOSTILE = {
    "script": "<script>alert(1)</script>",
    "image": "\"><img src=x onerror=alert(1)>'",
    "end of cdata": "]]> --> </style></title></pre></table>",
    "control characters": "a\x00b\x08c\x1b[31md\x7fe\x85f\rg\x0bh",
    "directions": "abc\u202egpj.exe\u2066\u200f\u061c",
    "surrogates": "a\ud800b\udfff",
    "not in xml": "\ufffe\uffff",
    "line separators": "a\u2028b\u2029c",
    "template": "{{7*7}} {% raw %} {# x #}",
    "markdown link": "[x](javascript:alert(1)) ![i](https://evil.example/i)",
    "markdown marks": "`a` | *b* _c_ ~~d~~ \\* $e$ <https://evil.example>",
    "new lines": "x\n\n# heading\n- item\n\n1. item\n\n<b>bold</b>\n```\n",
    "mentions": "@octocat #1 a@evil.example www.evil.example https://evil.example :tada:",
    "entities": "&lt;b&gt; &#64; &amp;",
}

MakeResult = Callable[..., Result]
MakeReport = Callable[..., Report]


def _report(*results: Result, **changes: Any) -> Report:
    made = Report(
        version="1.2.3",
        started="2026-11-22T12:00:00Z",
        finished="2026-11-22T12:00:05Z",
        source="snapshot:facts.json",
        exit_code=0,
        fail_on=Severity.ERROR,
        rules=RULES,
        results=results,
    )
    return replace(made, **changes)


@pytest.fixture
def make_result() -> MakeResult:
    """A result of a verdict, on one VM unless told otherwise."""
    return lambda verdict, **changes: replace(WORDS[verdict], **changes)


@pytest.fixture
def make_report() -> MakeReport:
    """A report of results."""
    return _report


@pytest.fixture
def one_of_each() -> Report:
    """A report with a result of each verdict, on as many VMs."""
    return _report(*(replace(WORDS[verdict], asset=f"{VM}-{verdict}") for verdict in Verdict), exit_code=1)


@pytest.fixture
def many() -> Report:
    """10,000 results, of every verdict, on as many VMs."""
    verdicts = list(Verdict)
    results = (replace(WORDS[verdicts[n % len(verdicts)]], asset=f"{VM}-{n}") for n in range(10_000))
    return _report(*results, exit_code=1)


@pytest.fixture(params=HOSTILE.values(), ids=HOSTILE.keys())
def hostile(request: pytest.FixtureRequest) -> str:
    """A text that tries to be more than text."""
    text = request.param
    assert isinstance(text, str)
    return text


@pytest.fixture
def made_of() -> Callable[[str], Report]:
    """A report in which every text is the same, in every place that a report has."""

    def make(text: str) -> Report:
        fix = OfferedFix(text, text, ({"verb": text, "description": text, "irreversible": True},), (text,))
        return _report(
            *(
                Result(text, text, text, verdict, Severity.ERROR, text, text, text, (text,), reason, fix)
                for verdict in Verdict
                for reason in (None, *(Reason(kind, text, text, text, text) for kind in ReasonKind))
            ),
            version=text,
            started=text,
            finished=text,
            source=text,
            exit_code=4,
            rules={text: RuleInfo(text, text, Severity.ERROR, Basis.REPORTED, (Source(text, text, text),))},
            fixes=FixRun(
                ({"verb": text, "vm": text, text: text}, text),
                (text, text),
                ({"rule": text, "asset": text, "verdict": text, "message": text}, text),
            ),
        )

    return make
