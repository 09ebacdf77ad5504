"""LNX012: sshd asks silent clients whether they are alive."""

from __future__ import annotations

import re

from checker.facts.arm_id import Kind
from checker.facts.linux_guest import SshdSetting, sshd_value
from checker.facts.unread import FactName, read
from checker.facts.vhd import Vhd
from checker.fixes.operations import Fix, Safety
from checker.rule import Basis, Context, Fail, Lowered, NotApplicable, Outcome, Pass, Severity, rule
from rules.linux._documents import BITWARDEN, FAQ, LISA, SCYLLA
from rules.linux._guest import guest_of, unread

_KEYWORD = "clientaliveinterval"
_LEAST, _MOST = 30, 235
_MAIN = ("/etc/ssh/sshd_config", "/usr/etc/ssh/sshd_config")
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
    Of the lines with ``ClientAliveInterval`` outside of Match blocks, Includes followed, the first counts, as for
    sshd. No line is 0, and fails. Above 235 fails too. From 1 to 29 is a warning: the document asks for 30, the
    certification's code for 1. That code asks ``sshd -T``; where that cannot run, as on an image whose host keys were
    removed, it takes the last line of the main file alone, and publishers report refusals of images that had the
    setting in a file beside it only. So what the main file says by itself is judged too: where it says nothing, or
    something else, it is a warning. 180 is recommended.

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
            return NotApplicable("there is no SSH server")
        settings = ()
    effective = sshd_value(settings, _KEYWORD)
    last = _last_of_main_file(settings)
    fix = Fix(
        "set it in the main file",
        Safety.MANUAL,
        steps=("write ClientAliveInterval 180 into /etc/ssh/sshd_config, above every Match and Include",),
    )
    expected = "ClientAliveInterval 180; 30 to 235 are accepted"
    evidence = (f"what counts: {_shown(effective)}", f"the main file by itself, its last line: {_shown(last)}")
    seconds = _seconds(effective)
    if seconds is None:
        read(unread(vhd, "sshd_config", f"it is no time that sshd takes: {_shown(effective)}"))
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
    alone = _plain_number(last)
    if not 0 < alone <= _MOST:
        return Fail(
            "the main file of sshd does not set ClientAliveInterval by itself, as the certification may read it",
            expected,
            _shown(last),
            evidence=evidence,
            fix=fix,
            lowered=Lowered(Severity.WARNING, "sshd itself has a right value from another line"),
        )
    return Pass(evidence)


def _last_of_main_file(settings: tuple[SshdSetting, ...]) -> SshdSetting | None:
    lines = [one for one in settings if one.keyword == _KEYWORD]
    return next((one for main in _MAIN for one in reversed(lines) if one.path == main), None)


def _seconds(setting: SshdSetting | None) -> int | None:
    """A time as sshd_config(5) writes it (``180``, ``3m``, ``1m30s``) in seconds; None where it is none; 0 unset."""
    if setting is None:
        return 0
    value = setting.value.lower()
    # One way to read each text: a row of digits that could be cut anywhere would take for ever to refuse.
    if not value or not re.fullmatch(r"(?:[0-9]{1,9}[smhdw])*(?:[0-9]{1,9})?", value, re.ASCII):
        return None
    return sum(int(number) * _UNITS[unit] for number, unit in re.findall(r"([0-9]{1,9})([smhdw]?)", value, re.ASCII))


def _plain_number(setting: SshdSetting | None) -> int:
    """The value where it is a bare number, as a program that is not sshd takes it; else 0."""
    value = "" if setting is None else setting.value
    return int(value) if re.fullmatch(r"[0-9]{1,9}", value, re.ASCII) else 0


def _shown(setting: SshdSetting | None) -> str:
    return "no line" if setting is None else f"{setting.path}:{setting.line}: ClientAliveInterval {setting.value}"
