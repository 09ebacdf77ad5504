"""What system an image is: os-release, the architecture of its programs, its identity, its small files."""

from __future__ import annotations

import struct
from collections.abc import Mapping

from checker.facts.linux.system import Elf, File, OsRelease
from checker.facts.unread import Fact, Unread
from checker.inspect.linux.reader import Reader, joined, shell_variables
from checker.inspect.linux.units import leads_to_nothing
from checker.inspect.resolver import Unreadable
from checker.inspect.root import OS_RELEASE

#: Programs of which one is in every system; dash, bash and busybox stand behind the first.
_PROGRAMS = ("/bin/sh", "/usr/bin/bash", "/usr/bin/env")
_MACHINES = {
    3: "i386",
    8: "mips",
    20: "ppc",
    21: "ppc64",
    22: "s390x",
    40: "arm",
    62: "x86_64",
    183: "aarch64",
    243: "riscv64",
}

#: What deprovisioning removes, or what a first boot leaves.
LEFTOVERS = (
    "/var/lib/cloud/instance",
    "/var/lib/cloud/data/instance-id",
    "/etc/sudoers.d/90-cloud-init-users",
    "/etc/sudoers.d/waagent",
    "/etc/resolv.conf",
)
DEFENDER = (
    "/etc/opt/microsoft/mdatp",
    "/etc/opt/microsoft/mdatp/mdatp_onboard.json",
    "/var/log/microsoft/mdatp",
    "/var/log/microsoft/mdatp/install.log",
    "/opt/microsoft/mdatp",
    "/var/opt/microsoft/mdatp",
    "/usr/lib/systemd/system/mdatp.service",
)
DEFENDER_FOLDERS = ("/var/lib/waagent", "/var/log/azure", "/var/lib/GuestConfig/extension_logs")
FILES = (
    "/",
    "/etc",
    "/etc/ssh",
    "/etc/ssh/sshd_config.d",
    "/etc/passwd",
    "/etc/shadow",
    "/etc/shadow-",
    "/etc/gshadow",
    "/etc/sudoers",
    "/etc/ssh/sshd_config",
    "/opt/omi/bin/omiserver",
    "/root/.ssh/authorized_keys",
)
TEXTS = (
    "/etc/resolv.conf",
    "/etc/hosts",
    "/etc/fstab",
    "/etc/sysconfig/network",
    "/etc/HOSTNAME",
    "/etc/sysconfig/network-scripts/ifcfg-eth0",
    "/etc/sysconfig/network/dhcp",
    "/etc/systemd/networkd.conf",
    "/usr/lib/systemd/networkd.conf",
    "/etc/dhcpcd.conf",
    "/etc/dhcp/dhclient.conf",
)
_LEASES = (
    ("/var/lib/dhcp", r".*\.leases?"),
    ("/var/lib/dhcp3", r".*\.leases?"),
    ("/var/lib/dhclient", r".*\.leases?"),
    ("/var/lib/dhcpcd", r".*\.(lease6?|info)"),
    ("/var/lib/dhcpcd5", r".*\.(lease6?|info)"),
    ("/var/db/dhcpcd", r".*\.lease6?"),
    ("/var/lib/NetworkManager", r".*\.leases?"),
    ("/var/lib/wicked", r"lease-.*"),
)


def read_os_release(reader: Reader) -> Fact[OsRelease]:
    """os-release, from /etc or else from /usr/lib."""
    for path in OS_RELEASE:
        text = reader.text(path)
        if isinstance(text, Unread):
            return text
        if text is not None:
            fields = shell_variables(text)
            like = tuple(fields.get("ID_LIKE", "").split())
            return OsRelease(
                fields.get("ID", "linux"), fields.get("VERSION_ID", ""), like, fields.get("PRETTY_NAME", ""), fields
            )
    return reader.unread(OS_RELEASE[0], "there is no os-release")


