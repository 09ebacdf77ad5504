"""LNX004: no SSH key may log in."""

from checker.facts.arm_id import Kind
from checker.facts.linux.accounts import AuthorizedKeys
from checker.facts.unread import FactName, known, read
from checker.facts.vhd import Vhd
from checker.fixes.operations import Fix, Safety
from checker.rule import Basis, Context, Fail, Lowered, NotApplicable, Outcome, Pass, Severity, rule
from rules.linux._commands import edited, removed
from rules.linux._documents import FAQ, LISA, SECURITY
from rules.linux._guest import guest_of


@rule(
    code="LNX004",
    slug="no-authorized-keys",
    title="No SSH key may log in",
    severity=Severity.ERROR,
    basis=Basis.DOCUMENTED,
    sources=(FAQ, SECURITY, LISA),
    kind=Kind.VHD,
    reads=(FactName.GUEST,),
)
def no_authorized_keys(vhd: Vhd, context: Context) -> Outcome:
    """No account has authorized keys.

    What it demands
    ---------------
    No ``authorized_keys`` or ``authorized_keys2`` in a home, no file that sshd's configuration names for them
    (``AuthorizedKeysFile``, in Match blocks too), no authority whose certificates log in (``TrustedUserCAKeys``), and
    no line of cloud-init's configuration holds a key. /etc/skel, or what useradd is told of instead, counts as a home:
    every new account begins with a copy. Keys that do nothing but say *Please login as the user* are fine; they need
    ``no-port-forwarding`` or ``restrict``, for without it they open tunnels. Only as a warning fails a file of nobody
    who can log in, and so does what the certification's code alone refuses: a file with text but without a key, and an
    account's ``authorized_keys`` that is a directory, or a symlink that leads nowhere. That code does not look at
    ``authorized_keys2`` and the other places, and lets the whole file pass for one line with the notice; here every
    line is looked at. Where sshd asks a program of the image for keys (``AuthorizedKeysCommand``), the rule is not
    evaluated, unless the program is known to ask a directory service; nor is it where cloud-init's configuration or one
    of its scripts names the file ``authorized_keys``, with ``HostbasedAuthentication``, where
    /etc/tmpfiles.d has systemd write into homes at every boot, or where a unit in /etc starts another SSH server, or
    sshd with another configuration.

    Why
    ---
    It answers ``verify_no_pre_exist_users``. Whoever has the key could log in to every machine made of the image.

    How to fix
    ----------
    Remove the files, and the accounts that they belong to.
    """
    guest = guest_of(vhd)
    if isinstance(guest, NotApplicable):
        return guest
    found, told = guest.accounts.authorized_keys, guest.cloud_init.keys
    keys = [one for one in found.known if one.keys and not one.only_notice]
    text = [one for one in found.known if not one.keys and one.file.size and one.file.kind == "file"]
    odd = [one for one in found.known if one.file.kind != "file"]
    if any(one.users for one in keys):
        return _fail("SSH keys may log in", keys, told=known(told) or ())
    if lines := known(told):
        return Fail(
            "cloud-init is told to let SSH keys log in",
            expected="no keys in its configuration",
            actual=", ".join(lines),
            fix=Fix(
                "remove the keys", Safety.MANUAL, steps=tuple(f"take the key out of {edited(line)}" for line in lines)
            ),
        )
    read(found.whole())
    read(told)
    if keys:
        return _fail("SSH keys are left that are nobody's", keys, "nobody who can log in owns the home")
    if text:
        return _fail("a file of authorized keys has text, without a key", text, "there is no key in it")
    if odd:
        words = "sshd passes it over, and the certification's code ends with an error where it cannot read it"
        return _fail("a file of authorized keys is a directory, or a symlink that leads nowhere", odd, words)
    notices = tuple(f"{one.file.path} only says whom to log in as" for one in found.known if one.only_notice)
    return Pass(notices or ("no home has authorized keys, and sshd is told of no others",))


def _fail(message: str, files: list[AuthorizedKeys], lowered: str = "", told: tuple[str, ...] = ()) -> Fail:
    seen = [f"{one.file.path} ({one.keys} {'key' if one.keys == 1 else 'keys'})" for one in files]
    return Fail(
        message,
        expected="no authorized keys",
        actual=", ".join([*seen, *(f"{line} (told to cloud-init)" for line in told)]),
        fix=Fix(
            "remove the keys",
            Safety.MANUAL,
            steps=(
                *(removed(one.file.path) for one in files),
                *(f"take the key out of {edited(line)}" for line in told),
                "remove the accounts that nobody is to have",
            ),
        ),
        lowered=Lowered(Severity.WARNING, lowered) if lowered else None,
    )
