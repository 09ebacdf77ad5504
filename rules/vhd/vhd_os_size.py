"""VHD007: the size of an OS disk is within the limits of its operating system."""

from checker.facts.arm_id import Kind
from checker.facts.sizes import exact
from checker.facts.unread import FactName, read
from checker.facts.vhd import GIB, Vhd
from checker.fixes.operations import Fix, Safety
from checker.rule import Basis, Context, Fail, Lowered, NotApplicable, Outcome, Pass, Severity, rule
from rules.vhd._disk import footer_of, system
from rules.vhd._documents import FAQ, VHD_SIZE

_LIMITS = {"Linux": (1 * GIB, 1023 * GIB), "Windows": (30 * GIB, 250 * GIB)}
_ADVISED = 30 * GIB


@rule(
    code="VHD007",
    slug="vhd-os-size",
    title="The size is within the limits of the operating system",
    severity=Severity.ERROR,
    basis=Basis.DOCUMENTED,
    sources=(FAQ, VHD_SIZE),
    kind=Kind.VHD,
    reads=(FactName.DISK_FILE, FactName.DEFINITIONS),
)
def vhd_os_size(vhd: Vhd, context: Context) -> Outcome:
    """The size is within the limits of the operating system.

    What it demands
    ---------------
    The virtual size of an OS disk with Linux is 1 to 1023 GB, with Windows 30 to 250 GB. The certification's FAQ says
    so; an older page gives 30 to 1023 GB for Linux: below 30 GB it is a warning. Both advise 30 to 50 GB. That a GB
    is 1073741824 bytes is our reading.

    A VHD that is judged is taken for an OS disk; a data disk may have 20 MB to 1023 GB. The operating system is that
    of the image definition where one was named beside the disk, else what the types of the partitions tell.

    Why
    ---
    Disks of other sizes are held up or refused at *OS disk size validation*. For more than 250 GB Microsoft's support
    has to approve an exception.

    How to fix
    ----------
    Build the image with another size of disk. A disk of Windows that came from Azure is not to be made smaller.
    """
    footer = footer_of(vhd)
    if isinstance(footer, NotApplicable):
        return footer
    size = footer.current_size
    least, most = min(low for low, _ in _LIMITS.values()), max(high for _, high in _LIMITS.values())
    if not least <= size <= most:
        return _fail(size, "1 to 1023 GB with Linux, 30 to 250 GB with Windows", "any operating system")
    if all(low <= size <= high for low, high in _LIMITS.values()):
        return Pass((f"the virtual size of {exact(size)} is within the limits of Linux and of Windows",))
    found = read(system(vhd, context))
    low, high = _LIMITS[found]
    if not low <= size <= high:
        return _fail(size, f"{low // GIB} to {high // GIB} GB with {found}", found)
    if size < _ADVISED:
        return Fail(
            f"a disk of {exact(size)} is smaller than advised",
            expected="30 to 50 GB, as both documents advise",
            actual=exact(size),
            evidence=("the FAQ (2021) accepts 1 to 1023 GB of Linux; the page of 2020 asked for 30 to 1023 GB",),
            lowered=Lowered(Severity.WARNING, "the newer of two documents accepts it"),
        )
    return Pass((f"the virtual size of {exact(size)} is within the limits of {found}; 30 to 50 GB are advised",))


def _fail(size: int, expected: str, found: str) -> Fail:
    words = ("for more than 250 GB, ask Microsoft's support for an exception",) if size > 250 * GIB else ()
    return Fail(
        f"the virtual size of {exact(size)} is outside the limits of an OS disk with {found}",
        expected=expected,
        actual=exact(size),
        evidence=words,
        fix=Fix("build the image with a disk within the limits", Safety.MANUAL, steps=words),
    )
