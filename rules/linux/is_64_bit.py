"""LNX013: the system is a 64-bit one, for x86-64 or ARM."""

from checker.facts.arm_id import Kind
from checker.facts.unread import FactName, read
from checker.facts.vhd import Vhd
from checker.rule import Basis, Context, Fail, NotApplicable, Outcome, Pass, Severity, rule
from rules.linux._documents import FAQ, LISA
from rules.linux._guest import guest_of

_MACHINES = ("x86_64", "aarch64")


@rule(
    code="LNX013",
    slug="linux-64-bit",
    title="The system is for x86-64 or 64-bit ARM",
    severity=Severity.ERROR,
    basis=Basis.DOCUMENTED,
    sources=(FAQ, LISA),
    kind=Kind.VHD,
    reads=(FactName.GUEST,),
)
def linux_64_bit(vhd: Vhd, context: Context) -> Outcome:
    """The programs of the system are 64-bit ones, for x86-64 or ARM.

    What it demands
    ---------------
    The header of the shell names x86-64 or 64-bit ARM. The certification's code asks the kernel instead (``uname -m``),
    and so lets 32-bit programs on a 64-bit kernel pass; the document takes 64-bit systems only.

    Why
    ---
    It answers the self-test's 49, *OS Architecture*, and ``verify_azure_64bit_os``.

    How to fix
    ----------
    Build the image from a 64-bit release.
    """
    guest = guest_of(vhd)
    if isinstance(guest, NotApplicable):
        return guest
    elf = read(guest.architecture)
    if elf.machine in _MACHINES and elf.bits == 64:
        return Pass((f"{elf.path} is a program for {elf.machine}",))
    return Fail(
        f"the system is for {elf.machine}, with {elf.bits} bits",
        expected="64 bits, x86_64 or aarch64",
        actual=f"{elf.path}: {elf.machine}, {elf.bits} bits",
    )
