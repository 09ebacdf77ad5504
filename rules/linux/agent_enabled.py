"""LNX006: the Azure Linux agent starts at boot."""

from checker.facts.arm_id import Kind
from checker.facts.unread import FactName, read
from checker.facts.vhd import Vhd
from checker.fixes.operations import Fix, Safety
from checker.rule import Basis, Context, Fail, NotApplicable, Outcome, Pass, Severity, rule
from rules.linux._documents import BITWARDEN, FAQ
from rules.linux._guest import are_known, guest_of, has_agent, unread

#: What every boot reaches; graphical.target only where it is the default, and then it reaches multi-user.target too.
_REACHED = frozenset(
    f"{name}.target" for name in ("multi-user", "default", "basic", "sysinit", "local-fs", "network", "network-online")
)
#: What is booted where nothing says otherwise: the older names are symlinks to these.
_USUAL = (None, "multi-user.target", "graphical.target", *(f"runlevel{number}.target" for number in (2, 3, 4, 5)))
_FOR_REPAIR = ("rescue.target", "emergency.target")
#: Words of a kernel's command line that systemd takes for another target; those of entries for repair are left out.
_OTHER_TARGETS = ("1", "s", "S", "-s", "-b")
_SYSTEMD = ("systemd", "init")


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
    A unit of the agent (walinuxagent.service, waagent.service) is there, is wanted by a target of systemd that every
    boot reaches, and is not masked. Where only the links of an older init are there, the rule is not evaluated:
    systemd ignores them beside a unit. Nor is it where only another target or unit wants the agent, where a drop-in
    changes what its unit starts, where the kernel's command line masks it or has something else started (``init=``, 1),
    where another target than multi-user or graphical is booted (rescue and emergency fail), or where there is no
    waagent.conf at its usual places: without one the agent ends at once.

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
    units, masked, files = guest.agent.units, guest.agent.masked, guest.agent.unit_files
    expected = "a unit of the agent that a target wants, and that is not masked"
    fix = Fix(
        "enable the agent",
        Safety.MANUAL,
        steps=(
            "on Debian and Ubuntu: sudo systemctl unmask walinuxagent && sudo systemctl enable walinuxagent",
            "elsewhere: sudo systemctl unmask waagent && sudo systemctl enable waagent",
        ),
    )
    if isinstance(units, tuple) and not units:
        if not read(has_agent(guest)):
            return NotApplicable("there is no agent, as LNX005 says")
        return Fail("nothing starts the agent at boot", expected, "no unit of it is wanted", fix=fix)
    stopped = {_name(path) for path in read(masked)}
    wanted = read(units)
    running = [path for path in wanted if path.endswith(".service") and _name(path) not in stopped]
    if not running and read(has_agent(guest)) is False:
        return NotApplicable("there is no agent, as LNX005 says")
    if not running and not stopped:
        words = f"only an older init starts the agent, which systemd ignores where it has a unit of it: {wanted[0]}"
        read(unread(vhd, wanted[0], words))
    if not running:
        return Fail("the agent is masked", expected, f"masked: {', '.join(sorted(stopped))}", fix=fix)
    if not read(has_agent(guest)):
        return NotApplicable("there is no agent, as LNX005 says")
    there = {_name(path).removesuffix(".service") for path in read(files)}
    real = [path for path in running if _name(path).removesuffix(".service") in there]
    if not real:
        return Fail("the unit of the agent that is wanted is not there", expected, ", ".join(running), fix=fix)
    reached = [path for path in real if path.split("/")[-2].rpartition(".")[0] in _REACHED]
    if not reached:
        read(unread(vhd, real[0], f"whether every boot reaches what starts the agent is not known: {real[0]}"))
    if read(guest.boot.default_target) in _FOR_REPAIR:
        return Fail("the system starts for repair only", "multi-user.target", f"{guest.boot.default_target}", fix=fix)
    if read(guest.boot.default_target) not in _USUAL:
        words = f"whether {guest.boot.default_target}, which is booted, starts the agent is not known"
        read(unread(vhd, "/etc/systemd/system/default.target", words))
    if overrides := read(guest.agent.overrides):
        read(unread(vhd, overrides[0], f"what the unit of the agent starts is changed by {', '.join(overrides)}"))
    names = {_name(path) for path in reached}
    masks = {f"systemd.mask={word}" for name in names for word in (name, name.removesuffix(".service"))}
    lines = [line for line in read(guest.boot.command_lines) if not line.is_rescue]
    if any(masks.intersection(line.arguments) for line in lines):
        read(unread(vhd, "/proc/cmdline", "a command line of the kernel masks the agent"))
    told = [word for line in lines for word in line.arguments if _is_told(word)]
    if told:
        read(unread(vhd, "/proc/cmdline", f"whether what is booted starts the agent is not known: {told[0]}"))
    read(are_known(vhd, lines))
    if read(guest.agent.configuration) is None:
        read(unread(vhd, "/etc/waagent.conf", "there is no /etc/waagent.conf, without which the agent ends at once"))
    return Pass(tuple(reached))


def _is_told(word: str) -> bool:
    """Whether a word of a kernel's command line has something else booted than what starts the agent."""
    name, _, value = word.partition("=")
    other_program = name == "init" and value.rpartition("/")[2] not in _SYSTEMD
    return word in _OTHER_TARGETS or other_program or (name == "systemd.unit" and value not in _USUAL)


def _name(path: str) -> str:
    return path.rpartition("/")[2]
