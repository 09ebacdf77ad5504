"""The report as a JSON document, there and back: the format ``imagecheck-report/1``."""

from __future__ import annotations

import json
import math
import stat
from dataclasses import asdict
from pathlib import Path
from typing import Any, NoReturn

from checker.errors import ReportProblem
from checker.facts.unread import ReasonKind
from checker.redaction import redacted
from checker.report import ChainLink, FixRun, OfferedFix, Reason, Report, Result, RuleInfo, Verdict
from checker.rule import Basis, Severity, Source

FORMAT = "imagecheck-report/1"
MAX_BYTES = 512 * 1024 * 1024


def to_document(report: Report) -> dict[str, Any]:
    """The JSON object of a report."""
    return {
        "format": FORMAT,
        "tool": {"name": "imagecheck", "version": report.version},
        "started": report.started,
        "finished": report.finished,
        "source": report.source,
        "exit_code": report.exit_code,
        "fail_on": report.fail_on.value,
        "asked": dict(report.asked),
        "summary": report.summary(),
        "rules": {code: asdict(info) for code, info in report.rules.items()},
        "results": [result_document(result) for result in report.results],
        "chain": [_link_document(link) for link in report.chain],
        "fixes": {
            "performed": list(report.fixes.performed),
            "failed": list(report.fixes.failed),
            "before": list(report.fixes.before),
        },
    }


def load(path: Path) -> Report:
    """Read a saved report, without secrets that somebody put into it. Unknown keys are passed over.

    Raises ReportProblem, in one line with the path, for a file that is none.
    """
    try:
        if not stat.S_ISREG(path.stat().st_mode):
            raise ReportProblem(f"{path}: not a file")
        with path.open("rb") as file:
            content = file.read(MAX_BYTES + 1)
        if len(content) > MAX_BYTES:
            raise ReportProblem(f"{path}: larger than the {MAX_BYTES // 1024**2} MiB that a report may have")
        document = json.loads(content, parse_constant=_refuse, parse_float=_finite)
    except OSError as error:
        raise ReportProblem(f"{path}: {error.strerror}") from None
    except (ValueError, RecursionError):
        raise ReportProblem(f"{path}: not a JSON report of imagecheck") from None
    if not isinstance(document, dict) or document.get("format") != FORMAT:
        raise ReportProblem(f'{path}: not a JSON report of imagecheck: "format" is not "{FORMAT}"')
    try:
        return redacted(from_document(document))
    except (KeyError, TypeError, ValueError, AttributeError, OverflowError, RecursionError) as error:
        what = f"{error} is missing" if isinstance(error, KeyError) else "a value of the wrong type"
        raise ReportProblem(f"{path}: a damaged report: {what}") from None


def _refuse(name: str) -> NoReturn:
    raise ValueError(f"{name} is not a JSON value")


def _finite(digits: str) -> float:
    number = float(digits)
    return number if math.isfinite(number) else _refuse(digits)


def from_document(document: dict[str, Any]) -> Report:
    """The report of a JSON object. Raises KeyError, TypeError, ValueError or AttributeError for a damaged one."""
    fixes = document["fixes"]
    return Report(
        version=_text(document["tool"]["version"]),
        started=_text(document["started"]),
        finished=_text(document["finished"]),
        source=_text(document["source"]),
        exit_code=int(document["exit_code"]),
        fail_on=Severity(document.get("fail_on", "error")),
        rules={_text(code): _rule_from(info) for code, info in document["rules"].items()},
        results=tuple(_result_from(result) for result in _list(document["results"])),
        asked=tuple((name, words) for name, words in _asked(document) if isinstance(words, str)),
        chain=tuple(_link_from(link) for link in _list(document.get("chain", []))),
        fixes=FixRun(*(tuple(_list(fixes[part])) for part in ("performed", "failed", "before"))),
    )


def _asked(document: dict[str, Any]) -> Any:
    return document.get("asked", {}).items()


def result_document(result: Result) -> dict[str, Any]:
    """The JSON object of one result."""
    found: dict[str, Any] = {
        "rule": result.rule,
        "asset": result.asset,
        "kind": result.kind,
        "verdict": result.verdict.value,
        "severity": result.severity.value,
        "message": result.message,
    }
    if result.verdict is Verdict.FAIL:
        found |= {"expected": result.expected, "actual": result.actual}
    if result.evidence:
        found["evidence"] = list(result.evidence)
    if result.reason is not None:
        found["reason"] = asdict(result.reason)
    if result.fix is not None:
        found["fix"] = asdict(result.fix)
    return found


def _result_from(found: dict[str, Any]) -> Result:
    reason, fix = found.get("reason"), found.get("fix")
    return Result(
        rule=_text(found["rule"]),
        asset=_text(found["asset"]),
        kind=_text(found["kind"]),
        verdict=Verdict(found["verdict"]),
        severity=Severity(found["severity"]),
        message=_text(found["message"]),
        expected=_text(found.get("expected", "")),
        actual=_text(found.get("actual", "")),
        evidence=_texts(found.get("evidence", [])),
        reason=None
        if reason is None
        else Reason(ReasonKind(reason["kind"]), *(_text(reason[k]) for k in ("scope", "fact", "detail", "permission"))),
        fix=None
        if fix is None
        else OfferedFix(_text(fix["title"]), _text(fix["safety"]), _operations(fix), _texts(fix.get("steps", []))),
    )


def _link_document(link: ChainLink) -> dict[str, Any]:
    found: dict[str, Any] = {"asset": link.asset}
    if link.tenant:
        found["tenant"] = link.tenant
    if link.sources:
        found["sources"] = list(link.sources)
    return found


def _link_from(found: dict[str, Any]) -> ChainLink:
    return ChainLink(_text(found["asset"]), _text(found.get("tenant", "")), _texts(found.get("sources", [])))


def _operations(fix: dict[str, Any]) -> tuple[dict[str, Any], ...]:
    operations = tuple(_list(fix["operations"]))
    for operation in operations:
        _text(operation["verb"])
    return operations


def _rule_from(info: dict[str, Any]) -> RuleInfo:
    return RuleInfo(
        slug=_text(info["slug"]),
        title=_text(info["title"]),
        severity=Severity(info["severity"]),
        basis=Basis(info["basis"]),
        sources=tuple(Source(_text(s["title"]), _text(s["url"]), _text(s["date"])) for s in info["sources"]),
    )


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError(f"{value!r:.40} is not a text")
    return value


def _texts(values: Any) -> tuple[str, ...]:
    return tuple(_text(value) for value in _list(values))


def _list(values: Any) -> list[Any]:
    if not isinstance(values, list):
        raise TypeError(f"{values!r:.40} is not a list")
    return values
