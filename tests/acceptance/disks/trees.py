"""Three trees of Debian: as a machine of Azure is left by who built an image on it, and after deprovisioning."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from disks.menu import make_menu
from disks.tools import chroot, run

SUITE = "bookworm"
_PACKAGES = (
    "systemd-sysv,udev,openssh-server,waagent,cloud-init,openssl,sudo,passwd,iproute2,linux-image-cloud-amd64,"
    "grub2-common"
)
_UNWANTED = ("doc", "man", "locale", "i18n")
_OVF = """<Environment xmlns="http://schemas.dmtf.org/ovf/environment/1" xmlns:wa="http://schemas.microsoft.com/windowsazure">
<wa:ProvisioningSection><wa:Version>1.0</wa:Version><wa:LinuxProvisioningConfigurationSet>
<wa:ConfigurationSetType>LinuxProvisioningConfiguration</wa:ConfigurationSetType>
<wa:HostName>buildvm</wa:HostName><wa:UserName>builder</wa:UserName><wa:UserPassword>REDACTED</wa:UserPassword>
<wa:DisableSshPasswordAuthentication>false</wa:DisableSshPasswordAuthentication>
</wa:LinuxProvisioningConfigurationSet></wa:ProvisioningSection>
<wa:PlatformSettingsSection><wa:Version>1.0</wa:Version><wa:PlatformSettings>
<wa:ProvisionGuestAgent>true</wa:ProvisionGuestAgent>
</wa:PlatformSettings></wa:PlatformSettingsSection></Environment>
"""


def build(folder: Path) -> tuple[Path, Path]:
    """The tree of the machine before and after deprovisioning; those that are there already are taken."""
    base, used, clean = folder / "base", folder / "used", folder / "clean"
    if not (folder / "trees").exists():
        if not (base / "etc" / "passwd").exists():
            _debian(base)
        for tree in (used, clean):
            run("rm", "-rf", tree)
        run("cp", "-a", base, used)
        _set_up(used)
        _use(used)
        run("cp", "-a", used, clean)
        _deprovision(clean)
        (folder / "trees").touch()
    return used, clean


def _debian(tree: Path) -> None:
    """The packages, without what the initial RAM disk takes to make: nothing here boots."""
    left_out = [f"--dpkgopt=path-exclude=/usr/share/{name}/*" for name in _UNWANTED]
    words = ["mmdebstrap", "--quiet", "--variant=minbase", "--mode=root", "--architectures=amd64", *left_out]
    done = subprocess.run(
        [*words, f"--include={_PACKAGES}", SUITE, str(tree)],
        env={**os.environ, "INITRD": "No"},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        sys.exit(f"FAILED: mmdebstrap: {done.stderr.strip()[-500:]}")


def _set_up(tree: Path) -> None:
    """What a publisher sets up as the documents say."""
    (tree / "boot/efi").mkdir(exist_ok=True)
    make_menu(tree)
    sshd = tree / "etc/ssh/sshd_config"
    sshd.write_text(sshd.read_text() + "ClientAliveInterval 180\n")
    agent = tree / "etc/waagent.conf"
    lines = [line for line in agent.read_text().splitlines() if not line.startswith(("AutoUpdate.", "Provisioning.Re"))]
    agent.write_text("\n".join([*lines, "AutoUpdate.Enabled=y", "Provisioning.RegenerateSshHostKeyPair=y", ""]))


def _use(tree: Path) -> None:
    """What a machine has after its first boot and an afternoon of work."""
    chroot(tree, "useradd", "--create-home", "--shell", "/bin/bash", "builder")
    chroot(tree, "sh", "-c", "echo builder:secret | chpasswd")
    chroot(tree, "ssh-keygen", "-A")
    texts = {
        "home/builder/.ssh/authorized_keys": "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJx builder\n",
        "home/builder/.bash_history": "sudo -i\n",
        "root/.bash_history": "apt-get install nginx\nwaagent -deprovision+user\n",
        "var/lib/waagent/provisioned": "6f3cf4bb-4a25-4c58-9a3c-0f6d4ad2c5c1",
        "var/lib/waagent/ovf-env.xml": _OVF,
        "var/lib/cloud/instances/6f3c/sem/config_ssh": "",
        "var/lib/cloud/data/instance-id": "6f3c\n",
        "var/lib/dhcp/dhclient.eth0.leases": "lease {\n}\n",
        "var/log/waagent.log": "2026-11-22 Provisioned\n",
        "var/log/cloud-init.log": "2026-11-22 done\n",
        "etc/hostname": "buildvm\n",
        "etc/resolv.conf": "nameserver 168.63.129.16\n",
        "etc/machine-id": "0123456789abcdef0123456789abcdef\n",
    }
    for name, text in texts.items():
        path = tree / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.unlink(missing_ok=True)
        path.write_text(text)
    (tree / "var/lib/cloud/instance").symlink_to("/var/lib/cloud/instances/6f3c")


def _deprovision(tree: Path) -> None:
    """What the documents have a publisher run as the last commands."""
    chroot(tree, "cloud-init", "clean", "--logs")
    chroot(tree, "waagent", "-force", "-deprovision+user")
    (tree / "etc/machine-id").write_text("")
