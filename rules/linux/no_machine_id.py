"""LNX026: the image has no machine id."""

from checker.facts.arm_id import Kind
from checker.facts.unread import FactName, known, read
from checker.facts.vhd import Vhd
from checker.fixes.operations import Fix, Safety
from checker.rule import Basis, Context, Fail, NotApplicable, Outcome, Pass, Severity, Source, rule
from rules.linux._documents import BITWARDEN
from rules.linux._guest import are_known, guest_of

_TOLD = "systemd.machine_id="
_BUILDING_IMAGES = Source("Safely building images (systemd)", "https://systemd.io/BUILDING_IMAGES/", "2023")


@rule(
    code="LNX026",
    slug="no-machine-id",
    title="The image has no machine id",
    severity=Severity.WARNING,
    basis=Basis.DERIVED,
    sources=(BITWARDEN, _BUILDING_IMAGES),
    kind=Kind.VHD,
    reads=(FactName.GUEST,),
)
def no_machine_id(vhd: Vhd, context: Context) -> Outcome:
    """/etc/machine-id is empty, or not there, or says ``uninitialized``.

    What it demands
    ---------------
    No machine id that every machine made of the image would share. ``waagent -deprovision`` leaves it. An id that
    D-Bus keeps for itself (/var/lib/dbus/machine-id, where it is no symlink) counts too: systemd takes it for the
    machine where /etc/machine-id is empty. So does one on the kernel's command line (``systemd.machine_id=``).

    Why
    ---
    systemd derives names for DHCP and for the journal from it. No text of the Marketplace asks for it; a publisher
    clears it after rejections for other reasons, and systemd's own document says so.

    How to fix
    ----------
    Empty the file; do not remove it. Make that of D-Bus a symlink to it.
    """
    guest = guest_of(vhd)
    if isinstance(guest, NotApplicable):
        return guest
    ids = {"/etc/machine-id": guest.machine_id, "/var/lib/dbus/machine-id": guest.dbus_machine_id}
    lines = known(guest.boot.command_lines) or ()
    told = any(word.startswith(_TOLD) and word != f"{_TOLD}firmware" for line in lines for word in line.arguments)
    set_in = ["the kernel's command line"] if told else []
    set_in += [path for path, id in ids.items() if known(id) not in (None, "", "uninitialized")]
    if not set_in:
        read(are_known(vhd, read(guest.boot.command_lines)))
        id = read(ids["/etc/machine-id"])
        read(ids["/var/lib/dbus/machine-id"])
        return Pass(("/etc/machine-id is not there" if id is None else "/etc/machine-id is empty",))
    return Fail(
        "every machine made of the image would have the same machine id",
        expected="an empty /etc/machine-id",
        actual=f"a machine id in {' and '.join(set_in)}",
        fix=Fix(
            "empty it",
            Safety.MANUAL,
            steps=(
                "sudo truncate -s 0 /etc/machine-id",
                "where it is no symlink: sudo ln -sf /etc/machine-id /var/lib/dbus/machine-id",
            ),
        ),
    )
