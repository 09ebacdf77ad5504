"""The files behind what systemd starts at boot: the units that links of targets lead to, and the programs they name.

The units of distributions are not opened, by their names: a boot starts dozens of them, and each is a read of the disk.
Timers and paths count for the service of their name. What a program starts in its turn is not known.
"""

from __future__ import annotations

import re

from checker.facts.unread import Fact, Unread
from checker.inspect.linux.reader import Reader, joined
from checker.inspect.resolver import Unreadable

_FOLDERS = ("/etc/systemd/system", "/usr/local/lib/systemd/system", "/usr/lib/systemd/system", "/lib/systemd/system")
#: The units of Debian, Ubuntu, Red Hat, SUSE and Azure Linux, and what their images for clouds add: what stands before
#: an @ in the name, and what the name begins with.
_NAMES = """
    NetworkManager ModemManager accounts-daemon acpid anacron apparmor apport atd audit-rules auditd autovt
    avahi-daemon backup-rpmdb backup-sysconfig blk-availability bluetooth ca-certificates check-battery choose_repo
    chrony chronyd cloud-config cloud-final cloud-init cloud-init-hotplugd cloud-init-local cloud-init-main
    cloud-init-network cloud-netconfig console-getty console-setup container-getty cron crond dbus dbus-broker
    debug-shell detect-part-label-duplicates display-manager dm-event dmesg dmraid-activation dpkg-db-backup e2scrub_all
    e2scrub_reap emergency ephemeral-disk-warning esm-cache fake-hwclock finalrd firewalld fstrim gdm getty getty-static
    gpu-manager guestregister haveged hv-fcopy-daemon hv-kvp-daemon hv-vss-daemon hv_fcopy_daemon hv_kvp_daemon
    hv_vss_daemon hypervfcopyd hypervkvpd hypervvssd ifup ifupdown-pre import-state ip6tables iptables irqbalance iscsi
    iscsid iscsiuio kbdsettings kdump kerneloops keyboard-setup klog ksm ksmtuned landscape-client ldconfig
    libstoragemgmt lm_sensors loadmodules logrotate low-memory-monitor lxd-agent lxd-installer machines man-db mcelog
    mdadm microcode motd-news multi-user multipath-tools multipathd networkd-dispatcher networking nftables
    nis-domainname nscd ondemand open-iscsi open-vm-tools oracle-cloud-agent packagekit polkit pollinate postfix
    poweroff purge-kernels raid-check reboot regionsrv-enabler-azure rescue rhcd rhnsd rng-tools rngd rpcbind rsync
    rsyslog rtkit-daemon secureboot-db serial-getty setroubleshootd setvtrgb smartd ssh sshd sshd-keygen snapd sssd
    switcheroo-control syslog target targetcli temp-disk-dataloss-warning thermald timedatex tuned ubuntu-advantage
    ubuntu-fan udev udevd udisks2 ufw unattended-upgrades unbound-anchor update-notifier-download update-notifier-motd
    upower user user-runtime-dir uuidd vdo vgauth vmtoolsd waagent walinuxagent whoopsie wpa_supplicant
"""
_OF_DISTRIBUTIONS = frozenset(_NAMES.split())
_BEGINNINGS = (
    *("NetworkManager-", "YaST2-", "apt-", "azure-vm-utils", "btrfs-", "btrfsmaintenance-", "cups", "dnf-", "dracut-"),
    *("exim4", "fcoe", "fwupd", "grub-", "grub2-", "initrd-", "insights-", "issue-", "kdump-", "kmod-", "lvm2-"),
    *("mdcheck_", "mdmonitor", "mlocate", "netplan-", "nfs-", "nvmefc-", "nvmf-", "plocate", "plymouth-"),
    *("remote-cryptsetup", "rhc-", "rhel-", "rhsmcertd", "rhui-", "rpc-", "selinux-", "snapd.", "snapper-", "sssd-"),
    *("sysstat", "systemd-", "ua-", "wicked", "xfs_scrub", "zypper-"),
)
#: What scripts are run with, and what units call besides: no need to open them.
_USUAL_PROGRAMS = re.compile(
    r"/(?:usr/)?s?bin/(?:(?:ba|da|k|z)?sh|env|python[\d.]*|perl[\d.]*|ruby[\d.]*|node|java|systemctl|systemd-[\w-]+|test"
    r"|true|false|mkdir|rmdir|rm|mv|cp|ln|chmod|chown|touch|cat|echo|printf|sleep|kill|pkill|killall|modprobe|insmod"
    r"|sysctl|u?mount|install|ip|iptables|nft|sed|grep|awk|tee|date|logger|su|sudo|runuser|setpriv|nice|ionice|timeout"
    r"|snap|docker|podman|dockerd|containerd|nginx|httpd|apache2|mysqld|mariadbd|postgres|swapon|swapoff|mkswap)"
)
_STARTED = re.compile(r"^[ \t]*Exec\w*[ \t]*=(.*)$", re.MULTILINE)
_PATH = re.compile(r"""(?:^|(?<=[\s"'=;&|(@!:+-]))/[\w./@+-]*\w""")
#: Folders that hold no programs.
_NO_PROGRAM = ("/dev/", "/proc/", "/sys/", "/run/", "/tmp/", "/var/log/", "/var/run/")
_ELF = b"\x7fELF"
_MAX_SCRIPT = 256 * 1024
_MAX_UNITS = 200
_MAX_PROGRAMS = 100


