"""Disks to look into: a Debian system in each layout where root and the tools are there, else small file systems.

Each is a fixed VHD with a GPT, an EFI partition and a root that fills the rest; the file is sparse. Whatever is
mounted or attached to a loop device for it is released again.
"""

from __future__ import annotations

import contextlib
import lzma
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

from tests.inspect.vhds import EFI, LINUX, LVM, footer, gpt

MIB = 1024 * 1024
GIB = 1024 * MIB
SECTOR = 512

EXT4, EXT4_MOUNTED, XFS, EXT4_IN_LVM = "ext4", "ext4, mounted", "XFS", "ext4 in LVM"
KINDS = (EXT4, EXT4_MOUNTED, XFS, EXT4_IN_LVM)

_DATA = Path(__file__).parent.parent / "tests" / "inspect" / "data"
_SMALL = {EXT4: "ext4", XFS: "xfs", EXT4_IN_LVM: "lvm"}
_TOOLS = {
    EXT4: ("mke2fs",),
    EXT4_MOUNTED: ("mke2fs", "losetup", "mount"),
    XFS: ("mkfs.xfs", "losetup", "mount"),
    EXT4_IN_LVM: ("mke2fs", "losetup", "pvcreate", "vgcreate", "lvcreate", "pvs"),
}
_ESP_AT, _ESP_SIZE = MIB, 64 * MIB
_ROOT_AT = _ESP_AT + _ESP_SIZE
_END = 33 * SECTOR  # the second copy of the GPT
_PACKAGES = "systemd-sysv,udev,openssh-server,waagent,cloud-init,openssl,sudo,linux-image-cloud-amd64"


class NotBuilt(Exception):
    """Why there is no such disk, in words for the output."""


def build_tree(folder: Path) -> Path:
    """A Debian system with what an image for Azure has, from Debian's mirror. Raises NotBuilt."""
    if os.geteuid() != 0:
        raise NotBuilt("a Debian tree is made by root only")
    _demand(("mmdebstrap", "unshare"))
    tree = folder / "tree"
    left_out = [f"--dpkgopt=path-exclude=/usr/share/{name}/*" for name in ("doc", "man", "locale", "i18n")]
    # What it mounts is seen by itself only, and ends with it: an interrupted run must not remove it through a mount.
    words = (
        "unshare",
        "--mount",
        "mmdebstrap",
        "--quiet",
        "--variant=minbase",
        "--mode=root",
        *left_out,
        f"--include={_PACKAGES}",
    )
    _run(*words, "bookworm", tree, INITRD="No")
    return tree


def build(kind: str, size: int, tree: Path, path: Path) -> None:
    """A disk of ``size`` bytes with a system on it. Raises NotBuilt."""
    _demand(_TOOLS[kind])
    _divide(path, size, LVM if kind == EXT4_IN_LVM else LINUX)
    length = size - _END - _ROOT_AT
    length -= length % MIB
    if kind == EXT4:
        _ext4(path, _ROOT_AT, length, "-d", tree)
    elif kind == EXT4_MOUNTED:
        _ext4(path, _ROOT_AT, length)
        _copy_into(path, length, tree)
    elif kind == XFS:
        with _device(path, length) as device:
            _run("mkfs.xfs", "-q", "-f", device)
        _copy_into(path, length, tree)
    else:
        start, inner = _logical_volume(path, length)
        _ext4(path, start, inner, "-d", tree)


def build_small(kind: str, size: int, path: Path) -> None:
    """A disk of ``size`` bytes with one of the small file systems that the tests bring. Raises NotBuilt."""
    if kind not in _SMALL:
        raise NotBuilt("the tests bring none")
    _divide(path, size, LVM if kind == EXT4_IN_LVM else LINUX)
    with path.open("r+b") as file:
        for at, name in ((_ESP_AT, "fat"), (_ROOT_AT, _SMALL[kind])):
            file.seek(at)
            file.write(lzma.decompress((_DATA / f"{name}.xz").read_bytes()))


def _demand(tools: tuple[str, ...]) -> None:
    os.environ["PATH"] += "" if "/usr/sbin" in os.environ["PATH"] else ":/usr/sbin:/sbin"
    missing = [tool for tool in tools if shutil.which(tool) is None]
    if missing:
        raise NotBuilt(f"not installed: {', '.join(missing)}")


def _run(*words: str | Path, **environment: str) -> str:
    command = [str(word) for word in words]
    done = subprocess.run(
        command,
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
        env={**os.environ, **environment},
        check=False,
    )
    if done.returncode:
        raise NotBuilt(f"{command[0]} failed: {' '.join(done.stderr.split())[-200:]}")
    return done.stdout.strip()


def _divide(path: Path, size: int, type: str) -> None:
    """An empty disk with its partition table and its footer."""
    root = (type, _ROOT_AT // SECTOR, (size - _END) // SECTOR - 1)
    start, end = gpt(size, [(EFI, _ESP_AT // SECTOR, _ROOT_AT // SECTOR - 1), root])
    path.unlink(missing_ok=True)
    with path.open("wb") as file:
        file.write(start)
        file.seek(size - len(end))
        file.write(end + footer(size))


def _ext4(path: Path, at: int, length: int, *more: str | Path) -> None:
    _run("mke2fs", "-q", "-F", "-t", "ext4", "-E", f"offset={at}", *more, path, f"{length // 1024}k")


@contextlib.contextmanager
def _device(path: Path, length: int) -> Iterator[str]:
    """The partition of the root as a loop device."""
    words = ("--find", "--show", "--offset", str(_ROOT_AT), "--sizelimit", str(length))
    device = _run("losetup", *words, path)
    try:
        yield device
    finally:
        _run("losetup", "--detach", device)


def _copy_into(path: Path, length: int, tree: Path) -> None:
    """Mount the root and let the kernel write the tree into it."""
    with _device(path, length) as device, tempfile.TemporaryDirectory() as name:
        _run("mount", device, name)
        try:
            _run("cp", "-a", f"{tree}/.", name)
        finally:
            _run("umount", name)


def _logical_volume(path: Path, length: int) -> tuple[int, int]:
    """Make one logical volume of the partition: where it begins on the disk, and its length. It is not activated."""
    with _device(path, length) as device:
        only = ("--config", f'devices {{ use_devicesfile=0 filter=[ "a|^{device}$|", "r|.*|" ] }}')
        group = f"bench{os.getpid()}"
        _run("pvcreate", *only, device)
        _run("vgcreate", *only, group, device)
        inactive = ("--driverloaded", "n", "-an", "-Zn", "-Wn")
        _run("lvcreate", *only, *inactive, "-n", "root", "-l", "100%FREE", group)
        told = ("--noheadings", "--nosuffix", "--units", "b", "-o", "pe_start,vg_size")
        start, inner = _run("pvs", *only, *told, device).split()
    return _ROOT_AT + int(start), int(inner)
