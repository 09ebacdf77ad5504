"""Swap space by every way that it comes about."""

from __future__ import annotations

import pytest
from memory_tree import Broken, MemoryFileSystem
from small_disks import Link

from checker.facts.linux.swap import NOT_ENABLED, NOT_UNDERSTOOD
from checker.facts.unread import Unread
from checker.inspect.filesystem import Journal
from checker.inspect.fstab import parse_fstab
from checker.inspect.linux.reader import Reader
from checker.inspect.linux.swap import read_swap
from checker.inspect.linux.swap_config import swap_of_cloud_config
from checker.inspect.linux.swap_scripts import swapon_of_script
from checker.inspect.resolver import Tree, Unreadable
from checker.inspect.root import Root
from checker.inspect.volumes import Volume, VolumeKind


def swap_of(files, *volumes, mounts=None):
    tree = Tree(MemoryFileSystem(files), mounts)
    fstab = files.get("etc/fstab", b"")
    own = Volume("partition 1", VolumeKind.EXT, None, uuid="ROOT")
    root = Root(tree, own, "ext4", Journal.CLEAN, (own, *volumes), parse_fstab(fstab.decode()))
    return read_swap(Reader(tree, "vhd:disk.vhd"), root)


def page(size: int = 4096, mark: bytes = b"SWAPSPACE2") -> bytes:
    return bytes(size - 10) + mark


@pytest.mark.parametrize(
    "path",
    ["swapfile", "pagefile.sys", "swap/a", "var/swap", "var/lib/swapspace/1", "mnt/swap", "mnt/resource/swapfile"],
)
def test_a_swap_file_is_found_where_they_usually_are(path):
    assert [one.source for one in swap_of({path: page()}).files] == [f"/{path}"]


@pytest.mark.parametrize(
    ("content", "count"),
    [
        (page(), 1),
        (page(65536), 1),
        (page(mark=b"SWAP-SPACE"), 1),
        (page(mark=b"S1SUSPEND\0"), 1),
        (bytes(8192), 0),
        (b"SWAPSPACE2", 0),
    ],
)
def test_what_a_swap_file_is(content, count):
    assert len(swap_of({"swapfile": content}).files) == count


@pytest.mark.parametrize(
    "line", ["tmpfs /var/tmp tmpfs noexec", "/tmp /var/tmp none bind", "LABEL=x /var/tmp ext4 nofail"]
)
def test_where_something_is_mounted_over_a_usual_place_no_swap_file_is_guessed(line):
    """Images that were hardened have such lines; a file that something names is asked for all the same."""
    hidden = {("var", "tmp"): Unreadable("fstab mounts something there")}
    fstab = f"{line}\n".encode()
    assert swap_of({"var/tmp/x": b"", "etc/fstab": fstab}, mounts=hidden).files == ()
    named = fstab + b"/var/tmp/swapfile none swap sw\n"
    assert isinstance(swap_of({"var/tmp/x": b"", "etc/fstab": named}, mounts=hidden).files, Unread)


def test_a_swap_file_of_an_unusual_name_is_found_where_fstab_or_a_unit_names_it():
    assert [one.source for one in swap_of({"data/x": page(), "etc/fstab": b"/data/x none swap sw\n"}).files] == [
        "/data/x"
    ]
    assert [one.source for one in swap_of({"data/x": page(), "etc/systemd/system/data-x.swap": b"[Swap]\n"}).files] == [
        "/data/x"
    ]


def test_a_folder_that_cannot_be_read_may_hold_one():
    assert isinstance(swap_of({"etc/x": b"", "var": Broken()}).files, Unread)


def test_what_is_mounted_over_mnt_hides_what_lies_there():
    hidden = {("mnt",): Unreadable("fstab mounts another disk there")}
    fstab = b"/dev/disk/cloud/azure_resource-part1 /mnt auto nofail\n/mnt/swapfile none swap sw\n"
    assert swap_of({"mnt/swapfile": page(), "etc/fstab": fstab}, mounts=hidden).files == ()


