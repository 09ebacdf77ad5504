"""What sshd reads where its configuration is written in every way that it allows, how it is started, its host keys."""

from __future__ import annotations

import pytest
from memory_tree import Broken, reader
from small_disks import Link

from checker.facts.linux.sshd import sshd_value
from checker.facts.unread import Unread
from checker.inspect.linux.sshd import read_sshd
from checker.inspect.linux.sshd_command import split_words


def interval(files):
    settings = read_sshd(reader(files)).settings
    if settings is None or isinstance(settings, Unread):
        return settings
    found = sshd_value(settings, "ClientAliveInterval")
    return None if found is None else found.value


@pytest.mark.parametrize(
    ("main", "files", "value"),
    [
        ('"ClientAliveInterval" 900\nClientAliveInterval 180\n', {}, "900"),
        ("ClientAliveInterval\nClientAliveInterval 180\n", {}, ""),
        ("CLIENTALIVEINTERVAL = 900\nClientAliveInterval 180\n", {}, "900"),
        ("\tClientAliveInterval\t180\r\n", {}, "180"),
        ('Include "a b.conf"\n', {"etc/ssh/a b.conf": b"ClientAliveInterval 3\n"}, "3"),
        ("Include 'a b.conf'\n", {"etc/ssh/a b.conf": b"ClientAliveInterval 3\n"}, "3"),
        ("Include a\\ b.conf\n", {"etc/ssh/a b.conf": b"ClientAliveInterval 3\n"}, "3"),
        ('"Include"=x\nClientAliveInterval 4\n', {"etc/ssh/x": b"ClientAliveInterval 3\n"}, "4"),
        ('"ClientAliveInterval"=180\n', {}, "=180"),
        ('"ClientAliveInterval"180\n', {}, "180"),
        ("ClientAliveInterval==180\n", {}, "=180"),
        ("ClientAliveInterval 4\nMatch all\nClientAliveInterval 3\nClientAliveInterval 5\n", {}, "3"),
        ("ClientAliveInterval 4\nMatch all\nInclude x\n", {"etc/ssh/x": b"ClientAliveInterval 3\n"}, "3"),
        ("Include x\nMatch all\nPort 1\n", {"etc/ssh/x": b"ClientAliveInterval 3\n"}, "3"),
        ("Include x*\nClientAliveInterval 4\n", {"etc/ssh/x1/y": b"ClientAliveInterval 3\n"}, "4"),
        ("ClientAliveInterval '3' # half\n", {}, "3"),
        ("ClientAliveInterval 3\f\n", {}, "3"),
        ('Include "x" y\n', {"etc/ssh/y": b"ClientAliveInterval 3\n"}, "3"),
        ("Include x*/y/*.conf\n", {"etc/ssh/x1/y/a.conf": b"ClientAliveInterval 3\n"}, "3"),
        ("Include [!b]x\n", {"etc/ssh/ax": b"ClientAliveInterval 3\n", "etc/ssh/bx": b"ClientAliveInterval 4\n"}, "3"),
        ("Include a\n", {"etc/ssh/a": b"Include b\n", "etc/ssh/b": b"ClientAliveInterval 3\n"}, "3"),
        ("Include a\n", {"etc/ssh/a": Link("/gone")}, None),
        ("Match all\nInclude a\n", {"etc/ssh/a": b"ClientAliveInterval 3\n"}, "3"),
        ("Include a\n", {"etc/ssh/a": b"Match User x\nClientAliveInterval 3\n"}, None),
    ],
)
def test_the_line_that_counts(main, files, value):
    assert interval({"etc/ssh/sshd_config": main.encode(), **files}) == value


@pytest.mark.parametrize(
    ("match", "in_match", "in_all", "of_everybody"),
    [
        ("all", False, True, False),
        ("User *", True, False, True),
        ("User * Address *", True, False, True),
        ("User=*", True, False, True),
        ("User *,!root", True, False, False),
        ("Address * User op", True, False, False),
        ("User all", True, False, False),
    ],
)
def test_whom_a_block_is_for(match, in_match, in_all, of_everybody):
    [one] = read_sshd(reader({"etc/ssh/sshd_config": f"Match {match}\nClientAliveInterval 0\n".encode()})).settings
    assert (one.in_match, one.in_all, one.of_everybody) == (in_match, in_all, of_everybody)


