"""Reports to open in a browser: of any number of results, of hostile texts, of a fix run."""

from __future__ import annotations

from checker.facts.unread import ReasonKind
from checker.report import ChainLink, FixRun, OfferedFix, Reason, Report, Result, RuleInfo, Verdict
from checker.rule import Basis, Severity, Source

HOSTILE = (
    "<script>document.title='run'</script>",
    "\"><img src=x onerror=alert(1)>' onfocus='alert(1)' style='color:red",
    "</style></script></title><svg onload=alert(1)>",
    "abc\u202egpj.exe\u2066\u200f\x00\x1b[31m",
    "&lt;b&gt; {{7*7}} {% raw %} javascript:alert(1)",
    "a" * 600,
    "日本語 עברית مرحبا 😀 " * 8,
)
_SUBSCRIPTION = "/subscriptions/33333333-cccc-4ccc-8ccc-333333333333"
_COMPUTE = f"{_SUBSCRIPTION}/resourceGroups/images/providers/Microsoft.Compute"
_URL = "https://learn.microsoft.com/azure/virtual-machines/generalize"
_SOURCES = (Source("Generalize a virtual machine", _URL, "2023-03-15"),)
_RULES = {
    "VER001": RuleInfo(
        "version-number", "The version number is Major.Minor.Patch", Severity.ERROR, Basis.DOCUMENTED, _SOURCES
    ),
    "VER002": RuleInfo("version-ready", "The version is ready", Severity.ERROR, Basis.DOCUMENTED, _SOURCES),
    "VER003": RuleInfo("version-order", "The newest by number is the newest", Severity.INFO, Basis.DERIVED, ()),
    "VM001": RuleInfo("vm-deallocated", "The VM is deallocated", Severity.ERROR, Basis.DOCUMENTED, _SOURCES),
}
_NO_FIXES = FixRun()
_PERMISSION = "Microsoft.Compute/galleries/images/versions/read"


def of(number: int) -> Report:
    """A report of results as they come in real life: of twenty, one fails, one is open, two do not apply."""
    results = tuple(_result(place) for place in range(number))
    versions = tuple(dict.fromkeys(result.asset for result in results if result.kind == "version"))
    machines = [result.asset for result in results if result.kind == "vm"]
    links = tuple(ChainLink(version, sources=(machine,)) for version, machine in zip(versions, machines, strict=False))
    chain = (ChainLink(_SUBSCRIPTION, "11111111-aaaa-4aaa-8aaa-111111111111"), *links)
    return _report(results, chain=chain)


def hostile() -> Report:
    """A report in which every text tries to be more than text."""
    results = []
    for text in HOSTILE:
        for verdict in Verdict:
            for kind in ReasonKind:
                asset = f"{_COMPUTE}/galleries/{text.replace('/', '∕')}/images/{kind}"
                fix = OfferedFix(
                    text, text, ({"verb": text, "description": text, "irreversible": True},), (text, f"az {text}")
                )
                reason = Reason(kind, text, text, text, text)
                results.append(
                    Result(text, asset, text, verdict, Severity.ERROR, text, text, text, (text,), reason, fix)
                )
    info = {text: RuleInfo(text, text, Severity.ERROR, Basis.REPORTED, (Source(text, text, text),)) for text in HOSTILE}
    fixes = FixRun(
        tuple({"verb": text, text: text, "before": {text: "a"}, "after": {text: text}} for text in HOSTILE),
        HOSTILE,
        tuple({"rule": text, "asset": text, "verdict": text, "message": text} for text in HOSTILE),
    )
    asked = tuple((text, text) for text in HOSTILE)
    return _report(tuple(results), rules=info, fixes=fixes, asked=asked, source=HOSTILE[0])


def interrupted() -> Report:
    """A report of a fix run that was interrupted: changes, and no result."""
    machine = f"{_COMPUTE}/virtualMachines/builder"
    states = {"before": {"power state": "running"}, "after": {"power state": "deallocated"}}
    change = {"verb": "deallocate", "description": f"deallocate {machine}", "irreversible": False, **states}
    ends = ({"ending": "interrupted", "detail": "it was under way, and is perhaps done"}, {"ending": "not begun"})
    fixes = FixRun(
        ({**change, "ending": "done"},),
        (*({**change, **end} for end in ends), {"description": "what remains could not be judged"}),
        ({"rule": "VM001", "asset": machine, "verdict": "fail", "message": "the VM is running"},),
    )
    return _report((), fixes=fixes, asked=(("judged again by", "imagecheck check --source sandbox"),))


