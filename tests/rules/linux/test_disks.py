"""Disks with a Linux on them, and with something else, judged by the program from end to end."""

from __future__ import annotations

import json
import os

import pytest
from misbehaving import serving
from small_disks import WITH_ROOT, content
from vhds import MIB, SECTOR, footer, mbr

from checker.cli.main import run
from checker.inspect.collect import look_at_file


def disk_of(*volumes: tuple[int, bytes]) -> bytes:
    """A fixed VHD with an MBR, and a partition of a type for each volume."""
    start, entries, body = MIB, [], b""
    for kind, volume in volumes:
        whole = volume.ljust(-(-len(volume) // MIB) * MIB, b"\0")
        entries.append((kind, start // SECTOR, len(whole) // SECTOR, 0))
        body += whole
        start += len(whole)
    disk = mbr(*entries).ljust(MIB, b"\0") + body
    return disk + footer(len(disk))


@pytest.fixture
def check(tmp_path, monkeypatch, capsys):
    """The exit code and the results by rule, for the content of a disk or for a target."""
    for name in list(os.environ):
        if name.startswith(("IMAGECHECK_", "AZURE_")):
            monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)

    def call(disk: bytes | str, *arguments: str):
        target = disk
        if isinstance(disk, bytes):
            (tmp_path / "disk.vhd").write_bytes(disk)
            target = "vhd:disk.vhd"
        code = run(
            ["check", target, *(arguments or ("--select", "LNX", "--ignore", "LNX028")), "--output", "json=o.json"]
        )
        capsys.readouterr()
        report = json.loads((tmp_path / "o.json").read_text())
        return code, {result["rule"]: result for result in report["results"]}

    return call


@pytest.mark.parametrize("name", WITH_ROOT)
def test_what_is_wrong_with_a_disk_is_found_whatever_its_file_system(check, name) -> None:
    kind = 0x8E if name == "lvm" else 0x83
    code, results = check(disk_of((kind, content(name))))
    assert code == 1
    failed = {rule for rule, result in results.items() if result["verdict"] == "fail"}
    assert {"LNX001", "LNX002", "LNX003", "LNX004", "LNX008", "LNX018", "LNX023"} <= failed
    # its list of packages has no C library
    assert {rule for rule, result in results.items() if result["verdict"] == "not-evaluated"} == {"LNX035"}
    assert {"LNX005", "LNX006", "LNX007", "LNX010", "LNX011", "LNX013", "LNX015"} <= results.keys() - failed
    assert "/home/builder/.bash_history" in results["LNX002"]["actual"]
    assert "builder" in results["LNX003"]["actual"]
    assert "/home/builder/.ssh/authorized_keys" in results["LNX004"]["actual"]


WINDOWS = b"\xeb\x52\x90NTFS    ".ljust(512, b"\0")
BITLOCKER = b"\xeb\x58\x90-FVE-FS-".ljust(512, b"\0")
LUKS = b"LUKS\xba\xbe\x00\x02".ljust(MIB, b"\1")
BTRFS = (bytes(65536 + 64) + b"_BHRfS_M").ljust(MIB, b"\0")


@pytest.mark.parametrize(
    ("volumes", "verdict", "kind", "words"),
    [
        pytest.param([(7, WINDOWS)], "not-applicable", None, "Windows", id="windows"),
        pytest.param([(7, WINDOWS), (0x27, bytes(512))], "not-applicable", None, "Windows", id="windows-recovery"),
        pytest.param([(7, BITLOCKER)], "not-applicable", None, "BitLocker", id="bitlocker"),
        pytest.param([(0x83, LUKS)], "not-evaluated", "unsupported", "LUKS", id="luks"),
        pytest.param([(0x83, BTRFS)], "not-evaluated", "unsupported", "btrfs", id="btrfs"),
        pytest.param([(7, WINDOWS), (0x83, LUKS)], "not-evaluated", "unsupported", "LUKS", id="both"),
        pytest.param([(0x83, bytes(512))], "not-evaluated", "unread", "no volume is the root", id="empty"),
        pytest.param([(0x83, b"\5" * 9999)], "not-evaluated", "unread", "something unknown", id="unknown"),
        pytest.param([(7, WINDOWS), (0x83, b"\5" * 9999)], "not-evaluated", "unread", "unknown", id="windows-and-more"),
        pytest.param([(0x0C, content("fat"))], "not-evaluated", "unread", "no volume is the root", id="fat-alone"),
    ],
)
def test_what_is_no_readable_linux_is_never_judged(check, volumes, verdict, kind, words) -> None:
    code, results = check(disk_of(*volumes))
    assert {result["verdict"] for result in results.values()} == {verdict}
    assert code == 3
    for result in results.values():
        if kind is None:
            assert words in result["message"]
        else:
            assert result["reason"]["kind"] == kind
            assert words in result["reason"]["detail"]


def test_two_roots_are_not_judged(check) -> None:
    code, results = check(disk_of((0x83, content("ext4")), (0x83, content("ext2"))))
    assert code == 3
    assert all("more than one volume is a root" in result["reason"]["detail"] for result in results.values())


@pytest.mark.parametrize("cut", [600, MIB + 2000, 3 * MIB])
def test_a_disk_that_ends_too_early_is_not_clean(check, cut) -> None:
    whole = disk_of((0x83, content("ext4")))
    code, results = check(whole[:cut] + footer(len(whole) - 512))
    assert code != 0
    assert not {rule for rule, result in results.items() if result["verdict"] == "pass"} & {"LNX001", "LNX003"}


def test_a_file_that_is_no_disk_is_not_evaluated(check) -> None:
    code, results = check(b"QFI\xfb" + bytes(MIB))
    assert code == 3
    assert {result["verdict"] for result in results.values()} == {"not-evaluated"}


def test_file_systems_are_looked_into_only_for_rules_that_ask(tmp_path) -> None:
    path = tmp_path / "disk.vhd"
    path.write_bytes(disk_of((0x83, content("ext4"))))
    assert "no selected rule asks" in look_at_file(str(path)).guest.detail
    assert look_at_file(str(path), guest=True).guest.os_release.id == "debian"


def test_a_url_is_opened_for_rules_on_guests_alone(check) -> None:
    with serving(disk_of((0x83, content("ext4")))) as server:
        code, results = check(f"{server.url}?sig=c2VjcmV0", "--select", "LNX003")
    assert code == 1
    assert results["LNX003"]["verdict"] == "fail"
