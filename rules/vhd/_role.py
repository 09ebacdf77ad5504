"""What rules on OS disks say of a data disk: nothing, and no more than is certain of what may be one."""

from __future__ import annotations

from checker.facts.data_disks import is_data_disk, os_disk_of
from checker.facts.linux_guest import NoSystem
from checker.facts.unread import FactName, Unread, read
from checker.facts.vhd import Vhd
from checker.rule import Context, Fail, NotApplicable, Outcome


def data_disk(vhd: Vhd) -> NotApplicable | None:
    """What a rule on OS disks answers for a disk that certainly is a data disk; None for any other."""
    guest = vhd.guest
    if not isinstance(guest, NoSystem) or not guest.os_disk:
        return None
    return NotApplicable(f"it is a data disk: {guest.holds}; the system is on {guest.os_disk}")


def of_os_disk(vhd: Vhd, context: Context, outcome: Outcome) -> Outcome:
    """An outcome that a disk has as an OS disk. A failure is not certain where the disk may be a data disk."""
    doubt = role_doubt(vhd, context)
    return read(doubt) if isinstance(outcome, Fail) and doubt is not None else outcome


def role_doubt(vhd: Vhd, context: Context) -> Unread | None:
    """Why it is not known whether a disk is a data disk; None where it certainly is one, or is judged as an OS disk.

    A disk is judged as an OS disk where it holds the system, and where no other disk of the run certainly does.
    """
    os_disk = os_disk_of(context.disks)
    if os_disk is None or os_disk.id == vhd.id or is_data_disk(vhd):
        return None
    words = f"whether it is a data disk of {os_disk.id} is not known: that it holds no system is not certain"
    guest = vhd.guest
    if isinstance(guest, Unread):
        return Unread(vhd.id.text, FactName.GUEST, f"{words}. {guest.detail}", kind=guest.kind)
    return Unread(vhd.id.text, FactName.GUEST, words)
