"""VHD014: the disk can be booted by the generation of its image definition."""

from checker.facts.arm_id import Kind
from checker.facts.assets import Definition, same
from checker.facts.partition_types import BIOS_BOOT, EFI_SYSTEM
from checker.facts.unread import FactName, known, read
from checker.facts.vhd import PartitionTable, Scheme, Vhd
from checker.fixes.commands import az
from checker.fixes.operations import Fix, Safety
from checker.rule import Basis, Context, Fail, NotApplicable, Outcome, Pass, Severity, rule
from rules.vhd._disk import definition_beside, uncontradicted
from rules.vhd._documents import GENERATION_2, UEFI
from rules.vhd._role import data_disk, of_os_disk


@rule(
    code="VHD014",
    slug="partitioning-fits-generation",
    title="The partitioning fits the generation of the definition",
    severity=Severity.WARNING,
    basis=Basis.DERIVED,
    sources=(GENERATION_2, UEFI),
    kind=Kind.VHD,
    reads=(FactName.DISK_FILE, FactName.GUEST, FactName.DEFINITIONS),
)
def partitioning_fits_generation(vhd: Vhd, context: Context) -> Outcome:
    """The partitioning fits the generation of the definition.

    What it demands
    ---------------
    Where one image definition is named beside the disk: of the generation V2, which boots by UEFI, the disk has a GPT
    with an EFI system partition; of V1, which boots by BIOS, it has an MBR, or a GPT with a BIOS boot partition. A
    definition without a generation is V1. Without a definition there is nothing to compare with, and nothing on a data
    disk. A disk of which it is not known whether it is one is taken for an OS disk, where no other of the run holds the
    system.

    Why
    ---
    A VM of the other generation does not boot from it, and the certification ends in a timeout.

    How to fix
    ----------
    Make the definition of the disk's generation, or build the disk for the definition's. A definition's generation
    cannot be changed.
    """
    definition = definition_beside(context)
    if definition is None:
        return NotApplicable("no image definition, or more than one, was named as another target")
    data = data_disk(vhd)
    return of_os_disk(vhd, context, _judged(vhd, definition)) if data is None else data


def _judged(vhd: Vhd, definition: Definition) -> Outcome:
    table = read(vhd.partitions)
    if table is None or not table.partitions:
        return NotApplicable("there is no partition: it is no OS disk")
    read(uncontradicted(vhd, table))
    generation = read(definition.hyper_v_generation) or "V1"
    efi = any(p.type in EFI_SYSTEM for p in table.partitions)
    bios = any(p.type in BIOS_BOOT for p in table.partitions)
    seen = _seen(table, efi=efi, bios=bios)
    if same(generation, "V2"):
        fits, expected = table.scheme is Scheme.GPT and efi, "a GPT with an EFI system partition"
    else:
        fits, expected = table.scheme is Scheme.MBR or bios, "an MBR, or a GPT with a BIOS boot partition"
    if fits:
        return Pass((f"the definition is of the generation {generation}; the disk has {seen}",))
    return Fail(
        f"the definition {definition.id.name} is of the generation {generation}, and the disk has {seen}",
        expected=expected,
        actual=seen,
        fix=Fix(
            "make a definition of the disk's generation, or the disk for the definition's",
            Safety.MANUAL,
            steps=(_another_definition(definition, "V1" if same(generation, "V2") else "V2"),),
        ),
    )


def _another_definition(definition: Definition, generation: str) -> str:
    gallery, name, *_ = definition.id.names()
    return az(
        *("sig", "image-definition", "create", "--resource-group", definition.id.resource_group),
        *("--gallery-name", gallery, "--gallery-image-definition", f"{name}-gen{generation[1:]}"),
        *("--hyper-v-generation", generation, "--os-type", known(definition.os_type) or "Linux"),
        *("--os-state", "Generalized", "--publisher", "PUBLISHER", "--offer", "OFFER", "--sku", "SKU"),
    )


def _seen(table: PartitionTable, *, efi: bool, bios: bool) -> str:
    found = [name for name, is_there in (("an EFI system partition", efi), ("a BIOS boot partition", bios)) if is_there]
    article = "an" if table.scheme is Scheme.MBR else "a"
    return f"{article} {table.scheme} with {' and '.join(found) or 'neither EFI system nor BIOS boot partition'}"
