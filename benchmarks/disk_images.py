"""Disks to look into: those of the acceptance where root and the tools are there, else small file systems.

Each is a fixed VHD, and sparse.
"""

from __future__ import annotations

import lzma
import os
import shutil
import subprocess
import sys
from pathlib import Path

from tests.inspect.vhds import EFI, LINUX, LVM, gpt, write

MIB = 1024 * 1024
GIB = 1024 * MIB
SECTOR = 512

EXT4, XFS, EXT4_IN_LVM = "ext4", "XFS", "ext4 in LVM"
#: By title the layout of the acceptance.
KINDS = {
    EXT4: "gpt-ext4",
    "ext4, mounted": "gpt-ext4-mounted",
    "ext4, MBR": "mbr-ext4",
    XFS: "gpt-xfs",
    EXT4_IN_LVM: "mbr-lvm",
}

_TESTS = Path(__file__).parent.parent / "tests"
_SMALL = {EXT4: "ext4", XFS: "xfs", EXT4_IN_LVM: "lvm"}
_TOOLS = ("mmdebstrap", "sgdisk", "sfdisk", "mke2fs", "mkfs.xfs", "mkfs.vfat", "mcopy", "lvm")
_ESP_AT, _ESP_SIZE = MIB, 64 * MIB
_ROOT_AT = _ESP_AT + _ESP_SIZE
_END = 33 * SECTOR  # the second copy of the GPT


class NotBuilt(Exception):
    """Why there is no such disk, in words for the output."""


def demand_tools() -> None:
    """Raise NotBuilt where disks of a real system cannot be built: nothing is installed for a benchmark."""
    if sys.platform != "linux" or os.geteuid() != 0:
        raise NotBuilt("they are built by root on Linux only")
    os.environ["PATH"] += "" if "/usr/sbin" in os.environ["PATH"] else ":/usr/sbin:/sbin"
    missing = [tool for tool in _TOOLS if shutil.which(tool) is None]
    if missing:
        raise NotBuilt(f"not installed: {', '.join(missing)}")


def build(kind: str, size: int, trees: Path, path: Path) -> None:
    """A disk of ``size`` bytes, whole GiB, with a Debian system on it. Raises NotBuilt.

    ``trees`` is where its files are, and where they are put if they are not there yet. A process of its own mounts what
    it needs, and all of that ends with it.
    """
    command = [sys.executable, str(_TESTS / "acceptance" / "build_disk"), str(trees), KINDS[kind], str(size // GIB)]
    done = subprocess.run([*command, str(path)], capture_output=True, text=True, stdin=subprocess.DEVNULL, check=False)
    if done.returncode:
        raise NotBuilt(" ".join(done.stderr.split())[-200:])


def build_small(kind: str, size: int, path: Path) -> None:
    """A disk of ``size`` bytes with one of the small file systems that the tests bring. Raises NotBuilt."""
    if kind not in _SMALL:
        raise NotBuilt("the tests bring none")
    root = (LVM if kind == EXT4_IN_LVM else LINUX, _ROOT_AT // SECTOR, (size - _END) // SECTOR - 1)
    start, end = gpt(size, [(EFI, _ESP_AT // SECTOR, _ROOT_AT // SECTOR - 1), root])
    parts = [(0, start), (size - len(end), end)]
    for at, name in ((_ESP_AT, "fat"), (_ROOT_AT, _SMALL[kind])):
        parts.append((at, lzma.decompress((_TESTS / "inspect" / "data" / f"{name}.xz").read_bytes())))
    write(path, size, parts)
