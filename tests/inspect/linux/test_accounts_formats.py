"""The formats of passwd, shadow and sudoers, with everything that hides an account, a password or a setting in them."""

from __future__ import annotations

import pytest
from memory_tree import Broken, guest, reader
from small_disks import Link

from checker.facts.linux.accounts import PasswordState
from checker.facts.unread import Unread
from checker.inspect.linux.accounts import password_state, read_accounts

ROOT = b"root:x:0:0::/root:/bin/bash\n"
SET, LOCKED, EMPTY = PasswordState.SET, PasswordState.LOCKED, PasswordState.EMPTY
EXTRAUSERS = {"etc/nsswitch.conf": b"passwd: files extrausers\nshadow: files extrausers\n"}
SHA = "$6$salt$" + "a" * 86


@pytest.mark.parametrize(
    ("field", "state"),
    [
        (SHA, SET),
        ("$6$sa*lt$" + "a" * 86, SET),  # a sign in the salt locks nothing
        ("$6$rounds=5000$sa!lt$" + "a" * 86, SET),
        ("$y$j9T$abc$" + "a" * 43, SET),
        ("!" + SHA, LOCKED),
        ("*" + SHA, LOCKED),
        ("!!" + SHA, LOCKED),
        (SHA + "!", LOCKED),
        ("*LK*", LOCKED),
        ("*LOCK*", LOCKED),
        ("NP", SET),
        ("abJnggxhB/yWI", SET),
        (" ", SET),
    ],
)
def test_what_locks_a_password(field, state):
    assert password_state(field) is state


def passwords(shadow: bytes, more: bytes | None = None):
    files = {"etc/passwd": ROOT, "etc/shadow": shadow}
    if more is not None:
        files |= {"var/lib/extrausers/shadow": more, **EXTRAUSERS}
    found = read_accounts(reader(files)).passwords
    return found if isinstance(found, Unread) else [(one.user, one.state) for one in found]


@pytest.mark.parametrize(
    ("shadow", "found"),
    [
        (b"root:*:1::::::", [("root", LOCKED)]),
        (b"root:*:1::::::\r\nb:" + SHA.encode() + b"\r\n", [("root", LOCKED), ("b", SET)]),
        (b"root:*:\n\n  b:" + SHA.encode() + b":\n", [("root", LOCKED), ("b", SET)]),
        (b"# root:" + SHA.encode() + b":\nroot:!:\n", [("root", LOCKED)]),
        (b"+::::::::\n-b\nroot:!:\n", [("root", LOCKED)]),
        (b"-b:" + SHA.encode() + b":\nroot:!:\n", [("-b", SET), ("root", LOCKED)]),
        ("\xa0:!:\n".encode(), [("\xa0", LOCKED)]),
        (b"root:*:\nroot:" + SHA.encode() + b":\n", [("root", LOCKED), ("root", SET)]),
        (b"root:" + SHA.encode() + b"\0*:\n", [("root", SET)]),
        (b"b\xff:" + SHA.encode() + b":\n", [("b\udcff", SET)]),
        ("b\u2028x:!:\nc:".encode() + SHA.encode() + b":\n", [("b\u2028x", LOCKED), ("c", SET)]),
        (b"root:\r\n", [("root", EMPTY)]),
        (b"", []),
    ],
)
def test_shadow(shadow, found):
    assert passwords(shadow) == found


def test_a_line_that_is_no_user_leaves_passwords_unread():
    assert "line 2" in passwords(b"root:*:\nroot\n").detail


@pytest.mark.parametrize("shadow", [bytes(80), b"root:*:\n" + bytes(40), bytes(40) + b"root:" + SHA.encode() + b":\n"])
def test_a_shadow_with_nuls_that_shows_no_password_is_unread(shadow):
    assert "NUL" in passwords(shadow).detail


