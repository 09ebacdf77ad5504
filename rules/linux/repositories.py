"""LNX034: the distribution's repositories are there."""

from __future__ import annotations

import re
from collections.abc import Sequence
from urllib.parse import urlsplit

from checker.facts.arm_id import Kind
from checker.facts.linux.packages import Repository
from checker.facts.linux_guest import LinuxGuest
from checker.facts.unread import FactName, Unread, read
from checker.facts.vhd import Vhd
from checker.fixes.operations import Fix, Safety
from checker.rule import Basis, Context, Fail, NotApplicable, Outcome, Pass, Severity, rule
from rules.linux._documents import LISA, LISA_RELEASE
from rules.linux._guest import guest_of, unread
from rules.linux._systems import AZURE_LINUX, RED_HAT, SLES, SUSE, version_of

_UBUNTU = {"x86_64": "azure.archive.ubuntu.com", "aarch64": "ports.ubuntu.com"}
_DEBIAN = ("deb.debian.org", "debian-archive.trafficmanager.net", "azure.deb.debian.cloud")
_BASE = re.compile(r"(?<![a-z])(?:base|rhel|fedora|centos|rhui)")
_AZURE = {
    1: ("mariner-official-base", "mariner-official-microsoft", "mariner-official-update"),
    2: ("mariner-official-base", "mariner-official-microsoft", "mariner-official-extras"),
    3: ("azurelinux-official-base", "azurelinux-official-ms-non-oss", "azurelinux-official-ms-oss"),
}
#: What adds repositories at the first boot.
_REGISTERING = ("cloud-regionsrv-client", "openSUSE-repos-Leap")


@rule(
    code="LNX034",
    slug="repositories",
    title="The distribution's repositories are there",
    severity=Severity.WARNING,
    basis=Basis.DOCUMENTED,
    sources=(LISA, LISA_RELEASE),
    kind=Kind.VHD,
    reads=(FactName.GUEST,),
)
def repositories(vhd: Vhd, context: Context) -> Outcome:
    """The repositories that the certification's code looks for are configured.

    What it demands
    ---------------
    By distribution, as that code has it. Ubuntu: one at azure.archive.ubuntu.com (ports.ubuntu.com on ARM), one suite
    each for its security and its updates. Debian: one at deb.debian.org or Azure's mirror, also by a list of
    mirrors in a file. Red Hat's family from version 8 on: an enabled one whose id tells a base system; Red Hat itself:
    six or more of its update infrastructure (``rhui-``); Oracle: an enabled one with ``latest``. SUSE Linux Enterprise:
    *Pool* and *Updates*; openSUSE Leap: the ones for oss and for updates, refreshed. Azure Linux: the official ones of
    its version. The code skips other distributions, and so does this rule.

    Neither apt nor dnf is told to ask a proxy on another machine, as farms that build images have one: nothing answers
    in a customer's network.

    It also asks the repositories, and wants an answer of one; a disk says only which are configured. Where cloud-init
    (on Ubuntu, unless it is told to leave the sources as they are; it uses azure.archive.ubuntu.com only where its
    configuration names that) or the registration (on SUSE) may add what is missing at the first boot, the rule is not
    evaluated.

    Why
    ---
    It answers ``verify_repository_installed``: without them a customer gets no updates. It was not seen among the tests
    of the certification.

    How to fix
    ----------
    Put the distribution's own repositories back, as its images on Azure have them.
    """
    guest = guest_of(vhd)
    if isinstance(guest, NotApplicable):
        return guest
    release = read(guest.os_release)
    if release.id not in RED_HAT | AZURE_LINUX | SUSE | {"debian", "ubuntu"} or release.id == "sl-micro":
        return NotApplicable(f"the code does not look for the repositories of {release.id}")
    found = read(guest.repositories)
    enabled = [one for one in found if one.enabled]
    ids = [_id(one) for one in enabled]
    if release.id == "ubuntu":
        missing = _missing_of_ubuntu(guest, enabled)
    elif release.id == "debian":
        missing = () if any(_host(one) in _DEBIAN for one in enabled) else (f"one at {' or '.join(_DEBIAN)}",)
    elif release.id in SLES:
        missing = tuple(word for word in ("Pool", "Updates") if not any(word in one.name for one in found))
    elif release.id in SUSE:
        missing = _missing_of_leap(found)
    elif release.id in AZURE_LINUX:
        wanted = _AZURE.get(read(version_of(release, vhd.id.text))[0], _AZURE[3])
        missing = tuple(name for name in wanted if not any(name in id for id in ids))
    elif release.id == "ol":
        missing = () if any("latest" in id for id in ids) else ("one with latest in its id",)
    else:
        missing = _missing_of_red_hat(release.id, read(version_of(release, vhd.id.text)), found, ids)
    proxies = () if isinstance(guest.proxies, Unread) else guest.proxies
    if not missing and proxies:
        return Fail(
            "packages are asked of a proxy on another machine",
            expected="no proxy",
            actual=", ".join(proxies),
            fix=Fix("remove it", Safety.MANUAL, steps=("remove the line of the proxy, or its file",)),
        )
    anew = release.id == "ubuntu" and not missing and read(guest.cloud_init.writes_sources)
    if anew and _host_of_ubuntu(guest) == _UBUNTU["x86_64"] and not read(guest.cloud_init.names_mirror):
        words = "cloud-init writes the sources anew at the first boot, and nothing tells it of azure.archive.ubuntu.com"
        read(unread(vhd, "/etc/cloud", words))
    if not missing:
        read(guest.proxies)
        return Pass(tuple(f"{one.path}: {one.name} {one.address}".strip() for one in enabled[:20]))
    stays = _UBUNTU["x86_64"] in missing and read(guest.cloud_init.names_mirror) is False
    if release.id == "ubuntu" and not stays and read(guest.cloud_init.writes_sources):
        read(unread(vhd, "/etc/apt", f"cloud-init writes the sources at the first boot; missing: {', '.join(missing)}"))
    if release.id in SUSE:
        packages = read(guest.packages)
        if any(packages.installed(name) for name in _REGISTERING):
            read(unread(vhd, "/etc/zypp", f"the first boot may add what is missing: {', '.join(missing)}"))
    return Fail(
        "repositories of the distribution are missing",
        expected=", ".join(missing),
        actual=", ".join(dict.fromkeys(f"{one.name} {one.address}".strip() for one in found)) or "none",
        fix=Fix("add them", Safety.MANUAL, steps=("put the distribution's own repositories back",)),
    )


