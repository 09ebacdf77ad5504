"""The summary on the console: what blocks the submission, grouped so that a person can act on it."""

from __future__ import annotations

import contextlib
import os
import shlex
from collections.abc import Iterable
from dataclasses import dataclass
from typing import IO

import click

from checker.cli.outputs import Output
from checker.cli.shown import short, subscription_of
from checker.cli.typed import Typed
from checker.report import Report, Result, Verdict, nothing_judged
from checker.rule import Severity
from checker.visible import visible
from reports.answer import Answer, headline
from reports.groups import RuleGroup, by_rule

_SHOWN_ASSETS = 10
_COLORS = {Severity.ERROR: "red", Severity.WARNING: "yellow", Severity.INFO: "cyan"}
_ANSWER_COLORS = {Answer.YES: "green", Answer.NO: "red", Answer.UNKNOWN: "yellow"}


@dataclass(frozen=True, slots=True)
class Console:
    """Where and how the summary is shown.

    ``typed`` is the command that was typed. ``color`` None: on a terminal, and where NO_COLOR is not set.
    """

    stream: IO[str]
    typed: Typed
    color: bool | None
    quiet: bool
    verbose: bool

    def show(self, report: Report, written: Iterable[Output]) -> None:
        """Print the summary; its last line is the command to type next.

        Where the reader has gone away (``| head``), the rest is not printed: the verdict stays what it is.
        """
        with contextlib.suppress(BrokenPipeError):
            self._show(report, written)

    def _show(self, report: Report, written: Iterable[Output]) -> None:
        if not self.quiet:
            self._findings(report)
            self._unevaluated(report)
            if self.verbose:
                self._rest(report)
        answer = headline(report)
        self._line(f"{answer.words}.", bold=True, fg=_ANSWER_COLORS[answer.answer])
        self._line(_counts(report))
        asked = dict(report.asked)
        if "facts of" in asked:
            holds = f"; the source holds {asked['the source holds']}" if "the source holds" in asked else ""
            self._line(f"Facts of {asked['facts of']}{holds}")
        for left_out in ("left aside, since they are disabled", "could not be read"):
            if left_out in asked:
                self._line(f"{left_out[0].upper()}{left_out[1:]}: {asked[left_out]}")
        files = [f"{output.path} ({output.format})" for output in written if output.path is not None]
        if files:
            self._line(f"Reports: {', '.join(files)}")
        self._line(f"Next: {_next_step(report, written, self.typed)}")

    def _findings(self, report: Report) -> None:
        failed = report.with_verdict(Verdict.FAIL)
        blocking = tuple(result for result in failed if report.counts(result))
        others = tuple(result for result in failed if not report.counts(result))
        several = len({subscription_of(result.asset) for result in report.results}) > 1
        for heading, results in (("Blocks the submission", blocking), ("Also found", others)):
            if results:
                self._line(heading, bold=True)
                for group in by_rule(report, results):
                    self._finding(group, several)
                self._line()

    def _finding(self, group: RuleGroup, several: bool) -> None:
        results = group.results
        worst = results[0].severity
        full = group.info.severity if group.info else worst
        self._line(f"{group.code}  {group.info.title if group.info else ''}", fg=_COLORS[worst], lead=f"  {worst:<8}")
        for result in results[: None if self.verbose else _SHOWN_ASSETS]:
            self._line(f"      {result.asset if self.verbose else short(result.asset, several)}")
            self._line(f"          {result.message}")
            for words in result.evidence if result.severity is not full else ():
                self._line(f"          {words}")
            if self.verbose:
                self._line(f"          expected {result.expected}; actual {result.actual}")
                for words in (*result.evidence, *(result.fix.steps if result.fix is not None else ())):
                    self._line(f"          - {words}")
        if not self.verbose and len(results) > _SHOWN_ASSETS:
            self._line(f"      and {len(results) - _SHOWN_ASSETS} more (-v shows all)")
        if results[0].fix is not None:
            self._line(f"      {self._arrow()} {results[0].fix.title}")

    def _unevaluated(self, report: Report) -> None:
        results = report.with_verdict(Verdict.NOT_EVALUATED)
        if not results:
            return
        self._line("Not evaluated", bold=True)
        groups: dict[tuple[str, str, str], list[Result]] = {}
        for result in results:
            reason = result.reason
            key = ("", result.message, "") if reason is None else (reason.fact, reason.detail, reason.permission)
            groups.setdefault(key, []).append(result)
        shown = list(groups.items())[: None if self.verbose else 2 * _SHOWN_ASSETS]
        for (fact, detail, permission), group in shown:
            rules = ", ".join(sorted({result.rule for result in group}))
            assets = sorted({result.asset for result in group})
            where = short(assets[0], several=False) if len(assets) == 1 else f"{len(assets)} assets"
            scopes = {result.reason.scope for result in group if result.reason is not None} - set(assets)
            of = f" of {short(scopes.pop(), several=False)}" if len(scopes) == 1 and fact else ""
            self._line(f"  {rules} on {where}")
            self._line(f"      {fact}{of}{': ' if fact else ''}{detail}")
            if permission:
                self._line(f"      answered by {permission}")
        if len(groups) > len(shown):
            self._line(f"  and {len(groups) - len(shown)} more reasons (-v shows all)")
        self._line()

    def _rest(self, report: Report) -> None:
        for verdict in (Verdict.PASS, Verdict.NOT_APPLICABLE, Verdict.WAIVED):
            for result in report.with_verdict(verdict):
                words = "; ".join(result.evidence) if verdict is Verdict.PASS else result.message
                self._line(f"{verdict.value:<15}{result.rule}  {result.asset}: {words}")
        self._line()

    def _arrow(self) -> str:
        try:
            "→".encode(getattr(self.stream, "encoding", None) or "ascii")
        except (UnicodeEncodeError, LookupError):
            return "->"
        return "→"

    def _line(self, text: str = "", *, fg: str | None = None, bold: bool = False, lead: str = "") -> None:
        """One line; ``lead`` is a first part in the colour, which the rest is then not."""
        # What came from Azure is made visible before it is styled: only our own escapes reach the terminal.
        color = False if os.environ.get("NO_COLOR") else self.color
        styled = click.style(lead, fg=fg) if lead else ""
        styled += click.style(visible(text).replace("\n", "\\n"), fg=None if lead else fg, bold=bold or None)
        click.echo(styled, file=self.stream, color=color)