def test_databases_in_other_formats_are_said():
    for path in (
        "var/lib/misc/shadow.db",
        "var/db/passwd.db",
        "etc/credstore/passwd.hashed-password.root",
        "usr/lib/credstore/passwd.plaintext-password.op",
        "etc/credstore.encrypted/ssh.authorized_keys.root",
    ):
        seen = read_accounts(reader({"etc/passwd": ROOT, path: b"x", "etc/credstore/other": b"x"}))
        assert seen.elsewhere == (f"/{path}",)
        assert path in seen.authorized_keys.rest.detail


def test_a_passwd_with_nuls_is_unread():
    assert "NUL" in read_accounts(reader({"etc/passwd": ROOT + bytes(40)})).users.detail


@pytest.mark.parametrize(
    ("group", "id"),
    [
        (b"root:x:0:\nshadow:x:42:\nshadow:x:7:\n", 42),
        (b"#shadow:x:1:\nshadow:x:15:a,b\n", 15),
        (b"shadows:x:1:\nx:shadow:2:\n", None),
        (b"", None),
        (b"shadow\n", "unread"),
        (b"shadow:x:-1:\n", "unread"),
        (b"shadow:x:" + b"9" * 5000 + b":\n", "unread"),
        (Broken(), "unread"),
    ],
)
def test_the_group_that_may_read_passwords(group, id):
    found = read_accounts(reader({"etc/passwd": ROOT, "etc/group": group})).shadow_group
    assert ("unread" if isinstance(found, Unread) else found) == id


def test_accounts_of_the_second_pair_of_files_count():
    assert passwords(b"root:*:\n", b"b:" + SHA.encode() + b":\n") == [("root", LOCKED), ("b", SET)]
    files = {"etc/passwd": ROOT, "var/lib/extrausers/passwd": b"b:x:0:0::/x:/bin/sh\n", **EXTRAUSERS}
    assert [user.name for user in read_accounts(reader(files)).users] == ["root", "b"]


def test_without_a_shadow_there_are_no_passwords_in_it():
    assert read_accounts(reader({"etc/passwd": ROOT})).passwords is None
    assert isinstance(read_accounts(reader({"etc/passwd": ROOT, "etc/shadow": Broken()})).passwords, Unread)


@pytest.mark.parametrize(
    ("passwd", "shadow", "odd"),
    [
        (ROOT + b"\n" + ROOT, b"root:*:\n", ["/etc/passwd:2"]),
        (ROOT, b"root:*:\n  \nb:*:\n\n+\nc:!:\n", ["/etc/shadow:2", "/etc/shadow:4", "/etc/shadow:5"]),
        (b"\n\n" + ROOT + b"# a comment\n+::::::\n\n \n", b"\n", []),
        (b"\n" + ROOT + b"\n" + ROOT, b"", ["/etc/passwd:3"]),
        (ROOT, None, []),
    ],
)
def test_lines_without_fields(passwd, shadow, odd):
    files = {"etc/passwd": passwd} | ({} if shadow is None else {"etc/shadow": shadow})
    assert list(read_accounts(reader(files)).odd_lines) == odd


def test_lines_of_what_cannot_be_read_are_unread():
    assert isinstance(read_accounts(reader({"etc/passwd": ROOT, "etc/shadow": Broken()})).odd_lines, Unread)


@pytest.mark.parametrize(
    ("passwd", "names"),
    [
        (ROOT + b"#b:x:0:0::/b:/bin/sh\n", ["root"]),
        (ROOT + b"+::::::\n+@group::::::\n-b\n", ["root"]),
        (ROOT + b"+::0:0:::\n-b:x:0:0::/:/bin/sh\n", ["root", "+", "-b"]),
        (ROOT + b"\n\n b:x:0:0::/b:/bin/sh", ["root", "b"]),
        (ROOT + b"b:x:-0:0::/b:\n", ["root", "b"]),
        (ROOT + "b:x:5:5:A\u2028B\x0cC:/b:/bin/sh\n".encode(), ["root", "b"]),
    ],
)
def test_passwd(passwd, names):
    assert [user.name for user in read_accounts(reader({"etc/passwd": passwd})).users] == names


