"""LNX015: the kernel is safe from SACK panics."""

from __future__ import annotations

import re

from checker.facts.arm_id import Kind
from checker.facts.linux.system import OsRelease
from checker.facts.linux_guest import LinuxGuest
from checker.facts.unread import Fact, FactName, ReasonKind, Unread, read
from checker.facts.vhd import Vhd
from checker.fixes.operations import Fix, Safety
from checker.rule import Basis, Context, Fail, NotApplicable, Outcome, Pass, Severity, rule
from rules.linux._documents import FAQ
from rules.linux._guest import guest_of, unread
from rules.linux._sack import DEBIAN, NEWER_THAN_ALL, RED_HAT, REPAIRED_UPSTREAM, ROWS, Row
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
    Every kernel in /boot, and every one that an entry of the boot loader names, by a symlink too, is at least the one
    that the document lists for its distribution and branch. What is built from Red Hat's system (CentOS, Rocky Linux,
    AlmaLinux, and Oracle's with the kernel of Red Hat) has its kernels, under the same names. A kernel of 5.4 or newer
    is above the whole list; one of 5.2 or newer that it does not name has the repair from upstream. Where some are old
    and some are not, or the list does not name the distribution or the branch, the rule is not evaluated: which kernel
    is the default is not read, and what the list does not say is not guessed.

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
    in_boot = [kernel for kernel in read(guest.boot.kernels) if "rescue" not in kernel]
    named, unclear = _named(vhd, guest)
    elsewhere = [kernel for kernel, lies_in_boot in named.items() if kernel not in in_boot and not lies_in_boot]
    judged = dict.fromkeys([*in_boot, *named] or [*read(guest.boot.modules)])
    safe = {kernel: _is_safe(vhd, guest, kernel) for kernel in judged}
    old = [kernel for kernel, is_safe in safe.items() if is_safe is False]
    # An entry whose kernel would lie in /boot, and does not, boots nothing.
    that_boot = [*in_boot, *elsewhere] or list(judged)
    if that_boot and unclear is None and all(kernel in old for kernel in that_boot):
        return Fail(
            "no kernel is as new as the document asks for",
            expected="the kernel that the document lists for the distribution, or a newer one",
            actual=", ".join(old),
            fix=Fix("update the kernel", Safety.MANUAL, steps=("update the kernel, and remove the old ones",)),
        )
    if unclear is not None:
        read(unclear)
    if not judged:
        read(unread(vhd, "/boot", "no kernel was found in /boot, nor its modules"))
    for is_safe in safe.values():
        read(is_safe)
    if old:
        words = f"{', '.join(old)} is too old, and which of {len(judged)} kernels boots is not read"
        read(unread(vhd, "/boot", words))
    return Pass(tuple(f"kernel {kernel}" for kernel in judged))


def _named(vhd: Vhd, guest: LinuxGuest) -> tuple[dict[str, bool], Unread | None]:
    """The kernels that boot entries name, and whether each would lie in /boot; and what is not clear of them.

    Where entries are not known, the kernels that have modules stand for them.
    """
    lines = guest.boot.command_lines
    if isinstance(lines, Unread):
        modules = guest.boot.modules
        return ({}, modules) if isinstance(modules, Unread) else (dict.fromkeys(modules, False), None)
    found: dict[str, bool] = {}
    unclear: Unread | None = None
    for line in lines:
        folder, _, name = line.kernel.rpartition("/")
        if line.is_rescue or "memtest" in name:
            continue
        named = re.findall(r"(?:^|[/-])([0-9]+\.[0-9]+[^/]*)", f"{folder.rpartition('/')[2]}/{name}")
        if named:
            lies_in_boot = folder in ("", "/boot") and line.source.startswith(("/boot/grub", "/boot/loader/"))
            found[named[-1]] = found.get(named[-1], True) and lies_in_boot
        else:
            unclear = unread(vhd, line.source, f"the name of the kernel does not say its version: {line.kernel}")
    return found, unclear


def _is_safe(vhd: Vhd, guest: LinuxGuest, kernel: str) -> Fact[bool]:
    numbers = _numbers(kernel)
    if len(numbers) < 2:
        return unread(vhd, "/boot", f"the kernel {kernel} has no version in its name")
    if numbers[:2] >= NEWER_THAN_ALL:
        return True
    if isinstance(guest.os_release, Unread):
        return guest.os_release
    release = guest.os_release
    if release.id == "debian":
        return _debian(vhd, guest, kernel)
    rows = [row for row in ROWS if _is_of(release, row) and row.flavour in kernel]
    same = [row for row in rows if numbers[: row.branch] == row.least[: row.branch]]
    if same:
        least = same[0].least
        if release.id.startswith("sles") and numbers == least[:-1]:  # the name of its kernels lacks the last number
            return unread(vhd, "/boot", f"the name of the kernel {kernel} does not say all of its version")
        return numbers >= least
    if numbers[:2] >= REPAIRED_UPSTREAM:
        return True
    # Above the last branch of the same upstream version: 3.10.0-1160 after 3.10.0-1062.1.1. Another upstream version
    # (4.4 on Red Hat 7) is not from the distribution, and nothing says what is in it.
    if any(row.branch > 3 and numbers[:3] == row.least[:3] for row in rows) and all(
        numbers > row.least for row in rows
    ):
        return True
    words = f"the document lists nothing for the kernel {kernel} of {release.id} {release.version_id}"
    return unread(vhd, "/boot", words, ReasonKind.UNSUPPORTED)


def _is_of(release: OsRelease, row: Row) -> bool:
    """Whether a row is for a release; what is built from Red Hat's system has its kernels."""
    same = (
        row.distribution in (release.id, *release.like)
        if row.distribution == RED_HAT
        else row.distribution == release.id
    )
    return (same or (row.distribution == RED_HAT and release.id in ("centos", "ol"))) and (
        release.version_id == row.release or release.version_id.startswith(f"{row.release}.")
    )


def _debian(vhd: Vhd, guest: LinuxGuest, kernel: str) -> Fact[bool]:
    branch = _numbers(kernel)[:2]
    least = DEBIAN.get(branch) if len(branch) == 2 else None
    if branch >= REPAIRED_UPSTREAM:
        return True
    if least is None:
        words = f"the document lists nothing for the kernel {kernel} of Debian"
        return unread(vhd, "/boot", words, ReasonKind.UNSUPPORTED)
    if isinstance(guest.packages, Unread):
        return guest.packages
    package = f"linux-image-{kernel}"
    found = [*guest.packages.installed(package), *guest.packages.installed(f"{package}-unsigned")]
    if not found:
        return unread(vhd, package, f"no package says which version the kernel {kernel} is")
    versions = [re.sub(r"~(?:bpo|deb)\d.*", "", one.version) for one in found]  # a rebuild for an older release
    return all(compare_dpkg(version, least) >= 0 for version in versions)


def _numbers(kernel: str) -> tuple[int, ...]:
    """The numbers up to the first letter: 3.10.0-957.21.3.el7.x86_64 gives six."""
    match = re.match(r"[0-9][0-9.\-]*", kernel, re.ASCII)
    return tuple(int(number) for number in re.findall(r"[0-9]{1,9}", match[0] if match else ""))
