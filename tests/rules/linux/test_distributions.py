"""Well-made images of distributions pass, and one change to each is seen: from the files to the verdict."""

from __future__ import annotations

import distributions as trees
import memory_tree
import pytest
from guests import disk
from judging import told

#: What decides about booting, swap space and the network.
CODES = (
    *("LNX006", "LNX007", "LNX008", "LNX021", "LNX022", "LNX023"),
    *("LNX029", "LNX030", "LNX031", "LNX032", "LNX033", "LNX034", "LNX036", "LNX037"),
)
FINE = {"pass", "not-applicable"}
WELL_MADE = {
    "Red Hat 7": trees.RED_HAT_7,
    "Red Hat 8": trees.RED_HAT_8,
    "Red Hat 9": trees.RED_HAT_9,
    "AlmaLinux 9": {
        **trees.RED_HAT_9,
        "etc/os-release": b"ID=almalinux\nID_LIKE='rhel centos fedora'\nVERSION_ID=9.4\n",
        "etc/yum.repos.d/x.repo": b"[baseos]\nname=AlmaLinux $releasever - BaseOS\nmirrorlist=https://x\nenabled=1\n",
    },
    "Oracle Linux 9": {
        **trees.RED_HAT_9,
        "etc/os-release": b"ID=ol\nID_LIKE=fedora\nVERSION_ID=9.4\n",
        "etc/yum.repos.d/x.repo": b"[ol9_baseos_latest]\nname=Oracle Linux 9\nbaseurl=https://x\nenabled=1\n",
    },
    "Red Hat 9 with swap by cloud-init": {
        **trees.RED_HAT_9,
        "etc/cloud/cloud.cfg.d/00-azure-swap.cfg": trees.SWAP_BY_CLOUD_INIT,
    },
    "Red Hat 9 with swap by the agent": {
        **trees.RED_HAT_9,
        "etc/waagent.conf": b"ResourceDisk.Format=y\nResourceDisk.MountPoint=/mnt/r\nResourceDisk.EnableSwap=y\n",
    },
    "Ubuntu 22.04": trees.UBUNTU,
    "Ubuntu with swap by a script": {**trees.UBUNTU, "var/lib/cloud/scripts/per-boot/swap.sh": trees.SWAP_BY_SCRIPT},
    "Ubuntu with a pinned kernel": {
        **trees.UBUNTU,
        "boot/grub/grub.cfg": trees.UBUNTU["boot/grub/grub.cfg"].replace(b'default="0"', b'default="1>0"'),
    },
    "SLES 15": trees.SUSE,
    "CBL-Mariner 2": trees.MARINER,
    "Azure Linux 3": trees.AZURE_LINUX,
}


def verdicts(tree: trees.Tree) -> dict[str, str]:
    image = disk(memory_tree.guest(tree))
    return {code: told(code, image) for code in CODES}


@pytest.mark.parametrize("name", WELL_MADE)
def test_a_well_made_image_leaves_nothing_open(name):
    assert {code: said for code, said in verdicts(WELL_MADE[name]).items() if said not in FINE} == {}


def changed(tree: trees.Tree, path: str, before: bytes, after: bytes) -> trees.Tree:
    assert before in tree[path]
    return {**tree, path: tree[path].replace(before, after)}


MENU = "boot/grub2/grub.cfg"
RESCUE = b"menuentry 'x (recovery mode)' {\n linux /vmlinuz-1 single\n}\n"
#: The change, the rule that sees it, and what it says.
CHANGES = {
    "the options of Red Hat 8 are saved without a console": (
        changed(trees.RED_HAT_8, "boot/grub2/grubenv", b"console=ttyS0", b"quiet"),
        {"LNX007": "fail error", "LNX022": "fail info"},
    ),
    "an entry of Red Hat 9 has no console": (
        {**trees.RED_HAT_9, **trees.entry("5.14.0-1.el9.x86_64", trees.ROOT)},
        {"LNX007": "fail error"},
    ),
    "the default of Red Hat 9 is the one for rescue": (
        changed(
            trees.RED_HAT_9,
            "boot/grub2/grubenv",
            b"saved_entry=ff-5.14.0-427.el9.x86_64",
            b"saved_entry=ff-0-rescue-ff",
        ),
        dict.fromkeys(("LNX006", "LNX007", "LNX008", "LNX022", "LNX023", "LNX036"), "not-evaluated"),
    ),
    "Ubuntu boots the entry for recovery": (
        changed(trees.UBUNTU, "boot/grub/grub.cfg", b'default="0"', b'default="1>1"'),
        dict.fromkeys(("LNX006", "LNX007", "LNX008", "LNX022", "LNX023", "LNX036"), "not-evaluated"),
    ),
    "the first entry of SUSE is for recovery": (
        changed(
            {**trees.SUSE, "boot/grub2/grubenv": trees.saved()}, MENU, b"menuentry 'SLES", RESCUE + b"menuentry 'SLES"
        ),
        dict.fromkeys(("LNX006", "LNX007", "LNX008", "LNX022", "LNX023", "LNX036"), "not-evaluated"),
    ),
    "Mariner's own options hide the drive": (
        changed(trees.MARINER, "boot/systemd.cfg", b"net.ifnames=0", b"libata.atapi_enabled=0"),
        {"LNX022": "fail warning"},
    ),
    "Mariner's menu has no console": (
        changed(trees.MARINER, MENU, b"console=ttyS0 ", b""),
        {"LNX007": "fail error"},
    ),
    "Azure Linux boots quietly by what is saved": (
        {**trees.AZURE_LINUX, "boot/grub2/grubenv": trees.saved("kernelopts=quiet")},
        {"LNX022": "fail info"},
    ),
    "cloud-init makes a swap file beside the resource disk": (
        {**trees.UBUNTU, "etc/cloud/cloud.cfg.d/9.cfg": b"swap:\n  filename: /swap.img\n  size: 1073741824\n"},
        {"LNX008": "fail error"},
    ),
    "the script swaps where nothing mounts the resource disk": (
        {
            **trees.system("ID=ubuntu VERSION_ID=22.04", "6.5.0-1022-azure", modules="growpart"),
            **{path: text for path, text in trees.UBUNTU.items() if path.startswith("boot/")},
            "var/lib/cloud/scripts/per-boot/swap.sh": trees.SWAP_BY_SCRIPT,
        },
        {"LNX008": "not-evaluated"},
    ),
}


@pytest.mark.parametrize("name", CHANGES)
def test_one_change_is_seen(name):
    tree, expected = CHANGES[name]
    said = verdicts(tree)
    assert {code: said[code] for code in expected} == expected
