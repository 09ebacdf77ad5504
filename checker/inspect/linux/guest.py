"""Reading all facts of a Linux image: ``read_guest`` asks every reader of this folder once."""

from __future__ import annotations

from checker.facts.linux_guest import LinuxGuest, VolumeSeen
from checker.inspect.linux.accounts import read_accounts
from checker.inspect.linux.agent import read_agent
from checker.inspect.linux.boot import read_boot
from checker.inspect.linux.cloud_init_notes import read_cloud_init_errors
from checker.inspect.linux.first_boot import read_cloud_init
from checker.inspect.linux.interface_names import (
    read_empty_udev_net_rules,
    read_tied_names,
    read_udev_net_rules,
)
from checker.inspect.linux.layers import under_layers
from checker.inspect.linux.packages import read_packages
from checker.inspect.linux.programs import read_programs
from checker.inspect.linux.reader import Reader
from checker.inspect.linux.repositories import read_proxies, read_repositories
from checker.inspect.linux.sshd import read_sshd
from checker.inspect.linux.swap import read_swap
from checker.inspect.linux.system import (
    FILES,
    LEFTOVERS,
    read_architecture,
    read_dbus_machine_id,
    read_defender,
    read_files,
    read_leases,
    read_logs,
    read_os_release,
    read_python,
    read_stripped,
    read_texts,
)
from checker.inspect.root import Root


def read_guest(root: Root, scope: str = "") -> LinuxGuest:
    """The facts of the image whose root was found; ``scope`` is the id of the disk, for what is unread."""
    whole = Reader(root.tree, scope)
    boot = read_boot(whole, root)
    reader = Reader(under_layers(whole, boot), scope)
    sshd = read_sshd(reader)
    return LinuxGuest(
        root=root.volume.name,
        file_system=root.file_system,
        journal=str(root.journal),
        volumes=tuple(
            VolumeSeen(volume.name, str(volume.kind), volume.label, volume.type, volume.why) for volume in root.volumes
        ),
        os_release=read_os_release(reader),
        architecture=read_architecture(reader),
        accounts=read_accounts(reader, sshd.settings),
        packages=read_packages(reader),
        agent=read_agent(reader),
        boot=boot,
        swap=read_swap(reader, root),
        sshd=sshd,
        machine_id=read_stripped(reader, "/etc/machine-id"),
        dbus_machine_id=read_dbus_machine_id(reader),
        cloud_init=read_cloud_init(reader),
        logs=read_logs(reader),
        hostname=read_stripped(reader, "/etc/hostname"),
        leases=read_leases(reader),
        leftovers=read_files(reader, LEFTOVERS),
        defender=read_defender(reader),
        files=read_files(reader, FILES),
        texts=read_texts(reader),
        udev_net_rules=read_udev_net_rules(reader),
        empty_udev_net_rules=read_empty_udev_net_rules(reader),
        tied_names=read_tied_names(reader),
        python=read_python(reader),
        programs=read_programs(reader),
        repositories=read_repositories(reader),
        proxies=read_proxies(reader),
        cloud_init_errors=read_cloud_init_errors(reader),
    )