def test_a_folder_of_this_disk_below_mnt_is_marked():
    data = Volume("partition 2", VolumeKind.EXT, None, uuid="DATA")
    here = b"UUID=DATA /mnt ext4 defaults\n/mnt/swapfile none swap sw\n"
    assert [one.on_this_disk for one in swap_of({"etc/fstab": here}, data).fstab] == [True]
    resource = b"/dev/disk/cloud/azure_resource-part1 /mnt auto nofail\n/mnt/swapfile none swap sw\n"
    assert [one.on_this_disk for one in swap_of({"etc/fstab": resource}, data).fstab] == [False]


@pytest.mark.parametrize("kind", [VolumeKind.LUKS, VolumeKind.RAID, VolumeKind.BCACHE, VolumeKind.UNREADABLE])
def test_a_layer_that_is_not_looked_into_may_hold_it(kind):
    assert isinstance(swap_of({}, Volume("partition 2", kind, None)).volumes, Unread)
    swap = Volume("partition 3", VolumeKind.SWAP, None)
    assert [one.source for one in swap_of({}, Volume("partition 2", kind, None), swap).volumes] == ["partition 3"]


@pytest.mark.parametrize("type", ["0x82", "0657FD6D-A4AB-43C4-84E5-0933C84B4F4F"])
def test_a_partition_of_the_type_for_swap_space_counts_without_any(type):
    [entry] = swap_of({}, Volume("partition 2", VolumeKind.EMPTY, None, type=type)).volumes
    assert "nothing" in entry.what


# -- units --------------------------------------------------------------------------------------


@pytest.mark.parametrize("folder", ["etc/systemd/system", "usr/lib/systemd/system", "lib/systemd/system"])
def test_a_unit_with_what_it_turns_on(folder):
    unit = {f"{folder}/data-swap\\x2dfile.swap": b"[Swap]\n"}
    assert [one.what for one in swap_of(unit).units] == [f"{NOT_ENABLED}/data/swap-file"]
    link = {"etc/systemd/system/swap.target.wants/data-swap\\x2dfile.swap": Link("/x")}
    assert [one.what for one in swap_of({**unit, **link}).units] == ["/data/swap-file"]


def test_a_blank_in_the_name_of_a_swap_file():
    seen = swap_of({"swap file": page(), "etc/fstab": b"/swap\\040file none swap sw\n"})
    assert [one.what for one in seen.fstab] == ["/swap file sw"]
    assert [one.source for one in seen.files] == ["/swap file"]


def test_a_unit_that_is_masked_turns_nothing_on():
    masked = {
        "etc/systemd/system/swapfile.swap": Link("/dev/null"),
        "usr/lib/systemd/system/swapfile.swap": b"[Swap]\n",
    }
    assert swap_of(masked).units == ()


@pytest.mark.parametrize(
    ("files", "is_masked"),
    [
        ({"etc/systemd/system/swapfile.swap": Link("/dev/null")}, True),
        ({"etc/systemd/system/swapfile.swap": b""}, True),
        ({"etc/systemd/system/swap.target": Link("/dev/null")}, True),
        ({"usr/lib/systemd/system/swap.target": Link("../../../../dev/null")}, True),
        ({"etc/systemd/system/other.swap": Link("/dev/null")}, False),
        ({"etc/systemd/system/swapfile.swap": b"[Swap]\n"}, False),
        (
            {"etc/systemd/system/swapfile.swap": b"[S]", "usr/lib/systemd/system/swapfile.swap": Link("/dev/null")},
            False,
        ),
        ({"etc/systemd/system/swapfile.swap": Link("/dev/null"), "etc/rc.local": b"/sbin/swapon -a\n"}, False),
    ],
)
def test_a_line_of_fstab_that_systemd_has_masked_is_marked(files, is_masked):
    seen = swap_of({"etc/fstab": b"/swapfile none swap sw\n", "swapfile": page(), **files})
    assert [one.what for one in seen.fstab] == [f"{NOT_ENABLED if is_masked else ''}/swapfile sw"]
    assert seen.started == ()


