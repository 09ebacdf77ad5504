"""LNX023: the modules udf and vfat may load."""

from checker.facts.arm_id import Kind
from checker.facts.unread import FactName, read
from checker.facts.vhd import Vhd
from checker.fixes.operations import Fix, Safety
from checker.rule import Basis, Context, Fail, NotApplicable, Outcome, Pass, Severity, rule
from rules.linux._documents import LINUX_VHD
from rules.linux._guest import guest_of

_NEEDED = ("udf", "vfat")


@rule(
    code="LNX023",
    slug="udf-and-vfat",
    title="The modules udf and vfat may load",
    severity=Severity.WARNING,
    basis=Basis.DOCUMENTED,
    sources=(LINUX_VHD,),
    kind=Kind.VHD,
    reads=(FactName.GUEST,),
)
def udf_and_vfat(vhd: Vhd, context: Context) -> Outcome:
    """No file of modprobe.d keeps udf or vfat from loading.

    What it demands
    ---------------
    Neither is blacklisted, nor installed by /bin/true or /bin/false.

    Why
    ---
    The provisioning data is on a disk with UDF, and cloud-init 21.2 and newer gives up without it. Hardening guides
    advise to block both modules. No test of its own looks at it: the machines of the certification do not start.

    How to fix
    ----------
    Remove the lines from /etc/modprobe.d.
    """
    guest = guest_of(vhd)
    if isinstance(guest, NotApplicable):
        return guest
    blocked = [module for module in _NEEDED if module in read(guest.boot.blocked_modules)]
    if not blocked:
        return Pass(("neither is kept from loading",))
    return Fail(
        f"{' and '.join(blocked)} may not load",
        expected="udf and vfat may load",
        actual=f"blocked by modprobe.d: {', '.join(blocked)}",
        fix=Fix("let them load", Safety.MANUAL, steps=("grep -rlE 'udf|vfat' /etc/modprobe.d, and remove the lines",)),
    )
