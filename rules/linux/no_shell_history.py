"""LNX002: no shell history is left."""

from checker.facts.arm_id import Kind
from checker.facts.unread import FactName, read
from checker.facts.vhd import Vhd
from checker.fixes.operations import Fix, Safety
from checker.rule import Basis, Context, Fail, Lowered, NotApplicable, Outcome, Pass, Severity, rule
from rules.linux._documents import BITWARDEN, FAQ, LISA
from rules.linux._guest import guest_of, unread

_FAQ_LIMIT = 1024


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
    fails here. Files of 0 bytes pass. A history in a home that no account owns counts as a warning: the
    certification's code does not look there.

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
    histories = read(guest.accounts.histories)
    full = [one for one in histories if one.file.kind != "symlink" and one.file.size]
    owned = [one for one in full if one.users]
    links = [one.file.path for one in histories if one.file.kind == "symlink"]
    if links and not owned:
        read(unread(vhd, links[0], f"{links[0]} is a symlink: what it leads to is not looked at"))
    if full:
        seen = [f"{one.file.path} ({one.file.size} bytes)" for one in full]
        largest = max(one.file.size for one in full)
        limit = "more than" if largest > _FAQ_LIMIT else "no more than"
        return Fail(
            "a shell history is left",
            expected="no history, or one of 0 bytes",
            actual=", ".join(seen),
            evidence=(f"the largest has {limit} the {_FAQ_LIMIT} bytes that the older document allows",),
            fix=Fix(
                "remove the histories",
                Safety.MANUAL,
                steps=("sudo find /root /home -name '.*sh_history' -delete", "export HISTSIZE=0 && sync"),
            ),
            lowered=None if owned else Lowered(Severity.WARNING, "no account owns the home that it lies in"),
        )
    empty = tuple(f"{one.file.path} has 0 bytes" for one in histories)
    return Pass(empty or ("there is no history below the homes",))
