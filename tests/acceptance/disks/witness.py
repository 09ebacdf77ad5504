"""Other readers of the same disk: the kernel's file systems, and the programs of the image itself.

``walk`` compares every path, ``facts`` every fact that another program can tell. Both give what differs, in words.
"""

from __future__ import annotations

import hashlib
import re
import stat
import subprocess
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from checker.facts.linux.sshd import sshd_value
from checker.facts.linux_guest import LinuxGuest
from checker.facts.listing import Listing
from checker.facts.unread import Unread
from checker.inspect.bytes import ByteSource
from checker.inspect.cache import BlockCache
from checker.inspect.collect import look_at_file
from checker.inspect.container import open_container
from checker.inspect.files import LocalFile
from checker.inspect.filesystem import Stat
from checker.inspect.partitions import read_partitions
from checker.inspect.resolver import Tree
from checker.inspect.root import Root, find_root
from checker.inspect.volumes import find_volumes
from disks.images import Disk
from disks.tools import run

#: Contents up to this size are compared, in bytes.
_COMPARED = 512 * 1024
#: Our readers refuse more than a sound image takes; they are asked for all of it here, so a fresh one every so often.
_FRESH_AFTER = 32 * 1024 * 1024


def walk(disk: Disk) -> tuple[int, int, list[str]]:
    """How many entries there are, how many bytes of contents were compared, and what differs from what is mounted."""
    different: list[str] = []
    entries = compared = since = 0
    with disk.open("ro") as root, LocalFile(str(disk.path)) as file:
        source = BlockCache(file)
        tree = _tree(source)
        for path, ours in _ours(tree, lambda: _tree(source)):
            entries += 1
            if path == "/boot/efi" and "boot/efi" in disk.places:
                different += _efi(disk, tree)
                continue
            theirs = (root / path.lstrip("/")).lstat()
            seen = (ours.kind.value, ours.permissions, ours.uid, ours.gid)
            if seen != (_kind(theirs.st_mode), stat.S_IMODE(theirs.st_mode), theirs.st_uid, theirs.st_gid):
                different.append(f"{path}: {seen}, not {theirs}")
            if stat.S_ISLNK(theirs.st_mode) and tree.readlink(path) != str((root / path.lstrip("/")).readlink()):
                different.append(f"{path} leads to {tree.readlink(path)!r}")
            if stat.S_ISREG(theirs.st_mode):
                if ours.size != theirs.st_size:
                    different.append(f"{path}: {ours.size} bytes, not {theirs.st_size}")
                elif ours.size <= _COMPARED:
                    if since > _FRESH_AFTER:
                        tree, since = _tree(source), 0
                    content = tree.read(path, _COMPARED)
                    if not isinstance(content, bytes) or _sum(content) != _sum((root / path.lstrip("/")).read_bytes()):
                        different.append(f"{path}: other contents")
                    compared += ours.size
                    since += ours.size + 4096
        whole = len(run("find", root, "-mindepth", "1", "-printf", ".").strip())
        if whole != entries:
            different.append(f"{entries} entries, and the kernel sees {whole}")
    return entries, compared, different


def _efi(disk: Disk, tree: Tree) -> list[str]:
    """What differs on the EFI partition, which mtools read: not every kernel has FAT."""
    path, image = "EFI/debian/grub.cfg", f"{disk.path}@@{disk.places['boot/efi'].offset}"
    content = tree.read(f"/boot/efi/{path}", _COMPARED)
    theirs = run("mtype", "-i", image, f"::/{path}")
    same = isinstance(content, bytes) and content.decode().strip() == theirs
    return [] if same else [f"/boot/efi/{path}: {content!r}, not {theirs!r}"]


def _ours(tree: Tree, fresh: Callable[[], Tree]) -> Iterator[tuple[str, Stat]]:
    """Every entry below the root, as our readers see it; the EFI partition is left out."""
    pending, listed = ["/"], 0
    while pending:
        folder = pending.pop()
        listed += 1
        if listed % 500 == 0:
            tree = fresh()
        names = tree.list(folder, 100_000)
        if not isinstance(names, tuple):
            raise AssertionError(f"{folder} cannot be listed: {names}")
        for name in names:
            path = f"{folder.rstrip('/')}/{name}"
            found = tree.stat(path, follow=False)
            if not isinstance(found, Stat):
                raise AssertionError(f"{path}: {found}")
            yield path, found
            if found.kind.value == "directory" and path != "/boot/efi":
                pending.append(path)


