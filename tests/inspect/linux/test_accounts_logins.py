"""Where keys that log in may lie, and private keys: homes of every kind, and the places that sshd is told of."""

from __future__ import annotations

import pytest
from memory_tree import Broken, reader
from small_disks import Folder, Link

from checker.facts.unread import Unread
from checker.inspect.linux.accounts import read_accounts
from checker.inspect.linux.sshd import read_sshd

PASSWD = (
    b"root:x:0:0::/root:/bin/bash\n"
    b"op:x:1000:1000::/srv/op:/bin/sh\n"
    b"svc:x:999:999::/var/lib/svc:/usr/sbin/nologin\n"
    b"odd:x:998:998::/opt/odd:/opt/nologin/bash\n"
)
KEY = b"ssh-ed25519 AAAA x\n"


def keys(config: str = "", passwd: bytes = PASSWD, **files):
    tree = {"etc/passwd": passwd, "etc/ssh/sshd_config": config.encode(errors="surrogateescape")}
    tree |= {name.replace("__", "/"): content for name, content in files.pop("tree", {}).items()} | files
    read = reader(tree)
    return read_accounts(read, read_sshd(read).settings).authorized_keys


@pytest.mark.parametrize(
    ("path", "users"),
    [
        ("root/.ssh/authorized_keys", ("root",)),
        ("srv/op/.ssh/authorized_keys2", ("op",)),
        ("opt/odd/.ssh/authorized_keys", ("odd",)),  # its shell only lies in a folder of that name
        ("etc/skel/.ssh/authorized_keys", ("every new account",)),
        ("usr/etc/skel/.ssh/authorized_keys", ("every new account",)),
        ("home/gone/.ssh/authorized_keys", ()),
        ("var/lib/svc/.ssh/authorized_keys", ()),
        ("etc/dropbear/initramfs/authorized_keys", ("root",)),
    ],
)
def test_the_usual_places(path, users):
    found = keys(tree={path: KEY})
    assert found.rest is None
    assert [(one.file.path, one.users, one.keys) for one in found.known] == [(f"/{path}", users, 1)]


def test_homes_that_are_shared_linked_or_not_there():
    passwd = b"a:x:1:1::/home/x/:/bin/sh\nb:x:2:2:://home//x:/bin/sh\nc:x:3:3::/none:/bin/sh\nd:x:4:4:::/bin/sh\n"
    tree = {"home": Link("var/home"), "var/home/x/.ssh/authorized_keys": KEY, ".ssh/authorized_keys": KEY}
    found = keys(passwd=passwd, tree=tree)
    assert {one.file.path: one.users for one in found.known} == {
        "/home/x/.ssh/authorized_keys": ("a", "b"),
        "/.ssh/authorized_keys": ("d",),
    }


