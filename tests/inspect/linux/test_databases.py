"""Package databases, repositories, programs and the notes of cloud-init: what is read, and what is not known."""

from __future__ import annotations

import sqlite3
import struct

import pytest
from memory_tree import Broken, reader
from small_disks import File, Link

from checker.facts.unread import Unread
from checker.inspect.linux.cloud_init_notes import read_cloud_init_errors
from checker.inspect.linux.packages import read_packages
from checker.inspect.linux.programs import read_programs
from checker.inspect.linux.repositories import read_proxies, read_repositories
from checker.inspect.linux.system import read_architecture

STATUS = b"Package: openssl\nStatus: install ok installed\nVersion: 3.0\n\n"


def rpm(name: str = "openssl") -> bytes:
    """A database of rpm with one package."""
    texts = [(tag, text.encode() + b"\0") for tag, text in ((1000, name), (1001, "3.0"), (1002, "1"))]
    data, index = b"", b""
    for tag, text in texts:
        index += struct.pack(">IIiI", tag, 6, len(data), 1)
        data += text
    with sqlite3.connect(":memory:") as connection:
        connection.execute("CREATE TABLE Packages (hnum INTEGER PRIMARY KEY, blob BLOB)")
        connection.execute(
            "INSERT INTO Packages (blob) VALUES (?)", (struct.pack(">II", len(texts), len(data)) + index + data,)
        )
        connection.commit()
        raw = connection.serialize()
    connection.close()
    return raw


def empty_rpm() -> bytes:
    with sqlite3.connect(":memory:") as connection:
        connection.execute("CREATE TABLE Packages (hnum INTEGER PRIMARY KEY, blob BLOB)")
        connection.commit()
        raw = connection.serialize()
    connection.close()
    return raw


@pytest.mark.parametrize(
    ("state", "count"),
    [
        ("install ok installed", 1),
        ("hold ok installed", 1),
        ("deinstall ok config-files", 0),
        ("install ok half-installed", 0),
        ("install reinstreq half-configured", 0),
        ("install ok unpacked", 0),
        ("install ok triggers-pending", 0),
    ],
)
def test_a_package_is_installed_in_one_state_only(state, count):
    status = STATUS.replace(b"install ok installed", state.encode())
    packages = read_packages(reader({"var/lib/dpkg/status": status}))
    assert len(packages.installed("openssl")) == count
    assert packages.packages["openssl"][0].state == state.split()[-1]


@pytest.mark.parametrize(
    ("files", "words"),
    [
        ({"var/lib/dpkg/status": STATUS, "var/lib/dpkg/updates/0001": b"x"}, "interrupted"),
        ({"var/lib/dpkg/status": STATUS, "var/lib/dpkg/status.d/omi": STATUS}, "files of their own"),
        ({"var/lib/dpkg/status": STATUS, "var/lib/dpkg/updates": Broken()}, "damaged"),
        ({"var/lib/dpkg/status": STATUS, "var/lib/rpm/rpmdb.sqlite": rpm()}, "both"),
        ({"var/lib/dpkg/status": STATUS, "var/lib/rpm/Packages": b"x"}, "too short for a database"),
        ({"var/lib/dpkg/status": STATUS[:-1]}, "damaged"),
        ({"var/lib/dpkg/status": STATUS + bytes(99) + b"\n\n"}, "damaged"),
        ({"var/lib/dpkg/status": STATUS + b"half a line\n\n"}, "damaged: half a line"),
        ({"var/lib/dpkg/status": STATUS + b"Package: omi\n\n"}, "no name or no state"),
        ({"var/lib/dpkg/status": b""}, "no package database"),
        ({"var/lib/dpkg/status.d/openssl": STATUS}, "dpkg, in a file for each package"),
        ({"lib/apk/db/installed": b"P:openssl\n"}, "that of apk"),
        ({"usr/lib/apk/db/installed": b"P:openssl\n"}, "that of apk"),
        ({"var/lib/pacman/local/openssl-3-1/desc": b""}, "that of pacman"),
        ({"var/lib/rpm/rpmdb.sqlite": rpm(), "usr/lib/sysimage/rpm/rpmdb.sqlite": rpm()}, "more than one"),
        ({"var/lib/rpm/rpmdb.sqlite": rpm(), "var/lib/rpm/Packages": b"x"}, "more than one"),
        ({"usr/lib/sysimage/rpm/rpmdb.sqlite": rpm(), "var/lib/rpm/Packages": b"x"}, "more than one"),
        ({"var/lib/rpm/rpmdb.sqlite": rpm(), "var/lib/rpm/rpmdb.sqlite-journal": b"x"}, "log beside it"),
        ({"var/lib/rpm/rpmdb.sqlite": empty_rpm()}, "no package database"),
    ],
)
def test_a_database_that_is_not_the_whole_truth_is_unread(files, words):
    packages = read_packages(reader(files))
    assert isinstance(packages, Unread)
    assert words in packages.detail


