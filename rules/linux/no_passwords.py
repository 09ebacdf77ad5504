"""LNX003: no account has a password."""

from checker.facts.arm_id import Kind
from checker.facts.linux.accounts import PasswordState
from checker.facts.unread import FactName, Unread, read
from checker.facts.vhd import Vhd
from checker.fixes.operations import Fix, Safety
from checker.rule import Basis, Context, Fail, Lowered, NotApplicable, Outcome, Pass, Severity, rule
from rules.linux._commands import edited, sudo
from rules.linux._documents import FAQ, LISA, SECURITY
from rules.linux._guest import counted, guest_of, unread


@rule(
    code="LNX003",
    slug="no-passwords",
    title="No account has a password",
    severity=Severity.ERROR,
    basis=Basis.DOCUMENTED,
    sources=(FAQ, SECURITY, LISA),
    kind=Kind.VHD,
    reads=(FactName.GUEST,),
)
def no_passwords(vhd: Vhd, context: Context) -> Outcome:
    """No account can log in with a password that the image brings.

    What it demands
    ---------------
    Every password in /etc/shadow is locked (it has a ``*`` or a ``!``) or is ``x``, and /etc/passwd itself holds none.
    An empty password, with which anybody logs in, is a failure of its own: a warning, since the certification's code
    lets an empty field pass. So is an empty line between the lines of /etc/passwd or /etc/shadow: that code ends with
    an error there, and the C library passes over it. Without /etc/shadow, that of /etc/passwd counts. Where
    cloud-init's configuration names a password, or has it run or write what sets one (``chpasswd``, ``usermod -p``,
    ``passwd --stdin``, /etc/shadow), the rule is not evaluated: what comes of it is not known. Nor is it
    where there are accounts in other databases (of systemd, tcb, the module db), or credentials that systemd makes
    passwords of (/etc/credstore). Backups such as /etc/shadow- are not judged, for nobody logs in by them: removing an
    account leaves its password there. Nor are passwords of groups (/etc/gshadow): who has one still has to log in
    first.

    Why
    ---
    It answers ``verify_no_pre_exist_users``, which looks at /etc/shadow alone. Whoever built the image, or read about
    it, could log in to every machine made of it.

    How to fix
    ----------
    Remove the account, or lock its password with ``passwd -l``. ``waagent -deprovision+user`` removes only the account
    that was provisioned last.
    """
    guest = guest_of(vhd)
    if isinstance(guest, NotApplicable):
        return guest
    shadow, users = guest.accounts.passwords, guest.accounts.users
    # A name may stand in several lines: a later one takes nothing away from an earlier one.
    states: list[tuple[str, str, PasswordState]] = []
    if not isinstance(users, Unread):
        states += [(user.name, " (in /etc/passwd)", user.password) for user in users]
    if not isinstance(shadow, Unread):
        states += [(one.user, "", one.state) for one in shadow or ()]
    given = sorted({(name, where) for name, where, state in states if state is PasswordState.SET})
    empty = sorted({(name, where) for name, where, state in states if state is PasswordState.EMPTY})
    if given:
        return Fail(
            f"{counted(len(given), 'account')} may log in by password",
            expected="passwords that are locked",
            actual=", ".join([*(f"{name}{where}: set" for name, where in given), *_empty(empty)]),
            fix=_fix(given),
        )
    read(shadow)
    read(users)
    others = read(guest.accounts.elsewhere)
    if others:
        read(unread(vhd, others[0], f"there are accounts elsewhere, which are not read: {', '.join(others)}"))
    told = read(guest.cloud_init.passwords)
    if told and not empty:
        read(
            unread(vhd, told[0].rpartition(":")[0], f"{', '.join(told)} may have cloud-init give an account a password")
        )
    if empty:
        return Fail(
            f"{counted(len(empty), 'account')} may log in with an empty password",
            expected="passwords that are locked",
            actual=", ".join(_empty(empty)),
            fix=_fix(empty),
            lowered=Lowered(Severity.WARNING, "the certification's code lets an empty field pass"),
        )
    odd = read(guest.accounts.odd_lines)
    if odd:
        return Fail(
            "the certification's code ends with an error at lines of /etc/passwd or /etc/shadow",
            expected="no empty line between others, and none without fields",
            actual=", ".join(f"line {number} of {path}" for path, _, number in (place.partition(":") for place in odd)),
            fix=Fix("remove the lines", Safety.MANUAL, steps=tuple(edited(place) for place in odd)),
            lowered=Lowered(Severity.WARNING, "no account has a password, and the C library passes over such lines"),
        )
    where = "/etc/passwd alone: there is no /etc/shadow" if shadow is None else "/etc/shadow and /etc/passwd"
    return Pass((f"none of {len(states)} entries has a password, by {where}",))


def _empty(accounts: list[tuple[str, str]]) -> list[str]:
    return [f"{name}{where}: empty" for name, where in accounts]


def _fix(accounts: list[tuple[str, str]]) -> Fix:
    """Both ways for each account, but root, whom nobody removes."""
    steps: list[str] = []
    for name in dict.fromkeys(name for name, _ in accounts):
        if name != "root":
            steps.append(f"to remove the account: {sudo('userdel', '-r', '--', name)}")
        steps.append(f"to lock it: {sudo('passwd', '-l', '--', name)}")
    return Fix("remove the accounts, or lock their passwords", Safety.MANUAL, steps=tuple(steps))
