"""VHD007: the size of an OS disk is within the limits of its operating system."""

from checker.facts.arm_id import Kind
from checker.facts.sizes import exact
from checker.facts.unread import FactName, known, read
from checker.facts.vhd import GIB, Vhd
from checker.fixes.commands import az
from checker.fixes.operations import Fix, Safety
from checker.rule import Basis, Context, Fail, Lowered, NotApplicable, Outcome, Pass, Severity, rule
from rules.vhd._disk import footer_of, system, to_fixed_vhd
from rules.vhd._documents import FAQ, VHD_SIZE
from rules.vhd._role import data_disk, of_os_disk

_LIMITS = {"Linux": (1 * GIB, 1023 * GIB), "Windows": (30 * GIB, 250 * GIB)}
_ADVISED = 30 * GIB
_MOST_WITHOUT_EXCEPTION = 250 * GIB

#: What remains to be done inside, once the disk is longer.
_GROW = "cloud-init uses the new room at the first start; else growpart and resize2fs (or xfs_growfs) do, on a VM"
#: A disk is not cut off at its end: partitions and file systems would be cut with it.
_BUILD_SMALLER = (
    "see how much is used, on the VM that the image was made of: df -h",
    "build the image again on a disk of 30 to 50 GB, with its data on data disks: Azure makes no disk smaller",
    az(
        *("vm", "create", "--name", "NAME", "--resource-group", "GROUP"),
        *("--image", "APPROVED-BASE", "--os-disk-size-gb", "50"),
    ),
)
_EXCEPTION = "or ask Microsoft's support for an exception, which a disk of more than 250 GB needs"


@rule(
    code="VHD007",
    slug="vhd-os-size",
    title="The size is within the limits of the operating system",
    severity=Severity.ERROR,
    basis=Basis.DOCUMENTED,
    sources=(FAQ, VHD_SIZE),
    kind=Kind.VHD,
    reads=(FactName.DISK_FILE, FactName.GUEST, FactName.DEFINITIONS),
)
def vhd_os_size(vhd: Vhd, context: Context) -> Outcome:
    """The size is within the limits of the operating system.

    What it demands
    ---------------
    The virtual size of an OS disk with Linux is 1 to 1023 GB, with Windows 30 to 250 GB. The certification's FAQ says
    so; an older page gives 30 to 1023 GB for Linux: below 30 GB it is a warning. Both advise 30 to 50 GB. Above 250 GB
    it is a warning with Linux too, since the FAQ wants an exception there. That a GB is 1073741824 bytes, and that the
    TiB in the FAQ's table of exceptions are meant as GiB, is our reading.

    It is the size of the disk as it looks from inside. The size of the file is another number: of a fixed VHD it is
    512 bytes more.

    A VHD that is judged alone is taken for an OS disk. A data disk, which VHD016 judges, may have 20 MB to 1023 GB: it
    is one where certainly no system is on it, and one other disk of the same run holds the system. The operating
    system is that of the image definition where one was named beside the disk, else what the types of the partitions
    tell.

    Why
    ---
    Disks of other sizes are held up or refused at *OS disk size validation*. For more than 250 GB Microsoft's support
    has to approve an exception.

    How to fix
    ----------
    Make a disk that is too small longer, in a copy. One that is too large has to be built again: where its end is cut
    off, partitions are cut with it. A disk of Windows that came from Azure is not to be made smaller.
    """
    data = data_disk(vhd)
    return of_os_disk(vhd, context, _judged(vhd, context)) if data is None else data


def _judged(vhd: Vhd, context: Context) -> Outcome:
    footer = footer_of(vhd)
    if isinstance(footer, NotApplicable):
        return footer
    size = footer.current_size
    least, most = min(low for low, _ in _LIMITS.values()), max(high for _, high in _LIMITS.values())
    if not least <= size <= most:
        return _fail(
            vhd, size, (least, most), "1 to 1023 GB with Linux, 30 to 250 GB with Windows", "any operating system"
        )
    if all(low <= size <= high for low, high in _LIMITS.values()):
        return Pass((f"the virtual size of {exact(size)} is within the limits of Linux and of Windows",))
    found = read(system(vhd, context))
    low, high = _LIMITS[found]
    if not low <= size <= high:
        return _fail(vhd, size, (low, high), f"{low // GIB} to {high // GIB} GB with {found}", found)
    if size < _ADVISED:
        return Fail(
            f"a disk of {exact(size)} is smaller than advised",
            expected="30 to 50 GB, as both documents advise",
            actual=exact(size),
            evidence=("the FAQ (2021) accepts 1 to 1023 GB of Linux; the page of 2020 asked for 30 to 1023 GB",),
            fix=Fix("make the disk larger", Safety.MANUAL, steps=to_fixed_vhd(vhd, _ADVISED)),
            lowered=Lowered(Severity.WARNING, "the newer of two documents accepts it"),
        )
    if size > _MOST_WITHOUT_EXCEPTION:
        return Fail(
            f"a virtual size of {exact(size)} needs an exception",
            expected="30 to 50 GB, as both documents advise; 250 GB at most without an exception",
            actual=exact(size),
            fix=Fix("build the image with a smaller disk", Safety.MANUAL, steps=(*_BUILD_SMALLER, _EXCEPTION)),
            lowered=Lowered(Severity.WARNING, "the FAQ accepts up to 1023 GB of Linux, and grants exceptions"),
        )
    return Pass((f"the virtual size of {exact(size)} is within the limits of {found}; 30 to 50 GB are advised",))


def _fail(vhd: Vhd, size: int, limits: tuple[int, int], expected: str, found: str) -> Fail:
    low, _ = limits
    exception = (_EXCEPTION,) if size > _MOST_WITHOUT_EXCEPTION else ()
    if size < low:
        fix = Fix("make the disk larger", Safety.MANUAL, steps=(*to_fixed_vhd(vhd, low), _GROW))
    else:
        fix = Fix("build the image with a smaller disk", Safety.MANUAL, steps=(*_BUILD_SMALLER, *exception))
    length = known(vhd.length)
    of_file = "" if length is None else f"; the file has {length} bytes, footer included, and does not count"
    return Fail(
        f"the virtual size of {exact(size)} is outside the limits of an OS disk with {found}",
        expected=f"a virtual size of {expected}",
        actual=f"virtual size {exact(size)}{of_file}",
        fix=fix,
    )
