"""Each rule on Linux guests: passes, fails, not applicable, not evaluated, and the traps."""

from __future__ import annotations

import dataclasses
from types import MappingProxyType

import pytest
from guests import (
    CLEAN,
    CONSOLE,
    DROP_IN,
    NO_PROGRAMS,
    ROOT,
    SSHD,
    UNREAD,
    disk,
    dpkg,
    file,
    guest,
    keys,
    like,
    line,
    owned,
    says,
    setting,
    swap,
    user,
)
from judging import RULES, context, definition, judge, told

from checker.facts.linux.accounts import Accounts, Password, PasswordState
from checker.facts.linux.agent import Agent
from checker.facts.linux.boot import Boot
from checker.facts.linux.cloud_init import CloudInit
from checker.facts.linux.packages import Package, Packages
from checker.facts.linux.sshd import Sshd
from checker.facts.linux.swap import Swap, SwapEntry
from checker.facts.linux.system import Elf, OsRelease
from checker.facts.linux_guest import NoLinux
from checker.facts.unread import FactName

PASS, ERROR, WARNING, INFO = "pass", "fail error", "fail warning", "fail info"
OTHER, UNKNOWN = "not-applicable", "not-evaluated"
CODES = sorted(code for code in RULES if code.startswith("LNX"))
#: What the certification's code asks of other distributions.
NOT_ON_DEBIAN = {"LNX030", "LNX031", "LNX032", "LNX033"}
RECOVERY = "Debian (recovery mode)"
SET, EMPTY, LOCKED = PasswordState.SET, PasswordState.EMPTY, PasswordState.LOCKED
REMOVED = Packages("dpkg", {"openssl": (Package("openssl", "3.0", "config-files"),)})
NO_AGENT = {"agent__program": None, "agent__modules": ()}


def test_the_clean_guest_passes_every_rule() -> None:
    expected = dict.fromkeys(CODES, "pass") | dict.fromkeys(NOT_ON_DEBIAN | {"LNX028"}, "not-applicable")
    assert {code: judge(code, disk(CLEAN)).verdict.value for code in CODES} == expected


def test_where_there_is_no_linux_no_rule_says_anything() -> None:
    windows = disk(NoLinux("the disk holds Windows"))
    assert {judge(code, windows).verdict.value for code in CODES} == {"not-applicable"}


def test_what_was_not_read_is_never_judged() -> None:
    given = context([definition()])
    assert {judge(code, disk(UNREAD), given).verdict.value for code in CODES} == {"not-evaluated"}


def test_the_rules_read_the_guest() -> None:
    assert all(FactName.GUEST in RULES[code].reads for code in CODES)


@pytest.mark.parametrize(
    ("inside", "properties", "expected"),
    [
        (CLEAN, {}, PASS),
        (CLEAN, {"architecture": "X64"}, PASS),
        (CLEAN, {"architecture": "Arm64"}, ERROR),
        (CLEAN, {"osType": "Windows"}, ERROR),
        (guest(architecture=Elf("/bin/sh", "aarch64", 64)), {"architecture": "Arm64"}, PASS),
        (guest(architecture=Elf("/bin/sh", "aarch64", 64)), {}, ERROR),
        (guest(architecture=Elf("/bin/sh", "i386", 32)), {}, ERROR),
        (guest(architecture=UNREAD), {}, UNKNOWN),
        (guest(architecture=UNREAD), {"osType": "Windows"}, ERROR),
        (NoLinux("the disk holds Windows"), {}, ERROR),
        (NoLinux("the disk holds Windows"), {"osType": "Windows"}, PASS),
        (NoLinux("NTFS", can_start=False), {"osType": "Windows"}, UNKNOWN),
        (NoLinux("NTFS", can_start=False), {}, ERROR),
        (UNREAD, {}, UNKNOWN),
    ],
)
def test_the_guest_against_the_definition(inside, properties, expected) -> None:
    assert told("LNX028", disk(inside), context([definition(**properties)])) == expected


