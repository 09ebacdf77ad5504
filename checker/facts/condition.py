"""Reading a role assignment's condition, to tell the one that the portal recommends from all others.

The portal adds a condition to every Owner that it grants with "assign all roles except privileged
administrator roles". Each of its clauses lets every action through but writing or deleting role
assignments, and there it only shuts out the roles it lists. Whoever holds Owner under it has Owner's
power over a gallery. What any other condition leaves of a role is not judged here.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TypeAlias

_MAX_LENGTH = 20_000
_MAX_DEPTH = 30

_TOKEN = re.compile(
    r"""\s*(?:
    (?P<open>\() | (?P<close>\)) | (?P<not>!) | (?P<word>AND|OR|&&|\|\|)(?![A-Za-z])
    | ActionMatches\s*\{\s*'(?P<action>[^'{}]*)'\s*\}
    | @(?P<source>Request|Resource)\[(?P<attribute>[A-Za-z./:]+)\]
      \s*ForAnyOfAllValues:GuidNotEquals\s*\{[0-9a-fA-F\s,-]*\}
    )""",
    re.VERBOSE | re.IGNORECASE,
)

_ATTRIBUTE = "microsoft.authorization/roleassignments:roledefinitionid"
#: Which attribute each action is asked about: the one written, or the one already there.
_GUARDED = {
    "microsoft.authorization/roleassignments/write": "request",
    "microsoft.authorization/roleassignments/delete": "resource",
}


@dataclass(frozen=True, slots=True)
class _Action:
    name: str


@dataclass(frozen=True, slots=True)
class _RoleIsNoneOf:
    source: str


@dataclass(frozen=True, slots=True)
class _Not:
    inner: _Expression


@dataclass(frozen=True, slots=True)
class _All:
    parts: tuple[_Expression, ...]


@dataclass(frozen=True, slots=True)
class _Any:
    parts: tuple[_Expression, ...]


_Expression: TypeAlias = _Action | _RoleIsNoneOf | _Not | _All | _Any


def only_withholds_roles(condition: str) -> bool:
    """Whether a condition does no more than the portal's: keep its holder from assigning some roles."""
    try:
        expression = _Parser(_tokens(condition)).whole()
    except ValueError:
        return False
    clauses = expression.parts if isinstance(expression, _All) else (expression,)
    return all(_is_guarded(clause) for clause in clauses)


def _is_guarded(clause: _Expression) -> bool:
    if not isinstance(clause, _Any) or len(clause.parts) != 2:
        return False
    guard, limit = clause.parts
    if not isinstance(guard, _Not) or not isinstance(guard.inner, _Action) or not isinstance(limit, _RoleIsNoneOf):
        return False
    return _GUARDED.get(guard.inner.name) == limit.source


def _tokens(condition: str) -> list[re.Match[str]]:
    text = condition.rstrip()
    if len(text) > _MAX_LENGTH:
        raise ValueError("too long")
    found: list[re.Match[str]] = []
    at = 0
    while at < len(text):
        token = _TOKEN.match(text, at)
        if token is None:
            raise ValueError(f"not understood at {at}")
        found.append(token)
        at = token.end()
    return found


class _Parser:
    """Recursive descent over ``any (AND any)*``, ``one (OR one)*``, ``! one``, ``( all )`` and atoms."""

    def __init__(self, tokens: list[re.Match[str]]) -> None:
        self._tokens = tokens
        self._at = 0

    def whole(self) -> _Expression:
        expression = self._all(0)
        if self._at != len(self._tokens):
            raise ValueError("more than one expression")
        return expression

    def _all(self, depth: int) -> _Expression:
        parts = [self._any(depth)]
        while self._take_word("and", "&&"):
            parts.append(self._any(depth))
        # Nested conjunctions are one: (a AND b) AND c.
        flat = [inner for part in parts for inner in (part.parts if isinstance(part, _All) else (part,))]
        return flat[0] if len(flat) == 1 else _All(tuple(flat))

    def _any(self, depth: int) -> _Expression:
        parts = [self._one(depth)]
        while self._take_word("or", "||"):
            parts.append(self._one(depth))
        return parts[0] if len(parts) == 1 else _Any(tuple(parts))

    def _one(self, depth: int) -> _Expression:
        if depth > _MAX_DEPTH or self._at >= len(self._tokens):
            raise ValueError("too deep, or cut off")
        token = self._tokens[self._at]
        self._at += 1
        if token["not"]:
            return _Not(self._one(depth + 1))
        if token["open"]:
            inner = self._all(depth + 1)
            if self._at >= len(self._tokens) or not self._tokens[self._at]["close"]:
                raise ValueError("a parenthesis is not closed")
            self._at += 1
            return inner
        if token["action"] is not None:
            return _Action(token["action"].lower())
        if token["source"] and token["attribute"].lower() == _ATTRIBUTE:
            return _RoleIsNoneOf(token["source"].lower())
        raise ValueError("not understood")

    def _take_word(self, *words: str) -> bool:
        if self._at < len(self._tokens) and (self._tokens[self._at]["word"] or "").lower() in words:
            self._at += 1
            return True
        return False
