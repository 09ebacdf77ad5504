"""What shells, and programs that are used like shells, remember of the commands that were typed.

Names: the manuals of bash (``.bash_history``, and ``.bash_history-12345.tmp`` while it is written), ksh and ash
(``.sh_history``, ``.ash_history``), csh (``.history``), zsh (``.zsh_history``, ``.histfile`` and ``.zhistory`` by its
own proposals), fish (``fish_history``) and PowerShell (``ConsoleHost_history.txt``).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from checker.facts.linux.accounts import OwnedFile
from checker.facts.linux.system import File
from checker.facts.listing import Listing
from checker.facts.unread import Fact, Unread
from checker.inspect.filesystem import Absent, Kind
from checker.inspect.linux.homes import Home, below
from checker.inspect.linux.reader import Finds, Reader, lines_of
from checker.inspect.resolver import Unreadable

_MAX_WALKED = 32_000  # entries of all homes together that are looked at
_MAX_DEPTH = 12
_MAX_ELSEWHERE = 200
_HISTORY = re.compile(
    r"\..*sh_history([-.~].*)?|\.history|\.histfile|\.zhistory|fish_history|ConsoleHost_history\.txt"
    r"|\.(mysql|mariadb|psql|sqlite|python|node_repl|rediscli)_history"
)
#: Homes that are no place of one's own: they come last, for below them there may be too much to look through.
_NO_HOMES = frozenset({"/", "/bin", "/sbin", "/usr", "/usr/bin", "/usr/sbin", "/dev", "/proc", "/etc", "/var", "/tmp"})
_FOR_ALL = (
    "/etc/profile",
    "/etc/profile.local",  # of SUSE
    "/etc/bash.bashrc",
    "/etc/bash.bashrc.local",
    "/etc/bash/bashrc",  # of Alpine and Gentoo
    "/etc/bashrc",
    "/etc/environment",
    "/etc/ksh.kshrc",
    "/etc/zshenv",
    "/etc/zprofile",
    "/etc/zshrc",
    "/etc/zsh/zshenv",
    "/etc/zsh/zprofile",
    "/etc/zsh/zshrc",
    "/usr/etc/profile",
    "/usr/etc/bash.bashrc",
)
_FOR_ONE = (
    *(".profile", ".bash_profile", ".bash_login", ".bashrc", ".bash_aliases"),
    *(".kshrc", ".mkshrc", ".zshenv", ".zprofile", ".zlogin", ".zshrc"),
)
_HISTFILE = re.compile(r"(?:^|[\s;&])HISTFILE=(\"[^\"]*\"|'[^']*'|[^\s;&]*)")


def find_histories(reader: Reader, homes: Iterable[Home]) -> Listing[OwnedFile]:
    """The histories of the homes; the size of one that is a symlink is that of what it leads to.

    The homes of accounts with a shell, those that are nobody's, /root and all in /home are searched through; of other
    accounts only what lies in the home itself is looked at.
    """
    found: Finds[OwnedFile] = Finds()
    left = iter(range(_MAX_WALKED))
    seen: set[tuple[str, tuple[str, ...]]] = set()
    everywhere = _elsewhere(reader, _configured_for_all(reader, found), None, found)
    for home in sorted(homes, key=lambda home: home.path in _NO_HOMES):
        if home.is_closed and home.path in _NO_HOMES:
            continue
        owners = home.users if home.has_shell else ()
        is_a_place = home.path == "/root" or home.path.startswith("/home/")
        deep = home.has_shell or is_a_place or home.is_nobodys
        paths = [*_walk(reader, home.path, left, found, deep=deep)]
        paths += _elsewhere(reader, [below(home.path, name) for name in _FOR_ONE], home, found)
        for path in dict.fromkeys(paths):
            if (path, owners) not in seen:  # homes may lie in one another
                seen.add((path, owners))
                _add(reader, path, owners, found)
    for path in dict.fromkeys(everywhere):
        _add(reader, path, ("every account",), found)
    return found.listing()


def _add(reader: Reader, path: str, owners: tuple[str, ...], found: Finds[OwnedFile]) -> None:
    file = reader.file(path, follow=False)
    if isinstance(file, Unread):
        found.miss(file)
    elif file is not None and file.kind == "symlink":
        behind = reader.file(path)
        if isinstance(behind, Unread):
            found.miss(behind)
        else:
            size = behind.size if behind is not None and behind.kind == "file" else 0
            found.add(OwnedFile(owners, File(path, "symlink", size, file.permissions, file.uid, file.gid)))
    elif file is not None and file.kind != "directory":
        found.add(OwnedFile(owners, file))


def _walk(reader: Reader, home: str, left: Iterator[int], found: Finds[OwnedFile], *, deep: bool) -> Iterator[str]:
    """The histories below a directory, or only in it. Symlinks to directories are not followed, as find does not."""
    top = reader.tree.real(home)
    if isinstance(top, Unreadable):
        found.miss(reader.unread(home, top.words))
        return
    pending = [] if isinstance(top, Absent) else [(top, 0)]
    while pending:
        folder, depth = pending.pop()
        names = reader.names(folder)
        for name in () if isinstance(names, Unread) else names:
            path = below(folder, name)
            if next(left, None) is None or depth > _MAX_DEPTH:
                found.miss(reader.unread(home, f"{home} holds too much to look through"))
                return
            if not deep and not _HISTORY.fullmatch(name):
                continue
            stat = reader.tree.stat(path, follow=False)
            if isinstance(stat, Unreadable):
                found.miss(reader.unread(path, stat.words))
            elif not isinstance(stat, Absent) and stat.kind is Kind.DIRECTORY:
                pending.extend([(path, depth + 1)] if deep else [])
            elif _HISTORY.fullmatch(name):
                yield path
        if isinstance(names, Unread):
            found.miss(names)


def _configured_for_all(reader: Reader, found: Finds[OwnedFile]) -> list[str]:
    scripts: Fact[tuple[str, ...]] = reader.matching("/etc/profile.d", r".*\.(sh|zsh)")
    if isinstance(scripts, Unread):
        found.miss(scripts)
        return list(_FOR_ALL)
    return [*_FOR_ALL, *scripts]


def _elsewhere(reader: Reader, scripts: list[str], home: Home | None, found: Finds[OwnedFile]) -> list[str]:
    """The histories that scripts of shells name with HISTFILE; unread where it is not clear which file is meant."""
    paths: list[str] = []
    own = home.path if home is not None else "~"
    for script in scripts:
        file = reader.file(script)
        if file is None or (not isinstance(file, Unread) and file.kind != "file"):
            continue
        text = file if isinstance(file, Unread) else reader.text(script)
        if isinstance(text, Unread):
            found.miss(text)
            continue
        for number, line in lines_of(text or ""):
            for match in _HISTFILE.finditer(line):
                value = re.sub(r"^(~|\$HOME|\$\{HOME\})(?=/)", lambda _: own, match[1].strip("\"'"))
                if len(paths) >= _MAX_ELSEWHERE:
                    found.miss(reader.unread(script, f"{script} names too many histories"))
                    return paths
                if value.startswith("/") and not re.search(r"[$`*?\[\ufffd]", value):
                    paths.append(value)
                elif "\ufffd" in value or (value and not _HISTORY.fullmatch(value.rpartition("/")[2].rstrip("}"))):
                    words = f"shells write their history to {match[1]} ({script}:{number}), which is not looked at"
                    found.miss(reader.unread(script, words))
    return paths
