"""LNX002: no shell history is left."""

from __future__ import annotations

import re

from checker.facts.arm_id import Kind
from checker.facts.linux.accounts import OwnedFile
from checker.facts.unread import FactName, read
from checker.facts.vhd import Vhd
from checker.fixes.operations import Fix, Safety
from checker.rule import Basis, Context, Fail, Lowered, NotApplicable, Outcome, Pass, Severity, rule
from rules.linux._commands import removed
from rules.linux._documents import BITWARDEN, FAQ, LISA
from rules.linux._guest import guest_of

_FAQ_LIMIT = 1024
_CERTIFIED = re.compile(r"\..*sh_history|\.history")
_OF_TOOLS = re.compile(r"\.(mysql|mariadb|psql|sqlite|python|node_repl|rediscli)_history")
_ORDER = (Severity.INFO, Severity.WARNING, Severity.ERROR)
_WHY_LESS = {
    Severity.ERROR: None,
    Severity.WARNING: Lowered(Severity.WARNING, "the certification's code does not look there"),
    Severity.INFO: Lowered(Severity.INFO, "no document speaks of histories of programs that are no shells"),
}


@rule(
    code="LNX002",
    slug="no-shell-history",
    title="No shell history is left",
    severity=Severity.ERROR,
    basis=Basis.REPORTED,
    sources=(FAQ, LISA, BITWARDEN),
    kind=Kind.VHD,
    reads=(FactName.GUEST,),
)
def no_shell_history(vhd: Vhd, context: Context) -> Outcome:
    """The histories of shells are empty, or not there.

    What it demands
    ---------------
    No file named ``.*sh_history`` or ``.history`` below the home of a user whose shell ends in ``sh`` has any bytes.
    The older document lets 1024 bytes pass; the certification's code refuses any, which publishers report too, so any
    fails here. Files of 0 bytes pass. Counted as a warning is what holds the same, and where that code does not look:
    in a home that no account owns or whose account has another shell or none (outside of /root and /home only in the
    home itself, not below it), behind a symlink, where HISTFILE says, and the histories of other shells (fish,
    PowerShell, zsh's other names). Histories of programs that passwords are typed into (mysql, psql, sqlite3,
    redis-cli, python, node) count as info: no document speaks of them. What editors, pagers and downloaders remember is
    not looked at. A new account begins with /etc/skel, so that counts as a home. Where HISTFILE names a place by a
    variable, the rule is not evaluated; nor is it where cloud-init, /etc/rc.local, a unit of systemd that is enabled,
    autofs or pam_mount has something mounted over a home, or where the homes have more than 32,000 entries in all.

    Why
    ---
    It answers the self-test's 48, *Bash History*, and ``verify_bash_history_is_empty``. Histories hold secrets.

    How to fix
    ----------
    Remove the files as the last command, with ``HISTSIZE=0`` so that the shell does not write them again.
    """
    guest = guest_of(vhd)
    if isinstance(guest, NotApplicable):
        return guest
    histories = guest.accounts.histories
    full = {one: _severity(one) for one in histories.known if one.file.size}
    worst = max(full.values(), key=_ORDER.index, default=None)
    if worst is not Severity.ERROR:
        read(histories.whole())
    if worst is not None:
        largest = max(one.file.size for one in full)
        limit = "more than" if largest > _FAQ_LIMIT else "no more than"
        return Fail(
            "a history of commands is left",
            expected="no history, or one of 0 bytes",
            actual=", ".join(f"{one.file.path} ({one.file.size} bytes)" for one in full),
            evidence=(f"the largest has {limit} the {_FAQ_LIMIT} bytes that the older document allows",),
            fix=Fix(
                "remove the histories",
                Safety.MANUAL,
                steps=(*(removed(one.file.path) for one in full), "export HISTSIZE=0 && sync"),
            ),
            lowered=_WHY_LESS[worst],
        )
    empty = tuple(f"{one.file.path} has 0 bytes" for one in histories.known)
    return Pass(empty or ("there is no history below the homes",))


def _severity(history: OwnedFile) -> Severity:
    """How much a history counts that has bytes."""
    name = history.file.path.rpartition("/")[2]
    if _OF_TOOLS.fullmatch(name):
        return Severity.INFO
    certified = _CERTIFIED.fullmatch(name) is not None and history.users and history.file.kind == "file"
    return Severity.ERROR if certified else Severity.WARNING
