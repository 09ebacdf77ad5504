"""The rules on the file itself: its format, footer, sizes, name and kind of blob; each verdict, each boundary."""

from __future__ import annotations

import dataclasses
import shlex
import shutil
import subprocess

import pytest
from judging import context, definition, judge, of_url, told
from vhds import BASIC, EFI, GIB, LINUX, LVM, MIB, RESERVED, ROOT, SECTOR, dynamic, footer, linux, mbr, with_gpt, write

from checker.facts.unread import Unread
from checker.facts.vhd import BlobProperties, Vhd
from checker.inspect.collect import look_at_file

ON_FOOTER = ["VHD001", "VHD002", "VHD003", "VHD004", "VHD005", "VHD006"]


@pytest.fixture
def made(tmp_path):
    """A sparse disk of a size, with or without another end."""

    def make(size: int, end: bytes | None = None, name: str = "disk.vhd") -> Vhd:
        return look_at_file(str(write(tmp_path / name, size, end=end)))

    return make


def test_a_right_disk_passes_every_rule_that_applies_to_a_file(tmp_path) -> None:
    vhd = look_at_file(str(linux(tmp_path / "disk.vhd")))
    given = {f"VHD{number:03}": told(f"VHD{number:03}", vhd) for number in range(1, 16)}
    others = {"VHD009": "not-applicable", "VHD010": "not-applicable", "VHD014": "not-applicable"}
    assert given == dict.fromkeys(given, "pass") | others


@pytest.mark.parametrize(
    ("content", "said"),
    [
        pytest.param(b"", "an empty file", id="empty"),
        pytest.param(b"x" * MIB, "a raw disk or other file, without a footer", id="raw"),
        pytest.param(bytes(MIB), "a file that begins with nothing but zeros, without a footer", id="zeros"),
        pytest.param(b"\x89PNG\r\n\x1a\n".ljust(600), "a picture", id="png"),
        pytest.param(b"<?xml version='1.0'?><Error>AuthenticationFailed", "the answer of a server", id="xml"),
        pytest.param(bytes(32769) + b"CD001" + bytes(MIB), "a CD or DVD image", id="iso"),
        pytest.param(b"\x1f\x8b".ljust(600), "a compressed file", id="gzip"),
        pytest.param(b"KDMV".ljust(600), "a VMware disk", id="vmdk"),
        pytest.param(b"vhdxfile".ljust(MIB), "a VHDX", id="vhdx"),
        pytest.param(b"QFI\xfb".ljust(MIB), "a QEMU disk (qcow)", id="qcow"),
        pytest.param(dynamic(8 * MIB, {})[:-512], "a VHD that lost its end", id="cut"),
        pytest.param(bytes(MIB) + footer(MIB)[:-1], "its footer is of 511 bytes", id="a-byte-short"),
        pytest.param(bytes(MIB) + footer(MIB) + b"\n", "something was appended", id="a-byte-more"),
        pytest.param(bytes(MIB) + footer(MIB, cookie=b"Conectix"), "without a footer", id="cookie"),
    ],
)
def test_what_is_no_vhd_fails_vhd001_and_has_no_footer_to_judge(tmp_path, content, said) -> None:
    (tmp_path / "disk.vhd").write_bytes(content)
    vhd = look_at_file(str(tmp_path / "disk.vhd"))
    result = judge("VHD001", vhd)
    assert (result.verdict, result.severity) == ("fail", "error")
    assert said in result.message
    assert {told(code, vhd) for code in (*ON_FOOTER[1:], "VHD007")} == {"not-applicable"}
    assert result.fix.steps


def test_another_version_of_the_format_fails(made) -> None:
    assert told("VHD001", made(MIB, footer(MIB, version=0x00020000))) == "fail error"
    assert told("VHD001", made(MIB, footer(MIB, version=0x00010003))) == "pass"


def test_the_disk_of_a_saved_machine_is_a_warning(made) -> None:
    saved = bytearray(footer(MIB))
    saved[84] = 1
    result = judge("VHD001", made(MIB, bytes(saved)))
    assert (result.verdict, result.severity) == ("fail", "warning")
    assert "saved state" in result.message
    assert result.fix.steps


@pytest.mark.parametrize("size", [2**63, 2**63 - 512, 2**64 - 512, 2**64 - 1, 0, 1])
def test_a_size_that_no_disk_has_is_no_crash(made, size) -> None:
    vhd = made(MIB, footer(size))
    assert told("VHD005", vhd) == "fail error"
    for number in range(1, 16):
        assert judge(f"VHD{number:03}", vhd).reason is None or "crashed" not in str(
            judge(f"VHD{number:03}", vhd).reason
        )


