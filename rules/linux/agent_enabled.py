"""LNX006: the Azure Linux agent starts at boot."""

from checker.facts.arm_id import Kind
from checker.facts.unread import FactName, read
from checker.facts.vhd import Vhd
from checker.fixes.operations import Fix, Safety
from checker.rule import Basis, Context, Fail, NotApplicable, Outcome, Pass, Severity, rule
from rules.linux._documents import BITWARDEN, FAQ
from rules.linux._guest import guest_of, has_agent, unread


@rule(
    code="LNX006",
    slug="linux-agent-enabled",
    title="The Azure Linux agent starts at boot",
    severity=Severity.WARNING,
    basis=Basis.REPORTED,
    sources=(FAQ, BITWARDEN),
    kind=Kind.VHD,
    reads=(FactName.GUEST,),
)
def linux_agent_enabled(vhd: Vhd, context: Context) -> Outcome:
    """The agent is enabled, and not masked.

    What it demands
    ---------------
    A unit of the agent (walinuxagent.service, waagent.service) is wanted by a target of systemd, and not masked. Where
    only the links of an older init are there, the rule is not evaluated: systemd ignores them beside a unit.

    Why
    ---
    An agent that does not start neither reports the machine as ready nor runs extensions, which the certification
    tries. No test of its own looks at it.

    How to fix
    ----------
    Run ``systemctl unmask`` and ``systemctl enable`` for the agent's service.
    """
    guest = guest_of(vhd)
    if isinstance(guest, NotApplicable):
        return guest
    units, masked = guest.agent.units, guest.agent.masked
    expected = "a unit of the agent that a target wants, and that is not masked"
    fix = Fix(
        "enable the agent",
        Safety.MANUAL,
        steps=(
            "sudo systemctl unmask walinuxagent waagent",
            "sudo systemctl enable walinuxagent || sudo systemctl enable waagent",
        ),
    )
    if isinstance(units, tuple) and not units:
        if not read(has_agent(guest)):
            return NotApplicable("there is no agent, as LNX005 says")
        return Fail("nothing starts the agent at boot", expected, "no unit of it is wanted", fix=fix)
    stopped = {path.rpartition("/")[2] for path in read(masked)}
    wanted = read(units)
    running = [path for path in wanted if path.endswith(".service") and path.rpartition("/")[2] not in stopped]
    if not running and not stopped:
        words = f"only an older init starts the agent, which systemd ignores where it has a unit of it: {wanted[0]}"
        read(unread(vhd, wanted[0], words))
    if not running:
        return Fail("the agent is masked", expected, f"masked: {', '.join(sorted(stopped))}", fix=fix)
    if not read(has_agent(guest)):
        return NotApplicable("there is no agent, as LNX005 says")
    return Pass(tuple(running))