def test_what_a_masked_target_wants_is_not_enabled():
    unit = {"etc/systemd/system/data.swap": b"[Swap]\n", "etc/systemd/system/swap.target": Link("/dev/null")}
    wanted = {f"etc/systemd/system/{one}.target.wants/data.swap": Link("/x") for one in ("swap", "multi-user")}
    first, second = wanted.items()
    assert [one.what for one in swap_of({**unit, **dict([first])}).units] == [f"{NOT_ENABLED}/data"]
    assert [one.what for one in swap_of({**unit, **dict([second])}).units] == ["/data"]


# -- what starts it by itself -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("script", "found"),
    [
        ("swapon /swapfile", ["/swapfile"]),
        ("/sbin/swapon -p 5 /data/s || true", ["/data/s"]),
        ('test -f /x && swapon "/x"', ["/x"]),
        ("swapon $FILE", [f"{NOT_UNDERSTOOD}swapon $FILE"]),
        ("swapon -a", []),
        ("swapon -a 2>&1", []),
        ("/sbin/swapon -a -e > /dev/null 2>&1", []),
        ("swapon /x >> /var/log/swap.log", ["/x"]),
        ("swapon -p 1 /x /y", ["/x", "/y"]),
        ("[ -x /sbin/swapon ] && swapon -a", []),
        ("[ -x /sbin/swapon ] || exit 0", []),
        ("command -v swapon >/dev/null || exit 0", []),
        ("which swapon > /dev/null", []),
        ("SWAPON=/sbin/swapon", [f"{NOT_UNDERSTOOD}SWAPON=/sbin/swapon"]),
        ("ls /swaps/* | xargs -n 1 swapon", [f"{NOT_UNDERSTOOD}ls /swaps/* | xargs -n 1 swapon"]),
        ("ExecStart=/sbin/swapon -a", []),
        ("swapon --show", []),
        ("swapoff /swapfile", []),
        ("# swapon /swapfile", []),
        ("ExecStart=/sbin/swapon /swap2", ["/swap2"]),
    ],
)
def test_scripts(script, found):
    assert list(swapon_of_script(f"#!/bin/sh\n{script}\n")) == found


@pytest.mark.parametrize(
    ("script", "is_known"),
    [
        ("L=/mnt\nswapon ${L}/swap", True),
        ('export L="/mnt"  # here\nswapon "$L/swap" && swapon -s', True),
        ("L=/mnt\nF='x'\nF2=$L/swap\nif true; then\n  swapon \"${F2}\"\nfi", True),
        ('. /lib/lsb/init-functions\nL=/mnt\nswapon "$L"/swap', True),
        ("L=/mnt\nL=/var\nswapon $L/swap", False),  # set twice
        ("L=/mnt\nfor L in /a /b; do swapon $L/swap; done", False),
        ("L=/mnt\nread L < /etc/x\nswapon $L/swap", False),
        ("L=/mnt\n: ${L:=/var}\nswapon $L/swap", False),
        ("L=/mnt\n. /etc/default/swap\nswapon $L/swap", False),
        ("L=/mnt\neval $X\nswapon $L/swap", False),
        ("L=$(cat /etc/x)\nswapon $L/swap", False),
        ("if test -e /x; then\n  L=/mnt\nfi\nswapon $L/swap", False),  # set under a condition
        ("swapon $L/swap\nL=/mnt", False),
        ("L=/mnt\nswapon ${L%x}/swap", False),
        ("L=/mnt\nswapon $LX/swap", False),
    ],
)
def test_a_variable_that_is_set_once_to_a_plain_word_is_put_in(script, is_known):
    [found] = swapon_of_script(f"#!/bin/sh\n{script}\n")
    assert (found == "/mnt/swap") is is_known
    assert is_known or found.startswith(NOT_UNDERSTOOD)


def test_a_path_that_leaves_a_folder_again_is_not_in_it():
    assert list(swapon_of_script("swapon /mnt/../swap\n")) == ["/swap"]


