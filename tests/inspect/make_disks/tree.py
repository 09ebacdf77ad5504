"""The tree that the small disks of the tests hold. Every fact that is read off them is compared with it.

A value is the content of a file, ``Link`` a symlink, ``Folder`` an empty directory.
"""

from __future__ import annotations

import os
import struct
from pathlib import Path
from typing import NamedTuple


class Link(NamedTuple):
    target: str


class Folder(NamedTuple):
    permissions: int = 0o755


class File(NamedTuple):
    content: bytes
    permissions: int = 0o644


ELF = b"\x7fELF\x02\x01\x01" + bytes(9) + struct.pack("<HHI", 3, 62, 1) + bytes(40)

TREE: dict[str, bytes | Link | Folder | File] = {
    "usr/lib/os-release": b'ID=debian\nVERSION_ID="12"\nPRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\n',
    "etc/os-release": Link("../usr/lib/os-release"),
    "bin": Link("usr/bin"),
    "sbin": Link("usr/sbin"),
    "lib": Link("usr/lib"),
    "usr/bin/dash": File(ELF, 0o755),
    "usr/bin/sh": Link("dash"),
    "usr/bin/python3": Link("python3.11"),
    "usr/bin/python3.11": File(ELF, 0o755),
    "usr/bin/openssl": File(ELF, 0o755),
    "usr/sbin/sshd": File(ELF, 0o755),
    "usr/sbin/waagent": File(b"#!/usr/bin/python3\n", 0o755),
    "etc/passwd": (
        b"root:x:0:0:root:/root:/bin/bash\n"
        b"daemon:x:1:1:daemon:/usr/sbin:/usr/sbin/nologin\n"
        b"builder:x:1000:1000:Builder,,,:/home/builder:/bin/bash\n"
    ),
    "etc/shadow": File(b"root:*:19700:0:99999:7:::\ndaemon:*:19700::::::\nbuilder:$6$salt$hash:19700::::::\n", 0o640),
    "etc/fstab": (
        b"# made by a test\n"
        b"UUID=11111111-2222-3333-4444-555555555555 / ext4 defaults 0 1\n"
        b"UUID=ABCD-1234 /boot/efi vfat umask=0077 0 1\n"
        b"/swapfile none swap sw 0 0\n"
        b"/dev/disk/cloud/azure_resource-part1 /mnt auto nofail 0 2\n"
    ),
    "swapfile": File(bytes(4086) + b"SWAPSPACE2" + bytes(4095) + b"x", 0o600),
    "root/.bash_history": File(b"", 0o600),
    "home/builder/.bash_history": File(b"sudo apt-get update\n" * 100, 0o600),
    "home/builder/.ssh/authorized_keys": File(b"ssh-ed25519 AAAAC3Nza builder@laptop\n", 0o600),
    "root/.ssh/authorized_keys": File(
        b'no-port-forwarding,command="echo \'Please login as the user \\"builder\\"\';sleep 10" ssh-rsa AAAAB3 x\n',
        0o600,
    ),
    "home/builder/project/.zsh_history": b": 1:0;make\n",
    "var/lib/dpkg/status": (
        b"Package: openssl\nStatus: install ok installed\nArchitecture: amd64\nVersion: 3.0.15-1~deb12u1\n"
        b"Description: tool\n Package: not-this\n\n"
        b"Package: waagent\nStatus: install ok installed\nVersion: 2.2.45-4+deb11u1\n\n"
        b"Package: omi\nStatus: deinstall ok config-files\nVersion: 1.6.8-0\n\n"
    ),
    "usr/lib/python3/dist-packages/azurelinuxagent/common/version.py": (
        b"import os\n\nAGENT_NAME = 'WALinuxAgent'\nAGENT_VERSION = '2.9.1.1'\n"
    ),
    "usr/lib/systemd/system/walinuxagent.service": b"[Unit]\n",
    "etc/systemd/system/multi-user.target.wants/walinuxagent.service": Link("/lib/systemd/system/walinuxagent.service"),
    "etc/waagent.conf": b"# a\nAutoUpdate.Enabled=n\nResourceDisk.EnableSwap=y  # no\nResourceDisk.SwapSizeMB=2048\n",
    "etc/ssh/sshd_config": (
        b"Include /etc/ssh/sshd_config.d/*.conf\n#ClientAliveInterval 1\nClientAliveInterval 600\n"
        b"Match User builder\n  PasswordAuthentication yes\nMatch all\nPermitRootLogin no\n"
    ),
    "etc/ssh/sshd_config.d/50-cloud.conf": b"ClientAliveInterval=180 # seconds\n",
    "etc/ssh/ssh_host_rsa_key": File(b"key", 0o600),
    "etc/machine-id": b"0123456789abcdef0123456789abcdef\n",
    "etc/hostname": b"builder-1\n",
    "etc/resolv.conf": Link("../run/systemd/resolve/stub-resolv.conf"),
    "etc/sudoers": File(b"Defaults env_reset\n  Defaults   targetpw # as root\n", 0o440),
    "etc/udev/rules.d/70-persistent-net.rules": b"",
    "var/lib/dhcp/dhclient.eth0.leases": b"lease {}\n",
    "var/lib/waagent/provisioned": b"",
    "var/lib/cloud/instance": Link("/var/lib/cloud/instances/i-1"),
    "var/lib/cloud/instances/i-1/vendor": b"",
    "etc/opt/microsoft/mdatp/mdatp_onboard.json": b"{}",
    "var/log/azure/Microsoft.Azure.AzureDefenderForServers.MDE.Linux/x.log": b"",
    "boot/vmlinuz-6.1.0-56-cloud-amd64": b"kernel",
    "boot/config-6.1.0-56-cloud-amd64": b"CONFIG_WATCHDOG=y\n# CONFIG_CIFS is not set\nCONFIG_HYPERV=m\n",
    "boot/grub/grub.cfg": (
        b"set default=0\nmenuentry 'Debian' --class debian {\n\tlinux /boot/vmlinuz-6.1.0-56-cloud-amd64 "
        b"root=UUID=1 ro console=tty1 console=ttyS0 earlyprintk=ttyS0\n}\n"
        b"menuentry 'Debian (recovery mode)' {\n\tlinux /boot/vmlinuz-6.1.0-56-cloud-amd64 root=UUID=1 ro single\n}\n"
    ),
    "etc/default/grub": b'GRUB_CMDLINE_LINUX="console=ttyS0"\n',
    "etc/default/grub.d/10_cloud.cfg": b'GRUB_CMDLINE_LINUX="$GRUB_CMDLINE_LINUX quiet"\n',
    "etc/modprobe.d/block.conf": b"blacklist udf\ninstall vfat /bin/true\n",
    "etc/cloud/cloud.cfg": b"users:\n  - default\n",
    "etc/cloud/cloud.cfg.d/swap.cfg": b"#cloud-config\nswap:\n  filename: /swap.img\n  size: auto\n",
    "usr/lib/modules/6.1.0-56-cloud-amd64/modules.dep": b"",
    "loop/a": Link("b"),
    "loop/b": Link("a"),
    "out": Link("../../../../etc/passwd"),
    "long": Link("x/" * 60 + "y"),
    "many": Folder(),
    **{f"many/a-rather-long-name-of-a-file-{number:04}": b"" for number in range(400)},
    "large": b"0123456789abcdef" * 20_000,
}


