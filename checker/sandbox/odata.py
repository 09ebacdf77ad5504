"""``$filter``: a small parser that reads what clients send, and a test of bodies against it.

What the language means is OData's (documented); that texts compare without case is Graph's and unconfirmed for
single properties. Length and depth are bounded, and anything else is refused.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

_MAX_LENGTH = 2048
_MAX_DEPTH = 16

_TOKEN = re.compile(r"\s*(?:('(?:[^']|'')*')|([(),:])|([A-Za-z_@$][\w.@$/-]*)|([0-9][\w.-]*))", re.ASCII)
_CONSTANTS: dict[str, bool | None] = {"true": True, "false": False, "null": None}

Literal: TypeAlias = str | bool | None


class FilterProblem(Exception):
    """A filter that is none, or that this does not read."""


@dataclass(frozen=True, slots=True)
class Path:
    """A property, with slashes between its parts; inside ``any`` also the variable."""

    text: str


@dataclass(frozen=True, slots=True)
class Compare:
    """``path eq value`` or ``path ne value``."""

    path: Path
    equal: bool
    value: Literal


@dataclass(frozen=True, slots=True)
class Call:
    """A function: ``startswith(path,'x')``, ``atScope()``."""

    name: str
    arguments: tuple[Path | Literal, ...]


@dataclass(frozen=True, slots=True)
class Has:
    """``path/any(variable:condition)``."""

    path: Path
    variable: str
    condition: Node


@dataclass(frozen=True, slots=True)
class Not:
    """The opposite."""

    part: Node


@dataclass(frozen=True, slots=True)
class Both:
    """``left and right``."""

    left: Node
    right: Node


@dataclass(frozen=True, slots=True)
class Either:
    """``left or right``."""

    left: Node
    right: Node


Node: TypeAlias = Compare | Call | Has | Not | Both | Either


def parse(text: str) -> Node:
    """Read a filter. Raises FilterProblem."""
    if len(text) > _MAX_LENGTH:
        raise FilterProblem("the filter is too long")
    parser = _Parser(list(_tokens(text)))
    found = parser.either(0)
    if parser.next is not None:
        raise FilterProblem(f"unexpected {parser.next}")
    return found


def parts(node: Node) -> Iterator[Node]:
    """A filter and everything in it."""
    yield node
    match node:
        case Both(left, right) | Either(left, right):
            yield from parts(left)
            yield from parts(right)
        case Not(part) | Has(_, _, part):
            yield from parts(part)


def conjuncts(node: Node) -> Iterator[Node]:
    """What must hold together: the parts between the outermost ``and``."""
    if isinstance(node, Both):
        yield from conjuncts(node.left)
        yield from conjuncts(node.right)
    else:
        yield node


def matches(node: Node, body: Mapping[str, Any]) -> bool:
    """Whether a body fits a filter. What a body leaves out counts as null. Raises FilterProblem."""
    return _matches(node, body, {})


def _matches(node: Node, body: Mapping[str, Any], bound: Mapping[str, Any]) -> bool:
    match node:
        case Both(left, right):
            return _matches(left, body, bound) and _matches(right, body, bound)
        case Either(left, right):
            return _matches(left, body, bound) or _matches(right, body, bound)
        case Not(part):
            return not _matches(part, body, bound)
        case Compare(path, equal, value):
            return _same(_value(path, body, bound), value) is equal
        case Has(path, variable, condition):
            found = _value(path, body, bound)
            items = found if isinstance(found, list) else []
            return any(_matches(condition, body, {**bound, variable: item}) for item in items)
        case Call("startswith", (Path() as path, str() as start)):
            found = _value(path, body, bound)
            return isinstance(found, str) and found.lower().startswith(start.lower())
        case Call(name):
            raise FilterProblem(f"the function {name} is not supported")


def _value(path: Path, body: Mapping[str, Any], bound: Mapping[str, Any]) -> Any:
    first, *rest = path.text.split("/")
    found = bound[first] if first in bound else _member(body, first)
    for name in rest:
        found = _member(found, name)
    return found


def _member(value: Any, name: str) -> Any:
    """A member, whatever the case it is asked in."""
    if not isinstance(value, dict):
        return None
    if name in value:
        return value[name]
    return next((found for key, found in value.items() if key.lower() == name.lower()), None)


def _same(found: Any, wanted: Literal) -> bool:
    if isinstance(found, str) and isinstance(wanted, str):
        return found.lower() == wanted.lower()
    return type(found) is type(wanted) and bool(found == wanted)


def _tokens(text: str) -> Iterator[str]:
    at, end = 0, len(text.rstrip())
    while at < end:
        found = _TOKEN.match(text, at)
        if found is None:
            raise FilterProblem(f"invalid filter clause at position {at}")
        yield found[0].strip()
        at = found.end()


class _Parser:
    """By recursive descent; ``depth`` grows with every parenthesis, ``not`` and ``any``."""

    def __init__(self, tokens: list[str]) -> None:
        self._tokens = tokens
        self._at = 0

    @property
    def next(self) -> str | None:
        """The token that comes, None at the end."""
        return self._tokens[self._at] if self._at < len(self._tokens) else None

    def _take(self) -> str:
        token = self.next
        if token is None:
            raise FilterProblem("the filter ends too early")
        self._at += 1
        return token

    def _takes(self, word: str) -> bool:
        if self.next is None or self.next.lower() != word:
            return False
        self._at += 1
        return True

    def _expect(self, word: str) -> None:
        if not self._takes(word):
            raise FilterProblem(f"{word} expected")

    def either(self, depth: int) -> Node:
        """What ``or`` joins."""
        if depth > _MAX_DEPTH:
            raise FilterProblem("the filter is nested too deep")
        found = self._both(depth)
        while self._takes("or"):
            found = Either(found, self._both(depth))
        return found

    def _both(self, depth: int) -> Node:
        found = self._single(depth)
        while self._takes("and"):
            found = Both(found, self._single(depth))
        return found

    def _single(self, depth: int) -> Node:
        if depth > _MAX_DEPTH:
            raise FilterProblem("the filter is nested too deep")
        if self._takes("not"):
            return Not(self._single(depth + 1))
        if self._takes("("):
            found = self.either(depth + 1)
            self._expect(")")
            return found
        name = self._name()
        if self._takes("("):
            return self._call(name, depth)
        operator = self._take().lower()
        if operator not in ("eq", "ne"):
            raise FilterProblem(f"the operator {operator} is not supported")
        return Compare(Path(name), operator == "eq", self._literal())

    def _call(self, name: str, depth: int) -> Node:
        path, _, function = name.rpartition("/")
        if path and function.lower() == "any":
            variable = self._name()
            self._expect(":")
            condition = self.either(depth + 1)
            self._expect(")")
            return Has(Path(path), variable, condition)
        arguments: list[Path | Literal] = []
        while not self._takes(")"):
            if arguments:
                self._expect(",")
            arguments.append(self._argument())
        return Call(name.lower(), tuple(arguments))

    def _argument(self) -> Path | Literal:
        token = self.next or ""
        is_literal = token.startswith("'") or token.lower() in _CONSTANTS
        return self._literal() if is_literal else Path(self._name())

    def _name(self) -> str:
        token = self._take()
        if not (token[0].isalpha() or token[0] in "_@$"):
            raise FilterProblem(f"a property expected, not {token}")
        return token

    def _literal(self) -> Literal:
        token = self._take()
        if token.startswith("'"):
            return token[1:-1].replace("''", "'")
        if token.lower() in _CONSTANTS:
            return _CONSTANTS[token.lower()]
        raise FilterProblem(f"the value {token} is not supported")
