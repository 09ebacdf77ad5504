"""LNX028: the system on the disk is the one that the image definition announces."""

from __future__ import annotations

from checker.facts.arm_id import Kind
from checker.facts.assets import Definition, same
from checker.facts.linux_guest import NoLinux, NoSystem
from checker.facts.unread import FactName, ReasonKind, Unread, read
from checker.facts.vhd import Vhd
from checker.rule import Basis, Context, Fail, NotApplicable, Outcome, Pass, Severity, rule
from rules.documents import SHARED_IMAGES
from rules.linux._documents import FAQ
from rules.vhd._disk import definition_beside
from rules.vhd._role import data_disk, of_os_disk

_ARCHITECTURES = {"x86_64": "x64", "aarch64": "Arm64"}


@rule(
    code="LNX028",
    slug="guest-fits-definition",
    title="The system on the disk is the one that the definition announces",
    severity=Severity.ERROR,
    basis=Basis.DOCUMENTED,
    sources=(FAQ, SHARED_IMAGES),
    kind=Kind.VHD,
    reads=(FactName.GUEST, FactName.DEFINITIONS),
)
def guest_fits_definition(vhd: Vhd, context: Context) -> Outcome:
    """The operating system and the architecture are those of the image definition named beside the disk.

    What it demands
    ---------------
    Where an image definition is another target, its ``osType`` is Linux if a Linux is on the disk, and Windows if
    Windows is; and its ``architecture`` (x64 where it has none) is that of the shell. A data disk beside the OS disk
    is not compared, and NTFS without a partition to start from is not known to be Windows.

    Why
    ---
    The certification answers with *Incorrect OS mapping*, and a machine of another architecture does not start.

    How to fix
    ----------
    Make another definition: neither can be changed.
    """
    definition = definition_beside(context)
    if definition is None:
        return NotApplicable("no image definition was named beside the disk, or more than one")
    data = data_disk(vhd)
    return of_os_disk(vhd, context, _judged(vhd, definition)) if data is None else data


def _judged(vhd: Vhd, definition: Definition) -> Outcome:
    found = vhd.guest
    if isinstance(found, NoSystem):
        return read(found.doubt)
    if isinstance(found, Unread):
        return read(found)
    announced = read(definition.os_type)
    system = "Windows" if isinstance(found, NoLinux) else "Linux"
    if not same(announced, system):
        return Fail(
            f"the disk holds {system}, and the definition {definition.id.name} is for {announced}",
            expected=f"osType {system}",
            actual=f"osType {announced}",
        )
    if isinstance(found, NoLinux) and not found.can_start:
        words = f"whether Windows is on it is not known, for it has no partition to start from: {found.why}"
        return read(Unread(vhd.id.text, FactName.GUEST, words, kind=ReasonKind.UNSUPPORTED))
    if isinstance(found, NoLinux):
        return Pass(("Windows is on the disk, as the definition says",))
    architecture = read(definition.architecture) or "x64"
    elf = read(found.architecture)
    if elf.bits == 64 and same(architecture, _ARCHITECTURES.get(elf.machine, elf.machine)):
        return Pass((f"Linux for {elf.machine} is on the disk, as the definition {definition.id.name} says",))
    return Fail(
        f"the system is for {elf.machine} ({elf.bits} bits), and {definition.id.name} for {architecture}",
        expected=f"architecture {_ARCHITECTURES.get(elf.machine, 'x64 or Arm64, and a system for it')}",
        actual=f"architecture {architecture}",
    )
