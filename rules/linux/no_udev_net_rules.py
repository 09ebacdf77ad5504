"""LNX021: no rule of udev ties the name of an interface to a network card."""

from checker.facts.arm_id import Kind
from checker.facts.unread import FactName, known, read
from checker.facts.vhd import Vhd
from checker.fixes.operations import Fix, Safety
from checker.rule import Basis, Context, Fail, NotApplicable, Outcome, Pass, Severity, rule
from rules.linux._commands import removed
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
    75-persistent-net-generator.rules in /lib/udev/rules.d, which would write it. The test looks at the names alone; so
    an empty file, or one that another in /etc hides from udev, is wrong there too, and the evidence says so. The test
    skips Debian and SUSE; the first file is wrong there too, unless udev finds nothing in it. What the test does not
    look at, and does the same: another file of /etc/udev/rules.d that gives the card with a certain address a name,
    a ``.link`` file of /etc/systemd/network with ``MACAddress=`` and ``Name=``, or a file of /etc/netplan with both
    (``macaddress:`` in ``match:``, ``set-name:``). The one that cloud-init writes counts where it is told to leave the
    network alone.

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
    tied = list(guest.tied_names.known)
    if tied:
        return _fail([*(path for path in known(guest.udev_net_rules) or () if path.endswith(f"/{_PERSISTENT}")), *tied])
    found = read(guest.udev_net_rules)
    persistent = [path for path in found if path.endswith(f"/{_PERSISTENT}")]
    generators = [path for path in found if path.endswith(f"/{_GENERATOR}") and not path.startswith(_IN_ETC)]
    # An empty one is refused by the test too, but only where it runs.
    tested = bool(persistent or generators) and bool(read(family(guest)) & _RED_HAT)
    wrong = persistent if tested or not persistent else _heeded(persistent, read(guest.empty_udev_net_rules))
    if generators and (wrong or tested):
        wrong = [*wrong, *generators]
    if wrong:
        heeded = _heeded(wrong, known(guest.empty_udev_net_rules) or ())
        return _fail(
            wrong, tuple(f"{path}: udev does not heed it, the test refuses it" for path in wrong if path not in heeded)
        )
    read(guest.tied_names.whole())
    return Pass(found or ("there is none",))


def _fail(wrong: list[str], evidence: tuple[str, ...] = ()) -> Fail:
    return Fail(
        "rules of udev tie interfaces to network cards",
        expected="none of them",
        actual=", ".join(wrong),
        evidence=evidence,
        fix=Fix("remove them", Safety.MANUAL, steps=tuple(map(removed, wrong))),
    )


def _heeded(paths: list[str], empty: tuple[str, ...]) -> list[str]:
    """What udev takes of some files: no empty ones, and none that an empty one of /etc hides."""
    hidden = {path.rpartition("/")[2] for path in empty if path.startswith(_IN_ETC)}
    return [path for path in paths if path not in empty and path.rpartition("/")[2] not in hidden]
