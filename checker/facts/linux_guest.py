"""What the root file system of a Linux image says, without having been booted.

Every field is a fact: a value, or an ``Unread`` that says which path could not be read and why. Where a
field may be None, None means that the thing is certainly not there: the directories that would hold it
were read whole. No field holds a password, a hash of one, or a key.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from checker.facts.unread import Fact


@dataclass(frozen=True, slots=True)
class OsRelease:
    """os-release, with every variable in ``fields``. ``like`` are the distributions that it says it resembles."""

    id: str
    version_id: str
    like: tuple[str, ...]
    pretty_name: str
    fields: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Elf:
    """The header of a program: ``machine`` as ``uname -m`` says it (or ``ELF machine 22``), ``bits`` 32 or 64."""

    path: str
    machine: str
    bits: int


@dataclass(frozen=True, slots=True)
class File:
    """Something at a path: its kind (file, directory, symlink, other), size in bytes, permission bits and owner."""

    path: str
    kind: str
    size: int
    permissions: int | None
    uid: int | None


# -- accounts -----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class User:
    """A line of /etc/passwd. ``password`` says what its second field is."""

    name: str
    uid: int
    gid: int
    home: str
    shell: str
    password: PasswordState


class PasswordState(StrEnum):
    """What a password field of passwd or shadow is; the field itself is not kept."""

    LOCKED = "locked"  # a * or a ! in it
    EMPTY = "empty"
    ELSEWHERE = "x"  # exactly x: the other file has it
    SET = "set"


@dataclass(frozen=True, slots=True)
class Password:
    """A line of /etc/shadow."""

    user: str
    state: PasswordState


@dataclass(frozen=True, slots=True)
class OwnedFile:
    """A file below a home directory. ``users`` are those whose home it is; none for a home without an entry."""

    users: tuple[str, ...]
    file: File


@dataclass(frozen=True, slots=True)
class AuthorizedKeys:
    """An authorized_keys file: how many keys it has, and whether each of them only says whom to log in as."""

    users: tuple[str, ...]
    file: File
    keys: int
    only_notice: bool


@dataclass(frozen=True, slots=True)
class Accounts:
    """Who can log in. ``histories`` are shell histories below the homes, those of size 0 too.

    Homes are those of users whose shell is not nologin, /root, and every directory in /home.
    ``targetpw`` are the active ``Defaults targetpw`` of sudoers and sudoers.d, as ``path:line``.
    """

    users: Fact[tuple[User, ...]]
    passwords: Fact[tuple[Password, ...] | None]
    histories: Fact[tuple[OwnedFile, ...]]
    authorized_keys: Fact[tuple[AuthorizedKeys, ...]]
    known_hosts: Fact[tuple[OwnedFile, ...]]
    private_keys: Fact[tuple[OwnedFile, ...]]
    targetpw: Fact[tuple[str, ...]]


# -- packages and agent -------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Package:
    """A package. ``version`` as its manager writes it, with epoch and release; ``state`` dpkg's last word of three."""

    name: str
    version: str
    state: str = "installed"


@dataclass(frozen=True, slots=True)
class Packages:
    """A package database: ``manager`` is dpkg or rpm. dpkg's configuration-only remains are in it, with their state."""

    manager: str
    packages: Mapping[str, tuple[Package, ...]]

    def installed(self, name: str) -> tuple[Package, ...]:
        """The installed packages of a name; several where several architectures or versions are."""
        return tuple(package for package in self.packages.get(name, ()) if package.state == "installed")


@dataclass(frozen=True, slots=True)
class Agent:
    """The Azure Linux agent.

    ``modules`` are version.py files of it with the version that each gives, ``units`` the symlinks that start
    it at boot, ``masked`` the units that lead to /dev/null, ``configuration`` /etc/waagent.conf by option.
    """

    program: Fact[File | None]
    modules: Fact[tuple[tuple[str, str], ...]]
    units: Fact[tuple[str, ...]]
    masked: Fact[tuple[str, ...]]
    configuration: Fact[Mapping[str, str] | None]


