"""LNX019: the image has no SSH host keys."""

from checker.facts.arm_id import Kind
from checker.facts.unread import FactName, read
from checker.facts.vhd import Vhd
from checker.fixes.operations import Fix, Safety
from checker.rule import Basis, Context, Fail, NotApplicable, Outcome, Pass, Severity, rule
from rules.documents import GENERALIZE
from rules.linux._commands import removed
from rules.linux._documents import AGENT, IMAGE_CREATION
from rules.linux._guest import guest_of


@rule(
    code="LNX019",
    slug="no-ssh-host-keys",
    title="The image has no SSH host keys",
    severity=Severity.WARNING,
    basis=Basis.DOCUMENTED,
    sources=(GENERALIZE, IMAGE_CREATION, AGENT),
    kind=Kind.VHD,
    reads=(FactName.GUEST,),
)
def no_ssh_host_keys(vhd: Vhd, context: Context) -> Outcome:
    """No SSH host key is left.

    What it demands
    ---------------
    There is no ``ssh_host_*key*``, nor another that sshd's configuration names (``HostKey``), nor one of dropbear.
    Deprovisioning removes those in /etc/ssh where waagent.conf has
    ``Provisioning.RegenerateSshHostKeyPair=y``; elsewhere cloud-init makes new ones at the first boot, and LNX001 says
    where nothing does. A ``sshd -T`` does not run afterwards, so whatever needs it comes before.

    Why
    ---
    Machines with the same host keys can be taken for one another. No test of the certification looks at them.

    How to fix
    ----------
    Deprovision, or remove the files as the last step.
    """
    guest = guest_of(vhd)
    if isinstance(guest, NotApplicable):
        return guest
    keys = guest.sshd.host_keys.known
    if not keys:
        read(guest.sshd.host_keys.whole())
        return Pass(("there is none in /etc/ssh, and none that sshd is told of",))
    return Fail(
        "the image has SSH host keys",
        expected="no host keys",
        actual=", ".join(keys),
        fix=Fix("remove them", Safety.MANUAL, steps=tuple(map(removed, keys))),
    )
