"""Which rules run: ``--select`` and ``--ignore`` by code, slug or prefix of a code; the longest wins."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from typing import Any

from checker.errors import UsageProblem
from checker.rule import Rule


def choose(rules: Iterable[Rule[Any]], select: Iterable[str], ignore: Iterable[str]) -> tuple[Rule[Any], ...]:
    """The rules that run. Nothing selected means all.

    A selector as exact as another wins for ``ignore``. Raises UsageProblem for a selector that matches no
    rule, and for a selection that leaves none.
    """
    known = tuple(rules)
    selectors = _checked(select, known, "--select")
    ignored = _checked(ignore, known, "--ignore")
    chosen = tuple(rule for rule in known if _runs(rule, selectors, ignored))
    if not chosen:
        raise UsageProblem("the selection leaves no rule: see `imagecheck rules`")
    return chosen


def matching(rules: Iterable[Rule[Any]], selectors: Iterable[str], flag: str) -> frozenset[str]:
    """The codes that selectors name; ``all`` names every rule. Raises UsageProblem as ``choose`` does."""
    known = tuple(rules)
    wanted = _split(selectors)
    checked = _checked((selector for selector in wanted if selector.lower() != "all"), known, flag)
    if len(checked) < len(wanted):
        return frozenset(rule.code for rule in known)
    return frozenset(rule.code for rule in known if any(_length(rule, selector) for selector in checked))


def _runs(rule: Rule[Any], selectors: tuple[str, ...], ignored: tuple[str, ...]) -> bool:
    selected = max((_length(rule, selector) for selector in selectors), default=0 if selectors else 1)
    shut_out = max((_length(rule, selector) for selector in ignored), default=0)
    return selected > shut_out


def _length(rule: Rule[Any], selector: str) -> int:
    """How exactly a selector names a rule: 0 not at all, more for a longer prefix, most for code or slug."""
    folded = selector.lower()
    if folded in (rule.code.lower(), rule.slug.lower()):
        return 1000
    return len(selector) + 1 if rule.code.lower().startswith(folded) else 0


def _checked(selectors: Iterable[str], known: tuple[Rule[Any], ...], flag: str) -> tuple[str, ...]:
    wanted = _split(selectors)
    for selector in wanted:
        if not any(_length(rule, selector) for rule in known):
            names = [name for rule in known for name in (rule.code, rule.slug)]
            near = difflib.get_close_matches(selector.upper(), names, 1) or difflib.get_close_matches(
                selector.lower(), names, 1
            )
            hint = f"; did you mean {near[0]}?" if near else "; see `imagecheck rules`"
            raise UsageProblem(f"{flag} {selector} matches no rule{hint}")
    return wanted


def _split(selectors: Iterable[str]) -> tuple[str, ...]:
    return tuple(part.strip() for selector in selectors for part in selector.split(",") if part.strip())
