"""The packages of an image, and where more of them come from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Package:
    """A package. ``version`` as its manager writes it, with epoch and release; ``state`` dpkg's last word of three."""

    name: str
    version: str
    state: str = "installed"


@dataclass(frozen=True, slots=True)
class Packages:
    """A package database: ``manager`` is dpkg or rpm. dpkg's configuration-only remains are in it, with their state."""

    manager: str
    packages: Mapping[str, tuple[Package, ...]]

    def installed(self, name: str) -> tuple[Package, ...]:
        """The installed packages of a name; several where several architectures or versions are."""
        return tuple(package for package in self.packages.get(name, ()) if package.state == "installed")


@dataclass(frozen=True, slots=True)
class Repository:
    """A repository that packages come from.

    ``name`` is its id for dnf and zypper, and what it is called; for apt the suite. ``address`` is a URL, or empty
    where a mirror list is named instead. ``refresh`` is zypper's autorefresh.
    """

    path: str
    name: str
    address: str
    enabled: bool
    refresh: bool = False
