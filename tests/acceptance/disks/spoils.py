"""Damage to whole disks, with exactly the verdicts that it must change: journals, metadata, tables, footers."""

# The table below is read by rows.
# ruff: noqa: E501

from __future__ import annotations

import fcntl
import os
import re
import struct
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from disks import images
from disks.images import Disk
from disks.tools import MIB, run

#: All rules on what is in the system.
GUEST = "guest not-evaluated"
_HOMES = "LNX001 not-evaluated, LNX002 not-evaluated, LNX004 not-evaluated, LNX027 not-evaluated"
_SHADOW = "LNX001 not-evaluated, LNX003 not-evaluated, LNX024 not-evaluated"
_GOING_DOWN, _WITH_ITS_LOG = 0x8004587D, 1  # the number of the ioctl is the same for ext4 and XFS


@dataclass(frozen=True)
class Spoil:
    """Something that is done to a disk file. It may give another file to judge instead."""

    name: str
    layouts: tuple[str, ...]
    changes: str
    do: Callable[[Disk], Path | None]


def pull_the_plug(disk: Disk) -> None:
    """Write a history, and stop the file system where only its journal knows of it."""
    with disk.volume("") as root:
        with (root / "root/.bash_history").open("w") as file:
            file.write("a-secret\n")
            file.flush()
            os.fsync(file.fileno())
        handle = os.open(root, os.O_RDONLY)
        fcntl.ioctl(handle, _GOING_DOWN, struct.pack("I", _WITH_ITS_LOG))
        os.close(handle)


def overwrite(disk: Disk, at: int, new: bytes) -> None:
    """Some bytes of the file."""
    with disk.path.open("r+b") as file:
        file.seek(at)
        file.write(new)


def turn(disk: Disk, at: int, length: int = 4) -> None:
    """Turn every bit of some bytes of the file."""
    with disk.path.open("rb") as file:
        file.seek(at)
        old = file.read(length)
    overwrite(disk, at, bytes(byte ^ 0xFF for byte in old))


def inode(path: str) -> Callable[[Disk], None]:
    """Damage the times in an inode of the root, which its checksum covers."""

    def do(disk: Disk) -> None:
        place = disk.places[""]
        if place.kind == "ext4":
            said = run("debugfs", "-R", f"imap {path}", f"{disk.path}?offset={place.offset}")
            match = re.search(r"located at block (\d+), offset 0x([0-9a-f]+)", said)
            assert match is not None, said
            turn(disk, place.offset + int(match[1]) * 4096 + int(match[2], 16) + 8)
            return
        with disk.volume("", "ro") as root:
            number = (root / path.lstrip("/")).lstat().st_ino
        with disk.path.open("rb") as file:
            super_block = os.pread(file.fileno(), 512, place.offset)
        (block_size,) = struct.unpack_from(">I", super_block, 4)
        (inode_size,) = struct.unpack_from(">H", super_block, 104)
        block_log, _, inode_log, per_block_log, group_log = struct.unpack_from(">BBBBB", super_block, 120)
        assert (1 << block_log, 1 << inode_log) == (block_size, inode_size)
        (group_blocks,) = struct.unpack_from(">I", super_block, 84)
        group, within = number >> (group_log + per_block_log), number & ((1 << (group_log + per_block_log)) - 1)
        block = group * group_blocks + (within >> per_block_log)
        slot = within & ((1 << per_block_log) - 1)
        turn(disk, place.offset + block * block_size + slot * inode_size + 32)

    return do


def swap_space(disk: Disk) -> None:
    """Swap space in the partition for the BIOS."""
    blank = disk.path.with_suffix(".swap")
    with blank.open("wb") as file:
        file.truncate(3 * MIB)
    run("mkswap", blank)
    overwrite(disk, MIB, blank.read_bytes())
    blank.unlink()


def footer(at: int, new: bytes, *, sum_again: bool = True) -> Callable[[Disk], None]:
    """Other bytes in the footer, with a checksum that is right."""

    def do(disk: Disk) -> None:
        size = disk.path.stat().st_size
        with disk.path.open("rb") as file:
            file.seek(size - 512)
            block = bytearray(file.read(512))
        block[at : at + len(new)] = new
        if sum_again:
            block[64:68] = bytes(4)
            struct.pack_into(">I", block, 64, ~sum(block) & 0xFFFFFFFF)
        overwrite(disk, size - 512, bytes(block))

    return do


