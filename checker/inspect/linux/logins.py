"""The keys of SSH that homes hold, and those that log in: where sshd looks for them is in its configuration.

Sources: sshd(8) for the file of authorized keys, sshd_config(5) for the keywords, and for the key that only says whom
to log in as cloud-init's own text (``disable_root_opts``).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from posixpath import dirname, join

from checker.facts.linux.accounts import AuthorizedKeys, OwnedFile, User
from checker.facts.linux.sshd import SshdSetting
from checker.facts.linux.system import File
from checker.facts.listing import Listing
from checker.facts.unread import Fact, Unread
from checker.inspect.linux.homes import EVERY_NEW_ACCOUNT, Home, as_path, below, is_nologin
from checker.inspect.linux.patterns import has_pattern, matched
from checker.inspect.linux.reader import NO_TEXT, Finds, Reader, lines_of
from checker.inspect.linux.sshd_command import from_root
from checker.inspect.linux.sshd_start import find_others
from checker.inspect.linux.units import leads_to_nothing
from checker.inspect.resolver import MAX_LINKS

_USUAL = (".ssh/authorized_keys", ".ssh/authorized_keys2")
_OF_DROPBEAR = (
    "/etc/dropbear/authorized_keys",
    "/etc/dropbear/initramfs/authorized_keys",
    "/etc/dropbear-initramfs/authorized_keys",
)
_MAX_PATHS = 10_000
_KNOWN_HOSTS = r"known_hosts2?(\.old)?"
_NAMED_LIKE_KEYS = re.compile(r"id_[a-z0-9_]+|.*\.pem")
_NOT_PRIVATE = re.compile(r"authorized_keys2?|known_hosts2?(\.old)?|config|environment|rc|.*\.pub")
_PRIVATE = re.compile(rb"-----BEGIN [A-Z0-9 ]*PRIVATE KEY|^PuTTY-User-Key-File-|^SSH PRIVATE KEY FILE", re.MULTILINE)
_HEAD = 4096  # bytes of a file in which a private key would begin
_HARMLESS = r"(?:no-[A-Za-z0-9-]+|restrict)"
#: A key whose only command is to print a text; between single quotes a shell takes nothing for a command.
_NOTICE = re.compile(
    rf"((?:{_HARMLESS},)*)command=\"echo 'Please login as (?:[^'\"\\]|\\\")*'"
    rf"(?:;echo|;sleep [0-9]{{1,4}}|;exit [0-9]{{1,3}})*\"((?:,{_HARMLESS})*) .*"
)
#: Without one of these a key whose command does nothing opens tunnels into the machine's network all the same.
_NO_TUNNELS = frozenset({"no-port-forwarding", "restrict"})
#: Programs that ask a directory service, or systemd's, and know no key of the image itself.
_ASK_A_DIRECTORY = frozenset({"/usr/bin/sss_ssh_authorizedkeys", "/usr/sbin/aad_certhandler", "/usr/bin/userdbctl"})


def find_authorized_keys(
    reader: Reader,
    homes: Iterable[Home],
    users: Iterable[User],
    settings: Fact[tuple[SshdSetting, ...] | None],
) -> Listing[AuthorizedKeys]:
    """The files of keys that may log in: the usual two of each home, and those that sshd is told of.

    A key of an authority whose certificates log in counts as a key of every account.
    """
    found: Finds[AuthorizedKeys] = Finds()
    paths = {below(home.path, name): home.users for home in homes for name in _USUAL}
    paths.update(dict.fromkeys(_OF_DROPBEAR, ("root",)))
    if isinstance(settings, Unread):
        found.miss(settings)
        settings = None
    others = find_others(reader)
    if isinstance(others, Unread):
        found.miss(others)
    elif others:
        found.miss(reader.unread(others[0], f"{others[0]} starts another SSH server, whose configuration is not read"))
    users = tuple(users)
    told = ((setting, one) for setting in settings or () for one in _told(reader, setting, users, found))
    for number, (setting, (path, owners)) in enumerate(told):
        if number >= _MAX_PATHS:
            found.miss(reader.unread(setting.path, f"sshd looks for keys in more than {_MAX_PATHS} files"))
            break
        paths[path] = tuple(dict.fromkeys((*paths.get(path, ()), *owners)))
    for path, owners in paths.items():
        _add(reader, path, owners, found)
    return found.listing()


def _behind(reader: Reader, path: str) -> Fact[File | None]:
    """What a path leads to; nothing where symlinks have no end, which no program can read through either."""
    file = reader.file(path)
    if not isinstance(file, Unread):
        return file
    for _ in range(MAX_LINKS + 1):
        target = reader.tree.readlink(path)
        if not isinstance(target, str):
            return file
        path = join(dirname(path), target)
    return None


def _add(reader: Reader, path: str, owners: tuple[str, ...], found: Finds[AuthorizedKeys]) -> None:
    file = _behind(reader, path)
    if isinstance(file, Unread):
        found.miss(file)
        return
    if file is None or file.kind != "file":
        _add_other(reader, path, owners, found)
        return
    data = reader.data(path)
    if isinstance(data, Unread):
        found.miss(data)
        return
    if b"\0" in (data or b""):  # a key beside it is a key all the same
        found.miss(reader.unread(path, NO_TEXT))
    lines = [line for _, line in lines_of((data or b"").decode("utf-8", "replace").replace("\0", "\n"))]
    notice = bool(lines) and all(map(_is_notice, lines))
    found.add(AuthorizedKeys(owners, file, len(lines), notice))


def _add_other(reader: Reader, path: str, owners: tuple[str, ...], found: Finds[AuthorizedKeys]) -> None:
    """An account's usual file where it is none, or leads nowhere: no key is in it, and reading it fails."""
    if not owners or not path.endswith(f"/{_USUAL[0]}") or EVERY_NEW_ACCOUNT in owners:
        return
    file = reader.file(path, follow=False)
    nothing = leads_to_nothing(reader, path)
    if isinstance(file, Unread) or isinstance(nothing, Unread):
        return  # symlinks without end, which no program takes for a file
    if file is not None and not nothing:
        found.add(AuthorizedKeys(owners, file, 0, only_notice=False))