def test_one_database_by_two_paths_is_one():
    files = {"usr/lib/sysimage/rpm/rpmdb.sqlite": rpm(), "var/lib/rpm": Link("../../usr/lib/sysimage/rpm")}
    assert [one.version for one in read_packages(reader(files)).installed("openssl")] == ["3.0-1"]


def test_an_empty_database_beside_the_one_that_counts_is_none():
    files = {"var/lib/dpkg/status": STATUS, "var/lib/rpm/rpmdb.sqlite": empty_rpm(), "var/lib/dpkg/updates/tmp.i": b""}
    assert read_packages(reader(files)).manager == "dpkg"
    assert read_packages(reader({"var/lib/dpkg/status": b"", "var/lib/rpm/rpmdb.sqlite": rpm()})).manager == "rpm"


# -- repositories -------------------------------------------------------------------------------

DEB822 = b"""# a comment
Types: deb deb-src
URIs: http://deb.debian.org/debian
Suites: bookworm
 bookworm-updates
Components: main

Types: deb
Enabled: no
URIs: http://off.example.com
Suites: x

Types: deb-src
URIs: http://sources.example.com
Suites: x
"""
DNF = b"""[main]
gpgcheck=1
[rhui-baseos] # the base
name=Base
baseurl=https://rhui.example.com/$releasever
enabled = 1
[extra]
name=Extra
mirrorlist=https://mirrors.example.com
enabled=0
autorefresh=1
[usual]
"""


@pytest.mark.parametrize(
    ("path", "text", "expected"),
    [
        (
            "etc/apt/sources.list",
            b"deb [arch=amd64 signed-by=/x] http://a/debian bookworm-security main\n# deb http://b/ x\ndeb-src http://c\n",
            [("bookworm-security", "http://a/debian", True, False)],
        ),
        (
            "etc/apt/sources.list.d/debian.sources",
            DEB822,
            [
                ("bookworm", "http://deb.debian.org/debian", True, False),
                ("bookworm-updates", "http://deb.debian.org/debian", True, False),
                ("x", "http://off.example.com", False, False),
            ],
        ),
        (
            "etc/yum.repos.d/rh.repo",
            DNF,
            [
                ("rhui-baseos Base", "https://rhui.example.com/$releasever", True, False),
                ("extra Extra", "", False, True),
                ("usual", "", True, False),
            ],
        ),
        ("etc/yum.repos.d/rh.repo.rpmsave", DNF, []),
    ],
)
def test_repositories(path, text, expected):
    found = read_repositories(reader({path: text}))
    assert [(one.name, one.address, one.enabled, one.refresh) for one in found] == expected


DEBIANS_OWN = b"Types: deb\nURIs: mirror+file:///etc/apt/mirrors/debian.list\nSuites: bookworm\nComponents: main\n"


def test_a_list_of_mirrors_in_a_file_stands_for_what_it_names():
    source, mirrors = "etc/apt/sources.list.d/debian.sources", "etc/apt/mirrors/debian.list"
    urls = b"# x\nhttps://deb.debian.org/debian\nhttp://a.example/debian\tpriority:2\n"
    found = read_repositories(reader({source: DEBIANS_OWN, mirrors: urls}))
    assert [(one.name, one.address) for one in found] == [
        ("bookworm", "https://deb.debian.org/debian"),
        ("bookworm", "http://a.example/debian"),
    ]
    copied = DEBIANS_OWN.replace(b"file://", b"copy:")
    assert read_repositories(reader({source: copied, mirrors: urls})) == found
    assert isinstance(read_repositories(reader({source: DEBIANS_OWN})), Unread)
    assert isinstance(read_repositories(reader({source: DEBIANS_OWN, mirrors: Broken()})), Unread)


def test_what_apt_does_not_read_is_no_source():
    assert (
        read_repositories(reader({"etc/apt/sources.list.d/a b.list": b"deb http://deb.debian.org/debian x main\n"}))
        == ()
    )


