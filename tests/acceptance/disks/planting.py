"""How something is planted in a tree: files written, changed and removed, packages and kernels renamed."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Callable
from pathlib import Path

from disks.tools import run

Plant = Callable[[Path], object]


def write(name: str, text: str, mode: int = 0o644) -> Plant:
    """A file with a text, instead of whatever is there."""

    def plant(root: Path) -> None:
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.unlink(missing_ok=True)
        path.write_text(text)
        path.chmod(mode)

    return plant


def add(name: str, text: str) -> Plant:
    """A text at the end of a file."""

    def plant(root: Path) -> None:
        with (root / name).open("a") as file:
            file.write(text)

    return plant


def change(name: str, pattern: str, text: str) -> Plant:
    """A text where a pattern matches, which it must."""

    def plant(root: Path) -> None:
        old = (root / name).read_text()
        new = re.sub(pattern, lambda _: text, old, flags=re.MULTILINE)
        if new == old:
            raise ValueError(f"{name} has nothing like {pattern}")
        (root / name).write_text(new)

    return plant


def remove(*names: str) -> Plant:
    """Files and folders that are there, away."""

    def plant(root: Path) -> None:
        for name in names:
            path = root / name
            if path.is_dir() and not path.is_symlink():
                shutil.rmtree(path)
            else:
                path.unlink()

    return plant


def link(name: str, target: str) -> Plant:
    """A symlink, instead of whatever is there."""

    def plant(root: Path) -> None:
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.unlink(missing_ok=True)
        path.symlink_to(target)

    return plant


def mode(name: str, bits: int) -> Plant:
    """Other permissions."""
    return lambda root: (root / name).chmod(bits)


def every(*plants: Plant) -> Plant:
    """Several things, one after the other."""

    def plant(root: Path) -> None:
        for one in plants:
            one(root)

    return plant


def package(name: str, version: str, state: str = "install ok installed") -> Plant:
    """An entry of dpkg's database, before all others."""

    def plant(root: Path) -> None:
        path = root / "var/lib/dpkg/status"
        path.write_text(f"Package: {name}\nStatus: {state}\nVersion: {version}\n\n{path.read_text()}")

    return plant


def version_of(name: str, version: str) -> Plant:
    """Another version of a package that is there."""
    return change(
        "var/lib/dpkg/status",
        rf"(?s)(?<=^Package: {re.escape(name)}\n)(.*?)^Version: \S+$",
        f"Status: install ok installed\nVersion: {version}",
    )


def without_package(name: str) -> Plant:
    """No entry of a package that is there."""
    return change("var/lib/dpkg/status", rf"(?s)^Package: {re.escape(name)}\n.*?\n\n", "")


def renamed_kernel(new: str) -> Plant:
    """A kernel of another name."""

    def plant(root: Path) -> None:
        (old,) = (path.name.removeprefix("vmlinuz-") for path in (root / "boot").glob("vmlinuz-*"))
        for path in [*(root / "boot").glob(f"*-{old}"), root / "usr/lib/modules" / old]:
            path.rename(path.with_name(path.name.replace(old, new)))
        change("boot/grub/grub.cfg", re.escape(old), new)(root)

    return plant


def swap_file(name: str, root: Path) -> None:
    """A file that holds swap space."""
    path = root / name
    path.write_bytes(bytes(2 * 1024 * 1024))
    path.chmod(0o600)
    run("mkswap", path)


def program_for_i386(root: Path) -> None:
    """A shell whose header names another machine."""
    path = root / "usr/bin/dash"
    content = bytearray(path.read_bytes())
    content[4], content[18] = 1, 3
    path.write_bytes(content)


def many_folders(root: Path) -> None:
    """A home with more below it than is looked at."""
    for number in range(60):
        folder = root / f"root/work/{number}"
        folder.mkdir(parents=True)
        for inner in range(1000):
            os.link(root / "etc/hostname", folder / str(inner)) if inner else (folder / "0").touch()