def _counts(report: Report) -> str:
    counted = report.summary()
    return ", ".join(f"{count} {verdict}" for verdict, count in counted.items() if count or verdict in ("pass", "fail"))


def _next_step(report: Report, written: Iterable[Output], typed: Typed) -> str:
    """The command to type next."""
    failed = report.with_verdict(Verdict.FAIL)
    blocking = tuple(result for result in failed if report.counts(result))
    if blocking:
        return f"{typed.name} rule {by_rule(report, blocking)[0].code}"
    if nothing_judged(report.results):
        return f"{typed.name} check --help"
    unknown = {result.reason.fact for result in report.with_verdict(Verdict.NOT_EVALUATED) if result.reason is not None}
    if "publisher" in unknown:
        return typed.with_option("--publisher", "EMAIL")
    if "publisher_tenant" in unknown:
        return typed.with_option("--publisher-tenant", "DOMAIN")
    if unknown and not {"-v", "--verbose"} & set(typed.arguments):
        return typed.with_option("--verbose")
    if failed:
        return f"{typed.name} rule {by_rule(report, failed)[0].code}"
    html = [output.path for output in written if output.format == "html" and output.path is not None]
    return (
        f"python3 -m webbrowser {shlex.quote(str(html[0]))}"
        if html
        else typed.with_option("--output", "html=report.html")
    )
