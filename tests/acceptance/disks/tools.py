"""What the disks are built with: other people's programs, mounts that end with the run, and a place for it all."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

MIB = 1024 * 1024
GIB = 1024 * MIB

#: The programs and the Debian packages that bring them.
_PACKAGES = {
    "mmdebstrap": "mmdebstrap",
    "sgdisk": "gdisk",
    "sfdisk": "fdisk",
    "mke2fs": "e2fsprogs",
    "debugfs": "e2fsprogs",
    "mkfs.xfs": "xfsprogs",
    "xfs_db": "xfsprogs",
    "mkfs.vfat": "dosfstools",
    "mcopy": "mtools",
    "lvm": "lvm2",
    "qemu-img": "qemu-utils",
}
_SEALED = "IMAGECHECK_ACCEPTANCE_SEALED"


def begin(part: str, *tools: str) -> None:
    """Be root, have the tools, and go on where mounts are our own, which end when we do. Exits with one line."""
    if sys.platform != "linux" or os.geteuid() != 0:
        sys.exit(f"FAILED: {part} builds and mounts disks: it must be run as root on Linux")
    os.environ["PATH"] += ":/usr/sbin:/sbin"
    missing = {_PACKAGES[tool] for tool in tools if shutil.which(tool) is None}
    if missing and shutil.which("apt-get"):
        for words in (["update"], ["install", "--yes", "--no-install-recommends", *sorted(missing)]):
            subprocess.run(["apt-get", "--quiet", *words], capture_output=True, check=False)
    lacking = [tool for tool in tools if shutil.which(tool) is None]
    if lacking:
        sys.exit(
            f"FAILED: {part} needs {', '.join(lacking)}, of {', '.join(sorted(missing))}, which apt-get cannot have"
        )
    if not Path("/dev/loop-control").exists():
        sys.exit(f"FAILED: {part} needs loop devices, and there is no /dev/loop-control")
    if _SEALED not in os.environ:
        os.environ[_SEALED] = "1"
        os.execvp("unshare", ["unshare", "--mount", "--propagation", "private", sys.executable, *sys.argv])


@contextlib.contextmanager
def workshop(kept: Path | None = None) -> Iterator[Path]:
    """The folder of trees and disks: a kept one, that of the whole acceptance, or one that ends with this part."""
    shared = os.environ.get("IMAGECHECK_ACCEPTANCE")
    folder = kept or (Path(shared) / "disks" if shared else Path(tempfile.mkdtemp(prefix="imagecheck-")))
    folder.mkdir(exist_ok=True)
    try:
        yield folder
    finally:
        if kept is None and not shared:
            shutil.rmtree(folder)


def run(*words: str | Path, given: str | None = None) -> str:
    """What a program prints. Exits with its own words where it fails."""
    done = subprocess.run([str(word) for word in words], input=given, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(f"FAILED: {' '.join(map(str, words))}: {(done.stderr or done.stdout).strip()[-500:]}")
    return done.stdout.strip()


def sparse(path: Path, size: int) -> Path:
    """An empty file of a size."""
    path.unlink(missing_ok=True)
    with path.open("wb") as file:
        file.truncate(size)
    return path


def copied(source: Path, target: Path) -> Path:
    """A copy that is as sparse as what it is made of."""
    run("cp", "--reflink=auto", "--sparse=auto", source, target)
    return target


@contextlib.contextmanager
def mounted(image: Path, offset: int, size: int, kind: str, *options: str) -> Iterator[Path]:
    """A file system inside a file, mounted by the kernel."""
    place = Path(tempfile.mkdtemp(prefix="mounted-"))
    extra = {"xfs": ["nouuid"], "ext4": ["noinit_itable"]}.get(kind, [])
    words = ",".join(["loop", f"offset={offset}", f"sizelimit={size}", *extra, *options])
    run("mount", "-t", kind, "-o", words, image, place)
    try:
        yield place
    finally:
        run("umount", place)
        place.rmdir()


def chroot(tree: Path, *words: str) -> None:
    """Run a program of the tree. It has host name, network and processes of its own: the agent changes those."""
    run("unshare", "--uts", "--net", "--ipc", "--pid", "--fork", "chroot", tree, *words)
