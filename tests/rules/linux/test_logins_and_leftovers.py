"""The rules on generalization and logins: what would let an image pass that breaks the demand, and false alarms."""

from __future__ import annotations

import dataclasses

import pytest
from guests import (
    CLEAN,
    SSHD,
    UNREAD,
    disk,
    file,
    guest,
    keys,
    line,
    owned,
    says,
    setting,
    user,
)
from judging import judge

from checker.facts.linux.accounts import AuthorizedKeys, Password, PasswordState
from checker.facts.linux.sshd import SshdSetting
from checker.facts.linux.system import OsRelease
from checker.facts.listing import Listing
from checker.redaction import redact

PASS, ERROR, WARNING, INFO = "pass", "fail error", "fail warning", "fail info"
OTHER, UNKNOWN = "not-applicable", "not-evaluated"
ROOTS_KEYS = keys("/root/.ssh/authorized_keys", 1, "root")
ROOTS = ROOTS_KEYS.file.path
NO_FILE = AuthorizedKeys(("root",), file(ROOTS, 4096, "directory", 0o755), 0, only_notice=False)
ROOT_IN_ROOT = (dataclasses.replace(user("root", 0), home="/root"),)
MYSQL = owned("/root/.mysql_history", 1, "root")
HAS_PASSWORD, HAS_EMPTY = (Password("b", PasswordState.SET),), (Password("b", PasswordState.EMPTY),)
USUAL = ("/etc/ssh/ssh_host_rsa_key",)
INSTANCE = {"/var/lib/cloud/instance": file("/var/lib/cloud/instance", kind="symlink")}
RED_HAT = OsRelease("rocky", "9.4", ("rhel", "centos", "fedora"), "", {})
REPLACES = "cloud_init__replaces_host_keys"
GENERATOR = "udev/rules.d/75-persistent-net-generator.rules"
UBUNTUS = "/etc/ssh/sshd_config.d/50-cloudimg-settings.conf"
PERSISTENT = "/etc/udev/rules.d/70-persistent-net.rules"
EMPTY = "empty_udev_net_rules"
WANTED = CLEAN.agent.units


def system(id):
    """What a distribution says of itself."""
    return OsRelease(id, "24.04", (), "", {})


def partly(*known):
    """A list of which something is known, and the rest not."""
    return Listing(known, UNREAD)


def of_everybody(value):
    """A line below ``Match User *``."""
    return dataclasses.replace(setting(value, match=True), of_everybody=True)


