"""The menus of GRUB 2, read as its shell reads them: statements, words, quotes, comments and variables.

Nothing is run: every ``linux`` line counts, whichever branch it stands in. Source: the GRUB manual, "Writing full
configuration files directly", and its environment block.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise

#: Variables that GRUB sets itself.
_BUILT_IN = re.compile(
    r"\d|root$|prefix$|cmdpath$|default$|fallback$|timeout|chosen$|config_|feature_|grub_|net_|pxe_|gfx|lang$"
)
_TOKEN = re.compile(
    r"""(?P<space>[ \t]+)|(?P<end>[;{}|&])|'(?P<single>[^']*)'|"(?P<double>(?:[^"\\]|\\.)*)"|\\(?P<escaped>.)"""
    r"""|\$(?P<name>\w+)|\$\{(?P<braced>\w+)\}|(?P<plain>[^\s'"\\$;{}|&]+|.)""",
    re.DOTALL,
)
_VARIABLE = re.compile(r"\$\{(\w+)\}|\$(\w+)")
#: What may stand before a command on its line.
_KEYWORDS = ("if", "elif", "then", "else", "while", "until", "do", "!")
_SOURCING = ("configfile", "source", ".", "extract_entries_configfile", "extract_entries_source")
_OTHER_LOADERS = (
    "multiboot",
    "multiboot2",
    "xen_hypervisor",
    "chainloader",
    "legacy_configfile",
    "legacy_source",
    "syslinux_configfile",
    "syslinux_source",
)
#: Where the menus that are read lie: named by a variable, or below /boot or an EFI system partition.
_KNOWN_MENU = re.compile(
    r"(?:\([^)]*\))?(?:\$\{?\w+\}?)*(?:/@\w*)?(?:/boot)?(?:/grub2?|/EFI/[\w.-]+)?/(?:grub|custom|user)\.cfg",
    re.IGNORECASE,
)
#: Variables of the menus of distributions that only add what nobody has set.
_USUALLY_UNSET = ("tuned_params", "vt_handoff", "extra_cmdline", "linux_gfx_mode")


#: Far above what a line of a menu has, and what the kernel takes.
_MAX_LINE = 8192
_MAX_FILLED = 65536
_MAX_ASKED_FOR = 200


class TooMuch(Exception):
    """A menu has a line that is far longer than any that is meant."""


def statements(text: str, variables: Mapping[str, str]) -> Iterator[list[str]]:
    """The commands of a menu, each as its words; a variable that is not known stays as ``$name``. Raises TooMuch.

    Braces that open and close a block are commands of their own.
    """
    for line in text.replace("\\\n", "").split("\n"):
        if len(line) > _MAX_LINE:
            raise TooMuch(f"a line of it has {len(line)} characters")
        words: list[str] = []
        for word in [*_words(line, variables), None]:
            if word is not None:
                words.append(word)
                continue
            while words and words[0] in _KEYWORDS:
                words.pop(0)
            if words:
                yield words
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
            names = [match[1] or match[2] for match in _VARIABLE.finditer(token["double"])]
            filled += sum(len(_value(name, variables)) for name in names)
            if filled <= _MAX_FILLED:
                word = (word or "") + _filled(re.sub(r'\\(["\\])', r"\1", token["double"]), variables)
        elif kind == "plain" and word is None and token["plain"].startswith("#"):
            return
        elif kind is not None:
            word = (word or "") + token[kind]
    if filled > _MAX_FILLED:
        raise TooMuch("a line of it has far too much in its variables")
    if word is not None:
        yield word


def _value(name: str, variables: Mapping[str, str]) -> str:
    return variables.get(name, "" if name in _USUALLY_UNSET else f"${name}")


def _filled(text: str, variables: Mapping[str, str]) -> str:
    return _VARIABLE.sub(lambda match: _value(match[1] or match[2], variables), text)


def command_line(words: list[str]) -> tuple[str, tuple[str, ...]] | None:
    """The kernel and the arguments of a statement; None where it loads no kernel."""
    command = words[0]
    if "=" in command or not re.match(r"linux|\$linux", command):
        return None
    return (words[1] if len(words) > 1 else ""), tuple(words[2:])


def assignments(text: str) -> Iterator[tuple[str, str, bool]]:
    """What a menu gives its variables: the name, the value, and whether only where the variable is empty."""
    before: list[str] = []
    for words in statements(text, {}):
        name, equals, value = (words[1] if words[0] == "set" and len(words) > 1 else words[0]).partition("=")
        if equals and re.fullmatch(r"\w+", name):
            yield name, value, "-z" in before and f"${name}" in before
        before = words


