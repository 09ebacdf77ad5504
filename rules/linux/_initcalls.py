"""What ``initcall_blacklist=`` on a kernel's command line keeps from starting: built-in drivers and modules alike."""

from __future__ import annotations

from collections.abc import Iterator

from checker.facts.linux_guest import LinuxGuest
from checker.facts.unread import known

#: The functions that the kernel starts its drivers with, as its source names them, and the modules they belong to.
_STARTS = {
    "hv_acpi_init": "hv_vmbus",
    "storvsc_drv_init": "hv_storvsc",
    "netvsc_drv_init": "hv_netvsc",
    "init_hyperv_utils": "hv_utils",
    "init_udf_fs": "udf",
    "init_fat_fs": "vfat",
    "init_vfat_fs": "vfat",
}


def never_started(guest: LinuxGuest) -> Iterator[tuple[str, str]]:
    """The modules that a known command line, but one for repair, keeps from starting, with the source of each line."""
    for line in known(guest.boot.command_lines) or ():
        for word in () if line.is_rescue else line.arguments:
            name, _, functions = word.partition("=")
            for function in functions.split(",") if name == "initcall_blacklist" else ():
                if function in _STARTS:
                    yield _STARTS[function], line.source
