"""What holds the disk: from the bytes of a file to the bytes of the disk inside it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from checker.facts.vhd import Footer, Format
from checker.inspect import vhd, vhdx
from checker.inspect.bytes import ByteSource, DiskUnreadable, Window
from checker.inspect.vhdx_disk import VhdxDisk


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
        # What lies at the very start is a footer's copy, as a dynamic VHD has one, and not its footer.
        start, end_at = (
            source.read(0, min(size, vhdx.LOOKED_AT)),
            max(size - vhdx.LOOKED_AT, min(size, vhd.FOOTER_SIZE)),
        )
        format = vhdx.recognise(start, source.read(end_at, size - end_at))
        if format in (Format.RAW, Format.ZEROS):
            return Container(format, None, source)
        if format is Format.VHDX:
            return _opened(format, None, lambda: VhdxDisk(source))
        return Container(format, None, None, f"the disk inside a {format} is not read")
    if footer.disk_type == vhd.FIXED:
        return Container(Format.FIXED, footer, Window(source, 0, footer.current_size))
    if footer.disk_type == vhd.DYNAMIC:
        return _opened(Format.DYNAMIC, footer, lambda: vhd.DynamicDisk(source, footer))
    format = Format.DIFFERENCING if footer.disk_type == vhd.DIFFERENCING else Format.ODD_VHD
    return Container(format, footer, None, f"the disk inside a {format} is not read")


def _opened(format: Format, footer: Footer | None, open: Callable[[], ByteSource]) -> Container:
    try:
        return Container(format, footer, open())
    except DiskUnreadable as damage:
        return Container(format, footer, None, damage.words)
