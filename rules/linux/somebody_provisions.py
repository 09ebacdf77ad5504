"""LNX037: a new machine is provisioned by somebody."""

from __future__ import annotations

from checker.facts.arm_id import Kind
from checker.facts.linux_guest import LinuxGuest
from checker.facts.unread import FactName, Unread, known, read
from checker.facts.vhd import Vhd
from checker.fixes.operations import Fix, Safety
from checker.rule import Basis, Context, Fail, NotApplicable, Outcome, Pass, Severity, rule
from rules.linux._documents import PROVISIONER, PROVISIONING, UBUNTU_VHD
from rules.linux._guest import are_known, guest_of, has_agent, unread
from rules.linux._versions import at_least, numbers

#: From this version on the agent has ``Provisioning.Agent``; older ones had two other options.
_FIRST_WITH_THE_OPTION = (2, 2, 45)
#: What a kernel's command line tells cloud-init, and the program that looks for its source of data.
_TO_CLOUD_INIT = ("cloud-init=", "ds=", "ci.", "cc:", "cc=")
_MARK = "/etc/cloud/cloud-init.disabled"
_SEED = "/var/lib/cloud/seed/nocloud"
#: Units of cloud-init without which Azure's data is not read, in whichever version.
_NEEDED_UNITS = ("cloud-init-local.service", "cloud-init.target")


@rule(
    code="LNX037",
    slug="provisioner",
    title="A new machine is provisioned by the agent or by cloud-init",
    severity=Severity.WARNING,
    basis=Basis.DERIVED,
    sources=(PROVISIONING, UBUNTU_VHD, PROVISIONER),
    kind=Kind.VHD,
    reads=(FactName.GUEST,),
)
def somebody_provisions(vhd: Vhd, context: Context) -> Outcome:
    """Whoever is to provision a new machine, the agent or cloud-init, is able to.

    What it demands
    ---------------
    Who is to: ``Provisioning.Agent`` of waagent.conf says it, ``waagent`` or ``cloud-init``; with ``auto``, and without
    the option, it is cloud-init where systemd has cloud-init-local.service enabled, else the agent; with ``disabled``,
    and without an agent, only cloud-init is left. Where that is cloud-init, it is there, neither
    /etc/cloud/cloud-init.disabled nor a mask nor ``cloud-init=disabled`` on a kernel's command line keeps it from
    running, its ``datasource_list``, where it has one, names Azure, and no data for cloud-init in the image
    (/var/lib/cloud/seed/nocloud, as tools that build images leave it) is taken before. Where it is the agent, LNX006
    says whether it starts.

    Not evaluated are an agent older than 2.2.45, which has other options; the agent as the provisioner beside a
    cloud-init that is enabled (newer agents refuse); a configuration or a command line that is not understood; and an
    image with neither, for another program may provision.

    Why
    ---
    Somebody has to create the user, set the host name and report the machine as ready. Where nobody does, every
    deployment ends in a timeout, or without the user that was asked for, and the image looks as if it had not been
    generalized. No test of its own looks at it: the machines of the certification do not come up. It is derived from
    what the agent (2.7.3.0, and others from 2.2.45 on) and cloud-init (22.4.2) do by their source.

    How to fix
    ----------
    Enable cloud-init and have it look for Azure: ``datasource_list: [ Azure ]``.
    """
    guest = guest_of(vhd)
    if isinstance(guest, NotApplicable):
        return guest
    options = read(guest.agent.configuration) if read(has_agent(guest)) else None
    if options is None:
        return _by_cloud_init(vhd, guest, "there is no agent with a waagent.conf")
    versions = [numbers(version) for _, version in read(guest.agent.modules)]
    if versions and not at_least(max(versions), _FIRST_WITH_THE_OPTION):
        read(unread(vhd, "/etc/waagent.conf", "agents before 2.2.45 have other options for who provisions"))
    told = options.get("Provisioning.Agent", "auto")
    if told not in ("auto", "waagent"):
        return _by_cloud_init(vhd, guest, f"waagent.conf has Provisioning.Agent={told}")
    if not read(guest.cloud_init.starts):
        return _by_the_agent(guest)
    if told == "waagent":
        words = "waagent.conf has Provisioning.Agent=waagent, and cloud-init is enabled: newer agents refuse then"
        read(unread(vhd, "/etc/waagent.conf", words))
    return _by_cloud_init(vhd, guest, "the agent leaves it to cloud-init, which is enabled")


