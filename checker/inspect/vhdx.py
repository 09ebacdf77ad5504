"""VHDX and the other formats that are no VHD: recognised by their first bytes, to name what was given instead.

Sources: [MS-VHDX] section 2.2.1 for ``vhdxfile``; for the others the signatures that their makers document.
"""

from __future__ import annotations

from checker.facts.vhd import Format

#: How many bytes ``recognise`` wants to see, if the file has them.
LOOKED_AT = 512

_SIGNATURES = (
    (0, b"vhdxfile", Format.VHDX),
    (0, b"QFI\xfb", Format.QCOW),
    (0, b"KDMV", Format.VMDK),
    (0, b"COWD", Format.VMDK),
    (0, b"# Disk DescriptorFile", Format.VMDK),
    (0x40, b"\x7f\x10\xda\xbe", Format.VDI),
    (0, b"\x1f\x8b", Format.COMPRESSED),
    (0, b"PK\x03\x04", Format.COMPRESSED),
    (0, b"BZh", Format.COMPRESSED),
    (0, b"\xfd7zXZ\x00", Format.COMPRESSED),
    (0, b"\x28\xb5\x2f\xfd", Format.COMPRESSED),
    (0, b"7z\xbc\xaf\x27\x1c", Format.COMPRESSED),
    (0, b"conectix", Format.CUT_VHD),
)


def recognise(start: bytes) -> Format:
    """What a file without a VHD's footer is, by its first bytes: RAW where nothing is recognised."""
    for offset, signature, format in _SIGNATURES:
        if start[offset : offset + len(signature)] == signature:
            return format
    return Format.RAW
