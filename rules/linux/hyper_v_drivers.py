"""LNX036: the kernel has the drivers of Hyper-V."""

from collections.abc import Iterator, Mapping

from checker.facts.arm_id import Kind
from checker.facts.linux_guest import LinuxGuest
from checker.facts.unread import FactName, known, read
from checker.facts.vhd import Vhd
from checker.rule import Basis, Context, Fail, NotApplicable, Outcome, Pass, Severity, rule
from rules.linux._documents import LINUX_VHD, LISA
from rules.linux._guest import are_known, blocked_by_kernel, guest_of, unread
from rules.linux._initcalls import never_started

_WANTED = {"HYPERV": "hv_vmbus", "HYPERV_STORAGE": "hv_storvsc", "HYPERV_NET": "hv_netvsc", "HYPERV_UTILS": "hv_utils"}
#: From Linux 6.18 on CONFIG_HYPERV is no module, and the bus has an option of its own.
_BUS, _NEWER_BUS = "HYPERV", "HYPERV_VMBUS"
#: What keeps modules from loading in the initial ramdisk, by dracut.
_IN_RAMDISK = ("rd.driver.blacklist", "rdblacklist")


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
    CONFIG_HYPERV_UTILS, and for CONFIG_HYPERV_VMBUS where there is one (Linux 6.18 and newer). What is built as a
    module (m) is listed in the modules.dep of that kernel, and neither modprobe.d nor a kernel's command line keeps it
    from loading, nor dracut's ``rd.driver.blacklist=`` on one. No ``initcall_blacklist=`` names what starts one of
    them, built in or not. Where a kernel has no configuration on the disk, or no modules, the rule is not evaluated.
    Whether the first two are in the initial ramdisk, where the document wants them, is not looked at.

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
        if _value(options, option) == "m"
    ]
    lacking = [
        f"{module} (CONFIG_{option}) of {kernel}"
        for kernel, options in configurations.items()
        for option, module in _WANTED.items()
        if _value(options, option) not in ("y", "m")
    ]
    gone = [
        f"{module}, which {kernel} does not find"
        for kernel, module in loaded
        if kernel in (known(guest.boot.kernels) or ()) and module not in there.get(kernel, (module,))
    ]
    blocked = dict.fromkeys(known(guest.boot.blocked_modules) or (), "modprobe.d")
    blocked |= {module: line.source for line, module in blocked_by_kernel(guest)}
    blocked |= dict(_blocked_in_ramdisk(guest))
    modules = [module for _, module in loaded]
    kept = [f"{module}, which {blocked[module]} blocks" for module in dict.fromkeys(modules) if module in blocked]
    never = [
        f"{module}, which initcall_blacklist of {source} never starts"
        for module, source in dict.fromkeys(never_started(guest))
        if module in _WANTED.values()
    ]
    if lacking or gone or kept or never:
        actual = ", ".join([*lacking, *gone, *kept, *never])
        return Fail("the kernel lacks drivers of Hyper-V", "y or m for each, and modules that load", actual)
    kernels = [kernel for kernel in read(guest.boot.kernels) if "rescue" not in kernel]
    without = [kernel for kernel in kernels if kernel not in configurations]
    if without or not configurations:
        read(unread(vhd, "/boot", f"there is no /boot/config of {', '.join(without) or 'a kernel'}"))
    read(are_known(vhd, (line for line in read(guest.boot.command_lines) if not line.is_rescue)))
    if loaded:
        whole = read(guest.boot.needed_modules)
        for kernel in (kernel for kernel, _ in loaded if kernel in kernels and kernel not in whole):
            read(unread(vhd, f"/lib/modules/{kernel}", f"there are no modules of the kernel {kernel}"))
        read(guest.boot.blocked_modules)
    return Pass(tuple(f"all of them in the kernel {kernel}" for kernel in configurations))


def _value(options: Mapping[str, str], option: str) -> str | None:
    """The value of an option; of the bus that of its newer one, where both are there."""
    return options.get(_NEWER_BUS, options.get(_BUS)) if option == _BUS else options.get(option)


def _blocked_in_ramdisk(guest: LinuxGuest) -> Iterator[tuple[str, str]]:
    """The modules that known command lines keep from loading in the initial ramdisk, with the source of each line."""
    for line in known(guest.boot.command_lines) or ():
        for word in () if line.is_rescue else line.arguments:
            name, _, modules = word.partition("=")
            for module in modules.split(",") if name in _IN_RAMDISK else ():
                yield module.replace("-", "_"), line.source
