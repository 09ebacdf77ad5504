"""LNX011: Python is there, and not too old."""

import re

from checker.facts.arm_id import Kind
from checker.facts.linux_guest import LinuxGuest
from checker.facts.unread import Fact, FactName, Unread, known, read
from checker.facts.vhd import Vhd
from checker.rule import Basis, Context, Fail, Lowered, NotApplicable, Outcome, Pass, Severity, rule
from rules.linux._documents import FAQ, LISA
from rules.linux._guest import guest_of, unread
from rules.linux._versions import numbers, upstream

_DOCUMENTED = (2, 6)
_CERTIFIED = (3, 9)
_WITHOUT_REMARK = (3, 10)
#: Where packages put it; the fact of what /usr/bin/python3 leads to has no folder.
_FOLDERS_OF_PACKAGES = ("", "/usr/bin", "/bin", "/usr/libexec")


@rule(
    code="LNX011",
    slug="python-version",
    title="Python is there, and not too old",
    severity=Severity.WARNING,
    basis=Basis.DOCUMENTED,
    sources=(FAQ, LISA),
    kind=Kind.VHD,
    reads=(FactName.GUEST,),
)
def python_version(vhd: Vhd, context: Context) -> Outcome:
    """Python 3.9 or newer is installed.

    What it demands
    ---------------
    What /usr/bin/python3 leads to is 3.9 or newer, as the certification's code has it; that code remarks on 3.9.
    Another python3 on the PATH, such as in /usr/local/bin or where /etc/environment says, is one that this code or an
    extension may get: it counts too. One that not everybody may execute is none. The document recommends 2.6 or newer
    for extensions. Python 2 by itself is not looked for. The Python that Red Hat's systems keep for themselves
    (platform-python) is not found by that code.

    Why
    ---
    It answers the self-test's 45, *Python Version*, and ``verify_python_version``. Extensions are written in Python.

    How to fix
    ----------
    Install the distribution's package python3, or a newer one beside it.
    """
    guest = guest_of(vhd)
    if isinstance(guest, NotApplicable):
        return guest
    expected = "3.9 or newer"
    name = read(guest.python)
    if name is None:
        return Fail("there is no python3", expected, "none", evidence=("the document asks for 2.6",))
    others = [real for path, real in (known(guest.programs) or {}).items() if path.endswith("/python3")]
    versions = {one: _version(vhd, guest, one) for one in (name, *others)}
    certain = {one: version for one, version in versions.items() if not isinstance(version, Unread)}
    is_own = name.startswith("platform-python") and not others
    if certain and not is_own:
        name = min(certain, key=lambda one: certain[one])
    version = read(versions[name])
    seen = f"{name}: {'.'.join(map(str, version))}"
    if is_own:
        return Fail("there is no python3 but the system's own", expected, seen)
    if version < _CERTIFIED:
        old = "" if version >= _DOCUMENTED else ", and older than the document's 2.6"
        return Fail(f"Python is older than 3.9{old}", expected, seen, evidence=("the document asks for 2.6",))
    for one in versions.values():
        read(one)
    read(guest.programs)
    if not others:
        return Fail("there is no python3 that everybody may execute", expected, seen)
    if version < _WITHOUT_REMARK:
        return Fail(
            "Python is 3.9, which the certification's code remarks on",
            "3.10 or newer",
            seen,
            lowered=Lowered(Severity.INFO, "3.9 is accepted"),
        )
    return Pass((seen,))


def _version(vhd: Vhd, guest: LinuxGuest, name: str) -> Fact[tuple[int, ...]]:
    """By the name of the program; of one without a version that is where packages put theirs, by the package."""
    folder, _, program = name.rpartition("/")
    match = re.search(r"(\d{1,3})\.(\d{1,3})", program, re.ASCII)
    if match is not None:
        return int(match[1]), int(match[2])
    if folder not in _FOLDERS_OF_PACKAGES or program not in ("python", "python3", "platform-python"):
        return unread(vhd, name, "its name does not say which version of Python it is")
    if isinstance(guest.packages, Unread):
        return guest.packages
    found = {numbers(upstream(package.version))[:2] for package in guest.packages.installed("python3")} - {()}
    return found.pop() if len(found) == 1 else unread(vhd, "python3", f"neither {name} nor a package says its version")
