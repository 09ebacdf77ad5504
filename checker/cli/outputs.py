"""``--output FORMAT=PATH``: which reports are written where."""

from __future__ import annotations

import difflib
import importlib
import os
import sys
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from checker.errors import ReportProblem, UsageProblem
from checker.report import Report

FORMATS = ("html", "json", "junit", "markdown")


@dataclass(frozen=True, slots=True)
class Output:
    """A report to write; ``path`` is None for standard output."""

    format: str
    path: Path | None


def parse_outputs(texts: Iterable[str]) -> tuple[Output, ...]:
    """Read ``FORMAT=PATH``. Raises UsageProblem for what is none or for two of one path, ReportProblem for a path that
    cannot be written.
    """
    found: list[Output] = []
    for text in texts:
        format, equals, path = text.partition("=")
        if not equals or not path:
            raise UsageProblem(f"--output {text} is not FORMAT=PATH, like html=report.html")
        if format not in FORMATS:
            near = difflib.get_close_matches(format, FORMATS, 1)
            hint = f"did you mean {near[0]}?" if near else f"formats are {', '.join(FORMATS)}"
            raise UsageProblem(f"--output {text}: there is no format {format}; {hint}")
        found.append(Output(format, None if path == "-" else Path(path)))
    paths = [None if output.path is None else _real(output.path) for output in found]
    twice = next((path for path in paths if paths.count(path) > 1), False)
    if twice is not False:
        raise UsageProblem(f"two reports go to {'standard output' if twice is None else twice}")
    for output in found:
        if output.path is not None:
            check_writable(output.path)
    return tuple(found)


def _real(path: Path) -> Path:
    try:
        return path.resolve()
    except (OSError, ValueError, RuntimeError):
        return path


def check_writable(path: Path) -> None:
    """Raise ReportProblem where a file cannot be written: before the work is done, and not after."""
    try:
        if path.is_dir():
            raise ReportProblem(f"{path} cannot be written: it is a folder")
        if path.exists() and not path.is_file():
            return
        path = path.resolve()
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(prefix=f".{path.name}-", dir=path.parent):
            return
    except RuntimeError:
        raise ReportProblem(f"{path} cannot be written: its links lead in a circle") from None
    except (OSError, ValueError) as error:
        raise ReportProblem(f"{path} cannot be written: {getattr(error, 'strerror', None) or error}") from None


@dataclass(frozen=True, slots=True)
class Written:
    """The reports that were written, and why another could not be: the first problem that there was."""

    outputs: tuple[Output, ...]
    problem: ReportProblem | None


def write_outputs(report: Report, outputs: Iterable[Output]) -> Written:
    """Write the reports, each whole or not at all; one that cannot be written keeps none of the others back."""
    written: list[Output] = []
    problem = None
    for output in outputs:
        try:
            _write(report, output)
        except ReportProblem as found:
            problem = problem or found
        else:
            written.append(output)
    return Written(tuple(written), problem)


def _write(report: Report, output: Output) -> None:
    text: str = importlib.import_module(f"reports.{output.format}").write(report)
    if output.path is not None:
        write_file(output.path, text)
    elif sys.stdout is None:
        raise ReportProblem("standard output is closed: give the report a path")
    else:
        sys.stdout.buffer.write(text.encode("utf-8", "backslashreplace"))
        sys.stdout.flush()


def write_file(path: Path, text: str) -> None:
    """Put a file in place whole: a reader never sees half of it. Raises ReportProblem where it cannot be written."""
    temporary = None
    try:
        if path.is_dir():
            raise ReportProblem(f"{path} cannot be written: it is a folder")
        if path.exists() and not path.is_file():
            # A device or a pipe is written to, not replaced.
            path.write_text(text, encoding="utf-8", errors="backslashreplace", newline="\n")
            return
        # A link stays a link: what it leads to is replaced.
        path = path.resolve()
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(prefix=f".{path.name}-", dir=path.parent)
        temporary = Path(name)
        with os.fdopen(handle, "w", encoding="utf-8", errors="backslashreplace", newline="\n") as file:
            file.write(text)
        umask = os.umask(0)
        os.umask(umask)
        temporary.chmod(0o666 & ~umask)
        temporary.replace(path)
    except OSError as error:
        if temporary is not None:
            temporary.unlink(missing_ok=True)
        raise ReportProblem(f"{path} cannot be written: {error.strerror}") from None
    except (ValueError, RuntimeError) as error:
        # RuntimeError: a loop of links, to a Python older than 3.13.
        words = "its links lead in a circle" if isinstance(error, RuntimeError) else str(error)
        raise ReportProblem(f"{path} cannot be written: {words}") from None
