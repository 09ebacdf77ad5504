"""Which files a Linux system will be asked for, so that they are read together.

This decides how often a disk is read from, and nothing else: what is missing here is read when it is asked for.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from functools import cache

#: By folder the names in it, symlinks of most systems resolved; ``*`` is a shell's. Small files are read whole. What
#: does not begin with a folder of a root is of a /boot that is a volume of its own.
_NAMES = {
    "etc": (
        "passwd group shadow fstab os-release nsswitch.conf hostname machine-id resolv.conf hosts crontab crypttab "
        "rc.local profile bashrc bash.bashrc environment sudoers waagent.conf dhcpcd.conf yum.conf rc[235].d cron.d "
        "dhcp userdb tcb local.d runlevels init zypp dnf tmpfiles.d"
    ),
    "etc/apt": "sources.list sources.list.d",
    "etc/apt/sources.list.d": "*",
    "etc/cloud": "cloud.cfg cloud.cfg.d ds-identify.cfg",
    "etc/cloud/cloud.cfg.d": "*.cfg",
    "etc/cron.d": "*",
    "etc/default": "grub grub.d ssh",
    "etc/dhcp": "dhclient.conf",
    "etc/init.d": "*",
    "etc/modprobe.d": "*.conf",
    "etc/profile.d": "*.sh",
    "etc/skel": ".*",
    "etc/ssh": "sshd_config sshd_config.d",
    "etc/ssh/sshd_config.d": "*.conf",
    "etc/sudoers.d": "*",
    "etc/sysconfig": "sshd network-scripts",
    "etc/systemd": "network networkd.conf system.control",
    "etc/systemd/system": "*.wants *.requires sshd.service",
    "etc/udev/rules.d": "*net*.rules",
    "etc/yum.repos.d": "*.repo",
    "boot": "config-* loader grub2",
    "boot/grub": "grub.cfg grubenv",
    "grub": "grub.cfg grubenv",
    "config-*": "",
    "home": "",
    "mnt": "",
    "opt": "",
    "root": ".*",
    "run": "modprobe.d systemd",
    "usr/bin": "dash",
    "usr/games": "",
    "usr/lib": "os-release python3* dhcpcd",
    "usr/lib/modprobe.d": "*.conf",
    "usr/lib/modules/*": "modules.dep modules.builtin",
    "usr/lib/modules/*/kernel/fs": "fat udf",
    "usr/lib/python3/dist-packages/azurelinuxagent/common": "version.py",
    "usr/lib/python3*/site-packages/azurelinuxagent/common": "version.py",
    "usr/lib/sysimage": "rpm",
    "usr/lib/systemd/system": "*.wants ssh.service sshd.service",
    "usr/lib/udev": "rules.d",
    "usr/lib64": "",
    "usr/local": "bin sbin",
    "usr/local/lib": "python3* systemd modprobe.d",
    "usr/sbin": "waagent",
    "usr/share": "rpm",
    "var": "mail",
    "var/cache": "",
    "var/lib": "dhcp dhcpcd misc rpm waagent NetworkManager",
    "var/lib/cloud": "instances data sem",
    "var/lib/dpkg": "status updates diversions",
    "var/lib/systemd": "",
    "var/log": "azure",
    "var/opt": "",
    "var/spool": "lpd",
}


@dataclass(frozen=True, slots=True)
class Foreseen:
    """What is foreseen of a directory: patterns of names, and what is foreseen below each."""

    below: dict[str, Foreseen] = field(default_factory=dict)

    def of(self, names: Mapping[str, object]) -> Iterator[tuple[str, Foreseen]]:
        """Those of the names of a directory that are foreseen."""
        for pattern, branch in self.below.items():
            if not any(sign in pattern for sign in "*["):
                if pattern in names:
                    yield pattern, branch
                continue
            for name in names:
                if fnmatchcase(name, pattern):
                    yield name, branch


@cache
def foreseen() -> Foreseen:
    """What is foreseen of a root."""
    root = Foreseen()
    for folder, names in _NAMES.items():
        at = root
        for name in folder.split("/"):
            at = at.below.setdefault(name, Foreseen())
        for name in names.split():
            at.below.setdefault(name, Foreseen())
    return root
