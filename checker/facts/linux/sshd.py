"""How the SSH server of an image is configured."""

from __future__ import annotations

from dataclasses import dataclass

from checker.facts.linux.system import File
from checker.facts.listing import Listing
from checker.facts.unread import Fact


@dataclass(frozen=True, slots=True)
class SshdSetting:
    """A line of the configuration of sshd: keyword in lower case, the rest of the line, and where it stands.

    ``exact`` says that a search for keywords at the start of a line, as the manual spells them, finds it; ``words`` are
    those of the value without quotation marks. ``in_match`` is a Match block that is not for all, ``in_all`` one that
    is: what stands there wins over what stands outside. ``of_everybody`` is a block with patterns that everybody
    matches (``Match User *``): it wins too, but ``sshd -T`` passes it over. Options of the command line have line 0.
    """

    keyword: str
    value: str
    path: str
    line: int
    in_match: bool
    exact: bool = True
    words: tuple[str, ...] = ()
    in_all: bool = False
    of_everybody: bool = False


@dataclass(frozen=True, slots=True)
class Sshd:
    """The configuration of sshd, Includes followed, in the order in which sshd reads it; None without a file.

    ``program`` is the first one on the PATH, at its real path. ``host_keys`` are also those that the configuration
    names, and those of dropbear; ``drop_ins`` are the files of /etc/ssh/sshd_config.d.
    """

    program: Fact[File | None]
    settings: Fact[tuple[SshdSetting, ...] | None]
    host_keys: Listing[str]
    drop_ins: Fact[tuple[File, ...]]


def sshd_value(settings: tuple[SshdSetting, ...], keyword: str) -> SshdSetting | None:
    """What counts for every connection: the first line with a keyword in blocks for all, else outside of blocks."""
    found = [one for one in settings if one.keyword == keyword.lower() and not one.in_match]
    return next((one for one in found if one.in_all), next(iter(found), None))
