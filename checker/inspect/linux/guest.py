"""Reading all facts of a Linux image: ``read_guest`` asks every reader of this folder once."""

from __future__ import annotations

from checker.facts.linux_guest import LinuxGuest, VolumeSeen
from checker.inspect.linux.accounts import read_accounts
from checker.inspect.linux.agent import read_agent
from checker.inspect.linux.boot import read_boot
from checker.inspect.linux.packages import read_packages
from checker.inspect.linux.reader import Reader
from checker.inspect.linux.sshd import read_sshd
from checker.inspect.linux.swap import read_swap
from checker.inspect.linux.system import (
    FILES,
    LEFTOVERS,
    TEXTS,
    read_architecture,
    read_defender,
    read_files,
    read_leases,
    read_os_release,
    read_python,
    read_stripped,
    read_udev_net_rules,
)
from checker.inspect.root import Root


def read_guest(root: Root, scope: str = "") -> LinuxGuest:
    """The facts of the image whose root was found; ``scope`` is the id of the disk, for what is unread."""
    reader = Reader(root.tree, scope)
    return LinuxGuest(
        root=root.volume.name,
        file_system=root.file_system,
        journal=str(root.journal),
        volumes=tuple(
            VolumeSeen(volume.name, str(volume.kind), volume.label, volume.type, volume.why) for volume in root.volumes
        ),
        os_release=read_os_release(reader),
        architecture=read_architecture(reader),
        accounts=read_accounts(reader),
        packages=read_packages(reader),
        agent=read_agent(reader),
        boot=read_boot(reader),
        swap=read_swap(reader, root),
        sshd=read_sshd(reader),
        machine_id=read_stripped(reader, "/etc/machine-id"),
        hostname=read_stripped(reader, "/etc/hostname"),
        leases=read_leases(reader),
        leftovers=read_files(reader, LEFTOVERS),
        defender=read_defender(reader),
        files=read_files(reader, FILES),
        texts={path: reader.text(path) for path in TEXTS},
        udev_net_rules=read_udev_net_rules(reader),
        python=read_python(reader),
    )
