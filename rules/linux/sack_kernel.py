"""LNX015: the kernel is safe from SACK panics."""

from __future__ import annotations

import re

from checker.facts.arm_id import Kind
from checker.facts.linux_guest import LinuxGuest, OsRelease
from checker.facts.unread import Fact, FactName, ReasonKind, Unread, read
from checker.facts.vhd import Vhd
from checker.fixes.operations import Fix, Safety
from checker.rule import Basis, Context, Fail, NotApplicable, Outcome, Pass, Severity, rule
from rules.linux._documents import FAQ
from rules.linux._guest import guest_of, unread
from rules.linux._sack import DEBIAN, NEWER_THAN_ALL, ROWS
from rules.linux._versions import compare_dpkg


@rule(
    code="LNX015",
    slug="sack-kernel",
    title="The kernel is safe from SACK panics",
    severity=Severity.ERROR,
    basis=Basis.DOCUMENTED,
    sources=(FAQ,),
    kind=Kind.VHD,
    reads=(FactName.GUEST,),
)
def sack_kernel(vhd: Vhd, context: Context) -> Outcome:
    """No kernel is older than the document's list allows.

    What it demands
    ---------------
    Every kernel in /boot is at least the one that the document lists for its distribution and branch. A kernel of 5.4
    or newer is above the whole list. Where some are old and some are not, or the list does not name the distribution
    or the branch, the rule is not evaluated: which kernel is booted is not read, and what the list does not say is not
    guessed.

    Why
    ---
    It answers the self-test's 52, *SACK Vulnerability patch verification* (CVE-2019-11477, -11478, -11479).

    How to fix
    ----------
    Update the kernel, and remove the old ones.
    """
    guest = guest_of(vhd)
    if isinstance(guest, NotApplicable):
        return guest
    kernels = read(guest.boot.kernels)
    kernels = tuple(kernel for kernel in kernels if "rescue" not in kernel) or read(guest.boot.modules)
    if not kernels:
        read(unread(vhd, "/boot", "no kernel was found in /boot, nor its modules"))
    safe = {kernel: _is_safe(vhd, guest, kernel) for kernel in kernels}
    old = [kernel for kernel, is_safe in safe.items() if is_safe is False]
    if len(old) == len(kernels):
        return Fail(
            "no kernel is as new as the document asks for",
            expected="the kernel that the document lists for the distribution, or a newer one",
            actual=", ".join(old),
            fix=Fix("update the kernel", Safety.MANUAL, steps=("update the kernel, and remove the old ones",)),
        )
    for is_safe in safe.values():
        read(is_safe)
    if old:
        read(
            unread(vhd, "/boot", f"{', '.join(old)} is too old, and which of {len(kernels)} kernels boots is not read")
        )
    return Pass(tuple(f"kernel {kernel}" for kernel in kernels))


def _is_safe(vhd: Vhd, guest: LinuxGuest, kernel: str) -> Fact[bool]:
    found = tuple(int(number) for number in re.findall(r"[0-9]{1,9}", kernel.partition("+")[0], re.ASCII))
    if len(found) < 2:
        return unread(vhd, "/boot", f"the kernel {kernel} has no version in its name")
    if found[:2] >= NEWER_THAN_ALL:
        return True
    if isinstance(guest.os_release, Unread):
        return guest.os_release
    release = guest.os_release
    if release.id == "debian":
        return _debian(vhd, guest, release, kernel)
    numbers = _numbers(kernel)
    rows = [row for row in ROWS if row.distribution == release.id and _is_release(release.version_id, row.release)]
    rows = [row for row in rows if row.flavour in kernel]
    same = [row for row in rows if numbers[: row.branch] == row.least[: row.branch]]
    if same:
        least = same[0].least
        if release.id == "sles" and numbers == least[:-1]:  # the name of its kernels lacks the last number
            return unread(vhd, "/boot", f"the name of the kernel {kernel} does not say all of its version")
        return numbers >= least
    if rows and numbers and all(numbers > row.least for row in rows):
        return True
    words = f"the document lists nothing for the kernel {kernel} of {release.id} {release.version_id}"
    return unread(vhd, "/boot", words, ReasonKind.UNSUPPORTED)


def _debian(vhd: Vhd, guest: LinuxGuest, release: OsRelease, kernel: str) -> Fact[bool]:
    least = DEBIAN.get(release.version_id)
    if least is None:
        words = f"the document lists nothing for Debian {release.version_id}"
        return unread(vhd, "/boot", words, ReasonKind.UNSUPPORTED)
    if isinstance(guest.packages, Unread):
        return guest.packages
    package = f"linux-image-{kernel}"
    versions = [one.version for one in guest.packages.installed(package)]
    versions += [one.version for one in guest.packages.installed(f"{package}-unsigned")]
    if not versions:
        return unread(vhd, package, f"no package says which version the kernel {kernel} is")
    return all(compare_dpkg(version, least[0]) >= 0 for version in versions)


def _numbers(kernel: str) -> tuple[int, ...]:
    """The numbers up to the first letter: 3.10.0-957.21.3.el7.x86_64 gives six."""
    match = re.match(r"[0-9.\-]*", kernel, re.ASCII)
    return tuple(int(number) for number in re.findall(r"[0-9]{1,9}", match[0] if match else ""))


def _is_release(version: str, release: str) -> bool:
    return version == release or version.startswith(f"{release}.")