#: For each rule: what is expected of the clean guest with which changes.
# fmt: off
CASES = [
    # generalized: each decisive witness by itself
    ("LNX001", ERROR, {"agent__state": ("/var/lib/waagent/provisioned",)}),
    ("LNX001", ERROR, {"agent__state": ("/var/lib/waagent/ovf-env.xml",)}),
    ("LNX001", ERROR, {"accounts__passwords": (Password("root", SET),)}),
    ("LNX001", ERROR, {"accounts__users": (ROOT, user("builder", password=SET))}),
    ("LNX001", ERROR, {"accounts__authorized_keys": (keys("/root/.ssh/authorized_keys", 1, "root"),)}),
    ("LNX001", ERROR, {"sshd__host_keys": ("/etc/ssh/ssh_host_rsa_key",)}),
    ("LNX001", ERROR, {**NO_AGENT, "leftovers": {"/var/lib/cloud/instance": file("/var/lib/cloud/instance")}}),
    # one that is certain decides, whatever else is unread
    ("LNX001", ERROR, {"accounts__users": UNREAD, "sshd__host_keys": ("/etc/ssh/ssh_host_rsa_key",)}),
    ("LNX001", UNKNOWN, {"accounts__users": UNREAD}),
    ("LNX001", UNKNOWN, {"accounts__passwords": UNREAD}),
    ("LNX001", UNKNOWN, {"accounts__authorized_keys": UNREAD}),
    ("LNX001", UNKNOWN, {"sshd__host_keys": UNREAD}),
    ("LNX001", UNKNOWN, {"agent__state": UNREAD}),
    ("LNX001", UNKNOWN, {"leftovers": {"/var/lib/cloud/instance": UNREAD}}),
    # host keys that cloud-init replaces do not decide; those that nobody replaces do
    ("LNX001", PASS, {"sshd__host_keys": ("/etc/ssh/ssh_host_rsa_key",), "agent__configuration": {}}),
    (
        "LNX001",
        ERROR,
        {
            "sshd__host_keys": ("/etc/ssh/ssh_host_rsa_key",),
            "agent__configuration": None,
            "cloud_init__replaces_host_keys": False,
        },
    ),
    ("LNX001", UNKNOWN, {"sshd__host_keys": ("/etc/ssh/ssh_host_rsa_key",), "agent__configuration": UNREAD}),
    ("LNX001", INFO, {"leftovers": {"/var/lib/cloud/instance": file("/var/lib/cloud/instance", kind="symlink")}}),
    # what is listed only
    ("LNX001", PASS, {"machine_id": "0" * 32, "hostname": "buildvm", "leases": UNREAD}),
    ("LNX001", PASS, {"accounts__histories": (owned("/root/.bash_history", 10, "root"),)}),
    # histories
    ("LNX002", ERROR, {"accounts__histories": (owned("/root/.bash_history", 1, "root"),)}),
    ("LNX002", ERROR, {"accounts__histories": (owned("/root/.bash_history", 1025, "root"),)}),
    ("LNX002", PASS, {"accounts__histories": (owned("/root/.bash_history", 0, "root"),)}),
    ("LNX002", WARNING, {"accounts__histories": (owned("/home/old/.zsh_history", 9),)}),
    ("LNX002", WARNING, {"accounts__histories": (owned("/root/.bash_history", 9, "root", kind="symlink"),)}),
    ("LNX002", PASS, {"accounts__histories": (owned("/root/.bash_history", 0, "root", kind="symlink"),)}),
    ("LNX002", UNKNOWN, {"accounts__histories": UNREAD}),
    # passwords
    ("LNX003", ERROR, {"accounts__passwords": (Password("root", SET),)}),
    ("LNX003", ERROR, {"accounts__passwords": (Password("root", SET), Password("root", LOCKED))}),
    ("LNX003", ERROR, {"accounts__users": (user("root", 0, SET), user("root", 0, PasswordState.ELSEWHERE))}),
    ("LNX003", ERROR, {"accounts__passwords": (Password("root", SET),), "accounts__users": UNREAD}),
    ("LNX003", ERROR, {"accounts__passwords": None, "accounts__users": (user("root", 0, SET),)}),
    ("LNX003", ERROR, {"accounts__users": (user("root", 0, SET),)}),
    ("LNX003", WARNING, {"accounts__passwords": (Password("root", EMPTY),)}),
    ("LNX003", WARNING, {"accounts__users": (user("builder", password=EMPTY),)}),
    ("LNX003", PASS, {"accounts__passwords": (Password("root", PasswordState.ELSEWHERE),)}),
    ("LNX003", PASS, {"accounts__passwords": None}),
    ("LNX003", UNKNOWN, {"accounts__passwords": UNREAD}),
    ("LNX003", UNKNOWN, {"accounts__passwords": (Password("root", EMPTY),), "accounts__users": UNREAD}),
    # keys
    ("LNX004", ERROR, {"accounts__authorized_keys": (keys("/root/.ssh/authorized_keys", 2, "root"),)}),
    ("LNX004", ERROR, {"accounts__authorized_keys": (keys("/home/b/.ssh/authorized_keys2", 1, "b"),)}),
    ("LNX004", PASS, {"accounts__authorized_keys": (keys("/root/.ssh/authorized_keys", 1, "root", notice=True),)}),
    ("LNX004", PASS, {"accounts__authorized_keys": (keys("/root/.ssh/authorized_keys", 0, "root", size=0),)}),
    ("LNX004", WARNING, {"accounts__authorized_keys": (keys("/root/.ssh/authorized_keys", 0, "root", size=9),)}),
    ("LNX004", WARNING, {"accounts__authorized_keys": (keys("/home/old/.ssh/authorized_keys", 1),)}),
    ("LNX004", UNKNOWN, {"accounts__authorized_keys": UNREAD}),
    # the agent
    ("LNX005", ERROR, NO_AGENT),
    ("LNX005", ERROR, {"agent__modules": (("version.py", "2.2.40"),)}),
    ("LNX005", PASS, {"agent__modules": (("version.py", "2.2.41"),)}),
    (
        "LNX005",
        WARNING,
        {"agent__modules": (("version.py", "2.2.53"),), "agent__configuration": {"AutoUpdate.Enabled": "n"}},
    ),
    (
        "LNX005",
        PASS,
        {"agent__modules": (("version.py", "2.2.53.1"),), "agent__configuration": {"AutoUpdate.Enabled": "n"}},
    ),
    ("LNX005", UNKNOWN, {"agent__modules": (("version.py", "2.2.53"),), "agent__configuration": UNREAD}),
    ("LNX005", PASS, {"agent__configuration": UNREAD}),
    ("LNX005", UNKNOWN, {"agent__modules": (("a", "2.9.1"), ("b", "2.2.40"))}),
    ("LNX005", UNKNOWN, {"agent__modules": (("a", "unstable"),)}),
    ("LNX005", UNKNOWN, {"agent__modules": ()}),
    ("LNX005", ERROR, {"agent__modules": (), "packages": dpkg(walinuxagent="2.2.21-1")}),
    ("LNX005", UNKNOWN, {"agent__modules": (), "packages": dpkg()}),
    ("LNX005", UNKNOWN, {"agent__modules": (), "packages": UNREAD}),
    ("LNX005", UNKNOWN, {"agent__program": None, "agent__modules": UNREAD}),
    ("LNX006", WARNING, {"agent__units": ()}),
    ("LNX006", WARNING, {"agent__masked": ("/etc/systemd/system/walinuxagent.service",)}),
    ("LNX006", OTHER, {**NO_AGENT, "agent__units": ()}),
    ("LNX006", OTHER, NO_AGENT),
    ("LNX006", UNKNOWN, {"agent__units": ("/etc/rc3.d/S01walinuxagent",)}),
    (
        "LNX006",
        WARNING,
        {
            "agent__units": ("/etc/rc3.d/S01walinuxagent", *CLEAN.agent.units),
            "agent__masked": ("/etc/systemd/system/walinuxagent.service",),
        },
    ),
    ("LNX006", PASS, {"agent__units": ("/etc/rc3.d/S01walinuxagent", *CLEAN.agent.units)}),
    ("LNX006", UNKNOWN, {"agent__units": UNREAD}),
    ("LNX006", UNKNOWN, {"agent__masked": UNREAD}),
    ("LNX014", INFO, {"agent__configuration": {"AutoUpdate.Enabled": "n"}}),
    ("LNX014", INFO, {"agent__configuration": {"AutoUpdate.Enabled": "N"}}),
    ("LNX014", PASS, {"agent__configuration": {"AutoUpdate.Enabled": "maybe"}}),
    ("LNX014", UNKNOWN, {"agent__configuration": None}),
    ("LNX014", UNKNOWN, {"agent__configuration": UNREAD}),
    ("LNX014", OTHER, NO_AGENT),
    ("LNX025", INFO, {"agent__configuration": {"Provisioning.DeleteRootPassword": "y"}}),
    ("LNX025", INFO, {"agent__configuration": None}),
    ("LNX025", UNKNOWN, {"agent__configuration": UNREAD}),
    ("LNX025", OTHER, NO_AGENT),
    # the console
    ("LNX007", ERROR, {"boot__command_lines": (line("ro quiet"),)}),
    ("LNX007", ERROR, {"boot__command_lines": (line(CONSOLE), line("ro", "older"))}),
    ("LNX007", ERROR, {"boot__command_lines": (line("console=ttyS01 earlyprintk=ttyS0"),)}),
    ("LNX007", WARNING, {"boot__command_lines": (line("console=ttyS0"),)}),
    ("LNX007", PASS, {"boot__command_lines": (line("console=ttyS0 earlyprintk=ttyS0"), line("ro", RECOVERY))}),
    ("LNX007", PASS, {"boot__command_lines": (line(CONSOLE), line("", "memory", "/boot/memtest86+.bin"))}),
    ("LNX007", UNKNOWN, {"boot__command_lines": (line("ro $kernelopts"),)}),
    ("LNX007", UNKNOWN, {"boot__command_lines": (line("console=ttyS0 $kernelopts"),)}),
    ("LNX007", ERROR, {"boot__command_lines": (line("ro $kernelopts"), line("ro"))}),
    ("LNX007", UNKNOWN, {"boot__command_lines": (line("ro", RECOVERY),)}),
    ("LNX007", UNKNOWN, {"boot__command_lines": UNREAD}),
    ("LNX007", UNKNOWN, {"architecture": UNREAD}),
    ("LNX007", ERROR, {"architecture": Elf("/bin/sh", "aarch64", 64)}),
    (
        "LNX007",
        PASS,
        {"architecture": Elf("/bin/sh", "aarch64", 64), "boot__command_lines": (line("console=ttyAMA0"),)},
    ),
    ("LNX007", OTHER, {"architecture": Elf("/bin/sh", "s390x", 64)}),
    ("LNX022", WARNING, {"boot__command_lines": (line(f"{CONSOLE} libata.atapi_enabled=0"),)}),
    ("LNX022", WARNING, {"boot__command_lines": (line(f"{CONSOLE} $x reserve=0x1f0,0x8"),)}),
    ("LNX022", INFO, {"boot__command_lines": (line(f"{CONSOLE} quiet"),)}),
    ("LNX022", UNKNOWN, {"boot__command_lines": (line(f"{CONSOLE} quiet $more"),)}),
    ("LNX022", PASS, {"boot__command_lines": (line(CONSOLE), line("quiet", RECOVERY))}),
    ("LNX022", UNKNOWN, {"boot__command_lines": UNREAD}),
    ("LNX023", WARNING, {"boot__blocked_modules": ("udf",)}),
    ("LNX023", PASS, {"boot__blocked_modules": ("floppy",)}),
    ("LNX023", UNKNOWN, {"boot__blocked_modules": UNREAD}),
    # swap
    ("LNX008", ERROR, {"swap__volumes": (swap("partition 2"),)}),
    ("LNX008", ERROR, {"swap__volumes": (swap("partition 2"),), "swap__fstab": UNREAD, "swap__units": UNREAD}),
    (
        "LNX008",
        ERROR,
        {"swap__files": (swap("/swapfile"),), "swap__fstab": (SwapEntry("/etc/fstab", "/swapfile defaults"),)},
    ),
    ("LNX008", WARNING, {"swap__files": (swap("/swapfile"),)}),
    ("LNX008", WARNING, {"swap__fstab": (SwapEntry("/etc/fstab", "/swapfile defaults"),)}),
    ("LNX008", WARNING, {"swap__fstab": (SwapEntry("/etc/fstab", "UUID=1 noauto"),)}),
    ("LNX008", UNKNOWN, {"swap__fstab": (SwapEntry("/etc/fstab", "/dev/sdb1 sw"),)}),
    ("LNX008", PASS, {"swap__fstab": (SwapEntry("/etc/fstab", "/dev/disk/cloud/azure_resource-part2 sw"),)}),
    ("LNX008", PASS, {"swap__fstab": (SwapEntry("/etc/fstab", "/mnt/resource/swapfile sw"),)}),
    ("LNX008", PASS, {"swap__fstab": (SwapEntry("/etc/fstab", "/dev/zram0 defaults"),)}),
    ("LNX008", ERROR, {"swap__units": (swap("/etc/systemd/system/swapfile.swap", "/swapfile"),)}),
    ("LNX008", PASS, {"swap__units": (swap("/etc/systemd/system/mnt-swapfile.swap", "/mnt/swapfile"),)}),
    ("LNX008", PASS, {"swap__units": (swap("/etc/systemd/system/dev-zram0.swap", "/dev/zram0"),)}),
    ("LNX008", ERROR, {"swap__cloud_init": (swap("/etc/cloud/cloud.cfg", "swap: filename: /swap.img size: auto"),)}),
    ("LNX008", ERROR, {"swap__cloud_init": (swap("/etc/cloud/cloud.cfg", "swap: size: 1024"),)}),
    ("LNX008", UNKNOWN, {"swap__cloud_init": (swap("/etc/cloud/cloud.cfg", "swap: filename: /mnt/swap size: auto"),)}),
    ("LNX008", PASS, {"swap__cloud_init": (swap("/etc/cloud/cloud.cfg", "swap: size: 0"),)}),
    ("LNX008", PASS, {"swap__cloud_init": (swap("/etc/cloud/cloud.cfg", "- [ ephemeral0.2, none, swap, sw ]"),)}),
    ("LNX008", ERROR, {"swap__cloud_init": (swap("/etc/cloud/cloud.cfg", "- [ /swapfile, none, swap, sw ]"),)}),
    ("LNX008", PASS, {"agent__configuration": {"ResourceDisk.EnableSwap": "y"}}),
    *[
        ("LNX008", UNKNOWN, {f"swap__{part}": UNREAD})
        for part in ("fstab", "volumes", "files", "units", "cloud_init", "started")
    ],
    # versions
    *[
        ("LNX010", expected, {"packages": dpkg(openssl=version)})
        for version, expected in {
            "3.0.0-1": PASS,
            "1.1.1k-12": PASS,
            "1.0.2k": PASS,
            "1:3.5.1-1.el10": PASS,
            "1.1.0l-1": WARNING,
            "1.0.1f": WARNING,
            "2.9.9": WARNING,
            "0.9.8zh": WARNING,
            "0.9.7a": ERROR,
            "unknown": UNKNOWN,
        }.items()
    ],
    ("LNX010", WARNING, {"packages": dpkg(libssl3="3.0.15-1"), "programs": NO_PROGRAMS}),
    ("LNX010", UNKNOWN, {"packages": dpkg(libssl3="3.0.15-1")}),
    ("LNX010", PASS, {"packages": dpkg(openssl_3="3.1.4-1")}),
    ("LNX010", WARNING, {"packages": REMOVED, "programs": NO_PROGRAMS}),
    ("LNX010", UNKNOWN, {"packages": UNREAD}),
    *[
        ("LNX011", expected, {"python": name, "programs": MappingProxyType({"/usr/bin/python3": f"/usr/bin/{name}"})})
        for name, expected in {
            "python3.10": PASS,
            "python3.9": INFO,
            "python3.8": WARNING,
            "python3.6": WARNING,
            "python2.5": WARNING,
            "platform-python3.12": PASS,
            "python3": PASS,
        }.items()
    ],
    ("LNX011", WARNING, {"python": "platform-python3.12", "programs": NO_PROGRAMS}),
    ("LNX011", WARNING, {"python": None}),
    ("LNX011", UNKNOWN, {"python": UNREAD}),
    ("LNX011", UNKNOWN, {"python": "python3", "packages": UNREAD}),
    ("LNX011", UNKNOWN, {"python": "python3", "packages": dpkg()}),
    # ClientAliveInterval
    *[
        ("LNX012", expected, {"sshd__settings": (setting(value),)})
        for value, expected in {
            "180": PASS,
            "30": PASS,
            "235": PASS,
            "236": ERROR,
            "0": ERROR,
            "29": WARNING,
            "1": WARNING,
            "60m": ERROR,
            "3m": WARNING,
            "1m30s": WARNING,
            "soon": UNKNOWN,
        }.items()
    ],
    ("LNX012", ERROR, {"sshd__settings": ()}),
    ("LNX012", ERROR, {"sshd__settings": None}),
    ("LNX012", WARNING, {"sshd__settings": None, "sshd__program": None}),
    ("LNX012", UNKNOWN, {"sshd__settings": None, "sshd__program": UNREAD}),
    ("LNX012", UNKNOWN, {"sshd__settings": UNREAD}),
    ("LNX012", WARNING, {"sshd__settings": (setting("180", DROP_IN),)}),
    ("LNX012", ERROR, {"sshd__settings": (setting("900", DROP_IN), setting("180"))}),
    ("LNX012", WARNING, {"sshd__settings": (setting("180"), setting("900", line=9))}),
    ("LNX012", ERROR, {"sshd__settings": (setting("900"), setting("180", line=9))}),
    ("LNX012", ERROR, {"sshd__settings": (setting("180", match=True),)}),
    ("LNX012", PASS, {"sshd__settings": (setting("180", "/usr/etc/ssh/sshd_config"),)}),
    # the rest
    ("LNX013", PASS, {"architecture": Elf("/bin/sh", "aarch64", 64)}),
    ("LNX013", ERROR, {"architecture": Elf("/bin/sh", "i386", 32)}),
    ("LNX013", ERROR, {"architecture": Elf("/bin/sh", "x86_64", 32)}),
    ("LNX013", UNKNOWN, {"architecture": UNREAD}),
    ("LNX016", ERROR, {"packages": dpkg(omi="1.6.8-0")}),
    ("LNX016", ERROR, {"packages": dpkg(omi="1.6.4.1")}),
    ("LNX016", PASS, {"packages": dpkg(omi="1.6.8-1")}),
    ("LNX016", PASS, {"packages": dpkg(omi="1.6.8.1")}),
    ("LNX016", PASS, {"packages": dpkg(omi="1.9.1.0")}),
    ("LNX016", WARNING, {"packages": Packages("dpkg", {"omi": (Package("omi", "1.6.8-0", "config-files"),)})}),
    ("LNX016", ERROR, {"packages": Packages("dpkg", {"omi": (Package("omi", "1.6.8-0", "half-configured"),)})}),
    ("LNX016", UNKNOWN, {"files": {"/opt/omi/bin/omiserver": file("/opt/omi/bin/omiserver")}}),
    ("LNX016", UNKNOWN, {"files": {"/opt/omi/bin/omiserver": UNREAD}}),
    ("LNX016", UNKNOWN, {"packages": UNREAD}),
    ("LNX017", ERROR, {"defender": {"/etc/opt/microsoft/mdatp": file("/etc/opt/microsoft/mdatp", kind="directory")}}),
    ("LNX017", ERROR, {"defender": {"/var/log/azure": UNREAD, "/opt/microsoft/mdatp": file("/opt/microsoft/mdatp")}}),
    ("LNX017", UNKNOWN, {"defender": {"/var/log/azure": UNREAD}}),
    ("LNX018", WARNING, {"accounts__targetpw": ("/etc/sudoers:3",)}),
    ("LNX018", UNKNOWN, {"accounts__targetpw": UNREAD}),
    ("LNX019", WARNING, {"sshd__host_keys": ("/etc/ssh/ssh_host_rsa_key.pub",)}),
    ("LNX019", UNKNOWN, {"sshd__host_keys": UNREAD}),
    ("LNX020", WARNING, {"leases": (file("/var/lib/dhcp/dhclient.leases"),)}),
    ("LNX020", WARNING, {"hostname": "buildvm"}),
    ("LNX020", WARNING, {"logs": (file("/var/log/waagent.log"),), "leases": UNREAD}),
    (
        "LNX020",
        WARNING,
        {
            "leftovers": {"/etc/resolv.conf": file("/etc/resolv.conf")},
            "texts": {"/etc/resolv.conf": "nameserver 10.0.0.4\n"},
        },
    ),
    (
        "LNX020",
        PASS,
        {
            "leftovers": {"/etc/resolv.conf": file("/etc/resolv.conf", kind="symlink")},
            "texts": {"/etc/resolv.conf": "nameserver 127.0.0.53\n"},
        },
    ),
    ("LNX020", PASS, {"leases": (file("/var/lib/dhcp/dhclient.leases", 0),), "hostname": None}),
    ("LNX020", UNKNOWN, {"leases": UNREAD}),
    ("LNX020", UNKNOWN, {"hostname": UNREAD}),
    ("LNX020", UNKNOWN, {"leftovers": {"/etc/resolv.conf": UNREAD}}),
    ("LNX021", WARNING, {"udev_net_rules": ("/etc/udev/rules.d/70-persistent-net.rules",)}),
    ("LNX021", PASS, {"udev_net_rules": ("/lib/udev/rules.d/75-persistent-net-generator.rules",)}),
    ("LNX021", PASS, {"udev_net_rules": ("/etc/udev/rules.d/75-persistent-net-generator.rules",)}),
    (
        "LNX021",
        WARNING,
        {
            "udev_net_rules": ("/lib/udev/rules.d/75-persistent-net-generator.rules",),
            "os_release": OsRelease("rocky", "8.9", ("rhel", "centos", "fedora"), "", {}),
        },
    ),
    (
        "LNX021",
        UNKNOWN,
        {"udev_net_rules": ("/lib/udev/rules.d/75-persistent-net-generator.rules",), "os_release": UNREAD},
    ),
    ("LNX021", UNKNOWN, {"udev_net_rules": UNREAD}),
    ("LNX024", WARNING, {"accounts__users": (ROOT, user("toor", 0))}),
    *[
        ("LNX024", expected, {"files": {"/etc/shadow": file("/etc/shadow", permissions=mode)}})
        for mode, expected in (
            *((0, PASS), (0o640, PASS), (0o400, PASS), (0o440, PASS), (0o620, WARNING), (0o624, WARNING)),
            *((0o644, WARNING), (0o700, WARNING), (0o500, WARNING)),
        )
    ],
    ("LNX024", WARNING, {"files": {SSHD: file(SSHD, permissions=0o664)}}),
    ("LNX024", WARNING, {"files": {"/etc/shadow": file("/etc/shadow", permissions=0o600, uid=1000)}}),
    ("LNX024", WARNING, {"accounts__authorized_keys": (keys("/root/.ssh/authorized_keys", 1, "root", mode=0o644),)}),
    ("LNX024", UNKNOWN, {"files": {"/etc/shadow": UNREAD}}),
    ("LNX024", WARNING, {"files": {SSHD: file(SSHD, kind="symlink", permissions=0o777)}}),
    ("LNX024", UNKNOWN, {"files": {"/etc/sudoers": file("/etc/sudoers", kind="symlink", permissions=0o777)}}),
    ("LNX024", WARNING, {"files": {SSHD: None}}),
    ("LNX024", WARNING, {"files": {"/etc/shadow": None}}),
    ("LNX024", UNKNOWN, {"accounts__users": UNREAD}),
    ("LNX029", INFO, {"boot__configurations": {"6.1": {"WATCHDOG": "y", "CIFS": "n"}}}),
    ("LNX029", INFO, {"boot__configurations": {"6.1": {"WATCHDOG": "y", "CIFS": "m"}, "5.10": {"CIFS": "m"}}}),
    ("LNX029", UNKNOWN, {"boot__configurations": {}}),
    ("LNX029", UNKNOWN, {"boot__configurations": UNREAD}),
    ("LNX026", WARNING, {"machine_id": "0123456789abcdef0123456789abcdef"}),
    ("LNX026", PASS, {"machine_id": None}),
    ("LNX026", PASS, {"machine_id": "uninitialized"}),
    ("LNX026", UNKNOWN, {"machine_id": UNREAD}),
    ("LNX027", WARNING, {"accounts__private_keys": (owned("/root/.ssh/id_rsa", 9, "root"),)}),
    ("LNX027", WARNING, {"accounts__known_hosts": (owned("/root/.ssh/hosts"),), "accounts__private_keys": UNREAD}),
    ("LNX027", PASS, {"accounts__known_hosts": (owned("/root/.ssh/known_hosts", 0, "root"),)}),
    ("LNX027", UNKNOWN, {"accounts__known_hosts": UNREAD}),
]
# fmt: on


