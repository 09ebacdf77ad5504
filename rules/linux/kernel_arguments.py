"""LNX022: the kernel is not told what Azure advises against."""

import re

from checker.facts.arm_id import Kind
from checker.facts.linux.system import OsRelease
from checker.facts.unread import FactName, known, read
from checker.facts.vhd import Vhd
from checker.fixes.operations import Fix, Safety
from checker.rule import Basis, Context, Fail, Lowered, NotApplicable, Outcome, Pass, Severity, rule
from rules.linux._commands import MAKE_MENU
from rules.linux._documents import LINUX_VHD, LISA
from rules.linux._guest import are_known, guest_of, unread
from rules.linux._systems import RED_HAT, version_of
from rules.linux._versions import at_least

#: By the text that the code looks for: what else the kernel takes for the same.
_WRONG = {
    "libata.atapi_enabled=0": re.compile(r"libata\.atapi[-_]enabled=0+$"),
    "reserve=0x1f0,0x8": re.compile(r"reserve=(\S*,)?0*(0x0*1f0|496),(0x)?0*8(,|$)", re.IGNORECASE),
}
_ADVISED_AGAINST = ("rhgb", "quiet", "crashkernel=auto")


@rule(
    code="LNX022",
    slug="kernel-arguments",
    title="The kernel is not told what Azure advises against",
    severity=Severity.WARNING,
    basis=Basis.DOCUMENTED,
    sources=(LINUX_VHD, LISA),
    kind=Kind.VHD,
    reads=(FactName.GUEST,),
)
def kernel_arguments(vhd: Vhd, context: Context) -> Outcome:
    """No command line hides the disk with the provisioning data, or the messages of the boot.

    What it demands
    ---------------
    No kernel command line has ``libata.atapi_enabled=0`` or ``reserve=0x1f0,0x8``, in whichever way it is written;
    those for repair count too, and so does what is saved in an environment block of GRUB and not used, for the
    certification's code searches the whole menu (on Red Hat 8 and newer, that block alone). Where that text stands in a
    menu and on no command line, in a comment for example, only that code refuses it: info. The document also advises to
    take out ``rhgb``, ``quiet`` and ``crashkernel=auto``: on a command line that is not for repair, that is told as
    info. That code also fails where it finds no menu; here that is not evaluated.

    Why
    ---
    It answers ``verify_grub``. Without the ATAPI drive the provisioning data cannot be read.

    How to fix
    ----------
    Take them out of /etc/default/grub, and make the menu again.
    """
    guest = guest_of(vhd)
    if isinstance(guest, NotApplicable):
        return guest
    every = known(guest.boot.command_lines) or ()
    lines = [line for line in every if not line.is_rescue]
    words = {word for line in lines for word in line.arguments}
    fix = Fix(
        "take them out",
        Safety.MANUAL,
        steps=("take them out of GRUB_CMDLINE_LINUX: sudo -e /etc/default/grub", *MAKE_MENU),
    )
    saved = known(guest.boot.saved_words) or ()
    wrong = sorted({word for word in (*(word for line in every for word in line.arguments), *saved) if _is_wrong(word)})
    if wrong:
        return Fail("the kernel does not see the drive with the provisioning data", "neither", " ".join(wrong), fix=fix)
    read(are_known(vhd, read(guest.boot.command_lines)))
    if not lines:
        read(unread(vhd, "/boot", "no kernel command line was found but those for repair"))
    read(guest.boot.saved_words)
    elsewhere = read(guest.boot.searched_for)
    if elsewhere and not _is_searched_in_block(vhd, read(guest.os_release)):
        return Fail(
            "the menu names what hides the drive with the provisioning data, on no command line",
            expected="neither, in comments too",
            actual=", ".join(elsewhere),
            fix=fix,
            lowered=Lowered(Severity.INFO, "only the certification's code, which searches the text, refuses it"),
        )
    unwanted = [word for word in _ADVISED_AGAINST if word in words]
    if unwanted:
        return Fail(
            "the kernel is told what the document advises against",
            expected=f"none of {', '.join(_ADVISED_AGAINST)}",
            actual=" ".join(unwanted),
            fix=fix,
            lowered=Lowered(Severity.INFO, "it is only advised"),
        )
    return Pass((f"none of them on {len(lines)} command lines",))


def _is_wrong(word: str) -> bool:
    return any(text in word or pattern.match(word[:300]) for text, pattern in _WRONG.items())


def _is_searched_in_block(vhd: Vhd, release: OsRelease) -> bool:
    """Whether the certification's code looks at the environment block alone."""
    return release.id in RED_HAT and at_least(read(version_of(release, vhd.id.text)), (8,))
