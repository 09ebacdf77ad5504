"""LNX023: the modules udf and vfat may load."""

from collections.abc import Iterator

from checker.facts.arm_id import Kind
from checker.facts.linux_guest import LinuxGuest
from checker.facts.unread import FactName, known, read
from checker.facts.vhd import Vhd
from checker.fixes.operations import Fix, Safety
from checker.rule import Basis, Context, Fail, NotApplicable, Outcome, Pass, Severity, rule
from rules.linux._documents import LINUX_VHD
from rules.linux._guest import are_known, blocked_by_kernel, guest_of, unread
from rules.linux._initcalls import never_started

_NEEDED = ("udf", "vfat")
#: What these need: the kernel refuses them too where its command line refuses that.
_NEEDED_BY = {"fat": "vfat", "crc_itu_t": "udf"}


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
    """The kernel has udf and vfat, and nothing keeps either from loading.

    What it demands
    ---------------
    No file of modprobe.d blacklists them, switches them off, or installs them with what does not load them; no kernel
    command line blocks them (``modprobe.blacklist=``, ``module_blacklist=``, the latter also by fat or crc-itu-t, which
    they need; ``initcall_blacklist=`` with what starts them); and each kernel has them, as files in /lib/modules or
    built in. A module that is built in cannot be blocked but by the last; that it is blocked is still told.

    Why
    ---
    The provisioning data is on a disk with UDF, and cloud-init 21.2 and newer gives up without it. Hardening guides
    advise to block both modules. The document: removing udf makes provisioning fail, removing vfat the boot too. No
    test of its own looks at it: the machines of the certification do not start.

    How to fix
    ----------
    Remove the lines from /etc/modprobe.d.
    """
    guest = guest_of(vhd)
    if isinstance(guest, NotApplicable):
        return guest
    expected = "udf and vfat may load"
    steps = (
        "sudo grep -rnE 'udf|vfat' /etc/modprobe.d /usr/lib/modprobe.d /etc/default/grub",
        "remove the lines that block them",
    )
    blocked = known(guest.boot.blocked_modules) or ()
    where = [f"{module} by modprobe.d" for module in _NEEDED if module in blocked]
    where += [f"{module} by {line.source}" for line, module in blocked_by_kernel(guest) if module in _NEEDED]
    where += [f"{module} by {source}" for module, source in _refused_with_another(guest)]
    where += [f"{module} by {source}" for module, source in never_started(guest) if module in _NEEDED]
    if where:
        words = f"{' and '.join(dict.fromkeys(one.split()[0] for one in where))} may not load"
        return Fail(
            words, expected, f"blocked: {', '.join(where)}", fix=Fix("let them load", Safety.MANUAL, steps=steps)
        )
    there = read(guest.boot.needed_modules)
    kernels = [kernel for kernel in read(guest.boot.kernels) if "rescue" not in kernel]
    lacking = [
        f"{module} of {kernel}"
        for kernel, modules in there.items()
        for module in _NEEDED
        if module not in modules and (kernel in kernels or not kernels)
    ]
    if lacking:
        more = "install the distribution's package of more modules for the kernel, or another kernel"
        fix = Fix("add them", Safety.MANUAL, steps=(more,))
        return Fail("the kernel lacks a file system", expected, f"not in /lib/modules: {', '.join(lacking)}", fix=fix)
    read(guest.boot.blocked_modules)
    read(are_known(vhd, (line for line in read(guest.boot.command_lines) if not line.is_rescue)))
    if not there or any(kernel not in there for kernel in kernels):
        read(unread(vhd, "/lib/modules", "there are no modules of a kernel that is in /boot"))
    return Pass(("neither is kept from loading", *(f"both are there for the kernel {kernel}" for kernel in there)))


def _refused_with_another(guest: LinuxGuest) -> Iterator[tuple[str, str]]:
    """The modules that ``module_blacklist=`` of what they need keeps from loading, with the source of each line."""
    for line in known(guest.boot.command_lines) or ():
        for word in () if line.is_rescue else line.arguments:
            name, _, modules = word.partition("=")
            for module in modules.replace("-", "_").split(",") if name == "module_blacklist" else ():
                if module in _NEEDED_BY:
                    yield _NEEDED_BY[module], line.source
