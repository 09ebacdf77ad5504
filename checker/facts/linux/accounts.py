"""Who can log in to an image, and what lies in the homes. No field holds a password, a hash of one, or a key."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from checker.facts.linux.system import File
from checker.facts.listing import Listing
from checker.facts.unread import Fact


@dataclass(frozen=True, slots=True)
class User:
    """A line of /etc/passwd. ``password`` says what its second field is."""

    name: str
    uid: int
    gid: int
    home: str
    shell: str
    password: PasswordState


class PasswordState(StrEnum):
    """What a password field of passwd or shadow is; the field itself is not kept."""

    LOCKED = "locked"  # a * or a ! in it
    EMPTY = "empty"
    ELSEWHERE = "x"  # exactly x: the other file has it
    SET = "set"


@dataclass(frozen=True, slots=True)
class Password:
    """A line of /etc/shadow."""

    user: str
    state: PasswordState


@dataclass(frozen=True, slots=True)
class OwnedFile:
    """A file below a home directory. ``users`` are those who can log in and whose home it is; none for nobody's."""

    users: tuple[str, ...]
    file: File


@dataclass(frozen=True, slots=True)
class AuthorizedKeys:
    """A file of authorized keys: how many it has, and whether each of them only says whom to log in as.

    An account's usual file may be a directory, or a symlink that leads nowhere: then it has none.
    """

    users: tuple[str, ...]
    file: File
    keys: int
    only_notice: bool


@dataclass(frozen=True, slots=True)
class Accounts:
    """Who can log in. ``elsewhere`` are other databases of accounts, which are there and were not read.

    ``shadow_group`` is the id of the group *shadow*, which may read passwords; None where there is no such group.
    Homes are those of the accounts, /root, every directory in /home, and what a new account begins with (/etc/skel).
    ``histories`` are those of shells and of programs like them, those of size 0 too; of one that is a symlink the size
    is that of the file behind it. ``authorized_keys`` are also where sshd is told to look for them. ``targetpw`` are
    the active ``Defaults targetpw`` of sudoers, as ``path:line``. ``odd_lines`` are those of /etc/passwd and
    /etc/shadow that the C library passes over and that have no fields, such as an empty one between others.
    """

    users: Fact[tuple[User, ...]]
    shadow_group: Fact[int | None]
    passwords: Fact[tuple[Password, ...] | None]
    elsewhere: Fact[tuple[str, ...]]
    histories: Listing[OwnedFile]
    authorized_keys: Listing[AuthorizedKeys]
    known_hosts: Listing[OwnedFile]
    private_keys: Listing[OwnedFile]
    targetpw: Fact[tuple[str, ...]]
    odd_lines: Fact[tuple[str, ...]]