def test_the_configuration_of_dnf_may_hold_repositories_and_may_lead_elsewhere():
    (found,) = read_repositories(reader({"etc/dnf/dnf.conf": b"[main]\ngpgcheck=1\n[baseos]\nbaseurl=http://x\n"}))
    assert (found.name, found.enabled) == ("baseos", True)
    assert isinstance(read_repositories(reader({"etc/dnf/dnf.conf": b"[main]\nreposdir=/opt/r\n"})), Unread)
    assert isinstance(read_repositories(reader({"etc/dnf/repos.override.d/99.repo": b"[a]\nenabled=0\n"})), Unread)
    (last,) = read_repositories(reader({"etc/yum.repos.d/a.repo": b"[a]\nenabled=1\nenabled=0\n"}))
    assert not last.enabled


def test_repositories_that_cannot_be_read_are_unread():
    assert isinstance(read_repositories(reader({"etc/x": b"", "etc/yum.repos.d": Broken()})), Unread)


# -- programs -----------------------------------------------------------------------------------


def test_programs_are_found_in_the_order_of_the_path():
    files = {
        "usr/bin/python3": Link("python3.11"),
        "usr/bin/python3.11": b"x",
        "usr/local/bin/python3": Link("/opt/python3.6"),
        "opt/python3.6": File(b"x", 0o755),
        "usr/local/bin/openssl": Link("/gone"),
        "bin": Link("usr/bin"),
    }
    assert list(read_programs(reader(files)).items()) == [
        ("/usr/local/bin/python3", "/opt/python3.6"),
        ("/usr/bin/python3", "/usr/bin/python3.11"),
    ]
    assert isinstance(read_programs(reader({**files, "usr/local": Broken()})), Unread)


@pytest.mark.parametrize(
    ("line", "first"),
    [
        ('PATH="/opt/old/bin:/usr/local/bin:/usr/bin"', "/opt/old/bin/openssl"),
        ("export PATH=/usr/bin:/opt/old/bin/", "/usr/bin/openssl"),
        ("PATH=bin:$HOME/bin", "/usr/bin/openssl"),
        ("#PATH=/opt/old/bin", "/usr/bin/openssl"),
    ],
)
def test_the_path_of_who_logs_in_may_begin_elsewhere(line, first):
    files = {"usr/bin/openssl": b"x", "opt/old/bin/openssl": b"x", "etc/environment": line.encode()}
    assert next(iter(read_programs(reader(files)))) == first


@pytest.mark.parametrize(
    ("diversions", "is_known"),
    [
        (b"/usr/bin/openssl\n/usr/bin/openssl.distrib\n:\n", False),
        (b"/bin/sh\n/bin/sh.distrib\ndash\n/usr/bin/openssl\n/usr/bin/openssl.real\nx\n", False),
        (b"/bin/sh\n/usr/bin/openssl\ndash\n", True),
        (Broken(), False),
    ],
)
def test_a_program_that_dpkg_puts_elsewhere_is_another(diversions, is_known):
    found = read_programs(reader({"usr/bin/openssl": b"x", "var/lib/dpkg/diversions": diversions}))
    assert isinstance(found, Unread) is not is_known


@pytest.mark.parametrize("mode", [0o644, 0o750, 0o700])
def test_what_not_everybody_may_execute_is_passed_over(mode):
    assert read_programs(reader({"usr/bin/openssl": File(b"x", mode)})) == {}


@pytest.mark.parametrize("text", [Broken(), f"PATH={':'.join(f'/{number}' for number in range(60))}".encode()])
def test_a_path_that_is_not_known_leaves_programs_unread(text):
    assert isinstance(read_programs(reader({"usr/bin/openssl": b"x", "etc/environment": text})), Unread)