@pytest.mark.parametrize(("code", "expected", "changes"), CASES)
def test_the_verdict(code, expected, changes) -> None:
    assert says(code, **changes) == expected


#: Distribution, version, kernel, the package that it is of, and what is expected.
KERNELS = [
    ("debian", "12", "6.1.0-18-amd64", "", PASS),
    ("slackware", "15.0", "5.15.19", "", PASS),
    ("slackware", "15.0", "4.4.14", "", UNKNOWN),
    ("debian", "10", "4.19.0-5-amd64", "4.19.37-5", PASS),
    ("debian", "10", "4.19.0-4-amd64", "4.19.28-2", ERROR),
    ("debian", "9", "4.9.0-9-amd64", "4.9.168-1+deb9u2", ERROR),
    ("debian", "9", "4.9.0-9-amd64", "4.9.168-1+deb9u10", PASS),
    ("debian", "9", "4.9.0-9-amd64", "", UNKNOWN),
    ("debian", "11", "5.10.0-8-amd64", "", PASS),
    ("ubuntu", "16.04", "4.15.0-1049-azure", "", PASS),
    ("ubuntu", "16.04", "4.15.0-1048-azure", "", ERROR),
    ("ubuntu", "16.04", "4.15.0-50-generic", "", UNKNOWN),
    ("ubuntu", "18.04", "5.0.0-1024-azure", "", ERROR),
    ("ubuntu", "18.04", "5.3.0-1007-azure", "", PASS),
    ("ubuntu", "18.04", "4.15.0-1100-azure", "", UNKNOWN),
    ("centos", "7", "3.10.0-957.21.2.el7.x86_64", "", ERROR),
    ("centos", "7", "3.10.0-957.21.3.el7.x86_64", "", PASS),
    ("centos", "7", "3.10.0-1160.el7.x86_64", "", PASS),
    ("rhel", "7.2", "3.10.0-327.79.1.el7.x86_64", "", ERROR),
    ("rhel", "7.1", "3.10.0-229.el7.x86_64", "", UNKNOWN),
    ("rhel", "8.0", "4.18.0-80.el8.x86_64", "", ERROR),
    ("rhel", "8.9", "4.18.0-513.5.1.el8_9.x86_64", "", PASS),
    ("rhel", "9.3", "5.14.0-362.8.1.el9_3.x86_64", "", PASS),
    ("sles", "12.4", "4.12.14-95.16-default", "", ERROR),
    ("sles", "12.4", "4.12.14-95.19-default", "", UNKNOWN),
    ("sles", "12.4", "4.12.14-95.22-default", "", PASS),
    ("ol", "7.6", "4.14.35-1902.2.0.el7uek.x86_64", "", PASS),
    ("ol", "7.6", "4.14.35-1818.el7uek.x86_64", "", ERROR),
]


