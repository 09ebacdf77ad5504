"""LNX031: the file that switches the network on is there."""

from checker.facts.arm_id import Kind
from checker.facts.unread import FactName, read
from checker.facts.vhd import Vhd
from checker.fixes.operations import Fix, Safety
from checker.rule import Basis, Context, Fail, Lowered, NotApplicable, Outcome, Pass, Severity, rule
from rules.linux._documents import LISA, LISA_RELEASE
from rules.linux._guest import guest_of
from rules.linux._systems import AZURE_LINUX, RED_HAT, WITHOUT_SCRIPTS, settings, unquoted, version_of

_NETWORK = "/etc/sysconfig/network"
_NETWORKD = {True: "/usr/lib/systemd/networkd.conf", False: "/etc/systemd/networkd.conf"}


@rule(
    code="LNX031",
    slug="network-file",
    title="The file that switches the network on is there",
    severity=Severity.WARNING,
    basis=Basis.DOCUMENTED,
    sources=(LISA, LISA_RELEASE),
    kind=Kind.VHD,
    reads=(FactName.GUEST,),
)
def network_file(vhd: Vhd, context: Context) -> Outcome:
    """Red Hat's family has NETWORKING=yes, Azure Linux a networkd.conf.

    What it demands
    ---------------
    On Red Hat's family below version 39, /etc/sysconfig/network has NETWORKING=yes, in letters of any case and outside
    of comments. On Azure Linux /etc/systemd/networkd.conf is there, from version 4 on /usr/lib/systemd/networkd.conf.
    The certification's code skips other distributions, and so does this rule; from Fedora 39 on it asks NetworkManager
    of a running machine. It takes a comment for the setting; here that does not count. It does not find the setting
    where the value is in quotes: that is told as info.

    Why
    ---
    It answers ``verify_network_file_configuration``. It was not seen among the tests of the certification.

    How to fix
    ----------
    Write the line into the file; on Azure Linux, install the package of systemd-networkd again.
    """
    guest = guest_of(vhd)
    if isinstance(guest, NotApplicable):
        return guest
    release = read(guest.os_release)
    if release.id not in RED_HAT | AZURE_LINUX:
        return NotApplicable(f"the code asks for it on Red Hat's family and Azure Linux, and this is {release.id}")
    version = read(version_of(release, vhd.id.text))
    if release.id in AZURE_LINUX:
        path = _NETWORKD[version >= (4,)]
        if read(guest.texts[path]) is None:
            return Fail("there is no configuration of systemd-networkd", path, "no file")
        return Pass((f"{path} is there",))
    if version >= WITHOUT_SCRIPTS:
        return NotApplicable("from Fedora 39 on, the code asks NetworkManager of a running machine")
    text = read(guest.texts[_NETWORK])
    found = {name.upper(): value for name, value in settings(text or "").items()}
    if unquoted(found.get("NETWORKING", "")).lower() == "yes":
        if "networking=yes" in (text or "").lower():
            return Pass((f"{_NETWORK}: NETWORKING={found['NETWORKING']}",))
        return Fail(
            "NETWORKING is written otherwise than the code searches it",
            expected=f"NETWORKING=yes in {_NETWORK}, without quotes",
            actual=f"NETWORKING={found['NETWORKING']}",
            lowered=Lowered(Severity.INFO, "the setting is right, and only the code's search misses it"),
        )
    return Fail(
        "the network is not switched on",
        expected=f"NETWORKING=yes in {_NETWORK}",
        actual="no file" if text is None else found.get("NETWORKING", "no such setting"),
        fix=Fix("switch it on", Safety.MANUAL, steps=(f"echo NETWORKING=yes | sudo tee -a {_NETWORK}",)),
    )