def write_tree(folder: Path) -> None:
    """Write the tree into an empty folder."""
    for name, what in TREE.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        match what:
            case Link(target):
                path.symlink_to(target)
            case Folder(permissions):
                path.mkdir(exist_ok=True)
                path.chmod(permissions)
            case File(content, permissions):
                path.write_bytes(content)
                path.chmod(permissions)
            case bytes():
                path.write_bytes(what)
                path.chmod(0o644)
    for path, _, _ in os.walk(folder):
        Path(path).chmod(0o755)


def prototype(folder: Path) -> str:
    """The same tree as the prototype file that ``mkfs.xfs -p`` takes."""
    lines = ["/dev/null", "0 0", "d--755 0 0"]

    def add(path: Path, depth: int) -> None:
        for entry in sorted(path.iterdir()):
            permissions = f"{entry.lstat().st_mode & 0o777:03o}"
            start = f"{' ' * depth}{entry.name} "
            if entry.is_symlink():
                lines.append(f"{start}l--777 0 0 {entry.readlink()}")
            elif entry.is_dir():
                lines.append(f"{start}d--{permissions} 0 0")
                add(entry, depth + 1)
                lines.append(f"{' ' * depth}$")
            else:
                lines.append(f"{start}---{permissions} 0 0 {entry}")

    add(folder, 1)
    return "\n".join([*lines, "$", ""])
