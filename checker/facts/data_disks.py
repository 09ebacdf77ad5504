"""Which of several disk files is the OS disk, and which are the data disks beside it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from checker.facts.linux_guest import LinuxGuest, NoLinux, NoSystem
from checker.facts.vhd import Vhd


def os_disk_of(disks: Sequence[Vhd]) -> Vhd | None:
    """The one disk that certainly holds a system; None where none does, or more than one."""
    found = [disk for disk in disks if _holds_a_system(disk)]
    return found[0] if len(found) == 1 else None


def with_os_disk(disks: Sequence[Vhd]) -> tuple[Vhd, ...]:
    """The disks of one run, those without a system with the name of the one that has it: they are its data disks.

    Without exactly one that has a system, none is a data disk: it may be an OS disk that lost its own.
    """
    os_disk = os_disk_of(disks)
    return tuple(disk if os_disk is None else _beside(disk, os_disk) for disk in disks)


def is_data_disk(disk: Vhd) -> bool:
    """Whether a disk certainly is a data disk."""
    return isinstance(disk.guest, NoSystem) and bool(disk.guest.os_disk)


def _beside(disk: Vhd, os_disk: Vhd) -> Vhd:
    guest = disk.guest
    if not isinstance(guest, NoSystem) or guest.blanks:
        return disk
    return replace(disk, guest=replace(guest, os_disk=os_disk.id.text))


def _holds_a_system(disk: Vhd) -> bool:
    guest = disk.guest
    return isinstance(guest, LinuxGuest) or (isinstance(guest, NoLinux) and guest.can_start)