def read_architecture(reader: Reader) -> Fact[Elf]:
    """The machine that a program of the image is for."""
    words = "no program was found"
    for path in _PROGRAMS:
        head = reader.tree.head(path, 64)
        if isinstance(head, Unreadable):
            words = head.words
        elif isinstance(head, bytes) and len(head) >= 20 and head[:4] == b"\x7fELF" and head[4] in (1, 2):
            order = "<" if head[5] == 1 else ">"
            number = struct.unpack_from(order + "H", head, 18)[0]
            machine = _MACHINES.get(number, f"ELF machine {number}")
            if machine == "aarch64" and order == ">":
                machine = "aarch64_be"  # which uname says too, and Azure does not know
            return Elf(path, machine, 64 if head[4] == 2 else 32)
        elif isinstance(head, bytes):
            words = f"{path} is no ELF program"
    return reader.unread(_PROGRAMS[0], words)


def read_stripped(reader: Reader, path: str) -> Fact[str | None]:
    """A file of one line, without the space around it."""
    text = reader.text(path, 64 * 1024)
    return text.strip() if isinstance(text, str) else text


def read_leases(reader: Reader) -> Fact[tuple[File, ...]]:
    """The leases of every DHCP client."""
    paths = joined(reader.matching(folder, pattern) for folder, pattern in _LEASES)
    return paths if isinstance(paths, Unread) else reader.files(paths)


def read_texts(reader: Reader) -> Mapping[str, Fact[str | None]]:
    """The small files whose words matter: a folder of that name is no file, and /dev/null is an empty one."""
    return {path: _small_text(reader, path) for path in TEXTS}


def _small_text(reader: Reader, path: str) -> Fact[str | None]:
    text = reader.text(path)
    if isinstance(text, str):
        return text
    file = reader.file(path)
    if isinstance(file, File) and file.kind == "directory":
        return None
    return "" if leads_to_nothing(reader, path) is True else text


def read_files(reader: Reader, paths: tuple[str, ...]) -> Mapping[str, Fact[File | None]]:
    """What is at each of some paths, symlinks as they are."""
    return {path: reader.file(path, follow=False) for path in paths}


def read_defender(reader: Reader) -> Mapping[str, Fact[File | None]]:
    """What Microsoft Defender for Endpoint leaves; a folder that cannot be listed is unread under its own path."""
    found = dict(read_files(reader, DEFENDER))
    for folder in DEFENDER_FOLDERS:
        paths = reader.matching(folder, r"Microsoft\.Azure\.AzureDefenderForServers\.MDE\.Linux.*")
        if isinstance(paths, Unread):
            found[folder] = paths
            continue
        found.update(read_files(reader, paths))
    return found


def read_logs(reader: Reader) -> Fact[tuple[File, ...]]:
    """The logs of the agent and of cloud-init, rotated ones too, and what extensions logged."""
    logs = reader.matching("/var/log", r"(waagent|cloud-init(-output)?)\.log.*")
    paths = joined([logs, reader.matching("/var/log/azure", r".*")])
    return paths if isinstance(paths, Unread) else reader.files(paths)


def read_dbus_machine_id(reader: Reader) -> Fact[str | None]:
    """The machine id that D-Bus has for itself; None where it is a symlink to the other one, or not there."""
    path = "/var/lib/dbus/machine-id"
    real, other = reader.tree.real(path), reader.tree.real("/etc/machine-id")
    if isinstance(real, Unreadable):
        return reader.unread(path, real.words)
    return None if real == other or leads_to_nothing(reader, path) is True else read_stripped(reader, path)


def read_python(reader: Reader) -> Fact[str | None]:
    """The name of the program that python3 leads to (``python3.11``); platform-python where there is no other."""
    for path in ("/usr/bin/python3", "/usr/local/bin/python3", "/usr/libexec/platform-python"):
        real = reader.tree.real(path)
        if isinstance(real, Unreadable):
            return reader.unread(path, real.words)
        if isinstance(real, str):
            return real.rsplit("/", 1)[1]
    return None
