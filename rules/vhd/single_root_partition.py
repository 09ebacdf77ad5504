"""VHD012: the disk has a single root partition."""

from checker.facts.arm_id import Kind
from checker.facts.linux_guest import LinuxGuest
from checker.facts.partition_types import LINUX_DATA, LINUX_ROOT, LVM
from checker.facts.unread import FactName, Unread, known, read, some, then
from checker.facts.vhd import Content, Vhd
from checker.fixes.operations import Fix, Safety
from checker.rule import Basis, Context, Fail, NotApplicable, Outcome, Pass, Severity, rule
from rules.vhd._disk import rebuilt, system, uncontradicted
from rules.vhd._documents import FAQ, SECURITY
from rules.vhd._role import data_disk, of_os_disk


@rule(
    code="VHD012",
    slug="single-root-partition",
    title="The OS disk has a single root partition",
    severity=Severity.WARNING,
    basis=Basis.DOCUMENTED,
    sources=(FAQ, SECURITY),
    kind=Kind.VHD,
    reads=(FactName.DISK_FILE, FactName.DEFINITIONS, FactName.GUEST),
)
def single_root_partition(vhd: Vhd, context: Context) -> Outcome:
    """The OS disk has a single root partition.

    What it demands
    ---------------
    With Linux, one partition is the root. It is decided from the partition table: one partition marked as a root, or
    only one that holds a file system of Linux. Which of several unmarked ones is the root is not in the table: there
    the files decide. Where they can be read, the root is the one partition that holds a system; a system on another
    partition than the one that the table tells leaves it unknown. A data disk has none.

    Why
    ---
    The certification's test *Root Partition on OS Disk* wants one; the security recommendations say the same.

    How to fix
    ----------
    Build the image with one root partition.
    """
    data = data_disk(vhd)
    return of_os_disk(vhd, context, _judged(vhd, context)) if data is None else data


def _judged(vhd: Vhd, context: Context) -> Outcome:
    table = read(vhd.partitions)
    if table is None or not table.partitions:
        if table is not None:
            read(uncontradicted(vhd, table))
        return NotApplicable("there is no partition")
    if read(system(vhd, context)) == "Windows":
        return NotApplicable("it speaks of Linux")
    roots = [p for p in table.partitions if p.type in LINUX_ROOT]
    if len(roots) > 1:
        return Fail(
            f"{len(roots)} partitions are marked as a root",
            expected="one root partition",
            actual=", ".join(f"partition {p.number}" for p in roots),
            fix=Fix("keep one root", Safety.MANUAL, steps=rebuilt(vhd, "keep one partition as the root")),
        )
    read(uncontradicted(vhd, table))
    root = _root(vhd)
    named = [p for p in table.partitions if f"partition {p.number}" == root]
    able = roots or [p for p in table.partitions if p.type in LINUX_DATA] or named
    words = f"{len(able)} partitions may be the root, and the partition table does not say which"
    lvm = some(p.type in LVM or then(p.content, lambda content: content is Content.LVM) for p in table.partitions)
    if not able and not known(lvm):
        return NotApplicable(words)
    if read(lvm):
        return NotApplicable("the disk is divided by LVM, as VHD013 says")
    found = [p for p in able if p in named]
    if found and len(able) > 1:
        return Pass((f"a system is on partition {found[0].number} and on no other, by what lies on them",))
    if len(able) == 1 and (found or not root):
        return Pass((f"partition {able[0].number} is the only one that can be the root",))
    if len(able) == 1:
        words = f"by the table partition {able[0].number} is the root, and the system is on {root}"
    return read(Unread(vhd.id.text, "root_partition", words))


def _root(vhd: Vhd) -> str:
    """The volume that proves to be the root, where the file systems were read; of several systems none does."""
    guest = known(vhd.guest)
    return guest.root if isinstance(guest, LinuxGuest) else ""
