"""What a shell script turns on with ``swapon``.

No shell is run: a variable that a script sets once, to a plain word, is put in, and what else is not plain is not
understood.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from posixpath import normpath

from checker.facts.linux.swap import NOT_UNDERSTOOD
from checker.inspect.linux.reader import lines_of

_SWAPON = re.compile(r"\bswapon\b([^;&|\n]*)")
_REDIRECTED = re.compile(r"\d*(?:>>?|<)(?:\s*[^\s<>]+)?|(?<=\s)\]{1,2}(?=\s|$)")
#: Before the word: a question whether the program is there, and what runs it with arguments that are not seen.
_ASKED_FOR = re.compile(r"(?:\s-[efx]|\bcommand\s+-[vV]|\bwhich|\btype|\bhash)\s+[\"']?\S*$")
_HIDDEN = re.compile(r"=[\"']?\S*$|\bxargs\b.*$|\$\(\s*\S*$")
_ALL = re.compile(r"(?<!\S)(?:--all|-[a-z]*a[a-z]*)(?![\w-])")
#: A variable that is set at the left margin, and where a variable is put in: ``$NAME`` or ``${NAME}``.
_SET = re.compile(r"(?:export[ \t]+|readonly[ \t]+)?([A-Za-z_]\w*)=([\"']?)([\w./@+:-]+)\2[ \t]*;?[ \t]*(?:#.*)?\r?")
_PUT_IN = re.compile(r"(?<!\\)\$(?:\{([A-Za-z_]\w*)\}|([A-Za-z_]\w*))")
#: A name that is not put in: it is set there, or may be (``read NAME``, ``for NAME in``, ``${NAME:=x}``).
_NAMED = re.compile(r"(?<![\w$./-])(?<!\$\{)[A-Za-z_]\w*\b|(?<=\$\{)[A-Za-z_]\w*(?=:?=)")
#: What may set any variable.
_SETS_ANY = re.compile(r"(?:^|[;&|({\s])(?:eval|(?:\.|source)\s+[\"']?(?!/lib/(?:lsb|init)/))\s*\S")

#: A program that a line calls by its whole path, below a folder for what is no distribution's own; Debian's own script
#: of sshd names a file of /etc/ssh in brackets.
_CALLED = re.compile(
    r"(?:^|[;&|({!`]|\b(?:then|do|else|exec|nohup|setsid|sudo|time|(?:ba|da|k|z)?sh(?:\s+-\w+)?|nice)\s|\s-c\s)\s*[\"']?"
    r"(/(?:opt|usr/local|root|home|srv|etc(?!/ssh/)|var/lib)/[\w./@+-]*\w)"
)
#: What stands before the command on a line of a crontab, with the user or without, and of an anacrontab.
_WHEN = re.compile(
    r"(?:(?:\d+|@\w+)\s+\d+\s+[\w.-]+(?=\s+[^\d*\s])\s+|@\w+\s+|(?:[\d*][\w*,/-]*\s+){3}(?:[\d*a-zA-Z][\w*,/-]*\s+){2})"
)
_USER = re.compile(r"^[a-z_][\w-]*\s+(?=[/\"'])")


def called_by_script(text: str) -> Iterator[str]:
    """The paths of what a script or the lines of a crontab call, where they are whole."""
    for _, line in lines_of(text):
        when = _WHEN.match(line)
        command = line if when is None else _USER.sub("", line[when.end() :], count=1)
        yield from (normpath(match[1]) for match in _CALLED.finditer(command))


def swapon_of_script(text: str) -> Iterator[str]:
    """What a script turns on with ``swapon``, or the words where that is not clear; ``swapon -a`` is fstab's."""
    if "swapon" not in text:
        return
    for line in _filled_in(text):
        for match in _SWAPON.finditer(line):
            before = line[: match.start()]
            if _ASKED_FOR.search(before):
                continue
            words = [re.sub(r"[\"']", "", word) for word in _REDIRECTED.sub(" ", match[1]).split()]
            named = [word for word in words if word and not word.startswith("-")]
            if any(word in ("-s", "--show", "--summary", "-V", "--version", "-h", "--help") for word in words):
                continue
            of_fstab = _ALL.search(match[1]) is not None
            files = [normpath(word) for word in named if re.fullmatch(r"/[\w./@+:=-]+", word)]
            if not named and (of_fstab or not _HIDDEN.search(before)):
                continue
            yield from files or [f"{NOT_UNDERSTOOD}{line[:300]}"]


def turns_on_all(text: str) -> bool:
    """Whether a script turns on what is in /etc/fstab: ``swapon -a``."""
    lines = (line for _, line in lines_of(text) if "swapon" in line)
    return any(_ALL.search(match[1]) for line in lines for match in _SWAPON.finditer(line))


def _filled_in(text: str) -> Iterator[str]:
    """The lines of a script without comments, with the variables that are known where a line is reached."""
    lines = text.split("\n")
    code = [line for _, line in lines_of(text)]
    named = Counter(name for line in code for name in _NAMED.findall(line))
    sets_any = any(_SETS_ANY.search(line) for line in code)
    values: dict[str, str] = {}
    for line in lines:
        if not line.strip() or line.strip().startswith("#"):
            continue
        filled = _PUT_IN.sub(lambda found: values.get(found[1] or found[2], found[0]), line)
        once = _SET.fullmatch(filled)
        if once is not None and named[once[1]] == 1 and not sets_any:
            values[once[1]] = once[3]
        yield filled.strip()
