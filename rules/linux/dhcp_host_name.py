"""LNX032: the DHCP client leaves the host name as it is on SUSE, and sends it on Azure Linux."""

import re
import shlex

from checker.facts.arm_id import Kind
from checker.facts.unread import FactName, read
from checker.facts.vhd import Vhd
from checker.fixes.operations import Fix, Safety
from checker.rule import Basis, Context, Fail, NotApplicable, Outcome, Pass, Severity, rule
from rules.linux._commands import sudo
from rules.linux._documents import LISA, LISA_RELEASE
from rules.linux._guest import guest_of
from rules.linux._systems import AZURE_LINUX, SUSE, settings, version_of

_SUSE = "/etc/sysconfig/network/dhcp"
_SUSE_RIGHT = re.compile(r'"no"(?:[ \t]+#.*)?')
_DHCPCD = "/etc/dhcpcd.conf"
#: On Azure Linux, by whether it is version 3 or newer: the file, and what a line of it must name.
_AZURE = {True: (_DHCPCD, "option host_name"), False: ("/etc/dhcp/dhclient.conf", "host-name")}


@rule(
    code="LNX032",
    slug="dhcp-host-name",
    title="The DHCP client treats the host name as Azure needs it",
    severity=Severity.WARNING,
    basis=Basis.DOCUMENTED,
    sources=(LISA, LISA_RELEASE),
    kind=Kind.VHD,
    reads=(FactName.GUEST,),
)
def dhcp_host_name(vhd: Vhd, context: Context) -> Outcome:
    """SUSE has DHCLIENT_SET_HOSTNAME="no"; Azure Linux asks for the host name.

    What it demands
    ---------------
    On SUSE, /etc/sysconfig/network/dhcp has ``DHCLIENT_SET_HOSTNAME="no"``, with the quotes, as the certification's
    code searches for it. On Azure Linux 3 and newer /etc/dhcpcd.conf has ``option host_name``, and no
    ``nooption host_name`` after it; before that /etc/dhcp/dhclient.conf has ``host-name``. Comments do not count here,
    and do for that code. It skips other distributions, and so does this rule.

    Why
    ---
    It answers ``verify_dhcp_file_configuration``. A host name from DHCP would replace the one that the machine was
    given. It was not seen among the tests of the certification.

    How to fix
    ----------
    Write the line into the file.
    """
    guest = guest_of(vhd)
    if isinstance(guest, NotApplicable):
        return guest
    release = read(guest.os_release)
    if release.id not in SUSE | AZURE_LINUX:
        return NotApplicable(f"the code asks for it on SUSE and Azure Linux, and this is {release.id}")
    if release.id in SUSE:
        path, wanted = _SUSE, 'DHCLIENT_SET_HOSTNAME="no"'
        text = read(guest.texts[path])
        value = settings(text or "").get("DHCLIENT_SET_HOSTNAME", "")
        is_right, actual = (
            _SUSE_RIGHT.fullmatch(value) is not None,
            f"DHCLIENT_SET_HOSTNAME={value}" if value else "no such setting",
        )
    else:
        path, wanted = _AZURE[read(version_of(release, vhd.id.text)) >= (3,)]
        text = read(guest.texts[path])
        active = re.sub(r"(?m)(?:^\s*|\s)#.*$", "", text or "")
        is_right = _asks(active) if path == _DHCPCD else re.search(r"(?<![\w-])host-name(?![\w-])", active) is not None
        actual = f"no {wanted} outside of comments, or taken back"
    if is_right:
        return Pass((f"{path}: {wanted}",))
    return Fail(
        "the DHCP client does not treat the host name as it should",
        expected=f"{wanted} in {path}",
        actual="no file" if text is None else actual,
        fix=Fix("write the line", Safety.MANUAL, steps=(f"echo {shlex.quote(wanted)} | {sudo('tee', '-a', path)}",)),
    )


def _asks(text: str) -> bool:
    """Whether dhcpcd asks for the host name in the end, and a line says so as the certification's code searches it."""
    asks, is_found = False, False
    for line in text.splitlines():
        keyword, *values = re.split(r"[\s,]+", line.strip())
        if keyword in ("option", "nooption") and "host_name" in values:
            asks = keyword == "option"
            is_found = is_found or (asks and re.match(r"\s*option host_name(?!\w)", line) is not None)
    return asks and is_found
