"""What the rules on Linux images share: the guest to judge, and logic over facts that may be unread."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TypeVar

from checker.facts.linux.boot import CommandLine
from checker.facts.linux_guest import LinuxGuest, NoLinux, NoSystem
from checker.facts.unread import Fact, ReasonKind, Unread, known, read, some, then
from checker.facts.vhd import Vhd
from checker.rule import NotApplicable
from rules.vhd._role import data_disk

T = TypeVar("T")

#: The last steps on the machine that an image is made of, as Microsoft's documents have them.
DEPROVISION = (
    "start a virtual machine from the image, or go back to the one that it was made of, and log in",
    "sudo waagent -force -deprovision+user && export HISTSIZE=0 && sync",
    "deallocate it, mark it as generalized, and capture it again",
)


def guest_of(vhd: Vhd) -> LinuxGuest | NotApplicable:
    """The Linux on the disk; NotApplicable where there is certainly none, on a data disk too."""
    guest = vhd.guest
    if isinstance(guest, NoLinux):
        return NotApplicable(guest.why)
    if isinstance(guest, NoSystem):
        # Alone it may be an OS disk that lost its system.
        return data_disk(vhd) or read(guest.doubt)
    return read(guest)


def unread(vhd: Vhd, path: str, words: str, kind: ReasonKind = ReasonKind.UNREAD) -> Unread:
    """The reason why something that decides is not known, with the path that would tell it."""
    return Unread(vhd.id.text, path, words, kind=kind)


def sorted_out(facts: Iterable[Fact[T]]) -> tuple[list[T], Unread | None]:
    """The values among some facts, and the first that is unread."""
    values: list[T] = []
    missing: Unread | None = None
    for fact in facts:
        if isinstance(fact, Unread):
            missing = fact if missing is None else missing
        else:
            values.append(fact)
    return values, missing


def counted(number: int, one: str, many: str = "") -> str:
    """``1 user``, ``2 users``."""
    return f"{number} {one if number == 1 else many or one + 's'}"


def switch(guest: LinuxGuest, option: str, default: bool) -> Fact[bool]:
    """An option of waagent.conf that is y or n, as the agent reads it: any other value is the default."""
    configuration = guest.agent.configuration
    if isinstance(configuration, Unread):
        return configuration
    value = (configuration or {}).get(option, "").lower()
    return default if value not in ("y", "n") else value == "y"


def are_known(vhd: Vhd, lines: Iterable[CommandLine]) -> Fact[bool]:
    """True where each kernel command line is known whole; unread where a variable of the boot loader is not."""
    for line in lines:
        if any("$" in word for word in line.arguments):
            words = f"a variable of the boot loader is not known: {' '.join(line.arguments)}"
            return unread(vhd, line.source, words)
    return True


def blocked_by_kernel(guest: LinuxGuest) -> Iterator[tuple[CommandLine, str]]:
    """The modules that the known command lines of kernels keep from loading."""
    for line in known(guest.boot.command_lines) or ():
        for word in () if line.is_rescue else line.arguments:
            name, _, modules = word.partition("=")
            for module in modules.split(",") if name in ("module_blacklist", "modprobe.blacklist") else ():
                yield line, module.replace("-", "_")


def has_agent(guest: LinuxGuest) -> Fact[bool]:
    """Whether the Azure Linux agent is there: its program, or its modules."""
    program = then(guest.agent.program, lambda file: file is not None)
    return some([program, then(guest.agent.modules, bool)])


def family(guest: LinuxGuest) -> Fact[frozenset[str]]:
    """What a distribution calls itself, and what it says it resembles."""
    if isinstance(guest.os_release, Unread):
        return guest.os_release
    return frozenset({guest.os_release.id, *guest.os_release.like})
