"""The summary on the console: what blocks the submission, grouped so that a person can act on it."""

from __future__ import annotations

import contextlib
import shlex
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import IO

from checker.cli.outputs import Output
from checker.cli.printer import Printer
from checker.cli.shown import brief, short, subscription_of
from checker.cli.typed import Typed
from checker.report import FixRun, OfferedFix, Report, Result, Verdict, nothing_judged
from checker.rule import Severity
from reports.answer import Answer, headline
from reports.codes import in_runs
from reports.groups import RuleGroup, by_rule
from reports.remedy import steps_in

_SHOWN_ASSETS = 10
_SHOWN_CHARACTERS = 240
_COLORS = {Severity.ERROR: "red", Severity.WARNING: "yellow", Severity.INFO: "cyan"}
_ANSWER_COLORS = {Answer.YES: "green", Answer.NO: "red", Answer.UNKNOWN: "yellow"}


@dataclass(frozen=True, slots=True)
class Console:
    """Where and how the summary is shown. ``typed`` is the command that was typed."""

    printer: Printer
    typed: Typed
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
        self.printer.line(f"{answer.words}.", bold=True, fg=_ANSWER_COLORS[answer.answer])
        self.printer.line(_counts(report))
        asked = dict(report.asked)
        if "facts of" in asked:
            holds = f"; the source holds {asked['the source holds']}" if "the source holds" in asked else ""
            self.printer.line(f"Facts of {asked['facts of']}{holds}")
        for left_out in ("left aside, since they are disabled", "could not be read"):
            if left_out in asked:
                self.printer.line(f"{left_out[0].upper()}{left_out[1:]}: {asked[left_out]}")
        files = [f"{output.path} ({output.format})" for output in written if output.path is not None]
        if files:
            self.printer.line(f"Reports: {', '.join(files)}")
        self.printer.command(_next_step(report, written, self.typed, self.printer.stream), lead="Next: ")

    def _findings(self, report: Report) -> None:
        failed = report.with_verdict(Verdict.FAIL)
        blocking = tuple(result for result in failed if report.counts(result))
        others = tuple(result for result in failed if not report.counts(result))
        assets = {result.asset for result in report.results}
        # One asset is named once, and not with each of its findings.
        only = f": {short(next(iter(assets)), several=False)}" if len(assets) == 1 else ""
        subscriptions = {subscription_of(asset) for asset in assets}
        for heading, results in (("Blocks the submission", blocking), ("Also found", others)):
            if results:
                self.printer.line(f"{heading}{only}", bold=True)
                for group in by_rule(report, results):
                    self._finding(group, None if only else subscriptions)
                self.printer.line()

    def _finding(self, group: RuleGroup, subscriptions: Collection[str] | None) -> None:
        """One rule and what it found; ``subscriptions`` None: of the only asset that there is."""
        results = group.results
        worst = results[0].severity
        full = group.info.severity if group.info else worst
        title = group.info.title if group.info else ""
        self.printer.line(f"{group.code}  {title}", fg=_COLORS[worst], lead=f"  {worst:<8}")
        alike: dict[tuple[tuple[str, ...], tuple[str, ...]], list[Result]] = {}
        for result in results[: None if self.verbose else _SHOWN_ASSETS]:
            words = (result.message, *self._details(result, full))
            # Steps name their asset: where they are shown, only results with the same steps are told together.
            steps = result.fix.steps if self.verbose and result.fix is not None else ()
            alike.setdefault((words, steps), []).append(result)
        for (words, _), found in alike.items():
            indent = "      "
            if subscriptions is not None:
                for result in found:
                    self.printer.line(indent + self._named(result, subscriptions))
                indent += "    "
            for line in words:
                self.printer.line(indent + line)
            if self.verbose and found[0].fix is not None:
                self._steps(found[0].fix, indent)
        if not self.verbose and len(results) > _SHOWN_ASSETS:
            self.printer.line(f"      and {len(results) - _SHOWN_ASSETS} more (-v shows all)")
        if results[0].fix is not None:
            self.printer.line(f"      {self._arrow} {results[0].fix.title}")

    def _named(self, result: Result, subscriptions: Collection[str]) -> str:
        return result.asset if self.verbose else brief(result.asset, subscriptions, self._dots)

    def _details(self, result: Result, full: Severity) -> tuple[str, ...]:
        """What is said below a message; ``full`` is the severity that the rule has, unless something lowers it."""
        if not self.verbose:
            found = self._found(result)
            return (*((f"found {found}",) if found else ()), *(result.evidence if result.severity is not full else ()))
        below = tuple(f"- {words}" for words in result.evidence)
        return (f"expected {result.expected}; actual {result.actual}", *below)

    def _steps(self, fix: OfferedFix, indent: str) -> None:
        """How a finding is resolved; what can be typed stands on a line of its own, which is not folded."""
        for step in (part for words in fix.steps for part in steps_in(words)):
            if step.is_command:
                self.printer.command(step.words, lead=f"{indent}  ")
            else:
                self.printer.line(f"{indent}- {step.words}")

    def _found(self, result: Result) -> str:
        """What was seen instead of what is expected, as far as the message does not say it; a few words of it."""
        if result.actual.lower() in result.message.lower():
            return ""
        short_enough = result.actual[:_SHOWN_CHARACTERS]
        return short_enough if short_enough == result.actual else f"{short_enough}{self._dots} (-v shows all)"

    @property
    def _arrow(self) -> str:
        return "→" if self.printer.can_show("→") else "->"

    @property
    def _dots(self) -> str:
        return "…" if self.printer.can_show("…") else "..."

    def _unevaluated(self, report: Report) -> None:
        results = report.with_verdict(Verdict.NOT_EVALUATED)
        if not results:
            return
        self.printer.line("Not evaluated", bold=True)
        groups: dict[tuple[str, str, str], list[Result]] = {}
        for result in results:
            reason = result.reason
            key = ("", result.message, "") if reason is None else (reason.fact, reason.detail, reason.permission)
            groups.setdefault(key, []).append(result)
        shown = list(groups.items())[: None if self.verbose else 2 * _SHOWN_ASSETS]
        dash = "–" if self.printer.can_show("–") else "-"
        for (fact, detail, permission), group in shown:
            rules = in_runs((result.rule for result in group), report.rules, dash)
            assets = sorted({result.asset for result in group})
            where = short(assets[0], several=False) if len(assets) == 1 else f"{len(assets)} assets"
            scopes = {result.reason.scope for result in group if result.reason is not None} - set(assets)
            of = f" of {short(scopes.pop(), several=False)}" if len(scopes) == 1 and fact else ""
            self.printer.line(f"  {rules} on {where}")
            self.printer.line(f"      {fact}{of}{': ' if fact else ''}{detail}")
            if permission:
                self.printer.line(f"      answered by {permission}")
        if len(groups) > len(shown):
            self.printer.line(f"  and {len(groups) - len(shown)} more reasons (-v shows all)")
        self.printer.line()

    def _rest(self, report: Report) -> None:
        for verdict in (Verdict.PASS, Verdict.NOT_APPLICABLE, Verdict.WAIVED):
            for result in report.with_verdict(verdict):
                words = "; ".join(result.evidence) if verdict is Verdict.PASS else result.message
                self.printer.line(f"{verdict.value:<15}{result.rule}  {result.asset}: {words}")
        self.printer.line()


