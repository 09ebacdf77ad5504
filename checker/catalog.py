"""Finding rules: the families of the package ``rules``, then packs by entry point.

Nothing is loaded from the working directory. What is found is checked, sorted and free of duplicates.
"""

from __future__ import annotations

import importlib
import importlib.metadata
import pkgutil
import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from types import ModuleType
from typing import Any

from checker.errors import RulePackProblem, error_words
from checker.facts.arm_id import Kind
from checker.facts.unread import FactName
from checker.rule import HEADINGS, Basis, Rule, Severity, Source

ENTRY_POINT_GROUP = "imagecheck.rules"

#: The folders of ``rules`` that hold rules. Any other folder there is not ours.
FAMILIES = ("access", "definition", "gallery", "linux", "sas", "version", "vhd", "vm")

_CODE = re.compile(r"[A-Z]{2,8}[0-9]{3}")
#: A year, with month and day as far as they are known.
_DATE = re.compile(r"[0-9]{4}(-[0-9]{2}){0,2}")
_SLUG = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")


def load() -> tuple[Rule[Any], ...]:
    """Every rule, sorted by code. Raises RulePackProblem where a rule or a pack is at fault."""
    found = [*_built_in(), *_packs()]
    by_name: dict[str, Rule[Any]] = {}
    for rule in found:
        _check(rule)
        for name in (rule.code, rule.slug):
            if name in by_name:
                raise RulePackProblem(f"{name} is claimed by {by_name[name].pack} and by {rule.pack}")
            by_name[name] = rule
    return tuple(sorted(found, key=lambda rule: rule.code))


def _built_in() -> Iterator[Rule[Any]]:
    for family in FAMILIES:
        package = importlib.import_module(f"rules.{family}")
        for module in sorted(pkgutil.iter_modules(package.__path__), key=lambda m: m.name):
            if not module.name.startswith("_"):
                yield from _rules_in(importlib.import_module(f"rules.{family}.{module.name}"))


def _packs() -> Iterator[Rule[Any]]:
    points = importlib.metadata.entry_points(group=ENTRY_POINT_GROUP)
    for point in sorted(points, key=lambda p: (p.name, p.value)):
        where = f"the rule pack {point.name} ({point.value})"
        try:
            loaded = point.load()
            rules = tuple(loaded) if isinstance(loaded, Iterable) else tuple(_rules_of_pack(loaded))
        except KeyboardInterrupt:
            raise
        except BaseException as error:  # whatever a pack does wrong, the user gets one line
            raise RulePackProblem(f"{where} did not load: {error_words(error)}") from None
        if not rules or not all(isinstance(rule, Rule) for rule in rules):
            raise RulePackProblem(f"{where} is neither a module with rules nor a sequence of rules")
        yield from (replace(rule, pack=point.name) for rule in rules)


def _rules_in(module: ModuleType) -> Iterator[Rule[Any]]:
    """The rules that a module defines, not those it imported."""
    for value in vars(module).values():
        if isinstance(value, Rule) and value.check.__module__ == module.__name__:
            yield value


def _rules_of_pack(loaded: Any) -> Iterator[Rule[Any]]:
    """The rules that a pack's module holds, its own and those it gathered from its other modules, each once.

    Rules of this program that it imported are not the pack's. A rule itself stands for itself.
    """
    values = (loaded,) if isinstance(loaded, Rule) else vars(loaded).values()
    found = {id(value): value for value in values if isinstance(value, Rule)}
    yield from (rule for rule in found.values() if not rule.check.__module__.startswith("rules."))


def _check(rule: Rule[Any]) -> None:
    """Refuse a rule that the reports could not show or the engine could not place."""
    problems = [
        (not _is_text_of(_CODE, rule.code), "its code is not a family and three digits, like VM001"),
        (not _is_text_of(_SLUG, rule.slug), "its slug is not words in lower case joined by hyphens"),
        (not isinstance(rule.title, str) or not rule.title, "it has no title"),
        (not isinstance(rule.severity, Severity), "its severity is not a Severity"),
        (not isinstance(rule.basis, Basis), "its basis is not a Basis"),
        (rule.kind not in set(Kind), "its kind is not a Kind"),
        (not all(fact in set(FactName) for fact in rule.reads), "it reads something that is no FactName"),
        (not rule.sources or not all(_is_dated(source) for source in rule.sources), "it names no dated source"),
        (any(not rule.section(heading) for heading in HEADINGS[:3]), f"its docstring lacks one of {HEADINGS[:3]}"),
    ]
    for wrong, words in problems:
        if wrong:
            raise RulePackProblem(f"the rule {rule.code} of {rule.pack}: {words}")


def _is_text_of(form: re.Pattern[str], value: object) -> bool:
    return isinstance(value, str) and form.fullmatch(value) is not None


def _is_dated(source: Source) -> bool:
    return isinstance(source, Source) and _is_text_of(_DATE, source.date)
