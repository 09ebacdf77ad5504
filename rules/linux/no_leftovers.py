"""LNX020: logs, leases and names of the machine that the image was made of are gone."""

from __future__ import annotations

import re

from checker.facts.arm_id import Kind
from checker.facts.linux.system import File
from checker.facts.linux_guest import LinuxGuest
from checker.facts.unread import Fact, FactName, Unread, known, read, then
from checker.facts.vhd import Vhd
from checker.fixes.operations import Fix, Safety
from checker.rule import Basis, Context, Fail, Lowered, NotApplicable, Outcome, Pass, Severity, rule
from rules.documents import GENERALIZE
from rules.linux._documents import AGENT, IMAGE_CREATION, SECURITY
from rules.linux._guest import DEPROVISION, guest_of
from rules.linux._systems import settings, unquoted

#: What ``waagent -deprovision`` removes, as its code says.
_REMOVED_LOGS = re.compile(r"/var/log/waagent\.log|/var/log/azure/.*")
_REMOVED_LEASES = re.compile(r"/var/lib/(dhcp|dhclient|dhcpcd)/.*|/var/lib/NetworkManager/dhclient-.*\.lease")
_OWN_ADDRESS = re.compile(r"127\.|::1$")


@rule(
    code="LNX020",
    slug="no-leftovers",
    title="Nothing that deprovisioning removes is left",
    severity=Severity.WARNING,
    basis=Basis.DOCUMENTED,
    sources=(GENERALIZE, SECURITY, IMAGE_CREATION, AGENT),
    kind=Kind.VHD,
    reads=(FactName.GUEST,),
)
def no_leftovers(vhd: Vhd, context: Context) -> Outcome:
    """Logs of the agent and of cloud-init, DHCP leases, name servers and the host name are gone.

    What it demands
    ---------------
    The logs of the agent and of extensions are not there or empty, no DHCP client has a lease, /etc/resolv.conf names
    no server and no domain (one that is made at boot is fine, and so is this machine itself behind a symlink), and the
    host name is unset or localhost. The logs of cloud-init, older logs that were rotated, and the leases of
    NetworkManager's own client and of wicked count as info: ``waagent -deprovision`` leaves them. What decides whether
    the image was generalized at all is LNX001's.

    Why
    ---
    The machine that was built would show through in every machine that is made of the image. No test of the
    certification looks at it.

    How to fix
    ----------
    Run ``waagent -deprovision+user`` as the last command, and ``cloud-init clean --logs`` where cloud-init is.
    """
    guest = guest_of(vhd)
    if isinstance(guest, NotApplicable):
        return guest
    removed, kept = _signs(guest)
    left = [what for what, there in removed.items() if there is True]
    more = [what for what, there in kept.items() if there is True]
    if not left:
        for there in removed.values():
            read(there)
    if left or more:
        return Fail(
            "the machine that the image was made of left traces",
            expected="what deprovisioning leaves",
            actual=", ".join([*left, *more]),
            fix=Fix("clean up", Safety.MANUAL, steps=("sudo cloud-init clean --logs", *DEPROVISION[1:])),
            lowered=None if left else Lowered(Severity.INFO, "deprovisioning does not remove it"),
        )
    for there in kept.values():
        read(there)
    return Pass(tuple(f"not there: {what}" for what in (*removed, *kept)))


def _signs(guest: LinuxGuest) -> tuple[dict[str, Fact[bool]], dict[str, Fact[bool]]]:
    """What deprovisioning removes, and what it leaves, by what it is; and whether it is there."""
    logs, other_logs = _split(guest.logs, _REMOVED_LOGS)
    leases, other_leases = _split(guest.leases, _REMOVED_LEASES)
    removed = {
        **_named(logs, "the agent's logs"),
        **_named(leases, "leases of DHCP"),
        "servers and domains in /etc/resolv.conf": _resolver(guest),
        **_host_names(guest),
    }
    return removed, {**_named(other_logs, "cloud-init's logs"), **_named(other_leases, "other leases of DHCP")}


def _host_names(guest: LinuxGuest) -> dict[str, Fact[bool]]:
    """Each place that may name the machine, with the name where it was read, and whether it is one of its own."""
    old = then(guest.texts["/etc/sysconfig/network"], lambda text: unquoted(settings(text or "").get("HOSTNAME", "")))
    names: dict[str, Fact[str]] = {
        "the host name": then(guest.hostname, lambda text: _first(text or "")),
        "the host name in /etc/HOSTNAME": then(guest.texts["/etc/HOSTNAME"], lambda text: _first(text or "")),
        "the host name in /etc/sysconfig/network": old,
    }
    return {
        f"{what} {known(name) or ''}".strip(): then(
            name, lambda text: text.partition(".")[0].lower() not in ("", "localhost")
        )
        for what, name in names.items()
    }


def _first(text: str) -> str:
    """The first line of a file that is no comment."""
    lines = (line.strip() for line in text.split("\n"))
    return next((line for line in lines if line and not line.startswith("#")), "")


def _split(files: Fact[tuple[File, ...]], pattern: re.Pattern[str]) -> tuple[Fact[list[str]], Fact[list[str]]]:
    """The paths of those that have content, and match, and of the others."""
    full = then(files, lambda found: [file.path for file in found if file.size])
    return (
        then(full, lambda paths: [path for path in paths if pattern.fullmatch(path)]),
        then(full, lambda paths: [path for path in paths if not pattern.fullmatch(path)]),
    )


def _named(paths: Fact[list[str]], what: str) -> dict[str, Fact[bool]]:
    return {", ".join(known(paths) or ()) or what: then(paths, bool)}


def _resolver(guest: LinuxGuest) -> Fact[bool]:
    """Whether /etc/resolv.conf names a domain, or a server; behind a symlink one that is not this machine itself."""
    file, text = guest.leftovers["/etc/resolv.conf"], guest.texts["/etc/resolv.conf"]
    if isinstance(file, Unread) or file is None:
        return then(file, lambda _: False)
    if isinstance(text, Unread):
        return text
    for line in (text or "").splitlines():
        keyword, *values = line.split() or [""]
        if keyword == "nameserver" and (file.kind == "file" or not (values and _OWN_ADDRESS.match(values[0]))):
            return True
        if keyword in ("search", "domain") and values not in ([], ["."]):
            return True
    return False