def read_started_files(reader: Reader) -> Fact[tuple[str, ...]]:
    """The units that are started and are not known by name, and the programs and other files that their lines name."""
    units = _units(reader)
    if isinstance(units, Unread):
        return units
    if len(units) > _MAX_UNITS:
        return reader.unread("/etc/systemd/system", f"more than {_MAX_UNITS} units are started that are not known")
    named: dict[str, None] = {}
    for unit in units:
        text = reader.text(unit)
        if isinstance(text, Unread):
            return text
        named.update(dict.fromkeys(path for line in commands_of(text or "") for path in _programs(line)))
    if len(named) > _MAX_PROGRAMS:
        return reader.unread("/etc/systemd/system", f"the units that are started name more than {_MAX_PROGRAMS} files")
    return (*units, *named)


def commands_of(unit: str) -> list[str]:
    """The commands that a unit runs."""
    return _STARTED.findall(unit.replace("\\\n", " "))


def read_script(reader: Reader, path: str) -> Fact[str]:
    """A script as text, of a unit what it runs; empty for what is none: a program, a folder, what is not there."""
    file = reader.file(path)
    if isinstance(file, Unread):
        return file
    if file is None or file.kind != "file" or file.size > _MAX_SCRIPT:
        return ""
    start = reader.head(path, len(_ELF))
    if isinstance(start, Unread):
        return start
    data = b"" if start == _ELF else reader.data(path, _MAX_SCRIPT)
    if isinstance(data, Unread):
        return data
    text = "" if not data or b"\0" in data else data.decode("utf-8", "replace")
    of_systemd = path.endswith(".service") or ".service.d/" in path
    return "\n".join(commands_of(text)) if of_systemd else text


def _programs(command: str) -> list[str]:
    paths = [match[0] for match in _PATH.finditer(command)]
    return [path for path in paths if not path.startswith(_NO_PROGRAM) and not _USUAL_PROGRAMS.fullmatch(path)]


def _units(reader: Reader) -> Fact[tuple[str, ...]]:
    """The services that links of targets start and that are not known by name; for timers and paths their services."""
    groups = joined(reader.matching(folder, r".*\.(?:wants|requires|upholds)") for folder in _FOLDERS)
    if isinstance(groups, Unread):
        return groups
    links = joined(reader.matching(group, r".*\.(?:service|timer|path)") for group in groups)
    if isinstance(links, Unread):
        return links
    found: dict[str, None] = {}
    for link in links:
        stem, _, kind = link.rpartition("/")[2].rpartition(".")
        name = stem.partition("@")[0]
        if name in _OF_DISTRIBUTIONS or name.startswith(_BEGINNINGS):
            continue
        for path in [link] if kind == "service" else [f"{folder}/{stem}.service" for folder in _FOLDERS]:
            real = reader.tree.real(path)
            if isinstance(real, Unreadable):
                return reader.unread(path, real.words)
            found.update({real: None} if isinstance(real, str) else {})
    return tuple(found)
