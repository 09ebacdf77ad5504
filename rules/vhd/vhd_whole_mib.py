"""VHD004: the virtual size is a whole number of MiB."""

from checker.facts.arm_id import Kind
from checker.facts.sizes import exact
from checker.facts.unread import FactName, known
from checker.facts.vhd import MIB, Vhd
from checker.fixes.operations import Fix, Safety
from checker.rule import Basis, Context, Fail, NotApplicable, Outcome, Pass, Severity, rule
from rules.vhd._disk import footer_of, to_fixed_vhd
from rules.vhd._documents import FAQ, LINUX_VHD


@rule(
    code="VHD004",
    slug="vhd-whole-mib",
    title="The virtual size is a whole number of MiB",
    severity=Severity.ERROR,
    basis=Basis.DOCUMENTED,
    sources=(FAQ, LINUX_VHD),
    kind=Kind.VHD,
    reads=(FactName.DISK_FILE,),
)
def vhd_whole_mib(vhd: Vhd, context: Context) -> Outcome:
    """The virtual size is a whole number of MiB.

    What it demands
    ---------------
    The virtual size, the footer's *current size*, is a multiple of 1048576 bytes. It is the size of the disk as it
    looks from inside. The size of the file is another number: that of a right fixed VHD is the virtual size and 512
    bytes for the footer, and so never a whole number of MiB itself.

    Why
    ---
    Azure refuses any other: *unsupported virtual size … must be a whole number (in MBs)*.

    How to fix
    ----------
    Take a raw copy of the disk, make it longer up to the next whole MiB, never shorter, and make a VHD of it. On a
    disk with a GPT, move the second copy of the GPT to the new end.
    """
    footer = footer_of(vhd)
    if isinstance(footer, NotApplicable):
        return footer
    size, length = footer.current_size, known(vhd.length)
    whole, rest = divmod(size, MIB)
    of_file = "" if length is None else f"; the file has {length} bytes, footer included"
    if rest == 0:
        return Pass((f"the virtual size is {size} bytes: {whole} MiB exactly{of_file}",))
    mistaken = ("it is the file that is a whole number of MiB, and not the disk in it",)
    return Fail(
        f"the virtual size is {size} bytes, {rest} more than {whole} MiB and {MIB - rest} less than {whole + 1} MiB",
        expected=f"a multiple of 1048576 bytes: {whole * MIB} below, {(whole + 1) * MIB} above",
        actual=f"virtual size {exact(size)}{of_file}",
        evidence=mistaken if length is not None and length % MIB == 0 else (),
        fix=Fix(
            f"make the disk {whole + 1} MiB large",
            Safety.MANUAL,
            steps=to_fixed_vhd(vhd, (whole + 1) * MIB),
        ),
    )