def test_a_wrong_checksum_fails_and_says_the_right_one(made) -> None:
    damaged = bytearray(footer(30 * GIB))
    damaged[84] ^= 1
    result = judge("VHD002", made(30 * GIB, bytes(damaged)))
    assert result.verdict == "fail"
    assert int(result.expected, 16) == int(result.actual, 16) - 1


@pytest.mark.parametrize(("kind", "verdict"), [(2, "pass"), (3, "fail error"), (4, "fail error"), (0, "fail error")])
def test_only_the_fixed_type_passes(made, kind, verdict) -> None:
    vhd = made(8 * MIB, footer(8 * MIB, kind))
    assert told("VHD003", vhd) == verdict
    assert told("VHD005", vhd) == ("pass" if kind == 2 else "not-applicable")


@pytest.mark.parametrize(
    ("size", "verdict"),
    [
        (2048 * MIB, "pass"),
        (2048 * MIB - 512, "fail error"),
        (2048 * MIB + 512, "fail error"),
        (2048 * MIB + 512 * 1024, "fail error"),
        (2_000_000_000, "fail error"),
    ],
)
def test_the_virtual_size_is_whole_mib(made, size, verdict) -> None:
    result = judge("VHD004", made(size))
    assert told("VHD004", made(size)) == verdict
    if verdict != "pass":
        below = size // MIB * MIB
        for number in (size, size + 512, below, below + MIB):
            assert str(number) in result.expected + result.actual
        steps = result.fix.steps
        assert f"truncate -s {below + MIB} -- " in steps[2]


def test_a_file_of_whole_mib_has_a_disk_that_is_not_and_is_told_so(made) -> None:
    result = judge("VHD004", made(2048 * MIB - 512))
    assert result.evidence == ("it is the file that is a whole number of MiB, and not the disk in it",)
    assert judge("VHD004", made(2048 * MIB + 4096)).evidence == ()


@pytest.mark.parametrize("difference", [-MIB, -1, 1, 512, MIB])
def test_the_length_is_what_the_footer_says(made, difference) -> None:
    result = judge("VHD005", made(30 * GIB + difference, footer(30 * GIB)))
    assert result.verdict == "fail"
    assert f"{abs(difference)} bytes too {'long' if difference > 0 else 'short'}" in result.message
    assert told("VHD005", made(30 * GIB)) == "pass"


def test_twenty_mb_are_the_least(made) -> None:
    assert told("VHD006", made(20 * MIB)) == "pass"
    assert told("VHD006", made(20 * MIB - 512)) == "fail error"
    assert told("VHD006", made(20_000_000)) == "fail error"


