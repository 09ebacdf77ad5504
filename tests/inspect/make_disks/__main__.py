"""Make the small disks in tests/inspect/data again: ``python -m tests.inspect.make_disks``, as root on Debian.

Needs e2fsprogs, xfsprogs, dosfstools, mtools and lvm2; LVM and the large ones need loop devices.
"""

from __future__ import annotations

import lzma
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.inspect.make_disks.tree import prototype, write_tree

DATA = Path(__file__).parent.parent / "data"
UUID = "11111111-2222-3333-4444-555555555555"
MIB = 1024 * 1024


def run(*words: str | Path) -> str:
    done = subprocess.run([str(word) for word in words], check=True, capture_output=True, text=True)
    return done.stdout.strip()


def empty(path: Path, size: int) -> Path:
    path.unlink(missing_ok=True)
    with path.open("wb") as file:
        file.truncate(size)
    return path


def ext(path: Path, tree: Path, kind: str, *options: str) -> None:
    empty(path, 4 * MIB)
    run(
        "mke2fs",
        "-q",
        "-t",
        kind,
        "-b",
        "1024",
        "-N",
        "768",
        "-m",
        "0",
        "-U",
        UUID,
        "-L",
        "root",
        *options,
        "-d",
        tree,
        path,
    )


def xfs(path: Path, tree: Path, *options: str) -> None:
    proto = path.with_suffix(".proto")
    proto.write_text(prototype(tree))
    empty(path, 20 * MIB)
    run("mkfs.xfs", "--unsupported", "-q", "-f", "-m", f"uuid={UUID}", "-L", "root", *options, "-p", proto, path)


def fat(path: Path) -> None:
    empty(path, 2 * MIB)
    run("mkfs.fat", "-i", "ABCD1234", "-n", "ESP", path)
    run("mmd", "-i", path, "::/EFI", "::/EFI/debian")
    config = path.with_suffix(".cfg")
    config.write_text("search.fs_uuid 1 root\nconfigfile $prefix/grub.cfg\n")
    run("mcopy", "-i", path, config, "::/EFI/debian/grub.cfg")
    run("mcopy", "-i", path, config, "::/EFI/debian/A rather long name.txt")


def lvm(path: Path, inner: Path) -> None:
    """A volume group with one volume of two runs, the second behind another volume."""
    empty(path, 12 * MIB)
    device = run("losetup", "--find", "--show", path)
    try:
        run("pvcreate", device)
        run("vgcreate", "-s", "1M", "group-1", device)
        for words in (
            ("lvcreate", "-an", "-Zn", "-Wn", "-n", "root", "-L", "2M", "group-1"),
            ("lvcreate", "-an", "-Zn", "-Wn", "-n", "other", "-L", "1M", "group-1"),
            ("lvextend", "-L", "4M", "group-1/root"),
        ):
            run(words[0], "--driverloaded", "n", *words[1:])
        start = int(run("pvs", "--noheadings", "--nosuffix", "--units", "b", "-o", "pe_start", device))
    finally:
        run("losetup", "--detach", device)
    content = inner.read_bytes()
    with path.open("r+b") as file:
        for at, piece in ((0, content[: 2 * MIB]), (3 * MIB, content[2 * MIB :])):
            file.seek(start + at)
            file.write(piece)


def large(path: Path, *maker: str) -> None:
    """What only a kernel makes: an indexed directory, a file in many extents, a symlink in a block of its own."""
    empty(path, 20 * MIB)
    run(*maker, path)
    mounted = Path(tempfile.mkdtemp())
    run("mount", "-o", "loop", path, mounted)
    try:
        folder = mounted / "many"
        folder.mkdir()
        for number in range(1500):
            (folder / f"a-long-file-name-{number:05}").touch()
        for number in range(0, 1500, 3):
            (folder / f"a-long-file-name-{number:05}").unlink()
        (mounted / "link").symlink_to("y" * 200 + "/" + "z" * 200)
        with (mounted / "pieces").open("wb") as file:
            for number in range(300):
                file.seek(number * 8192)
                file.write(b"%08d" % number)
                file.flush()
    finally:
        run("umount", mounted)
        mounted.rmdir()


def main() -> None:
    folder = Path(tempfile.mkdtemp())
    DATA.mkdir(exist_ok=True)
    try:
        tree = folder / "tree"
        tree.mkdir()
        write_tree(tree)
        ext(folder / "ext4", tree, "ext4")
        ext(folder / "ext4-inline", tree, "ext4", "-O", "inline_data,metadata_csum_seed")
        ext(folder / "ext3", tree, "ext3")
        ext(folder / "ext2", tree, "ext2", "-O", "^dir_index")
        xfs(folder / "xfs", tree)
        xfs(folder / "xfs-v4", tree, "-m", "crc=0")
        fat(folder / "fat")
        lvm(folder / "lvm", folder / "ext4")
        large(
            folder / "ext4-large", "mke2fs", "-q", "-t", "ext4", "-b", "1024", "-N", "2048", "-m", "0", "-J", "size=1"
        )
        large(
            folder / "ext3-large", "mke2fs", "-q", "-t", "ext3", "-b", "1024", "-N", "2048", "-m", "0", "-J", "size=1"
        )
        large(folder / "xfs-large", "mkfs.xfs", "--unsupported", "-q", "-b", "size=1024")
        for name in (
            "ext4",
            "ext4-inline",
            "ext3",
            "ext2",
            "xfs",
            "xfs-v4",
            "fat",
            "lvm",
            "ext4-large",
            "ext3-large",
            "xfs-large",
        ):
            packed = lzma.compress((folder / name).read_bytes(), preset=9)
            (DATA / f"{name}.xz").write_bytes(packed)
            print(f"{name}: {len(packed)} bytes", file=sys.stderr)
    finally:
        shutil.rmtree(folder)


if __name__ == "__main__":
    main()
