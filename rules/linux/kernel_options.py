"""LNX029: the kernel has a watchdog and CIFS."""

from checker.facts.arm_id import Kind
from checker.facts.unread import FactName, read
from checker.facts.vhd import Vhd
from checker.rule import Basis, Context, Fail, NotApplicable, Outcome, Pass, Severity, rule
from rules.linux._documents import LISA
from rules.linux._guest import guest_of, unread

_WANTED = ("WATCHDOG", "CIFS")


@rule(
    code="LNX029",
    slug="kernel-options",
    title="The kernel has a watchdog and CIFS",
    severity=Severity.INFO,
    basis=Basis.DOCUMENTED,
    sources=(LISA,),
    kind=Kind.VHD,
    reads=(FactName.GUEST,),
)
def kernel_options(vhd: Vhd, context: Context) -> Outcome:
    """CONFIG_WATCHDOG and CONFIG_CIFS are built in, or are modules.

    What it demands
    ---------------
    The configuration of every kernel says y or m for both: /boot/config-*, or the copy beside its modules. Where a
    kernel has neither, the rule is not evaluated.

    Why
    ---
    It answers ``verify_essential_kernel_modules``, which was not seen among the tests of the certification: so info.

    How to fix
    ----------
    Take a kernel of the distribution that has them.
    """
    guest = guest_of(vhd)
    if isinstance(guest, NotApplicable):
        return guest
    configurations = read(guest.boot.configurations)
    lacking = [
        f"CONFIG_{option} of {kernel}"
        for kernel, options in configurations.items()
        for option in _WANTED
        if options.get(option) not in ("y", "m")
    ]
    if lacking:
        return Fail("the kernel lacks an option", expected="y or m for both", actual=", ".join(lacking))
    without = [kernel for kernel in read(guest.boot.kernels) if kernel not in configurations and "rescue" not in kernel]
    if without or not configurations:
        read(unread(vhd, "/boot", f"there is no /boot/config of {', '.join(without) or 'a kernel'}"))
    return Pass(tuple(f"both in the kernel {kernel}" for kernel in configurations))
