"""What a starting system lays over its directories makes what is below them unknown, and nothing else."""

from __future__ import annotations

import pytest
from memory_tree import guest
from small_disks import Link

from checker.facts.unread import Unread

DEBIAN = {
    "etc/passwd": b"root:x:0:0::/root:/bin/bash\nu:x:1000:1000::/home/u:/bin/sh\n",
    "etc/hostname": b"vm\n",
    "usr/lib/os-release": b"ID=debian\n",
    "usr/lib/systemd/system/systemd-sysext.service": b"[Service]\n",
    "usr/lib/systemd/system/systemd-confext.service": b"[Service]\n",
    "data/home/u/.bash_history": b"ls\n",
    "root/.bash_history": b"ls\n",
}


def menu(words):
    return {"boot/grub/grub.cfg": f"menuentry 'a' {{\n\tlinux /vmlinuz root=x {words}\n}}\n".encode()}


def test_what_the_kernel_has_mounted_over_a_home_is_not_known():
    found = guest({**DEBIAN, **menu("systemd.mount-extra=/data/home:/home:none:bind")}).accounts.histories
    assert [history.file.path for history in found.known] == ["/root/.bash_history"]
    assert found.rest is not None
    assert "systemd.mount-extra=/data/home:/home:none:bind" in found.rest.detail


@pytest.mark.parametrize(
    ("word", "is_known"), [("systemd.mount-extra=x:/", False), ("systemd.mount-extra=x", True), ("mount-extra=/", True)]
)
def test_a_mount_over_everything_leaves_nothing_known(word, is_known):
    assert isinstance(guest({**DEBIAN, **menu(word)}).hostname, Unread) is not is_known


def test_a_mount_of_an_entry_for_repair_says_nothing():
    files = {**DEBIAN, **menu("single systemd.mount-extra=x:/home")}
    assert guest(files).accounts.histories.rest is None


@pytest.mark.parametrize(
    ("unit", "folder", "hidden"),
    [
        ("systemd-sysext", "var/lib/extensions/x/usr/bin/y", "os_release"),
        ("systemd-sysext", "etc/extensions/x.raw", "os_release"),
        ("systemd-confext", "var/lib/confexts/x/etc/ssh/sshd_config", "hostname"),
    ],
)
def test_an_extension_lies_over_the_system_where_its_unit_is_started(unit, folder, hidden):
    files = {**DEBIAN, folder: b""}
    assert not isinstance(getattr(guest(files), hidden), Unread)
    wants = {f"etc/systemd/system/sysinit.target.wants/{unit}.service": Link(f"/usr/lib/systemd/system/{unit}.service")}
    assert not isinstance(getattr(guest({**DEBIAN, **wants}), hidden), Unread)
    found = guest({**files, **wants})
    assert f"{unit}.service lays" in getattr(found, hidden).detail
    assert [history.file.path for history in found.accounts.histories.known] in (["/root/.bash_history"], [])
