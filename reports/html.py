"""The HTML report: one file that needs nothing else, runs nothing and can be read by anyone.

The template's ``finalize`` makes every text that it prints visible, and autoescaping makes it text: neither
can be forgotten. A browser gets a policy that lets it load nothing at all but the style sheet by its hash.
"""

from __future__ import annotations

import base64
import hashlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from jinja2 import Environment, PackageLoader, StrictUndefined

from checker.report import Report, Result, Verdict
from checker.visible import visible
from reports.answer import exit_words, headline
from reports.groups import RuleGroup, by_reason, by_rule, changes, count, in_words, offered


@dataclass(frozen=True, slots=True)
class Coverage:
    """How a rule came out: a number for each verdict, and the place of its findings, 0 without any."""

    code: str
    title: str
    counts: tuple[int, ...]
    place: int


def write(report: Report) -> str:
    """The report as one HTML page."""
    environment = _environment()
    # The template includes the style sheet, so its hash is that of the very same text.
    css = environment.get_template("report.css").render()
    found = by_rule(report, report.with_verdict(Verdict.FAIL))
    return environment.get_template("report.html.j2").render(
        report=report,
        css_hash=base64.b64encode(hashlib.sha256(css.encode()).digest()).decode(),
        headline=headline(report),
        summary=report.summary(),
        assets={result.asset.lower() for result in report.results},
        coverage=_coverage(report, found),
        findings=found,
        unanswered=by_reason(report.with_verdict(Verdict.NOT_EVALUATED)),
        rest=_rest(report),
        changes=changes(report),
    )


def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("reports", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_shown,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals.update(count=count, exit_words=exit_words, in_words=in_words, offered=offered)
    environment.tests["linkable"] = is_linkable
    return environment


def _shown(value: Any) -> Any:
    """What the template prints for a value: a text with nothing hidden in it."""
    return visible(value) if isinstance(value, str) else value


def _coverage(report: Report, findings: Sequence[RuleGroup]) -> list[Coverage]:
    counted = Counter((result.rule, result.verdict) for result in report.results)
    places = {group.code: place for place, group in enumerate(findings, 1)}
    codes = {*report.rules, *(code for code, _ in counted)}
    return [
        Coverage(
            code,
            report.rules[code].title if code in report.rules else code,
            tuple(counted[code, verdict] for verdict in Verdict),
            places.get(code, 0),
        )
        for code in sorted(codes)
    ]


def _rest(report: Report) -> list[tuple[str, tuple[Result, ...]]]:
    """What needs no action: a title and its results, without those that are empty."""
    told = (("Waived", Verdict.WAIVED), ("Passed", Verdict.PASS), ("Not applicable", Verdict.NOT_APPLICABLE))
    return [(title, results) for title, verdict in told if (results := report.with_verdict(verdict))]


def is_linkable(url: str) -> bool:
    """Whether a source may be a link: a plain https address, with nothing in it that misleads."""
    try:
        parts = urlsplit(url)
        plain = url.isascii() and url.isprintable() and not {*url} & {*' "<>\\^`{|}'}
        return plain and parts.scheme == "https" and bool(parts.hostname) and "@" not in parts.netloc
    except ValueError:
        return False
