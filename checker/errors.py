"""The errors a user can cause. Each is shown as one line and ends the run with exit code 2.

ImagecheckError
├── UsageProblem       a flag, a target or a selection that cannot be followed
├── ConfigProblem      the configuration file
├── SourceProblem      a source that cannot be read at all
│   └── SnapshotProblem    … because the snapshot file is damaged
├── ReportProblem      a saved report that cannot be read, a report that cannot be written
└── RulePackProblem    rules that could not be loaded
"""


def error_words(error: BaseException) -> str:
    """The type of an exception and its text, for one line; some exceptions cannot even be made text of."""
    try:
        text = str(error)
    except Exception:  # whatever __str__ does
        text = ""
    return f"{type(error).__name__}: {text}" if text else type(error).__name__


class ImagecheckError(Exception):
    """What went wrong, where, and what to do, in one line; ``details`` are shown with ``-v`` only."""

    def __init__(self, words: str = "", details: str = "") -> None:
        super().__init__(words)
        self.details = details


class UsageProblem(ImagecheckError):
    """A flag, a target or a selection that cannot be followed."""


class ConfigProblem(ImagecheckError):
    """A configuration file that cannot be followed."""


class SourceProblem(ImagecheckError):
    """A source that cannot be read at all."""


class SnapshotProblem(SourceProblem):
    """A snapshot file that is damaged or not one."""


class ReportProblem(ImagecheckError):
    """A saved report that cannot be read, or a report that cannot be written."""


class RulePackProblem(ImagecheckError):
    """Rules that could not be loaded."""
