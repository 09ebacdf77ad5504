"""LNX020: logs, leases and names of the machine that the image was made of are gone."""

from checker.facts.arm_id import Kind
from checker.facts.linux_guest import LinuxGuest
from checker.facts.unread import Fact, FactName, Unread, read, then
from checker.facts.vhd import Vhd
from checker.fixes.operations import Fix, Safety
from checker.rule import Basis, Context, Fail, NotApplicable, Outcome, Pass, Severity, rule
from rules.documents import GENERALIZE
from rules.linux._documents import AGENT, IMAGE_CREATION, SECURITY
from rules.linux._guest import DEPROVISION, guest_of

_FILES = ("/var/log/waagent.log", "/var/log/cloud-init.log", "/var/log/cloud-init-output.log")


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
    The logs of the agent and of cloud-init are not there or empty, no DHCP client has a lease, /etc/resolv.conf names
    no server (a symlink is fine: it is made at boot), and the host name is unset or localhost. What decides whether
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
    signs = _signs(guest)
    left = [what for what, there in signs.items() if there is True]
    if left:
        return Fail(
            "the machine that the image was made of left traces",
            expected="what deprovisioning leaves",
            actual=", ".join(left),
            fix=Fix("clean up", Safety.MANUAL, steps=("sudo cloud-init clean --logs", *DEPROVISION[1:])),
        )
    for there in signs.values():
        read(there)
    return Pass(tuple(f"not there: {what}" for what in signs))


def _signs(guest: LinuxGuest) -> dict[str, Fact[bool]]:
    signs: dict[str, Fact[bool]] = {
        path: then(guest.leftovers[path], lambda file: file is not None and file.size > 0) for path in _FILES
    }
    leases = guest.leases
    paths = "" if isinstance(leases, Unread) else ", ".join(file.path for file in leases if file.size)
    signs[paths or "leases of DHCP"] = then(leases, lambda files: any(file.size for file in files))
    signs["name servers in /etc/resolv.conf"] = _resolver(guest)
    name = guest.hostname if isinstance(guest.hostname, str) else ""
    signs[f"the host name {name}".strip()] = then(
        guest.hostname, lambda text: (text or "").partition(".")[0] not in ("", "localhost")
    )
    return signs


def _resolver(guest: LinuxGuest) -> Fact[bool]:
    file = guest.leftovers["/etc/resolv.conf"]
    if isinstance(file, Unread) or file is None or file.kind != "file":
        return then(file, lambda _: False)
    return then(
        guest.texts["/etc/resolv.conf"],
        lambda text: any(line.split()[:1] == ["nameserver"] for line in (text or "").splitlines()),
    )
