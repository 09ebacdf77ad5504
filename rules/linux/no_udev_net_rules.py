"""LNX021: no rule of udev ties the name of an interface to a network card."""

from checker.facts.arm_id import Kind
from checker.facts.linux_guest import LinuxGuest
from checker.facts.unread import FactName, read
from checker.facts.vhd import Vhd
from checker.fixes.operations import Fix, Safety
from checker.rule import Basis, Context, Fail, NotApplicable, Outcome, Pass, Severity, rule
from rules.linux._documents import LINUX_VHD, LISA
from rules.linux._guest import family, guest_of

_PERSISTENT = "70-persistent-net.rules"
_GENERATOR = "75-persistent-net-generator.rules"
_IN_ETC = "/etc/udev/rules.d/"
_RED_HAT = frozenset({"rhel", "centos", "fedora", "almalinux", "rocky", "ol", "azurelinux", "mariner"})


@rule(
    code="LNX021",
    slug="no-udev-net-rules",
    title="No rule of udev ties an interface to a network card",
    severity=Severity.WARNING,
    basis=Basis.DOCUMENTED,
    sources=(LINUX_VHD, LISA),
    kind=Kind.VHD,
    reads=(FactName.GUEST,),
)
def no_udev_net_rules(vhd: Vhd, context: Context) -> Outcome:
    """The rules of udev that remember network cards are not there.

    What it demands
    ---------------
    There is no 70-persistent-net.rules in udev's folders; and on Red Hat's family and Azure Linux no
    75-persistent-net-generator.rules in /lib/udev/rules.d, which would write it. One of that name in /etc that leads
    to /dev/null turns the generator off, and is fine. The test skips Debian and SUSE; the first file is wrong there
    too, unless it is empty or leads to /dev/null: then it says nothing of a card.

    Why
    ---
    It answers ``verify_udev_rules_moved``. A new machine has another card: its interface would be eth1, without a
    network.

    How to fix
    ----------
    Remove the files.
    """
    guest = guest_of(vhd)
    if isinstance(guest, NotApplicable):
        return guest
    found = read(guest.udev_net_rules)
    persistent = [path for path in found if path.endswith(f"/{_PERSISTENT}")]
    generators = [path for path in found if path.endswith(f"/{_GENERATOR}") and not path.startswith(_IN_ETC)]
    # An empty one is refused by the test too, but only where it runs.
    tested = bool(persistent or generators) and bool(read(family(guest)) & _RED_HAT)
    wrong = persistent if tested or not persistent else _that_say_something(guest, persistent)
    if generators and (wrong or tested):
        wrong = [*wrong, *generators]
    if not wrong:
        return Pass(found or ("there is none",))
    return Fail(
        "rules of udev tie interfaces to network cards",
        expected="none of them",
        actual=", ".join(wrong),
        fix=Fix("remove them", Safety.MANUAL, steps=tuple(f"sudo rm -f {path}" for path in wrong)),
    )


def _that_say_something(guest: LinuxGuest, paths: list[str]) -> list[str]:
    empty = read(guest.empty_udev_net_rules)
    return [path for path in paths if path not in empty]
