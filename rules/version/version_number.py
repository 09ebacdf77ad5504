"""VER001: an image version's number is Major.Minor.Patch."""

from checker.facts.arm_id import Kind
from checker.facts.assets import Version
from checker.facts.unread import FactName, read
from checker.facts.version_number import VersionNumber
from checker.fixes.commands import create_version
from checker.fixes.operations import Fix, Safety
from checker.rule import Basis, Context, Fail, Outcome, Pass, Severity, Source, rule
from rules.documents import IMAGE_VERSION


@rule(
    code="VER001",
    slug="version-number",
    title="The version number is Major.Minor.Patch",
    severity=Severity.ERROR,
    basis=Basis.DOCUMENTED,
    sources=(
        IMAGE_VERSION,
        Source(
            "Technical configuration of a virtual machine offer",
            "https://learn.microsoft.com/partner-center/marketplace-offers/azure-vm-plan-technical-configuration",
            "2022-04-27",
        ),
    ),
    kind=Kind.VERSION,
    reads=(FactName.VERSIONS,),
)
def version_number(version: Version, context: Context) -> Outcome:
    """An image version's number is Major.Minor.Patch.

    What it demands
    ---------------
    Three integers of ASCII digits joined by dots, each within a signed 32-bit integer (0 to 2147483647). No
    label, no build, no fourth part.

    Why
    ---
    Azure and Partner Center take no other number, and order versions by it.

    How to fix
    ----------
    A version's number cannot be changed. Capture the image again under a valid number.
    """
    name = read(version.name)
    number = VersionNumber.parse(name)
    if number is not None:
        return Pass((f"the number is {name}",))
    return Fail(
        f"{name} is not a version number",
        expected="Major.Minor.Patch: three integers from 0 to 2147483647 in ASCII digits",
        actual=name,
        evidence=("the number of a version cannot be changed",),
        fix=Fix(
            "capture again under a valid number",
            Safety.MANUAL,
            steps=() if version.id.parent is None else (create_version(version.id.parent),),
        ),
    )
