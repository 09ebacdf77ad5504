"""LNX001: the image was generalized."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from checker.facts.arm_id import Kind
from checker.facts.linux_guest import LinuxGuest, PasswordState
from checker.facts.unread import Fact, FactName, Unread, every, known, negate, read, some, then
from checker.facts.vhd import Vhd
from checker.fixes.operations import Fix, Safety
from checker.rule import Basis, Context, Fail, Lowered, NotApplicable, Outcome, Pass, Severity, rule
from rules.documents import APPROVED_BASE, GENERALIZE
from rules.linux._documents import AGENT, FAQ
from rules.linux._guest import DEPROVISION, guest_of, has_agent, switch, unread

#: What the agent writes of one machine alone; other things in its folder may be put there for every machine.
_OF_A_MACHINE = re.compile(
    r"provisioned|published_hostname|waagent_status\.json|CustomData|Incarnation|partition|history|initial_goal_state"
    r"|(fast_track|rsm_update)\.json|.*\.(xml(\..*)?|pem|p7m|prv|crt)"
    r"|(?!WALinuxAgent-)[A-Za-z0-9]+(\.[A-Za-z0-9_]+)*-[0-9]+(\.[0-9]+)+"  # the folder of an extension
)
_CLOUD_INIT_STATE = ("/var/lib/cloud/instance", "/var/lib/cloud/data/instance-id")
_RIGHTS = ("/etc/sudoers.d/90-cloud-init-users", "/etc/sudoers.d/waagent")
#: The host keys that waagent and cloud-init remove and make anew.
_REPLACED = re.compile(r"/etc/ssh/ssh_host_.*key.*")


@dataclass(frozen=True, slots=True)
class _Witness:
    """One sign: whether it speaks against the image, and in words what was seen either way."""

    name: str
    against: Fact[bool]
    seen: str

    def __str__(self) -> str:
        if isinstance(self.against, Unread):
            return f"{self.name}: not read ({self.against.detail})"
        return f"{self.name}: {self.seen if self.against else 'clean'}"


@rule(
    code="LNX001",
    slug="linux-generalized",
    title="The Linux image was generalized",
    severity=Severity.ERROR,
    basis=Basis.DOCUMENTED,
    sources=(APPROVED_BASE, GENERALIZE, FAQ, AGENT),
    kind=Kind.VHD,
    reads=(FactName.GUEST,),
)
def linux_generalized(vhd: Vhd, context: Context) -> Outcome:
    """The image was deprovisioned: nothing is left of the machine that it was made of.

    What it demands
    ---------------
    Several witnesses are heard, and every one is listed with what was seen of it. Decisive are: what the agent keeps
    of one machine in its folder, certificates and keys among it; accounts with a password or with keys; SSH host keys
    that every machine would share, or that deprovisioning would have removed
    (``Provisioning.RegenerateSshHostKeyPair=y``); and the instance that cloud-init remembers, where there is no agent,
    or where cloud-init goes on with it on another machine (``manual_cache_clean``). One of them that certainly speaks
    against the image fails it; all of them read and clean pass it.

    Host keys are shared where nothing makes new ones: waagent.conf does not ask for it, and cloud-init is not there,
    does not run, or has no ``ssh`` among its modules or ``ssh_deletekeys`` off; and always where they lie at another
    place than /etc/ssh/ssh_host_*key*. Where cloud-init's configuration is not plain enough to tell, the rule is not
    evaluated.

    The instance that cloud-init remembers beside an agent fails it as info: ``waagent -deprovision`` leaves it, and on
    a new machine cloud-init runs again. The machine id, shell histories, DHCP leases, /etc/resolv.conf, the host name,
    accounts with ids from 1000, the rights of provisioned ones and other things in the agent's folder are listed only;
    LNX002, LNX020 and LNX026 judge some of them.

    Why
    ---
    The definition's *Generalized* is a claim. The certification deploys machines from the image, and answers with
    *VM not generalized* or *Provisioning timeout or not properly generalized*. It has no test that looks at this.

    How to fix
    ----------
    Run ``waagent -deprovision+user`` as the last command on the machine, with a plain hyphen: some documents print a
    dash that is no option. It removes only the account that was provisioned last.
    """
    guest = guest_of(vhd)
    if isinstance(guest, NotApplicable):
        return guest
    agent = has_agent(guest)
    cloud = _cloud_init_state(guest)
    alone = _Witness("an instance of cloud-init, and no agent", every([negate(agent), cloud.against]), cloud.seen)
    kept = _Witness(
        "an instance that cloud-init goes on with on any machine",
        every([cloud.against, guest.cloud_init.keeps_instance]),
        cloud.seen,
    )
    decisive = (_agent_state(guest), _passwords(vhd, guest), _keys(guest), _host_keys(vhd, guest), alone, kept)
    listed = (cloud, *_minor(guest))
    evidence = tuple(str(witness) for witness in (*decisive, *listed))
    against = [witness for witness in decisive if witness.against is True]
    fix = Fix("deprovision, and capture the image again", Safety.MANUAL, steps=DEPROVISION)
    if against:
        return Fail(
            "the image was not generalized",
            expected="nothing left of the machine that the image was made of",
            actual="; ".join(f"{witness.name}: {witness.seen}" for witness in against),
            evidence=evidence,
            fix=fix,
        )
    read(some(witness.against for witness in decisive))
    if read(cloud.against):
        return Fail(
            "cloud-init remembers the machine that the image was made of",
            expected="no instance of cloud-init",
            actual=cloud.seen,
            evidence=evidence,
            fix=Fix(
                "make cloud-init forget it",
                Safety.MANUAL,
                steps=("sudo cloud-init clean --logs", *DEPROVISION[1:]),
            ),
            lowered=Lowered(Severity.INFO, "deprovisioning leaves it, and on a new machine cloud-init runs again"),
        )
    return Pass(evidence)


def _agent_state(guest: LinuxGuest) -> _Witness:
    state = guest.agent.state
    return _Witness(
        "what the agent keeps of a provisioned machine",
        state.some(_is_of_a_machine),
        _listed(path for path in state.known if _is_of_a_machine(path)),
    )


def _is_of_a_machine(path: str) -> bool:
    return _OF_A_MACHINE.fullmatch(path.rpartition("/")[2]) is not None


def _cloud_init_state(guest: LinuxGuest) -> _Witness:
    there = {path: then(guest.leftovers[path], lambda file: file is not None) for path in _CLOUD_INIT_STATE}
    seen = ", ".join(path for path, is_there in there.items() if is_there is True)
    return _Witness("the instance that cloud-init remembers", some(there.values()), seen)


def _passwords(vhd: Vhd, guest: LinuxGuest) -> _Witness:
    accounts, set_one = guest.accounts, PasswordState.SET
    names = [one.user for one in known(accounts.passwords) or () if one.state is set_one]
    names += [user.name for user in known(accounts.users) or () if user.password is set_one]
    told = then(guest.cloud_init.passwords, lambda lines: _unclear(vhd, lines, "may have cloud-init set a password"))
    others = then(accounts.elsewhere, lambda paths: _unclear(vhd, paths, "may have more accounts, and is not read"))
    seen: list[Fact[bool]] = [
        bool(names),
        then(accounts.passwords, lambda _: False),
        then(accounts.users, lambda _: False),
    ]
    return _Witness("accounts with passwords that are set", some([*seen, told, others]), _listed(dict.fromkeys(names)))


def _unclear(vhd: Vhd, places: tuple[str, ...], words: str) -> Fact[bool]:
    """Unread where there are any: what comes of them is not known."""
    return unread(vhd, places[0], f"{', '.join(places)} {words}") if places else False


def _keys(guest: LinuxGuest) -> _Witness:
    found = guest.accounts.authorized_keys
    real = [one.file.path for one in found.known if one.keys and not one.only_notice and one.users]
    told = guest.cloud_init.keys
    against = some([found.some(lambda one: one.keys > 0 and not one.only_notice and bool(one.users)), then(told, bool)])
    return _Witness("keys that may log in", against, _listed([*real, *(known(told) or ())]))


def _host_keys(vhd: Vhd, guest: LinuxGuest) -> _Witness:
    """Host keys that deprovisioning would have removed, or that every machine would share."""
    name, keys = "SSH host keys", guest.sshd.host_keys
    if isinstance(keys, Unread):
        return _Witness(name, keys, "")
    usual = [path for path in keys if _REPLACED.fullmatch(path)]
    removed = switch(guest, "Provisioning.RegenerateSshHostKeyPair", default=False)
    shared = negate(every([guest.cloud_init.replaces_host_keys, negate(_is_disabled(vhd, guest))]))
    against = some([len(usual) < len(keys), every([bool(usual), some([removed, shared])])])
    return _Witness(name, against, _listed(keys))


def _is_disabled(vhd: Vhd, guest: LinuxGuest) -> Fact[bool]:
    """Whether the kernel's command line keeps cloud-init from running."""
    if isinstance(guest.boot.command_lines, Unread):
        return guest.boot.command_lines
    says = {"cloud-init=disabled" in line.arguments for line in guest.boot.command_lines if not line.is_rescue}
    if len(says) > 1:
        return unread(vhd, "/proc/cmdline", "some command lines of the kernel disable cloud-init")
    return says == {True}


