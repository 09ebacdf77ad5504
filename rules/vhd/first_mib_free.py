"""VHD011: the first MiB of the disk is free."""

from checker.facts.arm_id import Kind
from checker.facts.unread import FactName, known, read
from checker.facts.vhd import MIB, SECTOR, Format, Scheme, Vhd
from checker.fixes.operations import Fix, Safety
from checker.rule import Basis, Context, Fail, NotApplicable, Outcome, Pass, Severity, rule
from rules.vhd._disk import uncontradicted
from rules.vhd._documents import FAQ, OWN_IMAGE
from rules.vhd._role import data_disk, of_os_disk

_FIRST = MIB // SECTOR
_READING = "that the partition table itself and a boot loader beside it may be there is our reading"


@rule(
    code="VHD011",
    slug="first-mib-free",
    title="The first MiB of the disk is free",
    severity=Severity.ERROR,
    basis=Basis.DOCUMENTED,
    sources=(FAQ, OWN_IMAGE),
    kind=Kind.VHD,
    reads=(FactName.DISK_FILE, FactName.GUEST),
)
def first_mib_free(vhd: Vhd, context: Context) -> Outcome:
    """The first MiB of the disk is free.

    What it demands
    ---------------
    No partition of the OS disk begins before sector 2048, and so not within the first MiB. That the partition table
    itself may be there (of a GPT the sectors up to 33), and a boot loader beside it, is our reading: the document
    says of images that have both that these sectors are to be empty. A disk that was built on an approved base meets
    it already; what certainly is a data disk need not. Where it is not known that the partition table counts (the
    copies of the GPT differ, the MBR has a partition that the GPT beside it has not, nothing takes the GPT), nothing
    passes by it.

    Why
    ---
    Azure keeps the mark that the Marketplace bills by in these sectors. Publishing fails without the room for it.

    How to fix
    ----------
    Build the disk with the first partition at 1 MiB, as today's installers and tools for partitions do by themselves.
    A partition cannot be moved without copying it.
    """
    data = data_disk(vhd)
    return of_os_disk(vhd, context, _judged(vhd)) if data is None else data


def _judged(vhd: Vhd) -> Outcome:
    table = read(vhd.partitions)
    if table is None and not (known(vhd.format) or Format.RAW).is_vhd:
        return NotApplicable("it is no VHD, as VHD001 says, and a partition table was not found in it")
    if table is None or (table.scheme is Scheme.MBR and not table.partitions):
        if not read(vhd.first_mib_used):
            return NotApplicable("there is no partition, and nothing in the first MiB: it is no OS disk")
        return _fail("there is no partition, and the first MiB holds data", "data in the first MiB, no partition")
    early = sorted((p for p in table.partitions if p.start < MIB), key=lambda p: p.start)
    if early:
        named = ", ".join(f"partition {p.number} at sector {p.start // SECTOR}" for p in early[:5])
        return _fail(f"a partition begins within the first MiB: {named}", named)
    lists = sorted(at for at in table.chain if at < MIB)
    if lists:
        words = f"the list of logical partitions at sector {lists[0] // SECTOR}"
        return _fail(f"an extended partition begins within the first MiB: {words}", words)
    read(uncontradicted(vhd, table))
    if not table.partitions:
        return NotApplicable("there is no partition: it is no OS disk")
    first = min(table.partitions, key=lambda p: p.start)
    return Pass((f"the first partition, {first.number}, begins at sector {first.start // SECTOR}; {_READING}",))


def _fail(message: str, actual: str) -> Fail:
    return Fail(
        message,
        expected=f"the first partition at sector {_FIRST} (1 MiB) or after",
        actual=actual,
        fix=Fix(
            "build the disk with the first partition at 1 MiB",
            Safety.MANUAL,
            steps=("sgdisk --set-alignment=2048 --new=1:2048:0 DISK (a new disk; then copy the file systems)",),
        ),
    )
