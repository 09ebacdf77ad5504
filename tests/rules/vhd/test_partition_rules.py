"""The rules on how the disk is divided: the first MiB, the root, LVM, the generation, a table that is whole."""

from __future__ import annotations

import dataclasses
import struct

import pytest
from judging import context, definition, judge, told
from small_disks import guest_of
from vhds import BASIC, BIOS, EFI, GIB, LINUX, LVM, MIB, RESERVED, ROOT, SECTOR, gpt, linux, mbr, with_gpt, write

from checker.facts.linux_guest import NoLinux, NoSystem
from checker.facts.unread import Unread
from checker.facts.vhd import Vhd
from checker.inspect.collect import look_at_file

SIZE = 30 * GIB
END = SIZE // SECTOR - 34


@pytest.fixture
def of_mbr(tmp_path):
    def make(*entries: tuple[int, int, int, int], more: tuple[tuple[int, bytes], ...] = ()) -> Vhd:
        return look_at_file(str(write(tmp_path / "disk.vhd", SIZE, [(0, mbr(*entries)), *more])))

    return make


@pytest.fixture
def of_gpt(tmp_path):
    def make(*entries: tuple[str, int, int]) -> Vhd:
        return look_at_file(str(with_gpt(tmp_path / "disk.vhd", SIZE, *entries)))

    return make


@pytest.mark.parametrize(
    ("first", "verdict"), [(2048, "pass"), (2047, "fail error"), (63, "fail error"), (4096, "pass")]
)
def test_the_first_partition_begins_at_one_mib(of_mbr, of_gpt, first, verdict) -> None:
    assert told("VHD011", of_mbr((0x83, first, 10_000, 0))) == verdict
    assert told("VHD011", of_gpt((LINUX, first, END))) == verdict


def test_any_partition_within_the_first_mib_counts_whatever_its_place_in_the_table(of_gpt) -> None:
    result = judge("VHD011", of_gpt((LINUX, 2048, END), (BIOS, 34, 2047)))
    assert result.verdict == "fail"
    assert "partition 2 at sector 34" in result.message


def test_a_disk_without_a_table_is_judged_by_what_is_in_its_first_mib(tmp_path, of_mbr, of_gpt) -> None:
    empty = look_at_file(str(write(tmp_path / "disk.vhd", SIZE)))
    assert told("VHD011", empty) == "not-applicable"
    used = look_at_file(str(write(tmp_path / "disk.vhd", SIZE, [(1080, b"\x53\xef")])))
    assert told("VHD011", used) == "fail error"
    late = look_at_file(str(write(tmp_path / "disk.vhd", SIZE, [(MIB - 1, b"x")])))
    assert told("VHD011", late) == "fail error"
    assert told("VHD011", look_at_file(str(write(tmp_path / "disk.vhd", SIZE, [(MIB, b"x")])))) == "not-applicable"
    assert told("VHD011", of_mbr()) == "not-applicable"
    assert told("VHD011", of_mbr(more=((4096, b"x"),))) == "fail error"
    assert told("VHD011", of_gpt()) == "not-applicable"


def test_a_table_that_cannot_be_believed_is_not_evaluated(tmp_path) -> None:
    path = with_gpt(tmp_path / "disk.vhd", SIZE, (LINUX, 2048, END))
    with path.open("r+b") as file:
        for at in (512 + 40, SIZE - 512 + 40):
            file.seek(at)
            file.write(b"\xff")
    vhd = look_at_file(str(path))
    for code in ("VHD011", "VHD012", "VHD013", "VHD015"):
        assert told(code, vhd) == "not-evaluated"


