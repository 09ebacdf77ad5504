"""The Markdown report, for a job summary on GitHub.

Whatever came from Azure stands inside HTML blocks, where Markdown is not read, and its special characters
are entities, so that it is text wherever it ends up. Entities do not keep GitHub from making links of
mentions, numbers and addresses; inside ``<code>`` it makes none, and elsewhere ``prose`` breaks them up.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from checker.report import OfferedFix, Report, Result, Verdict
from checker.visible import visible
from reports.answer import Headline, exit_words, headline
from reports.codes import in_runs
from reports.groups import RuleGroup, by_reason, by_rule, changes, count, offered
from reports.names import Places, as_target, shortened
from reports.remedy import steps_in
from reports.run import RunChange, performed
from reports.todo import ToDo, to_do

MAX_BYTES = 900_000
"""How long a report becomes, apart from its own headings. GitHub refuses a summary of more than 1 MiB."""

_FIRST = 5
_MAX_TEXT = 1000
_MAX_LINES = 10
_MAX_ENTRIES = 100
_ENTITIES = {ord(character): f"&#{ord(character)};" for character in "\"'|`[]()*_#@!~\\$:^{}\n"}
_ENTITIES |= {ord("<"): "&lt;", ord(">"): "&gt;", ord("&"): "&amp;"}
_PROSE = _ENTITIES | {ord("\n"): " ", 0x200B: "&#8203;"}
_LINKED = re.compile(r"[#@]|:(?=\S)|www\.|\bGH-(?=\d)", re.IGNORECASE)
_ICONS = {"yes": "✅", "no": "❌", "unknown": "❔"}


def write(report: Report) -> str:
    """The report as GitHub's Markdown, findings first; what no longer fits is left out, and counted."""
    top, bottom = _top(report), _metadata(report)
    page = _Page(MAX_BYTES - _size(top) - _size(bottom))
    _findings(page, report)
    _not_evaluated(page, report)
    _fix_run(page, report)
    _waived(page, report)
    notice = f"> **{page.left_out} results are left out here** for want of room; the JSON report holds all.\n\n"
    return "".join((top, notice if page.left_out else "", *page.parts, bottom))


_Row = Callable[[Sequence[Result]], str]


@dataclass
class _Page:
    """Parts of a report as long as there is room. Once a row does not fit, no other is added."""

    room: int
    parts: list[str] = field(default_factory=list)
    left_out: int = 0

    def table(self, title: str, columns: str, results: Iterable[Sequence[Result]], row: _Row) -> None:
        """Add a table under a title, which is HTML already; ``columns`` are parted by commas.

        A row tells of one or more results.
        """
        header = "".join(f'<th scope="col">{column}</th>' for column in columns.split(", "))
        opening, closing = f"{title}\n<table>\n<tr>{header}</tr>\n", "</table>\n\n"
        self.room -= _size(opening) + _size(closing)
        rows: list[str] = []
        for told in results:
            line = f"<tr>{row(told)}</tr>\n" if self.room >= 0 else ""
            self.room -= _size(line)
            if self.room < 0:
                self.left_out += len(told)
            else:
                rows.append(line)
        if rows:
            self.parts += [opening, *rows, closing]

    def entries(self, title: str, lines: Sequence[str]) -> None:
        """Add a list of lines that are HTML already, unless it is empty."""
        shown = "".join(f"<li>{line}</li>\n" for line in lines[:_MAX_ENTRIES])
        more = f"<li>and {len(lines) - _MAX_ENTRIES} more</li>\n" if len(lines) > _MAX_ENTRIES else ""
        body = (
            f"<ul>\n{shown}{more}</ul>"
            if _size(shown) <= self.room
            else f"{len(lines)} left out here for want of room."
        )
        if lines:
            self.room -= _size(body)
            self.parts.append(f"### {title}\n\n{body}\n\n")


def _top(report: Report) -> str:
    answer = headline(report)
    told = {name: number for name, number in report.summary().items() if number or name in ("pass", "fail")}
    return (
        f"# {_ICONS[answer.answer]} imagecheck: can this image be submitted?\n\n"
        f"<p><strong>{prose(answer.words)}.</strong></p>\n{_first(report, answer)}\n"
        f"| {' | '.join(told)} |\n|{' ---: |' * len(told)}\n"
        f"| {' | '.join(str(number) for number in told.values())} |\n\n"
    )


def _first(report: Report, answer: Headline) -> str:
    """What to do first: as many things as a glance takes in."""
    things = to_do(report, Places(report))
    blocking = [thing for thing in things if thing.blocks]
    shown = (blocking or things)[:_FIRST]
    if not shown:
        return f"<p>Next: {prose(answer.first)}.</p>\n"
    lines = (f"<li>{prose(thing.words)} ({prose(_asked_by(thing))}{prose(thing.detail)})</li>\n" for thing in shown)
    title = "Do this first:" if blocking else "What is left to look at:"
    more = len(things) - len(shown)
    rest = f"<p>{count(range(more), 'more thing')} to do, below.</p>\n" if more else ""
    return f"<p>{title}</p>\n<ol>\n{''.join(lines)}</ol>\n{rest}"


def _asked_by(thing: ToDo) -> str:
    """The rule that asks for something, and what it demands."""
    subject = f", {thing.subject}" if thing.subject else ""
    return f"{thing.code}{subject}: " if thing.code else ""


