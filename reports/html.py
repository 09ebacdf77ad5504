"""The HTML report: one file that needs nothing else, loads nothing and can be read by anyone.

The template's ``finalize`` makes every text that it prints visible, and autoescaping makes it text: neither
can be forgotten. A browser gets a policy that lets it load nothing at all, and use only the style sheet and
the script by their hashes. Without the script everything can be read; it adds search, filters and copying.
"""

from __future__ import annotations

import base64
import hashlib
from typing import Any
from urllib.parse import urlsplit

from jinja2 import Environment, PackageLoader, StrictUndefined

from checker.report import Report, Verdict
from checker.visible import visible
from reports import names
from reports.answer import EXIT_CODES, exit_words
from reports.codes import in_runs
from reports.groups import count, offered
from reports.page import page_of, why_lowered
from reports.remedy import ways_of


def write(report: Report) -> str:
    """The report as one HTML page."""
    environment = _environment()
    # The template includes the style sheet and the script, so their hashes are those of the very same text.
    hashes = {name: _hash(environment.get_template(name).render()) for name in ("report.css", "report.js")}
    return environment.get_template("report.html.j2").render(
        report=report, page=page_of(report), css_hash=hashes["report.css"], script_hash=hashes["report.js"]
    )


def _hash(text: str) -> str:
    return base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("reports", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_shown,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals.update(
        count=count,
        exit_codes=EXIT_CODES,
        exit_words=exit_words,
        offered=offered,
        ways_of=ways_of,
        verdicts=frozenset(Verdict),
        why_lowered=why_lowered,
        short=names.short,
        pieces=names.pieces,
        target=names.as_target,
        in_runs=in_runs,
        kind_of=names.kind_of,
    )
    environment.tests["linkable"] = is_linkable
    return environment


def _shown(value: Any) -> Any:
    """What the template prints for a value: a text with nothing hidden in it. What a macro printed was shown so."""
    return visible(value) if isinstance(value, str) and not hasattr(value, "__html__") else value


def is_linkable(url: str) -> bool:
    """Whether a source may be a link: a plain https address, with nothing in it that misleads."""
    try:
        parts = urlsplit(url)
        plain = url.isascii() and url.isprintable() and not {*url} & {*' "<>\\^`{|}'}
        return plain and parts.scheme == "https" and bool(parts.hostname) and "@" not in parts.netloc
    except ValueError:
        return False
