"""LNX037: who provisions a new machine, and whether that one is able to."""

from __future__ import annotations

import distributions as trees
import memory_tree
import pytest
from guests import CONSOLE, UNREAD, disk, line, says
from judging import told
from small_disks import Link

from checker.facts.listing import Listing

PASS, FAIL, OTHER, UNKNOWN = "pass", "fail warning", "not-applicable", "not-evaluated"
NO_CLOUD_INIT = {"cloud_init__installed": False, "cloud_init__runs": False, "cloud_init__starts": False}
NO_AGENT = {"agent__program": None, "agent__modules": (), "agent__configuration": None, "agent__units": ()}
MARK = "/etc/cloud/cloud-init.disabled"
DISABLED = {"cloud_init__runs": False, "cloud_init__stopped": Listing((MARK,))}
OTHER_SOURCES = {"cloud_init__runs": UNREAD, "cloud_init__sources": ("NoCloud", "None")}

SEED = {"cloud_init__seeds": ("/var/lib/cloud/seed/nocloud",)}


def by(who: str) -> dict[str, object]:
    return {"agent__configuration": {"Provisioning.Agent": who}}


def words(text: str) -> dict[str, object]:
    return {"boot__command_lines": (line(f"{CONSOLE} {text}"),)}


def version(text: str) -> dict[str, object]:
    return {"agent__modules": (("/x/version.py", text),)}


# fmt: off
CASES = [
    # cloud-init, because it is told or because it is enabled
    (PASS, {}), (PASS, by("auto")), (PASS, by("cloud-init")), (PASS, by("disabled")), (PASS, by("Auto")),
    (PASS, {"cloud_init__sources": None}), (PASS, {"cloud_init__sources": ("NoCloud", "Azure", "None")}),
    (PASS, NO_AGENT), (PASS, {**by("auto"), **words("cloud-init=enabled")}),
    *[
        (FAIL, {**by(who), **change})
        for who in ("auto", "cloud-init", "disabled")
        for change in (
            DISABLED, OTHER_SOURCES, words("cloud-init=disabled"),
            {"cloud_init__stopped": Listing(("/etc/systemd/system/cloud-init.target",)), "cloud_init__runs": False},
            {**OTHER_SOURCES, "cloud_init__sources": ()},
        )
    ],
    (FAIL, {**by("cloud-init"), **NO_CLOUD_INIT}), (FAIL, {**by("disabled"), **NO_CLOUD_INIT}),
    (FAIL, {**NO_AGENT, **OTHER_SOURCES}), (FAIL, {**NO_AGENT, **DISABLED}),
    # data for it in the image
    (FAIL, {**SEED, "cloud_init__sources": None}), (FAIL, {**SEED, "cloud_init__sources": ("NoCloud", "Azure")}),
    (PASS, SEED), (UNKNOWN, {**SEED, "cloud_init__sources": ("Azure", "NoCloud")}),
    (UNKNOWN, {"cloud_init__seeds": ("/var/lib/cloud/seed/nocloud-net",), "cloud_init__sources": None}),
    (UNKNOWN, {"cloud_init__seeds": UNREAD}),
    # the agent
    (PASS, {**by("auto"), **NO_CLOUD_INIT}), (PASS, {**by("waagent"), **NO_CLOUD_INIT}),
    (PASS, {**by("auto"), "cloud_init__starts": False}), (PASS, {**by("waagent"), "cloud_init__starts": False}),
    (OTHER, {**by("auto"), **NO_CLOUD_INIT, "agent__units": ()}),
    (OTHER, {**by("auto"), **NO_CLOUD_INIT, "agent__masked": ("/etc/systemd/system/walinuxagent.service",)}),
    # neither, both, and what is not known
    (UNKNOWN, {**NO_AGENT, **NO_CLOUD_INIT}),
    (UNKNOWN, by("waagent")),
    (UNKNOWN, version("2.2.41")), (PASS, version("2.2.45")), (PASS, {"agent__modules": ()}),
    (UNKNOWN, {"agent__configuration": UNREAD}), (UNKNOWN, {"agent__program": UNREAD, "agent__modules": ()}),
    (UNKNOWN, {"cloud_init__starts": UNREAD}), (UNKNOWN, {"cloud_init__runs": UNREAD}),
    (UNKNOWN, {"cloud_init__installed": UNREAD, "cloud_init__runs": UNREAD, **by("cloud-init")}),
    (UNKNOWN, {"cloud_init__runs": False, "cloud_init__stopped": Listing(("/etc/systemd/system/cloud-init.service",))}),
    (UNKNOWN, {**OTHER_SOURCES, "cloud_init__sources": UNREAD}),
    (UNKNOWN, {**OTHER_SOURCES, "cloud_init__sources": ("azure",)}),
    (UNKNOWN, {"boot__command_lines": UNREAD}), (UNKNOWN, words("$more")), (UNKNOWN, words("ds=nocloud")),
    (UNKNOWN, {**OTHER_SOURCES, **words("ci.datasource=Azure")}),
    (UNKNOWN, {**DISABLED, **words("cloud-init=enabled")}),
    (UNKNOWN, {**DISABLED, "boot__command_lines": UNREAD}), (UNKNOWN, {**OTHER_SOURCES, **words("$more")}),
    (FAIL, {**by("cloud-init"), **NO_CLOUD_INIT, "boot__command_lines": UNREAD}),
    (UNKNOWN, {**by("auto"), **NO_CLOUD_INIT, "agent__units": UNREAD}),
]
# fmt: on


