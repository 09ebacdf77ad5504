"""Every defect that is planted on a clean disk, one at a time, and exactly which verdicts it must change.

``changes`` are the verdicts that differ from those of the clean disk; whatever it does not name must stay as it was.
"""

# The table below is read by rows.
# ruff: noqa: E501

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

from disks.planting import (
    Plant,
    add,
    change,
    every,
    link,
    many_folders,
    mode,
    package,
    program_for_i386,
    remove,
    renamed_kernel,
    swap_file,
    version_of,
    without_package,
    write,
)

_HISTORY = "a-secret-on-the-command-line\n"
_KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJx builder\n"
_NOTICE = 'no-port-forwarding,command="echo \'Please login as the user \\"debian\\"\';sleep 10" ssh-rsa AAAAB3 root\n'
_WANTS = "etc/systemd/system/multi-user.target.wants/walinuxagent.service"
_OLD_INIT = tuple(f"etc/rc{level}.d/S01walinuxagent" for level in range(2, 6))
_VERSION = "usr/lib/python3/dist-packages/azurelinuxagent/common/version.py"
_GONE = "UUID=99999999-0000-4000-8000-000000000000"
#: What is not known while the homes are not.
_HOMES = "LNX001 not-evaluated, LNX002 not-evaluated, LNX004 not-evaluated, LNX027 not-evaluated"
_EVERYWHERE = frozenset({"gpt-ext4", "mbr-ext4", "gpt-xfs", "mbr-lvm"})
_FIRST = frozenset({"gpt-ext4"})


@dataclass(frozen=True)
class Defect:
    """Something that is wrong with an image."""

    name: str
    changes: str
    plant: Plant
    layouts: frozenset[str] = _FIRST


