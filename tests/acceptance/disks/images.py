"""Disk images of a tree in the layouts that are found on Azure, each a fixed VHD."""

from __future__ import annotations

import shutil
import struct
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from disks.tools import MIB, mounted, run, sparse

SIZE = 1536 * MIB
_SECTOR = 512
_UUID = "5eed0000-0000-4000-8000-00000000000{}"
_EFI_ID, _EFI_UUID = "5EED0001", "5EED-0001"


@dataclass(frozen=True)
class Place:
    """A file system on a disk: where it lies, in bytes, and what it is for mount(8)."""

    offset: int
    size: int
    kind: str


@dataclass(frozen=True)
class Disk:
    """A disk file, and its file systems by where they are mounted: ``""`` is the root."""

    path: Path
    places: Mapping[str, Place]

    @contextmanager
    def open(self, *options: str) -> Iterator[Path]:
        """All file systems but the EFI partition mounted as fstab has them; the folder of the root."""
        with ExitStack() as stack:
            root = stack.enter_context(self.volume("", *options))
            for where in sorted(where for where, place in self.places.items() if where and place.kind != "vfat"):
                folder = stack.enter_context(self.volume(where, *options))
                run("mount", "--bind", folder, root / where)
                stack.callback(run, "umount", root / where)
            yield root

    def volume(self, where: str, *options: str) -> AbstractContextManager[Path]:
        """One file system mounted."""
        place = self.places[where]
        return mounted(self.path, place.offset, place.size, place.kind, *options)

    def at(self, path: Path) -> Disk:
        """The same disk in another file."""
        return Disk(path, self.places)


def gpt_ext4(tree: Path, path: Path, size: int = SIZE) -> Disk:
    """As Debian's images for the cloud have it: BIOS boot, EFI system, ext4."""
    return _gpt_ext4(tree, path, size, _ext4)


def gpt_ext4_mounted(tree: Path, path: Path, size: int = SIZE) -> Disk:
    """The same, its files written by the kernel, which spreads the folders over the disk, as an installer does."""
    return _gpt_ext4(tree, path, size, _ext4_mounted)


def _gpt_ext4(tree: Path, path: Path, size: int, make: Callable[[Path, Place, Path, int], None]) -> Disk:
    sparse(path, size)
    run("sgdisk", "-n", "14:2048:8191", "-t", "14:ef02", "-n", "15:8192:139263", "-t", "15:ef00", path)
    run("sgdisk", "-n", "1:139264:0", "-t", "1:8300", path)
    first, last = _partition(path, 1)
    root = Place(first * _SECTOR, (last - first + 1) * _SECTOR, "ext4")
    efi = Place(8192 * _SECTOR, 64 * MIB, "vfat")
    fstab = f"UUID={_UUID.format(1)} / ext4 rw,discard,errors=remount-ro 0 1\n"
    fstab += f"UUID={_EFI_UUID} /boot/efi vfat defaults 0 0\n"
    with _with_fstab(tree, fstab):
        make(path, root, tree, 1)
    _efi(path, efi)
    return _closed(path, {"": root, "boot/efi": efi}, size)


def mbr_ext4(tree: Path, path: Path, size: int = SIZE) -> Disk:
    """One partition of an MBR."""
    sparse(path, size)
    run("sfdisk", path, given="label: dos\n2048,,83,*\n")
    root = Place(MIB, size - MIB, "ext4")
    with _with_fstab(tree, f"UUID={_UUID.format(1)} / ext4 defaults 0 1\n"):
        _ext4(path, root, tree, 1)
    return _closed(path, {"": root}, size)


def gpt_xfs(tree: Path, path: Path, size: int = SIZE) -> Disk:
    """As Red Hat's family has it: XFS for the root, and for /boot beside it."""
    sparse(path, size)
    run("sgdisk", "-n", "1:2048:+64M", "-t", "1:ef00", "-n", "2:0:+320M", "-t", "2:8300", path)
    run("sgdisk", "-n", "3:0:0", "-t", "3:8304", path)
    places = {"boot": _place(path, 2, "xfs"), "": _place(path, 3, "xfs"), "boot/efi": _place(path, 1, "vfat")}
    fstab = f"UUID={_UUID.format(1)} / xfs defaults 0 0\nUUID={_UUID.format(2)} /boot xfs defaults 0 0\n"
    for number, where in ((1, ""), (2, "boot")):
        _xfs(path, places[where], number)
    _efi(path, places["boot/efi"])
    disk = Disk(path, places)
    with disk.volume("") as root:
        run("cp", "-a", f"{tree}/.", root)
        run("find", root / "boot", "-mindepth", "1", "-delete")
        (root / "etc/fstab").write_text(fstab + f"UUID={_EFI_UUID} /boot/efi vfat defaults 0 0\n")
        with disk.volume("boot") as boot:
            run("cp", "-a", f"{tree}/boot/.", boot)
    return _closed(path, places, size)


