"""LNX010: OpenSSL is there, and not too old."""

import re

from checker.facts.arm_id import Kind
from checker.facts.unread import FactName, known, read
from checker.facts.vhd import Vhd
from checker.fixes.operations import Fix, Safety
from checker.rule import Basis, Context, Fail, Lowered, NotApplicable, Outcome, Pass, Severity, rule
from rules.linux._commands import install
from rules.linux._documents import FAQ, LISA, SECURITY
from rules.linux._guest import guest_of, unread
from rules.linux._versions import at_least, numbers, upstream

_DOCUMENTED = (0, 9, 8)
_RECOMMENDED = (1, 0)
_CERTIFIED = (3, 0, 0)
_CERTIFIED_TOO = ((1, 1, 1), (1, 0, 2))
#: Where packages put their programs; what leads elsewhere is none of theirs.
_FOLDERS_OF_PACKAGES = frozenset({"/usr/bin", "/bin", "/usr/sbin", "/sbin"})
#: The package of the program, and those that SUSE has beside it.
_PACKAGES = re.compile(r"openssl(-[0-9][0-9_]*)?")


@rule(
    code="LNX010",
    slug="openssl-version",
    title="OpenSSL is there, and not too old",
    severity=Severity.ERROR,
    basis=Basis.DOCUMENTED,
    sources=(FAQ, SECURITY, LISA),
    kind=Kind.VHD,
    reads=(FactName.GUEST,),
)
def openssl_version(vhd: Vhd, context: Context) -> Outcome:
    """The program openssl is installed, in a version that is accepted.

    What it demands
    ---------------
    The package of the program ``openssl`` is 0.9.8 or newer, as the document has it; less is an error. The
    certification's code asks for 3.0.0 or newer, or for exactly 1.1.1 or 1.0.2 with any letter, and runs the program:
    another version, or no program that everybody may execute, is a warning, since no refusal for it is documented or
    reported. An openssl on the PATH (also on that of /etc/environment) that lies, or leads, outside of /usr/bin has no
    package that says its version: then the rule is not evaluated. Nor is it where ``dpkg-divert`` puts another program
    in its place; one that was written over the package's own is not told from it. Of several packages (SUSE has
    openssl-1_1 and openssl-3) that of the program counts which /usr/bin/openssl leads to.

    Why
    ---
    It answers the self-test's 44, *OpenSSL Version*, and ``verify_openssl_version``.

    How to fix
    ----------
    Install the distribution's package ``openssl``; with a version that is not accepted, move to a newer release.
    """
    guest = guest_of(vhd)
    if isinstance(guest, NotApplicable):
        return guest
    packages = read(guest.packages)
    names = sorted(name for name in packages.packages if _PACKAGES.fullmatch(name) and packages.installed(name))
    programs = {path: real for path, real in (known(guest.programs) or {}).items() if path.endswith("/openssl")}
    real = next(iter(programs.values()), "").rpartition("/")[2]
    chosen = next((name for name in (real, "openssl", *reversed(names)) if name in names), "openssl")
    fix = Fix("install openssl", Safety.MANUAL, steps=install("openssl"))
    lowered = Lowered(Severity.WARNING, "no document asks for more than 0.9.8")
    found = {package.version: numbers(upstream(package.version)) for package in packages.installed(chosen)}
    seen = ", ".join(f"{chosen} {version}" for version in found)
    if not all(found.values()):
        read(unread(vhd, chosen, f"its version is no version: {seen}"))
    if not all(at_least(version, _DOCUMENTED) for version in found.values()):
        return Fail("openssl is older than 0.9.8", "0.9.8 or newer", seen, fix=fix)
    read(guest.programs)
    for path, behind in programs.items():
        if not names or behind.rpartition("/")[0] not in _FOLDERS_OF_PACKAGES:
            read(unread(vhd, path, f"no package says which version it is: {path} leads to {behind}"))
    if not programs:
        actual = f"{', '.join(names)}, without it" if names else "none"
        return Fail(
            "there is no program openssl that everybody may execute",
            "openssl 3.0.0 or newer",
            actual,
            fix=fix,
            lowered=lowered,
        )
    if all(at_least(version, _CERTIFIED) or version in _CERTIFIED_TOO for version in found.values()):
        return Pass((seen,))
    below = "" if all(at_least(version, _RECOMMENDED) for version in found.values()) else "; 1.0 is recommended"
    return Fail(
        "the certification's code does not accept this version of openssl",
        expected="3.0.0 or newer, 1.1.1, or 1.0.2",
        actual=seen,
        evidence=(f"the document asks for 0.9.8{below}",),
        fix=fix,
        lowered=lowered,
    )