def _findings(page: _Page, report: Report) -> None:
    failed = report.with_verdict(Verdict.FAIL)
    if failed:
        page.parts.append("## Findings\n\n")
    counting = tuple(result for result in failed if report.counts(result))
    below = tuple(result for result in failed if not report.counts(result))
    for results, note in ((counting, ""), (below, f", below {report.fail_on}")):
        for group in by_rule(report, results):
            title = _rule_title(group, note)
            page.table(title, "Asset, Finding, Expected, Actual, What to do", _each(group.results), _finding)


def _rule_title(group: RuleGroup, note: str) -> str:
    words = f"{prose(group.results[0].severity)}{note}, {count(group.results, 'finding')}"
    basis = f", {group.info.basis}" if group.info else ""
    slug = f" <code>{_code(group.info.slug)}</code>" if group.info else ""
    return f"<h3>{prose(group.code)}: {prose(group.title)}</h3>\n<p>{words}{basis}{slug}</p>"


def _each(results: Iterable[Result]) -> Iterable[tuple[Result]]:
    return ((result,) for result in results)


def _finding(told: Sequence[Result]) -> str:
    [result] = told
    found = "<br>".join(prose(words) for words in (result.message, *result.evidence[:_MAX_LINES]))
    return _cells((code(result.asset), found, code(result.expected), code(result.actual), _to_do(result.fix)))


def _to_do(fix: OfferedFix | None) -> str:
    if fix is None:
        return ""
    would = [f"A fix ({prose(fix.safety)}) would: {prose(shortened(offered(o)))}" for o in fix.operations]
    steps = (code(part.words) if part.is_command else prose(part.words) for s in fix.steps for part in steps_in(s))
    lines = [f"{prose(fix.title)} ({prose(fix.safety)})", *steps, *would]
    return "<br>".join([*lines[:_MAX_LINES], *(["…"] if len(lines) > _MAX_LINES else [])])


def _not_evaluated(page: _Page, report: Report) -> None:
    results = report.with_verdict(Verdict.NOT_EVALUATED)
    if results:
        page.parts.append("## Not evaluated\n\n")
    for group in by_reason(report, results):
        some = f", {group.counting or 'none'} of them could block" if group.counting != group.size else ""
        answer = f"\n<p>Answered by the permission {code(group.permission)}</p>" if group.permission else ""
        heading = f"<h3>{prose(group.title)}</h3>\n<p>{count(group.results, 'check')}{some}</p>{answer}\n"
        for case in group.cases:
            title = f"{heading}<p>{prose(shortened(case.words))}</p>"
            page.table(title, "Asset, Checks", case.by_asset(), lambda told: _unanswered(told, report))
            heading = ""


def _unanswered(told: Sequence[Result], report: Report) -> str:
    return _cells((code(told[0].asset), code(in_runs((result.rule for result in told), report.rules))))


def _fix_run(page: _Page, report: Report) -> None:
    done = performed(report)
    page.entries("Changed by this run", [_change(change) for change in done if change.well])
    page.entries("Changes that did not end well", [_change(change) for change in done if not change.well])
    told = [f"{code(c.rule)} {code(as_target(c.asset))} {prose(c.before)} → {prose(c.now)}" for c in changes(report)]
    page.entries("Before and after", told)


def _change(change: RunChange) -> str:
    becomes = " → " if change.well else "; was to become: "
    states = [f"{prose(name)}: {prose(before)}{becomes}{prose(after)}" for name, before, after in change.states]
    never = ["<strong>Cannot be undone.</strong>"] if change.irreversible else []
    rules = [f"for {prose(', '.join(change.rules))}"] if change.rules else []
    ending = [prose(change.ending)] if change.ending else []
    end = ["; ".join([*ending, *rules])] if ending or rules else []
    return "<br>".join((prose(shortened(change.words)), *never, *states, *end))


def _waived(page: _Page, report: Report) -> None:
    results = report.with_verdict(Verdict.WAIVED)
    if results:
        page.parts.append("## Waived\n\n")
        page.table(f"<p>{count(results, 'result')}</p>", "Rule, Asset, Why", _each(results), _why)


def _why(told: Sequence[Result]) -> str:
    [result] = told
    return _cells((code(result.rule), code(result.asset), prose(result.message)))


def _metadata(report: Report) -> str:
    assets = {result.asset.lower() for result in report.results}
    told = (
        ("Version", code(report.version)),
        ("Source", code(report.source)),
        ("Started", code(report.started)),
        ("Finished", code(report.finished)),
        ("Judged", f"{count(report.rules, 'rule')} on {count(assets, 'asset')}"),
        ("Fails on", prose(report.fail_on)),
        ("Exit code", f"{report.exit_code}: {exit_words(report)}"),
        *((prose(name[:1].upper() + name[1:]), code(words)) for name, words in report.asked),
    )
    rows = "".join(f'<tr><th scope="row">{name}</th><td>{value}</td></tr>\n' for name, value in told)
    return f"## This run\n\n<table>\n{rows}</table>\n"


def prose(text: str) -> str:
    """Text inside an HTML block of Markdown: on one line, inert, with signs broken up that GitHub would link."""
    return _LINKED.sub("\\g<0>\u200b", _clip(text)).translate(_PROSE)


def code(text: str) -> str:
    """The same for what people copy, like ids and commands: exactly the text, as code; nothing for no text."""
    return f"<code>{_code(text)}</code>" if text else ""


def _code(text: str) -> str:
    return _clip(text).translate(_ENTITIES)


def _clip(text: str) -> str:
    more = len(text) - _MAX_TEXT
    return visible(text if more <= 0 else f"{text[:_MAX_TEXT]}… ({more} more characters)")


def _cells(texts: Iterable[str]) -> str:
    return "".join(f"<td>{text}</td>" for text in texts)


def _size(text: str) -> int:
    return len(text.encode())