@pytest.mark.parametrize(
    "path",
    [
        "etc/rc.local",
        "etc/rc.d/rc.local",
        "etc/crontab",
        "etc/cron.d/swap",
        "etc/cron.daily/swap",
        "etc/cron.hourly/swap",
        "etc/network/if-up.d/swap",
        "var/spool/cron/crontabs/root",
        "var/spool/cron/root",
        "var/lib/cloud/scripts/per-boot/swap.sh",
        "usr/local/bin/enable-swap",
    ],
)
def test_every_usual_script_is_read(path):
    assert [one.what for one in swap_of({path: b"swapon /big\n"}).started] == ["/big"]


VENDORS = "usr/lib/systemd/system/appl.service"
WANTED = {"etc/systemd/system/multi-user.target.wants/appl.service": Link(f"/{VENDORS}")}
STARTS = b"[Unit]\nDocumentation=man:swapon(8)\n[Service]\nExecStart=-/opt/appl/bin/start --now\n"


@pytest.mark.parametrize(
    ("files", "found"),
    [
        ({VENDORS: b"[Service]\nExecStart=/sbin/swapon /page\n", **WANTED}, ["/page"]),
        ({VENDORS: b"[Service]\nExecStart=/sbin/swapon \\\n  /page\n", **WANTED}, ["/page"]),
        ({VENDORS: b"[Service]\nExecStart=/sbin/swapon /page\n"}, []),  # nothing starts it
        ({VENDORS: STARTS, "opt/appl/bin/start": b"#!/bin/sh\nmkswap /page\nswapon /page\n", **WANTED}, ["/page"]),
        ({VENDORS: STARTS, "opt/appl/bin/start": b"\x7fELF swapon /page\n", **WANTED}, []),
        (
            {
                VENDORS: b"[Service]\nExecStart=/bin/sh -c '. /opt/appl/lib; up'\n",
                "opt/appl/lib": b"up() {\n swapon /page\n}\n",
                **WANTED,
            },
            ["/page"],
        ),
        (
            {
                "lib/systemd/system/nightly.service": b"[Service]\nExecStart=/sbin/swapon /page\n",
                "etc/systemd/system/timers.target.wants/nightly.timer": Link("/lib/systemd/system/nightly.timer"),
            },
            ["/page"],
        ),
        ({"usr/lib/systemd/system/basic.target.wants/appl.service": Link("../appl.service"), VENDORS: STARTS}, []),
        (
            {"etc/systemd/system/cron.service.d/a.conf": b"[Service]\nExecStartPost=/sbin/swapon /page\n"},
            ["/page"],
        ),
        (
            {
                "etc/rc.local": b"#!/bin/sh\n. /usr/local/lib/swaplib.sh\n",
                "usr/local/lib/swaplib.sh": b". /etc/rc.local\nswapon /page\n",
            },
            ["/page"],
        ),
        ({"etc/udev/rules.d/99-x.rules": b'ACTION=="add", RUN+="/sbin/swapon /page"\n'}, ["/page"]),
        # the units of distributions are not opened
        (
            {
                "usr/lib/systemd/system/cron.service": Broken(),
                "etc/systemd/system/multi-user.target.wants/cron.service": Link("/usr/lib/systemd/system/cron.service"),
            },
            [],
        ),
    ],
)
def test_what_an_enabled_unit_starts_is_looked_into(files, found):
    assert [one.what for one in swap_of(files).started] == found


def test_an_enabled_unit_that_cannot_be_read_leaves_it_open():
    assert isinstance(swap_of({VENDORS: Broken(), **WANTED}).started, Unread)
    assert isinstance(swap_of({VENDORS: STARTS, "opt/appl/bin/start": Broken(), **WANTED}).started, Unread)
    many = {f"usr/lib/systemd/system/basic.target.wants/a{number}.service": Link(f"/{VENDORS}") for number in range(3)}
    assert swap_of({VENDORS: b"[Service]\n", **many}).started == ()
    names = " ".join(f"/opt/{number}" for number in range(101))
    assert isinstance(swap_of({VENDORS: f"[Service]\nExecStart=/x {names}\n".encode(), **WANTED}).started, Unread)


def test_a_unit_of_etc_counts_where_nothing_enables_it_too():
    unit = {"etc/systemd/system/swap-up.service": b"[Service]\nExecStart=/sbin/swapon /big\n"}
    assert [one.what for one in swap_of(unit).started] == ["/big"]