@pytest.mark.parametrize(("id", "version", "kernel", "package", "expected"), KERNELS)
def test_the_kernel_against_the_list(id, version, kernel, package, expected) -> None:
    packages = dpkg(**{f"linux_image_{kernel.replace('-', '_')}": package}) if package else dpkg()
    release = OsRelease(id, version, (), "", {})
    changes = {"boot__kernels": (kernel,), "boot__command_lines": booting(kernel)}
    assert says("LNX015", os_release=release, packages=packages, **changes) == expected


def booting(*kernels: str):
    """Command lines of entries that boot some kernels."""
    return tuple(line(CONSOLE, kernel=f"/boot/vmlinuz-{kernel}") for kernel in kernels)


def test_kernels_of_which_some_are_old() -> None:
    release = OsRelease("centos", "7", (), "", {})
    old, new = "3.10.0-957.21.2.el7.x86_64", "3.10.0-1160.el7.x86_64"
    others = ((old, new), (old, "3.10.0-229.el7"))
    for kernels in others:
        changes = {"os_release": release, "boot__kernels": kernels}
        assert says("LNX015", **changes, boot__command_lines=booting(*kernels)) == UNKNOWN
    changes = {"os_release": release, "boot__kernels": (new, "0-rescue-1234"), "boot__command_lines": booting(new)}
    assert says("LNX015", **changes) == PASS
    assert says("LNX015", os_release=UNREAD, boot__kernels=(new,)) == UNKNOWN
    assert says("LNX015", os_release=UNREAD) == PASS
    assert says("LNX015", boot__kernels=UNREAD) == UNKNOWN
    without = {"boot__kernels": (), "boot__command_lines": ()}
    assert says("LNX015", **without, boot__modules=("6.1.0-18-amd64",)) == PASS
    assert says("LNX015", **without, boot__modules=()) == UNKNOWN


