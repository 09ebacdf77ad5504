"""VHD015: the partition table is whole."""

from checker.facts.arm_id import Kind
from checker.facts.unread import FactName, read
from checker.facts.vhd import Scheme, Vhd
from checker.fixes.operations import Fix, Safety
from checker.rule import Basis, Context, Fail, NotApplicable, Outcome, Pass, Severity, rule
from rules.vhd._disk import to_fixed_vhd
from rules.vhd._documents import UEFI


@rule(
    code="VHD015",
    slug="partition-table-sound",
    title="The partition table is whole",
    severity=Severity.WARNING,
    basis=Basis.DERIVED,
    sources=(UEFI,),
    kind=Kind.VHD,
    reads=(FactName.DISK_FILE,),
)
def partition_table_sound(vhd: Vhd, context: Context) -> Outcome:
    """The partition table is whole.

    What it demands
    ---------------
    Of a GPT, both copies are there with right checksums, they agree, and the second one is in the last sector of the
    disk; the MBR before it protects it from sector 1 on, and has no partitions of its own. Beside the partitions of an
    MBR there is no GPT. Partitions lie within the disk, do not overlap, and in a GPT are where its header leaves room
    for them, each with a GUID of its own; logical ones lie within the extended partition that lists them.

    Why
    ---
    A disk that was made longer keeps the second copy of its GPT where the end was. It boots, but tools that grow the
    root partition at the first start may refuse, and one more damage loses the disk.

    How to fix
    ----------
    Take a raw copy, let ``sgdisk --move-second-header`` put the second copy to the end, and make a VHD of it. Never
    run tools for partitions on the VHD itself: to them its footer is a part of the disk.
    """
    table = read(vhd.partitions)
    if table is None:
        return NotApplicable("there is no partition table")
    if not table.problems:
        copies = "both copies agree and their checksums are right" if table.scheme is Scheme.GPT else "it is consistent"
        return Pass((f"{table.scheme} with {len(table.partitions)} partitions: {copies}",))
    return Fail(
        f"the {table.scheme} is damaged: {table.problems[0]}",
        expected="a partition table without contradictions",
        actual="; ".join(table.problems),
        fix=Fix(
            "repair the table of a raw copy, and make a VHD of it",
            Safety.MANUAL,
            steps=to_fixed_vhd(vhd, move_gpt=table.scheme is Scheme.GPT),
        ),
    )