@pytest.mark.parametrize(
    ("files", "found"),
    [
        (
            {
                "usr/sbin/dphys-swapfile": b"",
                "etc/systemd/system/multi-user.target.wants/dphys-swapfile.service": Link("/x"),
            },
            ["/var/swap"],
        ),
        (
            {
                "sbin/dphys-swapfile": b"",
                "etc/dphys-swapfile": b"CONF_SWAPFILE=/mnt/swap\n",
                "etc/systemd/system/multi-user.target.wants/dphys-swapfile.service": Link("/x"),
            },
            ["/mnt/swap"],
        ),
        ({"usr/sbin/swapspace": b""}, [f"{NOT_UNDERSTOOD}swapspace is there, and no unit of it is enabled"]),
        (
            {"etc/systemd/system/multi-user.target.wants/make-swap.service": Link("/usr/lib/x")},
            [f"{NOT_UNDERSTOOD}the unit may turn on swap space, by its name"],
        ),
        ({"etc/systemd/system/multi-user.target.wants/zramswap.service": Link("/usr/lib/x")}, []),
        ({"etc/init.d/swap": b"swapon /x\n"}, ["/x"]),
        ({"etc/crypttab": b"c /dev/sda3 /dev/urandom swap,cipher=x\n"}, ["/dev/sda3"]),
        ({"etc/crypttab": b"c UUID=1 none luks\n#c /dev/sda3 /dev/urandom swap\n"}, []),
    ],
)
def test_what_starts_it(files, found):
    assert [one.what for one in swap_of(files).started] == found


CALLED = {"opt/a/up.sh": b"swapon /page\n"}


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("etc/rc.local", b"#!/bin/sh\n/opt/a/up.sh\n"),
        ("etc/rc.local", b"#!/bin/sh\ntest -e /x && sh -e '/opt/a/up.sh' start &\n"),
        ("etc/cron.d/a", b"SHELL=/bin/sh\n@reboot root /opt/a/up.sh\n"),
        ("etc/crontab", b"*/5 0-3 * * 1,2 root\t/opt/a/up.sh > /dev/null\n"),
        ("var/spool/cron/root", b"0 1 * * mon su - x -c '/opt/a/up.sh'\n"),
        ("etc/anacrontab", b"1 1 j /opt/a/up.sh\n"),
        ("etc/anacrontab", b"@monthly 1 j nice /opt/a/up.sh\n"),
        ("etc/networkd-dispatcher/routable.d/50", b"/opt/a/up.sh\n"),
        ("etc/NetworkManager/dispatcher.d/50", b"if true; then /opt/a/up.sh; fi\n"),
    ],
)
def test_a_script_that_another_one_calls_by_its_path_is_read(path, text):
    assert [one.what for one in swap_of({**CALLED, path: text}).started] == ["/page"]


def test_what_a_script_only_names_is_not_read_and_calls_are_followed_once():
    names = b"#!/bin/sh\n[ -e /opt/x ] || cp /opt/x /opt/y\nX=/opt/x\n# /opt/x\ncat < /opt/x\n"
    assert swap_of({"etc/rc.local": names, "opt/x": Broken()}).started == ()
    assert isinstance(swap_of({"etc/rc.local": b"/opt/x\n", "opt/x": Broken()}).started, Unread)
    twice = {"etc/rc.local": b"/opt/x\n", "opt/x": b"/opt/a/up.sh\n", **CALLED}
    assert swap_of(twice).started == ()
    many = "".join(f"/opt/{number}\n" for number in range(101)).encode()
    assert isinstance(swap_of({"etc/rc.local": many}).started, Unread)


NO_SWAP = b"[Service]\nType=oneshot\nExecStart=/sbin/swapoff -a\nExecStart=-/usr/sbin/sysctl -w vm.swappiness=0\n"


