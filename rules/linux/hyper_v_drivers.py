"""LNX036: the kernel has the drivers of Hyper-V."""

from checker.facts.arm_id import Kind
from checker.facts.unread import FactName, known, read
from checker.facts.vhd import Vhd
from checker.rule import Basis, Context, Fail, NotApplicable, Outcome, Pass, Severity, rule
from rules.linux._documents import LINUX_VHD, LISA
from rules.linux._guest import are_known, blocked_by_kernel, guest_of, unread

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
    """Each kernel has hv_vmbus, hv_storvsc, hv_netvsc and hv_utils, and may load them.

    What it demands
    ---------------
    The configuration of every kernel says y or m for CONFIG_HYPERV, CONFIG_HYPERV_STORAGE, CONFIG_HYPERV_NET and
    CONFIG_HYPERV_UTILS. What is built as a module (m) is listed in the modules.dep of that kernel, and neither
    modprobe.d nor a kernel's command line keeps it from loading. Where a kernel has no configuration on the disk, or no
    modules, the rule is not evaluated. Whether the first two are in the initial ramdisk, where the document wants them,
    is not looked at.

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
    there = known(guest.boot.needed_modules) or {}
    loaded = [
        (kernel, module)
        for kernel, options in configurations.items()
        for option, module in _WANTED.items()
        if options.get(option) == "m"
    ]
    lacking = [
        f"{module} (CONFIG_{option}) of {kernel}"
        for kernel, options in configurations.items()
        for option, module in _WANTED.items()
        if options.get(option) not in ("y", "m")
    ]
    gone = [
        f"{module}, which {kernel} does not find"
        for kernel, module in loaded
        if kernel in (known(guest.boot.kernels) or ()) and module not in there.get(kernel, (module,))
    ]
    blocked = dict.fromkeys(known(guest.boot.blocked_modules) or (), "modprobe.d")
    blocked |= {module: line.source for line, module in blocked_by_kernel(guest)}
    modules = [module for _, module in loaded]
    kept = [f"{module}, which {blocked[module]} blocks" for module in dict.fromkeys(modules) if module in blocked]
    if lacking or gone or kept:
        actual = ", ".join([*lacking, *gone, *kept])
        return Fail("the kernel lacks drivers of Hyper-V", "y or m for each, and modules that load", actual)
    kernels = [kernel for kernel in read(guest.boot.kernels) if "rescue" not in kernel]
    without = [kernel for kernel in kernels if kernel not in configurations]
    if without or not configurations:
        read(unread(vhd, "/boot", f"there is no /boot/config of {', '.join(without) or 'a kernel'}"))
    if loaded:
        whole = read(guest.boot.needed_modules)
        for kernel in (kernel for kernel, _ in loaded if kernel in kernels and kernel not in whole):
            read(unread(vhd, f"/lib/modules/{kernel}", f"there are no modules of the kernel {kernel}"))
        read(guest.boot.blocked_modules)
        read(are_known(vhd, (line for line in read(guest.boot.command_lines) if not line.is_rescue)))
    return Pass(tuple(f"all of them in the kernel {kernel}" for kernel in configurations))
