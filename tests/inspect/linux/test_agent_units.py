"""The agent: its options as its own reader takes them, its versions, its units, and what it remembers."""

from __future__ import annotations

import pytest
from memory_tree import Broken, reader
from small_disks import File, Folder, Link

from checker.facts.unread import Unread
from checker.inspect.linux.agent import read_agent
from checker.inspect.linux.interface_names import read_empty_udev_net_rules, read_udev_net_rules
from checker.inspect.linux.units import read_default_target

ETC = "etc/systemd/system/default.target"
USR = "usr/lib/systemd/system/default.target"
WANTS = "etc/systemd/system/multi-user.target.wants/walinuxagent.service"
UNIT = "usr/lib/systemd/system/walinuxagent.service"
VERSION = b"AGENT_VERSION = '2.9.1.1'\n"


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("AutoUpdate.Enabled=n\n", "n"),
        (" AutoUpdate.Enabled = n\r\n", "n"),
        ('AutoUpdate.Enabled="n "\n', "n"),
        ('AutoUpdate.Enabled=" n" # why\n', "n"),
        ("AutoUpdate.Enabled=y\nAutoUpdate.Enabled=n\n", "n"),
        ("AutoUpdate.Enabled=n\nAutoUpdate.Enabled=None\n", None),
        ("#AutoUpdate.Enabled=n\n", None),
        (" #AutoUpdate.Enabled=n\n", None),
        ("AutoUpdate.Enabled=n#y\n", "n"),
        ("AutoUpdate.Enabled='n'\n", "'n'"),
        ("autoupdate.enabled=n\n", None),
    ],
)
def test_options(text, value):
    found = read_agent(reader({"etc/waagent.conf": text.encode()})).configuration
    assert found.get("AutoUpdate.Enabled") == value


def test_the_program_of_pip_is_found():
    assert read_agent(reader({"usr/local/bin/waagent": b""})).program.path == "/usr/local/bin/waagent"


def test_a_program_that_leads_elsewhere_is_another_agent():
    found = read_agent(reader({"usr/sbin/waagent": Link("/opt/agent/waagent"), "opt/agent/waagent": b""}))
    assert "/opt/agent/waagent" in found.program.detail
    found = read_agent(reader({"usr/sbin/waagent": Link("../bin/waagent"), "usr/bin/waagent": b""}))
    assert found.program.path == "/usr/bin/waagent"


@pytest.mark.parametrize(
    ("first", "files", "missing"),
    [
        (b"#!/usr/bin/python3\nimport x\n", {}, "/usr/bin/python3"),
        (b"#!/usr/bin/python3 -u", {"usr/bin/python3": Link("python3.11")}, "/usr/bin/python3"),
        (b"#! /usr/bin/python3", {"usr/bin/python3": b"\x7fELF"}, None),
        (b"#!/usr/bin/python3\n", {"usr/bin/python3": File(b"\x7fELF", 0o644)}, "/usr/bin/python3"),
        (b"#!/usr/bin/env python3\n", {}, "python3"),
        (b"#!/usr/bin/env -S A=b python3 -u\n", {"usr/local/bin/python3": b"\x7fELF"}, None),
        (b"#!\n", {}, None),
        (b"\x7fELF\x02\x01", {}, None),
        (b"", {}, None),
    ],
)
def test_what_runs_the_program_may_be_gone(first, files, missing):
    assert read_agent(reader({"usr/sbin/waagent": first, **files})).missing_interpreter == missing


def test_the_first_program_on_the_path_is_the_agent():
    files = {"usr/sbin/waagent": b"", "usr/local/bin/waagent": b""}
    assert read_agent(reader(files)).program.path == "/usr/local/bin/waagent"
    files["usr/local/bin/waagent"] = File(b"", 0o644)
    assert read_agent(reader(files)).program.path == "/usr/sbin/waagent"
    files["usr/sbin/waagent"] = File(b"", 0o600)
    assert read_agent(reader(files)).program.permissions == 0o644
    files["usr/local/bin/waagent"] = Broken()
    found = read_agent(reader(files))
    assert isinstance(found.program, Unread)
    assert isinstance(found.missing_interpreter, Unread)