def _is_notice(line: str) -> bool:
    match = _NOTICE.fullmatch(line)
    return match is not None and not _NO_TUNNELS.isdisjoint((match[1] + match[2]).lower().split(","))


def _told(
    reader: Reader, setting: SshdSetting, users: tuple[User, ...], found: Finds[AuthorizedKeys]
) -> Iterator[tuple[str, tuple[str, ...]]]:
    """The files that one line of sshd's configuration names, with whose keys are in them."""
    where = f"{setting.path}:{setting.line}"
    if setting.keyword == "authorizedkeysfile":
        for pattern in setting.words:
            if pattern == "none":
                continue
            if re.search(r"%[^%huU]|%$|\ufffd", pattern):
                found.miss(
                    reader.unread(setting.path, f"it is not clear where sshd looks for keys: {pattern} ({where})")
                )
                continue
            found_before: dict[str, Fact[tuple[str, ...]]] = {}
            for path, owners in _owners(pattern, users):
                yield path, owners
                if not has_pattern(path):
                    continue
                paths = found_before[path] if path in found_before else matched(reader, path)
                found_before[path] = paths
                if isinstance(paths, Unread):
                    found.miss(paths)
                else:
                    yield from ((one, owners) for one in paths)
    elif setting.keyword == "trustedusercakeys":
        yield from ((from_root(path), ("whoever the authority signs",)) for path in setting.words if path != "none")
    elif setting.keyword == "hostbasedauthentication" and setting.value.lower() == "yes":
        found.miss(reader.unread(setting.path, f"hosts may log in by their keys ({where}), which are not looked at"))
    elif setting.keyword == "authorizedkeyscommand":
        program = next(iter(setting.words), "none")
        if program != "none" and program not in _ASK_A_DIRECTORY:
            found.miss(reader.unread(setting.path, f"sshd asks {program} for keys too ({where}), which is not run"))


def _owners(pattern: str, users: tuple[User, ...]) -> Iterator[tuple[str, tuple[str, ...]]]:
    """The files that AuthorizedKeysFile names, with whose they are; from OpenSSH 10 on they may be patterns."""
    if pattern.startswith("/") and "%" not in pattern:
        yield pattern, ("every account",)
        return
    for user in users:
        yield _filled_in(pattern, user), () if is_nologin(user) else (user.name,)


def _filled_in(pattern: str, user: User) -> str:
    values = {"%%": "%", "%h": as_path(user.home), "%u": user.name, "%U": str(user.uid)}
    path = re.sub(r"%[%huU]", lambda match: values[match[0]], pattern)
    return path if path.startswith("/") else below(as_path(user.home), path)


def find_known_hosts(reader: Reader, homes: Iterable[Home]) -> Listing[OwnedFile]:
    """The hosts that were visited."""
    found: Finds[OwnedFile] = Finds()
    for home in homes:
        paths = reader.matching(below(home.path, ".ssh"), _KNOWN_HOSTS)
        files = paths if isinstance(paths, Unread) else reader.files(paths)
        if isinstance(files, Unread):
            found.miss(files)
            continue
        for file in files:
            behind = _behind(reader, file.path) if file.kind == "symlink" else file
            if isinstance(behind, Unread):
                found.miss(behind)
            elif behind is not None and behind.kind == "file":
                found.add(OwnedFile(home.users, behind))
    return found.listing()


def find_private_keys(reader: Reader, homes: Iterable[Home]) -> Listing[OwnedFile]:
    """What is named like a key, or begins like a private one, in the .ssh of each home."""
    found: Finds[OwnedFile] = Finds()
    for home in homes:
        for path in _inside(reader, below(home.path, ".ssh"), found):
            name = path.rpartition("/")[2]
            file = None if _NOT_PRIVATE.fullmatch(name) else reader.file(path, follow=False)
            if isinstance(file, Unread):
                found.miss(file)
            elif file is None or file.kind == "directory":
                continue
            elif _NAMED_LIKE_KEYS.fullmatch(name) or _begins_like_one(reader, path, found):
                found.add(OwnedFile(home.users, file))
    return found.listing()


def _inside(reader: Reader, folder: str, found: Finds[OwnedFile]) -> Iterator[str]:
    """What is in a directory, and in the directories there."""
    for path in _names(reader, folder, found):
        yield path
        file = reader.file(path, follow=False)
        if not isinstance(file, Unread) and file is not None and file.kind == "directory":
            yield from _names(reader, path, found)


def _names(reader: Reader, folder: str, found: Finds[OwnedFile]) -> Iterator[str]:
    names = reader.names(folder)
    if isinstance(names, Unread):
        found.miss(names)
        return
    yield from (f"{folder}/{name}" for name in names)


def _begins_like_one(reader: Reader, path: str, found: Finds[OwnedFile]) -> bool:
    file = _behind(reader, path)
    if isinstance(file, Unread) or file is None or file.kind != "file":
        if isinstance(file, Unread):
            found.miss(file)
        return False
    head = reader.head(path, _HEAD)
    if isinstance(head, Unread):
        found.miss(head)
    return isinstance(head, bytes) and _PRIVATE.search(head) is not None