def environment(block: str) -> dict[str, str]:
    """A GRUB environment block: ``name=value`` lines, filled up with ``#``."""
    lines = (line.partition("=") for line in block.split("\n") if not line.startswith("#"))
    return {name: re.sub(r"\\(.)", r"\1", value) for name, equals, value in lines if equals}


def known_variables(menus: Sequence[str], environments: Sequence[Mapping[str, str]]) -> dict[str, str]:
    """The variables that can have one value only; those that could have several are not known, nor those that a command
    changes whose result is not known here.

    Where an environment block was read, one that menus only ask for is empty: nothing sets it.
    """
    saved: dict[str, set[str]] = {}
    for block in environments:
        for name, value in block.items():
            saved.setdefault(name, set()).add(value)
    given: dict[str, set[str]] = {name: set(values) for name, values in saved.items()}
    for menu in menus:
        for name, value, only_where_empty in assignments(menu):
            if not (only_where_empty and any(saved.get(name, ()))):
                given.setdefault(name, set()).add(value)
    changed = {name for menu in menus for words in statements(menu, {}) for name in _changed_by(words)}
    text = "\n".join(menus)
    asked_for = set(re.findall(r"\$\{?(\w+)", text)) - given.keys() if environments else set()
    for name in asked_for if len(asked_for) <= _MAX_ASKED_FOR else ():
        if not _BUILT_IN.match(name) and re.search(rf"(?<![${{\w]){name}\b", text) is None:
            given[name] = {""}
    return {name: values.pop() for name, values in given.items() if len(values) == 1 and name not in changed}


def _changed_by(words: Sequence[str]) -> list[str]:
    """The variables that a command changes by itself: ``unset``, ``read``, and those with ``--set``."""
    command, *others = words
    if command in ("unset", "read"):
        found = others
    elif command == "getenv" or command.startswith("search."):
        found = others[1:2]
    else:
        found = [after for word, after in pairwise(others) if word in ("--set", "-s")]
        found += [word.partition("=")[2] for word in others if word.startswith("--set=")]
        found += [word[2:] for word in others if re.match(r"-s\w", word)]
    return [name for name in (re.sub(r"^\d+:", "", one) for one in found) if re.fullmatch(r"\w+", name)]


def environment_files(text: str) -> list[str]:
    """The names of the files, without folders, that a menu loads variables from beside grubenv."""
    found = []
    for words in statements(text, {}):
        if words[0] == "load_env":
            named = [words[index + 1] for index, word in enumerate(words[:-1]) if word in ("-f", "--file")]
            named += [word.partition("=")[2] for word in words if word.startswith("--file=")]
            found += [path.rsplit("/", 1)[-1] for path in named]
    return [name for name in found if re.fullmatch(r"[\w.-]+", name) and name.strip(".")]


def defaults(text: str, environments: Sequence[Mapping[str, str]]) -> list[str]:
    """What a menu may take for the entry that it boots unasked; of a variable all that is saved of it.

    Left out is what Red Hat's menus take after boots that failed: they ask ``boot_counter`` for it.
    """
    found: list[str] = []
    before: list[str] = []
    for words in statements(text, {}):
        name, equals, value = (words[1] if words[0] == "set" and len(words) > 1 else words[0]).partition("=")
        variable = _VARIABLE.fullmatch(value)
        if name == "default" and equals and "$boot_counter" not in before:
            names = [] if variable is None else [variable[1] or variable[2]]
            found += [block.get(name, "") for name in names for block in environments] if names else [value]
        before = words
    return found


def unclear(text: str, variables: Mapping[str, str]) -> str:
    """The first statement of a menu whose command is not known, since a variable or ``eval`` makes it; else nothing."""
    found = (words for words in statements(text, variables) if words[0].startswith("$") or words[0] == "eval")
    return " ".join(next(found, []))


def uses_entries(text: str) -> bool:
    """Whether a menu takes boot loader entries."""
    return any(words[0] in ("blscfg", "bls_import") for words in statements(text, {}))


def hands_over(text: str) -> str:
    """The first statement of a menu that leads to what is not read here, in its words; else nothing."""
    for words in statements(text, {}):
        if words[0] in _OTHER_LOADERS:
            return " ".join(words)
        if words[0] in _SOURCING and len(words) > 1 and not _KNOWN_MENU.fullmatch(words[-1]):
            return " ".join(words)
        where = words[1] if words[0] == "set" and len(words) > 1 else words[0]
        if where.startswith("prefix=") and not _KNOWN_MENU.fullmatch(f"{where[7:]}/grub.cfg"):
            return " ".join(words)
    return ""