def _minor(guest: LinuxGuest) -> tuple[_Witness, ...]:
    histories = [one.file.path for one in guest.accounts.histories.known if one.file.size]
    resolver = guest.texts["/etc/resolv.conf"]
    there = {path: then(guest.leftovers[path], lambda file: file is not None) for path in _RIGHTS}
    names = then(guest.hostname, lambda name: (name or "").partition(".")[0] not in ("", "localhost"))
    machine = then(guest.machine_id, lambda id: id not in (None, "", "uninitialized"))
    more = [path for path in guest.agent.state.known if not _is_of_a_machine(path)]
    people = then(guest.accounts.users, lambda users: tuple(one.name for one in users if 1000 <= one.uid < 60_000))
    return (
        _Witness("the machine id", machine, "it is set"),
        _Witness("histories", guest.accounts.histories.some(lambda one: one.file.size > 0), _listed(histories)),
        _Witness("DHCP leases", then(guest.leases, bool), _listed(file.path for file in known(guest.leases) or ())),
        _Witness("/etc/resolv.conf", then(resolver, lambda words: "nameserver" in (words or "")), "it names a server"),
        _Witness("the host name", names, known(guest.hostname) or ""),
        _Witness("accounts with ids from 1000", then(people, bool), _listed(known(people) or ())),
        _Witness(
            "rights of provisioned accounts",
            some(there.values()),
            _listed(path for path, is_there in there.items() if is_there is True),
        ),
        _Witness("other things in the agent's folder", bool(more), _listed(more)),
    )


def _listed(names: Iterable[str]) -> str:
    return ", ".join(names)