@pytest.mark.parametrize("line", ["b:x:+0:0::/b:/bin/sh", "b:x: 0:0::/b:/bin/sh", "b:x:٠:0::/b:/bin/sh", "b:x:0:0"])
def test_a_user_whose_id_is_written_oddly_is_unread(line):
    assert isinstance(read_accounts(reader({"etc/passwd": ROOT + line.encode() + b"\n"})).users, Unread)


# -- sudoers ------------------------------------------------------------------------------------


def targetpw(files):
    return read_accounts(reader({"etc/passwd": ROOT, **files})).targetpw


@pytest.mark.parametrize(
    ("files", "found"),
    [
        ({"etc/sudoers": b"Defaults env_reset, \\\n  targetpw\n"}, ("/etc/sudoers:1",)),
        ({"etc/sudoers": b"# a\nDefaults \\\ntargetpw"}, ("/etc/sudoers:2",)),
        # how sudo itself reads these was tried with cvtsudoers of sudo 1.9.13
        ({"etc/sudoers": b"# a \\\nDefaults targetpw\n"}, ("/etc/sudoers:2",)),
        ({"etc/sudoers": b"Defaults env_reset # a\\\nDefaults targetpw\n"}, ("/etc/sudoers:2",)),
        ({"etc/sudoers": b"Defaults env_reset,\\ \t\n targetpw\n"}, ("/etc/sudoers:1",)),
        ({"etc/sudoers": b'Defaults badpass_message="a # b", targetpw\n'}, ("/etc/sudoers:1",)),
        ({"etc/sudoers": b"Defaults:#1000 targetpw\nDefaults:%#-1 targetpw\n"}, ("/etc/sudoers:1", "/etc/sudoers:2")),
        ({"etc/sudoers": b"Defaults env_reset # not targetpw\nDefaults env_reset#, targetpw\n"}, ()),
        ({"etc/sudoers": b'Defaults badpass_message="no, targetpw"\n'}, ()),
        ({"etc/sudoers": b"Defaults !!targetpw\n"}, ("/etc/sudoers:1",)),
        ({"etc/sudoers": b"Defaults\ttargetpw\r\n"}, ("/etc/sudoers:1",)),
        ({"etc/sudoers": b"#include /etc/more\n", "etc/more": b"Defaults targetpw\n"}, ("/etc/more:1",)),
        ({"etc/sudoers": b"@include more\n", "etc/more": b"Defaults targetpw\n"}, ("/etc/more:1",)),
        ({"etc/sudoers": b'@includedir "/etc/a b"\n', "etc/a b/x": b"Defaults targetpw\n"}, ("/etc/a b/x:1",)),
        ({"etc/sudoers": b"@includedir /etc/a\\ b\n", "etc/a b/x": b"Defaults targetpw\n"}, ("/etc/a b/x:1",)),
        ({"usr/etc/sudoers": b"Defaults targetpw\n"}, ("/usr/etc/sudoers:1",)),
        ({"usr/etc/sudoers": b"Defaults targetpw\n", "etc/sudoers": b""}, ()),
        ({"etc/sudoers.d/a~b": b"Defaults targetpw\n"}, ("/etc/sudoers.d/a~b:1",)),
        ({"etc/sudoers.d/a~": b"Defaults targetpw\n", "etc/sudoers.d/a.b": b"Defaults targetpw\n"}, ()),
        ({"etc/sudoers": b"@include /etc/sudoers\n@include /etc/gone\nDefaults !targetpw\n"}, ()),
        ({"etc/sudoers": b"#includes nothing\n# Defaults targetpw\n", "etc/sudoers.d/folder/x": b"x"}, ()),
    ],
)
def test_sudoers(files, found):
    assert targetpw(files) == found