# -- cloud-init ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        ({}, None),
        ({"var/lib/cloud/data/result.json": b'{"v1": {"datasource": "Azure", "errors": []}}'}, ()),
        (
            {"var/lib/cloud/data/result.json": b'{"v1": {"errors": ["a", "b"]}}'},
            ("/var/lib/cloud/data/result.json: 2 errors",),
        ),
        (
            {"var/lib/cloud/data/status.json": b'{"v1": {"init": {"errors": ["a"]}, "stage": null}}'},
            ("/var/lib/cloud/data/status.json: 1 errors",),
        ),
        (
            {"var/lib/cloud/data/status.json": b'{"v1": {"errors": [], "recoverable_errors": {"WARNING": ["x"]}}}'},
            ("/var/lib/cloud/data/status.json: 1 errors",),
        ),
        (
            {"var/lib/cloud/data/status.json": b'{"v1": {"errors": [], "recoverable_errors": {"DEPRECATED": ["x"]}}}'},
            (),
        ),
        (
            {"var/log/cloud-init.log": b"x - util.py[CRITICAL]: y\n"},
            ("/var/log/cloud-init.log: 1 lines with [CRITICAL]",),
        ),
        ({"var/log/cloud-init.log": b"x - util.py[DEBUG]: ERROR\n"}, ()),
        (
            {"var/log/cloud-init.log": b"x - a.py[ERROR]: y\nz - b.py[WARNING]: password=secret\n"},
            ("/var/log/cloud-init.log: 1 lines with [ERROR]", "/var/log/cloud-init.log: 1 lines with [WARNING]"),
        ),
    ],
)
def test_what_cloud_init_noted(files, expected):
    assert read_cloud_init_errors(reader({"etc/x": b"", **files})) == expected


@pytest.mark.parametrize(
    "text",
    [
        b"no JSON",
        b"[" * 50_000,
        b'{"a":' * 30 + b"1" + b"}" * 30,
        b"[1]",
        b"{}",
        b'{"v1": {"errors": "boom"}}',
        b'{"errors": [], "recoverable_errors": "x"}',
    ],
)
def test_results_that_are_none_are_unread(text):
    assert isinstance(read_cloud_init_errors(reader({"var/lib/cloud/data/result.json": text})), Unread)


# -- architecture -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("bits", "order", "machine", "expected"),
    [
        (1, 1, 62, ("x86_64", 32)),  # x32
        (2, 1, 183, ("aarch64", 64)),
        (2, 2, 183, ("aarch64_be", 64)),
    ],
)
def test_architectures_that_look_like_others(bits, order, machine, expected):
    sign = "<" if order == 1 else ">"
    program = b"\x7fELF" + bytes([bits, order]) + bytes(10) + struct.pack(f"{sign}HH", 2, machine) + bytes(40)
    seen = read_architecture(reader({"bin/sh": program}))
    assert (seen.machine, seen.bits) == expected


@pytest.mark.parametrize(
    ("path", "text", "found"),
    [
        ("apt.conf.d/01proxy", 'Acquire::http::Proxy "http://10.1.2.3:3128";', ["http://10.1.2.3:3128"]),
        ("apt.conf.d/01proxy", 'Acquire::https::Proxy::repo.example "http://user:pw@p:3128/";', ["http://p:3128/"]),
        ("apt.conf", 'Acquire { http { Proxy "http://p:3142"; }; };', ["http://p:3142"]),
        ("apt.conf", '// Acquire::http::Proxy "http://p";\n# Acquire::http::Proxy "http://p";\n', []),
        ("apt.conf", '/* Acquire::http::Proxy "http://p"; */', []),
        ("apt.conf", '/* x */Acquire::http::Proxy "http://p";/* y */', ["http://p"]),
        ("apt.conf", "/*" * 500_000, []),
        ("apt.conf", 'Acquire::http::Proxy "DIRECT";\nAcquire::http::Proxy "http://127.0.0.1:3142";', []),
        ("apt.conf", 'Acquire::http::Proxy-Auto-Detect "/usr/bin/auto-apt-proxy";', []),
        ("apt.conf.d/01proxy.dpkg-old", 'Acquire::http::Proxy "http://p";', []),
        ("yum.conf", "[main]\nproxy = http://p:3128\n#proxy=http://q\n", ["http://p:3128"]),
        ("dnf/dnf.conf", "[main]\nproxy=_none_\nproxy_username=x\n", []),
    ],
)
def test_a_proxy_that_packages_are_asked_of(path, text, found):
    folder = "etc/apt/" if path.startswith("apt") else "etc/"
    assert read_proxies(reader({folder + path: text.encode()})) == tuple(f"/{folder}{path}: {one}" for one in found)


def test_a_proxy_that_cannot_be_read_is_unread():
    assert isinstance(read_proxies(reader({"etc/apt/apt.conf.d": Broken()})), Unread)
    assert isinstance(read_proxies(reader({"etc/apt/apt.conf": Broken()})), Unread)
