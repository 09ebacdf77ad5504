"""LNX025: the agent removes root's password and the host keys when it deprovisions."""

from checker.facts.arm_id import Kind
from checker.facts.unread import FactName, read
from checker.facts.vhd import Vhd
from checker.fixes.operations import Fix, Safety
from checker.rule import Basis, Context, Fail, NotApplicable, Outcome, Pass, Severity, rule
from rules.linux._documents import IMAGE_CREATION
from rules.linux._guest import guest_of, has_agent, switch

_OPTIONS = ("Provisioning.DeleteRootPassword", "Provisioning.RegenerateSshHostKeyPair")


@rule(
    code="LNX025",
    slug="linux-agent-configuration",
    title="The agent is to remove root's password and the SSH host keys",
    severity=Severity.INFO,
    basis=Basis.DOCUMENTED,
    sources=(IMAGE_CREATION,),
    kind=Kind.VHD,
    reads=(FactName.GUEST,),
)
def linux_agent_configuration(vhd: Vhd, context: Context) -> Outcome:
    """waagent.conf has the agent delete root's password and make new SSH host keys.

    What it demands
    ---------------
    ``Provisioning.DeleteRootPassword=y`` and ``Provisioning.RegenerateSshHostKeyPair=y``. Without a line the agent
    takes n. It is an old document that says so, from before cloud-init, which does both by itself; distributions with
    cloud-init set n. So it is told as info.

    Why
    ---
    ``waagent -deprovision`` leaves both where it is not told otherwise. What is left of them is LNX003's and LNX019's.

    How to fix
    ----------
    Set both in /etc/waagent.conf.
    """
    guest = guest_of(vhd)
    if isinstance(guest, NotApplicable):
        return guest
    if not read(has_agent(guest)):
        return NotApplicable("there is no agent, as LNX005 says")
    off = [option for option in _OPTIONS if not read(switch(guest, option, default=False))]
    if not off:
        return Pass(tuple(f"{option} is y" for option in _OPTIONS))
    return Fail(
        "the agent leaves root's secret or the host keys when it deprovisions",
        expected=" and ".join(f"{option}=y" for option in _OPTIONS),
        actual=", ".join(f"{option} is not y" for option in off),
        fix=Fix("set them", Safety.MANUAL, steps=tuple(f"set {option}=y in /etc/waagent.conf" for option in off)),
    )