@pytest.mark.parametrize(
    "line",
    ["ClientAliveInterval\u00a0180", "\x0bClientAliveInterval 180", 'Banner "x', "?", "ClientAliveInterval\f180"],
)
def test_a_line_that_sshd_refuses_leaves_all_unread(line):
    text = f"ClientAliveInterval 180\n{line}\n".encode()
    assert "no line that sshd takes" in interval({"etc/ssh/sshd_config": text}).detail


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("a  b\tc", ("a", "b", "c")),
        ("'a b' \"c d\"e", ("a b", "c de")),
        ('a\\ b \\"c', ("a b", '"c')),
        ("a#b #c", ("a#b",)),
        ("'' x", ("", "x")),
        ("C:\\x", ("C:\\x",)),
        ("", ()),
        ("'a", None),
    ],
)
def test_words(text, words):
    assert split_words(text) == words


@pytest.mark.parametrize("pattern", ["[^a]*", "a\\\\*"])
def test_a_pattern_that_is_not_understood_leaves_all_unread(pattern):
    assert "not understood" in interval({"etc/ssh/sshd_config": f"Include {pattern}\n".encode()}).detail


@pytest.mark.parametrize(
    ("line", "exact"),
    [
        ("ClientAliveInterval 180", True),
        ("ClientAliveInterval\t180 # x", True),
        ("clientaliveinterval 180", False),
        (" ClientAliveInterval 180", False),
        ("ClientAliveInterval=180", False),
        ("ClientAliveInterval = 180", False),
        ('ClientAliveInterval "180"', False),
        ('"ClientAliveInterval" 180', False),
    ],
)
def test_whether_a_search_of_the_file_finds_a_line(line, exact):
    [one] = read_sshd(reader({"etc/ssh/sshd_config": line.encode()})).settings
    assert one.exact is exact


@pytest.mark.parametrize(
    ("files", "value"),
    [
        ({"etc/default/ssh": b'SSHD_OPTS="-o ClientAliveInterval=0"\n'}, "0"),
        ({"etc/sysconfig/sshd": b"OPTIONS='-u0 -oClientAliveInterval=0'\n"}, "0"),
        ({"etc/default/ssh": b"SSHD_OPTS=\nOTHER=-f\n"}, "180"),
        ({"etc/systemd/system/ssh.service.d/x.conf": b"[Service]\nExecStart=\nExecStart=/usr/sbin/sshd -D \\\n"
          b" -o 'ClientAliveInterval 0'\n"}, "0"),
        ({"etc/systemd/system/sshd.service": b"ExecStart=/usr/sbin/sshd -D $OPTIONS\n"}, "180"),
        ({"etc/systemd/system/sshd.service": b"ExecStart = /usr/sbin/sshd -D -o ClientAliveInterval=0\n"}, "0"),
        ({"etc/systemd/system/ssh.service": b"ExecStart=/usr/sbin/sshd -Do ClientAliveInterval=0\n"}, "0"),
        ({"etc/systemd/system/ssh@.service": b"ExecStart=-/usr/sbin/sshd -i -oClientAliveInterval=0\n"}, "0"),
        ({"usr/lib/systemd/system/ssh.service.d/x.conf": b"ExecStart=/usr/sbin/sshd -oClientAliveInterval=0\n"}, "0"),
        ({"usr/lib/systemd/system/ssh.service": b"ExecStart=/usr/sbin/sshd -D $MINE\n",
          "etc/systemd/system/ssh.service.d/x.conf": b"Environment='MINE=-o ClientAliveInterval=0'\n"}, "0"),
        ({"usr/lib/systemd/system/ssh.service": b"EnvironmentFile=-/opt/o\nExecStart=/usr/sbin/sshd ${MINE}\n",
          "opt/o": b"MINE=-oClientAliveInterval=0\n"}, "0"),
        ({"usr/lib/systemd/system/ssh.service": b"ExecStart=/usr/sbin/sshd -f /etc/other\n",
          "etc/systemd/system/ssh.service.d/x.conf": b"ExecStart=\nExecStart=/usr/sbin/sshd -D\n"}, "180"),
        ({"usr/lib/systemd/system/ssh.service.d/x.conf": b"ExecStart=/usr/sbin/sshd -f /etc/other\n",
          "etc/systemd/system/ssh.service.d/x.conf": Link("/dev/null")}, "180"),
        ({"etc/systemd/system/ssh.service": b"ExecStart=/usr/sbin/sshd -D -f /etc/ssh/sshd_config\n"}, "180"),
        ({"etc/systemd/system/sshd.service": Link("/dev/null")}, "180"),
        ({"etc/conf.d/sshd": b'sshd_opts="-o ClientAliveInterval=0"\n'}, "0"),
        ({"etc/systemd/system/sshd.service": Link("/usr/lib/systemd/system/ssh.service")}, "180"),
    ],
)  # fmt: skip
def test_the_command_line_wins(files, value):
    assert interval({"etc/ssh/sshd_config": b"ClientAliveInterval 180\n", **files}) == value