def _tree(source: ByteSource) -> Tree:
    inside = open_container(source).disk
    assert inside is not None
    table = read_partitions(inside)
    root = find_root(find_volumes(inside, None if table is None else table.partitions))
    if not isinstance(root, Root):
        raise AssertionError(root.words)
    return root.tree


def _sum(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _kind(mode: int) -> str:
    kinds: tuple[tuple[Callable[[int], bool], str], ...] = (
        (stat.S_ISREG, "file"),
        (stat.S_ISDIR, "directory"),
        (stat.S_ISLNK, "symlink"),
    )
    return next((name for test, name in kinds if test(mode)), "other")


# -- facts ----------------------------------------------------------------------------------------


def facts(disk: Disk) -> tuple[int, list[str]]:
    """How many facts were compared with what other programs say, and those that differ."""
    guest = look_at_file(str(disk.path), guest=True).guest
    if not isinstance(guest, LinuxGuest):
        raise AssertionError(f"{disk.path}: {guest}")
    with disk.open() as root:
        run("mount", "-t", "tmpfs", "none", root / "run")
        try:
            (root / "run/sshd").mkdir()
            pairs = _pairs(guest, root)
        finally:
            run("umount", root / "run")
    return len(pairs), [f"{name}: {ours!r}, not {theirs!r}" for name, (ours, theirs) in pairs.items() if ours != theirs]


def _pairs(guest: LinuxGuest, root: Path) -> dict[str, tuple[object, object]]:
    """Facts by name: ours, and another program's."""
    accounts, release, packages = guest.accounts, sure(guest.os_release), sure(guest.packages)
    pairs: dict[str, tuple[object, object]] = {
        "the journal": (guest.journal, "clean"),
        "os-release": (
            (release.id, release.version_id, release.pretty_name),
            tuple(_inside(root, "sh", "-c", '. /etc/os-release; echo "$ID|$VERSION_ID|$PRETTY_NAME"').split("|")),
        ),
        "the architecture": (
            {"x86_64": "amd64", "aarch64": "arm64"}.get(sure(guest.architecture).machine),
            _inside(root, "dpkg", "--print-architecture"),
        ),
        "users": (
            [f"{user.name}:{user.uid}:{user.gid}:{user.home}:{user.shell}" for user in sure(accounts.users)],
            [re.sub(r"^([^:]*):[^:]*:(\d+):(\d+):[^:]*:", r"\1:\2:\3:", line)
             for line in (root / "etc/passwd").read_text().splitlines()],
        ),
        "passwords": (
            {one.user: {"locked": "L", "set": "P", "empty": "NP"}[one.state] for one in sure(accounts.passwords) or ()},
            dict(line.split()[:2] for line in _inside(root, "passwd", "--status", "--all").splitlines()),
        ),
        "histories": (
            sorted(f"{one.file.path} {one.file.size}" for one in sure(accounts.histories)),
            sorted(_find(root, "root home -name .*sh_history -printf", "/%p %s")),
        ),
        "authorized keys": (
            sorted(f"{one.file.path} {one.file.permissions or 0:o} {one.file.uid}"
                   for one in sure(accounts.authorized_keys)),
            sorted(_find(root, "root home -path */.ssh/authorized_keys* -printf", "/%p %m %U")),
        ),
        "packages": (
            sorted(f"{one.name} {one.version} {one.state}" for many in packages.packages.values() for one in many),
            sorted(run("dpkg-query", f"--admindir={root}/var/lib/dpkg", "-W", "-f",
                       "${Package} ${Version} ${db:Status-Status}\n").splitlines()),
        ),
        "the agent": (
            {version for _, version in sure(guest.agent.modules)},
            {_inside(root, "waagent", "--version").split("-")[1].split()[0]},
        ),
        "the agent starts": (
            any(unit.endswith("walinuxagent.service") for unit in sure(guest.agent.units)),
            _inside(root, "systemctl", "is-enabled", "walinuxagent.service") == "enabled",
        ),
        "Python": (sure(guest.python), "python" + _inside(root, "python3", "-c",
                   "import sys; print('%d.%d' % sys.version_info[:2])")),
        "kernels": (
            sorted(sure(guest.boot.kernels)),
            sorted(re.findall(r"^linux-image-(\d\S*)$", run("dpkg-query", f"--admindir={root}/var/lib/dpkg", "-W",
                   "-f", "${Package}\n"), re.MULTILINE)),
        ),
        "modules": (sorted(sure(guest.boot.modules)), sorted(path.name for path in (root / "lib/modules").iterdir())),
        "blocked modules": (
            set(sure(guest.boot.blocked_modules)),
            {name.replace("-", "_") for pair in re.findall(r"^blacklist (\S+)|^install (\S+) /bin/(?:true|false)",
             _inside(root, "modprobe", "--showconfig"), re.MULTILINE) for name in pair if name},
        ),
        "command lines": (
            sorted(" ".join(line.arguments) for line in sure(guest.boot.command_lines)),
            sorted(
                run("sed", "-nE", r"s/^\s*linux\s+\S+\s+(.*\S)\s*$/\1/p", root / "boot/grub/grub.cfg").splitlines()
            ),
        ),
        "host keys": (
            sorted(sure(guest.sshd.host_keys)), sorted(_find(root, "etc/ssh -name ssh_host_*_key* -printf", "/%p")),
        ),
        "the host name": (sure(guest.hostname), (root / "etc/hostname").read_text().strip()
                          if (root / "etc/hostname").exists() else None),
        "the machine id": (sure(guest.machine_id), (root / "etc/machine-id").read_text().strip()),
        "leases": (
            sorted(file.path for file in sure(guest.leases)),
            sorted(_find(root, "var/lib/dhcp -name *.lease* -printf", "/%p")),
        ),
    }  # fmt: skip
    if sure(guest.sshd.host_keys):
        said = dict(line.partition(" ")[::2] for line in _inside(root, "/usr/sbin/sshd", "-T").splitlines())
        settings = sure(guest.sshd.settings) or ()
        for keyword in ("clientaliveinterval", "usepam", "x11forwarding", "printmotd"):
            setting = sshd_value(settings, keyword)
            pairs[f"sshd's {keyword}"] = (setting.value if setting else None, said[keyword])
    listed: Mapping[str, object] = {**guest.leftovers, **guest.defender, **guest.files}
    for path, file in listed.items():
        pairs[path] = (_words(file), _mounted(root / path.lstrip("/")))
    return pairs


def _words(file: object) -> str:
    if file is None:
        return "absent"
    kind, size, permissions, uid = (getattr(file, name) for name in ("kind", "size", "permissions", "uid"))
    return f"{kind} {size if kind == 'file' else ''} {permissions:o} {uid}"


def _mounted(path: Path) -> str:
    try:
        found = path.lstat()
    except OSError:
        return "absent"
    kind = _kind(found.st_mode)
    return f"{kind} {found.st_size if kind == 'file' else ''} {stat.S_IMODE(found.st_mode):o} {found.st_uid}"


def sure(fact: Any) -> Any:
    """A fact that must be known, and all members of a listing."""
    if isinstance(fact, Listing):
        fact = fact.whole()
    if isinstance(fact, Unread):
        raise AssertionError(f"{fact.fact} is unread: {fact.detail}")
    return fact


def _find(root: Path, words: str, form: str) -> list[str]:
    said = subprocess.run(["find", *words.split(), f"{form}\\n"], cwd=root, capture_output=True, text=True, check=False)
    return said.stdout.splitlines()


def _inside(root: Path, *words: str) -> str:
    """What a program of the image says."""
    done = subprocess.run(["chroot", str(root), *words], capture_output=True, text=True, check=False)
    return done.stdout.strip()