@pytest.mark.parametrize(
    "files",
    [
        {"etc/sudoers": b"@include /etc/sudoers.%h\n"},
        {"etc/sudoers": b"@include /etc/more\n", "etc/more": Broken()},
        {"etc/sudoers": b"@includedir /etc/more\n", "etc/more": Broken()},
        {"etc/sudoers.d/x": Broken()},
    ],
)
def test_sudoers_that_cannot_be_read(files):
    assert isinstance(targetpw(files), Unread)


def test_includes_of_sudoers_end():
    files = {f"etc/s{number}": f"@include /etc/s{number + 1}\n".encode() for number in range(600)}
    assert "more than" in targetpw({"etc/sudoers": b"@include /etc/s0\n", **files}).detail


def test_modules_of_the_name_service_may_be_named_in_usr():
    tree = {"etc/passwd": ROOT, "usr/etc/nsswitch.conf": b"shadow: files altfiles\n", "etc/shadow": b"root:*:\n"}
    seen = read_accounts(reader({**tree, "usr/lib/shadow": b"op:" + SHA.encode() + b":\n"}))
    assert [(one.user, one.state) for one in seen.passwords] == [("root", LOCKED), ("op", SET)]


def test_sudoers_behind_a_symlink():
    files = {"etc/sudoers": Link("other"), "etc/other": b"Defaults targetpw\n"}
    assert targetpw(files) == ("/etc/sudoers:1",)


def test_text_made_to_be_slow_is_not():
    """Runs of signs, words and lines on which careless code takes the square of their length."""
    many = 100_000
    users = b"".join(b"u%d:x:%d:1::/h/%d:/bin/sh\n" % (number, number, number) for number in range(1, 1500))
    seen = guest(
        {
            "etc/passwd": ROOT + users,
            "etc/shadow": ROOT + b"x:" + b"$" * many + b"\n" + b"x:$" + b"a$" * many + b"!\n",
            "etc/sudoers": b"Defaults \\\n" * many + b"@include " + b"\\ " * many + b"\n" + b"@includedir /a\n" * 600,
            "etc/ssh/sshd_config": b"AuthorizedKeysFile" + b" /k/%%u" * many + b"\nBanner " + b"\\'" * many + b"\n",
            "etc/default/ssh": b"SSHD_OPTS='" + b"x" * 5000 + b"'\n",
            "etc/profile": b"".join(b"HISTFILE=/h%d;" % number for number in range(many // 2)) + b"HISTFILE='" * many,
            "root/.ssh/authorized_keys": b"no-a," * many + b"command=\"echo 'Please login as " + b'\\"' * many,
            "usr/bin/cloud-init": b"",
            "etc/cloud/cloud.cfg": b"ssh_authorized_keys:\n - " + b"sk-" * many + b"\n" + b"chpasswd:\n list:\n" * 9000,
            "etc/waagent.conf": b'A="' + b' "' * many + b"\n",
        }
    )
    assert isinstance(seen.accounts.authorized_keys.rest, Unread)
    assert isinstance(seen.accounts.targetpw, Unread)
    assert len(seen.cloud_init.passwords) == 20


def test_a_second_file_that_cannot_be_read_hides_nothing_of_the_first():
    broken = {"var/lib/extrausers/passwd": Broken(), "var/lib/extrausers/shadow": Broken()}
    files = {"etc/passwd": ROOT, "etc/shadow": b"root:" + SHA.encode() + b":\n", "root/.bash_history": b"1", **broken}
    seen = read_accounts(reader({**files, **EXTRAUSERS}))
    assert ([one.state for one in seen.passwords], len(seen.histories.known)) == ([SET], 1)
    assert isinstance(seen.elsewhere, Unread)
    assert isinstance(seen.histories.rest, Unread)
    unused = read_accounts(reader(files))
    assert (unused.elsewhere, unused.histories.rest) == ((), None)