@pytest.mark.parametrize(
    ("config", "path", "users"),
    [
        ("AuthorizedKeysFile /etc/ssh/keys/%u", "etc/ssh/keys/op", ("op",)),
        ("authorizedkeysfile=/etc/ssh/keys/%U", "etc/ssh/keys/1000", ("op",)),
        ("AuthorizedKeysFile %h/keys", "srv/op/keys", ("op",)),
        ("AuthorizedKeysFile .ssh/authorized_keys .keys", "srv/op/.keys", ("op",)),
        ("AuthorizedKeysFile '.ssh/x' \".ssh/y\"", "srv/op/.ssh/y", ("op",)),
        ("AuthorizedKeysFile /etc/my\\ keys # all", "etc/my keys", ("every account",)),
        ('AuthorizedKeysFile "/etc/my keys/all"', "etc/my keys/all", ("every account",)),
        ("AuthorizedKeysFile none\nMatch User op\nAuthorizedKeysFile /etc/keys", "etc/keys", ("every account",)),
        ("AuthorizedKeysFile /k/%%u", "k/%u", ("root", "op", "odd")),
        ("AuthorizedKeysFile /k/%u", "k/svc", ()),
        ("AuthorizedKeysFile .ssh/keys.d/*", "srv/op/.ssh/keys.d/x", ("op",)),
        ("AuthorizedKeysFile /etc/keys/?/%u", "etc/keys/1/op", ("op",)),
        ("AuthorizedKeysFile /etc/keys/*.pub", "etc/keys/a.pub", ("every account",)),
        ("AuthorizedKeysFile /etc/keys/[a]", "etc/keys/[a]", ("every account",)),  # as a name, before OpenSSH 10
        ("TrustedUserCAKeys /etc/ssh/ca.pub", "etc/ssh/ca.pub", ("whoever the authority signs",)),
        ("TrustedUserCAKeys ca.pub", "ca.pub", ("whoever the authority signs",)),
        ("Match all\nTrustedUserCAKeys /etc/ssh/ca.pub", "etc/ssh/ca.pub", ("whoever the authority signs",)),
    ],
)
def test_places_that_sshd_is_told_of(config, path, users):
    found = keys(config, tree={path: KEY})
    assert found.rest is None
    assert [(one.file.path, one.users, one.keys) for one in found.known] == [(f"/{path}", users, 1)]


def test_places_that_an_include_or_the_command_line_names():
    tree = {"etc/ssh/sshd_config.d/a.conf": b"AuthorizedKeysFile /etc/keys\n", "etc/keys": KEY}
    assert keys("Include sshd_config.d/*.conf", tree=tree).known[0].file.path == "/etc/keys"
    tree = {"etc/default/ssh": b'SSHD_OPTS="-o AuthorizedKeysFile=/etc/keys"\n', "etc/keys": KEY}
    assert keys(tree=tree).known[0].file.path == "/etc/keys"


@pytest.mark.parametrize(
    ("config", "tree"),
    [
        ("AuthorizedKeysFile none", {}),
        ("TrustedUserCAKeys none", {}),
        ("TrustedUserCAKeys /etc/ssh/gone", {}),
        ("AuthorizedKeysCommand none", {}),
        ("AuthorizedKeysCommand /usr/bin/sss_ssh_authorizedkeys", {}),
        ("AuthorizedKeysCommand /usr/sbin/aad_certhandler %u %k", {}),
        ("AuthorizedKeysCommand /usr/bin/userdbctl ssh-authorized-keys %u", {"etc/userdb/README": b""}),
        ("", {"etc/skel/.ssh/authorized_keys/x": b"", "root/.ssh/authorized_keys2/x": b""}),
        ("", {"root/.ssh": Link("/gone")}),
        ("", {"root/.ssh/authorized_keys": Link("/dev/null")}),
        ("AuthorizedKeysFile /etc/keys/*", {}),
    ],
)
def test_what_lets_no_key_in(config, tree):
    found = keys(config, tree=tree)
    assert (found.known, found.rest) == ((), None)


@pytest.mark.parametrize(
    ("config", "tree", "words"),
    [
        ("AuthorizedKeysCommand /usr/local/bin/keys %u", {}, "/usr/local/bin/keys"),
        ("Match User a\nAuthorizedKeysCommand /opt/k", {}, "/opt/k"),
        ("AuthorizedKeysCommand /usr/bin/userdbctl x", {"etc/userdb/op.user": b""}, "/etc/userdb/op.user"),
        ("AuthorizedKeysFile /k/\udcff", {}, "not clear"),
        ("", {"var/lib/systemd/home/u.identity": b"{}"}, "u.identity"),
        ("", {"etc/tcb/root/shadow": b""}, "/etc/tcb/root"),
        ("", {"etc/tcb": Broken()}, "damaged"),
        ("AuthorizedKeysFile /k/%f", {}, "not clear"),
        ("Include d/*", {"etc/ssh/d/x": Broken()}, "damaged"),
        ("AuthorizedKeysFile /etc/keys/*", {"etc/keys": Broken()}, "damaged"),
        ("AuthorizedKeysFile /etc/keys/[^a]", {}, "not understood"),
        ("", {"root/.ssh": Broken()}, "damaged"),
        ("", {"root/.ssh/authorized_keys": b"k" * (1024 * 1024 + 1)}, "bytes"),
        ("", {"home": Broken()}, "damaged"),
        ("HostbasedAuthentication yes", {}, "/etc/ssh/sshd_config:1"),
    ],
)
def test_what_is_not_known_of_keys_is_said(config, tree, words):
    found = keys(config, tree={"srv/op/.ssh/authorized_keys": KEY, **tree})
    assert words in found.rest.detail
    assert [one.file.path for one in found.known] == ["/srv/op/.ssh/authorized_keys"]