def test_every_witness_is_listed_with_what_was_seen() -> None:
    seen = guest(
        agent__state=("/var/lib/waagent/provisioned",),
        accounts__passwords=(Password("builder", SET), Password("root", LOCKED)),
        hostname="buildvm",
        leases=UNREAD,
    )
    result = judge("LNX001", disk(seen))
    text = "\n".join(result.evidence)
    assert "/var/lib/waagent/provisioned" in text
    assert "builder" in text
    assert "the host name: buildvm" in text
    assert "DHCP leases: not read (an error of the disk)" in text
    assert "SSH host keys: clean" in text
    assert "builder" in result.actual


def test_what_is_found_is_named() -> None:
    history = judge("LNX002", disk(guest(accounts__histories=(owned("/root/.bash_history", 7, "root"),))))
    assert history.actual == "/root/.bash_history (7 bytes)"
    password = judge("LNX003", disk(guest(accounts__passwords=(Password("builder", SET),))))
    assert "builder" in password.actual
    interval = judge("LNX012", disk(guest(sshd__settings=(setting("900", DROP_IN, 3),))))
    assert interval.actual == f"{DROP_IN}:3: ClientAliveInterval 900"


def facts_of(part) -> list[tuple[str, ...]]:
    """The paths of the fields that are facts, and of the entries of the mappings of facts."""
    found = []
    for field in dataclasses.fields(part):
        value = getattr(part, field.name)
        if field.name in ("root", "file_system", "journal", "volumes"):
            continue
        if isinstance(value, (Accounts, Agent, Boot, Swap, Sshd, CloudInit)):
            found += [(field.name, *rest) for rest in facts_of(value)]
        elif field.name in ("leftovers", "defender", "files", "texts"):
            found += [(field.name, path) for path in value]
        else:
            found.append((field.name,))
    return found


def without(inside, path: tuple[str, ...]):
    """The guest with one fact unread."""
    name, *rest = path
    value = getattr(inside, name)
    if not rest:
        return dataclasses.replace(inside, **{name: like(value, UNREAD)})
    after = {**value, rest[0]: UNREAD} if isinstance(value, dict) else without(value, tuple(rest))
    return dataclasses.replace(inside, **{name: after})


@pytest.mark.parametrize("path", facts_of(CLEAN), ids="/".join)
def test_one_fact_that_is_unread_fails_nothing_and_crashes_nothing(path) -> None:
    for code in CODES:
        result = judge(code, disk(without(CLEAN, path)), context([definition()]))
        expected = {"pass", "not-evaluated"} | ({"not-applicable"} if code in NOT_ON_DEBIAN else set())
        assert result.verdict in expected, code
        assert result.reason is None or result.reason.kind == "unread", code


def test_nothing_passes_where_no_fact_was_read() -> None:
    inside = CLEAN
    for path in facts_of(CLEAN):
        inside = without(inside, path)
    verdicts = {code: judge(code, disk(inside), context([definition()])).verdict.value for code in CODES}
    assert verdicts == dict.fromkeys(CODES, "not-evaluated")
