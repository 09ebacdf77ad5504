"""VHD005: the file is as long as the footer says."""

from checker.facts.arm_id import Kind
from checker.facts.sizes import exact
from checker.facts.unread import FactName, read
from checker.facts.vhd import Format, Vhd
from checker.fixes.operations import Fix, Safety
from checker.rule import Basis, Context, Fail, NotApplicable, Outcome, Pass, Severity, rule
from rules.vhd._disk import footer_of, to_fixed_vhd
from rules.vhd._documents import FAQ

_FOOTER = 512


@rule(
    code="VHD005",
    slug="vhd-length",
    title="The file is as long as its footer says",
    severity=Severity.ERROR,
    basis=Basis.DOCUMENTED,
    sources=(FAQ,),
    kind=Kind.VHD,
    reads=(FactName.DISK_FILE,),
)
def vhd_length(vhd: Vhd, context: Context) -> Outcome:
    """The file is as long as its footer says.

    What it demands
    ---------------
    The length of the file or blob is the virtual size, the footer's *current size*, and 512 bytes for the footer.

    Why
    ---
    Where the two differ, the disk that Azure makes of it is not the disk that was built. The certification answers
    with *Invalid virtual hard disk (VHD)*.

    How to fix
    ----------
    Make the VHD again from its raw disk; where the file was copied or downloaded, compare it with its origin first.
    """
    footer = footer_of(vhd)
    if isinstance(footer, NotApplicable):
        return footer
    format = read(vhd.format)
    if format is not Format.FIXED:
        return NotApplicable(f"it is a {format}, as VHD003 says: only that of a fixed VHD follows from its size")
    length, size = read(vhd.length), footer.current_size
    if length == size + _FOOTER:
        return Pass((f"{length} bytes: the virtual size of {size} and the footer's 512",))
    difference = length - size - _FOOTER
    words = f"{abs(difference)} bytes too {'long' if difference > 0 else 'short'}"
    return Fail(
        f"the file is {words} for the virtual size that its footer gives",
        expected=f"{size + _FOOTER} bytes: the virtual size of {exact(size)} and the footer's 512",
        actual=f"{length} bytes",
        fix=Fix(
            "find out which of both is right, and make the VHD again",
            Safety.MANUAL,
            steps=("compare the file with the one it was copied from", *to_fixed_vhd(vhd)),
        ),
    )