@pytest.mark.parametrize(
    "files",
    [
        {"etc/default/ssh": b'SSHD_OPTS="-f /etc/other"\n'},
        {"etc/default/ssh": b'SSHD_OPTS="-o \'x"\n'},
        {"etc/systemd/system/ssh.service": b"ExecStart=/usr/sbin/sshd -Df /etc/other\n"},
        {"etc/systemd/system/ssh.service": b"ExecStart=/opt/start-ssh -D\n"},
        {"etc/systemd/system/ssh.service": b"ExecStart=/bin/sh -c 'exec /usr/sbin/sshd -oPort=1'\n"},
        {"etc/systemd/system/ssh.service": b"ExecStart=/usr/sbin/sshd 'x\n"},
        {"etc/systemd/system/ssh.service": b"ExecStart=/usr/sbin/sshd " + b"x" * 10_001},
        {"etc/systemd/system/ssh.service": b"EnvironmentFile=/opt/o\nExecStart=/usr/sbin/sshd\n", "opt/o": Broken()},
        {"etc/systemd/system/ssh.service.d": Broken()},
        {"etc/sysconfig/sshd": Broken()},
    ],
)
def test_a_command_line_that_is_not_clear_leaves_all_unread(files):
    assert isinstance(interval({"etc/ssh/sshd_config": b"ClientAliveInterval 180\n", **files}), Unread)


@pytest.mark.parametrize(
    ("files", "found"),
    [
        ({"etc/ssh/ssh_host_rsa_key": b"k", "etc/ssh/ssh_host_rsa_key-cert.pub": b"c"}, 2),
        ({"etc/ssh/ssh_host_key": b"k"}, 1),
        ({"etc/ssh/sshd_config": b"HostKey /opt/k\nHostKey /opt/k\n", "opt/k": b"k"}, 1),
        ({"etc/ssh/sshd_config": b"HostKey opt/k\n", "opt/k": b"k"}, 1),
        ({"etc/ssh/sshd_config": b"HostKey /opt/gone\nHostKey none\n"}, 0),
        ({"etc/ssh/sshd_config": b"HostKey /etc/ssh/ssh_host_rsa_key\n", "etc/ssh/ssh_host_rsa_key": b"k"}, 1),
        ({"etc/ssh/sshd_config": b"Include a\n", "etc/ssh/a": b"HostKey /opt/k\n", "opt/k": b"k"}, 1),
        ({"etc/dropbear/dropbear_rsa_host_key": b"k", "etc/dropbear/initramfs/dropbear_rsa_host_key": b"k"}, 2),
        ({"etc/ssh/moduli": b"", "etc/ssh/ssh_config": b""}, 0),
    ],
)
def test_host_keys(files, found):
    keys = read_sshd(reader(files)).host_keys
    assert (len(keys.known), keys.rest) == (found, None)


def test_a_host_key_that_cannot_be_looked_at_is_unread():
    files = {"etc/ssh/sshd_config": b"HostKey /opt/k\n", "opt/k": Broken()}
    assert isinstance(read_sshd(reader(files)).host_keys.rest, Unread)


def test_where_the_configuration_is_unread_there_may_be_more_host_keys():
    files = {"etc/ssh/ssh_host_rsa_key": b"k", "etc/ssh/sshd_config": b'HostKey "/opt/k\n'}
    keys = read_sshd(reader(files)).host_keys
    assert keys.known == ("/etc/ssh/ssh_host_rsa_key",)
    assert "no line that sshd takes" in keys.rest.detail


@pytest.mark.parametrize(
    "options", [b"-h /etc/ssh/kk", b"-h/etc/ssh/kk", b"-De -4h /etc/ssh/kk", b"-o HostKey=/etc/ssh/kk"]
)
def test_a_host_key_of_the_command_line_is_one(options):
    files = {"etc/default/ssh": b'SSHD_OPTS="%b"\n' % options, "etc/ssh/kk": b"x", "etc/ssh/sshd_config": b""}
    assert read_sshd(reader(files)).host_keys.known == ("/etc/ssh/kk",)