@pytest.mark.parametrize(("expected", "changes"), CASES)
def test_who_provisions(expected, changes):
    assert says("LNX037", **changes) == expected


LIST = "etc/cloud/cloud.cfg.d/99-z.cfg"
BOTH = b"datasource_list: [ NoCloud, Azure, None ]\n"
NO_CLOUD = "var/lib/cloud/seed/nocloud"
LOCAL = "etc/systemd/system/cloud-init.target.wants/cloud-init-local.service"


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        ({LIST: b"datasource_list: [ NoCloud, None ]\n"}, FAIL),
        ({LIST: b"datasource_list: [ None ] # no Azure\n"}, FAIL),
        ({LIST: b"datasource_list:\n  - NoCloud\n  - 'None'\n"}, FAIL),
        ({LIST: b"datasource_list:\n- Azure\n"}, PASS),
        ({LIST: b"datasource_list: [ AzureStack ]\n"}, FAIL),
        ({LIST: b"datasource_list: *mine\n"}, UNKNOWN),
        ({"etc/cloud/cloud.cfg.d/10-a.cfg": b"datasource_list: [ None ]\n"}, PASS),  # a later file names Azure
        ({"etc/cloud/ds-identify.cfg": b"datasource: NoCloud\n"}, UNKNOWN),
        ({"etc/cloud/ds-identify.cfg": b"datasource: Azure\n"}, PASS),
        ({"etc/cloud/cloud-init.disabled": b""}, FAIL),
        ({"etc/cloud/cloud-init.disabled": b"", "etc/cloud/cloud-init.enabled": b""}, PASS),
        ({"etc/systemd/system/cloud-init.target": Link("/dev/null")}, FAIL),
        # the agent takes this for a cloud-init that is not enabled, and systemd may start the rest of it
        ({"etc/systemd/system/cloud-init-local.service": Link("/dev/null")}, UNKNOWN),
        ({LOCAL: None}, UNKNOWN),
        ({LOCAL: None, LOCAL.replace("-local", ""): None}, PASS),
        ({LOCAL: None, LOCAL.replace("etc", "usr/lib", 1): Link("../cloud-init-local.service")}, UNKNOWN),
        ({LIST: BOTH, f"{NO_CLOUD}/user-data": b"x", f"{NO_CLOUD}/meta-data": b""}, FAIL),
        ({LIST: BOTH, f"{NO_CLOUD}/user-data": b"x"}, PASS),
        ({LIST: BOTH, f"{NO_CLOUD}/user-data": b"x", f"{NO_CLOUD}/meta-data": b"dsmode: disabled"}, UNKNOWN),
        ({f"{NO_CLOUD}/user-data": b"x", f"{NO_CLOUD}/meta-data": b""}, PASS),  # only Azure is asked
        ({"usr/bin/cloud-init": None}, FAIL),  # its units are still enabled, and so the agent leaves it to them
        ({"etc/waagent.conf": b"Provisioning.Agent=disabled\n", "usr/bin/cloud-init": None}, FAIL),
    ],
)
def test_from_the_files_of_an_image(files, expected):
    tree = {path: content for path, content in {**trees.UBUNTU, **files}.items() if content is not None}
    assert told("LNX037", disk(memory_tree.guest(tree))) == expected
