"""Mounts over homes that fstab does not tell of; those elsewhere leave the homes known."""

from __future__ import annotations

import pytest
from memory_tree import Broken, reader
from small_disks import Link

from checker.inspect.linux.accounts import read_accounts

PASSWD = b"root:x:0:0::/root:/bin/bash\nu:x:1000:1000::/srv/u:/bin/sh\nnobody:x:65534:65534::/:/usr/sbin/nologin\n"
DROP_IN, PAM = "etc/systemd/system/ssh.service.d/x.conf", "etc/security/pam_mount.conf.xml"
CLOUD, RC, AUTO = "etc/cloud/cloud.cfg.d/9.cfg", "etc/rc.local", "etc/auto.master"


def rest(path, text):
    return read_accounts(reader({"etc/passwd": PASSWD, path: text})).histories.rest


@pytest.mark.parametrize(
    ("path", "text"),
    [
        (CLOUD, b"mounts:\n - [ /dev/sda3, /root ]\n"),
        (CLOUD, b"mounts:\n- - /dev/sda3\n  - /home/u\n"),
        (CLOUD, b"{mounts: [[sda3, /srv]]}\n"),
        (CLOUD, b"x: {a: 1}\n'mounts': [[sda3, '/srv/u/data']]\n"),
        ("etc/cloud/cloud.cfg", b"mounts:\n - [ LABEL=x, /home ]\n"),
        (RC, b"#!/bin/sh\nmount /dev/sda3 /root\n"),
        ("etc/rc.d/rc.local", b"#!/bin/sh\n/bin/mount -t ext4 LABEL=x \\\n /home\n"),
        (AUTO, b"/root -fstype=ext4 :/dev/sda3\n"),
        (AUTO, b"/home auto.home\n"),
        (AUTO, b"/- auto.direct\n"),  # a map of whole paths, which are in another file
        ("etc/auto.master.d/x.autofs", b"/srv auto.srv\n"),
        (CLOUD, b"runcmd:\n - [ mount, /dev/sdc1, /home ]\n"),
        (CLOUD, b"bootcmd:\n - test -e /x && mount --bind /data/home /home\n"),
        ("var/lib/cloud/scripts/per-boot/m.sh", b"#!/bin/sh\nmount LABEL=h /home\n"),
        (DROP_IN, b"[Service]\nExecStartPre=/bin/mount UUID=1 /home\n"),
        (PAM, b'<pam_mount><volume user="*" path="/dev/sda3" mountpoint="/home"/></pam_mount>'),
        (PAM, b'<!-- <volume mountpoint="/x"/> --><volume fstype="auto" mountpoint="~/data" />'),
    ],
)
def test_a_home_that_something_is_mounted_over_is_not_known(path, text):
    assert f"/{path} has something mounted at" in rest(path, text).detail


@pytest.mark.parametrize(
    ("path", "text"),
    [
        (CLOUD, b"mounts:\n - [ ephemeral0.1, /mnt/resource ]\n - [ /dev/sdc1, /data ]\n"),
        (CLOUD, b"mount_default_fields: [~, ~, 'auto', 'defaults,nofail', '0', '2']\n"),
        (CLOUD, b"mounts: []\nsystem_info:\n  default_user: {homedir: /home/u}\n"),
        (CLOUD, b"# mounts:\n#  - [ /dev/sda3, /root ]\n"),
        (CLOUD, b"cloud_init_modules:\n - mounts\n"),
        (RC, b"#!/bin/sh\n# mount /dev/sda3 /root\numount /root\nmount -a\nls /root\n"),
        (CLOUD, b"runcmd:\n - [ mount, /dev/sdc1, /data ]\n - umount /home\n"),
        (DROP_IN, b"[Unit]\nRequiresMountsFor=/home\n[Service]\nExecStartPre=/bin/mount /dev/sdc1 /data\n"),
        (PAM, b'<pam_mount><!-- <volume mountpoint="/home"/> --><mkmountpoint enable="1"/></pam_mount>'),
        (AUTO, b"/misc /etc/auto.misc\n/net -hosts\n+dir:/etc/auto.master.d\n+auto.master\n"),
    ],
)
def test_mounts_elsewhere_leave_homes_known(path, text):
    assert rest(path, text) is None


def test_what_cannot_be_read_leaves_them_unknown_and_what_was_found_stays():
    assert "damaged" in rest(AUTO, Broken()).detail
    files = {"etc/passwd": PASSWD, RC: b"mount /dev/sda3 /root\n", "root/.bash_history": b"x"}
    assert [one.file.path for one in read_accounts(reader(files)).histories.known] == ["/root/.bash_history"]


MOUNTS = b"[Service]\nType=oneshot\nExecStart=/usr/bin/mount /dev/disk/by-uuid/1 /home\n"
CALLS = b"[Service]\nExecStart=/opt/mount-homes\n"


@pytest.mark.parametrize(
    ("files", "is_known"),
    [
        ({"etc/systemd/system/mh.service": MOUNTS}, False),
        (
            {"usr/lib/systemd/system/mh.service": CALLS, "opt/mount-homes": b"#!/bin/sh\nmount /dev/sdc1 /srv/u\n"},
            False,
        ),
        ({"usr/lib/systemd/system/mh.service": CALLS, "opt/mount-homes": b"\x7fELF mount /home\n"}, True),
        ({"etc/systemd/system/mh.service": b"[Service]\nExecStart=/bin/mount /dev/sdc1 /data\n"}, True),
    ],
)
def test_a_unit_that_mounts_over_homes_counts_where_it_is_enabled(files, is_known):
    [unit] = [path for path in files if path.endswith(".service")]
    link = {"etc/systemd/system/multi-user.target.wants/mh.service": Link(f"/{unit}")}
    base = {"etc/passwd": PASSWD, **files}
    assert (read_accounts(reader({**base, **link})).histories.rest is None) is is_known
    assert read_accounts(reader(base)).histories.rest is None
