"""What the rules on VHDs share: the footer to judge, the operating system, the commands that make another disk."""

from __future__ import annotations

import shlex

from checker.facts.arm_id import ArmId, Kind
from checker.facts.assets import Definition
from checker.facts.partition_types import system_of
from checker.facts.unread import Fact, Unread, known, read
from checker.facts.vhd import Footer, Format, Vhd
from checker.rule import Context, NotApplicable

#: The format's name for ``qemu-img -f``.
_QEMU_FORMATS = {
    Format.DYNAMIC: "vpc",
    Format.DIFFERENCING: "vpc",
    Format.VHDX: "vhdx",
    Format.QCOW: "qcow2",
    Format.VMDK: "vmdk",
    Format.VDI: "vdi",
    Format.RAW: "raw",
}


def footer_of(vhd: Vhd) -> Footer | NotApplicable:
    """The footer; NotApplicable where there is none, which VHD001 says."""
    footer = read(vhd.footer)
    return NotApplicable("it is no VHD, as VHD001 says: there is no footer to judge") if footer is None else footer


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
    """``Linux`` or ``Windows``: of the definition named beside the disk, else of the types of its partitions."""
    definition = definition_beside(context)
    if definition is not None and isinstance(definition.os_type, str):
        return "Windows" if definition.os_type.lower() == "windows" else "Linux"
    if isinstance(vhd.partitions, Unread):
        return vhd.partitions
    found = None if vhd.partitions is None else system_of(vhd.partitions.partitions)
    if found is not None:
        return found
    words = "the partition table does not tell it: name the image definition as another target"
    return Unread(vhd.id.text, "operating_system", words)


def to_fixed_vhd(vhd: Vhd, size: int | None = None, *, move_gpt: bool = False) -> tuple[str, ...]:
    """The commands that make a fixed VHD of a disk file, each safe to paste; the file itself is not changed.

    ``size`` is another virtual size in bytes; ``move_gpt`` puts the second copy of a GPT to the new end.
    """
    format, footer = known(vhd.format), known(vhd.footer)
    source, stem = _local_name(vhd)
    raw, target = f"{stem}.raw", f"{stem}-fixed.vhd"
    steps = [] if vhd.sas is None else [f"download the blob to {shlex.quote(source)}"]
    if format is Format.COMPRESSED:
        return (*steps, "decompress the file, and check what was in it")
    if footer is not None and format in (Format.FIXED, Format.ODD_VHD):
        # qemu-img may take another size than the footer's from a fixed VHD: its bytes are copied as they are.
        steps += [
            shlex.join(("cp", "--sparse=always", "--", source, raw)),
            shlex.join(("truncate", "-s", str(footer.current_size), "--", raw)),
        ]
    elif format is Format.RAW:
        steps.append(shlex.join(("cp", "--sparse=always", "--", source, raw)))
        size = size or -(-(known(vhd.length) or 0) // 1048576) * 1048576
    else:
        name = "vpc" if format is None else _QEMU_FORMATS.get(format, "vpc")
        steps.append(shlex.join(("qemu-img", "convert", "-f", name, "-O", "raw", source, raw)))
    if size is not None:
        steps.append(shlex.join(("truncate", "-s", str(size), "--", raw)))
    if move_gpt:
        steps.append(shlex.join(("sgdisk", "--move-second-header", raw)))
    options = "subformat=fixed,force_size"
    return (*steps, shlex.join(("qemu-img", "convert", "-f", "raw", "-O", "vpc", "-o", options, raw, target)))


def _local_name(vhd: Vhd) -> tuple[str, str]:
    """What to call the file in a command, and the same without its ending."""
    name = vhd.id.text if vhd.sas is None else vhd.sas.blob_name or "disk.vhd"
    # Neither an option nor, to qemu-img, a protocol.
    if name.startswith("-") or ":" in name.partition("/")[0]:
        name = f"./{name}"
    folder, slash, last = name.rpartition("/")
    stem = last.rpartition(".")[0] or last
    return name, f"{folder}{slash}{stem}"
