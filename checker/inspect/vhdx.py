"""VHDX and the other formats that are no VHD: recognised by their first bytes, to name what was given instead.

Sources: [MS-VHDX] section 2.2.1 for ``vhdxfile``; for the others the signatures that their makers document.
"""

from __future__ import annotations

from checker.facts.vhd import Format

#: How many bytes ``recognise`` wants to see of the start and of the end, if the file has them. A CD says what it is
#: behind 32 KiB.
LOOKED_AT = 33 * 1024

_SIGNATURES = (
    (0, b"vhdxfile", Format.VHDX),
    (0, b"QFI\xfb", Format.QCOW),
    (0, b"KDMV", Format.VMDK),
    (0, b"COWD", Format.VMDK),
    (0, b"# Disk DescriptorFile", Format.VMDK),
    (0x40, b"\x7f\x10\xda\xbe", Format.VDI),
    (0, b"QED\0", Format.QED),
    (0, b"WithoutFreeSpace", Format.PARALLELS),
    (0, b"WithouFreSpacExt", Format.PARALLELS),
    (0, b"\x1f\x8b", Format.COMPRESSED),
    (0, b"PK\x03\x04", Format.COMPRESSED),
    (0, b"BZh", Format.COMPRESSED),
    (0, b"\xfd7zXZ\x00", Format.COMPRESSED),
    (0, b"\x28\xb5\x2f\xfd", Format.COMPRESSED),
    (0, b"7z\xbc\xaf\x27\x1c", Format.COMPRESSED),
    (0, b"\x04\x22\x4d\x18", Format.COMPRESSED),
    (0, b"Rar!\x1a\x07", Format.COMPRESSED),
    (0, b"MSCF\0\0\0\0", Format.COMPRESSED),
    (257, b"ustar", Format.TAR),
    (32769, b"CD001", Format.ISO),
    (0, b"MSWIM\0\0\0", Format.WIM),
    (0, b"\x89PNG\r\n\x1a\n", Format.PICTURE),
    (0, b"\xff\xd8\xff", Format.PICTURE),
    (0, b"GIF8", Format.PICTURE),
    (0, b"%PDF-", Format.DOCUMENT),
    (0, b"\x7fELF", Format.PROGRAM),
    (0, b"conectix", Format.CUT_VHD),
)
_COOKIE = b"conectix"
_MARKUP = (b"<?xml", b"<!doctype", b"<html")


def recognise(start: bytes, end: bytes = b"") -> Format:
    """What a file without a VHD's footer is, by its first bytes and its last: RAW where nothing is recognised."""
    if _footer_within(end):
        return Format.SHIFTED_VHD
    for offset, signature, format in _SIGNATURES:
        if start[offset : offset + len(signature)] == signature:
            return format
    if start.removeprefix(b"\xef\xbb\xbf").lstrip()[:9].lower().startswith(_MARKUP):
        return Format.DOCUMENT
    return Format.RAW if any(start) or not start else Format.ZEROS


def _footer_within(end: bytes) -> bool:
    """Whether a footer of version 1 is there, with something behind it or, as old programs wrote it, a byte short."""
    at = end.rfind(_COOKIE)
    is_whole = at >= 0 and len(end) - at >= 511
    return is_whole and end[at + 12 : at + 14] == b"\0\1" and end[at + 60 : at + 63] == bytes(3)
