"""What the rules on VHDs share: the footer to judge, the operating system, the commands that make another disk."""

from __future__ import annotations

import shlex
from collections.abc import Mapping

from checker.facts.arm_id import ArmId, Kind
from checker.facts.assets import Definition
from checker.facts.linux_guest import LinuxGuest
from checker.facts.partition_types import system_of
from checker.facts.unread import Fact, Unread, known, read
from checker.facts.vhd import MIB, Footer, Format, PartitionTable, Scheme, Vhd
from checker.rule import Context, NotApplicable

_FOOTER = 512
#: The format's name for ``qemu-img -f``.
_QEMU_FORMATS = {
    Format.VHDX: "vhdx",
    Format.QCOW: "qcow2",
    Format.VMDK: "vmdk",
    Format.VDI: "vdi",
    Format.QED: "qed",
    Format.PARALLELS: "parallels",
}
#: What to do with a file that holds no disk at all.
_NO_DISKS: Mapping[Format, tuple[str, ...]] = {
    Format.SHIFTED_VHD: (
        "find out what was appended, and cut it off a copy: the file is to end with the 512 bytes of the footer",
        "or convert the disk again from where it was made: qemu-img convert -O vpc -o subformat=fixed,force_size",
    ),
    Format.ISO: ("install a system from it on a VM, and make a VHD of the disk of that VM",),
    Format.WIM: ("apply it to a disk with dism /Apply-Image, and make a VHD of that disk",),
    Format.PICTURE: ("give the VHD: this file holds no disk",),
    Format.DOCUMENT: ("read what it says, and download the VHD again: a server may have answered with an error",),
    Format.PROGRAM: ("give the VHD: this file holds no disk",),
}


def footer_of(vhd: Vhd) -> Footer | NotApplicable:
    """The footer; NotApplicable where there is none, which VHD001 says."""
    footer = read(vhd.footer)
    return NotApplicable("it is no VHD, as VHD001 says: there is no footer to judge") if footer is None else footer


def uncontradicted(vhd: Vhd, table: PartitionTable) -> Fact[PartitionTable]:
    """A partition table; Unread where it is not known that it is the one by which the disk is used."""
    if not table.contradiction:
        return table
    words = f"it is not known that this partition table is the one that counts: {table.contradiction}"
    return Unread(vhd.id.text, "partitions", words)


def definition_beside(context: Context) -> Definition | None:
    """The image definition that was named together with the disk; None where none was, or several were."""
    found: dict[str, Definition] = {}
    for key in context.targets:
        id: ArmId | None = ArmId.parse(key)
        while id is not None and id.kind is not Kind.DEFINITION:
            id = id.parent
        asset = None if id is None else context.estate.find(id)
        if isinstance(asset, Definition):
            found[asset.id.key] = asset
    return found.popitem()[1] if len(found) == 1 else None


def system(vhd: Vhd, context: Context) -> Fact[str]:
    """``Linux`` or ``Windows``: of the definition named beside the disk, else of what was found on it.

    Where the files were not read, the types of the partitions tell it.
    """
    definition = definition_beside(context)
    if definition is not None and isinstance(definition.os_type, str):
        return "Windows" if definition.os_type.lower() == "windows" else "Linux"
    if isinstance(known(vhd.guest), LinuxGuest):
        return "Linux"
    if isinstance(vhd.partitions, Unread):
        return vhd.partitions
    found = None if vhd.partitions is None else system_of(vhd.partitions.partitions)
    if found is not None:
        return found
    words = "the partition table does not tell it: name the image definition as another target"
    return Unread(vhd.id.text, "operating_system", words)


def to_fixed_vhd(vhd: Vhd, size: int | None = None, *, move_gpt: bool = False) -> tuple[str, ...]:
    """The commands that make a fixed VHD of a disk file, each safe to paste; the file itself is not changed.

    ``size`` is another virtual size in bytes; ``move_gpt`` puts the second copy of a GPT to the end, which is done
    too wherever a disk with a GPT becomes longer.
    """
    format, length, table = known(vhd.format), known(vhd.length) or 0, known(vhd.partitions)
    source, stem = _local_name(vhd)
    raw, target = f"{stem}-copy.raw", f"{stem}-fixed.vhd"
    if format is Format.CUT_VHD or length == 0:
        return ("copy or download the file again: this one is not whole",)
    if format is not None and format in _NO_DISKS:
        return _NO_DISKS[format]
    steps = [] if vhd.sas is None else [f"download the blob to {shlex.quote(source)}"]
    if format in (Format.COMPRESSED, Format.TAR):
        return (*steps, "unpack the file, and check what was in it")
    if format in (Format.FIXED, Format.ODD_VHD, Format.RAW, Format.ZEROS):
        # qemu-img may take another size than the footer's from a fixed VHD: the bytes are copied as they are.
        has_footer = format not in (Format.RAW, Format.ZEROS)
        data = length - _FOOTER if has_footer else length
        size = -(-data // MIB) * MIB if size is None and not has_footer else size
        steps.append(shlex.join(("cp", "--sparse=always", "--", source, raw)))
        steps += [] if data == length else [shlex.join(("truncate", "-s", str(data), "--", raw))]
        size = None if size == data else size
    elif format in _QEMU_FORMATS:
        steps.append(shlex.join(("qemu-img", "convert", "-f", _QEMU_FORMATS[format], "-O", "raw", source, raw)))
    else:
        # The size of the footer, and not that of its old geometry, which is smaller; a comma is written twice.
        file = source.replace(",", ",,")
        options = f"driver=vpc,force_size_calc=current_size,file.driver=file,file.filename={file}"
        steps.append(shlex.join(("qemu-img", "convert", "--image-opts", options, "-O", "raw", raw)))
    if size is not None:
        steps.append(shlex.join(("truncate", "-s", str(size), "--", raw)))
    if move_gpt or (size is not None and table is not None and table.scheme is Scheme.GPT):
        steps.append(shlex.join(("sgdisk", "--move-second-header", raw)))
    options = "subformat=fixed,force_size"
    return (*steps, shlex.join(("qemu-img", "convert", "-f", "raw", "-O", "vpc", "-o", options, raw, target)))


def rebuilt(vhd: Vhd, how: str) -> tuple[str, ...]:
    """What to do where the disk has to be divided anew: build it again, convert it, and judge it again."""
    _, stem = _local_name(vhd)
    options = "subformat=fixed,force_size"
    return (
        "install or build the system again on a new disk: " + how,
        shlex.join(("qemu-img", "convert", "-O", "vpc", "-o", options, "NEW-DISK", f"{stem}-rebuilt.vhd")),
        shlex.join(("imagecheck", "check", f"vhd:{stem}-rebuilt.vhd")),
    )


def _local_name(vhd: Vhd) -> tuple[str, str]:
    """What to call the file in a command, and the same without its ending."""
    name = vhd.id.text if vhd.sas is None else vhd.sas.blob_name or "disk.vhd"
    # Neither an option nor, to qemu-img, a protocol.
    if name.startswith("-") or ":" in name.partition("/")[0]:
        name = f"./{name}"
    folder, slash, last = name.rpartition("/")
    stem = last.rpartition(".")[0] or last
    return name, f"{folder}{slash}{stem}"
