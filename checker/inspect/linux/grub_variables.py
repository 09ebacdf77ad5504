"""The variables of GRUB 2's menus: what can be known of them, and the environment blocks that they are saved in.

Source: the GRUB manual, "The GRUB environment block" and its commands ``load_env``, ``set`` and ``unset``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from checker.inspect.linux.grub import VARIABLE, commands, setting, statements, with_values
from checker.inspect.linux.grub_menu import KNOWN_FILE, plain

#: Variables that GRUB sets itself.
_BUILT_IN = re.compile(
    r"\d|root$|prefix$|cmdpath$|default$|fallback$|timeout|chosen$|config_|feature_|grub_|net_|pxe_|gfx|lang$"
)
#: Variables of Red Hat's and SUSE's menus, empty where nothing sets them.
_USUALLY_UNSET = ("tuned_params", "extra_cmdline")
_MAX_ASKED_FOR = 200


@dataclass(frozen=True, slots=True)
class Block:
    """An environment block: the name of its file, without folders, and the variables in it."""

    name: str
    values: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class _Assignment:
    """What a menu gives a variable: always, only where it is empty, or only where a file of variables is not there."""

    name: str
    value: str
    only_where_empty: bool
    only_without: str


def environment(block: str) -> dict[str, str]:
    """A GRUB environment block: ``name=value`` lines, with_values up with ``#``."""
    lines = (line.partition("=") for line in block.split("\n") if not line.startswith("#"))
    return {name: re.sub(r"\\(.)", r"\1", value) for name, equals, value in lines if equals}


def known_variables(menus: Sequence[str], blocks: Sequence[Block]) -> dict[str, str]:
    """The variables that can have one value only; those that could have several are not known, nor those that a command
    changes whose result is not known here.

    One that menus only ask for is empty: nothing sets it. So all blocks that a menu loads have to be given. Where no
    menu loads any, what is saved in one is not known.
    """
    saved: dict[str, set[str]] = {}
    for block in blocks:
        for name, value in block.values.items():
            saved.setdefault(name, set()).add(value)
    given: dict[str, set[str]] = {name: set(values) for name, values in saved.items()}
    for menu in menus:
        for one in _assignments(menu):
            is_saved = one.only_where_empty and any(saved.get(one.name, ()))
            is_loaded = any(block.name == one.only_without and one.name in block.values for block in blocks)
            if not (is_saved or is_loaded):
                given.setdefault(one.name, set()).add(one.value)
    for name in _USUALLY_UNSET:
        given.setdefault(name, {""})
    changed = {name for menu in menus for words in statements(menu, {}) for name in _changed_by(words)}
    if not any(words[0] == "load_env" for menu in menus for words in statements(menu, {})):
        changed |= saved.keys()
    text = "\n".join(menus)
    asked_for = set(re.findall(r"\$\{?(\w+)", text)) - given.keys()
    for name in asked_for if len(asked_for) <= _MAX_ASKED_FOR else ():
        if not _BUILT_IN.match(name) and re.search(rf"(?<![${{\w]){name}\b", text) is None:
            given[name] = {""}
    return {name: values.pop() for name, values in given.items() if len(values) == 1 and name not in changed}


def _changed_by(words: Sequence[str]) -> list[str]:
    """The variables that a command changes by itself: ``unset``, ``read``, ``for``, and those with ``--set``."""
    command, *others = words
    if command == "for":
        return others[:1]
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
    paths = [path for words in statements(text, {}) if words[0] == "load_env" for path in _loaded(words)]
    names = [path.rpartition("/")[2] for path in paths]
    return [name for name in names if re.fullmatch(r"[\w.-]+", name) and name.strip(".")]


def loads_from_elsewhere(menus: Sequence[str], blocks: Sequence[Block], variables: Mapping[str, str]) -> str:
    """The first statement that loads variables from a file that is not looked for, in its words; else nothing.

    The file may be named by a variable alone, which is mostly empty: then what the variable may hold counts.
    """
    for words in (words for menu in menus for words in statements(menu, {}) if words[0] == "load_env"):
        for path in _loaded(words):
            variable = VARIABLE.fullmatch(path)
            values = [with_values(path, variables)]
            if variable is not None:
                name = variable[1] or variable[2]
                values = [block.values.get(name, "") for block in blocks]
                values += [one.value for menu in menus for one in _assignments(menu) if one.name == name]
                values = [value for value in values if value and f"${name}" not in value]
            if not all(KNOWN_FILE.fullmatch(plain(value)) for value in values):
                return " ".join(words)
    return ""


def _assignments(text: str) -> Iterator[_Assignment]:
    """What a menu gives its variables.

    In ``if [ -f F ]; then load_env -f F; else set x=1; fi`` the last counts only without the file.
    """
    before: list[str] = []
    asked_for = loaded = without = ""
    for keywords, words in commands(text, {}):
        if "if" in keywords or "elif" in keywords or words == ["fi"]:
            asked_for = "".join(words[2:3]) if words[:2] in (["[", "-f"], ["[", "-s"], ["[", "-e"]) else ""
            loaded = without = ""
        if "else" in keywords:
            without = loaded
        if words and words[0] == "load_env" and asked_for and asked_for in _loaded(words):
            loaded = asked_for
        name, equals, value = setting(words)
        if equals and re.fullmatch(r"\w+", name):
            is_default = "-z" in before and f"${name}" in before
            yield _Assignment(name, value, is_default, without.rpartition("/")[2])
        before = words or before


def _loaded(words: Sequence[str]) -> list[str]:
    """The files that ``load_env`` names; none where it takes the usual one."""
    found = [after for word, after in pairwise(words) if word in ("-f", "--file")]
    return found + [word.partition("=")[2] for word in words if word.startswith("--file=")]
