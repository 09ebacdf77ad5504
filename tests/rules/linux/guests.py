"""A clean Debian guest, and changes to it."""

from __future__ import annotations

import dataclasses
from types import MappingProxyType
from typing import Any

from judging import of_url, told

from checker.facts.linux.accounts import Accounts, AuthorizedKeys, OwnedFile, Password, PasswordState, User
from checker.facts.linux.agent import Agent
from checker.facts.linux.boot import Boot, CommandLine
from checker.facts.linux.cloud_init import CloudInit
from checker.facts.linux.packages import Package, Packages, Repository
from checker.facts.linux.sshd import Sshd, SshdSetting
from checker.facts.linux.swap import Swap, SwapEntry
from checker.facts.linux.system import Elf, File, OsRelease
from checker.facts.linux_guest import LinuxGuest
from checker.facts.listing import Listing
from checker.facts.unread import Unread
from checker.facts.vhd import Vhd
from checker.inspect.linux.system import DEFENDER, FILES, LEFTOVERS, TEXTS

NO_PROGRAMS = MappingProxyType[str, str]({})  # no dict, which would be added to those that are there
UNREAD = Unread("disk.vhd", "/somewhere", "an error of the disk")
SSHD = "/etc/ssh/sshd_config"
DROP_IN = "/etc/ssh/sshd_config.d/50-cloud.conf"


def file(
    path: str, size: int = 100, kind: str = "file", permissions: int | None = 0o644, uid: int = 0, gid: int = 0
) -> File:
    return File(path, kind, size, permissions, uid, gid)


def owned(path: str, size: int = 100, *users: str, kind: str = "file") -> OwnedFile:
    return OwnedFile(users, file(path, size, kind))


def keys(path: str, count: int, *users: str, notice: bool = False, size: int = 80, mode: int = 0o600) -> AuthorizedKeys:
    return AuthorizedKeys(users, file(path, size, permissions=mode), count, notice)


def user(
    name: str, uid: int = 1000, password: PasswordState = PasswordState.ELSEWHERE, shell: str = "/bin/bash"
) -> User:
    return User(name, uid, uid, f"/home/{name}", shell, password)


def dpkg(**versions: str) -> Packages:
    return Packages("dpkg", {name.replace("_", "-"): (Package(name, version),) for name, version in versions.items()})


def line(words: str, title: str = "Debian", kernel: str = "/boot/vmlinuz-6.1.0-18-amd64") -> CommandLine:
    return CommandLine("/boot/grub/grub.cfg", title, kernel, tuple(words.split()))


def setting(value: str, path: str = SSHD, line: int = 5, keyword: str = "clientaliveinterval", match: bool = False):
    return SshdSetting(keyword, value, path, line, match, words=tuple(value.split()))


def swap(source: str, what: str = "it holds swap space") -> SwapEntry:
    return SwapEntry(source, what)


ROOT = user("root", 0)
CONSOLE = "root=/dev/sda1 ro console=tty0 console=ttyS0,115200 earlyprintk=ttyS0,115200"

