"""What cloud-init would do on a machine that is made of an image."""

from __future__ import annotations

from dataclasses import dataclass

from checker.facts.listing import Listing
from checker.facts.unread import Fact


@dataclass(frozen=True, slots=True)
class CloudInit:
    """What cloud-init would do on a new machine, and what it remembers of earlier ones.

    ``runs`` says that it runs there, ``replaces_host_keys`` that it does and makes new SSH host keys;
    ``keeps_instance`` that it goes on with the instance that it remembers; ``resource_folder`` is where it mounts the
    disk that comes and goes with the machine, None where it does not; ``writes_sources`` says that it writes the
    sources of apt, ``names_mirror`` that it is told of Azure's mirror of Ubuntu. ``starts`` is what the Azure Linux
    agent asks for: whether systemd is told to start its first unit. ``stopped`` are the paths that keep it from
    running, its mark for that and masks; ``sources`` is the list of sources of data in force, None without one, and
    ``seeds`` the folders of the image with data for it. ``remembered`` are the paths of all instances, and of what ran
    once for all. The others are lines of its configuration, as ``path:line``: ``memory_elsewhere`` those that have it
    remember at another place than /var/lib/cloud, ``passwords`` those that may give an account a password, ``keys``
    those that give one a key.
    """

    installed: Fact[bool]
    runs: Fact[bool]
    replaces_host_keys: Fact[bool]
    keeps_instance: Fact[bool]
    resource_folder: Fact[str | None]
    writes_sources: Fact[bool]
    names_mirror: Fact[bool]
    starts: Fact[bool]
    stopped: Listing[str]
    sources: Fact[tuple[str, ...] | None]
    seeds: Fact[tuple[str, ...]]
    remembered: Fact[tuple[str, ...]]
    memory_elsewhere: Fact[tuple[str, ...]]
    passwords: Fact[tuple[str, ...]]
    keys: Fact[tuple[str, ...]]
