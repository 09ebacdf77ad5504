"""What the root file system of a Linux image says, without having been booted; or that there is none.

Every field is a fact: a value, or an ``Unread`` that says which path could not be read and why. Where a
field may be None, None means that the thing is certainly not there: the directories that would hold it
were read whole. No field holds a password, a hash of one, or a key.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from checker.facts.linux.accounts import Accounts
from checker.facts.linux.agent import Agent
from checker.facts.linux.boot import Boot
from checker.facts.linux.cloud_init import CloudInit
from checker.facts.linux.packages import Packages, Repository
from checker.facts.linux.sshd import Sshd
from checker.facts.linux.swap import Swap
from checker.facts.linux.system import Elf, File, OsRelease
from checker.facts.listing import Listing
from checker.facts.unread import Fact, Unread


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
    tied_names: Listing[str]  # other files that give the network card of an address a name
    python: Fact[str | None]  # what /usr/bin/python3 leads to: python3.11
    programs: Fact[Mapping[str, str]]  # each openssl and python3 on the usual PATH, with the file it leads to
    repositories: Fact[tuple[Repository, ...]]
    proxies: Fact[tuple[str, ...]]  # on other machines, that apt or dnf is told to ask, as path: address
    cloud_init_errors: Fact[tuple[str, ...] | None]  # what cloud-init noted in earlier boots; None: it noted nothing


@dataclass(frozen=True, slots=True)
class NoLinux:
    """The disk certainly holds no Linux; ``why`` says in words what it holds instead.

    ``can_start`` says whether a partition is there to start a system from (an EFI system partition, or an active
    one): without one, what looks like Windows by its file system may be a disk of data.
    """

    why: str
    can_start: bool = True


@dataclass(frozen=True, slots=True)
class NoSystem:
    """The disk certainly holds no system at all: each of its volumes was read, or holds nothing.

    ``holds`` says in words what is there instead. Alone that does not make it a data disk, since an OS disk that lost
    its system looks the same: ``doubt`` is what a rule on systems is not evaluated for then. ``os_disk`` is the id of
    the one disk of the same run that holds a system, and makes this one a data disk; empty where there is none.
    ``blanks`` are the offsets and lengths in bytes of what looks empty, and was not read whole: with any of them it is
    not certain that nothing is there.
    """

    holds: str
    doubt: Unread
    os_disk: str = ""
    blanks: tuple[tuple[int, int], ...] = ()
