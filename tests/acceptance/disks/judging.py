"""What the program says of a disk, as verdicts by rule, and how two reports differ."""

from __future__ import annotations

import contextlib
import io
import json
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from checker.cli.main import run

#: A verdict; of a failure with its severity: ``fail error``.
Verdicts = dict[str, str]


def report(target: str, *options: str) -> dict[str, Any]:
    """The JSON report on a disk, made by the whole program within this process."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "report.json"
        said = io.StringIO()
        with contextlib.redirect_stdout(said), contextlib.redirect_stderr(said):
            code = run(["check", target, "--output", f"json={path}", *options])
        if code not in (0, 1, 3) or "Traceback" in said.getvalue():
            raise AssertionError(f"{target}: exit code {code}: {said.getvalue()[-2000:]}")
        document: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return document


def verdicts(document: Mapping[str, Any]) -> Verdicts:
    """The verdict of each rule of a report on one disk."""
    return {
        result["rule"]: f"fail {result['severity']}" if result["verdict"] == "fail" else result["verdict"]
        for result in document["results"]
    }


def differences(before: Verdicts, after: Verdicts) -> Verdicts:
    """The rules whose verdict is another one afterwards, with that."""
    return {rule: verdict for rule, verdict in after.items() if before.get(rule) != verdict}


def shown(found: Mapping[str, str]) -> str:
    """``LNX001 fail error, LNX002 pass``."""
    return ", ".join(f"{rule} {verdict}" for rule, verdict in sorted(found.items())) or "nothing"
