"""VHD002: the checksum of the footer is right."""

from checker.facts.arm_id import Kind
from checker.facts.unread import FactName
from checker.facts.vhd import Vhd
from checker.fixes.operations import Fix, Safety
from checker.rule import Basis, Context, Fail, NotApplicable, Outcome, Pass, Severity, rule
from rules.vhd._disk import footer_of, to_fixed_vhd
from rules.vhd._documents import FAQ, VHD_FORMAT


@rule(
    code="VHD002",
    slug="vhd-footer-checksum",
    title="The checksum of the footer is right",
    severity=Severity.ERROR,
    basis=Basis.DOCUMENTED,
    sources=(VHD_FORMAT, FAQ),
    kind=Kind.VHD,
    reads=(FactName.DISK_FILE,),
)
def vhd_footer_checksum(vhd: Vhd, context: Context) -> Outcome:
    """The checksum of the footer is right.

    What it demands
    ---------------
    The footer's checksum is the ones' complement of the sum of its 512 bytes, without the four of the checksum.

    Why
    ---
    The specification that the certification refers to has a fixed VHD with a wrong checksum taken for corrupt. What
    else the footer says, its size above all, cannot be relied on then.

    How to fix
    ----------
    Write the footer again: convert a copy. Where the file was copied or downloaded, compare it with its origin first.
    """
    footer = footer_of(vhd)
    if isinstance(footer, NotApplicable):
        return footer
    if footer.checksum == footer.computed_checksum:
        return Pass((f"the checksum is {footer.checksum:#010x}, as computed",))
    return Fail(
        "the footer's checksum is wrong: the footer is damaged, or was changed by hand",
        expected=f"{footer.computed_checksum:#010x}",
        actual=f"{footer.checksum:#010x}",
        fix=Fix("write the footer again", Safety.MANUAL, steps=to_fixed_vhd(vhd)),
    )