def _by_the_agent(guest: LinuxGuest) -> Outcome:
    units, masked = read(guest.agent.units), {_name(path) for path in read(guest.agent.masked)}
    if all(_name(path) in masked for path in units):
        return NotApplicable("the agent is to provision and does not start, as LNX006 says")
    return Pass(("the agent provisions: cloud-init is not enabled",))


def _by_cloud_init(vhd: Vhd, guest: LinuxGuest, told: str) -> Outcome:
    why = _why_not(guest)
    if why and guest.cloud_init.installed is False and has_agent(guest) is False:
        words = "there is no agent and no cloud-init; whether another program provisions is not known"
        read(unread(vhd, "/usr/bin/cloud-init", words))
    if why:
        return Fail(
            "nobody provisions a new machine",
            expected="cloud-init, running and looking for Azure, or the agent",
            actual=f"{told}; {why}",
            fix=Fix(
                "let cloud-init provision",
                Safety.MANUAL,
                steps=(
                    "sudo rm -f /etc/cloud/cloud-init.disabled",
                    "sudo systemctl unmask cloud-init-local && sudo systemctl enable cloud-init-local",
                    "have datasource_list: [ Azure ] in the last file of /etc/cloud/cloud.cfg.d that names a list",
                    "sudo rm -rf /var/lib/cloud/seed",
                    "set Provisioning.Agent=auto in /etc/waagent.conf",
                ),
            ),
        )
    if not read(guest.cloud_init.runs):
        stopped = ", ".join(read(guest.cloud_init.stopped.whole()))
        read(unread(vhd, "/etc/cloud", f"whether cloud-init runs is not known: {stopped}"))
    sources, seeds = read(guest.cloud_init.sources), read(guest.cloud_init.seeds)
    if seeds and (sources is None or "NoCloud" in sources):
        read(unread(vhd, seeds[0], f"whether cloud-init takes {seeds[0]} for its source of data is not known"))
    lines = [line for line in read(guest.boot.command_lines) if not line.is_rescue]
    for word in _told_to_cloud_init(guest):
        if word != "cloud-init=enabled":
            read(unread(vhd, "/proc/cmdline", f"whether cloud-init runs with {word} on the command line is not known"))
    read(are_known(vhd, lines))
    return Pass((f"cloud-init provisions: {told}",))


def _why_not(guest: LinuxGuest) -> str:
    """Why cloud-init certainly does not provision, in words; empty where that is not certain."""
    cloud_init, lines = guest.cloud_init, guest.boot.command_lines
    if cloud_init.installed is False:
        return "there is no cloud-init"
    words = _told_to_cloud_init(guest)
    if "cloud-init=disabled" in words:
        return "the kernel's command line has cloud-init=disabled"
    masks = [path for path in cloud_init.stopped.known if _name(path) in _NEEDED_UNITS]
    if masks:
        return f"a unit of cloud-init is masked: {', '.join(masks)}"
    if words or isinstance(lines, Unread) or any("$" in word for line in lines for word in line.arguments):
        return ""  # the command line may say otherwise than what follows
    if _MARK in cloud_init.stopped.known:
        return f"{_MARK} keeps it from running"
    if isinstance(cloud_init.sources, Unread):
        return ""
    sources = cloud_init.sources
    if sources is not None and "azure" not in (source.lower() for source in sources):
        return f"cloud-init looks for {', '.join(sources) or 'nothing'} only, by its datasource_list"
    seed = f"{_SEED} in the image is taken for the source of data, before Azure"
    return seed if _SEED in (known(cloud_init.seeds) or ()) and _asks_for_seeds_first(sources) else ""


def _asks_for_seeds_first(sources: tuple[str, ...] | None) -> bool:
    """Whether cloud-init looks for data in the image before it asks Azure, as it does where it has no list."""
    if sources is None or "Azure" not in sources:
        return sources is None
    return "NoCloud" in sources[: sources.index("Azure")]


def _told_to_cloud_init(guest: LinuxGuest) -> list[str]:
    """The words of the known command lines that are for cloud-init."""
    lines = [line for line in known(guest.boot.command_lines) or () if not line.is_rescue]
    return [word for line in lines for word in line.arguments if word.startswith(_TO_CLOUD_INIT)]


def _name(path: str) -> str:
    return path.rpartition("/")[2]
