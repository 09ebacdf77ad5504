"""LNX007: the kernel writes to the serial console."""

from checker.facts.arm_id import Kind
from checker.facts.linux.boot import CommandLine
from checker.facts.unread import FactName, read
from checker.facts.vhd import Vhd
from checker.fixes.operations import Fix, Safety
from checker.rule import Basis, Context, Fail, Lowered, NotApplicable, Outcome, Pass, Severity, rule
from rules.linux._commands import MAKE_MENU
from rules.linux._documents import FAQ, LINUX_VHD, LISA, SCYLLA
from rules.linux._guest import guest_of, unread

_CONSOLES = {"x86_64": "console=ttyS0", "aarch64": "console=ttyAMA0"}


@rule(
    code="LNX007",
    slug="serial-console",
    title="The kernel writes to the serial console",
    severity=Severity.ERROR,
    basis=Basis.DOCUMENTED,
    sources=(FAQ, LINUX_VHD, LISA, SCYLLA),
    kind=Kind.VHD,
    reads=(FactName.GUEST,),
)
def serial_console(vhd: Vhd, context: Context) -> Outcome:
    """Every command line that boots the system has the serial console.

    What it demands
    ---------------
    Each kernel command line of GRUB 2, of boot loader entries and in unified kernel images, apart from those for repair
    and for testing memory, has ``console=ttyS0`` on x86-64, ``console=ttyAMA0`` on 64-bit ARM, with or without a speed.
    That it is the last one, which makes it /dev/console, is not asked for: the messages of the kernel go to each. The
    document asks for ``earlyprintk=ttyS0`` too, which the certification's code does not look at: without it, it is a
    warning, on x86-64. ``rootdelay=300`` was taken out of the document in 2021, although the self-test went on to warn
    of it. That code also takes an old line in a log for the console; here the next boot counts.

    Menus of GRUB 2 are read wherever a boot loader would: in /boot, on the EFI system partition, and on volumes that
    /etc/fstab does not mount. Where something else may boot the system (a unified kernel image without a command line
    of its own or with addons, syslinux, rEFInd, Limine, the first GRUB, a menu elsewhere; systemd-boot that has no
    entries), the rule is not evaluated. Which they are is told by their configuration; a program EFI/BOOT/BOOTX64.EFI
    alone is taken for GRUB's, or for one that leads to it, and rEFInd beside it for nothing that Azure starts. Not
    evaluated either is a boot loader entry without the parameters that nothing seen reads, one with several lines of
    options beside GRUB, a variable that could have more than one value, or a menu that takes variables or entries from
    elsewhere, or that may boot an entry for repair unasked.

    Why
    ---
    It answers the self-test's 40, *Required Kernel Parameters*, and ``verify_serial_console_is_enabled``. Support has
    nothing else to see a machine that does not boot.

    How to fix
    ----------
    Add the parameters to ``GRUB_CMDLINE_LINUX`` in /etc/default/grub, and make the menu again.
    """
    guest = guest_of(vhd)
    if isinstance(guest, NotApplicable):
        return guest
    lines = [
        line
        for line in read(guest.boot.command_lines)
        if not line.is_rescue and "memtest" not in line.kernel.rpartition("/")[2]
    ]
    if not lines:
        read(unread(vhd, "/boot", "no kernel command line was found but those for repair"))
    machine = read(guest.architecture).machine
    if machine not in _CONSOLES:
        return NotApplicable(f"the documents name no console for {machine}, which LNX013 judges")
    wanted = _CONSOLES[machine]
    early = wanted.replace("console=", "earlyprintk=")
    both = f"{wanted} {early}" if machine == "x86_64" else wanted
    fix = Fix(
        "add the parameters",
        Safety.MANUAL,
        steps=(
            f"add {both} to GRUB_CMDLINE_LINUX: sudo -e /etc/default/grub",
            *MAKE_MENU,
        ),
    )
    without = [line for line in lines if not _has(line, wanted)]
    certain = [line for line in without if not _unknown(line)]
    if certain:
        return Fail(
            f"the kernel is not told {wanted}",
            expected=f"{wanted} on each of {len(lines)} command lines",
            actual="; ".join(_shown(line) for line in certain),
            fix=fix,
        )
    if without:
        read(unread(vhd, without[0].source, _why(without[0])))
    later = [line for line in lines if not _has(line, early)] if machine == "x86_64" else []
    if all(_unknown(line) for line in later) and later:
        read(unread(vhd, later[0].source, _why(later[0])))
    if later:
        return Fail(
            f"the kernel is told {wanted}, and not {early}",
            expected=early,
            actual="; ".join(_shown(line) for line in later),
            fix=fix,
            lowered=Lowered(Severity.WARNING, "the document asks for it, the certification's code does not"),
        )
    return Pass(tuple(f"{wanted} in {line.source}: {line.title or line.kernel}" for line in lines))


def _has(line: CommandLine, parameter: str) -> bool:
    words = line.arguments[: line.arguments.index("--")] if "--" in line.arguments else line.arguments
    return any(word == parameter or word.startswith(f"{parameter},") for word in words)


def _unknown(line: CommandLine) -> bool:
    return not line.is_used or any("$" in word for word in line.arguments)


def _why(line: CommandLine) -> str:
    words = (
        "a variable of the boot loader is not known" if line.is_used else "whether a boot loader reads it is not known"
    )
    return f"{words}: {_shown(line)}"


def _shown(line: CommandLine) -> str:
    name = line.title or line.kernel
    return f"{line.source}{f' ({name})' if name else ''}: {' '.join(line.arguments)}"
