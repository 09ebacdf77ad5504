"""LNX033: cloud-init noted no errors on Azure Linux."""

from checker.facts.arm_id import Kind
from checker.facts.unread import FactName, read
from checker.facts.vhd import Vhd
from checker.fixes.operations import Fix, Safety
from checker.rule import Basis, Context, Fail, NotApplicable, Outcome, Pass, Severity, rule
from rules.linux._documents import LISA, LISA_RELEASE
from rules.linux._guest import guest_of
from rules.linux._systems import AZURE_LINUX, version_of


@rule(
    code="LNX033",
    slug="cloud-init-errors",
    title="cloud-init noted no errors",
    severity=Severity.WARNING,
    basis=Basis.DOCUMENTED,
    sources=(LISA, LISA_RELEASE),
    kind=Kind.VHD,
    reads=(FactName.GUEST,),
)
def cloud_init_errors(vhd: Vhd, context: Context) -> Outcome:
    """On Azure Linux, what cloud-init left of earlier boots holds no errors.

    What it demands
    ---------------
    On Azure Linux 2 and newer, /var/lib/cloud/data/result.json and status.json list no errors, not even
    recoverable ones, and /var/log/cloud-init.log has no line with ``[ERROR]:``, ``[WARNING]:`` or ``[CRITICAL]:``; and
    cloud-init is there. The certification's code looks at the boot of its own machine, at the first two marks, and
    fails without that log; a disk tells of earlier boots only. Where they left nothing, as after deprovisioning, the
    rule is not applicable. The code skips other distributions.

    Why
    ---
    It answers ``verify_cloud_init_error_status``: what went wrong in the boot that the image was made in goes wrong
    again in the next, mostly. It was not seen among the tests of the certification.

    How to fix
    ----------
    Read the log, mend its cause, and deprovision again.
    """
    guest = guest_of(vhd)
    if isinstance(guest, NotApplicable):
        return guest
    release = read(guest.os_release)
    if release.id not in AZURE_LINUX:
        return NotApplicable(f"the code asks for it on Azure Linux, and this is {release.id}")
    if read(version_of(release, vhd.id.text)) < (2,):
        return NotApplicable("the code skips version 1")
    errors = guest.cloud_init_errors
    steps = ("sudo cloud-init status --long", "sudo grep -E '\\[(ERROR|WARNING|CRITICAL)\\]:' /var/log/cloud-init.log")
    fix = Fix("mend its cause", Safety.MANUAL, steps=steps)
    if not read(guest.cloud_init.installed):
        return Fail("there is no cloud-init", "cloud-init, which writes its log", "no /usr/bin/cloud-init", fix=fix)
    noted = read(errors)
    if noted is None:
        return NotApplicable("no earlier boot left results or a log of cloud-init; the next boot decides")
    if noted:
        return Fail("cloud-init had errors in an earlier boot", "no errors, no warnings", "; ".join(noted), fix=fix)
    return Pass(("cloud-init noted no errors and no warnings",))
