"""The facts of a Linux guest: from disks, they are those of the tree that was put in; from trees, case by case."""

from __future__ import annotations

import sqlite3
import struct

import pytest
from memory_tree import Broken, guest, reader
from small_disks import WITH_ROOT, Link, guest_of

from checker.facts.linux.accounts import PasswordState
from checker.facts.linux.sshd import sshd_value
from checker.facts.unread import Unread
from checker.inspect.linux.accounts import password_state, read_accounts
from checker.inspect.linux.agent import read_agent
from checker.inspect.linux.boot import read_boot
from checker.inspect.linux.packages import read_packages
from checker.inspect.linux.reader import shell_variables
from checker.inspect.linux.sshd import read_sshd
from checker.inspect.linux.swap import swap_of_cloud_config
from checker.inspect.linux.system import read_architecture, read_dbus_machine_id, read_python


def test_a_folder_where_a_small_file_would_be_is_no_file_and_dev_null_an_empty_one():
    suse = guest(
        {"etc/sysconfig/network/dhcp": b"X=1\n", "etc/sysconfig/network-scripts/ifcfg-eth0": Link("/dev/null")}
    )
    assert suse.texts["/etc/sysconfig/network"] is None
    assert suse.texts["/etc/sysconfig/network/dhcp"] == "X=1\n"
    assert suse.texts["/etc/sysconfig/network-scripts/ifcfg-eth0"] == ""
    assert isinstance(guest({"etc/hosts": Broken()}).texts["/etc/hosts"], Unread)


def test_what_holds_nuls_is_no_text():
    names = ("etc/crypttab", "etc/waagent.conf", "etc/ssh/sshd_config", "etc/sudoers", "etc/cloud/cloud.cfg")
    zeros = {**dict.fromkeys(names, bytes(40)), "usr/bin/cloud-init": b"x"}
    seen = guest({"etc/passwd": b"root:x:0:0::/root:/bin/sh\n", **zeros})
    texts = (
        *(seen.swap.started, seen.agent.configuration, seen.sshd.settings),
        *(seen.accounts.targetpw, seen.cloud_init.passwords),
    )
    assert [isinstance(text, Unread) and "NUL" in text.detail for text in texts] == [True] * 5


@pytest.mark.parametrize("name", WITH_ROOT)
def test_the_facts_are_those_of_the_tree(name):
    seen = guest_of(name)
    assert (seen.journal, seen.os_release.id, seen.os_release.version_id) == ("clean", "debian", "12")
    assert (seen.architecture.machine, seen.architecture.bits, seen.python) == ("x86_64", 64, "python3.11")

    accounts = seen.accounts
    assert [user.name for user in accounts.users] == ["root", "daemon", "builder"]
    assert {one.user: one.state for one in accounts.passwords} == {
        "root": PasswordState.LOCKED,
        "daemon": PasswordState.LOCKED,
        "builder": PasswordState.SET,
    }
    assert {one.file.path: (one.users, one.file.size) for one in accounts.histories.known} == {
        "/root/.bash_history": (("root",), 0),
        "/home/builder/.bash_history": (("builder",), 2000),
        "/home/builder/project/.zsh_history": (("builder",), 11),
    }
    assert {one.file.path: (one.keys, one.only_notice) for one in accounts.authorized_keys.known} == {
        "/root/.ssh/authorized_keys": (1, True),
        "/home/builder/.ssh/authorized_keys": (1, False),
    }
    assert accounts.targetpw == ("/etc/sudoers:2",)

    packages = seen.packages
    assert packages.manager == "dpkg"
    assert [one.version for one in packages.installed("openssl")] == ["3.0.15-1~deb12u1"]
    assert packages.installed("omi") == ()
    assert packages.packages["omi"][0].state == "config-files"
    assert packages.packages.keys() == {"openssl", "waagent", "omi"}

    agent = seen.agent
    assert agent.program.path == "/usr/sbin/waagent"
    assert [version for _, version in agent.modules] == ["2.9.1.1"]
    assert agent.units == ("/etc/systemd/system/multi-user.target.wants/walinuxagent.service",)
    assert agent.masked == ()
    assert agent.state.known == ("/var/lib/waagent/provisioned",)
    assert [path.rpartition("/")[2] for path in agent.unit_files] == ["walinuxagent.service"]
    assert agent.configuration == {
        "AutoUpdate.Enabled": "n",
        "ResourceDisk.EnableSwap": "y",
        "ResourceDisk.SwapSizeMB": "2048",
    }

    boot = seen.boot
    assert [line.is_rescue for line in boot.command_lines] == [False, True]
    assert boot.command_lines[0].arguments[-2:] == ("console=ttyS0", "earlyprintk=ttyS0")
    assert boot.kernels == boot.modules == ("6.1.0-56-cloud-amd64",)
    assert boot.configurations == {"6.1.0-56-cloud-amd64": {"WATCHDOG": "y", "HYPERV": "m"}}
    assert boot.blocked_modules == ("udf", "vfat")

    assert [one.what for one in seen.swap.fstab] == ["/swapfile sw"]
    assert [one.source for one in seen.swap.files] == ["/swapfile"]
    assert [one.what for one in seen.swap.cloud_init] == ["swap: filename: /swap.img size: auto"]
    assert seen.swap.units == seen.swap.volumes == ()

    interval = sshd_value(seen.sshd.settings, "ClientAliveInterval")
    assert (interval.value, interval.path) == ("180", "/etc/ssh/sshd_config.d/50-cloud.conf")
    assert sshd_value(seen.sshd.settings, "PasswordAuthentication") is None
    assert sshd_value(seen.sshd.settings, "PermitRootLogin").value == "no"
    assert seen.sshd.host_keys.known == ("/etc/ssh/ssh_host_rsa_key",)

    assert seen.machine_id == "0123456789abcdef0123456789abcdef"
    assert seen.hostname == "builder-1"
    assert [one.path for one in seen.leases] == ["/var/lib/dhcp/dhclient.eth0.leases"]
    there = {path for path, one in seen.leftovers.items() if one is not None}
    assert there == {
        "/var/lib/cloud/instance",
        "/etc/resolv.conf",
    }
    assert {path for path, one in seen.defender.items() if one is not None} == {
        "/etc/opt/microsoft/mdatp",
        "/etc/opt/microsoft/mdatp/mdatp_onboard.json",
        "/var/log/azure/Microsoft.Azure.AzureDefenderForServers.MDE.Linux",
    }
    assert seen.udev_net_rules == ("/etc/udev/rules.d/70-persistent-net.rules",)
    assert seen.files["/etc/shadow"].permissions == 0o640
    assert seen.texts["/etc/hosts"] is None