def disk() -> Report:
    """A report of a disk file: findings with commands of every sort, many passes, and much that could not be read."""
    path = "disks/appliance.vhd"
    cut = Reason(ReasonKind.UNREAD, path, "guest", "no volume holds a system: see that the whole disk was copied", "")
    codes = [f"LNX{number:03}" for number in range(1, 30) if number != 9]
    left = ("builder: set", *(f"/home/builder/.ssh/key-{number}" for number in range(12)))
    remove = OfferedFix(
        "remove the keys", "manual", (), ("sudo find /home -name authorized_keys -delete", "capture again")
    )
    convert = OfferedFix(
        "convert a copy", "manual", (), ("on Linux: qemu-img convert -O vpc a.vhd b.vhd", "upload b.vhd")
    )
    results = [
        Result("VHD001", path, "vhd", Verdict.FAIL, Severity.ERROR, "no VHD", "a footer", "none", fix=convert),
        Result("VHD007", path, "vhd", Verdict.FAIL, Severity.WARNING, "smaller than advised", "30 GB", "2 GiB"),
        Result(
            "LNX001",
            path,
            "vhd",
            Verdict.FAIL,
            Severity.ERROR,
            "keys are left",
            "none",
            "; ".join(left),
            left,
            fix=remove,
        ),
    ]
    for place, code in enumerate(codes[1:]):
        severity = (Severity.ERROR, Severity.WARNING, Severity.INFO)[place % 3]
        verdict = Verdict.PASS if place > 20 else Verdict.NOT_EVALUATED
        reason, words = (None, "as it should be") if place > 20 else (cut, f"guest of {path}: {cut.detail}")
        results.append(Result(code, path, "vhd", verdict, severity, words, reason=reason))
    info = {
        code: RuleInfo(f"{code.lower()}-slug", f"What {code} demands", Severity.ERROR, Basis.DOCUMENTED, _SOURCES)
        for code in ("VHD001", "VHD007", *codes)
    }
    return _report(tuple(results), rules=info, source="disk files")


def _result(place: int) -> Result:
    if place % 10 == 9:
        code, kind, asset = "VM001", "vm", f"{_COMPUTE}/virtualMachines/builder-{place}"
    else:
        code, kind = ("VER001", "VER002", "VER003")[place % 3], "version"
        asset = f"{_COMPUTE}/galleries/gallery{place // 2000}/images/appliance{place // 200}/versions/1.{place // 3}.0"
    severity = _RULES[code].severity
    match place % 20:
        case 0:
            return _failed(code, asset, kind, severity)
        case 4:
            reason = Reason(ReasonKind.UNREAD, asset, "replication", "403 AuthorizationFailed", _PERMISSION)
            words = f"replication of {asset}: 403 AuthorizationFailed"
            return Result(code, asset, kind, Verdict.NOT_EVALUATED, severity, words, reason=reason)
        case 7 | 13:
            return Result(code, asset, kind, Verdict.NOT_APPLICABLE, severity, "captured from a managed disk")
        case 11:
            return Result(code, asset, kind, Verdict.WAIVED, severity, "until 2027-01-01: a pilot")
        case _:
            seen = ("provisioned, replicated in West Europe",)
            return Result(code, asset, kind, Verdict.PASS, severity, _RULES[code].title, evidence=seen)


def _failed(code: str, asset: str, kind: str, severity: Severity) -> Result:
    operation = {"verb": "include-in-latest", "version": asset, "description": f"let latest mean {asset} again"}
    steps = (f"az sig image-version update --ids {asset}", "or in the portal: the image version → Update replication")
    fix = OfferedFix("make the version ready", "unsafe", ({**operation, "irreversible": False},), steps)
    expected = "provisioned (Succeeded), not flagged, replicated (Completed) in every target region"
    evidence = ("from the replication status",)
    return Result(
        code, asset, kind, Verdict.FAIL, severity, "replication is Failed", expected, "Failed", evidence, fix=fix
    )


def _report(
    results: tuple[Result, ...],
    *,
    rules: dict[str, RuleInfo] = _RULES,
    fixes: FixRun = _NO_FIXES,
    asked: tuple[tuple[str, str], ...] = (("facts of", "2026-11-22T12:00:00Z"), ("targets", "every gallery")),
    chain: tuple[ChainLink, ...] = (),
    source: str = "snapshot:facts.json",
) -> Report:
    return Report(
        version="1.2.3",
        started="2026-11-22T12:00:00Z",
        finished="2026-11-22T12:00:05Z",
        source=source,
        exit_code=1,
        fail_on=Severity.ERROR,
        rules=rules,
        results=results,
        fixes=fixes,
        asked=asked,
        chain=chain,
    )
