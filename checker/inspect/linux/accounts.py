"""Who can log in: the accounts and their passwords, and what the other readers find in the homes.

Sources: passwd(5) and shadow(5); lines that begin with # are comments to the C library, those that begin with + or -
and give no ids stand for accounts of a directory service. The other files are those of the modules ``extrausers`` and
``altfiles``. Databases of accounts in other formats are not read, and said: those of systemd-userdbd and
systemd-homed, tcb, the module ``db``; and the credentials that systemd takes passwords and keys from (systemd.exec(5),
systemd-sysusers(8)).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import TypeVar

from checker.facts.linux.accounts import Accounts, Password, PasswordState, User
from checker.facts.linux.sshd import SshdSetting
from checker.facts.listing import Listing
from checker.facts.unread import Fact, Unread
from checker.inspect.linux.histories import find_histories
from checker.inspect.linux.homes import find_homes
from checker.inspect.linux.late_mounts import find_late_mounts
from checker.inspect.linux.logins import find_authorized_keys, find_known_hosts, find_private_keys
from checker.inspect.linux.reader import NO_TEXT, Reader, joined
from checker.inspect.linux.sudoers import find_targetpw
from checker.inspect.linux.tmpfiles import find_written

T = TypeVar("T")

_MAX_USERS = 2000
_PASSWD, _SHADOW = "/etc/passwd", "/etc/shadow"
#: What each module of the name service reads, where /etc/nsswitch.conf names it.
_MORE_PASSWD = {"extrausers": "/var/lib/extrausers/passwd", "altfiles": "/usr/lib/passwd"}
_MORE_SHADOW = {"extrausers": "/var/lib/extrausers/shadow", "altfiles": "/usr/lib/shadow"}
_NAME_SERVICES = ("/etc/nsswitch.conf", "/usr/etc/nsswitch.conf")
#: What systemd gives to an account when it is made, or to root at every boot.
_CREDENTIALS = r"passwd\.(hashed|plaintext)-password\..*|ssh\.authorized_keys\..*"
_OTHERS = (
    ("/etc/userdb", r".*\.user"),
    ("/usr/lib/userdb", r".*\.user"),
    ("/var/lib/systemd/home", r".*\.identity"),
    ("/etc/tcb", r".*"),
    ("/var/lib/misc", r"(?:passwd|shadow)\.db"),  # of the module db of the C library
    ("/var/db", r"(?:passwd|shadow)\.db"),
    ("/etc/credstore", _CREDENTIALS),
    ("/etc/credstore.encrypted", _CREDENTIALS),
    ("/usr/lib/credstore", _CREDENTIALS),
)
#: A hash as crypt(5) writes it, whatever its salt is.
_HASH = re.compile(r"\$.+\$[./0-9A-Za-z]{13,}")


def read_accounts(reader: Reader, settings: Fact[tuple[SshdSetting, ...] | None] = None) -> Accounts:
    """Everything about who can log in; ``settings`` are sshd's, which say where it looks for keys."""
    users = _users(reader)
    known = () if isinstance(users, Unread) else users
    homes, more = find_homes(reader, known)
    more = users if isinstance(users, Unread) else more
    others = joined([_unread_files(reader), *(reader.matching(folder, pattern) for folder, pattern in _OTHERS)])
    if isinstance(others, Unread):
        more = others if more is None else more
    elif others and more is None:
        more = reader.unread(others[0], f"there are accounts elsewhere, which are not read: {', '.join(others)}")
    written = find_written(reader)
    if more is None and (isinstance(written, Unread) or written):
        words = "systemd-tmpfiles writes into homes at every boot"
        more = written if isinstance(written, Unread) else reader.unread(written[0], f"{words}: {', '.join(written)}")
    more = find_late_mounts(reader, homes) if more is None else more

    def of_all(found: Listing[T]) -> Listing[T]:
        """What the known homes hold; where there may be more homes, there may be more of it."""
        return found if more is None else Listing(found.known, more)

    return Accounts(
        users=users,
        shadow_group=_shadow_group(reader),
        passwords=_passwords(reader),
        elsewhere=others,
        histories=of_all(find_histories(reader, homes)),
        authorized_keys=of_all(find_authorized_keys(reader, homes, known, settings)),
        known_hosts=of_all(find_known_hosts(reader, homes)),
        private_keys=of_all(find_private_keys(reader, homes)),
        targetpw=find_targetpw(reader),
        odd_lines=joined([_odd_lines(reader, _PASSWD), _odd_lines(reader, _SHADOW)]),
    )