def test_nothing_of_a_password_is_kept():
    assert "$6$" not in repr(guest_of("ext4"))


def test_what_is_damaged_is_unread_and_says_where():
    seen = guest({"etc": Broken(), "usr/lib/os-release": b"ID=x\n", "var/lib/dpkg": Broken(), "home/a": Broken()})
    for fact in (
        seen.accounts.users,
        seen.accounts.histories.rest,
        seen.accounts.authorized_keys.rest,
        seen.packages,
        seen.sshd.settings,
        seen.sshd.host_keys.rest,
        seen.machine_id,
        seen.agent.units,
        seen.agent.configuration,
        seen.files["/etc/shadow"],
        seen.udev_net_rules,
    ):
        assert isinstance(fact, Unread)
        assert "damaged" in fact.detail
        assert fact.scope == "vhd:disk.vhd"


# -- accounts -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("field", "state"),
    [
        ("*", PasswordState.LOCKED),
        ("!", PasswordState.LOCKED),
        ("!$6$a$b", PasswordState.LOCKED),
        ("!!", PasswordState.LOCKED),
        ("x", PasswordState.ELSEWHERE),
        ("", PasswordState.EMPTY),
        ("$y$j9T$a$b", PasswordState.SET),
        ("xx", PasswordState.SET),
    ],
)
def test_password_fields(field, state):
    assert password_state(field) is state


NOTICE = (
    b"no-port-forwarding,no-pty,"
    b'command="echo \'Please login as the user \\"debian\\" rather than the user \\"root\\".\';echo;sleep 10;exit 142" '
)
PASSWD = b"root:x:0:0::/root:/bin/bash\n"


@pytest.mark.parametrize(
    ("files", "found"),
    [
        ({}, []),
        ({"root/.bash_history": b""}, ["/root/.bash_history"]),
        ({"root/a/b/.zsh_history": b"1", "root/.history": b"2"}, ["/root/.history", "/root/a/b/.zsh_history"]),
        ({"root/.viminfo": b"1", "root/bash_history.txt": b"2"}, []),
        ({"home/gone/.bash_history": b"1"}, ["/home/gone/.bash_history"]),
        ({"home/x": Link("/root"), "root/.history": b"2"}, ["/root/.history"]),
    ],
)
def test_histories(files, found):
    histories = read_accounts(reader({"etc/passwd": PASSWD, **files})).histories
    assert histories.rest is None
    assert sorted({one.file.path for one in histories.known}) == found