def _id(one: Repository) -> str:
    return one.name.partition(" ")[0].lower()


def _host(one: Repository) -> str:
    """The host of an address; empty where it has none."""
    try:
        return urlsplit(one.address).hostname or ""
    except ValueError:
        return ""


def _host_of_ubuntu(guest: LinuxGuest) -> str:
    return _UBUNTU.get(read(guest.architecture).machine, "")


def _missing_of_ubuntu(guest: LinuxGuest, enabled: Sequence[Repository]) -> tuple[str, ...]:
    host = _host_of_ubuntu(guest)
    codename = read(guest.os_release).fields.get("VERSION_CODENAME", "")
    wanted = {
        host: any(_host(one) == host for one in enabled),
        **{
            f"{codename}{suite}": any(f"{codename}{suite}" in one.name for one in enabled)
            for suite in ("-security", "-updates")
        },
    }
    return tuple(words for words, is_there in wanted.items() if words and not is_there)


def _missing_of_leap(found: Sequence[Repository]) -> tuple[str, ...]:
    """The code wants one refreshed of oss, and more than two refreshed of updates."""
    oss, updates = (
        [one for one in found if re.match(rf"(?!.*(debug|non)).*{word}", one.name.lower())]
        for word in ("oss", "update")
    )
    missing = [] if any(one.refresh for one in oss) else ["one of oss with autorefresh"]
    return (*missing, *(() if sum(one.refresh for one in updates) > 2 else ("three of updates with autorefresh",)))


def _missing_of_red_hat(
    id: str, version: tuple[int, ...], found: Sequence[Repository], ids: list[str]
) -> tuple[str, ...]:
    missing = []
    if version >= (8,) and not any(_BASE.search(one) for one in ids):
        missing.append("one of the base system")
    if id == "rhel" and sum("rhui-" in _id(one) for one in found) <= 5:
        missing.append("six of Red Hat's update infrastructure (rhui-)")
    return tuple(missing)