def password_state(field: str) -> PasswordState:
    """What a password field says: locked where it has a ``*`` or a ``!`` that is no sign of a hash's salt."""
    if field == "":
        return PasswordState.EMPTY
    if field == "x":
        return PasswordState.ELSEWHERE
    locked = ("*" in field or "!" in field) and not _HASH.fullmatch(field)
    return PasswordState.LOCKED if locked else PasswordState.SET


def _users(reader: Reader) -> Fact[tuple[User, ...]]:
    users: list[User] = []
    for path in (_PASSWD, *_named(reader, _MORE_PASSWD)):
        text = _text(reader, path)
        if isinstance(text, Unread) and path == _PASSWD:
            return text
        if isinstance(text, str) and "\0" in text:
            return reader.unread(path, NO_TEXT)
        if text is None and path == _PASSWD:
            return reader.unread(path, "there is no /etc/passwd")
        if isinstance(text, Unread):
            continue  # what is known stays known; that there may be more says ``elsewhere``
        for number, line in _entries(text or ""):
            fields = line.split(":")
            if len(fields) != 7 or not re.fullmatch(r"-?[0-9]{1,10}:[0-9]{1,10}", ":".join(fields[2:4])):
                if line[0] in "+-":
                    continue
                return reader.unread(path, f"line {number} of {path} is no user")
            users.append(
                User(fields[0], int(fields[2]), int(fields[3]), fields[5], fields[6].strip(), password_state(fields[1]))
            )
            if len(users) > _MAX_USERS:
                return reader.unread(path, f"it has more than {_MAX_USERS} users")
    return tuple(users)


def _shadow_group(reader: Reader) -> Fact[int | None]:
    """The id that the C library finds for the group: that of its first line."""
    text = _text(reader, "/etc/group")
    if isinstance(text, Unread):
        return text
    for _, line in _entries(text or ""):
        name, _, rest = line.partition(":")
        if name == "shadow":
            id = rest.split(":")[1] if rest.count(":") else ""
            return int(id) if re.fullmatch(r"[0-9]{1,10}", id) else reader.unread("/etc/group", "shadow has no id")
    return None


def _passwords(reader: Reader) -> Fact[tuple[Password, ...] | None]:
    found: list[Password] = []
    there = False
    for path in (_SHADOW, *_named(reader, _MORE_SHADOW)):
        text = _text(reader, path)
        if isinstance(text, Unread) and path == _SHADOW:
            return text
        if isinstance(text, Unread):
            continue
        there = there or text is not None
        for number, line in _entries(text or ""):
            fields = line.split(":")
            state = password_state(fields[1].rstrip("\r")) if len(fields) > 1 else None
            if line[0] in "+-" and (state is None or (line[0] == "+" and state is not PasswordState.SET)):
                continue
            if state is None:
                return reader.unread(path, f"line {number} of {path} is no user")
            found.append(Password(fields[0], state))
        if "\0" in (text or "") and not any(one.state is PasswordState.SET for one in found):
            return reader.unread(path, NO_TEXT)
    return tuple(found) if there else None


def _odd_lines(reader: Reader, path: str) -> Fact[tuple[str, ...]]:
    """The lines without any field, as ``path:line``: empty ones between others, and those for a directory service."""
    text = _text(reader, path)
    if isinstance(text, Unread):
        return text
    text = (text or "").rstrip()
    before = text.count("\n", 0, len(text) - len(text.lstrip()))
    lines = enumerate(text.lstrip().split("\n") if text else (), before + 1)
    return tuple(f"{path}:{number}" for number, line in lines if ":" not in line and not line.lstrip().startswith("#"))


def _named(reader: Reader, files: Mapping[str, str]) -> tuple[str, ...]:
    """Those of some files whose module the name service may use."""
    for configuration in _NAME_SERVICES:
        text = reader.text(configuration)
        if text is not None:
            return tuple(path for module, path in files.items() if isinstance(text, Unread) or module in text)
    return ()


def _unread_files(reader: Reader) -> Fact[tuple[str, ...]]:
    """Unread where one of the other files of accounts is; else nothing is missing."""
    for path in (*_named(reader, _MORE_PASSWD), *_named(reader, _MORE_SHADOW)):
        text = reader.text(path)
        if isinstance(text, Unread):
            return text
    return ()


def _text(reader: Reader, path: str) -> Fact[str | None]:
    """A file whose bytes that are no UTF-8 become surrogates, as in names on the disk: a home is looked up by it."""
    data = reader.data(path)
    return data.decode("utf-8", "surrogateescape") if isinstance(data, bytes) else data


def _entries(text: str) -> Iterator[tuple[int, str]]:
    """The lines that are no comments. A NUL ends a line, as for the C library."""
    for number, line in enumerate(text.split("\n"), 1):
        line = line.partition("\0")[0].lstrip(" \t\r\f\v")  # noqa: PLW2901
        if line and line[0] != "#":
            yield number, line
