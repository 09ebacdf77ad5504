"""Environment variables that look like ours and are none: a setting with a slip in its name would do nothing, unseen.

Only what is near one of ours is told. Others may be somebody's own, as in a pipeline: pip, ruff and terraform pass over
them, too.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from checker.config import KEYS

_PREFIX = "IMAGECHECK_"
#: What has a variable and is no key of a file.
_MORE = frozenset({"config", "port", "tls", "save", "log", "sandbox-token"})
#: What lets a run change things is typed.
_TYPED = frozenset({"fix", "yes", "unsafe-fixes", "guest-is-prepared", "dry-run"})
#: How alike two names are, of 1, for one to be a slip of the other.
_NEAR = 0.8


def warnings(variables: Iterable[str]) -> Iterator[str]:
    """A line for each name of a variable that was meant for imagecheck and does nothing."""
    known = {_variable(flag): flag for flag in KEYS | _MORE | _TYPED}
    for name in sorted(variables):
        if not name.startswith(_PREFIX) or known.get(name, "fix") not in _TYPED:
            continue
        nearest = name if name in known else _nearest(name, known)
        if not nearest:
            continue
        if (flag := known[nearest]) in _TYPED:
            yield f"the variable {name} does nothing: --{flag} is typed"
        else:
            yield f"the variable {name} does nothing; did you mean {nearest}?"


def _variable(flag: str) -> str:
    return _PREFIX + flag.replace("-", "_").upper()


def _nearest(name: str, known: Iterable[str]) -> str:
    import difflib

    bare = {other.removeprefix(_PREFIX).replace("_", ""): other for other in known}
    near = difflib.get_close_matches(name.removeprefix(_PREFIX).replace("_", ""), sorted(bare), 1, _NEAR)
    return bare[near[0]] if near else ""