@pytest.mark.parametrize(
    ("entries", "verdict"),
    [
        pytest.param([(EFI, 2048, 4095), (LINUX, 4096, END)], "pass", id="one"),
        pytest.param([(BIOS, 2048, 4095), (EFI, 4096, 9999), (LINUX, 10000, END)], "pass", id="as-azure-has-it"),
        pytest.param([(LINUX, 2048, 4095), (ROOT, 4096, END)], "pass", id="one-is-marked"),
        pytest.param([(LINUX, 2048, 4095), (LINUX, 4096, END)], "not-evaluated", id="two-unmarked"),
        pytest.param([(ROOT, 2048, 4095), (ROOT, 4096, END)], "fail warning", id="two-marked"),
        pytest.param([(EFI, 2048, 4095), (LVM, 4096, END)], "not-applicable", id="lvm"),
        pytest.param([(RESERVED, 2048, 4095), (BASIC, 4096, END)], "not-applicable", id="windows"),
        pytest.param([(BASIC, 4096, END)], "not-evaluated", id="unknown-system"),
    ],
)
def test_one_root_partition(of_gpt, entries, verdict) -> None:
    assert told("VHD012", of_gpt(*entries)) == verdict


def test_what_lies_on_the_partitions_tells_which_is_the_root(of_gpt) -> None:
    """Where /boot lies apart, the table alone does not tell it."""
    vhd = of_gpt((EFI, 2048, 4095), (LINUX, 4096, 9999), (BIOS, 10000, 12047), (LINUX, 12048, END))
    assert told("VHD012", vhd) == "not-evaluated"
    guest = guest_of("ext4")
    read = dataclasses.replace(vhd, guest=dataclasses.replace(guest, root="partition 4"))
    assert told("VHD012", read) == "pass"
    assert "partition 4" in judge("VHD012", read).evidence[0]
    for root in ("partition 3", "partition 40", "the disk", "the logical volume vg/root"):
        other = dataclasses.replace(vhd, guest=dataclasses.replace(guest, root=root))
        assert told("VHD012", other) == "not-evaluated"
    two = of_gpt((ROOT, 2048, 4095), (ROOT, 4096, END))
    assert (
        told("VHD012", dataclasses.replace(two, guest=dataclasses.replace(guest, root="partition 2"))) == "fail warning"
    )
    windows = dataclasses.replace(vhd, guest=NoLinux("Windows"))
    assert told("VHD012", windows) == "not-evaluated"


def test_lvm_is_found_by_type_and_by_its_label(of_mbr, of_gpt) -> None:
    assert told("VHD013", of_mbr((0x83, 2048, 10_000, 0))) == "pass"
    assert told("VHD013", of_mbr((0x8E, 2048, 10_000, 0))) == "fail warning"
    assert told("VHD013", of_gpt((LVM, 2048, END))) == "fail warning"
    label = struct.pack("<8sQII8s", b"LABELONE", 1, 0, 32, b"LVM2 001")
    hidden = of_mbr((0x83, 2048, 10_000, 0), more=((MIB + 512, label),))
    assert told("VHD013", hidden) == "fail warning"
    assert told("VHD012", hidden) == "not-applicable"


