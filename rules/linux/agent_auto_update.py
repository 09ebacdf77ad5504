"""LNX014: the Azure Linux agent updates itself."""

from checker.facts.arm_id import Kind
from checker.facts.unread import FactName, read
from checker.facts.vhd import Vhd
from checker.fixes.operations import Fix, Safety
from checker.rule import Basis, Context, Fail, NotApplicable, Outcome, Pass, Severity, rule
from rules.linux._documents import LISA, TEST
from rules.linux._guest import guest_of, has_agent, switch, unread

_OPTIONS = ("AutoUpdate.Enabled", "AutoUpdate.UpdateToLatestVersion")


@rule(
    code="LNX014",
    slug="linux-agent-auto-update",
    title="The Azure Linux agent updates itself",
    severity=Severity.INFO,
    basis=Basis.DOCUMENTED,
    sources=(TEST, LISA),
    kind=Kind.VHD,
    reads=(FactName.GUEST,),
)
def linux_agent_auto_update(vhd: Vhd, context: Context) -> Outcome:
    """Neither ``AutoUpdate.Enabled`` nor ``AutoUpdate.UpdateToLatestVersion`` is n.

    What it demands
    ---------------
    /etc/waagent.conf does not say ``AutoUpdate.Enabled=n``; without the line, updates are on. An ``N`` counts too, as
    for the agent itself; the certification's code looks for the small letter. Nor does it say
    ``AutoUpdate.UpdateToLatestVersion=n``, which newer agents take instead: that code does not look at it. Where there
    is no waagent.conf at its usual places, the rule is not evaluated.

    Why
    ---
    It answers the self-test's 51, *Auto Update*, which tells and does not refuse.

    How to fix
    ----------
    Set ``AutoUpdate.Enabled=y`` in /etc/waagent.conf.
    """
    guest = guest_of(vhd)
    if isinstance(guest, NotApplicable):
        return guest
    if not read(has_agent(guest)):
        return NotApplicable("there is no agent, as LNX005 says")
    off = [option for option in _OPTIONS if not read(switch(guest, option, default=True))]
    if not off:
        if read(guest.agent.configuration) is None:
            read(unread(vhd, "/etc/waagent.conf", "there is no /etc/waagent.conf"))
        return Pass(("/etc/waagent.conf does not turn it off",))
    return Fail(
        "the agent does not update itself",
        expected="AutoUpdate.Enabled=y, or no such line",
        actual=", ".join(f"{option}=n" for option in off),
        fix=Fix("turn it on", Safety.MANUAL, steps=tuple(f"set {option}=y in /etc/waagent.conf" for option in off)),
    )