# fmt: off
CASES = [
    ("LNX021", WARNING, {"tied_names": ("/etc/systemd/network/10-x.link",)}),
    ("LNX021", WARNING, {"tied_names": partly("/etc/udev/rules.d/76-net.rules"), "udev_net_rules": UNREAD}),
    ("LNX021", UNKNOWN, {"tied_names": UNREAD}),
    ("LNX021", WARNING, {"udev_net_rules": (PERSISTENT,), EMPTY: UNREAD, "os_release": RED_HAT}),
    ("LNX021", PASS, {"udev_net_rules": (PERSISTENT, PERSISTENT.replace("/etc", "/usr/lib")), EMPTY: (PERSISTENT,)}),
    ("LNX021", WARNING, {"udev_net_rules": (PERSISTENT, PERSISTENT.replace("/etc", "/usr/lib")),
                         EMPTY: (PERSISTENT.replace("/etc", "/usr/lib"),)}),
    ("LNX021", WARNING, {"udev_net_rules": (f"/lib/{GENERATOR}", f"/etc/{GENERATOR}"), EMPTY: (f"/etc/{GENERATOR}",),
                         "os_release": RED_HAT}),
    ("LNX021", WARNING, {"tied_names": UNREAD, "udev_net_rules": (PERSISTENT,)}),
    # LNX024: who may read passwords, and who may write what decides about logins
    *[
        ("LNX024", expected, {"files": {path: file(path, permissions=mode, gid=gid)}})
        for path in ("/etc/shadow", "/etc/shadow-", "/etc/gshadow")
        for mode, gid, expected in ((0o640, 42, PASS), (0o640, 0, PASS), (0o000, 1000, PASS), (0o640, 1000, WARNING),
                                    (0o644, 42, WARNING), (0o660, 0, WARNING))
    ],
    ("LNX024", WARNING, {"accounts__shadow_group": None}),
    ("LNX024", UNKNOWN, {"accounts__shadow_group": UNREAD}),
    ("LNX024", PASS, {"accounts__shadow_group": UNREAD, "files": {"/etc/shadow": file("/etc/shadow", permissions=0)}}),
    *[
        ("LNX024", expected, {"files": {path: file(path, kind="directory", permissions=mode, uid=uid)}})
        for path in ("/", "/etc", "/etc/ssh", "/etc/ssh/sshd_config.d")
        for mode, uid, expected in ((0o700, 0, PASS), (0o1777, 0, WARNING), (0o775, 0, WARNING), (0o755, 5, WARNING))
    ],
    ("LNX024", PASS, {"sshd__drop_ins": (file(UBUNTUS, permissions=0o600),)}),
    ("LNX024", WARNING, {"sshd__drop_ins": (file(UBUNTUS, permissions=0o666),)}),
    ("LNX024", UNKNOWN, {"sshd__drop_ins": UNREAD}),
    # LNX001: what the agent keeps
    *[
        ("LNX001", ERROR, {"agent__state": (f"/var/lib/waagent/{name}",)})
        for name in ("provisioned", "ovf-env.xml", "ovf-env.xml.1", "A1B2.prv", "TransportPrivate.pem", "CustomData",
                     "GoalState.3.xml", "A.crt", "Incarnation", "Microsoft.Azure.CustomScript-2.1.3",
                     "Certificates.p7m", "HostingEnvironmentConfig.xml")
    ],
    ("LNX001", ERROR, {"agent__state": ("/opt/wa/provisioned",)}),
    ("LNX001", ERROR, {"agent__state": partly("/var/lib/waagent/provisioned")}),
    ("LNX001", UNKNOWN, {"agent__state": partly("/var/lib/waagent/events")}),
    ("LNX001", PASS, {"agent__state": ("/var/lib/waagent/WALinuxAgent-2.15.2.1", "/var/lib/waagent/events")}),
    # host keys: who replaces them
    ("LNX001", PASS, {"sshd__host_keys": USUAL, "agent__configuration": {}}),
    ("LNX001", ERROR, {"sshd__host_keys": USUAL, "agent__configuration": {}, REPLACES: False}),
    ("LNX001", UNKNOWN, {"sshd__host_keys": USUAL, "agent__configuration": {}, REPLACES: UNREAD}),
    ("LNX001", PASS, {REPLACES: UNREAD}),
    ("LNX001", ERROR, {"sshd__host_keys": USUAL, REPLACES: UNREAD}),
    ("LNX001", ERROR, {"sshd__host_keys": ("/opt/key",), "agent__configuration": {}}),
    ("LNX001", ERROR, {"sshd__host_keys": ("/etc/dropbear/dropbear_rsa_host_key",), "agent__configuration": {}}),
    ("LNX001", ERROR, {"sshd__host_keys": USUAL, "agent__configuration": {},
                       "boot__command_lines": (line("ro console=ttyS0 cloud-init=disabled"),)}),
    ("LNX001", UNKNOWN, {"sshd__host_keys": USUAL, "agent__configuration": {},
                         "boot__command_lines": (line("ro cloud-init=disabled"), line("ro"))}),
    ("LNX001", PASS, {"boot__command_lines": UNREAD}),
    # what cloud-init remembers
    ("LNX001", INFO, {"leftovers": INSTANCE}),
    ("LNX001", ERROR, {"leftovers": INSTANCE, "cloud_init__keeps_instance": True}),
    ("LNX001", UNKNOWN, {"leftovers": INSTANCE, "cloud_init__keeps_instance": UNREAD}),
    ("LNX001", PASS, {"cloud_init__keeps_instance": True}),
    ("LNX001", INFO, {"cloud_init__remembered": ("/var/lib/cloud/sem/config_ssh.once",)}),
    ("LNX001", INFO, {"cloud_init__remembered": ("/var/lib/cloud/instances/i",), "agent__state": ()}),
    ("LNX001", UNKNOWN, {"cloud_init__remembered": UNREAD}),
    ("LNX001", UNKNOWN, {"cloud_init__memory_elsewhere": ("/etc/cloud/cloud.cfg:3",)}),
    ("LNX001", INFO, {"cloud_init__memory_elsewhere": ("/etc/cloud/cloud.cfg:3",), "leftovers": INSTANCE}),
    ("LNX001", UNKNOWN, {"cloud_init__memory_elsewhere": UNREAD}),
    # keys
    ("LNX001", ERROR, {"accounts__authorized_keys": (keys("/etc/skel/.ssh/authorized_keys", 1, "every new account"),)}),
    ("LNX001", ERROR, {"accounts__authorized_keys": partly(ROOTS_KEYS)}),
    ("LNX001", UNKNOWN, {"accounts__authorized_keys": partly(keys("/root/.ssh/authorized_keys", 0, "root"))}),
    ("LNX001", PASS, {"accounts__authorized_keys": (keys("/home/x/.ssh/authorized_keys", 1),)}),
    ("LNX001", ERROR, {"cloud_init__keys": ("/etc/cloud/cloud.cfg:3",)}),
    ("LNX001", UNKNOWN, {"cloud_init__keys": UNREAD}),
    ("LNX001", PASS, {"accounts__users": (*CLEAN.accounts.users, user("app", 1000))}),
    # LNX002
    ("LNX002", ERROR, {"accounts__histories": partly(owned("/root/.bash_history", 1, "root"))}),
    ("LNX002", UNKNOWN, {"accounts__histories": partly(owned("/root/.bash_history", 0, "root"))}),
    ("LNX002", UNKNOWN, {"accounts__histories": partly(owned("/home/old/.bash_history", 1))}),
    ("LNX002", WARNING, {"accounts__histories": (owned("/root/.local/share/fish/fish_history", 1, "root"),)}),
    ("LNX002", WARNING, {"accounts__histories": (owned("/root/.histfile", 1, "root"),)}),
    ("LNX002", WARNING, {"accounts__histories": (owned("/var/log/hist", 1, "every account"),)}),
    ("LNX002", INFO, {"accounts__histories": (MYSQL,)}),
    ("LNX002", ERROR, {"accounts__histories": (MYSQL, owned("/root/.ash_history", 1, "root"))}),
    # LNX003
    ("LNX003", UNKNOWN, {"cloud_init__passwords": ("/etc/cloud/cloud.cfg.d/99.cfg:2",)}),
    ("LNX003", UNKNOWN, {"cloud_init__passwords": UNREAD}),
    ("LNX003", ERROR, {"cloud_init__passwords": UNREAD, "accounts__passwords": HAS_PASSWORD}),
    ("LNX003", WARNING, {"cloud_init__passwords": ("x:1",), "accounts__passwords": HAS_EMPTY}),
    ("LNX003", UNKNOWN, {"accounts__elsewhere": ("/etc/userdb/u.user",)}),
    ("LNX003", UNKNOWN, {"accounts__elsewhere": UNREAD}),
    ("LNX001", UNKNOWN, {"accounts__elsewhere": ("/etc/userdb/u.user",)}),
    ("LNX001", UNKNOWN, {"cloud_init__passwords": ("/etc/cloud/cloud.cfg:2",)}),
    ("LNX001", ERROR, {"cloud_init__passwords": UNREAD, "accounts__passwords": HAS_PASSWORD}),
    ("LNX003", WARNING, {"accounts__odd_lines": ("/etc/shadow:3",)}),
    ("LNX003", ERROR, {"accounts__odd_lines": UNREAD, "accounts__passwords": HAS_PASSWORD}),
    ("LNX003", UNKNOWN, {"accounts__odd_lines": UNREAD}),
    # LNX004
    *[
        ("LNX004", expected, {"accounts__authorized_keys": Listing((NO_FILE, *more), rest)})
        for more, rest, expected in (((), None, WARNING), ((), UNREAD, UNKNOWN), ((ROOTS_KEYS,), None, ERROR))
    ],
    ("LNX001", PASS, {"accounts__authorized_keys": (NO_FILE,)}),
    ("LNX024", PASS, {"accounts__authorized_keys": (NO_FILE,), "files": {ROOTS: NO_FILE.file}}),
    ("LNX024", PASS, {"accounts__authorized_keys": Listing((NO_FILE,), UNREAD), "files": {ROOTS: NO_FILE.file},
                      "accounts__users": ROOT_IN_ROOT}),
    ("LNX024", WARNING, {"accounts__authorized_keys": (keys(ROOTS, 0, "root"),),
                         "files": {ROOTS: file(ROOTS, kind="symlink", permissions=0o777)}}),
    ("LNX024", WARNING, {"files": {ROOTS: file(ROOTS, permissions=0o4600)}}),
    ("LNX004", ERROR, {"accounts__authorized_keys": partly(ROOTS_KEYS)}),
    ("LNX004", UNKNOWN, {"accounts__authorized_keys": partly(keys("/home/old/.ssh/authorized_keys", 1))}),
    ("LNX004", ERROR, {"accounts__authorized_keys": (keys("/etc/ssh/ca.pub", 1, "whoever the authority signs"),)}),
    ("LNX004", ERROR, {"cloud_init__keys": ("/etc/cloud/cloud.cfg:3",), "accounts__authorized_keys": UNREAD}),
    ("LNX004", UNKNOWN, {"cloud_init__keys": UNREAD}),
    ("LNX004", ERROR, {"cloud_init__keys": UNREAD, "accounts__authorized_keys": (ROOTS_KEYS,)}),
    # LNX012: blocks that everybody matches
    ("LNX012", WARNING, {"sshd__settings": (setting("180"), of_everybody("0"))}),
    ("LNX012", PASS, {"sshd__settings": (setting("180"), of_everybody("60"))}),
    ("LNX012", ERROR, {"sshd__settings": (of_everybody("180"),)}),
    # LNX012: a time below 0, and another sshd on the PATH
    ("LNX012", ERROR, {"sshd__settings": (setting("-1"),)}),
    ("LNX012", UNKNOWN, {"sshd__settings": (setting("180"), setting("-1", line=9))}),
    ("LNX012", UNKNOWN, {"sshd__settings": (setting("-0"),)}),
    ("LNX012", UNKNOWN, {"sshd__program": file("/usr/local/sbin/sshd")}),
    ("LNX012", ERROR, {"sshd__program": file("/usr/local/sbin/sshd"), "sshd__settings": (setting("600"),)}),
    ("LNX012", UNKNOWN, {"sshd__program": UNREAD}),
    ("LNX012", PASS, {"sshd__program": None}),
    ("LNX012", UNKNOWN, {"sshd__settings": (setting("180"), setting("yes", keyword="foobar", match=True))}),
    ("LNX012", ERROR, {"sshd__settings": (setting("600"), setting("yes", keyword="foobar"))}),
    ("LNX012", PASS, {"sshd__settings": (setting("180"), setting("no", keyword="debianbanner"))}),
    # LNX019
    ("LNX019", WARNING, {"sshd__host_keys": partly("/etc/ssh/ssh_host_rsa_key")}),
    ("LNX001", ERROR, {"sshd__host_keys": partly("/opt/key"), "agent__configuration": {}}),
    ("LNX001", UNKNOWN, {"sshd__host_keys": partly(*USUAL), "agent__configuration": {}}),
    # LNX005
    ("LNX005", UNKNOWN, {"agent__modules": (("version.py", "2.2.45"),), "agent__configuration": None}),
    ("LNX005", UNKNOWN, {"agent__program": None}),
    # LNX006
    ("LNX006", WARNING, {"agent__unit_files": ()}),
    ("LNX006", WARNING, {"agent__unit_files": ("/lib/systemd/system/waagent.service",)}),
    ("LNX006", PASS, {"agent__unit_files": ("/etc/init.d/walinuxagent",)}),
    ("LNX006", UNKNOWN, {"agent__unit_files": UNREAD}),
    ("LNX006", UNKNOWN, {"agent__units": ("/etc/systemd/system/rescue.target.wants/walinuxagent.service",)}),
    ("LNX006", UNKNOWN, {"agent__units": ("/etc/systemd/system/graphical.target.wants/walinuxagent.service",)}),
    ("LNX006", PASS, {"agent__units": ("/etc/systemd/system/rescue.target.wants/walinuxagent.service", *WANTED)}),
    ("LNX006", UNKNOWN, {"agent__configuration": None}),
    ("LNX006", WARNING, {"boot__default_target": "rescue.target"}),
    ("LNX006", WARNING, {"boot__default_target": "emergency.target"}),
    ("LNX006", UNKNOWN, {"boot__default_target": "default.target"}),
    ("LNX006", UNKNOWN, {"boot__default_target": UNREAD}),
    ("LNX006", PASS, {"boot__default_target": "multi-user.target"}),
    ("LNX006", PASS, {"boot__default_target": None}),
    ("LNX006", UNKNOWN, {"boot__command_lines": (line("ro systemd.unit=rescue.target"),)}),
    ("LNX006", PASS, {"boot__command_lines": (line("ro systemd.unit=multi-user.target"),)}),
    ("LNX006", UNKNOWN, {"agent__overrides": ("/etc/systemd/system/walinuxagent.service.d/x.conf",)}),
    ("LNX006", UNKNOWN, {"agent__overrides": UNREAD}),
    ("LNX006", UNKNOWN, {"boot__command_lines": (line("ro systemd.mask=walinuxagent.service"),)}),
    ("LNX006", OTHER, {"agent__units": ("/etc/rc3.d/S01walinuxagent",), "agent__program": None, "agent__modules": ()}),
    ("LNX006", UNKNOWN, {"agent__configuration": UNREAD}),
    # LNX012: a spelling that a search of the main file does not find
    ("LNX012", WARNING, {"sshd__settings": (SshdSetting("clientaliveinterval", "180", SSHD, 1, False, exact=False),)}),
    ("LNX012", ERROR, {"sshd__settings": (setting("0", "/etc/default/ssh", 0), setting("180"))}),
    ("LNX012", UNKNOWN, {"sshd__settings": (setting("", line=1), setting("180"))}),
    ("LNX012", UNKNOWN, {"sshd__settings": (setting("180"), setting("soon", line=9))}),
    *[
        ("LNX012", expected, {"sshd__settings": (setting(value, UBUNTUS),), "os_release": system(id)})
        for id, value, expected in (("ubuntu", "120", PASS), ("debian", "120", WARNING), ("ubuntu", "900", ERROR))
    ],
    ("LNX012", WARNING, {"sshd__settings": (setting("180"), setting("900", UBUNTUS)),
                         "os_release": system("ubuntu")}),
    # LNX014
    ("LNX014", INFO, {"agent__configuration": {"AutoUpdate.UpdateToLatestVersion": "n"}}),
    ("LNX014", INFO, {"agent__configuration": {"AutoUpdate.Enabled": "y", "AutoUpdate.UpdateToLatestVersion": "n"}}),
    ("LNX014", PASS, {"agent__configuration": {"AutoUpdate.UpdateToLatestVersion": "y"}}),
    # LNX020
    ("LNX020", WARNING, {"logs": (file("/var/log/azure/custom-script", kind="directory"),)}),
    ("LNX020", INFO, {"logs": (file("/var/log/cloud-init.log"), file("/var/log/waagent.log.1"))}),
    ("LNX020", WARNING, {"logs": (file("/var/log/cloud-init.log"), file("/var/log/waagent.log"))}),
    ("LNX020", PASS, {"logs": (file("/var/log/cloud-init.log", 0),)}),
    ("LNX020", UNKNOWN, {"logs": UNREAD}),
    ("LNX020", INFO, {"leases": (file("/var/lib/NetworkManager/internal-1-eth0.lease"),)}),
    ("LNX020", INFO, {"leases": (file("/var/lib/wicked/lease-eth0-dhcp-ipv4.xml"),)}),
    ("LNX020", WARNING, {"leases": (file("/var/lib/NetworkManager/dhclient-1-eth0.lease"),)}),
    ("LNX020", UNKNOWN, {"leases": (file("/var/lib/wicked/lease-eth0.xml"),), "hostname": UNREAD}),
    *[
        ("LNX020", expected, {
            "leftovers": {"/etc/resolv.conf": file("/etc/resolv.conf", kind=kind)}, "texts": {"/etc/resolv.conf": text}
        })
        for kind, text, expected in (
            ("symlink", "nameserver 168.63.129.16\n", WARNING),
            ("symlink", "nameserver 127.0.0.53\nnameserver 10.0.0.4\n", WARNING),
            ("symlink", "nameserver 127.0.0.53\n", PASS),
            ("symlink", "nameserver ::1\n", PASS),
            ("symlink", None, PASS),
            ("file", "# nameserver 10.0.0.4\n", PASS),
            ("file", "\tnameserver 10.0.0.4\n", WARNING),
            ("file", "search corp.internal.cloudapp.net\n", WARNING),
            ("symlink", "nameserver 127.0.0.53\noptions edns0\nsearch .\n", PASS),
            ("symlink", UNREAD, UNKNOWN),
        )
    ],
    ("LNX020", PASS, {"hostname": "LOCALHOST"}),
    ("LNX020", PASS, {"hostname": "# a comment\n"}),
    ("LNX020", WARNING, {"hostname": "# a comment\nbuildvm\n"}),
    ("LNX020", WARNING, {"texts": {"/etc/HOSTNAME": "buildvm.example.com\n"}}),
    ("LNX020", WARNING, {"texts": {"/etc/sysconfig/network": "NETWORKING=yes\nHOSTNAME=\"buildvm\"\n"}}),
    ("LNX020", WARNING, {"texts": {"/etc/sysconfig/network": "HOSTNAME=buildvm # as built\n"}}),
    ("LNX020", PASS, {"texts": {"/etc/sysconfig/network": "HOSTNAME=a\nHOSTNAME=localhost.localdomain\n"}}),
    ("LNX020", UNKNOWN, {"texts": {"/etc/HOSTNAME": UNREAD}}),
    # LNX021
    ("LNX021", PASS, {"udev_net_rules": (PERSISTENT,), EMPTY: (PERSISTENT,)}),
    ("LNX021", WARNING, {"udev_net_rules": (PERSISTENT,), EMPTY: (), "os_release": system("debian")}),
    ("LNX021", WARNING, {"udev_net_rules": (PERSISTENT,), EMPTY: (PERSISTENT,), "os_release": RED_HAT}),
    ("LNX021", UNKNOWN, {"udev_net_rules": (PERSISTENT,), EMPTY: UNREAD}),
    ("LNX021", WARNING, {"udev_net_rules": (f"/usr/lib/{GENERATOR}",), "os_release": RED_HAT}),
    ("LNX021", PASS, {"udev_net_rules": (f"/etc/{GENERATOR}",), "os_release": RED_HAT}),
    # LNX024
    ("LNX024", WARNING, {"files": {"/etc/passwd": file("/etc/passwd", permissions=0o666)}}),
    ("LNX024", PASS, {"files": {"/etc/passwd": file("/etc/passwd", permissions=0o644)}}),
    ("LNX024", WARNING, {"files": {"/etc/sudoers": file("/etc/sudoers", permissions=0o460)}}),
    ("LNX024", WARNING, {"files": {"/etc/passwd": file("/etc/passwd", uid=1000)}}),
    ("LNX024", WARNING, {"accounts__authorized_keys": partly(keys("/srv/.ssh/keys", 1, "root", mode=0o644))}),
    ("LNX024", WARNING, {"accounts__authorized_keys": (keys("/root/.ssh/authorized_keys", 1, mode=0o644),)}),
    ("LNX024", WARNING, {"accounts__authorized_keys": UNREAD,
                         "files": {"/root/.ssh/authorized_keys": file("/root/.ssh/authorized_keys")}}),
    ("LNX024", UNKNOWN, {"accounts__authorized_keys": UNREAD}),
    ("LNX024", WARNING, {"accounts__users": (user("root", 5),)}),
    # LNX026
    ("LNX026", WARNING, {"dbus_machine_id": "0" * 32}),
    ("LNX026", WARNING, {"dbus_machine_id": "0" * 32, "machine_id": UNREAD}),
    ("LNX026", WARNING, {"machine_id": "deleted"}),
    ("LNX026", PASS, {"dbus_machine_id": ""}),
    ("LNX026", WARNING, {"boot__command_lines": (line(f"ro systemd.machine_id={'1' * 32}"),)}),
    ("LNX026", PASS, {"boot__command_lines": (line("ro systemd.machine_id=firmware"),)}),
    ("LNX026", UNKNOWN, {"boot__command_lines": UNREAD}),
    ("LNX006", UNKNOWN, {"boot__command_lines": UNREAD}),
    ("LNX026", UNKNOWN, {"dbus_machine_id": UNREAD}),
    # LNX027
    ("LNX027", WARNING, {"accounts__private_keys": partly(owned("/root/.ssh/deploy", 9, "root"))}),
    ("LNX027", UNKNOWN, {"accounts__private_keys": partly()}),
]
# fmt: on


