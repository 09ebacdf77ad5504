"""Histories: of which programs, in which homes, behind symlinks, and where HISTFILE says."""

from __future__ import annotations

import pytest
from memory_tree import Broken, reader
from small_disks import Link

from checker.inspect.linux.accounts import read_accounts

PASSWD = (
    b"root:x:0:0::/root:/bin/bash\n"
    b"tm:x:1000:1000::/home/tm:/usr/bin/tmux\n"
    b"bare:x:1001:1001::/srv/bare:\n"
    b"false:x:1002:1002::/srv/false:/bin/false\n"
    b"svc:x:999:999::/srv/svc:/usr/sbin/nologin\n"
)


def found(tree):
    histories = read_accounts(reader({"etc/passwd": PASSWD, **tree})).histories
    assert histories.rest is None
    return {one.file.path: (one.users, one.file.kind, one.file.size) for one in histories.known}


@pytest.mark.parametrize(
    "name",
    [
        ".bash_history",
        ".sh_history",
        ".zsh_history",
        ".history",
        ".histfile",
        ".zhistory",
        ".bash_history-01234.tmp",
        ".bash_history~",
        ".local/share/fish/fish_history",
        ".local/share/powershell/PSReadLine/ConsoleHost_history.txt",
        ".mysql_history",
        ".psql_history",
        ".python_history",
    ],
)
def test_names(name):
    assert found({f"root/{name}": b"12"}) == {f"/root/{name}": (("root",), "file", 2)}


@pytest.mark.parametrize("name", [".lesshst", ".viminfo", ".wget-hsts", "bash_history", "history", ".bashrc"])
def test_names_that_are_no_histories_of_commands(name):
    assert found({f"root/{name}": b"12"}) == {}


@pytest.mark.parametrize(
    ("path", "users"),
    [
        ("home/tm/a/.bash_history", ()),  # its shell is no shell, and somebody else's may have run there
        ("srv/bare/.sh_history", ("bare",)),  # no shell in passwd is /bin/sh
        ("srv/false/.bash_history", ()),
        ("srv/svc/.bash_history", ()),
        ("etc/skel/.bash_history", ("every new account",)),
        ("home/gone/.bash_history", ()),
    ],
)
def test_homes(path, users):
    assert found({path: b"1"}) == {f"/{path}": (users, "file", 1)}


def test_what_lies_deeper_in_the_home_of_a_service_is_not_looked_at():
    assert found({"srv/false/a/.bash_history": b"1", "srv/svc/a/.bash_history": b"1"}) == {}


def test_a_history_in_homes_that_lie_in_one_another_is_found_once():
    files = {"home/CORP/ann/.bash_history": b"x", "home/CORP/ann/.ssh/known_hosts": b"h", "etc/passwd": PASSWD}
    found = read_accounts(reader(files)).histories.known
    assert [(one.file.path, one.users) for one in found] == [("/home/CORP/ann/.bash_history", ())]


def test_symlinks_count_what_is_behind_them():
    tree = {
        "root/.bash_history": Link("/dev/null"),
        "root/.zsh_history": Link("/var/log/zsh"),
        "root/.history": Link("gone"),
        "var/log/zsh": b"1234",
    }
    assert found(tree) == {
        "/root/.bash_history": (("root",), "symlink", 0),
        "/root/.zsh_history": (("root",), "symlink", 4),
        "/root/.history": (("root",), "symlink", 0),
    }


def test_a_directory_of_that_name_is_looked_into_and_counts_for_nothing():
    assert found({"root/.history/x": b"1", "root/.history/.sh_history": b"1"}) == {
        "/root/.history/.sh_history": (("root",), "file", 1)
    }


@pytest.mark.parametrize(
    ("script", "text", "history", "users"),
    [
        ("etc/profile.d/h.sh", "export HISTFILE=/var/log/hist\n", "var/log/hist", ("every account",)),
        ("root/.bashrc", "HISTFILE=~/log/hist; HISTSIZE=9\n", "root/log/hist", ("root",)),
        ("root/.zshrc", 'HISTFILE="$HOME/h"\n', "root/h", ("root",)),
        ("etc/environment", "HISTFILE='/h'\n", "h", ("every account",)),
    ],
)
def test_histories_elsewhere(script, text, history, users):
    assert found({script: text.encode(), history: b"123"}) == {f"/{history}": (users, "file", 3)}


@pytest.mark.parametrize(
    "text",
    [
        "HISTFILE=\n",
        "HISTFILE=/dev/null\n",
        "#HISTFILE=/x/$USER\n",
        "unset HISTFILE\n",
        "HISTFILE=$HOME/.zsh_history\n",
        "HISTFILE=${ZDOTDIR:-$HOME}/.zsh_history\n",
        "MYHISTFILE=$x\n",
        "HISTFILE=/not/there\n",
    ],
)
def test_settings_that_lead_nowhere_else(text):
    assert found({"etc/profile": text.encode()}) == {}


def test_a_home_that_looks_like_a_reference_to_a_group_is_a_home():
    tree = {"etc/passwd": b"u:x:5:5::/h/\\1\\g<9>:/bin/sh\n", "h/\\1\\g<9>/.profile": b"HISTFILE=~/h\n"}
    histories = read_accounts(reader({**tree, "h/\\1\\g<9>/h": b"1"})).histories
    assert [one.file.path for one in histories.known] == ["/h/\\1\\g<9>/h"]


def test_a_history_whose_place_is_not_clear_is_unread():
    tree = {"etc/passwd": PASSWD, "etc/profile": b"HISTFILE=/var/h/$USER\n", "root/.bash_history": b"1"}
    histories = read_accounts(reader(tree)).histories
    assert "/var/h/$USER" in histories.rest.detail
    assert [one.file.path for one in histories.known] == ["/root/.bash_history"]


@pytest.mark.parametrize("path", ["root/sub", "etc/profile.d", "etc/profile", "root/.bashrc", "srv/bare"])
def test_what_is_found_stays_found_where_something_else_cannot_be_read(path):
    tree = {"etc/passwd": PASSWD, path: Broken(), "home/gone/.bash_history": b"1"}
    histories = read_accounts(reader(tree)).histories
    assert "damaged" in histories.rest.detail
    assert [one.file.path for one in histories.known] == ["/home/gone/.bash_history"]


@pytest.mark.parametrize("home", ["/", "/var", "/usr"])
def test_below_a_home_that_is_the_system_histories_are_looked_for_too(home):
    passwd = PASSWD + f"x:x:7:7::{home}:/bin/sh\n".encode()
    path = f"{home.strip('/')}/lib/q/.bash_history".strip("/")
    histories = read_accounts(reader({"etc/passwd": passwd, path: b"1"})).histories
    assert [(one.file.path, one.users) for one in histories.known] == [(f"/{path}", ("x",))]


def test_a_home_too_large_to_look_through_hides_nothing_of_the_others(monkeypatch):
    monkeypatch.setattr("checker.inspect.linux.histories._MAX_WALKED", 100)
    tree = {"etc/passwd": b"x:x:7:7::/:/bin/sh\n" + PASSWD, "root/.bash_history": b"1"}
    tree |= {f"many/{number}": b"" for number in range(200)}
    histories = read_accounts(reader(tree)).histories
    assert "too much" in histories.rest.detail
    assert ("/root/.bash_history", ("root",)) in [(one.file.path, one.users) for one in histories.known]
