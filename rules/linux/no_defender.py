"""LNX017: nothing is left of Microsoft Defender for Endpoint."""

from checker.facts.arm_id import Kind
from checker.facts.unread import FactName, Unread, read
from checker.facts.vhd import Vhd
from checker.fixes.operations import Fix, Safety
from checker.rule import Basis, Context, Fail, NotApplicable, Outcome, Pass, Severity, rule
from rules.documents import APPROVED_BASE
from rules.linux._commands import sudo, uninstall
from rules.linux._documents import LISA
from rules.linux._guest import guest_of


@rule(
    code="LNX017",
    slug="no-defender",
    title="Nothing is left of Microsoft Defender for Endpoint",
    severity=Severity.ERROR,
    basis=Basis.DOCUMENTED,
    sources=(APPROVED_BASE, LISA),
    kind=Kind.VHD,
    reads=(FactName.GUEST,),
)
def no_defender(vhd: Vhd, context: Context) -> Outcome:
    """Microsoft Defender for Endpoint is not installed, was not onboarded, and left nothing.

    What it demands
    ---------------
    None of the paths is there that the certification's script looks for: /etc/opt/microsoft/mdatp, /var/log/microsoft/
    mdatp, and the folders of its extension below /var/lib/waagent, /var/log/azure and /var/lib/GuestConfig; and no
    /opt/microsoft/mdatp or /var/opt/microsoft/mdatp and no unit of it; nor, where the package database is read, the
    package mdatp.

    Why
    ---
    It answers ``verify_mdatp_not_preinstalled``. Every customer's machine would report to the publisher's Defender.

    How to fix
    ----------
    Turn Defender for Cloud off for the subscription before the image is built, then remove the package mdatp and what
    it left.
    """
    guest = guest_of(vhd)
    if isinstance(guest, NotApplicable):
        return guest
    there = [path for path, file in guest.defender.items() if not isinstance(file, Unread) and file is not None]
    installed = () if isinstance(guest.packages, Unread) else guest.packages.installed("mdatp")
    if there or installed:
        return Fail(
            "Microsoft Defender for Endpoint is there, or left something",
            expected="none of its files",
            actual=", ".join([*(f"the package mdatp {package.version}" for package in installed), *there]),
            fix=Fix(
                "remove it",
                Safety.MANUAL,
                steps=(
                    "turn Defender for Cloud off for the subscription",
                    *(uninstall("mdatp") if installed else ()),
                    *(sudo("rm", "-rf", "--", path) for path in there),
                ),
            ),
        )
    for file in guest.defender.values():
        read(file)
    return Pass((f"none of its {len(guest.defender)} traces is there",))
