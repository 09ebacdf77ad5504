"""LNX035: the C library has no GHOST."""

import re

from checker.facts.arm_id import Kind
from checker.facts.unread import FactName, read
from checker.facts.vhd import Vhd
from checker.fixes.operations import Fix, Safety
from checker.rule import Basis, Context, Fail, NotApplicable, Outcome, Pass, Severity, Source, rule
from rules.linux._commands import install
from rules.linux._documents import TEST
from rules.linux._guest import guest_of, unread
from rules.linux._versions import at_least, compare_dpkg, compare_rpm, numbers, upstream

_REPAIRED = (2, 18)
#: The first repaired package of older releases, by manager: what versions of the release look like, and the version.
_BACKPORTED = {
    "rpm": {r"2\.17-.*\.el7.*": "2.17-55.el7_0.5", r"2\.12-.*\.el6.*": "2.12-1.149.el6_6.5"},
    "dpkg": {r"2\.13-38(\+.*)?": "2.13-38+deb7u7", r"2\.15-0ubuntu10(\..*)?": "2.15-0ubuntu10.10"},
}
_CVE = Source("CVE-2015-0235 (GHOST)", "https://nvd.nist.gov/vuln/detail/CVE-2015-0235", "2015-01-28")


@rule(
    code="LNX035",
    slug="no-ghost",
    title="The C library has no GHOST",
    severity=Severity.WARNING,
    basis=Basis.DOCUMENTED,
    sources=(TEST, _CVE),
    kind=Kind.VHD,
    reads=(FactName.GUEST,),
)
def no_ghost(vhd: Vhd, context: Context) -> Outcome:
    """The GNU C library is 2.18 or newer, or a package with the repair of CVE-2015-0235.

    What it demands
    ---------------
    The package glibc (libc6 where dpkg is) is 2.18 or newer; or, of the older releases, at least 2.17-55.el7_0.5 or
    2.12-1.149.el6_6.5 of Red Hat (RHSA-2015:0092, 0090), 2.13-38+deb7u7 of Debian (DSA-3142), 2.15-0ubuntu10.10 of
    Ubuntu (USN-2485). Of another version below 2.18, those of other distributions too, and of those that Red Hat
    repaired for a minor release of its 6, nothing is known here, and the rule is not evaluated.

    Why
    ---
    It answers the self-test's 50, *Security threats*, whose answer names GHOST alone. That test tells old systems by
    their names, warns, and says itself to ignore the warning on a system that was repaired; here the package decides.
    Newer holes are what a vulnerability scanner is for.

    How to fix
    ----------
    Update the system.
    """
    guest = guest_of(vhd)
    if isinstance(guest, NotApplicable):
        return guest
    packages = read(guest.packages)
    name = "libc6" if packages.manager == "dpkg" else "glibc"
    found = packages.installed(name)
    if not found:
        read(unread(vhd, name, f"there is no package {name}, which says its version"))
    compare = compare_dpkg if packages.manager == "dpkg" else compare_rpm
    old: list[str] = []
    unknown: list[str] = []
    for package in found:
        version = package.version.rpartition(":")[2]
        if at_least(numbers(upstream(version)) or (0,), _REPAIRED):
            continue
        rows = _BACKPORTED[packages.manager].items()
        least = next((least for pattern, least in rows if re.fullmatch(pattern, version)), "")
        if least and compare(version, least) >= 0:
            continue
        is_known = least and not re.search(r"\.el6_[0-5]\.", version)
        (old if is_known else unknown).append(f"{name} {package.version}")
    if old:
        fix = Fix("update it", Safety.MANUAL, steps=(*install(name), "restart"))
        return Fail("the C library has GHOST (CVE-2015-0235)", "2.18, or a repaired package", ", ".join(old), fix=fix)
    if unknown:
        read(unread(vhd, name, f"whether {', '.join(unknown)} has the repair of GHOST is not known"))
    return Pass(tuple(f"{name} {package.version}" for package in found))
