"""LNX024: only root is root, and only root writes what decides who logs in."""

from __future__ import annotations

from checker.facts.arm_id import Kind
from checker.facts.linux.system import File
from checker.facts.linux_guest import LinuxGuest
from checker.facts.unread import FactName, Unread, known, read
from checker.facts.vhd import Vhd
from checker.fixes.operations import Fix, Safety
from checker.rule import Basis, Context, Fail, NotApplicable, Outcome, Pass, Severity, rule
from rules.linux._commands import sudo
from rules.linux._documents import LISA
from rules.linux._guest import guest_of, unread

#: Permissions that nobody may have: of /etc/shadow those of others, and writing by the group.
_SHADOW, _SSHD, _KEYS, _WRITING = 0o027, 0o7133, 0o7177, 0o022
_OF_PASSWORDS = ("/etc/shadow", "/etc/shadow-", "/etc/gshadow")
_FORBIDDEN = {
    **dict.fromkeys(_OF_PASSWORDS, _SHADOW),
    "/etc/ssh/sshd_config": _SSHD,
    **dict.fromkeys(("/etc/passwd", "/etc/sudoers"), _WRITING),
    **dict.fromkeys(("/", "/etc", "/etc/ssh", "/etc/ssh/sshd_config.d"), _WRITING),
}
#: Files without which the test fails, and those whose permissions it reads without following a symlink.
_WANTED = ("/etc/shadow", "/etc/ssh/sshd_config")
_BY_THE_TEST = (*_WANTED, "/root/.ssh/authorized_keys")
_READ_BY_GROUP = 0o040
_ROOTS_KEYS = "/root/.ssh/authorized_keys"


@rule(
    code="LNX024",
    slug="login-files-protected",
    title="Only root is root, and files that decide about logins are protected",
    severity=Severity.WARNING,
    basis=Basis.DOCUMENTED,
    sources=(LISA,),
    kind=Kind.VHD,
    reads=(FactName.GUEST,),
)
def login_files_protected(vhd: Vhd, context: Context) -> Outcome:
    """No other account has the user id 0, and /etc/shadow, sshd_config and root's keys have narrow permissions.

    What it demands
    ---------------
    root, and nobody else, has the user id 0. Others than root and the group have no right to /etc/shadow, and the group
    may not write it; /etc/ssh/sshd_config is at most 0644, and root's authorized_keys at most 0600, wherever root's
    home is. What only the test refuses counts too, and is named as such: no /etc/shadow, no /etc/ssh/sshd_config (also
    where the system has one in /usr/etc), one of these files or root's keys as a symlink, whose own permissions it
    reads, and an /etc/shadow whose permissions, which it reads as a decimal number, are odd for it (0700). By that it
    lets 0624 pass; what is right is demanded here. So is what the test does not look at: only root or the group
    *shadow* reads /etc/shadow, its backup /etc/shadow- and /etc/gshadow; nobody but root writes /etc/passwd,
    /etc/sudoers, files of /etc/ssh/sshd_config.d, and the folders that they lie in. Access control lists are not read.

    Why
    ---
    It answers ``verify_vm_not_compromised``.

    How to fix
    ----------
    ``chmod 0640 /etc/shadow``, ``chmod 0644 /etc/ssh/sshd_config``; remove the other account.
    """
    guest = guest_of(vhd)
    if isinstance(guest, NotApplicable):
        return guest
    wrong: list[str] = []
    steps: list[str] = []
    missing: list[Unread] = []
    users = guest.accounts.users
    if isinstance(users, Unread):
        missing.append(users)
    else:
        wrong += [f"{user.name} has the user id 0" for user in users if user.uid == 0 and user.name != "root"]
        wrong += [f"root has the user id {user.uid}" for user in users if user.name == "root" and user.uid != 0]
        steps += ["give root, and root alone, the user id 0: sudo vipw"] if wrong else []
    for file, forbidden in _files(guest, missing):
        if file.kind == "symlink" and file.path in _BY_THE_TEST:
            wrong.append(f"{file.path} is a symlink, whose own permissions the certification's code reads")
            steps.append(f"replace the symlink {file.path} by the file that it leads to")
        elif file.kind == "symlink" or file.permissions is None:
            missing.append(unread(vhd, file.path, "its permissions were not read"))
        elif file.permissions & forbidden:
            wrong.append(f"{file.path} is {file.permissions:04o}")
            steps.append(sudo("chmod", f"{file.permissions & ~forbidden:04o}", "--", file.path))
        elif file.path == _OF_PASSWORDS[0] and int(f"{file.permissions:o}") & 0o007:
            wrong.append(f"{file.path} is {file.permissions:04o}, which the certification's code takes for too wide")
            steps.append(sudo("chmod", "0640", "--", file.path))
        elif file.uid not in (0, None):
            wrong.append(f"{file.path} belongs to the user {file.uid}")
            steps.append(sudo("chown", "root", "--", file.path))
        elif file.path in _OF_PASSWORDS and file.permissions & _READ_BY_GROUP and file.gid not in (0, None):
            group = guest.accounts.shadow_group
            if isinstance(group, Unread):
                missing.append(group)
            elif file.gid != group:
                wrong.append(f"the group {file.gid} may read {file.path}")
                steps.append(sudo("chgrp", "root", "--", file.path))
    for path in _WANTED:
        if guest.files[path] is None:
            wrong.append(f"there is no {path}, without which the certification's code fails")
            steps.append(f"put {path} there, as the distribution's packages do")
    if wrong:
        return Fail(
            "logins are not protected",
            expected="root alone with the user id 0; /etc/shadow 0640, sshd_config 0644, root's keys 0600, or narrower",
            actual=", ".join(wrong),
            fix=Fix(
                "narrow the permissions",
                Safety.MANUAL,
                steps=tuple(steps),
            ),
        )
    for reason in missing:
        read(reason)
    return Pass(("root alone has the user id 0, and the permissions are narrow",))


def _files(guest: LinuxGuest, missing: list[Unread]) -> list[tuple[File, int]]:
    """The files that are there, each with the permissions that it must not have; what is unread goes to ``missing``."""
    found: list[tuple[File, int]] = []
    for path, forbidden in _FORBIDDEN.items():
        file = guest.files[path]
        if isinstance(file, Unread):
            missing.append(file)
        elif file is not None:
            found.append((file, forbidden))
    drop_ins = guest.sshd.drop_ins
    if isinstance(drop_ins, Unread):
        missing.append(drop_ins)
    else:
        found += [(file, _WRITING) for file in drop_ins]
    keys, own = guest.accounts.authorized_keys, guest.files[_ROOTS_KEYS]
    all_roots = {one.file.path: one.file for one in keys.known if "root" in one.users or one.file.path == _ROOTS_KEYS}
    roots = {path: file for path, file in all_roots.items() if file.kind == "file"}
    if isinstance(own, File) and (own.kind == "file" or (own.kind == "symlink" and _ROOTS_KEYS in roots)):
        roots[_ROOTS_KEYS] = own  # whatever is in it, and whoever may log in by it
    homes = {user.home.rstrip("/") for user in known(guest.accounts.users) or () if user.name == "root"}
    are_known = homes == {"/root"} and (own is None or _ROOTS_KEYS in {**all_roots, **roots})
    if keys.rest is not None and not are_known:
        missing.append(keys.rest)
    return found + [(file, _KEYS) for file in roots.values()]
