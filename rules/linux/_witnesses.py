"""The signs that LNX001 hears: what a machine leaves in the image that was made of it.

A witness that says nothing against the image says so by name; one that could not be read says why.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from checker.facts.linux.accounts import PasswordState
from checker.facts.linux_guest import LinuxGuest
from checker.facts.unread import Fact, Unread, every, known, negate, some, then
from checker.facts.vhd import Vhd
from rules.linux._guest import are_known, switch, unread

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
class Witness:
    """One sign: whether it speaks against the image, and in words what was seen either way."""

    name: str
    against: Fact[bool]
    seen: str

    def __str__(self) -> str:
        if isinstance(self.against, Unread):
            return f"{self.name}: not read ({self.against.detail})"
        return f"{self.name}: {self.seen if self.against else 'clean'}"


def agent_state(guest: LinuxGuest) -> Witness:
    """What the agent writes of one machine, into the folder that it keeps its state in."""
    state = guest.agent.state
    return Witness(
        "what the agent keeps of a provisioned machine",
        state.some(_is_of_a_machine),
        _listed(path for path in state.known if _is_of_a_machine(path)),
    )


def _is_of_a_machine(path: str) -> bool:
    return _OF_A_MACHINE.fullmatch(path.rpartition("/")[2]) is not None


def cloud_init_state(vhd: Vhd, guest: LinuxGuest) -> Witness:
    """The instance that cloud-init may go on with; unread where it is told to remember it elsewhere."""
    elsewhere = then(
        guest.cloud_init.memory_elsewhere, lambda lines: _unclear(vhd, lines, "has cloud-init remember it elsewhere")
    )
    there = {path: then(guest.leftovers[path], lambda file: file is not None) for path in _CLOUD_INIT_STATE}
    seen = ", ".join(path for path, is_there in there.items() if is_there is True)
    return Witness("the instance that cloud-init remembers", some([*there.values(), elsewhere]), seen)


def earlier_instances(guest: LinuxGuest) -> Witness:
    """What is no instance to go on with: earlier ones, and what ran once for all."""
    paths = guest.cloud_init.remembered
    return Witness("earlier instances of cloud-init", then(paths, bool), _listed(known(paths) or ()))


def passwords(vhd: Vhd, guest: LinuxGuest) -> Witness:
    """Passwords that are set, in /etc/shadow and /etc/passwd; unread where others may be, or may come to be."""
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
    return Witness("accounts with passwords that are set", some([*seen, told, others]), _listed(dict.fromkeys(names)))


def _unclear(vhd: Vhd, places: tuple[str, ...], words: str) -> Fact[bool]:
    """Unread where there are any: what comes of them is not known."""
    return unread(vhd, places[0], f"{', '.join(places)} {words}") if places else False


def authorized_keys(guest: LinuxGuest) -> Witness:
    """SSH keys by which somebody may log in, those that cloud-init would put in place too."""
    found = guest.accounts.authorized_keys
    real = [one.file.path for one in found.known if one.keys and not one.only_notice and one.users]
    told = guest.cloud_init.keys
    against = some([found.some(lambda one: one.keys > 0 and not one.only_notice and bool(one.users)), then(told, bool)])
    return Witness("keys that may log in", against, _listed([*real, *(known(told) or ())]))


def host_keys(vhd: Vhd, guest: LinuxGuest) -> Witness:
    """Host keys that deprovisioning would have removed, or that every machine would share."""
    keys = guest.sshd.host_keys
    usual = any(_REPLACED.fullmatch(path) for path in keys.known)
    removed = switch(guest, "Provisioning.RegenerateSshHostKeyPair", default=False)
    shared = negate(every([guest.cloud_init.replaces_host_keys, negate(_is_disabled(vhd, guest))]))
    others = keys.some(lambda path: _REPLACED.fullmatch(path) is None)
    against = some([others, every([usual, some([removed, shared])])])
    return Witness("SSH host keys", against, _listed(keys.known))


def _is_disabled(vhd: Vhd, guest: LinuxGuest) -> Fact[bool]:
    """Whether the kernel's command line keeps cloud-init from running."""
    if isinstance(guest.boot.command_lines, Unread):
        return guest.boot.command_lines
    lines = [line for line in guest.boot.command_lines if not line.is_rescue]
    says = {"cloud-init=disabled" in line.arguments for line in lines}
    if len(says) > 1:
        return unread(vhd, "/proc/cmdline", "some command lines of the kernel disable cloud-init")
    return True if says == {True} else negate(are_known(vhd, lines))


def listed_only(guest: LinuxGuest) -> tuple[Witness, ...]:
    """Signs that decide nothing here: machines that were generalized have them too, or other rules judge them."""
    histories = [one.file.path for one in guest.accounts.histories.known if one.file.size]
    resolver = guest.texts["/etc/resolv.conf"]
    there = {path: then(guest.leftovers[path], lambda file: file is not None) for path in _RIGHTS}
    names = then(guest.hostname, lambda name: (name or "").partition(".")[0] not in ("", "localhost"))
    machine = then(guest.machine_id, lambda id: id not in (None, "", "uninitialized"))
    more = [path for path in guest.agent.state.known if not _is_of_a_machine(path)]
    people = then(guest.accounts.users, lambda users: tuple(one.name for one in users if 1000 <= one.uid < 60_000))
    return (
        Witness("the machine id", machine, "it is set"),
        Witness("histories", guest.accounts.histories.some(lambda one: one.file.size > 0), _listed(histories)),
        Witness("DHCP leases", then(guest.leases, bool), _listed(file.path for file in known(guest.leases) or ())),
        Witness("/etc/resolv.conf", then(resolver, lambda words: "nameserver" in (words or "")), "it names a server"),
        Witness("the host name", names, known(guest.hostname) or ""),
        Witness("accounts with ids from 1000", then(people, bool), _listed(known(people) or ())),
        Witness(
            "rights of provisioned accounts",
            some(there.values()),
            _listed(path for path, is_there in there.items() if is_there is True),
        ),
        Witness("other things in the agent's folder", bool(more), _listed(more)),
    )


def _listed(names: Iterable[str]) -> str:
    return ", ".join(names)