def test_what_to_do_about_a_size_says_which_size_is_meant(tmp_path) -> None:
    """The size from inside counts, not that of the file; a disk is made longer, and never cut off."""

    def judged(size: int, **properties: str):
        vhd = look_at_file(str(with_gpt(tmp_path / "disk.vhd", size, (LINUX, 2048, size // SECTOR - 34))))
        return judge("VHD007", vhd, context([definition(**properties)]) if properties else None)

    small, large = judged(GIB - MIB), judged(2000 * GIB)
    for result in (small, large):
        assert "virtual size" in result.expected
        assert "footer included, and does not count" in result.actual
    assert any(f"truncate -s {GIB} -- " in step for step in small.fix.steps)
    assert any(f"truncate -s {30 * GIB} -- " in step for step in judged(10 * GIB, osType="Windows").fix.steps)
    assert any(f"truncate -s {30 * GIB} -- " in step for step in judged(10 * GIB).fix.steps)
    assert not any("truncate" in step for step in large.fix.steps)
    assert any(step.startswith("az vm create ") for step in large.fix.steps)
    assert any("exception" in step for step in judged(300 * GIB).fix.steps)
    assert f"a little over 1023 GiB ({1023 * GIB + MIB} bytes) is outside" in judged(1023 * GIB + MIB).message


@pytest.mark.parametrize(
    ("name", "plain"),
    [("my disk.vhd", "my-disk.vhd"), ("50%.vhd", "50.vhd"), ("disk.img", "disk.img.vhd"), ("é", "disk.vhd")],
)
def test_a_name_is_mended_by_a_command(tmp_path, monkeypatch, name, plain) -> None:
    monkeypatch.chdir(tmp_path)
    write(tmp_path / name, MIB)
    [step] = judge("VHD008", look_at_file(name)).fix.steps
    subprocess.run(["sh", "-c", step], check=True)
    assert told("VHD008", look_at_file(plain)) == "pass"


def test_each_failure_says_what_to_do(tmp_path) -> None:
    """Every rule on disks that fails has steps for a person."""
    lvm = look_at_file(
        str(with_gpt(tmp_path / "disk one.img", 300 * GIB, (LVM, 34, 9000), (ROOT, 9001, 9100), (ROOT, 9, 9)))
    )
    results = [judge(f"VHD{number:03}", lvm, context([definition(hyperVGeneration="V2")])) for number in range(1, 16)]
    failed = [result for result in results if result.verdict == "fail"]
    assert len(failed) >= 5
    assert [result.rule for result in failed if result.fix is None or not result.fix.steps] == []


@pytest.mark.parametrize(
    ("size", "on_linux", "on_windows", "unknown"),
    [
        (GIB - MIB, "fail error", "fail error", "fail error"),
        (GIB, "fail warning", "fail error", "not-evaluated"),
        (30 * GIB - MIB, "fail warning", "fail error", "not-evaluated"),
        (30 * GIB, "pass", "pass", "pass"),
        (250 * GIB, "pass", "pass", "pass"),
        (250 * GIB + MIB, "fail warning", "fail error", "not-evaluated"),
        (1023 * GIB, "fail warning", "fail error", "not-evaluated"),
        (1023 * GIB + MIB, "fail error", "fail error", "fail error"),
    ],
)
def test_the_limits_of_each_operating_system(tmp_path, size, on_linux, on_windows, unknown) -> None:
    def disk(kind: str) -> Vhd:
        return look_at_file(str(with_gpt(tmp_path / "disk.vhd", size, (kind, 2048, size // SECTOR - 34))))

    assert told("VHD007", disk(LINUX)) == on_linux
    assert told("VHD007", disk(RESERVED)) == on_windows
    assert told("VHD007", disk(BASIC)) == unknown
    assert told("VHD007", disk(BASIC), context([definition(osType="Linux")])) == on_linux
    assert told("VHD007", disk(LINUX), context([definition(osType="Windows")])) == on_windows
    both = context([definition("one", osType="Windows"), definition("two", osType="Linux")])
    assert told("VHD007", disk(BASIC), both) == unknown


@pytest.mark.parametrize(
    ("name", "verdict"),
    [
        ("disk.vhd", "pass"),
        ("Disk_1.0-rc.vhd", "pass"),
        ("a%2520b.vhd", "fail error"),
        ("a%25b.vhd", "fail error"),
        ("a%22b.vhd", "fail error"),
        ("a'b.vhd", "fail error"),
        ("a%20b.vhd", "fail error"),
        ("a b.vhd", "fail error"),
        ("a%C2%A0b.vhd", "fail error"),
        ("d%C3%ADsk.vhd", "fail warning"),
        ("a+b.vhd", "fail warning"),
        ("disk.VHD", "fail warning"),
        ("disk.vhdx", "fail error"),
        ("disk", "fail error"),
    ],
)
def test_the_name_of_a_blob(name, verdict) -> None:
    assert told("VHD008", of_url("?sig=x", f"https://contoso.blob.core.windows.net/vhds/{name}")) == verdict


@pytest.mark.parametrize("name", ["my disk.vhd", "disk.img", "50%.vhd", "it's.vhd"])
def test_the_name_of_a_local_file_is_a_warning(made, name) -> None:
    assert told("VHD008", made(MIB, name=name)) == "fail warning"


def test_the_kind_of_blob_and_its_lease_are_as_the_server_tells() -> None:
    def blob(type: str | None = None, state: str | None = None, status: str | None = None) -> Vhd:
        return dataclasses.replace(of_url("?sig=x"), blob=BlobProperties(type, state, status))

    assert told("VHD009", blob("PageBlob")) == "pass"
    assert told("VHD009", blob("BlockBlob")) == "fail error"
    assert told("VHD009", blob("AppendBlob")) == "fail error"
    assert told("VHD009", blob()) == "not-evaluated"
    assert told("VHD010", blob(state="available", status="unlocked")) == "pass"
    assert told("VHD010", blob(state="leased", status="locked")) == "fail warning"
    assert told("VHD010", blob(state="breaking", status="locked")) == "fail warning"
    assert told("VHD010", blob()) == "not-evaluated"
    of_disk = dataclasses.replace(
        of_url("?sig=x", "https://md-abc.z1.blob.storage.azure.net/x/abcd"), blob=BlobProperties("PageBlob", None, None)
    )
    assert told("VHD010", of_disk) == told("VHD008", of_disk) == "not-applicable"
    assert told("VHD009", of_disk) == "pass"


def test_what_is_unread_is_never_passed() -> None:
    unread = Unread("disk.vhd", "disk_file", "the connection failed")
    vhd = dataclasses.replace(
        of_url("?sig=x"), length=unread, format=unread, footer=unread, blob=unread, partitions=unread
    )
    for number in range(1, 16):
        code = f"VHD{number:03}"
        expected = {"VHD008": "pass", "VHD014": "not-applicable"}.get(code, "not-evaluated")
        assert told(code, vhd) == expected, code


HOSTILE = "it's, $(touch pwned) -rf;.vhd"


def test_the_commands_are_safe_to_paste(tmp_path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name in (HOSTILE, "-n.vhd", "nbd:host.vhd"):
        size = 2048 * MIB - 512
        write(tmp_path / name, size, [(0, mbr((0x83, 2048, 100, 0)))])
        steps = judge("VHD004", look_at_file(name)).fix.steps
        for step in steps[:3]:
            subprocess.run(["sh", "-c", step], check=True, cwd=tmp_path)
        raw = tmp_path / shlex.split(steps[2])[-1]
        assert raw.stat().st_size == 2048 * MIB
        assert not (tmp_path / "pwned").exists()


@pytest.mark.skipif(shutil.which("qemu-img") is None, reason="qemu-img is not installed")
@pytest.mark.parametrize("kind", ["raw", "odd", "dynamic", "checksum"])
def test_the_commands_make_a_vhd_that_passes(tmp_path, monkeypatch, kind) -> None:
    monkeypatch.chdir(tmp_path)
    start = mbr((0x83, 2048, 4096, 0x80))
    damaged = bytearray(footer(24 * MIB))
    damaged[84] ^= 1
    path = tmp_path / HOSTILE
    if kind == "dynamic":
        path.write_bytes(dynamic(24 * MIB, {0: start}))
    else:
        size, end = {
            "raw": (24 * MIB - 512, b""),
            "odd": (24 * MIB - 512, None),
            "checksum": (24 * MIB, bytes(damaged)),
        }[kind]
        write(path, size, [(0, start)], end)
    code = {"raw": "VHD001", "odd": "VHD004", "dynamic": "VHD003", "checksum": "VHD002"}[kind]
    vhd = look_at_file(HOSTILE)
    result = judge(code, vhd)
    assert result.verdict == "fail"
    for step in result.fix.steps:
        subprocess.run(["sh", "-c", step], check=True, capture_output=True)
    fixed = look_at_file(shlex.split(result.fix.steps[-1])[-1])
    assert {code: told(code, fixed) for code in (*ON_FOOTER, "VHD011")} == dict.fromkeys((*ON_FOOTER, "VHD011"), "pass")
    assert fixed.partitions == vhd.partitions


def test_a_gpt_is_moved_to_the_new_end(tmp_path) -> None:
    size = 2048 * MIB - 512
    vhd = look_at_file(str(with_gpt(tmp_path / "disk.vhd", size, (EFI, 2048, 4095))))
    assert any(step.startswith("sgdisk --move-second-header ") for step in judge("VHD004", vhd).fix.steps)


def test_the_commands_never_write_to_the_file_that_was_judged(tmp_path) -> None:
    for name, content in (("disk.raw", bytes(MIB + 512)), ("disk-fixed.vhd", bytes(MIB + 512) + footer(MIB + 512))):
        (tmp_path / name).write_bytes(content)
        vhd = look_at_file(str(tmp_path / name))
        code = "VHD001" if name.endswith("raw") else "VHD004"
        written = [shlex.split(step)[-1] for step in judge(code, vhd).fix.steps]
        assert written
        assert vhd.id.text not in written


def test_what_is_not_whole_is_not_converted(tmp_path) -> None:
    for content in (b"", dynamic(8 * MIB, {})[:-512]):
        (tmp_path / "disk.vhd").write_bytes(content)
        steps = judge("VHD001", look_at_file(str(tmp_path / "disk.vhd"))).fix.steps
        assert steps == ("copy or download the file again: this one is not whole",)