def test_a_partition_that_cannot_be_read_may_be_lvm(of_mbr, of_gpt) -> None:
    outside = (0x83, SIZE // SECTOR + 1, 10_000, 0)
    assert told("VHD013", of_mbr((0x83, 2048, 10_000, 0), outside)) == "not-evaluated"
    assert told("VHD013", of_mbr((0x8E, 2048, 10_000, 0), outside)) == "fail warning"
    assert told("VHD012", of_mbr((0x83, 2048, 10_000, 0), (0x82, *outside[1:]))) == "not-evaluated"
    assert told("VHD012", of_mbr((0x8E, 2048, 10_000, 0), (0x82, *outside[1:]))) == "not-applicable"
    assert told("VHD012", of_mbr((0x82, 2048, 10_000, 0), (0x82, *outside[1:]))) == "not-applicable"
    assert told("VHD012", of_gpt((ROOT, 2048, 4095), (ROOT, END + 4096, END + 9999))) == "fail warning"


@pytest.mark.parametrize(
    ("generation", "kind", "verdict"),
    [
        ("V2", EFI, "pass"),
        ("V2", BIOS, "fail warning"),
        ("V2", "mbr", "fail warning"),
        ("V1", "mbr", "pass"),
        ("V1", BIOS, "pass"),
        ("V1", EFI, "fail warning"),
        (None, "mbr", "pass"),
        (None, EFI, "fail warning"),
    ],
)
def test_the_generation_of_a_definition_that_was_named(of_mbr, of_gpt, generation, kind, verdict) -> None:
    properties = {} if generation is None else {"hyperVGeneration": generation}
    named = context([definition(**properties)])
    vhd = of_mbr((0x83, 2048, 10_000, 0)) if kind == "mbr" else of_gpt((kind, 2048, 4095), (LINUX, 4096, END))
    assert told("VHD014", vhd, named) == verdict
    assert told("VHD014", vhd) == "not-applicable"
    assert told("VHD014", vhd, context([definition("one"), definition("two")])) == "not-applicable"
    torn = dataclasses.replace(vhd.partitions, contradiction="the MBR says otherwise")
    assert told("VHD014", dataclasses.replace(vhd, partitions=torn), named) == "not-evaluated"


def test_a_generation_that_was_not_read_is_not_evaluated(of_mbr) -> None:
    body = definition()
    unread = {"scope": body["id"], "fact": "definitions", "reason": "403 AuthorizationFailed"}
    assert told("VHD014", of_mbr((0x83, 2048, 10_000, 0)), context([body], [unread])) == "not-evaluated"


def test_a_gpt_that_was_left_behind_by_a_longer_disk_is_told(tmp_path, of_gpt, of_mbr) -> None:
    assert told("VHD015", of_gpt((LINUX, 2048, END))) == "pass"
    assert told("VHD015", linux_disk(tmp_path)) == "pass"
    path = with_gpt(tmp_path / "raw", SIZE, (LINUX, 2048, END), end=b"")
    longer = look_at_file(str(write_end(path, SIZE + MIB)))
    result = judge("VHD015", longer)
    assert result.verdict == "fail"
    assert "the disk was resized after it" in result.message
    assert told("VHD011", longer) == "pass"
    assert told("VHD015", of_mbr((0x83, 2048, 10_000, 0), (0x83, 3000, 10, 0))) == "fail warning"


def linux_disk(folder) -> Vhd:
    return look_at_file(str(linux(folder / "other.vhd")))


def write_end(path, size):
    from vhds import footer

    with path.open("r+b") as file:
        file.seek(size)
        file.write(footer(size))
    return path


def test_an_extended_partition_in_the_first_mib_is_one_that_begins_there(tmp_path) -> None:
    """Its first sector lists the logical ones, although the first of those begins at 1 MiB."""

    def disk(first: int) -> Vhd:
        chain = (first * SECTOR, mbr((0x83, 4096 - first, 1000, 0)))
        extended = [(0, mbr((0x83, 8192, 1000, 0), (0x05, first, 6000, 0))), chain]
        return look_at_file(str(write(tmp_path / "disk.vhd", SIZE, extended)))

    assert told("VHD011", disk(63)) == "fail error"
    assert "sector 63" in judge("VHD011", disk(63)).message
    assert told("VHD011", disk(2048)) == "pass"


def test_what_another_table_of_the_disk_has_in_the_first_mib_is_not_left_out(tmp_path) -> None:
    """A hybrid MBR, and a second copy of the GPT that differs: which table Azure looks at is not known."""
    start, end = gpt(SIZE, [(EFI, 2048, 4095), (LINUX, 10240, END)])
    other = gpt(SIZE, [(BIOS, 34, 2047), (LINUX, 10240, END)])[1]

    def disk(sector: bytes, tail: bytes) -> Vhd:
        return look_at_file(
            str(write(tmp_path / "disk.vhd", SIZE, [(0, sector + start[512:]), (SIZE - len(end), tail)]))
        )

    for entries in (
        ((0xEE, 1, 30, 0), (0x83, 63, 1000, 0)),
        ((0x83, 63, 1000, 0), (0xEE, 2048, 1000, 0)),
        ((0xEE, 1, 30, 0), (0x83, 63, 1000, 0), (0x83, 4096, 1000, 0)),
    ):
        hybrid = disk(mbr(*entries), end)
        assert told("VHD011", hybrid) == "not-evaluated"
        assert told("VHD015", hybrid) == "fail warning"
    assert told("VHD011", disk(mbr((0xEE, 1, 30, 0), (0x83, 2048, 2048, 0)), end)) == "pass"
    assert told("VHD011", disk(mbr((0xEE, 1, 30, 0), (0x83, 2048, 1000, 0)), end)) == "not-evaluated"
    assert told("VHD011", disk(start[:512], other)) == "not-evaluated"
    assert told("VHD015", disk(start[:512], other)) == "fail warning"


def test_a_file_of_another_format_is_not_judged_by_its_own_header(tmp_path) -> None:
    for header in (b"QED\0", b"WithoutFreeSpace", b"WithouFreSpacExt", b"a format that nobody knows"):
        path = tmp_path / "disk"
        path.write_bytes(header.ljust(2 * MIB, b"\1"))
        vhd = look_at_file(str(path))
        assert told("VHD011", vhd) in ("not-applicable", "not-evaluated"), header
        assert told("VHD001", vhd) == "fail error"


def test_a_disk_that_is_one_physical_volume_is_divided_by_lvm(tmp_path) -> None:
    label = struct.pack("<8sQII8s", b"LABELONE", 1, 0, 32, b"LVM2 001")
    whole = look_at_file(str(write(tmp_path / "disk.vhd", SIZE, [(512, label)])))
    result = judge("VHD013", whole)
    assert (result.verdict, result.actual) == ("fail", "the whole disk, without a partition table")
    behind = look_at_file(str(write(tmp_path / "disk.vhd", SIZE, [(0, mbr()), (512, label)])))
    assert told("VHD013", behind) == "fail warning"
    assert told("VHD013", look_at_file(str(write(tmp_path / "disk.vhd", SIZE)))) == "not-applicable"
    nothing = tmp_path / "empty.vhd"
    nothing.write_bytes(b"")
    assert told("VHD013", look_at_file(str(nothing))) == "not-applicable"


@pytest.mark.parametrize("rule", ["VHD011", "VHD012", "VHD013"])
def test_a_table_that_another_contradicts_passes_nothing(of_gpt, rule) -> None:
    disk = of_gpt((LINUX, 2048, END))
    assert told(rule, disk) == "pass"
    for partitions in (disk.partitions.partitions, ()):
        torn = dataclasses.replace(disk.partitions, partitions=partitions, contradiction="the MBR says otherwise")
        result = judge(rule, dataclasses.replace(disk, partitions=torn))
        assert result.verdict == "not-evaluated"
        assert "the MBR says otherwise" in str(result)


def test_a_system_elsewhere_than_the_table_says_is_told(of_gpt) -> None:
    """Linux takes its root from a partition of whatever type."""
    disk = of_gpt((LINUX, 2048, 9999), (BASIC, 10000, END))
    assert told("VHD012", disk) == "pass"
    for root, verdict in (("partition 1", "pass"), ("partition 2", "not-evaluated"), ("the disk", "not-evaluated")):
        read = dataclasses.replace(disk, guest=dataclasses.replace(guest_of("ext4"), root=root))
        assert told("VHD012", read) == verdict


@pytest.mark.parametrize("rule", ["VHD011", "VHD012", "VHD013"])
def test_rules_on_os_disks_say_nothing_of_a_data_disk(of_gpt, rule) -> None:
    disk = of_gpt((ROOT, 34, 4095), (ROOT, 4096, 9999), (LVM, 10000, END))
    doubt = Unread("disk.vhd", "guest", "no volume is the root of a Linux")
    assert told(rule, dataclasses.replace(disk, guest=NoSystem("empty", doubt))).startswith("fail")
    beside = dataclasses.replace(disk, guest=NoSystem("empty", doubt, os_disk="os.vhd"))
    assert told(rule, beside) == "not-applicable"
    assert "os.vhd" in str(judge(rule, beside))


def test_a_linux_that_was_found_is_one_whatever_the_types_of_the_partitions_say(of_mbr) -> None:
    """Of type 0x07, which is NTFS by its name, and a root to Linux all the same."""
    ntfs = of_mbr((0x07, 2048, 9999, 0))
    assert told("VHD012", ntfs) == "not-applicable"
    guest = dataclasses.replace(guest_of("ext4"), root="partition 1")
    assert told("VHD012", dataclasses.replace(ntfs, guest=guest)) == "pass"