def mbr_lvm(tree: Path, path: Path, size: int = SIZE) -> Disk:
    """As older installers have it: a small /boot, and LVM with a root and a /home."""
    sparse(path, size)
    run("sfdisk", path, given="label: dos\n2048,131072,83,*\n133120,,8e\n")
    boot, physical = Place(MIB, 64 * MIB, "ext4"), 65 * MIB
    length_of_root = size - 636 * MIB
    device = run("losetup", "--find", "--show", "--offset", str(physical), path)
    only = f'devices {{ use_devicesfile=0 filter=[ "a|^{device}$|", "r|.*|" ] }}'
    group = f"imagecheck{time.time_ns()}"
    try:
        run("lvm", "pvcreate", "--config", only, device)
        run("lvm", "vgcreate", "--config", only, group, device)
        for name, length in (("root", length_of_root), ("home", 64 * MIB)):
            words = ("--driverloaded", "n", "-an", "-Zn", "-Wn", "-n", name, "-L", f"{length}b", group)
            run("lvm", "lvcreate", "--config", only, *words)
        words = ("--noheadings", "--nosuffix", "--units", "b", "-o", "pe_start")
        start = int(run("lvm", "pvs", "--config", only, *words, device))
    finally:
        run("losetup", "--detach", device)
    root = Place(physical + start, length_of_root, "ext4")
    home = Place(root.offset + root.size, 64 * MIB, "ext4")
    fstab = (
        f"/dev/mapper/{group}-root / ext4 defaults 0 1\n/dev/{group}/home /home ext4 defaults 0 2\n"
        f"UUID={_UUID.format(2)} /boot ext4 defaults 0 2\n"
    )
    emptied = path.with_suffix(".tree")
    run("rm", "-rf", emptied)
    run("cp", "-a", "--reflink=auto", tree, emptied)
    for name in ("home", "boot"):
        run("find", emptied / name, "-mindepth", "1", "-delete")
    with _with_fstab(emptied, fstab):
        _ext4(path, root, emptied, 1)
    shutil.rmtree(emptied)
    _ext4(path, home, tree / "home", 3)
    _ext4(path, boot, tree / "boot", 2)
    return _closed(path, {"": root, "home": home, "boot": boot}, size)


LAYOUTS = {"gpt-ext4": gpt_ext4, "mbr-ext4": mbr_ext4, "gpt-xfs": gpt_xfs, "mbr-lvm": mbr_lvm}
#: Those, and the ones that are for measuring.
ALL = {**LAYOUTS, "gpt-ext4-mounted": gpt_ext4_mounted}


def footer(size: int) -> bytes:
    """The footer of a fixed VHD, by the specification and without our own code."""
    block = bytearray(512)
    struct.pack_into(
        ">8sIIQI4sI4sQQHBBI", block, 0, b"conectix", 2, 0x10000, 2**64 - 1, 0, b"qem2", 0x50003, b"Wi2k", size, size,
        min(size // 512 // 16 // 63, 65535), 16, 63, 2,
    )  # fmt: skip
    block[68:84] = bytes(range(16))
    struct.pack_into(">I", block, 64, ~sum(block) & 0xFFFFFFFF)
    return bytes(block)


def _closed(path: Path, places: dict[str, Place], size: int) -> Disk:
    if path.stat().st_size != size:
        raise ValueError(f"{path} has another size than {size}")
    with path.open("ab") as file:
        file.write(footer(size))
    return Disk(path, places)


def _partition(path: Path, number: int) -> tuple[int, int]:
    """The first and the last sector, as sgdisk has it."""
    lines = run("sgdisk", "-i", str(number), path).splitlines()
    said = dict(line.split(": ", 1) for line in lines if ": " in line)
    return int(said["First sector"].split()[0]), int(said["Last sector"].split()[0])


def _place(path: Path, number: int, kind: str) -> Place:
    first, last = _partition(path, number)
    return Place(first * _SECTOR, (last - first + 1) * _SECTOR, kind)


@contextmanager
def _with_fstab(tree: Path, text: str) -> Iterator[None]:
    """The tree as this layout needs it; an empty fstab again afterwards."""
    (tree / "etc/fstab").write_text(text)
    yield
    (tree / "etc/fstab").write_text("")


def _ext4(path: Path, place: Place, tree: Path, number: int) -> None:
    _mke2fs(path, place, number, "-d", tree)


def _ext4_mounted(path: Path, place: Place, tree: Path, number: int) -> None:
    _mke2fs(path, place, number)
    with mounted(path, place.offset, place.size, place.kind) as root:
        run("cp", "-a", f"{tree}/.", root)


def _mke2fs(path: Path, place: Place, number: int, *words: str | Path) -> None:
    run(
        *("mke2fs", "-q", "-t", "ext4", "-U", _UUID.format(number), "-m", "0", "-J", "size=16"),
        *("-E", f"offset={place.offset}", *words, path, f"{place.size // 1024}k"),
    )


def _xfs(path: Path, place: Place, number: int) -> None:
    device = run("losetup", "--find", "--show", "--offset", str(place.offset), "--sizelimit", str(place.size), path)
    try:
        run("mkfs.xfs", "-q", "-m", f"uuid={_UUID.format(number)}", device)
    finally:
        run("losetup", "--detach", device)


def _efi(path: Path, place: Place) -> None:
    """A FAT with the stub of a boot loader, made beside the disk and put into its place."""
    fat, stub = path.with_suffix(".fat"), path.with_suffix(".cfg")
    sparse(fat, place.size)
    run("mkfs.vfat", "-i", _EFI_ID, "-n", "ESP", fat)
    stub.write_text("search.fs_uuid 1 root\nset prefix=($root)/boot/grub\nconfigfile $prefix/grub.cfg\n")
    run("mmd", "-i", fat, "::/EFI", "::/EFI/debian")
    run("mcopy", "-i", fat, stub, "::/EFI/debian/grub.cfg")
    with path.open("r+b") as file:
        file.seek(place.offset)
        file.write(fat.read_bytes())
    fat.unlink()
    stub.unlink()