@pytest.mark.parametrize(("code", "expected", "changes"), CASES)
def test_the_verdict(code, expected, changes) -> None:
    assert says(code, **changes) == expected


def test_every_witness_names_what_was_seen_of_keys_and_people() -> None:
    seen = guest(
        accounts__authorized_keys=partly(ROOTS_KEYS),
        accounts__users=(*CLEAN.accounts.users, user("builder", 1000)),
        agent__state=("/var/lib/waagent/events", "/var/lib/waagent/1.prv"),
    )
    text = "\n".join(judge("LNX001", disk(seen)).evidence)
    assert "keys that may log in: /root/.ssh/authorized_keys" in text
    assert "accounts with ids from 1000: builder" in text
    assert "a provisioned machine: /var/lib/waagent/1.prv" in text
    assert "other things in the agent's folder: /var/lib/waagent/events" in text


def test_an_odd_line_is_named_so_that_nothing_of_it_looks_like_a_secret() -> None:
    result = judge("LNX003", disk(guest(accounts__odd_lines=("/etc/passwd:2", "/etc/shadow:7"))))
    assert redact(result.actual) == "line 2 of /etc/passwd, line 7 of /etc/shadow"


def test_an_interval_of_the_command_line_has_no_line() -> None:
    result = judge("LNX012", disk(guest(sshd__settings=(setting("600", "/etc/default/ssh", 0),))))
    assert result.actual == "/etc/default/ssh, as an option of sshd: ClientAliveInterval 600"


