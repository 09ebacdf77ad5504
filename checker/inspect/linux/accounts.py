"""Who can log in: users, passwords, keys, and what their homes still hold."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from checker.facts.linux_guest import Accounts, AuthorizedKeys, OwnedFile, Password, PasswordState, User
from checker.facts.unread import Fact, Unread
from checker.inspect.filesystem import Absent, Kind
from checker.inspect.linux.reader import Reader, as_file, joined, lines_of
from checker.inspect.resolver import Unreadable

_MAX_USERS = 2000
_MAX_WALKED = 20_000  # entries of all homes together that are looked at
_MAX_DEPTH = 12
_HISTORY = re.compile(r".*sh_history|\.history")
_PRIVATE_KEY = re.compile(r"id_[a-z0-9_]+|.*\.pem")
_NOTICE = re.compile(r'(^|,)command="[^"]*Please login as', re.MULTILINE)
#: Homes that are no place of one's own; below them there is the whole system.
_NO_HOMES = frozenset({"/", "/bin", "/sbin", "/usr", "/usr/bin", "/usr/sbin", "/dev", "/proc", "/etc", "/var", "/tmp"})

Homes = dict[str, tuple[User, ...]]


def read_accounts(reader: Reader) -> Accounts:
    """Everything about who can log in."""
    users = _users(reader)
    homes = users if isinstance(users, Unread) else _homes(reader, users)
    histories: Fact[tuple[OwnedFile, ...]]
    keys: Fact[tuple[AuthorizedKeys, ...]]
    hosts: Fact[tuple[OwnedFile, ...]]
    private: Fact[tuple[OwnedFile, ...]]
    if isinstance(homes, Unread):
        histories = keys = hosts = private = homes
    else:
        histories = _histories(reader, homes)
        keys = _authorized_keys(reader, homes)
        hosts = _ssh_files(reader, homes, re.compile(r"known_hosts(\.old)?"))
        private = _ssh_files(reader, homes, _PRIVATE_KEY)
    return Accounts(users, _passwords(reader), histories, keys, hosts, private, _targetpw(reader))


def password_state(field: str) -> PasswordState:
    """What a password field says: locked where it has a ``*`` or a ``!`` anywhere."""
    if field == "":
        return PasswordState.EMPTY
    if field == "x":
        return PasswordState.ELSEWHERE
    return PasswordState.LOCKED if "*" in field or "!" in field else PasswordState.SET


def _users(reader: Reader) -> Fact[tuple[User, ...]]:
    text = reader.text("/etc/passwd")
    if isinstance(text, Unread):
        return text
    if text is None:
        return reader.unread("/etc/passwd", "there is no /etc/passwd")
    users: list[User] = []
    for line in text.splitlines():
        fields = line.split(":")
        if len(fields) != 7 or not re.fullmatch(r"-?\d{1,10}", fields[2]) or not re.fullmatch(r"\d{1,10}", fields[3]):
            if line.strip() and not line.startswith(("#", "+", "-")):
                return reader.unread("/etc/passwd", f"line {len(users) + 1} of /etc/passwd is no user")
            continue
        users.append(
            User(fields[0], int(fields[2]), int(fields[3]), fields[5], fields[6].strip(), password_state(fields[1]))
        )
        if len(users) > _MAX_USERS:
            return reader.unread("/etc/passwd", f"it has more than {_MAX_USERS} users")
    return tuple(users)


def _passwords(reader: Reader) -> Fact[tuple[Password, ...] | None]:
    text = reader.text("/etc/shadow")
    if not isinstance(text, str):
        return text
    found: list[Password] = []
    for line in text.splitlines():
        fields = line.split(":")
        if len(fields) >= 2:
            found.append(Password(fields[0], password_state(fields[1])))
        elif line.strip():
            return reader.unread("/etc/shadow", "a line of /etc/shadow is no user")
    return tuple(found)


def _homes(reader: Reader, users: Iterable[User]) -> Fact[Homes]:
    """The users by their home, and every directory in /home that is nobody's.

    Users whose shell is nologin cannot log in, and their homes are system directories: they are left out.
    """
    homes: Homes = {}
    for user in users:
        if "nologin" in user.shell:
            continue
        home = "/" + "/".join(part for part in user.home.split("/") if part)
        homes[home] = (*homes.get(home, ()), user)
    for folder in ("/home",):
        names = reader.names(folder)
        if isinstance(names, Unread):
            return names
        for name in names:
            homes.setdefault(f"{folder}/{name}", ())
    homes.setdefault("/root", ())
    if len(homes) > _MAX_USERS:
        return reader.unread("/home", f"there are more than {_MAX_USERS} homes")
    return homes


def _histories(reader: Reader, homes: Homes) -> Fact[tuple[OwnedFile, ...]]:
    """Shell histories anywhere below the home of a user whose shell ends in ``sh``, and below homes of nobody."""
    found: list[OwnedFile] = []
    left = iter(range(_MAX_WALKED))
    for home, users in homes.items():
        owners = tuple(user.name for user in users if user.shell.endswith("sh"))
        if users and not owners:
            continue
        if home in _NO_HOMES:
            names = reader.names(home)
            if isinstance(names, Unread):
                return names
            paths: Fact[tuple[str, ...]] = tuple(
                f"{home.rstrip('/')}/{name}" for name in names if _HISTORY.fullmatch(name)
            )
        else:
            paths = _walk(reader, home, left)
        if isinstance(paths, Unread):
            return paths
        files = reader.files(paths)
        if isinstance(files, Unread):
            return files
        found.extend(OwnedFile(owners, file) for file in files)
    return tuple(found)


def _walk(reader: Reader, home: str, left: Iterator[int]) -> Fact[tuple[str, ...]]:
    """The shell histories below a directory. Symlinks are not followed, as find does not."""
    found: list[str] = []
    top = reader.tree.real(home)
    if isinstance(top, Unreadable):
        return reader.unread(home, top.words)
    pending = [] if isinstance(top, Absent) else [(top, 0)]
    while pending:
        folder, depth = pending.pop()
        names = reader.names(folder)
        if isinstance(names, Unread):
            return names
        for name in names:
            path = f"{folder.rstrip('/')}/{name}"
            if next(left, None) is None or depth > _MAX_DEPTH:
                return reader.unread(home, f"{home} holds too much to look through")
            if _HISTORY.fullmatch(name):
                found.append(path)
                continue
            stat = reader.tree.stat(path, follow=False)
            if isinstance(stat, Unreadable):
                return reader.unread(path, stat.words)
            if not isinstance(stat, Absent) and stat.kind is Kind.DIRECTORY:
                pending.append((path, depth + 1))
    return tuple(found)


def _authorized_keys(reader: Reader, homes: Homes) -> Fact[tuple[AuthorizedKeys, ...]]:
    found: list[AuthorizedKeys] = []
    for home, users in homes.items():
        for name in ("authorized_keys", "authorized_keys2"):
            path = f"{home.rstrip('/')}/.ssh/{name}"
            text = reader.text(path)
            if isinstance(text, Unread):
                return text
            if text is None:
                continue
            stat = reader.tree.stat(path)
            if isinstance(stat, Unreadable):
                return reader.unread(path, stat.words)
            if isinstance(stat, Absent):
                continue
            lines = [line for _, line in lines_of(text)]
            notice = bool(lines) and all(_NOTICE.search(line) for line in lines)
            names = tuple(user.name for user in users)
            found.append(AuthorizedKeys(names, as_file(path, stat), len(lines), notice))
    return tuple(found)


def _ssh_files(reader: Reader, homes: Homes, pattern: re.Pattern[str]) -> Fact[tuple[OwnedFile, ...]]:
    found: list[OwnedFile] = []
    for home, users in homes.items():
        folder = f"{home.rstrip('/')}/.ssh"
        paths = reader.matching(folder, pattern.pattern)
        files = paths if isinstance(paths, Unread) else reader.files(paths)
        if isinstance(files, Unread):
            return files
        found.extend(OwnedFile(tuple(user.name for user in users), file) for file in files)
    return tuple(found)


def _targetpw(reader: Reader) -> Fact[tuple[str, ...]]:
    """Every active ``Defaults targetpw`` of sudoers and of the files beside it."""
    extra = reader.matching("/etc/sudoers.d", r"[^.~]+")
    paths = joined([("/etc/sudoers",), extra])
    if isinstance(paths, Unread):
        return paths
    found: list[str] = []
    for path in paths:
        text = reader.text(path)
        if isinstance(text, Unread):
            return text
        for number, line in lines_of(text or ""):
            if re.match(r"Defaults\S* (?:.*[, ])?targetpw(?![\w])", " ".join(line.split())):
                found.append(f"{path}:{number}")
    return tuple(found)
