"""What an image boots: the command lines of its kernels, and the kernels themselves."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from checker.facts.unread import Fact


@dataclass(frozen=True, slots=True)
class CommandLine:
    """A kernel command line that the boot loader may use, with its variables filled in.

    ``is_used`` is False for a boot loader entry that nothing seen reads: GRUB has menus without ``blscfg``, and
    systemd-boot was not found.
    """

    source: str
    title: str
    kernel: str
    arguments: tuple[str, ...]
    is_used: bool = True

    @property
    def is_rescue(self) -> bool:
        """Whether it is only for repair, as distributions mark it; a product may be called *Recovery* itself."""
        title = self.title.lower()
        marked = "(recovery mode)" in title or "0-rescue" in title or "-rescue-" in self.kernel
        return marked or any(word in ("single", "rescue", "recovery", "emergency") for word in self.arguments)


@dataclass(frozen=True, slots=True)
class Boot:
    """What is booted."""

    command_lines: Fact[tuple[CommandLine, ...]]
    default_target: Fact[str | None]  # the target of systemd that default.target leads to; its own name where no link
    saved_words: Fact[tuple[str, ...]]  # of all values in environment blocks of GRUB
    searched_for: Fact[tuple[str, ...]]  # what verify_grub refuses, as path: text, wherever it stands in a grub.cfg
    kernels: Fact[tuple[str, ...]]  # the versions of /boot/vmlinuz-*
    modules: Fact[tuple[str, ...]]  # the versions in /lib/modules
    configurations: Fact[Mapping[str, Mapping[str, str]]]  # by kernel version: CONFIG_X without its prefix → y, m
    blocked_modules: Fact[tuple[str, ...]]  # by modprobe.d: blacklist, or install with what does not load it
    needed_modules: Fact[Mapping[str, tuple[str, ...]]]  # by kernel: udf, vfat, hv_… where they are there