@pytest.mark.parametrize(
    ("files", "is_clear"),
    [
        ({"etc/systemd/system/noswap.service": NO_SWAP}, True),
        ({"etc/systemd/system/noswap.service": b"[Service]\n"}, False),
        ({"etc/systemd/system/noswap.service": NO_SWAP + b"ExecStartPost=/opt/x\n"}, False),
        ({"etc/systemd/system/noswap.service": NO_SWAP + b"ExecStart=/sbin/swapoff -a ; /opt/x\n"}, False),
        ({"etc/systemd/system/noswap.service": NO_SWAP + b"ExecStart=/sbin/swapoff \\\n-a\n"}, False),
        ({"etc/systemd/system/noswap.service": NO_SWAP + b"ExecStart=/bin/sh -c /sbin/swapoff\n"}, False),
        ({"etc/systemd/system/noswap.service": NO_SWAP, "usr/lib/systemd/system/noswap.service.d/a.conf": b""}, False),
        ({"usr/lib/systemd/system/noswap.service": NO_SWAP}, False),
        ({"etc/systemd/system/noswap.service": Broken()}, False),
    ],
)
def test_a_unit_that_only_turns_swap_space_off(files, is_clear):
    link = {"etc/systemd/system/multi-user.target.wants/noswap.service": Link("/etc/systemd/system/noswap.service")}
    started = swap_of({**files, **link}).started
    assert (started == ()) is is_clear


def test_what_starts_it_and_cannot_be_read_is_unread():
    for path in ("etc/crypttab", "etc/rc.local", "usr/local/bin", "etc/cron.d"):
        assert isinstance(swap_of({"etc/x": b"", path: Broken()}).started, Unread)


def test_data_for_cloud_init_in_the_image_counts():
    seed = {"var/lib/cloud/seed/nocloud/user-data": b"#cloud-config\nswap:\n  size: 1G\n"}
    assert [one.what for one in swap_of(seed).cloud_init] == ["swap: size: 1G"]


# -- cloud-init ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("  swap:\n    size: 2G\n  other: 1\n", ["swap: size: 2G"]),
        ("swap:\n  size: 2G # not size: 0\n", ["swap: size: 2G"]),
        ("mounts:\n  - [/swapfile, none, swap, sw]\n", ["- [/swapfile, none, swap, sw]"]),
        ("mounts:\n- [/swapfile, none, swap, sw]\n", ["- [/swapfile, none, swap, sw]"]),
        ("mounts:\n - [/dev/sdc1, /swap, ext4]\n", []),
        # what is written otherwise is not understood, and so not passed over
        ("mounts: [[/swapfile, none, swap, sw]]\n", [f"{NOT_UNDERSTOOD}mounts: [[/swapfile, none, swap, sw]]"]),
        ("mounts:\n -\n  - /swapfile\n  - none\n  - swap\n", [f"{NOT_UNDERSTOOD}- swap"]),
        ("mounts:\n - [/swapfile,\n    none, swap]\n", [f"{NOT_UNDERSTOOD}none, swap]"]),
        ('{"swap": {"size": "2G"}}\n', [f'{NOT_UNDERSTOOD}{{"swap": {{"size": "2G"}}}}']),
        ("runcmd:\n - swapon /swapfile\n", [f"{NOT_UNDERSTOOD}- swapon /swapfile"]),
        (
            "bootcmd:\n - echo /x none swap sw >> /etc/fstab\n",
            [f"{NOT_UNDERSTOOD}- echo /x none swap sw >> /etc/fstab"],
        ),
        # what is documented for the resource disk
        ("fs_setup:\n  - device: ephemeral0.2\n    filesystem: swap\n", []),
        ("runcmd:\n - swapoff -a\n", []),
    ],
)
def test_a_configuration_of_cloud_init(text, found):
    assert swap_of_cloud_config(text) == found


def test_a_file_that_a_script_only_names_in_its_words_is_not_asked_for():
    """Debian's script of sshd: a folder that cannot be read says nothing of swap space."""
    script = b'#!/bin/sh\nlog_action_msg "not in use (/etc/ssh/sshd_not_to_be_run)"\n'
    assert swap_of({"etc/init.d/ssh": script, "etc/ssh": Broken()}).started == ()