def test_of_who_cannot_log_in_only_the_home_itself_is_looked_at():
    passwd = PASSWD + b"svc:x:9:9::/srv:/usr/sbin/nologin\nop:x:8:8::/opt/op:/bin/sh\nbin:x:2:2::/bin:/sbin/nologin\n"
    files = {"etc/passwd": passwd, "srv/.bash_history": b"1", "srv/a/.bash_history": b"1"}
    files |= {"opt/op/.ash_history": b"1", "bin": Broken()}
    found = read_accounts(reader(files)).histories
    assert {one.file.path: one.users for one in found.known} == {
        "/srv/.bash_history": (),
        "/opt/op/.ash_history": ("op",),
    }
    assert found.rest is None


def test_the_home_of_a_root_who_cannot_log_in_is_searched_through():
    files = {"etc/passwd": b"root:x:0:0::/root:/usr/sbin/nologin\n", "root/a/.bash_history": b"1"}
    assert [one.users for one in read_accounts(reader(files)).histories.known] == [()]


def test_a_home_that_cannot_be_read_leaves_histories_unread():
    files = {"etc/passwd": PASSWD, "root/sub": Broken()}
    assert isinstance(read_accounts(reader(files)).histories.rest, Unread)


def test_a_home_without_end_ends(monkeypatch):
    monkeypatch.setattr("checker.inspect.linux.histories._MAX_WALKED", 50)
    files = {"etc/passwd": PASSWD, **{f"root/{number}/{name}": b"" for number in range(6) for name in range(9)}}
    assert "too much" in read_accounts(reader(files)).histories.rest.detail


@pytest.mark.parametrize("passwd", [b"root:x:0\n", b"root:x:zero:0::/:/bin/sh\n", None])
def test_a_passwd_that_is_none_is_unread(passwd):
    files = {} if passwd is None else {"etc/passwd": passwd}
    accounts = read_accounts(reader(files))
    assert isinstance(accounts.users, Unread)
    assert isinstance(accounts.histories.rest, Unread)


@pytest.mark.parametrize(
    ("line", "keys", "notice"),
    [
        (b"", 0, False),
        (b"# only a comment\n", 0, False),
        (b"ssh-rsa A\n", 1, False),
        (NOTICE + b"ssh-rsa A\n", 1, True),
        (b"no-port-forwarding,restrict," + NOTICE + b"ssh-rsa A\n", 1, True),
        (NOTICE + b"ssh-rsa A\nssh-rsa B\n", 2, False),
        (NOTICE.replace(b"no-port-forwarding", b"restrict") + b"ssh-rsa A\n", 1, True),
        (NOTICE.replace(b"no-port-forwarding,", b"") + b"ssh-rsa A\n", 1, False),  # it opens tunnels
        # what only looks like the notice, and runs something else
        (b'command="/bin/sh #Please login as" ssh-rsa A\n', 1, False),
        (b"command=\"echo 'Please login as me';sh\" ssh-rsa A\n", 1, False),
        (b"command=\"echo 'Please login as '$(sh)'x'\" ssh-rsa A\n", 1, False),
        (b'command="sh",' + NOTICE + b"ssh-rsa A\n", 1, False),
        (b"ssh-rsa A Please login as\n", 1, False),
    ],
)
def test_authorized_keys(line, keys, notice):
    [one] = read_accounts(reader({"etc/passwd": PASSWD, "root/.ssh/authorized_keys": line})).authorized_keys.known
    assert (one.keys, one.only_notice) == (keys, notice)


@pytest.mark.parametrize(
    ("sudoers", "found"),
    [
        (b"Defaults targetpw\n", 1),
        (b"  Defaults\ttargetpw\n", 1),
        (b"Defaults env_reset, targetpw\n", 1),
        (b"Defaults:ALL targetpw\n", 1),
        (b"#Defaults targetpw\n", 0),
        (b"Defaults !targetpw\n", 0),
        (b"Defaults env_reset\n", 0),
        (b"Defaults targetpw_x\n", 0),
    ],
)
def test_targetpw(sudoers, found):
    files = {"etc/passwd": PASSWD, "etc/sudoers.d/x": sudoers, "etc/sudoers.d/x.bak": b"Defaults targetpw\n"}
    assert len(read_accounts(reader(files)).targetpw) == found