def test_the_configuration_of_flatcar_is_elsewhere():
    assert read_agent(reader({"usr/share/oem/waagent.conf": b"A=b\n"})).configuration == {"A": "b"}


@pytest.mark.parametrize(
    ("files", "units"),
    [
        ({WANTS: Link("/gone")}, [f"/{WANTS}"]),
        ({WANTS: Link("/dev/null")}, []),
        ({WANTS: Link("../../../../dev/null")}, []),
        ({"usr/lib/systemd/system/multi-user.target.wants/waagent.service": Link("../waagent.service")},
         ["/usr/lib/systemd/system/multi-user.target.wants/waagent.service"]),
        ({"lib": Link("usr/lib"), "usr/lib/systemd/system/multi-user.target.wants/waagent.service": Link("../x")},
         ["/usr/lib/systemd/system/multi-user.target.wants/waagent.service"]),
        ({"etc/systemd/system/other.service.wants/waagent.service": Link("../x")},
         ["/etc/systemd/system/other.service.wants/waagent.service"]),
        ({"etc/rc2.d/S01walinuxagent": Link("../init.d/walinuxagent")}, ["/etc/rc2.d/S01walinuxagent"]),
        ({"etc/runlevels/default/waagent": Link("/etc/init.d/waagent")}, ["/etc/runlevels/default/waagent"]),
        ({UNIT: b"[Install]\nWantedBy=multi-user.target\n"}, []),
    ],
)  # fmt: skip
def test_what_wants_the_agent(files, units):
    assert list(read_agent(reader(files)).units) == units


@pytest.mark.parametrize(
    ("files", "masked"),
    [
        ({UNIT: b"x"}, []),
        ({UNIT: b"x", "etc/systemd/system/walinuxagent.service": Link("/dev/null")}, ["etc"]),
        ({UNIT: b"x", "etc/systemd/system/walinuxagent.service": Link("../../../dev/null")}, ["etc"]),
        (
            {UNIT: b"x", "etc/systemd/system/walinuxagent.service": Link("/etc/off"), "etc/off": Link("/dev/null")},
            ["etc"],
        ),
        ({UNIT: b"x", "etc/systemd/system/walinuxagent.service": b""}, ["etc"]),
        ({UNIT: Link("/dev/null")}, ["usr"]),
        ({UNIT: Link("/dev/null"), "etc/systemd/system/walinuxagent.service": b"x"}, []),
        ({UNIT: b"x", "etc/systemd/system/waagent.service": Link(f"/{UNIT}")}, []),
    ],
)
def test_masks(files, masked):
    assert [path.split("/")[1] for path in read_agent(reader(files)).masked] == masked


def test_symlinks_in_a_circle_are_unread():
    files = {"etc/systemd/system/waagent.service": Link("/a"), "a": Link("/b"), "b": Link("/a")}
    assert isinstance(read_agent(reader(files)).masked, Unread)


def test_units_that_are_there():
    files = {UNIT: b"x", "etc/init.d/waagent": b"x", WANTS: Link("/gone")}
    assert list(read_agent(reader(files)).unit_files) == [f"/{UNIT}", "/etc/init.d/waagent"]


def test_a_symlink_that_leads_nowhere_is_no_unit():
    files = {"etc/systemd/system/waagent.service": Link("/gone"), "etc/systemd/system/x": b""}
    assert read_agent(reader(files)).unit_files == ()
    assert list(read_agent(reader({**files, "lib/systemd/system/waagent.service": b"x"})).unit_files) == [
        "/lib/systemd/system/waagent.service"
    ]