def converted(*options: str) -> Callable[[Disk], Path]:
    """The disk in another format, by qemu-img."""

    def do(disk: Disk) -> Path:
        raw, other = disk.path.with_suffix(".raw"), disk.path.with_name("converted.vhd")
        disk.path.rename(raw)
        with raw.open("r+b") as file:
            file.truncate(images.SIZE)
        run("qemu-img", "convert", "-f", "raw", *options, raw, other)
        raw.unlink()
        return other

    return do


def cut(size: int) -> Callable[[Disk], None]:
    """The file, shorter."""

    def do(disk: Disk) -> None:
        with disk.path.open("r+b") as file:
            file.truncate(disk.path.stat().st_size - size)

    return do


def renamed(name: str) -> Callable[[Disk], Path]:
    """The file under another name."""
    return lambda disk: disk.path.rename(disk.path.with_name(name))


_NO_FOOTER = ", ".join(["VHD001 fail error", *(f"VHD{number:03} not-applicable" for number in range(2, 8))])

SPOILS = (
    Spoil("a journal that was not replayed", ("gpt-ext4", "mbr-ext4", "gpt-xfs", "mbr-lvm"), GUEST, pull_the_plug),
    *(
        Spoil(f"an inode that cannot be read: {path}", ("gpt-ext4", "gpt-xfs"), changes, inode(path))
        for path, changes in {
            "/etc/shadow": _SHADOW,
            "/root": f"{_HOMES}, LNX024 not-evaluated",
            "/home": _HOMES,
            "/usr/lib/os-release": GUEST,
            "/etc/passwd": GUEST,
            "/etc/fstab": GUEST,
            "/etc/ssh": "LNX001 not-evaluated, LNX004 not-evaluated, LNX012 not-evaluated, LNX019 not-evaluated, "
            "LNX024 not-evaluated",
            "/var/lib/waagent": "LNX001 not-evaluated, LNX017 not-evaluated",
            "/var/lib/dpkg/status": "LNX010 not-evaluated, LNX016 not-evaluated, LNX035 not-evaluated",
            "/etc/waagent.conf": "LNX001 not-evaluated, LNX006 not-evaluated, LNX014 not-evaluated, LNX025 not-evaluated, "
            "LNX037 not-evaluated",
            "/etc/sudoers.d": "LNX018 not-evaluated",
            "/etc/modprobe.d": "LNX023 not-evaluated, LNX036 not-evaluated",
        }.items()
    ),
    Spoil("a /home without a superblock", ("mbr-lvm",), _HOMES, lambda disk: turn(disk, disk.places["home"].offset + 1024, 1024)),
    Spoil("metadata of LVM that does not fit its checksum", ("mbr-lvm",), GUEST, lambda disk: turn(disk, 65 * MIB + 4096 + 512 + 20, 4096)),
    Spoil("swap space in a partition", ("gpt-ext4",), "LNX008 fail error", swap_space),
    Spoil("a GPT without its first copy", ("gpt-ext4",), "VHD015 fail warning", lambda disk: turn(disk, 512 + 24)),
    Spoil("a GPT without its second copy", ("gpt-ext4",), "VHD015 fail warning", lambda disk: turn(disk, images.SIZE - 512 + 24)),
    Spoil("a footer with a wrong checksum", ("mbr-ext4",), "VHD002 fail error", footer(30, b"x", sum_again=False)),
    Spoil("a size that is no whole MiB", ("mbr-ext4",), "VHD004 fail error, VHD005 fail error, VHD015 fail warning", footer(48, struct.pack(">Q", images.SIZE - 512))),
    Spoil("no footer", ("mbr-ext4",), _NO_FOOTER, cut(512)),
    Spoil("a dynamic VHD", ("gpt-ext4",), "VHD003 fail error, VHD005 not-applicable", converted("-O", "vpc", "-o", "subformat=dynamic,force_size=on")),
    Spoil("a fixed VHD by qemu-img", ("gpt-ext4",), "", converted("-O", "vpc", "-o", "subformat=fixed,force_size=on")),
    Spoil("a VHDX", ("gpt-ext4",), _NO_FOOTER, converted("-O", "vhdx")),
    Spoil("a name with a space", ("mbr-ext4",), "VHD008 fail warning", renamed("my disk.vhd")),
)  # fmt: skip