# -- sshd ---------------------------------------------------------------------------------------


def interval(files):
    settings = read_sshd(reader(files)).settings
    found = (
        settings if settings is None or isinstance(settings, Unread) else sshd_value(settings, "clientaliveinterval")
    )
    return found if found is None or isinstance(found, Unread) else found.value


@pytest.mark.parametrize(
    ("main", "files", "value"),
    [
        (b"ClientAliveInterval 180\nClientAliveInterval 10\n", {}, "180"),
        (b"clientaliveinterval=60m\n", {}, "60m"),
        (b'ClientAliveInterval "120"\n', {}, "120"),
        (b"  ClientAliveInterval\t\t30 # half\n", {}, "30"),
        (b"Match User a\nClientAliveInterval 1\n", {}, None),
        (b"Match User a\nClientAliveInterval 1\nMatch all\nClientAliveInterval 2\n", {}, "2"),
        (b"#ClientAliveInterval 1\n", {}, None),
        (b"Include d/*.conf\nClientAliveInterval 1\n", {"etc/ssh/d/b.conf": b"ClientAliveInterval 3\n"}, "3"),
        (
            b"Include /etc/ssh/d/*.conf\n",
            {"etc/ssh/d/b.conf": b"ClientAliveInterval 3\n", "etc/ssh/d/a.conf": b"ClientAliveInterval 4\n"},
            "4",
        ),
        (b"Include d/*.conf\n", {"etc/ssh/d/.hidden.conf": b"ClientAliveInterval 3\n"}, None),
        (b"Match User a\nInclude x\nMatch all\n", {"etc/ssh/x": b"ClientAliveInterval 3\n"}, None),
        (b"Include x\nClientAliveInterval 5\n", {"etc/ssh/x": b"Match User a\nPort 1\n"}, "5"),
        (b"Include nothing/*.conf x\n", {"etc/ssh/x": b"ClientAliveInterval 6\n"}, "6"),
    ],
)
def test_what_counts_is_the_first_line_outside_of_match(main, files, value):
    assert interval({"etc/ssh/sshd_config": main, **files}) == value


def test_sshd_of_suse_has_its_main_file_elsewhere():
    assert interval({"usr/etc/ssh/sshd_config": b"ClientAliveInterval 7\n"}) == "7"
    assert interval({"etc/passwd": PASSWD}) is None


def test_an_include_that_cannot_be_read_leaves_all_unread():
    assert isinstance(interval({"etc/ssh/sshd_config": b"Include d/*\nPort 1\n", "etc/ssh/d/a": Broken()}), Unread)
    circle = {"etc/ssh/sshd_config": b"Include /etc/ssh/sshd_config\n"}
    assert "too deep" in interval(circle).detail


# -- boot ---------------------------------------------------------------------------------------

ENTRY = b"title Red Hat\nversion 5\nlinux /vmlinuz-5\noptions root=/dev/x $kernelopts ${tuned_params}\n"


@pytest.mark.parametrize(
    ("files", "arguments"),
    [
        ({"boot/grub2/grub.cfg": b"  linux16 /vmlinuz ro console=ttyS0\n"}, ("ro", "console=ttyS0")),
        ({"boot/grub/grub.cfg": b"linuxefi /vmlinuz \\\n ro\n"}, ("ro",)),
        (
            {
                "boot/loader/entries/a.conf": ENTRY,
                "boot/grub2/grub.cfg": b"load_env\nblscfg\n",
                "boot/grub2/grubenv": b"# GRUB Environment Block\nkernelopts=ro console=ttyS0\n####",
            },
            ("root=/dev/x", "ro", "console=ttyS0"),
        ),
        (
            {
                "boot/loader/entries/a.conf": ENTRY,
                "boot/grub2/grub.cfg": b'set kernelopts="quiet"\nblscfg\n',
            },
            ("root=/dev/x", "quiet"),
        ),
        ({"boot/loader/entries/a.conf": ENTRY}, ("root=/dev/x", "$kernelopts")),
        ({"boot/efi/EFI/redhat/grub.cfg": b"linuxefi /vmlinuz ro\n"}, ("ro",)),
    ],
)
def test_command_lines(files, arguments):
    [line] = read_boot(reader(files)).command_lines
    assert line.arguments == arguments


