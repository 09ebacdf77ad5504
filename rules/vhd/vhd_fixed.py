"""VHD003: the VHD is of the fixed type."""

from checker.facts.arm_id import Kind
from checker.facts.unread import FactName, read
from checker.facts.vhd import Format, Vhd
from checker.fixes.operations import Fix, Safety
from checker.rule import Basis, Context, Fail, NotApplicable, Outcome, Pass, Severity, rule
from rules.vhd._disk import footer_of, to_fixed_vhd
from rules.vhd._documents import FAQ, LINUX_VHD


@rule(
    code="VHD003",
    slug="vhd-fixed",
    title="The VHD is of the fixed type",
    severity=Severity.ERROR,
    basis=Basis.DOCUMENTED,
    sources=(FAQ, LINUX_VHD),
    kind=Kind.VHD,
    reads=(FactName.DISK_FILE,),
)
def vhd_fixed(vhd: Vhd, context: Context) -> Outcome:
    """The VHD is of the fixed type.

    What it demands
    ---------------
    The footer's disk type is 2, fixed: every byte of the disk is in the file, in order. Dynamic (3) and differencing
    (4) VHDs are not accepted.

    Why
    ---
    A page blob is the disk itself: Azure reads it as it stands.

    How to fix
    ----------
    Convert a copy with ``qemu-img convert -O vpc -o subformat=fixed,force_size``, or ``Convert-VHD -VHDType Fixed``
    on Windows.
    """
    footer = footer_of(vhd)
    if isinstance(footer, NotApplicable):
        return footer
    format = read(vhd.format)
    if format is Format.FIXED:
        return Pass(("the footer's disk type is 2, fixed",))
    return Fail(
        f"the file is a {format}",
        expected="disk type 2 (fixed)",
        actual=f"disk type {footer.disk_type}",
        fix=Fix("convert a copy to a fixed VHD", Safety.MANUAL, steps=to_fixed_vhd(vhd)),
    )
