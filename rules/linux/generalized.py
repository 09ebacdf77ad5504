"""LNX001: the image was generalized."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from checker.facts.arm_id import Kind
from checker.facts.linux_guest import LinuxGuest, PasswordState
from checker.facts.unread import Fact, FactName, Unread, every, negate, read, some, then
from checker.facts.vhd import Vhd
from checker.fixes.operations import Fix, Safety
from checker.rule import Basis, Context, Fail, Lowered, NotApplicable, Outcome, Pass, Severity, rule
from rules.documents import APPROVED_BASE, GENERALIZE
from rules.linux._documents import AGENT, FAQ
from rules.linux._guest import DEPROVISION, guest_of, has_agent, switch, unread
from rules.linux._keys import other_places

_AGENT_STATE = (
    "/var/lib/waagent/provisioned",
    "/var/lib/waagent/ovf-env.xml",
    "/var/lib/waagent/SharedConfig.xml",
    "/var/lib/waagent/Certificates.xml",
    "/var/lib/waagent/published_hostname",
    "/var/lib/waagent/waagent_status.json",
)
_CLOUD_INIT_STATE = ("/var/lib/cloud/instance", "/var/lib/cloud/data/instance-id")


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
    in /var/lib/waagent of a machine that was provisioned; accounts with a password or with keys; SSH host keys, where
    nothing makes new ones (waagent.conf does not, and there is no cloud-init) or where deprovisioning would have
    removed them (``Provisioning.RegenerateSshHostKeyPair=y``); and the instance that cloud-init remembers, where there
    is no agent. One of them that certainly speaks against the image fails it; all of them read and clean pass it.
    The instance that cloud-init remembers beside an agent fails it as a warning: ``waagent -deprovision`` leaves it
    on some distributions, and on a new machine cloud-init runs again. The machine id, shell histories, DHCP leases,
    /etc/resolv.conf and the host name are listed only; LNX002, LNX020 and LNX026 judge them. Where waagent.conf or
    sshd's configuration names other places for the agent's state or for keys, the rule is not evaluated.

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
    decisive = (_agent_state(vhd, guest), _passwords(guest), _keys(vhd, guest), _host_keys(guest), alone)
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
            lowered=Lowered(Severity.WARNING, "on a new machine cloud-init runs again"),
        )
    return Pass(evidence)


def _agent_state(vhd: Vhd, guest: LinuxGuest) -> _Witness:
    there = {path: then(guest.leftovers[path], lambda file: file is not None) for path in _AGENT_STATE}
    seen = ", ".join(path for path, is_there in there.items() if is_there is True)
    elsewhere = then(guest.agent.configuration, lambda options: _elsewhere(vhd, options or {}))
    return _Witness("what the agent keeps of a provisioned machine", some([*there.values(), elsewhere]), seen)


def _elsewhere(vhd: Vhd, options: Mapping[str, str]) -> Fact[bool]:
    """Unread where waagent.conf has the agent keep its state at another place."""
    place = options.get("Lib.Dir", "").rstrip("/")
    if place in ("", "/var/lib/waagent"):
        return False
    return unread(vhd, place, f"the agent keeps its state in {place}, which is not read")


def _cloud_init_state(guest: LinuxGuest) -> _Witness:
    there = {path: then(guest.leftovers[path], lambda file: file is not None) for path in _CLOUD_INIT_STATE}
    seen = ", ".join(path for path, is_there in there.items() if is_there is True)
    return _Witness("the instance that cloud-init remembers", some(there.values()), seen)


def _passwords(guest: LinuxGuest) -> _Witness:
    shadow, users = guest.accounts.passwords, guest.accounts.users
    names = (
        [one.user for one in shadow or () if one.state is PasswordState.SET] if not isinstance(shadow, Unread) else []
    )
    if not isinstance(users, Unread):
        names += [user.name for user in users if user.password is PasswordState.SET and user.name not in names]
    if names:
        return _Witness("accounts with passwords that are set", True, ", ".join(names))
    missing = next((fact for fact in (shadow, users) if isinstance(fact, Unread)), None)
    return _Witness("accounts with passwords that are set", False if missing is None else missing, "")


def _keys(vhd: Vhd, guest: LinuxGuest) -> _Witness:
    found = guest.accounts.authorized_keys
    if isinstance(found, Unread):
        return _Witness("keys that may log in", found, "")
    real = [one for one in found if one.keys and not one.only_notice and one.users]
    elsewhere = other_places(vhd, guest)
    if not real and elsewhere is not None:
        return _Witness("keys that may log in", elsewhere, "")
    return _Witness("keys that may log in", bool(real), ", ".join(one.file.path for one in real))


def _host_keys(guest: LinuxGuest) -> _Witness:
    """Host keys that deprovisioning would have removed, or that every machine would share."""
    name, keys = "SSH host keys", guest.sshd.host_keys
    if isinstance(keys, Unread):
        return _Witness(name, keys, "")
    removed = switch(guest, "Provisioning.RegenerateSshHostKeyPair", default=False)
    nobody = then(guest.files["/usr/bin/cloud-init"], lambda file: file is None)
    against = every([bool(keys), some([removed, nobody])])
    return _Witness(name, against, ", ".join(keys))


def _minor(guest: LinuxGuest) -> tuple[_Witness, ...]:
    def text(fact: Fact[str | None]) -> str:
        return fact if isinstance(fact, str) else ""

    histories = then(guest.accounts.histories, lambda files: any(one.file.size for one in files))
    known = guest.accounts.histories
    resolver = guest.texts["/etc/resolv.conf"]
    return (
        _Witness(
            "the machine id", then(guest.machine_id, lambda id: id not in (None, "", "uninitialized")), "it is set"
        ),
        _Witness(
            "shell histories",
            histories,
            "" if isinstance(known, Unread) else ", ".join(one.file.path for one in known if one.file.size),
        ),
        _Witness(
            "DHCP leases",
            then(guest.leases, bool),
            "" if isinstance(guest.leases, Unread) else ", ".join(file.path for file in guest.leases),
        ),
        _Witness(
            "/etc/resolv.conf",
            then(resolver, lambda words: "nameserver" in (words or "")),
            "it names a server",
        ),
        _Witness(
            "the host name",
            then(guest.hostname, lambda name: (name or "").partition(".")[0] not in ("", "localhost")),
            text(guest.hostname),
        ),
    )
