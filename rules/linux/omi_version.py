"""LNX016: the Open Management Infrastructure is absent, or not vulnerable."""

from checker.facts.arm_id import Kind
from checker.facts.unread import FactName, Unread, read
from checker.facts.vhd import Vhd
from checker.fixes.operations import Fix, Safety
from checker.rule import Basis, Context, Fail, Lowered, NotApplicable, Outcome, Pass, Severity, rule
from rules.linux._commands import uninstall
from rules.linux._documents import LISA
from rules.linux._guest import guest_of, unread
from rules.linux._versions import all_numbers, at_least

_LEAST = (1, 6, 8, 1)
_SERVER = "/opt/omi/bin/omiserver"
#: The state of dpkg in which only the configuration of a package is left.
_REMOVED = ("config-files",)


@rule(
    code="LNX016",
    slug="omi-version",
    title="OMI is absent, or 1.6.8.1 or newer",
    severity=Severity.ERROR,
    basis=Basis.DOCUMENTED,
    sources=(LISA,),
    kind=Kind.VHD,
    reads=(FactName.GUEST,),
)
def omi_version(vhd: Vhd, context: Context) -> Outcome:
    """The Open Management Infrastructure is not installed, or in a version without the known holes.

    What it demands
    ---------------
    There is no package ``omi`` and no /opt/omi/bin/omiserver, or the package is 1.6.8.1 (1.6.8-1) or newer. A package
    that was removed and left its configuration is a warning: the certification's code takes it for installed. That code
    asks the program before the package; what the program itself would say is not read.

    Why
    ---
    It answers ``verify_omi_version``, which refuses with *Vulnerable OMI version detected*: CVE-2021-38645, -38647,
    -38648 and -38649 let anybody on the network run commands as root.

    How to fix
    ----------
    Remove OMI, with ``apt-get purge omi`` where dpkg is; or update it.
    """
    guest = guest_of(vhd)
    if isinstance(guest, NotApplicable):
        return guest
    expected = "no OMI, or 1.6.8.1 or newer"
    fix = Fix("remove or update OMI", Safety.MANUAL, steps=uninstall("omi"))
    packages = guest.packages
    listed = () if isinstance(packages, Unread) else packages.packages.get("omi", ())
    found = tuple(package for package in listed if package.state != "not-installed")
    old = [package for package in found if not at_least(all_numbers(package.version.rpartition(":")[2]), _LEAST)]
    for package in old:
        if package.state not in _REMOVED:
            return Fail("OMI has known holes", expected, f"omi {package.version}", fix=fix)
    read(packages)
    server = read(guest.files[_SERVER])
    installed = [package for package in found if package.state not in _REMOVED]
    if server is not None and not installed:
        read(unread(vhd, _SERVER, "OMI is there, and no package says which version it is"))
    if old:
        return Fail(
            "the package omi was removed, and not purged",
            expected,
            f"omi {old[0].version}, {old[0].state}",
            fix=fix,
            lowered=Lowered(Severity.WARNING, "nothing of it runs; the certification's code takes it for installed"),
        )
    return Pass(tuple(f"omi {package.version}" for package in installed) or ("there is no OMI",))
