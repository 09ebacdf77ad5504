"""VHD006: the virtual size is 20 MB at least."""

from checker.facts.arm_id import Kind
from checker.facts.sizes import exact
from checker.facts.unread import FactName
from checker.facts.vhd import MIB, Vhd
from checker.fixes.operations import Fix, Safety
from checker.rule import Basis, Context, Fail, NotApplicable, Outcome, Pass, Severity, rule
from rules.vhd._disk import footer_of, to_fixed_vhd
from rules.vhd._documents import FAQ

_LEAST = 20 * MIB


@rule(
    code="VHD006",
    slug="vhd-minimum-size",
    title="The virtual size is 20 MB at least",
    severity=Severity.ERROR,
    basis=Basis.DOCUMENTED,
    sources=(FAQ,),
    kind=Kind.VHD,
    reads=(FactName.DISK_FILE,),
)
def vhd_minimum_size(vhd: Vhd, context: Context) -> Outcome:
    """The virtual size is 20 MB at least.

    What it demands
    ---------------
    The virtual size is 20971520 bytes or more. The document says 20 MB; that a MB is 1048576 bytes is our reading,
    since it counts the alignment of sizes in the same unit.

    Why
    ---
    It is one of the five demands on a VHD that the certification lists.

    How to fix
    ----------
    Make the disk larger.
    """
    footer = footer_of(vhd)
    if isinstance(footer, NotApplicable):
        return footer
    if footer.current_size >= _LEAST:
        return Pass((f"the virtual size is {exact(footer.current_size)}",))
    return Fail(
        f"the virtual size is {exact(footer.current_size)}",
        expected=f"{_LEAST} bytes (20 MiB) or more",
        actual=f"{footer.current_size} bytes",
        fix=Fix("make the disk larger", Safety.MANUAL, steps=to_fixed_vhd(vhd, _LEAST)),
    )
