"""Command lines in pages: imagecheck's own parser must take them, and make must know them.

Checked are the calls of ``imagecheck`` and ``make`` in code blocks of a shell or of a pipeline, and code in the
text that begins with ``imagecheck``.
"""

from __future__ import annotations

import contextlib
import io
import os
import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import click

from checker import targets
from checker.cli.main import cli
from checker.cli.outputs import parse_outputs
from checker.errors import UsageProblem

_BLOCK = re.compile(r"^( *)```(\w*) *\n(.*?)^\1```", re.MULTILINE | re.DOTALL)
_CODE = re.compile(r"(?<!`)`(imagecheck [^`]+)`(?!`)")
#: Languages of blocks that hold command lines; a block without one is for a shell.
_SHELLS = ("", "console", "sh", "bash", "yaml", "groovy", "dockerfile")
_ENDS = {";", "&&", "||", "|", "&", ")"}
_REDIRECTION = re.compile(r"\s\d?>{1,2}(?:&\d|\s*\S+)")
#: A call at the start of a line, or after what parts commands; variables may be set for it.
_CALL = re.compile(r"(?:^[\s-]*(?:\$ )?(?:run: |script: )?|&& |\|\| |; |\$\()(?:[A-Z_]+=\S* )*(imagecheck|make)(?= )")
#: What stands for a number in pages.
_NUMBER = "N"
#: What stands for whatever a reader puts there.
_LEFT_OUT = "…"


def problems(pages: list[Path], root: Path) -> Iterator[str]:
    """Each command line of the pages that the program would refuse, with why, in a line."""
    goals = set(re.findall(r"^([a-z-]+):", (root / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    for page in pages:
        text = page.read_text(encoding="utf-8")
        where = page.relative_to(root).as_posix()
        for line in _lines(text):
            for words in _commands(line):
                why = _refusal(words[1:]) if words[0] == "imagecheck" else _unknown(words[1:], goals)
                if why:
                    yield f"{where}: `{shlex.join(words)}`: {why}"
        for code in _CODE.findall(_BLOCK.sub("", text)):
            for words in _commands(" ".join(code.split())):
                why = _refusal(words[1:], whole=False)
                if why:
                    yield f"{where}: `{code}`: {why}"


def _lines(text: str) -> Iterator[str]:
    """The lines of the blocks, those that end with a backslash joined."""
    for _, language, block in _BLOCK.findall(text):
        if language in _SHELLS:
            yield from re.sub(r"\\\n\s*", " ", block).splitlines()


def _commands(line: str) -> Iterator[list[str]]:
    """The calls of imagecheck and make in a line, each without what follows it in the shell."""
    for call in _CALL.finditer(line):
        lexer = shlex.shlex(_REDIRECTION.sub("", line[call.start(1) :]), posix=True, punctuation_chars=True)
        lexer.whitespace_split = True
        words: list[str] = []
        with contextlib.suppress(ValueError):  # a quotation that the shell began before the call ends within it
            for word in lexer:
                if word in _ENDS:
                    break
                words.append(word)
        yield words


def _refusal(arguments: list[str], *, whole: bool = True) -> str:
    """Why imagecheck would refuse the arguments; empty where it would not. A part of a call may lack what is needed."""
    named = next((word for word in arguments if not word.startswith("-")), None)
    if named is None:
        return "" if set(arguments) <= {"--help", "-h", "--version"} else "names no command"
    command = cli.get_command(click.Context(cli), named)
    if command is None:
        return f"there is no command {named}"
    rest = ["1" if word == _NUMBER else word for word in arguments[arguments.index(named) + 1 :]]
    try:
        with contextlib.redirect_stdout(io.StringIO()):
            values = command.make_context(named, rest).params
        named = [word for word in values.get("targets", ()) if word != _LEFT_OUT and word[0] != "@"]
        targets.parse(targets.split(named)[0])
        parse_outputs(word for word in values.get("output", ()) if _LEFT_OUT not in word)
    except click.exceptions.Exit:
        return ""
    except click.MissingParameter as error:
        return error.format_message() if whole else ""
    except click.ClickException as error:
        return error.format_message()
    except UsageProblem as error:
        return str(error)
    return ""


def _unknown(wanted: list[str], goals: set[str]) -> str:
    unknown = [goal for goal in wanted if goal not in goals]
    return f"the Makefile has no {', '.join(unknown)}" if unknown else ""


def without_settings() -> None:
    """Leave out the variables of whoever builds the pages: they would count as given."""
    for name in [name for name in os.environ if name.startswith("IMAGECHECK_")]:
        del os.environ[name]
