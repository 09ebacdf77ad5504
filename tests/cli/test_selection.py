"""Which rules run: codes, slugs and prefixes; the longest wins."""

from __future__ import annotations

import pytest

ACC, DEF, GAL = ["ACC001", "ACC002"], ["DEF001", "DEF002", "DEF003"], ["GAL001"]
VER, VM = ["VER001", "VER002", "VER003"], ["VM001", "VM002"]
ALL = [*ACC, *DEF, *GAL, *VER, *VM]

CASES = {
    "default": ([], ALL),
    "code": (["--select", "VM001"], ["VM001"]),
    "slug": (["--select", "definition-generalized"], ["DEF001"]),
    "prefix": (["--select", "VM"], VM),
    "short-prefix": (["--select", "V"], [*VER, *VM]),
    "prefix-with-digits": (["--select", "DEF00"], DEF),
    "list": (["--select", "GAL001,VM"], [*GAL, *VM]),
    "list-with-blanks": (["--select", " GAL001 , VM "], [*GAL, *VM]),
    "repeated": (["--select", "GAL001", "--select", "VM"], [*GAL, *VM]),
    "ignore-code": (["--ignore", "VM001"], [*ACC, *DEF, *GAL, *VER, "VM002"]),
    "ignore-slug": (["--ignore", "vm-deallocated"], [*ACC, *DEF, *GAL, *VER, "VM002"]),
    "ignore-prefix": (["--ignore", "V,ACC"], [*DEF, *GAL]),
    "longer-ignore-wins": (["--select", "VM", "--ignore", "VM001"], ["VM002"]),
    "longer-select-wins": (["--select", "VM001", "--ignore", "VM"], ["VM001"]),
    "longer-of-two-prefixes-selects": (["--select", "VER", "--ignore", "V"], VER),
    "longer-of-two-prefixes-ignores": (["--select", "V", "--ignore", "VER"], VM),
    "slug-beats-prefix": (["--select", "vm-deallocated", "--ignore", "VM00"], ["VM001"]),
    "slug-ignored-beats-prefix": (["--select", "VM00", "--ignore", "vm-deallocated"], ["VM002"]),
    "three-levels": (["--select", "V,VM001", "--ignore", "VM"], [*VER, "VM001"]),
    "order-does-not-matter": (["--ignore", "VM", "--select", "VM001,V"], [*VER, "VM001"]),
}


@pytest.mark.parametrize(("options", "rules"), CASES.values(), ids=CASES)
def test_the_longest_selector_wins(check, options, rules):
    outcome = check(*options)
    assert sorted(outcome.verdicts()) == rules
    assert [code for code in sorted(outcome.report["rules"]) if code in ALL] == rules


@pytest.mark.parametrize("flag", ["--select", "--ignore", "--allow-unevaluated"])
@pytest.mark.parametrize(
    ("selector", "near"),
    [("VM009", "VM00"), ("DEF01", "DEF001"), ("vm-dealocated", "vm-deallocated"), ("GAL001,VM0001", "VM001")],
)
def test_a_selector_that_matches_nothing_suggests_the_nearest(check, flag, selector, near):
    line = check(flag, selector).refused()
    assert selector.split(",")[-1] in line
    assert near in line.replace(selector, "")


def test_a_selection_that_leaves_no_rule_is_refused(check):
    check("--select", "VM", "--ignore", "VM001,VM002").refused()


def test_rules_that_were_not_selected_need_no_facts(check, clean):
    for section in ("roleAssignments", "directory", "providers", "subscriptions"):
        del clean[section]
    clean["subscriptions"] = []
    assert check("--select", "DEF001", snapshot=clean).verdicts().keys() == {"DEF001"}