def test_without_passwd_what_lies_in_home_is_still_found():
    found = read_accounts(reader({"home/x/.ssh/authorized_keys": KEY})).authorized_keys
    assert isinstance(found.rest, Unread)
    assert [one.file.path for one in found.known] == ["/home/x/.ssh/authorized_keys"]


@pytest.mark.parametrize(
    ("name", "content", "counts"),
    [
        ("id_rsa", b"x", True),
        ("deploy", b"-----BEGIN OPENSSH PRIVATE KEY-----\n", True),
        ("behind", b"\xef\xbb\xbfsome words\n-----BEGIN PRIVATE KEY-----\n", True),
        ("github", b"-----BEGIN PRIVATE KEY-----\n", True),
        ("win.ppk", b"PuTTY-User-Key-File-3: ssh-ed25519\n", True),
        ("cert.pem", b"x", True),
        ("ID_RSA", b"-----BEGIN RSA PRIVATE KEY-----\n", True),
        ("old/id_rsa", b"x", True),
        ("known_hosts2", b"-----BEGIN PRIVATE KEY-----", False),
        ("id_rsa.pub", b"ssh-rsa A", False),
        ("config", b"Host *", False),
        ("notes", b"nothing", False),
    ],
)
def test_private_keys_by_name_and_by_content(name, content, counts):
    found = read_accounts(reader({"etc/passwd": PASSWD, f"etc/skel/.ssh/{name}": content})).private_keys
    assert found.rest is None
    assert [one.file.path for one in found.known] == ([f"/etc/skel/.ssh/{name}"] if counts else [])


def test_a_key_beside_nuls_counts_and_nuls_alone_are_no_empty_file():
    path = "root/.ssh/authorized_keys"
    found = read_accounts(reader({"etc/passwd": PASSWD, path: b"ssh-rsa AAAA x\n" + bytes(20)})).authorized_keys
    assert [one.keys for one in found.known] == [1]
    assert "NUL" in found.rest.detail
    assert "NUL" in read_accounts(reader({"etc/passwd": PASSWD, path: bytes(20)})).authorized_keys.rest.detail


def test_known_hosts_of_one_home_are_found_where_another_cannot_be_read():
    tree = {"etc/passwd": PASSWD, "root/.ssh": Broken(), "srv/op/.ssh/known_hosts2": b"h"}
    found = read_accounts(reader(tree)).known_hosts
    assert isinstance(found.rest, Unread)
    assert [one.file.path for one in found.known] == ["/srv/op/.ssh/known_hosts2"]


def test_a_home_whose_path_is_no_utf_8_is_looked_up_all_the_same():
    passwd = PASSWD + b"u:x:5:5::/srv/\xfcpp:/bin/bash\n"
    tree = {"etc/passwd": passwd, "srv/\udcfcpp/.ssh/authorized_keys": KEY, "srv/\udcfcpp/.bash_history": b"1"}
    accounts = read_accounts(reader(tree))
    assert [one.users for one in accounts.authorized_keys.known] == [("u",)]
    assert [one.users for one in accounts.histories.known] == [("u",)]


