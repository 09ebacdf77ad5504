"""What the root file system of a Linux image says, without having been booted.

Every field is a fact: a value, or an ``Unread`` that says which path could not be read and why. Where a
field may be None, None means that the thing is certainly not there: the directories that would hold it
were read whole. No field holds a password, a hash of one, or a key.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from checker.facts.listing import Listing
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
    """A file below a home directory. ``users`` are those who can log in and whose home it is; none for nobody's."""

    users: tuple[str, ...]
    file: File


@dataclass(frozen=True, slots=True)
class AuthorizedKeys:
    """A file of authorized keys: how many it has, and whether each of them only says whom to log in as."""

    users: tuple[str, ...]
    file: File
    keys: int
    only_notice: bool


@dataclass(frozen=True, slots=True)
class Accounts:
    """Who can log in. ``elsewhere`` are other databases of accounts, which are there and were not read.

    Homes are those of the accounts, /root, every directory in /home, and what a new account begins with (/etc/skel).
    ``histories`` are those of shells and of programs like them, those of size 0 too; of one that is a symlink the size
    is that of the file behind it. ``authorized_keys`` are also where sshd is told to look for them. ``targetpw`` are
    the active ``Defaults targetpw`` of sudoers, as ``path:line``.
    """

    users: Fact[tuple[User, ...]]
    passwords: Fact[tuple[Password, ...] | None]
    elsewhere: Fact[tuple[str, ...]]
    histories: Listing[OwnedFile]
    authorized_keys: Listing[AuthorizedKeys]
    known_hosts: Listing[OwnedFile]
    private_keys: Listing[OwnedFile]
    targetpw: Fact[tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class CloudInit:
    """What cloud-init would do on a new machine.

    ``replaces_host_keys`` says that it runs there, and makes new SSH host keys; ``keeps_instance`` that it goes on
    with the instance that it remembers. ``passwords`` and ``keys`` are the lines of its configuration, as
    ``path:line``, that may give an account a password, and that give one a key.
    """

    installed: Fact[bool]
    replaces_host_keys: Fact[bool]
    keeps_instance: Fact[bool]
    passwords: Fact[tuple[str, ...]]
    keys: Fact[tuple[str, ...]]


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
    it at boot, ``unit_files`` its units and scripts of init, ``masked`` the units that lead to /dev/null,
    ``overrides`` the drop-ins that change what a unit starts, or whether it does,
    ``configuration`` waagent.conf by option, and ``state`` what is in the folder that it keeps its state in.
    """

    program: Fact[File | None]
    modules: Fact[tuple[tuple[str, str], ...]]
    units: Fact[tuple[str, ...]]
    unit_files: Fact[tuple[str, ...]]
    masked: Fact[tuple[str, ...]]
    overrides: Fact[tuple[str, ...]]
    configuration: Fact[Mapping[str, str] | None]
    state: Listing[str]


# -- boot ---------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class CommandLine:
    """A kernel command line that the boot loader may use, with its variables filled in.

    ``is_used`` is False for a boot loader entry that nothing seen reads: GRUB has menus without ``blscfg``, and
    systemd-boot was not found.
    """

    source: str
    title: str
    kernel: str
    arguments: tuple[str, ...]
    is_used: bool = True

    @property
    def is_rescue(self) -> bool:
        """Whether it is only for repair, as distributions mark it; a product may be called *Recovery* itself."""
        title = self.title.lower()
        marked = "(recovery mode)" in title or "0-rescue" in title or "-rescue-" in self.kernel
        return marked or any(word in ("single", "rescue", "recovery", "emergency") for word in self.arguments)


@dataclass(frozen=True, slots=True)
class Boot:
    """What is booted. ``default_grub`` are the variables of /etc/default/grub and its drop-ins, later files last."""

    command_lines: Fact[tuple[CommandLine, ...]]
    saved_words: Fact[tuple[str, ...]]  # of all values in environment blocks of GRUB
    default_grub: Fact[Mapping[str, str] | None]
    kernels: Fact[tuple[str, ...]]  # the versions of /boot/vmlinuz-*
    modules: Fact[tuple[str, ...]]  # the versions in /lib/modules
    configurations: Fact[Mapping[str, Mapping[str, str]]]  # by kernel version: CONFIG_X without its prefix → y, m
    blocked_modules: Fact[tuple[str, ...]]  # by modprobe.d: blacklist, or install with what does not load it
    needed_modules: Fact[Mapping[str, tuple[str, ...]]]  # by kernel version: which of udf and vfat are there


#: What the words of a trace begin with that mentions swap space, and does not tell where it is.
NOT_UNDERSTOOD = "not understood: "
#: What the words of a trace begin with that is there, and that nothing turns on.
NOT_ENABLED = "not enabled: "


@dataclass(frozen=True, slots=True)
class SwapEntry:
    """A trace of swap space: where it was seen, what was seen, and whether fstab certainly puts it on this disk."""

    source: str
    what: str
    on_this_disk: bool = False


@dataclass(frozen=True, slots=True)
class Swap:
    """Swap space, by every way that it comes about; waagent.conf is in ``Agent.configuration``."""

    fstab: Fact[tuple[SwapEntry, ...]]
    volumes: Fact[tuple[SwapEntry, ...]]
    files: Fact[tuple[SwapEntry, ...]]
    units: Fact[tuple[SwapEntry, ...]]
    cloud_init: Fact[tuple[SwapEntry, ...]]
    started: Fact[tuple[SwapEntry, ...]]  # by programs that make it, by scripts that run swapon, by crypttab


# -- repositories and network ---------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Repository:
    """A repository that packages come from.

    ``name`` is its id for dnf and zypper, and what it is called; for apt the suite. ``address`` is a URL, or empty
    where a mirror list is named instead. ``refresh`` is zypper's autorefresh.
    """

    path: str
    name: str
    address: str
    enabled: bool
    refresh: bool = False


# -- ssh ----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class SshdSetting:
    """A line of the configuration of sshd: keyword in lower case, the rest of the line, and where it stands.

    ``exact`` says that a search for keywords at the start of a line, as the manual spells them, finds it; ``words`` are
    those of the value without quotation marks. ``in_match`` is a Match block that is not for all, ``in_all`` one that
    is: what stands there wins over what stands outside. Options of the command line have line 0.
    """

    keyword: str
    value: str
    path: str
    line: int
    in_match: bool
    exact: bool = True
    words: tuple[str, ...] = ()
    in_all: bool = False


@dataclass(frozen=True, slots=True)
class Sshd:
    """The configuration of sshd, Includes followed, in the order in which sshd reads it; None without a file.

    ``host_keys`` are also those that the configuration names, and those of dropbear.
    """

    program: Fact[File | None]
    settings: Fact[tuple[SshdSetting, ...] | None]
    host_keys: Fact[tuple[str, ...]]


def sshd_value(settings: tuple[SshdSetting, ...], keyword: str) -> SshdSetting | None:
    """What counts for every connection: the first line with a keyword in blocks for all, else outside of blocks."""
    found = [one for one in settings if one.keyword == keyword.lower() and not one.in_match]
    return next((one for one in found if one.in_all), next(iter(found), None))


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
    dbus_machine_id: Fact[str | None]  # of D-Bus, where it is a file of its own and no symlink
    cloud_init: CloudInit
    logs: Fact[tuple[File, ...]]  # of the agent and of cloud-init, rotated ones too, and of extensions
    hostname: Fact[str | None]
    leases: Fact[tuple[File, ...]]
    leftovers: Mapping[str, Fact[File | None]]
    defender: Mapping[str, Fact[File | None]]
    files: Mapping[str, Fact[File | None]]
    texts: Mapping[str, Fact[str | None]]
    udev_net_rules: Fact[tuple[str, ...]]
    empty_udev_net_rules: Fact[tuple[str, ...]]  # those of them that say nothing
    python: Fact[str | None]  # what /usr/bin/python3 leads to: python3.11
    programs: Fact[Mapping[str, str]]  # each openssl and python3 on the usual PATH, with the file it leads to
    repositories: Fact[tuple[Repository, ...]]
    cloud_init_errors: Fact[tuple[str, ...] | None]  # what cloud-init noted in earlier boots; None: it noted nothing


@dataclass(frozen=True, slots=True)
class NoLinux:
    """The disk certainly holds no Linux; ``why`` says in words what it holds instead."""

    why: str
