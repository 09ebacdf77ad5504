"""Thousands of damaged file systems: each gives a root or the words why not, and never an exception."""

from __future__ import annotations

from contextlib import suppress

import pytest
from small_disks import WITH_ROOT, damage, disk, guest_of, root_of

from checker.facts.unread import Unread
from checker.inspect.bytes import DiskUnreadable
from checker.inspect.linux.guest import read_guest
from checker.inspect.root import Root
from checker.inspect.volumes import VolumeKind, find_volumes, recognise


@pytest.mark.parametrize("name", WITH_ROOT)
def test_damage_is_an_answer(name):
    for seed in range(25):
        root = root_of(damage(name, seed), recognise("the EFI partition", disk("fat")))
        if isinstance(root, Root):
            read_guest(root)


@pytest.mark.parametrize("name", ["ext4", "xfs"])
def test_damage_makes_nothing_absent_where_checksums_are(name):
    """Names and links are under checksums: what they say is what was put in, or it is unread."""
    sound = guest_of(name)
    for seed in range(1000, 1050):
        root = root_of(damage(name, seed), recognise("the EFI partition", disk("fat")))
        if not isinstance(root, Root):
            continue
        guest = read_guest(root)
        for found, expected in (
            *((guest.leftovers[path], fact) for path, fact in sound.leftovers.items()),
            *((guest.files[path], fact) for path, fact in sound.files.items()),
            (guest.sshd.host_keys.whole(), sound.sshd.host_keys.whole()),
            (guest.boot.kernels, sound.boot.kernels),
            (guest.leases, sound.leases),
            (guest.udev_net_rules, sound.udev_net_rules),
            (guest.agent.units, sound.agent.units),
        ):
            assert isinstance(found, Unread) or found == expected, seed
        assert set(guest.sshd.host_keys.known) <= set(sound.sshd.host_keys.known), seed


def test_damaged_fat():
    for seed in range(200):
        [volume] = find_volumes(damage("fat", seed), None)
        if volume.kind is not VolumeKind.FAT:
            continue
        with suppress(DiskUnreadable):
            file_system = volume.open()
            file_system.list(("EFI", "debian"), 100)
            file_system.read(("EFI", "debian", "grub.cfg"), 1000)