# -- boot ---------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class CommandLine:
    """A kernel command line that the boot loader may use, with its variables filled in."""

    source: str
    title: str
    kernel: str
    arguments: tuple[str, ...]

    @property
    def is_rescue(self) -> bool:
        """Whether it is only for repair."""
        return any("rescue" in part or "recovery" in part for part in (self.title.lower(), self.kernel)) or any(
            word in ("single", "rescue", "recovery") for word in self.arguments
        )


@dataclass(frozen=True, slots=True)
class Boot:
    """What is booted. ``default_grub`` are the variables of /etc/default/grub and its drop-ins, later files last."""

    command_lines: Fact[tuple[CommandLine, ...]]
    default_grub: Fact[Mapping[str, str] | None]
    kernels: Fact[tuple[str, ...]]  # the versions of /boot/vmlinuz-*
    modules: Fact[tuple[str, ...]]  # the versions in /lib/modules
    configurations: Fact[Mapping[str, Mapping[str, str]]]  # by kernel version: CONFIG_X without its prefix → y, m
    blocked_modules: Fact[tuple[str, ...]]  # by modprobe.d: blacklist, or install with true or false


@dataclass(frozen=True, slots=True)
class SwapEntry:
    """A trace of swap space: where it was seen, and what was seen."""

    source: str
    what: str


@dataclass(frozen=True, slots=True)
class Swap:
    """Swap space, by every way that it comes about; waagent.conf is in ``Agent.configuration``."""

    fstab: Fact[tuple[SwapEntry, ...]]
    volumes: Fact[tuple[SwapEntry, ...]]
    files: Fact[tuple[SwapEntry, ...]]
    units: Fact[tuple[SwapEntry, ...]]
    cloud_init: Fact[tuple[SwapEntry, ...]]


# -- ssh ----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class SshdSetting:
    """A line of the configuration of sshd: keyword in lower case, the rest of the line, and where it stands."""

    keyword: str
    value: str
    path: str
    line: int
    in_match: bool


@dataclass(frozen=True, slots=True)
class Sshd:
    """The configuration of sshd, Includes followed, in the order in which sshd reads it; None without a file."""

    program: Fact[File | None]
    settings: Fact[tuple[SshdSetting, ...] | None]
    host_keys: Fact[tuple[str, ...]]


def sshd_value(settings: tuple[SshdSetting, ...], keyword: str) -> SshdSetting | None:
    """What counts for every connection: the first line with a keyword outside of all Match blocks."""
    keyword = keyword.lower()
    return next((one for one in settings if one.keyword == keyword and not one.in_match), None)


# -- the whole ----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class VolumeSeen:
    """A volume on the disk, in words: ``partition 1`` with ``ext``, its label and the type of its partition."""

    name: str
    holds: str
    label: str
    type: str
    why_unreadable: str


@dataclass(frozen=True, slots=True)
class LinuxGuest:
    """The inside of a Linux image.

    ``root`` names the volume that is the root, ``file_system`` its kind, ``journal`` is ``clean``, ``dirty`` or
    ``unknown`` (then what it could hide is unread). ``leftovers`` are things that deprovisioning removes and
    ``defender`` those of Microsoft Defender, by path; ``files`` are others that rules ask about; ``texts`` the
    small files whose words matter.
    """

    root: str
    file_system: str
    journal: str
    volumes: tuple[VolumeSeen, ...]
    os_release: Fact[OsRelease]
    architecture: Fact[Elf]
    accounts: Accounts
    packages: Fact[Packages]
    agent: Agent
    boot: Boot
    swap: Swap
    sshd: Sshd
    machine_id: Fact[str | None]
    hostname: Fact[str | None]
    leases: Fact[tuple[File, ...]]
    leftovers: Mapping[str, Fact[File | None]]
    defender: Mapping[str, Fact[File | None]]
    files: Mapping[str, Fact[File | None]]
    texts: Mapping[str, Fact[str | None]]
    udev_net_rules: Fact[tuple[str, ...]]
    python: Fact[str | None]  # what /usr/bin/python3 leads to: python3.11


@dataclass(frozen=True, slots=True)
class NoLinux:
    """The disk certainly holds no Linux; ``why`` says in words what it holds instead."""

    why: str