def test_no_command_line_is_not_an_empty_one():
    assert isinstance(read_boot(reader({"boot/grub/grub.cfg": b"blscfg\n"})).command_lines, Unread)
    assert isinstance(read_boot(reader({"boot": Broken()})).command_lines, Unread)
    assert isinstance(
        read_boot(reader({"boot/grub/grub.cfg": b"linux /v a\n", "boot/loader": Broken()})).command_lines, Unread
    )


def test_text_made_to_be_slow_is_not():
    """Long runs of white space and of quotes, on which careless patterns take the square of their length."""
    spaces = b" " * 200_000
    seen = guest(
        {
            "etc/passwd": PASSWD,
            "etc/os-release": b"ID=x" + spaces + b"x\n",
            "boot/grub/grub.cfg": b"set a=" + spaces + b'"x\nlinux /v' + spaces + b"a\n",
            "etc/default/grub": b"A=b" + spaces + b"c\n",
            "etc/sudoers": b"Defaults" + spaces + b"x\nDefaults x" + b", " * 50_000 + b"\n",
            "etc/ssh/sshd_config": b"Port 22" + spaces + b"x\nInclude " + b'"' * 99_999 + b"\n",
            "etc/waagent.conf": b"a=" + spaces + b"b\n",
            "etc/modprobe.d/x.conf": b"install" + spaces + b"x" + spaces + b"y\n",
            "etc/cloud/cloud.cfg": b" -" + spaces + b"swap\n",
            "etc/fstab": b"a" + spaces + b"b" + spaces + b"c\n",
        }
    )
    assert isinstance(seen.boot.command_lines, Unread)


def test_includes_without_end_end():
    files = {f"etc/ssh/d/{number}": b"Include d/*\n" for number in range(50)}
    assert "no end" in interval({"etc/ssh/sshd_config": b"Include d/*\n", **files}).detail


def test_rescue_entries_are_marked():
    entries = {
        "boot/loader/entries/0-rescue.conf": b"title Linux (0-rescue-1)\nlinux /vmlinuz-0-rescue-1\noptions ro\n"
    }
    [line] = read_boot(reader(entries)).command_lines
    assert line.is_rescue


def test_shell_variables():
    assert shell_variables('A=\'b c\' # d\nexport B="q \\"$A\\""\nC=plain # x\nD=\n#E=1\nnot a line\n') == {
        "A": "b c",
        "B": 'q "$A"',
        "C": "plain",
        "D": "",
    }


# -- packages -----------------------------------------------------------------------------------


def header(name: str, version: str, release: str, epoch: int | None = None) -> bytes:
    """The header of a package as rpm writes it."""
    data, entries = b"", []
    for tag, text in ((1000, name), (1001, version), (1002, release)):
        entries.append((tag, 6, len(data), 1))
        data += text.encode() + b"\0"
    if epoch is not None:
        data += bytes(-len(data) % 4)
        entries.append((1003, 4, len(data), 1))
        data += struct.pack(">I", epoch)
    index = b"".join(struct.pack(">IIiI", *entry) for entry in entries)
    return struct.pack(">II", len(entries), len(data)) + index + data


def rpm_database(
    *blobs: object, statement: str = "CREATE TABLE Packages (hnum INTEGER PRIMARY KEY, blob BLOB)"
) -> bytes:
    with sqlite3.connect(":memory:") as connection:
        connection.execute(statement)
        connection.executemany("INSERT INTO Packages (blob) VALUES (?)", [(blob,) for blob in blobs])
        connection.commit()
        raw = connection.serialize()
    connection.close()
    return raw[:18] + b"\x02\x02" + raw[20:]  # rpm keeps it in the mode of the write-ahead log


@pytest.mark.parametrize("folder", ["var/lib/rpm", "usr/lib/sysimage/rpm"])
def test_rpm_of_sqlite(folder):
    raw = rpm_database(header("openssl", "3.0.7", "27.el9", 1), header("WALinuxAgent", "2.7.0.6", "9.el9"))
    packages = read_packages(reader({f"{folder}/rpmdb.sqlite": raw, f"{folder}/rpmdb.sqlite-shm": b"x"}))
    assert packages.manager == "rpm"
    assert [one.version for one in packages.installed("openssl")] == ["1:3.0.7-27.el9"]
    assert [one.version for one in packages.installed("WALinuxAgent")] == ["2.7.0.6-9.el9"]


