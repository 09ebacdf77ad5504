"""LNX012: sshd asks silent clients whether they are alive."""

from __future__ import annotations

import re

from checker.facts.arm_id import Kind
from checker.facts.linux.sshd import SshdSetting, sshd_value
from checker.facts.unread import FactName, known, read
from checker.facts.vhd import Vhd
from checker.fixes.operations import Fix, Safety
from checker.rule import Basis, Context, Fail, Lowered, NotApplicable, Outcome, Pass, Severity, rule
from rules.linux._documents import BITWARDEN, FAQ, LISA, SCYLLA
from rules.linux._guest import family, guest_of, unread
from rules.linux._sshd_keywords import KEYWORDS

_KEYWORD = "clientaliveinterval"
_LEAST, _MOST = 30, 235
_MAIN = ("/etc/ssh/sshd_config", "/usr/etc/ssh/sshd_config")
_OF_UBUNTU = "/etc/ssh/sshd_config.d/50-cloudimg-settings.conf"
_FOLDERS_OF_PACKAGES = frozenset({"/usr/sbin", "/usr/bin", "/sbin", "/bin"})
_UNITS = {"": 1, "s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800}


@rule(
    code="LNX012",
    slug="client-alive-interval",
    title="sshd's ClientAliveInterval is between 30 and 235",
    severity=Severity.ERROR,
    basis=Basis.REPORTED,
    sources=(FAQ, LISA, BITWARDEN, SCYLLA),
    kind=Kind.VHD,
    reads=(FactName.GUEST,),
)
def client_alive_interval(vhd: Vhd, context: Context) -> Outcome:
    """The interval that counts is between 30 and 235 seconds, and the main file says so itself.

    What it demands
    ---------------
    Of the lines with ``ClientAliveInterval`` outside of Match blocks, Includes followed, the first counts, as for sshd;
    one in a block for all wins over it, and so does an option that sshd is started with (``-o``). No line is 0, and
    fails. Above 235 fails too. From 1 to 29 is a warning: the document asks for 30, the certification's code for 1. 180
    is recommended; the self-test's sample answer has 120 as a warning, here it passes. 0 or more than 235 in a block
    whose patterns everybody matches (``Match User *``) is a warning: connections get it, and ``sshd -T`` does not show
    it. A time or a keyword that sshd refuses leaves the rule not evaluated: sshd does not start. So does another sshd
    that comes first on the PATH, such as one in /usr/local: the code asks that one. A time below 0 fails. Without any
    sshd, and without a configuration, it is a warning: the code fails where it finds none.

    The code asks ``sshd -T``; where that cannot run, as on an image whose host keys were removed, it searches the main
    file for the keyword at the start of a line, in its usual spelling, and takes the last; on Ubuntu it goes on with
    50-cloudimg-settings.conf beside it. Publishers report refusals of images that had the setting in another file only.
    So what such a search finds is judged too: where it finds nothing, or something else, it is a warning.

    Why
    ---
    It answers the self-test's 46, *Client Alive Interval*, and ``verify_client_active_interval``.

    How to fix
    ----------
    Write ``ClientAliveInterval 180`` into /etc/ssh/sshd_config, above every Match, and into each file that it includes
    and that says otherwise.
    """
    guest = guest_of(vhd)
    if isinstance(guest, NotApplicable):
        return guest
    settings = read(guest.sshd.settings)
    if settings is None:
        if read(guest.sshd.program) is None:
            return Fail(
                "there is no sshd, and no configuration of it",
                "an sshd with ClientAliveInterval 180",
                "none",
                lowered=Lowered(Severity.WARNING, "only the certification's code asks for a configuration of sshd"),
            )
        settings = ()
    effective = sshd_value(settings, _KEYWORD)
    last = _last_that_is_searched(settings, ubuntu="ubuntu" in (known(family(guest)) or ()))
    fix = Fix(
        "set it in the main file",
        Safety.MANUAL,
        steps=("write ClientAliveInterval 180 into /etc/ssh/sshd_config, above every Match and Include",),
    )
    expected = "ClientAliveInterval 180; 30 to 235 are accepted"
    evidence = (f"what counts: {_shown(effective)}", f"what a search of the main file finds last: {_shown(last)}")
    seconds = _seconds(effective)
    refused = [one for one in settings if one.keyword == _KEYWORD and not _is_taken(one)]
    if seconds is not None and seconds < 0:
        return Fail(
            f"ClientAliveInterval is {seconds} seconds", expected, _shown(effective), evidence=evidence, fix=fix
        )
    if refused or seconds is None:
        # Whichever line it is, and whether it counts or not: sshd does not start.
        read(unread(vhd, "sshd_config", f"it is no time that sshd takes: {_shown(refused[0] if refused else None)}"))
    elif not 0 < seconds <= _MOST:
        words = "is not set" if effective is None else f"is {seconds} seconds"
        return Fail(f"ClientAliveInterval {words}", expected, _shown(effective), evidence=evidence, fix=fix)
    elif seconds < _LEAST:
        return Fail(
            f"ClientAliveInterval is {seconds} seconds",
            expected,
            _shown(effective),
            evidence=evidence,
            fix=fix,
            lowered=Lowered(Severity.WARNING, "the certification's code accepts 1 and more"),
        )
    others = next((one for one in settings if one.keyword == _KEYWORD and (one.in_all or one.of_everybody)), None)
    if others is not None and others.of_everybody and not 0 < (_seconds(others) or 0) <= _MOST:
        return Fail(
            "a Match block that everybody matches sets another ClientAliveInterval",
            expected,
            _shown(others),
            evidence=evidence,
            fix=fix,
            lowered=Lowered(Severity.WARNING, "sshd -T, which the certification's code asks, passes the block over"),
        )
    odd = next((one for one in settings if one.keyword not in KEYWORDS), None)
    if odd is not None:
        read(unread(vhd, odd.path, f"sshd takes no such keyword, and does not start: {odd.path}:{odd.line}"))
    program = read(guest.sshd.program)
    if program is not None and program.path.rpartition("/")[0] not in _FOLDERS_OF_PACKAGES:
        read(unread(vhd, program.path, "it is the first sshd on the PATH, and which configuration it has is not known"))
    alone = _plain_number(last)
    if not 0 < alone <= _MOST:
        if last is not None and last is effective:
            message = f"the certification may not read {last.value} as a number of seconds"
            why = f"sshd itself takes it for {seconds} seconds"
        else:
            message = (
                "the main file of sshd does not set ClientAliveInterval by itself, as the certification may read it"
            )
            why = "sshd itself has a right value from another line"
        return Fail(message, expected, _shown(last), evidence=evidence, fix=fix, lowered=Lowered(Severity.WARNING, why))
    return Pass(evidence)


def _last_that_is_searched(settings: tuple[SshdSetting, ...], *, ubuntu: bool) -> SshdSetting | None:
    """The line that the certification's fall-back takes: the last of the main file, or of the other on Ubuntu."""
    lines = [one for one in settings if one.keyword == _KEYWORD and one.exact]
    files = (_OF_UBUNTU, *_MAIN) if ubuntu else _MAIN
    return next((one for path in files for one in reversed(lines) if one.path == path), None)


def _seconds(setting: SshdSetting | None) -> int | None:
    """A time as sshd_config(5) writes it (``180``, ``3m``, ``1m30s``) in seconds; None where it is none; 0 unset.

    One below 0 is no time for sshd, which does not start then, and a number for the certification's code.
    """
    if setting is None:
        return 0
    value = setting.value.lower()
    if re.fullmatch(r"-[0-9]{1,9}", value, re.ASCII):
        return int(value) or None
    # One way to read each text: a row of digits that could be cut anywhere would take for ever to refuse.
    if not value or not re.fullmatch(r"(?:[0-9]{1,9}[smhdw])*(?:[0-9]{1,9})?", value, re.ASCII):
        return None
    return sum(int(number) * _UNITS[unit] for number, unit in re.findall(r"([0-9]{1,9})([smhdw]?)", value, re.ASCII))


def _is_taken(setting: SshdSetting) -> bool:
    """Whether sshd takes the time of a line."""
    seconds = _seconds(setting)
    return seconds is not None and seconds >= 0


def _plain_number(setting: SshdSetting | None) -> int:
    """The value where it is a bare number, as a program that is not sshd takes it; else 0."""
    value = "" if setting is None else setting.value
    return int(value) if re.fullmatch(r"[0-9]{1,9}", value, re.ASCII) else 0


def _shown(setting: SshdSetting | None) -> str:
    if setting is None:
        return "no line"
    place = f"{setting.path}:{setting.line}" if setting.line else f"{setting.path}, as an option of sshd"
    return f"{place}: ClientAliveInterval {setting.value}"