@pytest.mark.parametrize(
    ("path", "content", "versions"),
    [
        ("usr/lib/python3/dist-packages", VERSION, ["2.9.1.1"]),
        ("usr/lib/python3.6/site-packages", VERSION, ["2.9.1.1"]),
        ("usr/lib/python3.6/site-packages/WALinuxAgent-2.9-py3.6.egg", VERSION, ["2.9.1.1"]),
        ("usr/local/lib/python3.11/dist-packages", VERSION + b'AGENT_VERSION = "2.2.40"\n', ["2.2.40"]),
        ("opt/python3/site-packages", VERSION, []),
    ],
)
def test_versions(path, content, versions):
    files = {f"{path}/azurelinuxagent/common/version.py": content}
    assert [version for _, version in read_agent(reader(files)).modules] == versions


def test_an_agent_in_a_packed_egg_or_without_a_version_is_unread():
    egg = {"usr/lib/python3.6/site-packages/WALinuxAgent-2.9-py3.6.egg": b"PK"}
    assert "packed" in read_agent(reader(egg)).modules.detail
    files = {"usr/lib/python3/dist-packages/azurelinuxagent/common/version.py": b"AGENT_VERSION = version()\n"}
    assert "no AGENT_VERSION" in read_agent(reader(files)).modules.detail


@pytest.mark.parametrize(
    ("files", "known", "rest"),
    [
        ({}, (), False),
        ({"var/lib/waagent": Folder()}, (), False),
        ({"var/lib/waagent/x.prv": b"k"}, ("/var/lib/waagent/x.prv",), False),
        ({"etc/waagent.conf": b"Lib.Dir=/opt/wa/\n", "opt/wa/provisioned": b""}, ("/opt/wa/provisioned",), False),
        ({"etc/waagent.conf": Broken(), "var/lib/waagent/provisioned": b""}, ("/var/lib/waagent/provisioned",), True),
        ({"etc/waagent.conf": b"Lib.Dir=/opt/wa\n", "opt/wa": Broken()}, (), True),
        ({"var/lib/waagent": Broken()}, (), True),
    ],
)
def test_state(files, known, rest):
    state = read_agent(reader(files)).state
    assert (state.known, state.rest is not None) == (known, rest)


@pytest.mark.parametrize(
    ("text", "changes"),
    [
        (b"[Service]\nSlice=azure.slice\n", False),
        (b"[Service]\nCPUAccounting=yes\n#ExecStart=/x\n", False),
        (b"[Service]\nExecStart=\nExecStart=/bin/true\n", True),
        (b"[Unit]\n ConditionPathExists = /x\n", True),
    ],
)
def test_drop_ins_that_change_what_is_started(text, changes):
    path = "usr/lib/systemd/system/walinuxagent.service.d/10.conf"
    assert list(read_agent(reader({path: text})).overrides) == ([f"/{path}"] if changes else [])
    assert isinstance(read_agent(reader({path: Broken()})).overrides, Unread)


def test_rules_of_udev_that_say_nothing():
    folder = "etc/udev/rules.d"
    files = {
        f"{folder}/70-persistent-net.rules": Link("/dev/null"),
        f"{folder}/75-persistent-net-generator.rules": Link("/opt/real.rules"),
        "opt/real.rules": b"SUBSYSTEM",
        "usr/lib/udev/rules.d/70-persistent-net.rules": b"",
        "lib": Link("usr/lib"),
    }
    assert read_empty_udev_net_rules(reader(files)) == (
        f"/{folder}/70-persistent-net.rules",
        "/lib/udev/rules.d/70-persistent-net.rules",
    )
    assert len(read_udev_net_rules(reader(files))) == 3


@pytest.mark.parametrize(
    ("files", "target"),
    [
        ({USR: Link("graphical.target")}, "graphical.target"),
        ({USR: Link("graphical.target"), ETC: Link("/lib/systemd/system/rescue.target")}, "rescue.target"),
        ({ETC: b"[Unit]\n"}, "default.target"),
        ({}, None),
    ],
)
def test_the_target_that_is_booted(files, target):
    assert read_default_target(reader({"etc/x": b"", **files})) == target
    assert isinstance(read_default_target(reader({**files, "etc/systemd": Broken()})), Unread)
