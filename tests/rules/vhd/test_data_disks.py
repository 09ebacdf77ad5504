"""Several disks in one run: which is the OS disk, which are data disks, and what is said of each."""

from __future__ import annotations

import json
import os
import random
import struct
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from judging import SUBSCRIPTION, definition
from misbehaving import serving
from small_disks import content
from vhds import BASIC, EFI, GIB, LINUX, LVM, MIB, SECTOR, dynamic, footer, gpt, mbr, with_gpt, write

from checker.cli.main import run
from checker.inspect.absence import _MAX_GAP
from checker.inspect.holes import are_zeros

EXT, XFS = content("ext4-large"), content("xfs-large")
WINDOWS = b"\xeb\x52\x90NTFS    ".ljust(512, b"\0")
SWAP = bytes(4086) + b"SWAPSPACE2"
DEFINITION = "definition:images/shop/server"
OS_RULES = {"VHD007", "VHD011", "VHD012", "VHD013", "VHD014", "LNX001", "LNX028"}


def disk_of(*volumes: tuple[int, bytes], status: int = 0, size: int = 0) -> bytes:
    """The bytes of a disk with an MBR, and a partition of a type for each volume."""
    start, entries, body = MIB, [], b""
    for kind, volume in volumes:
        whole = volume.ljust(-(-len(volume) // MIB) * MIB, b"\0")
        entries.append((kind, start // SECTOR, len(whole) // SECTOR, status))
        body += whole
        start += len(whole)
    return (mbr(*entries).ljust(MIB, b"\0") + body).ljust(size, b"\0")


def changed(disk: bytes, at: int, new: bytes) -> bytes:
    return disk[:at] + new + disk[at + len(new) :]


def without_system(disk: bytes) -> bytes:
    """The directories of a system under names that no system has."""
    for name in (b"etc", b"usr", b"bin", b"sbin", b"boot", b"root"):
        for kind in (2, 7):  # a directory, a symlink
            head = bytes([len(name), kind])
            disk = disk.replace(head + name, head + name[::-1])
    return disk


def lvm_with(inner: bytes) -> bytes:
    """The small disk with LVM, with another file system of 4 MiB in its logical volume of two runs."""
    disk = changed(content("lvm"), MIB, inner[: 2 * MIB])
    return changed(disk, 4 * MIB, inner[2 * MIB :])


def with_dirty_journal(ext: bytes) -> bytes:
    """An ext3 whose journal has to be replayed."""
    (features,) = struct.unpack_from("<I", ext, 1024 + 0x60)
    return changed(ext, 1024 + 0x60, struct.pack("<I", features | 4))


OS_DISK = disk_of((0x83, content("ext4")))


@dataclass(frozen=True)
class Ran:
    """What a run of the program left behind."""

    code: int
    err: str
    report: dict[str, Any]

    def of(self, asset: str) -> dict[str, dict[str, Any]]:
        return {
            result["rule"]: result for result in self.report["results"] if f"/{result['asset']}".endswith(f"/{asset}")
        }

    def told(self, asset: str, rule: str = "VHD016") -> str:
        result = self.of(asset)[rule]
        return f"fail {result['severity']}" if result["verdict"] == "fail" else str(result["verdict"])


@pytest.fixture
def check(tmp_path, monkeypatch, capsys) -> Callable[..., Ran]:
    """Run ``imagecheck check`` in a folder of its own."""
    for name in list(os.environ):
        if name.startswith(("IMAGECHECK_", "AZURE_")):
            monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)

    def call(*arguments: str) -> Ran:
        path = tmp_path / "report.json"
        path.unlink(missing_ok=True)
        code = run(["check", *arguments, "--output", f"json={path}"])
        said = capsys.readouterr()
        return Ran(code, said.err, json.loads(path.read_text()) if path.exists() else {})

    return call


def put(name: str, disk: bytes, size: int | None = None) -> str:
    """Write a disk as a fixed VHD, sparse up to ``size`` bytes; the target that names it."""
    write(Path(name), len(disk) if size is None else size, [(0, disk)])
    return f"vhd:{name}"


def version(number: str, images: Iterable[dict[str, Any]] | None = (), **storage: Any) -> dict[str, Any]:
    """The body of an image version with data disks; None leaves the list out, as Azure does where there are none."""
    body = definition()
    listed = {} if images is None else {"dataDiskImages": list(images)}
    return {
        "id": f"{body['id']}/versions/{number}",
        "name": number,
        "type": "Microsoft.Compute/galleries/images/versions",
        "location": "westeurope",
        "properties": {"publishingProfile": {}, "storageProfile": {"osDiskImage": {}, **listed, **storage}},
    }


def tenant(*versions: dict[str, Any], unread: Iterable[dict[str, str]] = ()) -> tuple[str, ...]:
    """Write a snapshot with the definition and some versions; the arguments that name it as the source."""
    body = definition(identifier={"publisher": "contoso", "offer": "server", "sku": "server"}, hyperVGeneration="V1")
    gallery = {"id": body["id"].rsplit("/images/", 1)[0], "name": "shop", "type": "Microsoft.Compute/galleries"}
    document = {
        "format": "imagecheck-snapshot/1",
        "captured": "2026-11-22T00:00:00Z",
        "subscriptions": [{"subscriptionId": SUBSCRIPTION, "tenantId": SUBSCRIPTION}],
        "resources": [{**gallery, "location": "westeurope", "properties": {}}, body, *versions],
        "unread": list(unread),
    }
    Path("tenant.json").write_text(json.dumps(document))
    return ("--source", "tenant.json")


def image(lun: int, size: int | None = None) -> dict[str, Any]:
    return {"lun": lun, **({} if size is None else {"sizeInGB": size})}


# -- which disk is which ------------------------------------------------------------------------


def small_ext2() -> bytes:
    return without_system(content("ext2"))


DATA_DISKS = {
    "ext4": lambda: disk_of((0x83, EXT)),
    "xfs": lambda: disk_of((0x83, XFS)),
    "ext2": lambda: disk_of((0x83, small_ext2())),
    "without-partitions": lambda: EXT,
    "several": lambda: disk_of((0x83, EXT), (0x83, XFS)),
    "lvm": lambda: disk_of((0x8E, lvm_with(small_ext2()))),
    "lvm-without-partitions": lambda: lvm_with(small_ext2()),
    "swap": lambda: disk_of((0x82, SWAP.ljust(MIB, b"\0"))),
    "empty": lambda: bytes(20 * MIB),
    "empty-partition": lambda: disk_of((0x83, bytes(20 * MIB))),
    "small-empty-partition": lambda: disk_of((0x83, bytes(MIB))),
    "fat": lambda: disk_of((0x0C, content("fat").replace(b"EFI        ", b"DATA       "))),
}


@pytest.mark.parametrize("name", DATA_DISKS)
def test_a_disk_without_a_system_beside_the_one_with_it_is_a_data_disk(check, name) -> None:
    os_disk, data = put("os.vhd", OS_DISK), put("data.vhd", DATA_DISKS[name]())
    ran = check(*tenant(), DEFINITION, data, os_disk, "--select", "VHD,LNX")
    of_data, of_os = ran.of("data.vhd"), ran.of("os.vhd")
    for rule in OS_RULES | {rule for rule in of_data if rule.startswith("LNX")}:
        assert of_data[rule]["verdict"] == "not-applicable", rule
        assert "the system is on os.vhd" in of_data[rule]["message"]
    assert (ran.told("data.vhd"), ran.told("os.vhd")) == ("pass", "pass")
    assert "data.vhd" in " ".join(of_os["VHD016"]["evidence"])
    assert of_os["LNX001"]["verdict"] == "fail"
    assert {of_data[rule]["verdict"] for rule in ("VHD001", "VHD002", "VHD004", "VHD005")} == {"pass"}


@pytest.mark.parametrize("name", DATA_DISKS)
def test_a_disk_without_a_system_is_never_waved_through_alone(check, name) -> None:
    ran = check(put("data.vhd", DATA_DISKS[name]()), "--select", "LNX,VHD016", "--ignore", "LNX028")
    assert ran.code == 3
    assert {result["verdict"] for rule, result in ran.of("data.vhd").items() if rule != "VHD016"} == {"not-evaluated"}
    assert ran.told("data.vhd") == "not-applicable"
    assert "name its OS disk in the same run" in ran.of("data.vhd")["LNX001"]["message"]


def lost(ext: bytes) -> bytes:
    """A file system without a system, whose folder of many files is /lost+found."""
    places = ext.index(b"\x04\x02many") - 6, ext.index(b"\x0a\x02lost+found") - 6
    many, old = (ext[at : at + 4] for at in places)
    return changed(changed(without_system(ext), places[0], old), places[1], many)


HIDDEN = {
    "unknown": (lambda: disk_of((0x83, b"\5" * MIB)), "something unknown"),
    "unknown-beside": (lambda: disk_of((0x83, EXT), (0x83, b"\5" * MIB)), "something unknown"),
    "btrfs": (lambda: disk_of((0x83, (bytes(65600) + b"_BHRfS_M").ljust(MIB, b"\0"))), "btrfs"),
    "luks": (lambda: disk_of((0x83, b"LUKS\xba\xbe\x00\x02".ljust(MIB, b"\1"))), "LUKS"),
    "dirty-journal": (lambda: disk_of((0x83, with_dirty_journal(content("ext3-large")))), "the journal"),
    "lost": (lambda: disk_of((0x83, lost(content("ext2")))), "lost+found"),
    "boot": (lambda: disk_of((0x83, small_ext2().replace(b"\x04\x02home", b"\x04\x02boot"))), "/boot"),
    "boot-code": (lambda: changed(disk_of((0x83, EXT)), 100, b"GRUB "), "boot loader"),
    "boot-loader": (lambda: changed(disk_of((0x83, EXT)), 4096, b"core"), "before the first partition"),
    "boot-sector": (lambda: changed(EXT, 510, b"\x55\xaa"), "a boot sector"),
    "active": (lambda: disk_of((0x83, EXT), status=0x80), "started from"),
    "fat-with-efi": (lambda: disk_of((0x0C, content("fat"))), "/EFI"),
    "no-partition": (lambda: mbr().ljust(20 * MIB, b"\0"), ""),
    "room-after": (lambda: disk_of((0x83, EXT), size=64 * MIB), "no partition takes the last"),
    "empty-but-for-a-byte": (lambda: changed(bytes(40 * MIB), 20 * MIB, b"x"), ""),
    "damaged": (lambda: disk_of((0x83, changed(EXT, 1024 + 0x28, b"\xff" * 4))), ""),
}


@pytest.mark.parametrize("name", HIDDEN)
def test_what_may_hide_a_system_is_no_data_disk(check, name) -> None:
    make, words = HIDDEN[name]
    ran = check(put("os.vhd", OS_DISK), put("data.vhd", make()), "--select", "LNX,VHD", "--ignore", "LNX028")
    of_data = ran.of("data.vhd")
    for rule, result in of_data.items():
        if rule.startswith("LNX"):
            assert result["verdict"] == "not-evaluated", rule
    assert words in of_data["LNX001"]["reason"]["detail"]
    # too small for an OS disk, and not for the data disk that it may be
    assert ran.told("data.vhd", "VHD007") == "not-evaluated"
    assert "whether it is a data disk of os.vhd is not known" in of_data["VHD007"]["reason"]["detail"]


def test_a_gpt_with_a_partition_to_start_from_is_no_data_disk(check) -> None:
    end = (64 * MIB) // SECTOR - 34
    with_gpt(Path("data.vhd"), 64 * MIB, (EFI, 2048, 4095), (LINUX, 4096, end))
    ran = check(put("os.vhd", OS_DISK), "vhd:data.vhd", "--select", "LNX001,VHD016")
    assert ran.told("data.vhd", "LNX001") == "not-evaluated"


@pytest.mark.parametrize("damaged", [False, True])
def test_a_gpt_of_data_counts_where_it_is_whole(check, damaged) -> None:
    size = 24 * MIB
    start, end = gpt(size, [(LINUX, 2048, size // SECTOR - 34)])
    disk = start.ljust(MIB, b"\0") + EXT
    disk = disk.ljust(size - len(end), b"\0") + (end.replace(b"EFI PART", b"efi part") if damaged else end)
    ran = check(put("os.vhd", OS_DISK), put("data.vhd", disk), "--select", "LNX001,VHD016")
    assert ran.told("data.vhd", "LNX001") == ("not-evaluated" if damaged else "not-applicable")


def test_a_partition_that_lost_its_entry_is_looked_for(check) -> None:
    """The system lies where no partition is: what is left of the table speaks of data alone."""
    body = content("ext4").ljust(_MAX_GAP + MIB, b"\0") + EXT
    disk = mbr((0x83, (MIB + _MAX_GAP + MIB) // SECTOR, len(EXT) // SECTOR, 0)).ljust(MIB, b"\0") + body
    ran = check(put("os.vhd", OS_DISK), put("data.vhd", disk), "--select", "LNX001")
    assert ran.told("data.vhd", "LNX001") == "not-evaluated"
    assert "no partition takes" in ran.of("data.vhd")["LNX001"]["reason"]["detail"]


def test_two_os_disks_have_no_data_disk(check) -> None:
    disks = [put("a.vhd", OS_DISK), put("b.vhd", OS_DISK), put("data.vhd", DATA_DISKS["ext4"]())]
    ran = check(*disks, "--select", "LNX001,VHD016")
    assert [ran.told(name, "LNX001") for name in ("a.vhd", "b.vhd", "data.vhd")] == ["fail error"] * 2 + [
        "not-evaluated"
    ]
    assert {ran.told(name) for name in ("a.vhd", "b.vhd", "data.vhd")} == {"not-applicable"}


def test_no_os_disk_has_no_data_disk(check) -> None:
    ran = check(put("a.vhd", DATA_DISKS["ext4"]()), put("b.vhd", bytes(20 * MIB)), "--select", "LNX001,VHD016,VHD007")
    assert ran.code == 1
    assert [ran.told(name, "LNX001") for name in ("a.vhd", "b.vhd")] == ["not-evaluated"] * 2
    assert [ran.told(name, "VHD007") for name in ("a.vhd", "b.vhd")] == ["fail error"] * 2


def test_an_os_disk_that_lost_its_system_beside_a_whole_one_keeps_its_failures(check) -> None:
    """Its EFI system partition is still there: that is no data disk."""
    end = (64 * MIB) // SECTOR - 34
    with_gpt(Path("lost.vhd"), 64 * MIB, (EFI, 2048, 4095), (LINUX, 4096, end))
    ran = check(put("os.vhd", OS_DISK), "vhd:lost.vhd", "--select", "LNX")
    assert {result["verdict"] for result in ran.of("lost.vhd").values()} <= {"not-evaluated", "not-applicable"}
    assert ran.of("lost.vhd")["LNX001"]["verdict"] == "not-evaluated"


def test_windows_is_an_os_disk_where_it_can_start(check) -> None:
    data = put("data.vhd", DATA_DISKS["ext4"]())
    started = check(put("os.vhd", disk_of((7, WINDOWS), status=0x80)), data, "--select", "LNX001,VHD016")
    assert (started.told("data.vhd", "LNX001"), started.told("os.vhd")) == ("not-applicable", "pass")
    other = check(put("ntfs.vhd", disk_of((7, WINDOWS))), data, "--select", "LNX001,VHD016")
    assert (other.told("data.vhd", "LNX001"), other.told("ntfs.vhd")) == ("not-evaluated", "not-applicable")


def test_ntfs_beside_an_os_disk_may_be_data(check) -> None:
    """It is not read: neither failed as an OS disk nor taken for Windows, and how many data disks there are is open."""
    end = (64 * MIB) // SECTOR - 34
    with_gpt(Path("ntfs.vhd"), 64 * MIB, (BASIC, 2048, end))
    with Path("ntfs.vhd").open("r+b") as file:
        file.seek(MIB)
        file.write(WINDOWS)
    ran = check(*tenant(version("1.0.0", [image(0)])), DEFINITION, put("os.vhd", OS_DISK), "vhd:ntfs.vhd")
    assert ran.told("ntfs.vhd", "VHD007") == "not-evaluated"
    assert ran.told("ntfs.vhd", "VHD014") == "not-evaluated"
    assert ran.told("ntfs.vhd", "LNX028") == "not-evaluated"
    assert (ran.told("ntfs.vhd"), ran.told("os.vhd")) == ("pass", "not-evaluated")


def test_a_file_is_one_disk_whatever_it_is_called(check) -> None:
    data = put("data.vhd", DATA_DISKS["ext4"]())
    Path("link.vhd").symlink_to("data.vhd")
    Path("hard.vhd").hardlink_to("data.vhd")
    names = [data, "vhd:./data.vhd", "vhd:link.vhd", "vhd:hard.vhd", put("os.vhd", OS_DISK), "vhd:./os.vhd"]
    ran = check(*tenant(version("1.0.0", [image(0, 1)])), DEFINITION, *names, "--select", "VHD016")
    assert ran.code == 0, ran.report
    assert {result["asset"] for result in ran.report["results"]} == {"data.vhd", "os.vhd"}


@pytest.mark.parametrize("holds", ["data", "nothing"])
def test_a_url_and_a_file_may_be_the_same_disk(check, holds) -> None:
    disk = DATA_DISKS["ext4"]()
    os_disk, data = put("os.vhd", OS_DISK), put("data.vhd", disk)
    of_url = disk if holds == "data" else bytes(40 * MIB)
    source = tenant(version("1.0.0", [image(0, 1), image(1, 1)]))
    with serving(of_url + footer(len(of_url))) as server:
        both = check(*source, DEFINITION, os_disk, data, f"{server.url}?sig=c2VjcmV0", "--select", "VHD016,LNX001")
        alone = check(os_disk, f"{server.url}?sig=c2VjcmV0", "--select", "VHD016,LNX001")
    assert both.told("os.vhd") == "not-evaluated"
    # what looks empty behind a URL was not read whole
    assert alone.told("disk.vhd", "LNX001") == ("not-applicable" if holds == "data" else "not-evaluated")


def test_a_blank_dynamic_disk_is_not_known_to_be_blank(check) -> None:
    Path("data.vhd").write_bytes(dynamic(64 * MIB, {}))
    ran = check(put("os.vhd", OS_DISK), "vhd:data.vhd", "--select", "LNX001")
    assert ran.told("data.vhd", "LNX001") == "not-evaluated"
    assert "looks empty" in ran.of("data.vhd")["LNX001"]["message"]


def test_holes_are_told_from_data(tmp_path) -> None:
    path = tmp_path / "file"
    with path.open("wb") as file:
        file.truncate(2 * GIB)
        file.seek(GIB)
        file.write(b"x")
    assert are_zeros(str(path), [(0, GIB), (GIB + MIB, GIB - MIB)])
    assert not are_zeros(str(path), [(0, GIB + 1)])
    assert not are_zeros(str(tmp_path / "nowhere"), [(0, 1)])
    assert not are_zeros(str(path), [(0, 3 * GIB)]) or path.stat().st_size == 2 * GIB


def test_more_than_a_few_bytes_of_zeros_are_not_read(tmp_path, monkeypatch) -> None:
    """Where a file system tells of no holes, all of it would have to be read."""
    path = tmp_path / "file"
    with path.open("wb") as file:
        file.truncate(65 * MIB)
    monkeypatch.delattr("os.SEEK_DATA")
    assert are_zeros(str(path), [(0, 64 * MIB)])
    assert not are_zeros(str(path), [(0, 64 * MIB), (64 * MIB, 1)])


# -- how many, how large, and of which version --------------------------------------------------


def many(count: int) -> list[str]:
    return [put(f"data{number:02}.vhd", EXT) for number in range(count)]


@pytest.mark.parametrize(("count", "expected"), [(16, "pass"), (17, "fail error")])
def test_there_are_sixteen_data_disks_at_most(check, count, expected) -> None:
    ran = check(put("os.vhd", OS_DISK), *many(count), "--select", "VHD016")
    assert (ran.told("os.vhd"), ran.code) == (expected, 0 if expected == "pass" else 1)
    assert {ran.told(f"data{number:02}.vhd") for number in range(count)} == {"pass"}


def test_the_sixteen_may_be_exceeded_by_what_is_not_certain(check) -> None:
    unknown = put("unknown.vhd", disk_of((0x83, b"\5" * MIB)))
    ran = check(put("os.vhd", OS_DISK), *many(16), unknown, "--select", "VHD016")
    assert (ran.told("os.vhd"), ran.code) == ("not-evaluated", 3)


@pytest.mark.parametrize(("size", "expected"), [(1023, "pass"), (1024, "fail error")])
def test_a_data_disk_has_1023_gb_at_most(check, size, expected) -> None:
    disks = put("os.vhd", OS_DISK), put("data.vhd", EXT, size * GIB)
    ran = check(*disks, "--select", "VHD016,VHD007")
    assert (ran.told("data.vhd"), ran.told("os.vhd")) == (expected, "pass")
    assert ran.told("data.vhd", "VHD007") == "not-applicable"


def test_a_blank_sparse_terabyte_is_a_data_disk(check) -> None:
    ran = check(put("os.vhd", OS_DISK), put("data.vhd", b"", 1023 * GIB), "--select", "VHD016,LNX001")
    assert (ran.told("data.vhd"), ran.told("data.vhd", "LNX001")) == ("pass", "not-applicable")
    assert len(ran.report["asked"]["disks read"]) < 200


@pytest.mark.parametrize(
    ("images", "expected"),
    [
        pytest.param([image(0, 1), image(1, 2)], "pass", id="fits"),
        pytest.param([image(0, 2), image(1, 1)], "pass", id="in-another-order"),
        pytest.param([image(0, 1)], "fail warning", id="fewer"),
        pytest.param([image(0, 1), image(1, 2), image(2, 2)], "fail warning", id="more"),
        pytest.param(None, "fail warning", id="none"),
        pytest.param([], "fail warning", id="empty"),
        pytest.param([image(0, 1), image(1, 3)], "fail warning", id="sizes"),
        pytest.param([image(0, 1), image(2, 2)], "fail error", id="gap"),
        pytest.param([image(1, 1), image(2, 2)], "fail error", id="from-one"),
        pytest.param([image(0, 1), image(0, 2)], "fail error", id="twice"),
        pytest.param([image(1, 2), image(0, 1)], "fail warning", id="luns-in-another-order"),
        pytest.param([image(-1, 1), image(0, 2)], "fail error", id="negative"),
        pytest.param([image(0, 1), {"sizeInGB": 2}], "not-evaluated", id="lun-left-out"),
        pytest.param([image(5, 1), {"sizeInGB": 2}], "fail error", id="a-certain-breach"),
        pytest.param([image(0), image(1, 2)], "not-evaluated", id="size-left-out"),
        pytest.param([image(0), image(2)], "fail error", id="size-left-out-and-a-gap"),
        pytest.param([image(0, 1), "no object"], "not-evaluated", id="no-object"),
        pytest.param(["no object"], "fail warning", id="no-object-and-another-number"),
    ],
)
@pytest.mark.parametrize("target", ["definition:images/shop/server", "version:images/shop/server/1.0.0"])
def test_the_version_has_the_disks_that_are_named(check, images, expected, target) -> None:
    disks = put("os.vhd", OS_DISK), put("a.vhd", EXT), put("b.vhd", EXT, 2 * GIB)
    ran = check(*tenant(version("1.0.0", images)), target, *disks, "--select", "VHD016")
    assert ran.told("os.vhd") == expected, ran.of("os.vhd")
    assert {ran.told("a.vhd"), ran.told("b.vhd")} == {"pass"}


def test_sizes_are_rounded_up_or_down(check) -> None:
    disks = put("os.vhd", OS_DISK), put("a.vhd", EXT, 3 * GIB // 2)
    for size, expected in ((0, "fail warning"), (1, "pass"), (2, "pass"), (3, "fail warning")):
        ran = check(*tenant(version("1.0.0", [image(0, size)])), DEFINITION, *disks, "--select", "VHD016")
        assert ran.told("os.vhd") == expected


def test_without_a_data_disk_nothing_is_compared(check) -> None:
    source = tenant(version("1.0.0", [image(0, 1), image(7, 1)]))
    ran = check(*source, DEFINITION, put("os.vhd", OS_DISK), "--select", "VHD016")
    assert (ran.told("os.vhd"), ran.code) == ("not-applicable", 3)


def test_the_newest_version_counts_or_the_one_that_was_named(check) -> None:
    disks = put("os.vhd", OS_DISK), put("a.vhd", EXT)
    source = tenant(version("1.9.0", [image(0, 1)]), version("1.10.0", None), version("odd", [image(3, 9)]))
    assert check(*source, DEFINITION, *disks, "--select", "VHD016").told("os.vhd") == "fail warning"
    named = "version:images/shop/server/1.9.0"
    assert check(*source, named, *disks, "--select", "VHD016").told("os.vhd") == "pass"
    assert check(*source, named, DEFINITION, *disks, "--select", "VHD016").told("os.vhd") == "pass"
    two = check(*source, named, "version:images/shop/server/1.10.0", *disks, "--select", "VHD016")
    assert two.told("os.vhd") == "pass"
    assert "no single image version" in two.of("os.vhd")["VHD016"]["evidence"][1]


def test_of_several_versions_that_were_named_each_has_its_luns_in_sequence(check) -> None:
    disks = put("os.vhd", OS_DISK), put("a.vhd", EXT)
    names = ["version:images/shop/server/1.9.0", "version:images/shop/server/1.10.0"]
    for images, expected in (([image(0, 1), image(5, 1)], "fail error"), ([image(0, 1), {}], "not-evaluated")):
        source = tenant(version("1.9.0", images), version("1.10.0", [image(0, 1)]))
        for targets in (names, names[::-1]):
            assert check(*source, *targets, *disks, "--select", "VHD016").told("os.vhd") == expected


@pytest.mark.parametrize("scope", ["/versions/1.0.0", ""])
def test_a_version_that_was_not_read_is_not_compared(check, scope) -> None:
    unread = {"scope": definition()["id"] + scope, "fact": "versions", "reason": "forbidden"}
    source = tenant(version("1.0.0", [image(0, 1)]), unread=[unread])
    os_disk = put("os.vhd", OS_DISK)
    ran = check(*source, DEFINITION, os_disk, put("a.vhd", EXT), "--select", "VHD016")
    assert (ran.told("os.vhd"), ran.code) == ("not-evaluated", 3)
    assert check(*source, DEFINITION, os_disk, *many(17), "--select", "VHD016").told("os.vhd") == "fail error"
    assert check(*source, DEFINITION, os_disk, "--select", "VHD016").told("os.vhd") == "not-applicable"


def test_a_body_without_a_storage_profile_says_nothing(check) -> None:
    body = version("1.0.0")
    del body["properties"]["storageProfile"]
    ran = check(*tenant(body), DEFINITION, put("os.vhd", OS_DISK), put("a.vhd", EXT), "--select", "VHD016")
    assert ran.told("os.vhd") == "not-evaluated"


def test_a_data_disk_that_is_no_vhd_has_no_known_size(check) -> None:
    Path("data.img").write_bytes(EXT)
    ran = check(
        *tenant(version("1.0.0", [image(0, 1)])), DEFINITION, put("os.vhd", OS_DISK), "vhd:data.img", "--select", "VHD"
    )
    assert ran.told("os.vhd") == "not-evaluated"
    assert ran.told("data.img") == "not-applicable"
    assert ran.told("data.img", "VHD001") == "fail error"


def test_a_data_disk_of_lvm_type_in_a_gpt(check) -> None:
    size = 24 * MIB
    start, end = gpt(size, [(LVM, 2048, size // SECTOR - 34)])
    disk = (start.ljust(MIB, b"\0") + lvm_with(small_ext2())).ljust(size - len(end), b"\0") + end
    ran = check(put("os.vhd", OS_DISK), put("data.vhd", disk), "--select", "LNX001,VHD016")
    assert ran.told("data.vhd", "LNX001") == "not-applicable"


@pytest.mark.parametrize("name", ["ext2", "xfs", "fat", "lvm", "several"])
def test_a_damaged_data_disk_is_never_a_crash(check, name) -> None:
    disk, os_disk = DATA_DISKS[name](), put("os.vhd", OS_DISK)
    interesting = [at for at in range(0, len(disk), 512) if any(disk[at : at + 512])]
    for seed in range(20):
        choice = random.Random(f"{name} {seed}")
        damaged = disk
        for _ in range(choice.choice((1, 2, 8))):
            damaged = changed(damaged, choice.choice(interesting) + choice.randrange(500), choice.randbytes(4))
        ran = check(os_disk, put("data.vhd", damaged), "--select", "LNX001,LNX003,VHD016")
        assert {result["verdict"] for result in ran.of("data.vhd").values()} <= {
            "not-applicable",
            "not-evaluated",
            "pass",
        }
        assert all((result.get("reason") or {}).get("kind") != "crashed" for result in ran.of("data.vhd").values())