CLEAN = LinuxGuest(
    root="partition 1",
    file_system="ext4",
    journal="clean",
    volumes=(),
    os_release=OsRelease("debian", "12", (), "Debian GNU/Linux 12 (bookworm)", {}),
    architecture=Elf("/bin/sh", "x86_64", 64),
    accounts=Accounts(
        users=(ROOT, user("daemon", 1, shell="/usr/sbin/nologin")),
        shadow_group=42,
        passwords=(Password("root", PasswordState.LOCKED), Password("daemon", PasswordState.LOCKED)),
        elsewhere=(),
        histories=Listing(()),
        authorized_keys=Listing(()),
        known_hosts=Listing(()),
        private_keys=Listing(()),
        targetpw=(),
        odd_lines=(),
    ),
    packages=dpkg(openssl="3.0.15-1~deb12u1", waagent="2.9.1.1-1", python3="3.11.2-1+b1", libc6="2.36-9+deb12u8"),
    agent=Agent(
        program=file("/usr/sbin/waagent", permissions=0o755),
        missing_interpreter=None,
        modules=(("/usr/lib/python3/dist-packages/azurelinuxagent/common/version.py", "2.9.1.1"),),
        units=("/etc/systemd/system/multi-user.target.wants/walinuxagent.service",),
        unit_files=("/lib/systemd/system/walinuxagent.service",),
        masked=(),
        overrides=(),
        configuration={
            "Provisioning.DeleteRootPassword": "y",
            "Provisioning.RegenerateSshHostKeyPair": "y",
        },
        state=Listing(()),
    ),
    boot=Boot(
        command_lines=(line(CONSOLE), line("root=/dev/sda1 ro single", "Debian (recovery mode)")),
        default_target="graphical.target",
        saved_words=("6.1.0-18-amd64",),
        searched_for=(),
        kernels=("6.1.0-18-amd64",),
        modules=("6.1.0-18-amd64",),
        configurations={
            "6.1.0-18-amd64": {
                "WATCHDOG": "y",
                "CIFS": "m",
                "HYPERV": "y",
                "HYPERV_STORAGE": "m",
                "HYPERV_NET": "m",
                "HYPERV_UTILS": "m",
            }
        },
        blocked_modules=(),
        needed_modules={"6.1.0-18-amd64": ("udf", "vfat", "hv_vmbus", "hv_storvsc", "hv_netvsc", "hv_utils")},
    ),
    swap=Swap((), (), (), (), (), ()),
    sshd=Sshd(file("/usr/sbin/sshd"), (setting("180"),), Listing(()), ()),
    machine_id="",
    dbus_machine_id=None,
    cloud_init=CloudInit(
        installed=True,
        runs=True,
        replaces_host_keys=True,
        keeps_instance=False,
        resource_folder="/mnt",
        writes_sources=True,
        names_mirror=True,
        starts=True,
        stopped=Listing(()),
        sources=("Azure",),
        seeds=(),
        remembered=(),
        memory_elsewhere=(),
        passwords=(),
        keys=(),
    ),
    logs=(),
    hostname="localhost.localdomain",
    leases=(),
    leftovers=dict.fromkeys(LEFTOVERS),
    defender=dict.fromkeys(DEFENDER),
    files={
        **dict.fromkeys(FILES),
        **{folder: file(folder, kind="directory", permissions=0o755) for folder in ("/", "/etc", "/etc/ssh")},
        "/etc/shadow": file("/etc/shadow", permissions=0o640, gid=42),
        SSHD: file(SSHD),
    },
    texts=dict.fromkeys(TEXTS),
    udev_net_rules=(),
    empty_udev_net_rules=(),
    tied_names=Listing(()),
    python="python3.11",
    programs={"/usr/bin/openssl": "/usr/bin/openssl", "/usr/bin/python3": "/usr/bin/python3.11"},
    proxies=(),
    repositories=(
        Repository("/etc/apt/sources.list", "bookworm", "http://deb.debian.org/debian", enabled=True),
        Repository("/etc/apt/sources.list", "bookworm-security", "http://deb.debian.org/debian-security", enabled=True),
    ),
    cloud_init_errors=None,
)


def like(before: Any, value: Any) -> Any:
    """A new value for a field; where the field is a listing, what is known of it, or why nothing is."""
    if not isinstance(before, Listing) or isinstance(value, Listing):
        return value
    return Listing((), value) if isinstance(value, Unread) else Listing(value)


def guest(**changes: Any) -> LinuxGuest:
    """The clean guest with changes: ``agent__modules=()`` changes a field of a part.

    A mapping is added to the one that is there: ``leftovers={"/path": file(…)}``.
    """
    changed = CLEAN
    for name, value in changes.items():
        part, _, field = name.partition("__")
        before = getattr(changed, part)
        after = like(before, value)
        if field:
            after = dataclasses.replace(before, **{field: like(getattr(before, field), value)})
        elif isinstance(before, dict) and isinstance(value, dict):
            after = {**before, **value}
        changed = dataclasses.replace(changed, **{part: after})
    return changed


def disk(inside: Any) -> Vhd:
    """A disk with a guest, or with what stands for one."""
    return dataclasses.replace(of_url("?x"), guest=inside)


def says(code: str, **changes: Any) -> str:
    """The verdict of a rule on the clean guest with changes."""
    return told(code, disk(guest(**changes)))
