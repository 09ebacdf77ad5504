"""VHD013: the OS disk is not divided by LVM."""

from checker.facts.arm_id import Kind
from checker.facts.partition_types import LVM
from checker.facts.unread import Fact, FactName, read, some, then
from checker.facts.vhd import Content, Partition, Vhd
from checker.fixes.operations import Fix, Safety
from checker.rule import Basis, Context, Fail, NotApplicable, Outcome, Pass, Severity, rule
from rules.vhd._disk import rebuilt, uncontradicted
from rules.vhd._documents import LINUX_VHD, SECURITY
from rules.vhd._role import data_disk, of_os_disk


@rule(
    code="VHD013",
    slug="no-lvm",
    title="The OS disk is not divided by LVM",
    severity=Severity.WARNING,
    basis=Basis.DOCUMENTED,
    sources=(SECURITY, LINUX_VHD),
    kind=Kind.VHD,
    reads=(FactName.DISK_FILE, FactName.GUEST),
)
def no_lvm(vhd: Vhd, context: Context) -> Outcome:
    """The OS disk is not divided by LVM.

    What it demands
    ---------------
    No partition is of the type that LVM uses, and none begins with the label of an LVM physical volume; nor does a
    disk without partitions. A data disk may.

    Why
    ---
    Both documents recommend plain partitions: the names of volumes clash when the disk is attached to another VM for
    repair. Some approved bases of Red Hat use LVM, so it is a warning.

    How to fix
    ----------
    Build the image on plain partitions.
    """
    data = data_disk(vhd)
    return of_os_disk(vhd, context, _judged(vhd)) if data is None else data


def _judged(vhd: Vhd) -> Outcome:
    table = read(vhd.partitions)
    if table is not None and not table.partitions:
        read(uncontradicted(vhd, table))
    if table is None or not table.partitions:
        if read(vhd.content) is Content.LVM:
            return _fail(vhd, "the whole disk, without a partition table")
        return NotApplicable("there is no partition")
    with_lvm = [p for p in table.partitions if _is_lvm(p) is True]
    if with_lvm:
        return _fail(vhd, ", ".join(f"partition {p.number}" for p in with_lvm))
    read(some(_is_lvm(p) for p in table.partitions))
    read(uncontradicted(vhd, table))
    return Pass((f"none of {len(table.partitions)} partitions is LVM's, by type or by content",))


def _fail(vhd: Vhd, actual: str) -> Fail:
    return Fail(
        "the disk is divided by LVM",
        expected="no physical volume of LVM on the OS disk",
        actual=actual,
        fix=Fix(
            "build the image on plain partitions",
            Safety.MANUAL,
            steps=rebuilt(vhd, "choose plain partitions (in kickstart: part / --fstype=xfs --grow, and no logvol)"),
        ),
    )


def _is_lvm(partition: Partition) -> Fact[bool]:
    return True if partition.type in LVM else then(partition.content, lambda content: content is Content.LVM)