def test_accounts_of_altfiles_have_homes_too():
    tree = {
        "etc/nsswitch.conf": b"passwd: files altfiles",
        "etc/passwd": PASSWD,
        "usr/lib/passwd": b"app:x:9:9::/opt/app:/bin/bash\n",
        "opt/app/.ssh/authorized_keys": KEY,
    }
    assert [one.users for one in read_accounts(reader(tree)).authorized_keys.known] == [("app",)]


def test_homes_where_a_system_mounts_its_own_are_not_looked_into():
    passwd = (
        PASSWD + b"sys:x:3:3::/dev:/usr/sbin/nologin\nirc:x:39:39::/run/ircd:/bin/sh\ndevel:x:5:5::/devel:/bin/sh\n"
    )
    tree = {"etc/passwd": passwd, "dev": Broken(), "run": Broken(), "devel/.ssh/authorized_keys": KEY}
    found = read_accounts(reader(tree)).authorized_keys
    assert found.rest is None
    assert [one.users for one in found.known] == [("devel",)]


def test_known_hosts_that_are_a_symlink_count_what_is_behind_it():
    tree = {"etc/passwd": PASSWD, "root/.ssh/known_hosts": Link("/dev/null"), "dev/null": Folder()}
    assert read_accounts(reader(tree)).known_hosts.known == ()
    tree = {"etc/passwd": PASSWD, "root/.ssh/known_hosts": Link("/srv/hosts"), "srv/hosts": b"host"}
    assert [one.file.size for one in read_accounts(reader(tree)).known_hosts.known] == [4]


@pytest.mark.parametrize(
    ("tree", "kind"),
    [
        ({"root/.ssh/authorized_keys/x": b""}, "directory"),
        ({"root/.ssh/authorized_keys": Link("gone")}, "symlink"),
        ({"root/.ssh/authorized_keys": Link("/srv"), "srv/x": b""}, "symlink"),
    ],
)
def test_an_accounts_file_of_keys_that_is_none_holds_none(tree, kind):
    [found] = keys(tree=tree).known
    assert (found.users, found.file.kind, found.keys, found.only_notice) == (("root",), kind, 0, False)


def test_below_folders_of_home_that_are_nobodys_there_may_be_homes_too():
    tree = {"home/CORP/ann/.ssh/authorized_keys": KEY, "home/CORP/bob/x": b"", "home/CORP/.ssh/known_hosts": b"h"}
    tree |= {"home/CORP/self": Link("ann"), "home/CORP/cy/.ssh/id_rsa": b"k", "etc/passwd": PASSWD}
    found = read_accounts(reader(tree))
    assert [(one.file.path, one.users) for one in found.authorized_keys.known] == [
        ("/home/CORP/ann/.ssh/authorized_keys", ())
    ]
    assert [one.file.path for one in found.private_keys.known] == ["/home/CORP/cy/.ssh/id_rsa"]
    assert found.authorized_keys.rest is None
    for broken in ("home/CORP", "home/CORP/bob", "home/CORP/bob/.ssh"):
        assert isinstance(read_accounts(reader({**tree, broken: Broken()})).authorized_keys.rest, Unread), broken
    found = read_accounts(reader({**tree, "home/CORP/bob": Broken()}))
    assert len(found.authorized_keys.known) == 1


@pytest.mark.parametrize(
    ("command", "is_other"),
    [
        ("/usr/sbin/sshd -D -f /etc/ssh/mgmt_config", True),
        ("-/usr/sbin/sshd -De -oAuthorizedKeysFile=/k", True),
        ('"/usr/local/sbin/dropbear" -F', True),
        ("/usr/sbin/sshd -D -p 2222", False),
        ("/usr/bin/sshd-keygen -f x", False),
        ("/usr/bin/tool --for sshd", False),
    ],
)
def test_a_unit_may_start_another_server(command, is_other):
    unit = {"etc/systemd/system/mgmt.service": f"[Service]\nExecStart={command}\n".encode()}
    assert (keys(tree={**unit, "root/.ssh/authorized_keys": KEY}).rest is not None) is is_other