DEFECTS = (
    Defect("nothing", "", every(), _EVERYWHERE),
    # LNX001: generalized
    *(
        Defect(f"the agent's {name}", "LNX001 fail error", write(f"var/lib/waagent/{name}", "x"))
        for name in (
            *("provisioned", "ovf-env.xml", "SharedConfig.xml", "Certificates.xml"),
            *("published_hostname", "waagent_status.json"),
        )
    ),
    Defect("an instance of cloud-init", "LNX001 fail info", link("var/lib/cloud/instance", "/var/lib/cloud/instances/1")),
    Defect("an instance-id of cloud-init", "LNX001 fail info", write("var/lib/cloud/data/instance-id", "1")),
    Defect(
        "an instance of cloud-init, and no agent",
        "LNX001 fail error, LNX005 fail error, LNX006 not-applicable, LNX014 not-applicable, LNX025 not-applicable",
        every(
            remove("usr/sbin/waagent", "usr/lib/python3/dist-packages/azurelinuxagent", _WANTS, *_OLD_INIT),
            without_package("waagent"),
            link("var/lib/cloud/instance", "/var/lib/cloud/instances/1"),
        ),
    ),
    Defect("the agent's state elsewhere", "LNX001 fail error", every(add("etc/waagent.conf", "Lib.Dir=/var/lib/other\n"), write("var/lib/other/provisioned", "x"))),
    Defect("another place for the agent's state", "", add("etc/waagent.conf", "Lib.Dir=/var/lib/other\n")),
    # LNX002: histories
    Defect("root's history", "LNX002 fail error", write("root/.bash_history", _HISTORY, 0o600), _EVERYWHERE),
    Defect("one byte of history", "LNX002 fail error", write("root/.zsh_history", "x")),
    Defect("a history far below a home", "LNX002 fail error", write("root/a/b/c/d/.bash_history", _HISTORY)),
    Defect("a .history", "LNX002 fail error", write("root/.history", _HISTORY)),
    Defect("a history in nobody's home", "LNX002 fail warning", write("home/gone/.bash_history", _HISTORY), _EVERYWHERE),
    Defect("a history of 0 bytes", "", write("root/.bash_history", "")),
    Defect("a history that is a link", "LNX002 fail warning", every(write("var/tmp/h", _HISTORY), link("root/.bash_history", "/var/tmp/h"))),
    Defect("a history that leads nowhere", "", link("root/.bash_history", "/var/tmp/h")),
    Defect("a home that leads elsewhere", "LNX002 fail error", every(write("srv/r/.bash_history", _HISTORY), change("etc/passwd", "^root:x:0:0:root:/root:", "root:x:0:0:root:/srv/r:"))),
    Defect("the history of a root who cannot log in", "LNX002 fail warning", every(write("root/.bash_history", _HISTORY), change("etc/passwd", r"(?<=:/root:)/bin/bash$", "/usr/sbin/nologin"))),
    Defect("a home with too much in it", "LNX002 not-evaluated", many_folders),
    # LNX003: passwords
    Defect("a password of root", "LNX001 fail error, LNX003 fail error", change("etc/shadow", r"^root:[^:]*:", "root:$6$a$b:"), _EVERYWHERE),
    Defect("an empty password", "LNX003 fail warning", change("etc/shadow", r"^root:[^:]*:", "root::")),
    Defect("a password in passwd", "LNX001 fail error, LNX003 fail error", change("etc/passwd", r"^root:x:", "root:ab8fjKq1x2c3A:")),
    Defect("a second line in shadow", "LNX001 fail error, LNX003 fail error", add("etc/shadow", "root:$y$j9T$a$b:20000::::::\n")),
    Defect("a first line in shadow, hidden by a second", "LNX001 fail error, LNX003 fail error", every(change("etc/shadow", r"^root:[^:]*:.*$", "root:$6$a$b:20000::::::"), add("etc/shadow", "root:*:20000::::::\n"))),
    Defect("a line of shadow that is none", "LNX001 not-evaluated, LNX003 not-evaluated", add("etc/shadow", "nonsense\n")),
    # LNX004: keys
    Defect("root's keys", "LNX001 fail error, LNX004 fail error", write("root/.ssh/authorized_keys", _KEY, 0o600), _EVERYWHERE),
    Defect("root's keys, readable by all", "LNX001 fail error, LNX004 fail error, LNX024 fail warning", write("root/.ssh/authorized_keys", _KEY, 0o644)),
    Defect("authorized_keys2", "LNX001 fail error, LNX004 fail error", write("root/.ssh/authorized_keys2", _KEY, 0o600)),
    Defect("keys behind a link", "LNX001 fail error, LNX004 fail error, LNX024 fail warning", every(write("srv/keys", _KEY, 0o600), write("root/.ssh/x", ""), link("root/.ssh/authorized_keys", "/srv/keys"))),
    Defect("keys in nobody's home", "LNX004 fail warning", write("home/gone/.ssh/authorized_keys", _KEY, 0o600), _EVERYWHERE),
    Defect("a notice for a key", "", write("root/.ssh/authorized_keys", _NOTICE, 0o600)),
    Defect("a notice that leaves tunnels open", "LNX001 fail error, LNX004 fail error", write("root/.ssh/authorized_keys", _NOTICE.replace("no-port-forwarding,", ""), 0o600)),
    Defect("keys by a pattern", "LNX001 fail error, LNX004 fail error", every(write("etc/ssh/keys/op/a", _KEY, 0o600), add("etc/ssh/sshd_config", "AuthorizedKeysFile /etc/ssh/keys/*/?\n"))),
    Defect("a credential of systemd", "LNX001 not-evaluated, LNX002 not-evaluated, LNX003 not-evaluated, LNX004 not-evaluated, LNX027 not-evaluated", write("etc/credstore/passwd.hashed-password.root", "x", 0o600)),
    Defect("a notice, and a key below it", "LNX001 fail error, LNX004 fail error", write("root/.ssh/authorized_keys", _NOTICE + _KEY, 0o600)),
    Defect("a directory for keys", "LNX004 fail warning", write("root/.ssh/authorized_keys/x", "")),
    Defect("a key that systemd writes", _HOMES, write("etc/tmpfiles.d/k.conf", "f /root/.ssh/authorized_keys 0600 - - - key\n")),
    Defect("an empty line among passwords", "LNX003 fail warning", change("etc/shadow", "^daemon:", "\ndaemon:")),
    Defect("words without a key", "LNX004 fail warning", write("root/.ssh/authorized_keys", "# nothing\n", 0o600)),
    Defect("keys at another place", "LNX001 fail error, LNX004 fail error", every(write("etc/ssh/keys/root", _KEY, 0o600), add("etc/ssh/sshd_config", "AuthorizedKeysFile /etc/ssh/keys/%u\n"))),
    Defect("another place for keys", "", add("etc/ssh/sshd_config", "AuthorizedKeysFile /etc/ssh/keys/%u\n")),
    # LNX005, 006, 014, 025: the agent
    Defect("an agent of 2.2.40", "LNX005 fail error, LNX037 not-evaluated", change(_VERSION, r"^AGENT_VERSION = .*$", "AGENT_VERSION = '2.2.40'")),
    Defect("an agent of 2.2.45 that updates itself", "", change(_VERSION, r"^AGENT_VERSION = .*$", "AGENT_VERSION = '2.2.45'")),
    Defect(
        "an agent of 2.2.45 that does not",
        "LNX005 fail warning, LNX014 fail info",
        every(change(_VERSION, r"^AGENT_VERSION = .*$", "AGENT_VERSION = '2.2.45'"), change("etc/waagent.conf", "^AutoUpdate.Enabled=y$", "AutoUpdate.Enabled=n")),
    ),
    Defect("an agent without a version", "LNX005 not-evaluated, LNX037 not-evaluated", change(_VERSION, r"^AGENT_VERSION = .*$", "")),
    Defect("an agent without its modules", "LNX005 not-evaluated", remove("usr/lib/python3/dist-packages/azurelinuxagent")),
    Defect("an agent that nobody may execute", "LNX005 fail warning", mode("usr/sbin/waagent", 0o644)),
    Defect("another agent before it", "LNX005 not-evaluated", write("usr/local/bin/waagent", "#!/bin/sh\n", 0o755)),
    Defect("an agent that nothing starts", "LNX006 fail warning", remove(_WANTS, *_OLD_INIT)),
    Defect("an agent that only an older init starts", "LNX006 not-evaluated", remove(_WANTS)),
    Defect("a masked agent", "LNX006 fail warning", link("etc/systemd/system/walinuxagent.service", "/dev/null")),
    Defect("an agent without updates", "LNX014 fail info", change("etc/waagent.conf", "^AutoUpdate.Enabled=y$", "AutoUpdate.Enabled=n")),
    Defect("an agent that leaves root's password", "LNX025 fail info", change("etc/waagent.conf", "^Provisioning.DeleteRootPassword=y$", "")),
    # LNX007, 022: the command line of the kernel
    Defect("no serial console", "LNX007 fail error", change("boot/grub/grub.cfg", r" console=ttyS0,115200", ""), _EVERYWHERE),
    Defect("no serial console in one entry", "LNX007 fail error", change("boot/grub/grub.cfg", r"(?s) console=ttyS0,115200(?=.*console=)", "")),
    Defect("no early console", "LNX007 fail warning", change("boot/grub/grub.cfg", r" earlyprintk=ttyS0,115200", "")),
    Defect("a variable that nothing sets", "LNX007 fail error", change("boot/grub/grub.cfg", r" console=ttyS0,115200 earlyprintk=ttyS0,115200", " $what")),
    Defect("an unknown variable", "LNX006 not-evaluated, LNX007 not-evaluated, LNX008 not-evaluated, LNX022 not-evaluated, LNX023 not-evaluated, LNX026 not-evaluated, LNX036 not-evaluated, LNX037 not-evaluated", every(change("boot/grub/grub.cfg", r" console=ttyS0,115200 earlyprintk=ttyS0,115200", " $what"), add("boot/grub/grub.cfg", "getenv x what\n"))),
    Defect("no menu of GRUB", "LNX006 not-evaluated, LNX007 not-evaluated, LNX008 not-evaluated, LNX022 not-evaluated, LNX023 not-evaluated, LNX026 not-evaluated, LNX036 not-evaluated, LNX037 not-evaluated", remove("boot/grub/grub.cfg")),
    Defect("no ATAPI", "LNX022 fail warning", change("boot/grub/grub.cfg", r" console=tty0", " libata.atapi_enabled=0")),
    Defect("quiet", "LNX022 fail info", change("boot/grub/grub.cfg", r" console=tty0", " quiet")),
    # LNX008: swap
    Defect("a swap file in fstab", "LNX008 fail error", every(partial(swap_file, "swapfile"), add("etc/fstab", "/swapfile none swap sw 0 0\n")), _EVERYWHERE),
    Defect("a swap file at another place", "LNX008 fail error", every(partial(swap_file, "srv/s"), add("etc/fstab", "/srv/s none swap sw 0 0\n"))),
    Defect("a swap file that nothing turns on", "LNX008 fail warning", partial(swap_file, "swapfile")),
    Defect("a line of fstab without swap space", "LNX008 fail warning", add("etc/fstab", "/swapfile none swap sw 0 0\n")),
    Defect("swap by cloud-init", "LNX008 fail error", write("etc/cloud/cloud.cfg.d/99.cfg", "swap:\n  filename: /swap.img\n  size: auto\n")),
    Defect("swap by a unit", "LNX008 fail error", every(write("etc/systemd/system/swap.img.swap", "[Swap]\nWhat=/swap.img\n"), link("etc/systemd/system/swap.target.wants/swap.img.swap", "../swap.img.swap"))),
    Defect("a unit for swap that nothing wants", "LNX008 fail warning", write("etc/systemd/system/swap.img.swap", "[Swap]\nWhat=/swap.img\n")),
    Defect("swap by a vendor's unit", "LNX008 fail error", every(write("usr/lib/systemd/system/appl.service", "[Service]\nExecStart=/sbin/swapon /var/lib/appl/page\n"), link("etc/systemd/system/multi-user.target.wants/appl.service", "/usr/lib/systemd/system/appl.service"))),
    Defect("swap by a program that a unit starts", "LNX008 fail error", every(write("etc/systemd/system/appl.service", "[Service]\nExecStart=/opt/appl/start\n"), write("opt/appl/start", "#!/bin/sh\nmkswap /page\nswapon /page\n", 0o755), link("etc/systemd/system/multi-user.target.wants/appl.service", "../appl.service"))),
    Defect("swap once a day", "LNX008 fail error", write("etc/cron.daily/page", "#!/bin/sh\nswapon /page\n", 0o755)),
    Defect("a vendor's unit that makes no swap space", "", every(write("usr/lib/systemd/system/appl.service", "[Unit]\nDocumentation=man:swapon(8)\n[Service]\nExecStart=/opt/appl/start\n"), write("opt/appl/start", "#!/bin/sh\nswapon --show\n", 0o755), link("etc/systemd/system/multi-user.target.wants/appl.service", "/usr/lib/systemd/system/appl.service"))),
    Defect("swap on a disk that is not known", "LNX008 not-evaluated", add("etc/fstab", "/dev/sdb2 none swap sw 0 0\n")),
    Defect("swap on the resource disk", "", change("etc/waagent.conf", "^ResourceDisk.EnableSwap=n$", "ResourceDisk.EnableSwap=y")),
    # LNX010, 011, 013, 015: versions
    Defect("openssl 0.9.7", "LNX010 fail error", version_of("openssl", "0.9.7m-1")),
    Defect("openssl 1.1.0", "LNX010 fail warning", version_of("openssl", "1.1.0l-1~deb9u9")),
    Defect("openssl 1.1.1", "", version_of("openssl", "1.1.1n-0+deb11u5")),
    Defect("openssl that no package has", "LNX010 not-evaluated", without_package("openssl")),
    Defect("an openssl that leads nowhere", "LNX010 fail warning", every(remove("usr/bin/openssl"), link("usr/bin/openssl", "/opt/openssl"))),
    Defect("no openssl", "LNX010 fail warning", every(without_package("openssl"), remove("usr/bin/openssl"))),
    Defect("no package database", "LNX010 not-evaluated, LNX016 not-evaluated, LNX035 not-evaluated", remove("var/lib/dpkg/status")),
    Defect("Python 3.8", "LNX011 fail warning", every(write("usr/bin/python3.8", "", 0o755), link("usr/bin/python3", "python3.8"))),
    Defect("Python 3.9", "LNX011 fail info", every(write("usr/bin/python3.9", "", 0o755), link("usr/bin/python3", "python3.9"))),
    Defect("no Python", "LNX005 fail error, LNX011 fail warning", remove("usr/bin/python3")),
    Defect("a Python that only root may execute", "LNX011 fail warning", mode("usr/bin/python3.11", 0o700)),
    Defect("an openssl that nobody may execute", "LNX010 fail warning", mode("usr/bin/openssl", 0o644)),
    Defect("another PATH for all", "LNX010 not-evaluated", every(write("opt/old/openssl", "", 0o755), add("etc/environment", "PATH=/opt/old:/usr/bin\n"))),
    Defect("programs for i386", "LNX007 not-applicable, LNX013 fail error", program_for_i386),
    Defect("a kernel that the list does not name", "LNX015 not-evaluated", renamed_kernel("4.19.0-5-amd64")),
    Defect(
        "an old kernel of Debian 10",
        "LNX015 fail error",
        every(renamed_kernel("4.19.0-4-amd64"), package("linux-image-4.19.0-4-amd64", "4.19.28-2"), change("usr/lib/os-release", r'^VERSION_ID="12"$', 'VERSION_ID="10"')),
    ),
    Defect(
        "a new kernel of Debian 10",
        "",
        every(renamed_kernel("4.19.0-5-amd64"), package("linux-image-4.19.0-5-amd64", "4.19.37-5"), change("usr/lib/os-release", r'^VERSION_ID="12"$', 'VERSION_ID="10"')),
    ),
    # LNX012: sshd
    Defect("no interval", "LNX012 fail error", change("etc/ssh/sshd_config", "^ClientAliveInterval 180$", ""), _EVERYWHERE),
    Defect("an interval of 236", "LNX012 fail error", change("etc/ssh/sshd_config", "^ClientAliveInterval 180$", "ClientAliveInterval 236")),
    Defect("an interval of 4 minutes", "LNX012 fail error", change("etc/ssh/sshd_config", "^ClientAliveInterval 180$", "ClientAliveInterval 4m")),
    Defect("an interval of 29", "LNX012 fail warning", change("etc/ssh/sshd_config", "^ClientAliveInterval 180$", "ClientAliveInterval 29")),
    Defect("an interval of 30", "", change("etc/ssh/sshd_config", "^ClientAliveInterval 180$", "ClientAliveInterval 30")),
    Defect("an interval that is none", "LNX012 not-evaluated", change("etc/ssh/sshd_config", "^ClientAliveInterval 180$", "ClientAliveInterval soon")),
    Defect("an interval for one user only", "LNX012 fail error", change("etc/ssh/sshd_config", "^ClientAliveInterval 180$", "Match User a\nClientAliveInterval 180")),
    Defect("an interval in a file beside it", "LNX012 fail warning", every(change("etc/ssh/sshd_config", "^ClientAliveInterval 180$", ""), write("etc/ssh/sshd_config.d/50.conf", "ClientAliveInterval 180\n"))),
    Defect("another interval before it", "LNX012 fail error", write("etc/ssh/sshd_config.d/50.conf", "ClientAliveInterval 0\n")),
    Defect("an interval of the command line", "LNX012 fail error", write("etc/systemd/system/ssh.service.d/x.conf", "[Service]\nExecStart =\nExecStart = /usr/sbin/sshd -Do ClientAliveInterval=0\n")),
    Defect("an interval for everybody", "LNX012 fail warning", add("etc/ssh/sshd_config", "Match User *\nClientAliveInterval 0\n")),
    Defect("a keyword that sshd refuses", "LNX012 not-evaluated", add("etc/ssh/sshd_config", "FooBar yes\n")),
    Defect("another sshd before it", "LNX012 not-evaluated", write("usr/local/sbin/sshd", "", 0o755)),
    Defect("a line that sshd refuses", "LNX001 not-evaluated, LNX004 not-evaluated, LNX012 not-evaluated, LNX019 not-evaluated", add("etc/ssh/sshd_config", 'Banner "x\n')),
    # LNX016, 017, 018
    Defect("OMI 1.6.8-0", "LNX016 fail error", package("omi", "1.6.8-0")),
    Defect("OMI 1.6.8-1", "", package("omi", "1.6.8-1")),
    Defect("OMI that was removed", "LNX016 fail warning", package("omi", "1.6.8-0", "deinstall ok config-files")),
    Defect("OMI that no package has", "LNX016 not-evaluated", write("opt/omi/bin/omiserver", "x", 0o755)),
    *(
        Defect(f"Defender's {name}", f"LNX017 fail error{others}", write(name, "{}"))
        for name, others in (
            ("etc/opt/microsoft/mdatp/mdatp_onboard.json", ""),
            ("var/log/microsoft/mdatp/install.log", ""),
            ("opt/microsoft/mdatp/sbin/wdavdaemon", ""),
            ("var/lib/waagent/Microsoft.Azure.AzureDefenderForServers.MDE.Linux-1.0.6.0/x", ", LNX001 fail error"),
            ("var/log/azure/Microsoft.Azure.AzureDefenderForServers.MDE.Linux/x", ", LNX020 fail warning"),
        )
    ),
    Defect("targetpw", "LNX018 fail warning", add("etc/sudoers", "Defaults targetpw\n")),
    Defect("targetpw below a comment", "LNX018 fail warning", add("etc/sudoers", "# a \\\nDefaults targetpw\n")),
    Defect("targetpw in a file beside it", "LNX018 fail warning", write("etc/sudoers.d/90-x", "  Defaults\ttargetpw # x\n", 0o440)),
    Defect("targetpw that is not active", "", add("etc/sudoers", "#Defaults targetpw\nDefaults !targetpw\n")),
    # LNX019, 020, 021, 023, 024, 026, 027, 029
    Defect("a host key", "LNX001 fail error, LNX019 fail warning", write("etc/ssh/ssh_host_rsa_key", "x", 0o600), _EVERYWHERE),
    Defect(
        "a host key that cloud-init replaces",
        "LNX019 fail warning, LNX025 fail info",
        every(write("etc/ssh/ssh_host_rsa_key", "x", 0o600), change("etc/waagent.conf", "^Provisioning.RegenerateSshHostKeyPair=y$", "")),
    ),
    *(
        Defect(f"the leftover {name}", f"LNX020 fail {severity}", write(name, text))
        for name, severity, text in (
            ("var/log/waagent.log", "warning", "x"),
            ("var/log/cloud-init.log", "info", "x"),
            ("var/log/cloud-init-output.log", "info", "x"),
            ("var/lib/dhcp/dhclient.eth0.leases", "warning", "lease {}"),
            ("var/lib/NetworkManager/internal-1-eth0.lease", "info", "lease"),
            ("etc/resolv.conf", "warning", "nameserver 168.63.129.16\n"),
            ("etc/hostname", "warning", "buildvm\n"),
        )
    ),
    Defect("a rule of udev", "LNX021 fail warning", write("etc/udev/rules.d/70-persistent-net.rules", "x")),
    Defect("udf blacklisted", "LNX023 fail warning", write("etc/modprobe.d/x.conf", "blacklist udf\n")),
    Defect("vfat replaced", "LNX023 fail warning", write("etc/modprobe.d/x.conf", "install vfat /bin/true\n")),
    Defect("a second root", "LNX024 fail warning", change("etc/passwd", r"^root:x:.*$", "root:x:0:0:root:/root:/bin/bash\ntoor:*:0:0::/root:/usr/sbin/nologin")),
    Defect("a shadow for all", "LNX024 fail warning", mode("etc/shadow", 0o644)),
    Defect("an sshd_config behind a link", "LNX024 fail warning", every(write("srv/sshd_config", "ClientAliveInterval 180\n"), link("etc/ssh/sshd_config", "/srv/sshd_config"))),
    Defect("an sshd_config for all", "LNX024 fail warning", mode("etc/ssh/sshd_config", 0o666)),
    Defect("a machine id", "LNX026 fail warning", write("etc/machine-id", "0123456789abcdef0123456789abcdef\n"), _EVERYWHERE),
    Defect("no machine id at all", "", remove("etc/machine-id")),
    Defect("a private key", "LNX027 fail warning", write("root/.ssh/id_ed25519", "x", 0o600)),
    Defect("known hosts", "LNX027 fail warning", write("root/.ssh/known_hosts", "x", 0o600)),
    Defect("a kernel without CIFS", "LNX029 fail info", lambda root: change(str(next((root / "boot").glob("config-*")).relative_to(root)), "^CONFIG_CIFS=m$", "")(root)),
    Defect("a bus of Hyper-V that never starts", "LNX036 fail warning", change("boot/grub/grub.cfg", r" console=tty0", " initcall_blacklist=hv_acpi_init")),
    # LNX037: who provisions
    Defect("a cloud-init that is switched off", "LNX037 fail warning", write("etc/cloud/cloud-init.disabled", "")),
    Defect("a cloud-init that looks elsewhere", "LNX037 fail warning", write("etc/cloud/cloud.cfg.d/99-z.cfg", "datasource_list: [ NoCloud, None ]\n")),
    Defect("a cloud-init that looks for Azure", "", write("etc/cloud/cloud.cfg.d/99-z.cfg", "datasource_list: [ Azure ]\n")),
    Defect("no cloud-init, and an agent that leaves it to it", "LNX037 fail warning", remove("usr/bin/cloud-init")),
    Defect("an agent that refuses beside cloud-init", "LNX037 not-evaluated", change("etc/waagent.conf", "^Provisioning.Agent=.*$", "Provisioning.Agent=waagent")),
    # What must not be known
    Defect("no os-release", "guest not-evaluated", remove("usr/lib/os-release", "etc/os-release"), _EVERYWHERE),
    Defect("no root in passwd", "guest not-evaluated", change("etc/passwd", "^root:.*\n", "")),
    Defect("a /home that is elsewhere", _HOMES, add("etc/fstab", f"{_GONE} /home ext4 defaults 0 2\n"), frozenset({"gpt-ext4", "mbr-ext4", "gpt-xfs"})),
    Defect("a /boot that is elsewhere", "LNX006 not-evaluated, LNX007 not-evaluated, LNX008 not-evaluated, LNX015 not-evaluated, LNX022 not-evaluated, LNX023 not-evaluated, LNX026 not-evaluated, LNX029 not-evaluated, LNX036 not-evaluated, LNX037 not-evaluated", add("etc/fstab", f"{_GONE} /boot ext4 defaults 0 2\n"), frozenset({"gpt-ext4", "mbr-ext4"})),
    Defect("a /home that a unit mounts", _HOMES, write("etc/systemd/system/home.mount", "[Mount]\nWhat=x\nWhere=/home\n")),
)  # fmt: skip
