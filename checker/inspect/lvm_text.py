"""The text that LVM keeps its metadata in: sections in braces, ``key = value``, strings, numbers, lists."""

from __future__ import annotations

import re
from typing import TypeAlias, Union

from checker.inspect.bytes import DiskUnreadable

Value: TypeAlias = Union[str, int, list["str | int"], "Section"]
Section: TypeAlias = dict[str, Value]

_MAX_DEPTH = 8
_TOKEN = re.compile(r'\s+|#[^\n]*|"((?:[^"\\]|\\.)*)"|(-?\d+(?:\.\d+)?)(?![\w.])|([A-Za-z0-9_.+/-]+)|([{}=\[\],])')


def parse(source: str) -> Section:
    """The outermost section. Raises DiskUnreadable for text that is not of this form."""
    root: Section = {}
    stack: list[Section] = [root]
    tokens = _tokens(source)
    at = 0
    while at < len(tokens):
        kind, value = tokens[at]
        follows = tokens[at + 1][1] if at + 1 < len(tokens) else ""
        if (kind, value) == ("mark", "}"):
            if len(stack) == 1:
                raise _broken()
            stack.pop()
            at += 1
        elif kind not in ("name", "number"):
            raise _broken()
        elif follows == "{":
            inner: Section = {}
            stack[-1][value] = inner
            stack.append(inner)
            if len(stack) > _MAX_DEPTH:
                raise _broken()
            at += 2
        elif follows == "=":
            stack[-1][value], at = _value(tokens, at + 2)
        else:
            raise _broken()
    if len(stack) != 1:
        raise _broken()
    return root


def section(within: Section, name: str) -> Section:
    """A section inside another. Raises DiskUnreadable where there is none."""
    found = within.get(name)
    if not isinstance(found, dict):
        raise DiskUnreadable(f"the LVM metadata has no section {name}")
    return found


def sections(within: Section) -> list[tuple[str, Section]]:
    """All sections inside another."""
    return [(name, value) for name, value in within.items() if isinstance(value, dict)]


def whole(within: Section, name: str) -> int:
    """A number that is not negative. Raises DiskUnreadable where there is none."""
    found = within.get(name)
    if not isinstance(found, int) or found < 0:
        raise DiskUnreadable(f"the LVM metadata has no number {name}")
    return found


def text(within: Section, name: str) -> str:
    """A string. Raises DiskUnreadable where there is none."""
    found = within.get(name)
    if not isinstance(found, str):
        raise DiskUnreadable(f"the LVM metadata has no text {name}")
    return found


def _tokens(source: str) -> list[tuple[str, str]]:
    tokens: list[tuple[str, str]] = []
    at = 0
    while at < len(source):
        match = _TOKEN.match(source, at)
        if match is None:
            raise _broken()
        at = match.end()
        quoted, number, name, mark = match.groups()
        if quoted is not None:
            tokens.append(("text", re.sub(r"\\(.)", r"\1", quoted)))
        elif number is not None:
            tokens.append(("number", number))
        elif name is not None:
            tokens.append(("name", name))
        elif mark is not None:
            tokens.append(("mark", mark))
    return tokens


def _value(tokens: list[tuple[str, str]], at: int) -> tuple[Value, int]:
    if at >= len(tokens):
        raise _broken()
    if tokens[at] != ("mark", "["):
        return _atom(tokens[at]), at + 1
    items: list[str | int] = []
    at += 1
    while at < len(tokens) and tokens[at] != ("mark", "]"):
        if tokens[at] != ("mark", ","):
            items.append(_atom(tokens[at]))
        at += 1
    if at >= len(tokens):
        raise _broken()
    return items, at + 1


def _atom(token: tuple[str, str]) -> str | int:
    kind, value = token
    if kind == "mark":
        raise _broken()
    return int(value) if kind == "number" and "." not in value and len(value) < 20 else value


def _broken() -> DiskUnreadable:
    return DiskUnreadable("the text of the LVM metadata is damaged")
