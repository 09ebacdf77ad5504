"""LNX027: no home holds keys or the names of hosts."""

from checker.facts.arm_id import Kind
from checker.facts.unread import FactName, read
from checker.facts.vhd import Vhd
from checker.fixes.operations import Fix, Safety
from checker.rule import Basis, Context, Fail, NotApplicable, Outcome, Pass, Severity, rule
from rules.linux._commands import removed
from rules.linux._documents import FAQ, SECURITY
from rules.linux._guest import guest_of


@rule(
    code="LNX027",
    slug="no-private-keys",
    title="No home holds keys of SSH, or the hosts that were visited",
    severity=Severity.WARNING,
    basis=Basis.DOCUMENTED,
    sources=(FAQ, SECURITY),
    kind=Kind.VHD,
    reads=(FactName.GUEST,),
)
def no_private_keys(vhd: Vhd, context: Context) -> Outcome:
    """The .ssh of no home holds a key of its own, or known hosts.

    What it demands
    ---------------
    The .ssh of a home, or of /etc/skel, has no ``id_*``, no ``*.pem``, nothing else that begins as a private key does,
    and no ``known_hosts`` with content.

    Why
    ---
    The documents ask to remove keys, certificates and known hosts. No test of the certification looks at them.

    How to fix
    ----------
    Remove the files.
    """
    guest = guest_of(vhd)
    if isinstance(guest, NotApplicable):
        return guest
    parts = (guest.accounts.private_keys, guest.accounts.known_hosts)
    left = [one.file for part in parts for one in part.known if one.file.size]
    if left:
        return Fail(
            "a home holds keys, or the names of hosts",
            expected="no private keys, *.pem and known_hosts",
            actual=", ".join(file.path for file in left),
            fix=Fix("remove them", Safety.MANUAL, steps=tuple(removed(file.path) for file in left)),
        )
    for part in parts:
        read(part.whole())
    return Pass(("no home has any",))
