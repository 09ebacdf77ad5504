"""What the type of a partition says of what it is for, in an MBR (``0x83``) and in a GPT (a GUID).

Sources: UEFI Specification 2.10, table 5.7, for the EFI system partition; the Discoverable Partitions Specification
of the UAPI group for those of Linux; Microsoft's PARTITION_INFORMATION_GPT for those of Windows.
"""

from __future__ import annotations

from collections.abc import Iterable

from checker.facts.vhd import Partition

_ESP = "C12A7328-F81F-11D2-BA4B-00A0C93EC93B"
EFI_SYSTEM = frozenset({"0xef", _ESP})
BIOS_BOOT = frozenset({"21686148-6449-6E6F-744E-656564454649"})
LVM = frozenset({"0x8e", "E6D6D379-F507-44C2-A23C-238F2A3DF928"})

#: Root file systems by name: x86-64, 64-bit ARM, x86.
LINUX_ROOT = frozenset(
    {
        "4F68BCE3-E8CD-4DB1-96E7-FBCAF984B709",
        "B921B045-1DF0-41C3-AF44-4C6F280D3FAE",
        "44479540-F297-41B2-9AF7-D131D5F0458A",
    }
)
#: Any file system of Linux: the root may be one.
LINUX_DATA = frozenset({"0x83", "0FC63DAF-8483-4772-8E79-3D69D8477DE4"})
_HOME = "933AC7E1-2EB4-4F13-B844-0E14E2AEF915"
_SRV = "3B8F8425-20E0-4F3B-907F-1A25A76F98E8"
_VAR = "4D21B016-B534-45C2-A9FB-5C16E091FD2D"
_VAR_TMP = "7EC6F557-3BC5-4ACA-B293-16EF5DF639D1"
_EXTENDED_BOOT = "BC13C2FF-59E6-4262-A352-B275FD6F7172"

#: Where systemd mounts a partition by its type, if nothing else is mounted or lies there. It does so in a GPT alone:
#: an MBR has no such types, and what is of type 0xef in one is mounted nowhere.
MOUNTED_BY_TYPE = {
    _HOME: ("/home",),
    _SRV: ("/srv",),
    _VAR: ("/var",),
    _VAR_TMP: ("/var/tmp",),
    _EXTENDED_BOOT: ("/boot",),
    "8484680C-9521-48C6-9C11-B0720656F69E": ("/usr",),
    "B0E01050-EE5F-4390-949A-9101B17104E9": ("/usr",),
    _ESP: ("/boot", "/efi"),
}
#: Whatever only Linux uses: swap, RAID, LUKS, /boot, /home, /var.
_LINUX_OTHER = frozenset(
    {
        "0x82",
        "0xfd",
        "0xe8",
        "0657FD6D-A4AB-43C4-84E5-0933C84B4F4F",
        "A19D880F-05FC-4D3B-A006-743F0F84911E",
        "CA7D7CCB-63ED-4C53-861C-1742536059CC",
        _EXTENDED_BOOT,
        _HOME,
        _VAR,
    }
)
#: NTFS in an MBR; in a GPT what only Windows makes: the reserved partition and the recovery environment. Basic data
#: is no sign: other systems use its type too.
_WINDOWS = frozenset({"0x07", "0x27", "E3C9E316-0B5C-4DB8-817D-F92DF00215AE", "DE94BBA4-06D1-4D40-A16A-BFD50179D6AC"})

#: What no system has its root on: room for boot loaders, what Windows reserves, swap, /home and its like.
NEVER_ROOT = (
    EFI_SYSTEM
    | BIOS_BOOT
    | frozenset(
        {
            "0x41",
            "0x82",
            "9E1A2D38-C612-4316-AA26-8B49521E5A8B",
            "E3C9E316-0B5C-4DB8-817D-F92DF00215AE",
            "0657FD6D-A4AB-43C4-84E5-0933C84B4F4F",
            _HOME,
            _SRV,
            _VAR,
            _VAR_TMP,
            _EXTENDED_BOOT,
        }
    )
)

_LINUX = LINUX_ROOT | LINUX_DATA | LVM | _LINUX_OTHER


def system_of(partitions: Iterable[Partition]) -> str | None:
    """``Linux`` or ``Windows`` where the types of partitions speak of one and not of the other, else None."""
    types = {partition.type for partition in partitions}
    is_linux, is_windows = not types.isdisjoint(_LINUX), not types.isdisjoint(_WINDOWS)
    if is_linux == is_windows:
        return None
    return "Linux" if is_linux else "Windows"
