"""Where sshd looks for keys, beside the homes."""

from __future__ import annotations

from checker.facts.linux_guest import LinuxGuest
from checker.facts.unread import Unread
from checker.facts.vhd import Vhd
from rules.linux._guest import unread

#: What AuthorizedKeysFile may say without naming a place that is not looked at.
_USUAL = frozenset(
    {"none"} | {f"{home}.ssh/{name}" for home in ("", "%h/") for name in ("authorized_keys", "authorized_keys2")}
)


def other_places(vhd: Vhd, guest: LinuxGuest) -> Unread | None:
    """Why not all keys are known, where sshd may find some at a place that is not looked at; None where it cannot."""
    if isinstance(guest.sshd.settings, Unread):
        return guest.sshd.settings
    for setting in guest.sshd.settings or ():
        if setting.keyword == "authorizedkeysfile" and not _USUAL.issuperset(setting.value.split()):
            words = f"sshd looks for keys at {setting.value} too ({setting.path}:{setting.line}), which is not read"
            return unread(vhd, setting.path, words)
    return None
