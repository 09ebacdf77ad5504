"""LNX030: on Red Hat's family, the script of eth0 starts it with DHCP."""

from checker.facts.arm_id import Kind
from checker.facts.unread import FactName, read
from checker.facts.vhd import Vhd
from checker.fixes.operations import Fix, Safety
from checker.rule import Basis, Context, Fail, Lowered, NotApplicable, Outcome, Pass, Severity, rule
from rules.linux._documents import LISA, LISA_RELEASE
from rules.linux._guest import guest_of, unread
from rules.linux._systems import RED_HAT, WITHOUT_SCRIPTS, settings, unquoted, version_of

_PATH = "/etc/sysconfig/network-scripts/ifcfg-eth0"
_WANTED = {"DEVICE": "eth0", "BOOTPROTO": "dhcp", "ONBOOT": "yes"}


@rule(
    code="LNX030",
    slug="dhcp-on-eth0",
    title="The script of eth0 starts it with DHCP",
    severity=Severity.WARNING,
    basis=Basis.DOCUMENTED,
    sources=(LISA, LISA_RELEASE),
    kind=Kind.VHD,
    reads=(FactName.GUEST,),
)
def dhcp_on_eth0(vhd: Vhd, context: Context) -> Outcome:
    """On Red Hat's family, ifcfg-eth0 has DEVICE=eth0, BOOTPROTO=dhcp and ONBOOT=yes.

    What it demands
    ---------------
    /etc/sysconfig/network-scripts/ifcfg-eth0 has the three settings, outside of comments. The certification's code
    searches for them letter by letter, so that quotes around a value make it fail: that is told as info. It asks for
    the file on every system of the family below version 39 (which is meant for Fedora), and so on Red Hat 10, which
    does without such files; that code skips other distributions, and so does this rule. From Fedora 39 on it asks
    NetworkManager of a running machine. Where there is no such file and cloud-init may run, which may write it at the
    first boot, the rule is not evaluated. With ``HWADDR=`` in it the script is for one network card, which another
    machine does not have: it fails unless cloud-init runs, which writes the file anew. That code does not look at it.

    Why
    ---
    It answers ``verify_ifcfg_eth0``. It was not seen among the tests of the certification.

    How to fix
    ----------
    Write the file with the three lines.
    """
    guest = guest_of(vhd)
    if isinstance(guest, NotApplicable):
        return guest
    release = read(guest.os_release)
    if release.id not in RED_HAT:
        return NotApplicable(f"the code asks for the file on Red Hat's family, and this is {release.id}")
    if read(version_of(release, vhd.id.text)) >= WITHOUT_SCRIPTS:
        return NotApplicable("from Fedora 39 on, the code asks NetworkManager of a running machine")
    text = read(guest.texts[_PATH])
    expected = " ".join(f"{name}={value}" for name, value in _WANTED.items())
    lines = "\\n".join(f"{name}={value}" for name, value in _WANTED.items())
    fix = Fix("write the file", Safety.MANUAL, steps=(f"printf '{lines}\\n' | sudo tee {_PATH}",))
    if text is None:
        if read(guest.cloud_init.runs):
            read(unread(vhd, _PATH, "it is not there, and cloud-init may write it at the first boot"))
        return Fail("there is no ifcfg-eth0", expected, "no file", fix=fix)
    found = settings(text)
    wrong = [name for name, value in _WANTED.items() if unquoted(found.get(name, "")) != value]
    actual = " ".join(f"{name}={found[name]}" if name in found else f"no {name}" for name in _WANTED)
    if wrong:
        return Fail("ifcfg-eth0 does not start eth0 with DHCP", expected, actual, fix=fix)
    if unquoted(found.get("HWADDR", "")) and not read(guest.cloud_init.runs):
        steps = (f"sudo sed -i '/^HWADDR=/d' {_PATH}",)
        words = "ifcfg-eth0 is for the network card of another machine"
        return Fail(words, "no HWADDR", f"HWADDR={found['HWADDR']}", fix=Fix("remove it", Safety.MANUAL, steps=steps))
    if any(f"{name}={value}" not in text for name, value in _WANTED.items()):
        lowered = Lowered(Severity.INFO, "the setting is right, and only the code's search misses it")
        return Fail("ifcfg-eth0 writes a setting otherwise than the code has it", expected, actual, lowered=lowered)
    return Pass((f"{_PATH}: {actual}",))
