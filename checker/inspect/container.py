"""What holds the disk: from the bytes of a file to the bytes of the disk inside it."""

from __future__ import annotations

from dataclasses import dataclass

from checker.facts.vhd import Footer, Format
from checker.inspect import vhd, vhdx
from checker.inspect.bytes import ByteSource, DiskUnreadable, Window


@dataclass(frozen=True, slots=True)
class Container:
    """A disk file: its format, its footer where it has one, and the disk inside.

    ``disk`` is None where the format is one that is not read here; ``why`` says so in words then.
    """

    format: Format
    footer: Footer | None
    disk: ByteSource | None
    why: str = ""


def open_container(source: ByteSource) -> Container:
    """Find out what a file is. Raises DiskUnreadable where its first or last bytes cannot be read."""
    size = source.size
    footer = vhd.parse_footer(source.read(size - vhd.FOOTER_SIZE, vhd.FOOTER_SIZE)) if size >= vhd.FOOTER_SIZE else None
    if footer is None:
        format = vhdx.recognise(source.read(0, min(size, vhdx.LOOKED_AT)))
        if format is Format.RAW:
            return Container(format, None, source)
        return Container(format, None, None, f"the disk inside a {format} is not read")
    if footer.disk_type == vhd.FIXED:
        return Container(Format.FIXED, footer, Window(source, 0, footer.current_size))
    if footer.disk_type == vhd.DYNAMIC:
        try:
            return Container(Format.DYNAMIC, footer, vhd.DynamicDisk(source, footer))
        except DiskUnreadable as damage:
            return Container(Format.DYNAMIC, footer, None, damage.words)
    format = Format.DIFFERENCING if footer.disk_type == vhd.DIFFERENCING else Format.ODD_VHD
    return Container(format, footer, None, f"the disk inside a {format} is not read")