def test_keys_in_homes_and_of_cloud_init_are_named_together() -> None:
    changes = {"accounts__authorized_keys": (ROOTS_KEYS,), "cloud_init__keys": ("/etc/cloud/cloud.cfg:3",)}
    actual = judge("LNX004", disk(guest(**changes))).actual
    assert actual == f"{ROOTS} (1 key), /etc/cloud/cloud.cfg:3 (told to cloud-init)"


def test_the_line_of_cloud_init_is_named() -> None:
    result = judge("LNX003", disk(guest(cloud_init__passwords=("/etc/cloud/cloud.cfg.d/99.cfg:2",))))
    assert "/etc/cloud/cloud.cfg.d/99.cfg:2" in result.reason.detail


def test_what_counts_in_the_main_file_and_is_no_plain_number_is_said() -> None:
    result = judge("LNX012", disk(guest(sshd__settings=(setting("3m"),))))
    assert "may not read 3m as a number of seconds" in result.message


def test_roots_own_keys_decide_where_only_another_home_is_unread() -> None:
    root = dataclasses.replace(user("root", 0), home="/root")
    changes = {"accounts__users": (root,), "accounts__authorized_keys": UNREAD}
    assert says("LNX024", **changes) == PASS
    assert says("LNX024", **changes, files={"/root/.ssh/authorized_keys": UNREAD}) == UNKNOWN
