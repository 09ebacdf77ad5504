"""What ties the name of an interface to one card, and what looks like it and does not."""

from __future__ import annotations

import pytest
from memory_tree import Broken, reader
from small_disks import Link

from checker.inspect.linux.interface_names import read_tied_names

MAC = "00:0d:3a:12:34:56"
RULE = f'SUBSYSTEM=="net", ACTION=="add", ATTR{{address}}=="{MAC}", NAME="eth0"\n'


def tied(**files):
    """The names of the files that tie, or why it is not known: ``rule`` and ``link`` are files with one text each."""
    places = {"rule": "etc/udev/rules.d/76-net.rules", "link": "etc/systemd/network/10-x.link"}
    content = {key: one.encode() if isinstance(one, str) else one for key, one in files.items()}
    return read_tied_names(reader({places.get(key, key): one for key, one in content.items()}))


@pytest.mark.parametrize(
    "text",
    [
        RULE,
        RULE.replace("ATTR{", "ATTRS{"),
        RULE.replace("NAME=", "NAME:="),
        RULE.replace(", NAME", ", \\\n  NAME"),
        RULE.upper().replace("ATTR{ADDRESS}", "ATTR{address}"),
        "# a comment\n" + RULE,
    ],
)
def test_a_rule_that_ties(text):
    assert tied(rule=text).known == ("/etc/udev/rules.d/76-net.rules",)


@pytest.mark.parametrize(
    "text",
    [
        "# " + RULE,
        RULE.replace("NAME=", "NAME=="),
        RULE.replace("NAME=", "ENV{ID_NET_NAME}="),
        RULE.replace(MAC, "?*"),
        RULE.replace(MAC, "00:0d:3a:*"),
        'SUBSYSTEM=="net", DRIVERS=="hv_pci", ACTION=="add", ENV{NM_UNMANAGED}="1"\n',
        f'ATTR{{address}}=="{MAC}", GOTO="end"\nKERNEL=="eth*", NAME="eth0"\n',
        "",
    ],
)
def test_a_rule_that_ties_nothing(text):
    assert tied(rule=text) == tied()


@pytest.mark.parametrize(
    ("text", "ties"),
    [
        (f"[Match]\nMACAddress={MAC}\n[Link]\nName=eth0\n", True),
        (f"[Match]\nPermanentMACAddress = {MAC.replace(':', '-')}\n\n[Link]\nName = eth0\n", True),
        ("[Match]\nMACAddress=000d.3a12.3456\n[Link]\nName=eth0\n", True),
        (f"[Match]\nMACAddress=00:00:00:00:00:01 {MAC}\n[Link]\nName=eth0\n", True),
        (f"[Match]\nMACAddress={MAC}\n[Link]\nNamePolicy=keep\n", False),
        (f"[Match]\nMACAddress={MAC}\n[Link]\n#Name=eth0\n", False),
        ("[Match]\nDriver=hv_netvsc\n[Link]\nName=eth0\n", False),
        ("[Match]\nOriginalName=*\n[Link]\nMACAddressPolicy=none\nName=eth0\n", False),
    ],
)
def test_link_files(text, ties):
    assert tied(link=text).known == (("/etc/systemd/network/10-x.link",) if ties else ())


def test_what_leads_to_nothing_is_no_rule_and_the_known_names_are_judged_elsewhere():
    masks = {"etc/systemd/network/99-default.link": Link("/dev/null"), "rule": Link("/dev/null")}
    assert tied(**masks, **{"etc/udev/rules.d/70-persistent-net.rules": RULE}) == tied()


def test_what_was_found_stays_known_beside_what_cannot_be_read():
    found = tied(rule=RULE, link=Broken())
    assert found.known == ("/etc/udev/rules.d/76-net.rules",)
    assert "10-x.link" in found.rest.detail
    assert tied(**{"etc/udev/rules.d": Broken()}).rest is not None
    many = tied(**{f"etc/udev/rules.d/{number}.rules": RULE for number in range(201)})
    assert len(many.known) == 200
    assert "more than 200" in many.rest.detail


NETPLAN = f"""network:
  version: 2
  ethernets:
    eth0:
      dhcp4: true
      match:
        driver: hv_netvsc
        macaddress: "{MAC}"
      set-name: eth0
"""
BY_CLOUD_INIT = "etc/netplan/50-cloud-init.yaml"
LEFT_ALONE = {"etc/cloud/cloud.cfg.d/99-no-network.cfg": b"network: {config: disabled}\n"}


@pytest.mark.parametrize(
    ("files", "ties"),
    [
        ({"etc/netplan/01-net.yaml": NETPLAN}, True),
        ({"etc/netplan/01-net.yaml": NETPLAN.replace("        driver: hv_netvsc\n", "").replace('"', "")}, True),
        ({"etc/netplan/01-net.yaml": f"x:\n match: {{macaddress: '{MAC}'}}\n set-name: eth0\n"}, True),
        ({"etc/netplan/01-net.yaml": NETPLAN.replace("set-name", "#set-name")}, False),
        ({"etc/netplan/01-net.yaml": NETPLAN.replace(f'macaddress: "{MAC}"', "name: en*")}, False),
        ({"etc/netplan/01-net.yaml": "network:\n  ethernets:\n    eth0:\n      dhcp4: true\n"}, False),
        # cloud-init writes its own file anew, where it may
        ({BY_CLOUD_INIT: NETPLAN}, False),
        ({BY_CLOUD_INIT: NETPLAN, **LEFT_ALONE}, True),
        ({BY_CLOUD_INIT: NETPLAN, "etc/cloud/cloud.cfg.d/99.cfg": b"network:\n  config: disabled\n"}, True),
        ({BY_CLOUD_INIT: NETPLAN, "etc/cloud/cloud.cfg.d/99.cfg": b"# network: {config: disabled}\n"}, False),
    ],
)
def test_a_file_of_netplan(files, ties):
    assert bool(tied(**files).known) is ties


def test_netplan_that_cannot_be_read_is_unread():
    assert tied(**{"etc/netplan": Broken()}).rest is not None
    broken = tied(**{BY_CLOUD_INIT: NETPLAN, "etc/cloud/cloud.cfg.d/9.cfg": Broken()})
    assert broken.rest is not None