def test_units_of_the_distribution_and_those_that_cannot_be_read():
    unit = {"usr/lib/systemd/system/d.service": b"[Service]\nExecStart=/usr/sbin/dropbear -F\n"}
    link = {"etc/systemd/system/d.service": Link("/usr/lib/systemd/system/d.service")}
    assert keys(tree={**unit, **link}).rest is None
    assert isinstance(keys(tree={"etc/systemd/system/d.service": Broken()}).rest, Unread)


@pytest.mark.parametrize(
    "line",
    [
        "f /root/.ssh/authorized_keys 0600 root root - ssh-rsa\\x20AAAA",
        'f+! "/home/x/.ssh/authorized_keys" - - - - key',
        "C /srv/op/.ssh - - - - /usr/share/keys",
        "  L+\t/etc/skel/.bash_history",
    ],
)
def test_what_systemd_writes_into_homes_at_every_boot_is_not_known(line):
    tree = {"etc/passwd": PASSWD, "etc/tmpfiles.d/x.conf": f"# keys\n{line}\n".encode()}
    found = read_accounts(reader(tree))
    assert "/etc/tmpfiles.d/x.conf:2" in found.authorized_keys.rest.detail
    assert found.histories.rest is not None


@pytest.mark.parametrize(
    "files",
    [
        {"x.conf": b"d /root/.ssh 0700\nf /run/x\n#f /root/x\nf\nz /home/x 0700\nf /homework/x\n"},
        {"x.conf~": b"f /root/x\n", "y.conf/f": b"f /root/x\n", "z.conf": Link("/dev/null")},
    ],
)
def test_what_systemd_writes_elsewhere_says_nothing_of_homes(files):
    tree = {f"etc/tmpfiles.d/{name}": content for name, content in files.items()}
    assert read_accounts(reader({"etc/passwd": PASSWD, **tree})).authorized_keys.rest is None


def test_what_systemd_writes_and_cannot_be_read_may_be_a_key():
    tree = {"etc/passwd": PASSWD, "etc/tmpfiles.d/x.conf": Broken(), "root/.ssh/authorized_keys": KEY}
    found = read_accounts(reader(tree)).authorized_keys
    assert (len(found.known), isinstance(found.rest, Unread)) == (1, True)


def test_symlinks_without_end_hold_nothing_that_a_program_could_read():
    loops = {f"root/.ssh/{name}": Link(name) for name in ("x", "known_hosts", "authorized_keys")}
    loops |= {"root/.ssh/y": Link("./z"), "root/.ssh/z": Link("/root/.ssh/y")}
    seen = read_accounts(reader({"etc/passwd": PASSWD, **loops}))
    for found in (seen.private_keys, seen.known_hosts, seen.authorized_keys):
        assert (found.known, found.rest) == ((), None)


def test_a_symlink_to_what_cannot_be_read_has_an_end():
    tree = {"etc/passwd": PASSWD, "root/.ssh/x": Link("y"), "root/.ssh/y": Link("/srv/z"), "srv/z": Broken()}
    assert "damaged" in read_accounts(reader(tree)).private_keys.rest.detail


def test_what_useradd_is_told_to_begin_with_counts_as_a_home():
    tree = {"etc/passwd": PASSWD, "etc/default/useradd": b"SKEL=/opt/skel\n", "opt/skel/.ssh/authorized_keys": KEY}
    assert [one.users for one in read_accounts(reader(tree)).authorized_keys.known] == [("every new account",)]
    tree = {"etc/passwd": PASSWD, "etc/default/useradd": Broken()}
    assert "damaged" in read_accounts(reader(tree)).authorized_keys.rest.detail