def _counts(report: Report) -> str:
    counted = report.summary()
    return ", ".join(f"{count} {verdict}" for verdict, count in counted.items() if count or verdict in ("pass", "fail"))


def _next_step(report: Report, written: Iterable[Output], typed: Typed, stream: IO[str] | None) -> str:
    """The command to type next."""
    failed = report.with_verdict(Verdict.FAIL)
    blocking = tuple(result for result in failed if report.counts(result))
    if blocking:
        return f"{typed.name} rule {by_rule(report, blocking)[0].code}"
    judges = typed.arguments[:1] == ("check",)
    if not report.results and report.fixes != FixRun() and judges:
        return typed.again()
    if nothing_judged(report.results):
        return f"{typed.name} check --help"
    unknown = {result.reason.fact for result in report.with_verdict(Verdict.NOT_EVALUATED) if result.reason is not None}
    flags = {"publisher": ("--publisher", "EMAIL"), "publisher_tenant": ("--publisher-tenant", "DOMAIN")}
    missing = [word for fact, option in flags.items() if fact in unknown for word in option]
    if missing and judges:
        return typed.again(*missing)
    if unknown and not {"-v", "--verbose"} & set(typed.arguments):
        permissions = {r.reason.permission for r in report.with_verdict(Verdict.NOT_EVALUATED) if r.reason is not None}
        if any(permissions) and report.source.startswith("azure"):
            return f"{typed.name} permissions"
        return typed.again("--verbose")
    if failed:
        return f"{typed.name} rule {by_rule(report, failed)[0].code}"
    html = [output.path for output in written if output.format == "html" and output.path is not None]
    if not html:
        return typed.again("--output", "html=report.html")
    if judges and not (stream is not None and stream.isatty()) and report.fail_on is not Severity.INFO:
        # Nobody looks at a browser there, as in CI: a stricter gate is what comes next.
        return typed.again("--fail-on", "warning" if report.fail_on is Severity.ERROR else "info")
    return f"python3 -m webbrowser {shlex.quote(str(html[0]))}"
