"""The homes of an image: those of its accounts, those that are nobody's, and what every new account begins with."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from checker.facts.linux.accounts import User
from checker.facts.linux.system import File
from checker.facts.unread import Fact, Unread
from checker.inspect.linux.reader import Finds, Reader, shell_variables

#: What useradd copies into the home of a new account, also for the one that a new machine begins with.
SKELETONS = ("/etc/skel", "/usr/etc/skel")
#: Where useradd is told of another.
_USERADD = ("/etc/default/useradd", "/usr/etc/default/useradd")
EVERY_NEW_ACCOUNT = "every new account"
_MAX_HOMES = 2000
#: Where every system mounts something that is on no disk: what the disk has there is out of sight, and is no home.
_MOUNTED_OVER = re.compile(r"/(dev|proc|sys|run)(/|$)")


@dataclass(frozen=True, slots=True)
class Home:
    """A directory that may be somebody's.

    ``users`` are the accounts whose home it is and whose shell is not nologin; ``has_shell`` says that the shell of
    one of them ends in ``sh``, ``is_closed`` that it belongs only to accounts whose shell is nologin.
    """

    path: str
    users: tuple[str, ...] = ()
    has_shell: bool = False
    is_closed: bool = False

    @property
    def is_nobodys(self) -> bool:
        """Whether no account has it."""
        return not self.users and not self.is_closed


def is_nologin(user: User) -> bool:
    """Whether an account's shell refuses every login."""
    return user.shell.rpartition("/")[2] == "nologin"


def find_homes(reader: Reader, users: Iterable[User]) -> tuple[tuple[Home, ...], Unread | None]:
    """The homes, and why there may be more of them; None where all are known."""
    by_path: dict[str, list[User]] = {}
    for user in users:
        by_path.setdefault(as_path(user.home), []).append(user)
    homes = {path: _home(path, owners) for path, owners in by_path.items() if not _MOUNTED_OVER.match(path)}
    told, rest = _other_skeletons(reader)
    for path in (*SKELETONS, *told):
        homes.setdefault(path, Home(path, (EVERY_NEW_ACCOUNT,), has_shell=True))
    names: Fact[tuple[str, ...]] = reader.names("/home")
    for name in () if isinstance(names, Unread) else names:
        homes.setdefault(f"/home/{name}", Home(f"/home/{name}"))
    homes.setdefault("/root", Home("/root"))
    rest = names if isinstance(names, Unread) else rest
    deeper = _deeper(reader, [path for path, home in homes.items() if path.startswith("/home/") and home.is_nobodys])
    for path in deeper.known:
        homes.setdefault(path, Home(path))
    rest = deeper.rest if deeper.rest is not None else rest
    if len(homes) > _MAX_HOMES:
        rest = reader.unread("/home", f"there are more than {_MAX_HOMES} homes")
    return tuple(homes.values())[:_MAX_HOMES], rest


def _deeper(reader: Reader, folders: list[str]) -> Finds[str]:
    """The directories with a .ssh in folders that are nobody's home: /home/DOMAIN/user, where a domain was joined."""
    found: Finds[str] = Finds()
    for folder in folders:
        names = reader.names(folder)
        if isinstance(names, Unread):
            found.miss(names)
            continue
        for path in (f"{folder}/{name}" for name in names):
            file = reader.file(path, follow=False)
            if isinstance(file, File) and file.kind == "directory":
                file = reader.file(f"{path}/.ssh")
                found.known.extend([path] if isinstance(file, File) else [])
            if isinstance(file, Unread):
                found.miss(file)
    return found


def _other_skeletons(reader: Reader) -> tuple[list[str], Unread | None]:
    found: list[str] = []
    for path in _USERADD:
        text = reader.text(path)
        if isinstance(text, Unread):
            return found, text
        told = shell_variables(text or "").get("SKEL", "")
        found += [as_path(told)] if told.startswith("/") else []
    return found, None


def as_path(home: str) -> str:
    """A home as it stands in /etc/passwd, as a path; an account without one has the root directory."""
    return "/" + "/".join(part for part in home.split("/") if part)


def below(home: str, name: str) -> str:
    """The path of something in a home."""
    return f"{home.rstrip('/')}/{name}"


def _home(path: str, owners: list[User]) -> Home:
    open_ones = [user for user in owners if not is_nologin(user)]
    return Home(
        path,
        tuple(user.name for user in open_ones),
        # An account without a shell in /etc/passwd has /bin/sh.
        has_shell=any((user.shell or "/bin/sh").endswith("sh") for user in open_ones),
        is_closed=not open_ones,
    )
