"""The language of GRUB 2's menus, read as its shell reads them: commands, words, quotes, comments and variables.

Nothing is run. Source: the GRUB manual, "Writing full configuration files directly".
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

_TOKEN = re.compile(
    r"""(?P<space>[ \t]+)|(?P<end>[;{}|&])|'(?P<single>[^']*)'|"(?P<double>(?:[^"\\]|\\.)*)"|\\(?P<escaped>.)"""
    r"""|\$(?P<name>\w+)|\$\{(?P<braced>\w+)\}|(?P<plain>[^\s'"\\$;{}|&]+|.)""",
    re.DOTALL,
)
VARIABLE = re.compile(r"\$\{(\w+)\}|\$(\w+)")
#: What may stand before a command on its line.
_KEYWORDS = ("if", "elif", "then", "else", "while", "until", "do", "!")
#: Variables of Ubuntu's menus: they only choose how the screen is taken over.
_OF_THE_SCREEN = ("vt_handoff", "linux_gfx_mode")
#: Far above what a line of a menu has, and what the kernel takes.
_MAX_LINE = 8192
_MAX_FILLED = 65536


class TooMuch(Exception):
    """A menu has a line that is far longer than any that is meant."""


def statements(text: str, variables: Mapping[str, str]) -> Iterator[list[str]]:
    """The commands of a menu, each as its words; a variable that is not known stays as ``$name``. Raises TooMuch.

    Braces that open and close a block are commands of their own.
    """
    return (words for _, words in commands(text, variables) if words)


def commands(text: str, variables: Mapping[str, str]) -> Iterator[tuple[list[str], list[str]]]:
    """The commands of a menu, each with the keywords before it; keywords alone on their line with no command."""
    for line in text.replace("\\\n", "").split("\n"):
        if len(line) > _MAX_LINE:
            raise TooMuch(f"a line of it has {len(line)} characters")
        words: list[str] = []
        for word in [*_words(line, variables), None]:
            if word is not None:
                words.append(word)
                continue
            keywords: list[str] = []
            while words and words[0] in _KEYWORDS:
                keywords.append(words.pop(0))
            if words or keywords:
                yield keywords, words
            words = []


def _words(line: str, variables: Mapping[str, str]) -> Iterator[str | None]:
    """The words of a line, None at the end of a statement."""
    word: str | None = None
    filled = 0
    for token in _TOKEN.finditer(line):
        kind = token.lastgroup
        if filled > _MAX_FILLED:
            raise TooMuch("a line of it has far too much in its variables")
        if kind in ("space", "end"):
            if word is not None:
                yield word
            if kind == "end":
                yield None
            if token[0] in ("{", "}"):
                yield token[0]
                yield None
            word = None
        elif kind in ("name", "braced"):
            # What a variable holds is more than one word where it has spaces, unless it is in quotes.
            value = _value(token[kind], variables)
            filled += len(value)
            first, *others = value.split(" ")
            word = (word or "") + first if first or word is not None else None
            for other in others:
                if word:
                    yield word
                word = other or None
        elif kind == "double":
            names = [match[1] or match[2] for match in VARIABLE.finditer(token["double"])]
            filled += sum(len(_value(name, variables)) for name in names)
            if filled <= _MAX_FILLED:
                word = (word or "") + with_values(re.sub(r'\\(["\\])', r"\1", token["double"]), variables)
        elif kind == "plain" and word is None and token["plain"].startswith("#"):
            return
        elif kind is not None:
            word = (word or "") + token[kind]
    if filled > _MAX_FILLED:
        raise TooMuch("a line of it has far too much in its variables")
    if word is not None:
        yield word


def _value(name: str, variables: Mapping[str, str]) -> str:
    return variables.get(name, "" if name in _OF_THE_SCREEN else f"${name}")


def with_values(text: str, variables: Mapping[str, str]) -> str:
    """A text with what its variables hold; one that is not known stays."""
    return VARIABLE.sub(lambda match: _value(match[1] or match[2], variables), text)


def setting(words: Sequence[str]) -> tuple[str, str, str]:
    """The variable, ``=`` and the value of a command that sets one; no ``=`` where it is another."""
    word = words[1] if words[:1] == ["set"] and len(words) > 1 else "".join(words[:1])
    return word.partition("=")
