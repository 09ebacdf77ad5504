"""LNX005: the Azure Linux agent is there, and not too old."""

from checker.facts.arm_id import Kind
from checker.facts.linux.system import File
from checker.facts.linux_guest import LinuxGuest
from checker.facts.unread import Fact, FactName, Unread, read
from checker.facts.vhd import Vhd
from checker.fixes.operations import Fix, Safety
from checker.rule import Basis, Context, Fail, Lowered, NotApplicable, Outcome, Pass, Severity, rule
from rules.linux._commands import sudo
from rules.linux._documents import BITWARDEN, FAQ, LISA
from rules.linux._guest import guest_of, has_agent, switch, unread
from rules.linux._versions import at_least, numbers, upstream

_PROGRAM = "/usr/sbin/waagent"
_DOCUMENTED = (2, 2, 41)
_CERTIFIED = (2, 2, 53, 1)
_EXPECTED = "the agent, 2.2.41 or newer"
_LOCAL = "/usr/local/"
_EXECUTION = 0o111
_FIX = Fix(
    "install or update the agent",
    Safety.MANUAL,
    steps=(
        "on Debian: sudo apt-get install waagent",
        "on Ubuntu: sudo apt-get install walinuxagent",
        "on Red Hat's family: sudo dnf install WALinuxAgent",
        "on SUSE: sudo zypper install python-azure-agent",
    ),
)
_PACKAGES = ("walinuxagent", "waagent", "WALinuxAgent", "python-azure-agent", "python3-azurelinuxagent")


@rule(
    code="LNX005",
    slug="linux-agent-version",
    title="The Azure Linux agent is there, and not too old",
    severity=Severity.ERROR,
    basis=Basis.DOCUMENTED,
    sources=(FAQ, LISA, BITWARDEN),
    kind=Kind.VHD,
    reads=(FactName.GUEST,),
)
def linux_agent_version(vhd: Vhd, context: Context) -> Outcome:
    """The Azure Linux agent is installed, in a version that is accepted.

    What it demands
    ---------------
    The agent is there, and 2.2.41 or newer, as the document has it. The certification's code asks for 2.2.53.1 or for
    updates by itself that are not turned off; less is a warning, and without a waagent.conf not evaluated. The version
    is what the agent's own version.py says; where there is none, its package can only be too old, since the program
    does not run without its modules. Modules without a program leave the rule not evaluated, and so does a program in
    /usr/local, first on the PATH, that has no modules there. Where there is no Python to run it the rule fails; a
    program that may not be executed is a warning, for a unit may run it by Python. One publisher was refused with 2.11
    and accepted with 2.13; why is not known, and nothing is made of it here.

    Why
    ---
    It answers the self-test's 39, *Linux Agent Version*, and ``verify_waagent_version``. Without the agent there are
    no extensions.

    How to fix
    ----------
    Install the agent of the distribution, or update it.
    """
    guest = guest_of(vhd)
    if isinstance(guest, NotApplicable):
        return guest
    if not read(has_agent(guest)):
        return Fail("there is no Azure Linux agent", _EXPECTED, "no waagent", fix=_FIX)
    program = read(guest.agent.program)
    missing = guest.agent.missing_interpreter
    if program is None:
        words = f"there are modules of the agent, and no program of it at the usual places: {_PROGRAM}"
        return read(unread(vhd, _PROGRAM, words))
    if isinstance(missing, str) and guest.python is None:
        actual = f"{program.path} is run by {missing}, which is not there"
        return Fail("there is no Python that runs the agent", "a Python for the agent", actual, fix=_FIX)
    outcome = _judged(vhd, guest, program)
    if not isinstance(outcome, Pass):
        return outcome
    missing = read(missing)
    if missing is not None:
        read(unread(vhd, program.path, f"{program.path} is run by {missing}, which is not there"))
    if program.permissions is not None and not program.permissions & _EXECUTION:
        return Fail(
            "the program of the agent may not be executed",
            expected=f"{program.path} 0755",
            actual=f"{program.permissions:04o}",
            fix=Fix("let it be executed", Safety.MANUAL, steps=(sudo("chmod", "0755", "--", program.path),)),
            lowered=Lowered(Severity.WARNING, "a unit may run it by Python; the certification's code does not find it"),
        )
    return outcome


def _judged(vhd: Vhd, guest: LinuxGuest, program: File) -> Outcome:
    """The verdict by the version alone."""
    versions = read(_versions(vhd, guest, program))
    parsed = {words: numbers(version) for words, version in versions.items()}
    seen = tuple(f"{words}: {versions[words]}" for words in parsed)
    if not all(parsed.values()):
        read(unread(vhd, "waagent", f"the version of the agent is no version: {', '.join(seen)}"))
    for least in (_DOCUMENTED, _CERTIFIED):
        enough = {at_least(version, least) for version in parsed.values()}
        if len(enough) > 1:
            words = f"there are several agents, and which one runs was not read: {', '.join(seen)}"
            read(unread(vhd, "waagent", words))
        if enough == {True}:
            continue
        wanted = ".".join(map(str, least))
        if least is _DOCUMENTED:
            return Fail(f"the agent is older than {wanted}", f"{wanted} or newer", ", ".join(seen), fix=_FIX)
        if read(guest.agent.configuration) is None:
            read(unread(vhd, "/etc/waagent.conf", "there is no waagent.conf, which would turn updates on or off"))
        if read(switch(guest, "AutoUpdate.Enabled", default=True)):
            return Pass((*seen, "it is older than 2.2.53.1, and updates itself"))
        return Fail(
            f"the agent is older than {wanted}, and does not update itself",
            f"{wanted} or newer, or AutoUpdate.Enabled that is not n",
            ", ".join(seen),
            evidence=("the document asks for 2.2.41, the certification's code for 2.2.53.1",),
            fix=_FIX,
            lowered=Lowered(Severity.WARNING, "it is not older than the document asks for"),
        )
    return Pass(seen)


def _versions(vhd: Vhd, guest: LinuxGuest, program: File) -> Fact[dict[str, str]]:
    """The versions of the agent by where they stand: those of its modules, or that of its package where it is old."""
    if isinstance(guest.agent.modules, Unread):
        return guest.agent.modules
    local = program.path.startswith(_LOCAL)
    modules = {path: version for path, version in guest.agent.modules if path.startswith(_LOCAL) or not local}
    if modules:
        return modules
    if local:
        return unread(vhd, program.path, "it comes first on the PATH, and no module beside it says its version")
    if isinstance(guest.packages, Unread):
        return guest.packages
    found = [package for name in _PACKAGES for package in guest.packages.installed(name)]
    by_package = {f"the package {package.name}": upstream(package.version) for package in found}
    if by_package and not any(at_least(numbers(version), _DOCUMENTED) for version in by_package.values()):
        return by_package
    return unread(vhd, program.path, "there is a waagent, and none of its modules at the usual places says its version")
