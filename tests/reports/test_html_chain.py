"""The map of the chain: everything that was judged is in it, each asset once in full."""

from collections.abc import Callable
from dataclasses import replace

from checker.report import ChainLink, Report, Result, Verdict
from checker.rule import Severity
from reports import html
from reports.chain import FOLDED, SHOWN, Node, chain_map

MakeResult = Callable[..., Result]
MakeReport = Callable[..., Report]

SUBSCRIPTION = "/subscriptions/1111"
COMPUTE = f"{SUBSCRIPTION}/resourceGroups/rg/providers/Microsoft.Compute"
DEFINITION = f"{COMPUTE}/galleries/g/images/d"
VM = f"{COMPUTE}/virtualMachines/vm1"
DISK = f"{COMPUTE}/disks/os"


def version(number: str) -> str:
    return f"{DEFINITION}/versions/{number}"


def drawn(nodes: list[Node], depth: int = 0) -> list[str]:
    """The map as lines, each asset further in than the one that it hangs from."""
    lines = []
    for node in nodes:
        lines.append("  " * depth + f"{node.kind} {node.name}" + (" again" if node.again else ""))
        lines += drawn(node.children, depth + 1)
    return lines


def test_the_chain_goes_from_the_tenant_to_the_disk(make_result: MakeResult, make_report: MakeReport):
    chain = (
        ChainLink(SUBSCRIPTION, tenant="T1"),
        ChainLink(version("1.0.0"), sources=(VM,)),
        ChainLink(version("1.10.0"), sources=(VM.upper(),)),
        ChainLink(VM, sources=(DISK,)),
    )
    results = (
        make_result(Verdict.PASS, asset=version("1.10.0"), kind="version"),
        make_result(Verdict.FAIL, asset=version("1.9.0"), kind="version"),
        make_result(Verdict.PASS, asset=version("1.0.0"), kind="version"),
        make_result(Verdict.PASS),
    )
    report = make_report(
        *(replace(r, asset=r.asset) for r in results), chain=chain, asked=(("publisher's tenants", "t1"),)
    )
    report = replace(report, results=(*report.results[:3], replace(report.results[3], asset=VM)))
    assert drawn(chain_map(report)) == [
        "tenant T1",
        "  subscription 1111",
        "    gallery g",
        "      definition d",
        "        version 1.0.0",
        "          vm vm1",
        "            disk os",
        "        version 1.9.0",
        "        version 1.10.0",
        "          vm vm1 again",
    ]
    [tenant] = chain_map(report)
    assert tenant.note == "a tenant of the publisher"
    assert tenant.below.verdicts == {Verdict.PASS: 3, Verdict.FAIL: 1}


def test_without_links_the_ids_themselves_are_the_map(make_result: MakeResult, make_report: MakeReport):
    report = make_report(
        make_result(Verdict.PASS, asset=DEFINITION, kind="definition"),
        make_result(Verdict.FAIL, asset="disk.vhd", kind="vhd"),
    )
    assert drawn(chain_map(report)) == [
        "vhd disk.vhd",
        "tenant not known",
        "  subscription 1111",
        "    gallery g",
        "      definition d",
    ]


def test_a_circle_of_sources_ends(make_result: MakeResult, make_report: MakeReport):
    links = (ChainLink("a", sources=("b",)), ChainLink("b", sources=("c", "a")), ChainLink("c", sources=("b",)))
    report = make_report(make_result(Verdict.PASS, asset="a"), chain=links)
    assert {line.split()[1] for line in drawn(chain_map(report))} == {"a", "b", "c"}


def test_a_long_chain_of_sources_is_cut_into_pieces(make_result: MakeResult, make_report: MakeReport):
    links = tuple(ChainLink(f"n{number}", sources=(f"n{number + 1}",)) for number in range(3000))
    report = make_report(make_result(Verdict.PASS, asset="n0"), chain=links)
    assert len({line.split()[1] for line in drawn(chain_map(report))}) == len(links) + 1
    assert html.write(report)


def test_of_many_versions_those_with_findings_are_seen_and_the_others_are_folded(
    make_result: MakeResult, make_report: MakeReport
):
    numbers = range(FOLDED + 50)
    results = [
        make_result(Verdict.FAIL if number == 70 else Verdict.PASS, asset=version(f"1.0.{number}"), kind="version")
        for number in numbers
    ]
    [tenant] = chain_map(make_report(*results, exit_code=1))
    definition = tenant.children[0].children[0].children[0]
    assert [node.name for node in definition.shown] == ["1.0.70"]
    assert len(definition.folded) == FOLDED
    assert len(definition.shown) + len(definition.folded) + definition.left == len(numbers)
    assert "with nothing to do" in html.write(make_report(*results, exit_code=1))


def test_a_few_versions_are_all_seen(make_result: MakeResult, make_report: MakeReport):
    results = [make_result(Verdict.PASS, asset=version(f"1.0.{n}"), kind="version") for n in range(SHOWN)]
    [tenant] = chain_map(make_report(*results))
    definition = tenant.children[0].children[0].children[0]
    assert (len(definition.shown), definition.folded, definition.left) == (SHOWN, [], 0)


def test_a_mark_is_that_of_the_worst_and_says_it_in_words(make_result: MakeResult, make_report: MakeReport):
    results = [
        make_result(Verdict.FAIL, asset=version("1.0.0"), kind="version", severity=severity)
        for severity in (Severity.INFO, Severity.WARNING, Severity.WARNING, Severity.ERROR)
    ]
    only = make_result(Verdict.FAIL, asset=version("2.0.0"), kind="version", severity=Severity.WARNING)
    unknown = make_result(Verdict.NOT_EVALUATED, asset=version("2.0.0"), kind="version")
    well = [make_result(verdict, asset=version("3.0.0"), kind="version") for verdict in (Verdict.PASS, Verdict.WAIVED)]
    [tenant] = chain_map(make_report(*results, only, unknown, *well, exit_code=1))
    versions = tenant.children[0].children[0].children[0].children
    assert [node.own.marks() for node in versions] == [
        [("fail error", "1 error"), ("fail warning", "2 warnings"), ("fail info", "1 info")],
        [("fail warning", "1 warning"), ("not-evaluated", "1 not evaluated")],
        [("pass", "1 pass")],
    ]
    assert [words for _, words in tenant.below.marks()] == ["1 error", "3 warnings", "1 info", "1 not evaluated"]
