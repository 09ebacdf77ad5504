"""Whether the program may open as many files and connections as a run takes."""

from __future__ import annotations

import os

from checker.errors import SourceProblem

#: What a run opens beside its connections: modules, reports, what the libraries read.
_OTHERS = 8


def check_open_files(connections: int) -> None:
    """Raise SourceProblem where fewer can be opened. Without them connections wait for each other, for minutes."""
    needed = connections + _OTHERS
    taken: list[int] = []
    try:
        for _ in range(needed):
            taken.append(os.open(os.devnull, os.O_RDONLY))  # noqa: PERF401 what was taken is given back
    except OSError as error:
        raise SourceProblem(
            f"{needed} files and connections must be open at once, and only {len(taken)} more can be "
            f"({error.strerror}): raise the limit (ulimit -n 256), or ask fewer questions at once (--jobs 1)"
        ) from None
    finally:
        for descriptor in taken:
            os.close(descriptor)
