"""Which of several programs, or packages, the one is that runs."""

from __future__ import annotations

import pytest
from guests import NO_PROGRAMS, UNREAD, disk, file, guest, says
from judging import judge

from checker.facts.linux.packages import Package, Packages


def test_the_python_of_the_system_behind_python3_is_there() -> None:
    """As on Red Hat 8, where the package python36 has a symlink to it."""
    real = "/usr/libexec/platform-python3.6"
    outcome = judge("LNX011", disk(guest(python="platform-python3.6", programs={"/usr/bin/python3": real})))
    assert "older than 3.9" in outcome.message
    assert "no python3" in judge("LNX011", disk(guest(python="platform-python3.6", programs=NO_PROGRAMS))).message


def test_a_python_that_not_everybody_may_execute_is_none() -> None:
    outcome = judge("LNX011", disk(guest(programs=NO_PROGRAMS)))
    assert outcome.message == "there is no python3 that everybody may execute"


LOCAL = "/usr/local/lib/python3.11/dist-packages/azurelinuxagent/common/version.py"
DOT_0644 = file("/usr/sbin/waagent", permissions=0o644)
IN_LOCAL = file("/usr/local/bin/waagent", permissions=0o755)
GONE = {"agent__missing_interpreter": "/usr/bin/python3"}
OLD = {"agent__modules": ((LOCAL, "2.2.10"),)}


@pytest.mark.parametrize(
    ("changes", "verdict"),
    [
        ({"agent__program": DOT_0644}, "fail warning"),
        ({"agent__program": DOT_0644, **OLD}, "fail error"),
        ({**GONE, "python": None}, "fail error"),
        ({**GONE, "python": None, "agent__modules": UNREAD}, "fail error"),
        ({**GONE, "python": UNREAD}, "not-evaluated"),
        (GONE, "not-evaluated"),
        ({**GONE, **OLD}, "fail error"),
        ({"agent__missing_interpreter": UNREAD}, "not-evaluated"),
        ({"python": None}, "pass"),
        ({"agent__program": IN_LOCAL}, "not-evaluated"),
        ({"agent__program": IN_LOCAL, "agent__modules": ((LOCAL, "2.9.1"), ("/usr/lib/x", "2.2.10"))}, "pass"),
        ({"agent__program": IN_LOCAL, "agent__modules": ((LOCAL, "2.2.10"), ("/usr/lib/x", "2.9.1"))}, "fail error"),
    ],
)
def test_the_program_of_the_agent_that_runs_counts(changes, verdict) -> None:
    assert says("LNX005", **changes) == verdict


@pytest.mark.parametrize(("program", "verdict"), [("openssl-1_0_0", "fail warning"), ("openssl-3", "pass")])
def test_of_several_packages_of_openssl_that_of_the_program_counts(program, verdict) -> None:
    """As on SUSE, whose package openssl has no program of its own."""
    versions = {"openssl": "3.1.4-1", "openssl-1_0_0": "1.0.1e-1", "openssl-3": "3.1.4-1"}
    packages = Packages("rpm", {name: (Package(name, version),) for name, version in versions.items()})
    assert says("LNX010", packages=packages, programs={"/usr/bin/openssl": f"/usr/bin/{program}"}) == verdict