@pytest.mark.parametrize(
    ("files", "words"),
    [
        ({"rpmdb.sqlite": b"x" * 600}, "no SQLite"),
        ({"rpmdb.sqlite": rpm_database(b"short")}, "could not be read"),
        ({"rpmdb.sqlite": rpm_database("text")}, "no header"),
        ({"rpmdb.sqlite": rpm_database(header("a", "1", "2")[:-3])}, "cut off"),
        ({"rpmdb.sqlite": rpm_database(header("a", "1", "2"))[:5000]}, "could not be read"),
        ({"rpmdb.sqlite": rpm_database(), "rpmdb.sqlite-wal": b"x"}, "log beside it"),
        ({"Packages": b"x"}, "too short"),
        ({"Packages.db": b"RpmX" + bytes(99)}, "no database of the kind ndb"),
        ({}, "no package database"),
    ],
)
def test_rpm_databases_that_are_unread(files, words):
    packages = read_packages(reader({"etc/x": b"", **{f"var/lib/rpm/{name}": data for name, data in files.items()}}))
    assert isinstance(packages, Unread)
    assert words in packages.detail


def test_a_database_that_computes_without_end_ends():
    with sqlite3.connect(":memory:") as connection:
        endless = "WITH RECURSIVE n(blob) AS (SELECT 1 UNION ALL SELECT blob + 1 FROM n) SELECT * FROM n"
        connection.execute(f"CREATE VIEW Packages AS {endless}")
        raw = connection.serialize()
    connection.close()
    assert isinstance(read_packages(reader({"var/lib/rpm/rpmdb.sqlite": raw})), Unread)


# -- the rest -----------------------------------------------------------------------------------


def test_an_agent_that_is_masked_or_not_there():
    agent = read_agent(reader({"etc/systemd/system/waagent.service": Link("/dev/null")}))
    assert agent.masked == ("/etc/systemd/system/waagent.service",)
    assert (agent.program, agent.modules, agent.units, agent.configuration) == (None, (), (), None)


@pytest.mark.parametrize(
    ("machine", "bits", "name"), [(62, 2, "x86_64"), (183, 2, "aarch64"), (3, 1, "i386"), (9999, 2, "ELF machine 9999")]
)
def test_architectures(machine, bits, name):
    program = b"\x7fELF" + bytes([bits, 1]) + bytes(10) + struct.pack("<HH", 2, machine) + bytes(40)
    seen = read_architecture(
        reader({"bin": Link("usr/bin"), "usr/bin/sh": Link("busybox"), "usr/bin/busybox": program})
    )
    assert (seen.machine, seen.bits) == (name, 64 if bits == 2 else 32)


def test_no_program_is_no_architecture():
    assert isinstance(read_architecture(reader({"bin/sh": b"#!/bin/true\n"})), Unread)


def test_python_through_alternatives():
    files = {
        "usr/bin/python3": Link("/etc/alternatives/python3"),
        "etc/alternatives/python3": Link("/usr/bin/python3.9"),
    }
    assert read_python(reader({**files, "usr/bin/python3.9": b"x"})) == "python3.9"
    assert read_python(
        reader({"usr/libexec/platform-python": Link("platform-python3.6"), "usr/libexec/platform-python3.6": b""})
    )
    assert read_python(reader({"etc/x": b""})) is None


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("swap:\n  size: 2G\n", 1),
        ("swap: {filename: /swap.img, size: 0}\n", 1),
        ("mounts:\n - [ /dev/sdb2, none, swap, sw, '0', '0' ]\n", 1),
        ('mounts:\n - ["/swap.img", "none", "swap", "sw", "0", "0"]\n', 1),
        ("# swap:\n#   size: 2G\n", 0),
        ("runcmd:\n - echo swap\n", 0),
    ],
)
def test_swap_in_cloud_config(text, count):
    assert len(swap_of_cloud_config(text)) == count


OTHER_ID = b"0123456789abcdef0123456789abcdef\n"


@pytest.mark.parametrize(
    ("files", "id"),
    [
        ({}, None),
        ({"var/lib/dbus/machine-id": OTHER_ID}, OTHER_ID.decode().strip()),
        ({"var/lib/dbus/machine-id": Link("/etc/machine-id"), "etc/machine-id": OTHER_ID}, None),
        ({"var/lib/dbus/machine-id": Link("/etc/machine-id")}, None),
        ({"var/lib/dbus/machine-id": Link("/dev/null")}, None),
        ({"var/lib/dbus/machine-id": Link("/opt/id"), "opt/id": OTHER_ID}, OTHER_ID.decode().strip()),
    ],
)
def test_the_machine_id_of_d_bus(files, id):
    assert read_dbus_machine_id(reader(files)) == id
