"""Which of several programs, or packages, the one is that runs."""

from __future__ import annotations

import pytest
from guests import NO_PROGRAMS, disk, guest, says
from judging import judge

from checker.facts.linux.packages import Package, Packages


def test_the_python_of_the_system_behind_python3_is_there() -> None:
    """As on Red Hat 8, where the package python36 has a symlink to it."""
    real = "/usr/libexec/platform-python3.6"
    outcome = judge("LNX011", disk(guest(python="platform-python3.6", programs={"/usr/bin/python3": real})))
    assert "older than 3.9" in outcome.message
    assert "no python3" in judge("LNX011", disk(guest(python="platform-python3.6", programs=NO_PROGRAMS))).message


@pytest.mark.parametrize(("program", "verdict"), [("openssl-1_0_0", "fail warning"), ("openssl-3", "pass")])
def test_of_several_packages_of_openssl_that_of_the_program_counts(program, verdict) -> None:
    """As on SUSE, whose package openssl has no program of its own."""
    versions = {"openssl": "3.1.4-1", "openssl-1_0_0": "1.0.1e-1", "openssl-3": "3.1.4-1"}
    packages = Packages("rpm", {name: (Package(name, version),) for name, version in versions.items()})
    assert says("LNX010", packages=packages, programs={"/usr/bin/openssl": f"/usr/bin/{program}"}) == verdict
