"""LNX014: the Azure Linux agent updates itself."""

from checker.facts.arm_id import Kind
from checker.facts.unread import FactName, read
from checker.facts.vhd import Vhd
from checker.fixes.operations import Fix, Safety
from checker.rule import Basis, Context, Fail, NotApplicable, Outcome, Pass, Severity, rule
from rules.linux._documents import LISA, TEST
from rules.linux._guest import guest_of, has_agent, switch


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
    """``AutoUpdate.Enabled`` is not n.

    What it demands
    ---------------
    /etc/waagent.conf does not say ``AutoUpdate.Enabled=n``; without the line, updates are on. An ``N`` counts too, as
    for the agent itself; the certification's code looks for the small letter.

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
    if read(switch(guest, "AutoUpdate.Enabled", default=True)):
        return Pass(("/etc/waagent.conf does not turn it off",))
    return Fail(
        "the agent does not update itself",
        expected="AutoUpdate.Enabled=y, or no such line",
        actual="AutoUpdate.Enabled=n",
        fix=Fix("turn it on", Safety.MANUAL, steps=("set AutoUpdate.Enabled=y in /etc/waagent.conf",)),
    )
