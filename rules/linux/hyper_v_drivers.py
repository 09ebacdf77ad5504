"""LNX036: the kernel has the drivers of Hyper-V."""

from checker.facts.arm_id import Kind
from checker.facts.unread import FactName, read
from checker.facts.vhd import Vhd
from checker.rule import Basis, Context, Fail, NotApplicable, Outcome, Pass, Severity, rule
from rules.linux._documents import LINUX_VHD, LISA
from rules.linux._guest import guest_of, unread

_WANTED = {"HYPERV": "hv_vmbus", "HYPERV_STORAGE": "hv_storvsc", "HYPERV_NET": "hv_netvsc", "HYPERV_UTILS": "hv_utils"}


@rule(
    code="LNX036",
    slug="hyper-v-drivers",
    title="The kernel has the drivers of Hyper-V",
    severity=Severity.WARNING,
    basis=Basis.DOCUMENTED,
    sources=(LINUX_VHD, LISA),
    kind=Kind.VHD,
    reads=(FactName.GUEST,),
)
def hyper_v_drivers(vhd: Vhd, context: Context) -> Outcome:
    """Each kernel was built with hv_vmbus, hv_storvsc, hv_netvsc and hv_utils.

    What it demands
    ---------------
    The configuration of every kernel says y or m for CONFIG_HYPERV, CONFIG_HYPERV_STORAGE, CONFIG_HYPERV_NET and
    CONFIG_HYPERV_UTILS. Where a kernel has no configuration on the disk, the rule is not evaluated. Whether the first
    two are in the initial ramdisk, where the document wants them, is not looked at.

    Why
    ---
    Without them a machine on Azure sees neither its disk nor its network. ``validate_netvsc_reload`` and every test
    that deploys a machine rest on them.

    How to fix
    ----------
    Take a kernel of the distribution that has them.
    """
    guest = guest_of(vhd)
    if isinstance(guest, NotApplicable):
        return guest
    configurations = read(guest.boot.configurations)
    lacking = [
        f"{module} (CONFIG_{option}) of {kernel}"
        for kernel, options in configurations.items()
        for option, module in _WANTED.items()
        if options.get(option) not in ("y", "m")
    ]
    if lacking:
        return Fail("the kernel lacks drivers of Hyper-V", "y or m for each", ", ".join(lacking))
    without = [kernel for kernel in read(guest.boot.kernels) if kernel not in configurations and "rescue" not in kernel]
    if without or not configurations:
        read(unread(vhd, "/boot", f"there is no /boot/config of {', '.join(without) or 'a kernel'}"))
    return Pass(tuple(f"all of them in the kernel {kernel}" for kernel in configurations))
