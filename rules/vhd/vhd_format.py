"""VHD001: the file is a VHD."""

from checker.facts.arm_id import Kind
from checker.facts.sizes import exact
from checker.facts.unread import FactName, read
from checker.facts.vhd import Format, Vhd
from checker.fixes.operations import Fix, Safety
from checker.rule import Basis, Context, Fail, Lowered, Outcome, Pass, Severity, rule
from rules.vhd._disk import to_fixed_vhd
from rules.vhd._documents import FAQ, GENERATION_2, LINUX_VHD, VHD_FORMAT

_MAJOR_VERSION = 1


_SHUT_DOWN = (
    "start the machine where it was saved, shut it down from inside, and copy or convert its disk again",
    "on Hyper-V: Start-VM -Name NAME; Stop-VM -Name NAME; Convert-VHD -Path DISK -DestinationPath COPY -VHDType Fixed",
)


@rule(
    code="VHD001",
    slug="vhd-format",
    title="The file is a VHD",
    severity=Severity.ERROR,
    basis=Basis.DOCUMENTED,
    sources=(FAQ, VHD_FORMAT, LINUX_VHD, GENERATION_2),
    kind=Kind.VHD,
    reads=(FactName.DISK_FILE,),
)
def vhd_format(vhd: Vhd, context: Context) -> Outcome:
    """The file is a VHD.

    What it demands
    ---------------
    The last 512 bytes of the file are the footer of a VHD: they begin with the cookie ``conectix``, and the major
    version of the format is 1. A VHDX, a raw disk, or the disk of another hypervisor is no VHD. A footer that speaks
    of a saved state is a warning: what the machine had in memory is not on the disk.

    Why
    ---
    Azure takes no other format. The certification answers with *Invalid virtual hard disk (VHD)*.

    How to fix
    ----------
    Convert a copy to a fixed VHD with ``qemu-img``. With ``force_size``: without it the size is rounded to an old
    geometry. Versions of qemu-img from 2.2.1 up to 2.6 write damaged VHDs.
    """
    format = read(vhd.format)
    footer = read(vhd.footer)
    if footer is not None and footer.version >> 16 == _MAJOR_VERSION and footer.saved_state:
        return Fail(
            "the footer says that the disk is one of a virtual machine in a saved state",
            expected="a saved state of 0: the disk of a machine that was shut down",
            actual=f"a saved state of {footer.saved_state}",
            fix=Fix("shut the machine down, and copy its disk then", Safety.MANUAL, steps=_SHUT_DOWN),
            lowered=Lowered(Severity.WARNING, "the certification's documents do not name it"),
        )
    if footer is not None and footer.version >> 16 == _MAJOR_VERSION:
        return Pass((f"the last 512 bytes are a footer with the cookie conectix: a {format}",))
    if footer is not None:
        actual = f"a footer of the version {footer.version:#010x}"
        message = "the footer is of a version of the format that is not known"
    else:
        length = read(vhd.length)
        actual = f"a {format}, {exact(length)}" if length else "an empty file"
        message = f"the file is no VHD but {_what(format, length)}"
    steps = to_fixed_vhd(vhd)
    return Fail(
        message,
        expected="a file that ends with the 512 bytes of a footer: the cookie conectix, version 1.0 of the format",
        actual=actual,
        evidence=("the certification answers with: Invalid virtual hard disk (VHD)",),
        fix=Fix(
            "convert a copy to a fixed VHD" if any("qemu-img" in step for step in steps) else "give a fixed VHD",
            Safety.MANUAL,
            steps=steps,
        ),
    )


def _what(format: Format, length: int) -> str:
    if length == 0:
        return "an empty file"
    more = {
        Format.CUT_VHD: ": it begins with a footer's copy, and does not end with the footer",
        Format.SHIFTED_VHD: ": something was appended to it, or its footer is of 511 bytes, as old programs wrote it",
        Format.ZEROS: ": an empty disk, or one that was not copied to the end",
        Format.DOCUMENT: ": perhaps the answer of a server that refused the download",
    }
    return f"a {format}{more.get(format, '')}"
