"""LNX018: sudo asks for the password of the one who calls it."""

from checker.facts.arm_id import Kind
from checker.facts.unread import FactName, read
from checker.facts.vhd import Vhd
from checker.fixes.operations import Fix, Safety
from checker.rule import Basis, Context, Fail, NotApplicable, Outcome, Pass, Severity, rule
from rules.linux._commands import sudo
from rules.linux._documents import LISA
from rules.linux._guest import guest_of


@rule(
    code="LNX018",
    slug="no-targetpw",
    title="sudo does not ask for the password of the target",
    severity=Severity.WARNING,
    basis=Basis.DOCUMENTED,
    sources=(LISA,),
    kind=Kind.VHD,
    reads=(FactName.GUEST,),
)
def no_targetpw(vhd: Vhd, context: Context) -> Outcome:
    """``Defaults targetpw`` is not active.

    What it demands
    ---------------
    Neither /etc/sudoers nor a file of /etc/sudoers.d has an active ``Defaults targetpw``. The test looks at
    /etc/sudoers alone, and not at lines that are indented.

    Why
    ---
    It answers ``verify_default_targetpw``. Passwords of root are locked in an image: nobody could use sudo.

    How to fix
    ----------
    Put a ``#`` before the line, with visudo.
    """
    guest = guest_of(vhd)
    if isinstance(guest, NotApplicable):
        return guest
    found = read(guest.accounts.targetpw)
    if not found:
        return Pass(("no Defaults targetpw in sudoers",))
    files = dict.fromkeys(place.rpartition(":")[0] for place in found)
    return Fail(
        "sudo asks for the password of the target",
        expected="no active Defaults targetpw",
        actual=", ".join(found),
        fix=Fix("take it out", Safety.MANUAL, steps=tuple(sudo("visudo", "-f", path) for path in files)),
    )
