"""Disk files and URLs as targets of the program: exit codes, reports, secrets, and what is not needed for them."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from judging import SUBSCRIPTION, definition
from misbehaving import serving
from vhds import GIB, LINUX, MIB, SECTOR, footer, linux, mbr, with_gpt, write

from checker.cli.main import run

SECRET = "c2VjcmV0U2lnbmF0dXJl"


@dataclass(frozen=True)
class Ran:
    """What a run left behind."""

    code: int
    out: str
    err: str
    report: dict[str, Any]

    def verdicts(self) -> dict[str, str]:
        return {result["rule"]: result["verdict"] for result in self.report["results"]}

    def refused(self) -> str:
        assert (self.code, self.out, self.report) == (2, "", {})
        assert self.err.startswith("imagecheck: error: ")
        assert self.err.count("\n") == 1
        return self.err


@pytest.fixture
def check(tmp_path, monkeypatch, capsys) -> Callable[..., Ran]:
    """Run ``imagecheck check`` in a folder of its own; without the rules on guests, whose disks are elsewhere."""
    for name in list(os.environ):
        if name.startswith(("IMAGECHECK_", "AZURE_")):
            monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)

    def call(*arguments: str) -> Ran:
        path = tmp_path / "report.json"
        path.unlink(missing_ok=True)
        chosen = () if "--select" in arguments else ("--ignore", "LNX")
        code = run(["check", *arguments, *chosen, "--output", f"json={path}"])
        said = capsys.readouterr()
        return Ran(code, said.out, said.err, json.loads(path.read_text()) if path.exists() else {})

    return call


def query(**changes: str) -> str:
    now = datetime.now(UTC)
    right = {
        "st": f"{now - timedelta(days=2):%Y-%m-%dT00:00:00Z}",
        "se": f"{now + timedelta(days=30):%Y-%m-%dT00:00:00Z}",
        "sr": "c",
        "sp": "rl",
        "spr": "https",
        "sig": SECRET,
    }
    return "?" + "&".join(f"{name}={value}" for name, value in (right | changes).items())


def disk_bytes(size: int = 20 * MIB) -> bytes:
    return (mbr((0x83, 2048, 100, 0x80)).ljust(size, b"\0")) + footer(size)


def test_a_right_vhd_is_clean_and_every_report_is_written(check, tmp_path) -> None:
    linux(tmp_path / "disk.vhd")
    ran = check("vhd:disk.vhd", "--output", "html=o.html", "--output", "junit=o.xml", "--output", "markdown=o.md")
    assert (ran.code, ran.err) == (0, "")
    assert {result["asset"] for result in ran.report["results"]} == {"disk.vhd"}
    assert {result["kind"] for result in ran.report["results"]} == {"vhd"}
    for name in ("o.html", "o.xml"):
        assert "VHD004" in (tmp_path / name).read_text()
    assert (tmp_path / "o.md").stat().st_size
    assert ran.report["asked"]["disks read"] == "disk.vhd: 4.43 MiB of 30.00 GiB in 5 requests"
    assert "the source holds 1 disk file" in ran.out


@pytest.mark.parametrize(
    ("make", "code"),
    [
        pytest.param(linux, 0, id="right"),
        pytest.param(lambda path: path.write_bytes(b""), 1, id="empty"),
        pytest.param(lambda path: path.write_bytes(b"vhdxfile".ljust(MIB)), 1, id="vhdx"),
        pytest.param(lambda path: write(path, 30 * GIB, end=b""), 1, id="raw"),
        pytest.param(lambda path: linux(path, 2048 * MIB - 512), 1, id="odd-size"),
        pytest.param(
            lambda path: with_gpt(path, 10 * GIB, ("EBD0A0A2-B9E5-4433-87C0-68B6B72699C7", 2048, 9000)), 3, id="os"
        ),
    ],
)
def test_the_exit_code_says_what_came_of_it(check, tmp_path, make, code) -> None:
    make(tmp_path / "disk.vhd")
    ran = check("vhd:disk.vhd")
    assert ran.code == ran.report["exit_code"] == code
    assert check("vhd:disk.vhd", "--exit-zero").code == 0


def test_what_was_not_evaluated_may_be_allowed(check, tmp_path) -> None:
    path = with_gpt(tmp_path / "disk.vhd", 30 * GIB, (LINUX, 2048, 30 * GIB // SECTOR - 34))
    with path.open("r+b") as file:
        for at in (512 + 20, 30 * GIB - 512 + 20):
            file.seek(at)
            file.write(b"\xff")
    ran = check("vhd:disk.vhd")
    assert (ran.code, ran.verdicts()["VHD011"]) == (3, "not-evaluated")
    [reason] = [result["reason"] for result in ran.report["results"] if result["rule"] == "VHD011"]
    assert (reason["kind"], reason["fact"], reason["scope"]) == ("unread", "disk_file", "disk.vhd")
    assert "both copies of the GPT are damaged" in reason["detail"]
    assert check("vhd:disk.vhd", "--allow-unevaluated", "VHD011").code == 0


def test_several_disks_are_judged_each_and_one_named_twice_once(check, tmp_path) -> None:
    linux(tmp_path / "a.vhd")
    linux(tmp_path / "b.vhd")
    ran = check("vhd:a.vhd", "VHD:b.vhd", "vhd:a.vhd", "--select", "VHD001")
    assert [result["asset"] for result in ran.report["results"]] == ["a.vhd", "b.vhd"]


@pytest.mark.parametrize(
    ("target", "words"),
    [
        ("vhd:nowhere.vhd", "nowhere.vhd cannot be opened: No such file"),
        ("vhd:.", "it is a folder"),
        ("vhd:pipe", "it is a pipe"),
        ("vhd:/dev/zero", "it is a character device"),
        ("vhd:", "names no file"),
        ("http://example.com/disk.vhd", "over https, or over http from this machine only"),
        ("vhd:http://example.com/disk.vhd", "over https, or over http from this machine only"),
        (f"https://user:{SECRET}@example.com/disk.vhd", "no user name and no password"),
        ("https://example.com", "no URL of a disk"),
        ("https:///disk.vhd", "no URL of a disk"),
        ("https://example.com:port/disk.vhd", "is no URL"),
        ("https://example.com/a\x1b[2J.vhd", "no URL of a disk"),
        (f"http://127.0.0.1:1/disk.vhd?sig={SECRET}", "cannot be opened: the connection failed: Connection refused"),
    ],
)
def test_what_cannot_be_opened_is_one_line(check, tmp_path, monkeypatch, target, words) -> None:
    os.mkfifo(tmp_path / "pipe")
    monkeypatch.setattr("checker.inspect.ranges.time.sleep", lambda _: None)
    said = check(target).refused()
    assert words in said
    assert SECRET not in said
    assert "\x1b" not in said


def test_a_url_with_two_queries_is_refused(check) -> None:
    assert "given twice" in check("https://a.example/x.vhd?sig=a", "https://a.example/x.vhd?sig=b").refused()


@pytest.mark.parametrize("mark", ["&sig=", "%3Fsig%3D", "#sig=", ";sig="])
def test_a_signature_in_the_wrong_place_is_a_secret_too(check, mark) -> None:
    ran = check(f"https://contoso.blob.core.windows.net/vhds/disk.vhd{mark}{SECRET}", "--select", "SAS", "-v")
    assert (ran.code, ran.verdicts()["SAS001"]) == (1, "fail")
    assert SECRET not in ran.out + ran.err + json.dumps(ran.report)


@pytest.mark.parametrize("mood", ["well", "403", "404", "redirects", "ignores-range"])
def test_no_output_holds_the_signature(check, tmp_path, mood) -> None:
    with serving(disk_bytes(), mood) as server:
        (tmp_path / "targets.txt").write_text(f"# the disk\n{server.url}{query(sp='rwl')}\n")
        outputs = [f"--output={kind}=o.{kind}" for kind in ("html", "junit", "markdown")]
        ran = check("@targets.txt", "--verbose", *outputs)
        direct = check(server.url + query(sp="rwl"), "-v")
    for text in (ran.out, ran.err, direct.out, direct.err, *(path.read_text() for path in tmp_path.glob("[or]*.*"))):
        assert SECRET not in text
    if mood == "well":
        assert ran.code == 1
        assert {result["asset"] for result in ran.report["results"]} == {server.url}
        assert ran.verdicts()["VHD009"] == "pass"
        assert ran.verdicts()["SAS002"] == "fail"
        assert server.asked[0][0].endswith(query(sp="rwl"))
    else:
        assert server.url in ran.refused()


def test_a_refused_signature_says_how_to_judge_the_url_alone(check) -> None:
    with serving(disk_bytes(), "403") as server:
        assert "--select SAS" in check(server.url + query()).refused()
        asked = len(server.asked)
        ran = check(server.url + query(se="2020-01-01T00:00:00Z"), "--select", "SAS")
        assert len(server.asked) == asked
    assert (ran.code, ran.verdicts()["SAS006"]) == (1, "fail")


def test_a_server_that_fails_later_leaves_what_it_hides_unevaluated(check, monkeypatch) -> None:
    monkeypatch.setattr("checker.inspect.ranges.time.sleep", lambda _: None)
    with serving(disk_bytes(), "503", patience=1) as server:
        ran = check(server.url + query())
    assert ran.code == 3
    assert ran.verdicts()["VHD001"] == "not-evaluated"
    assert ran.verdicts()["VHD009"] == "pass"
    assert ran.verdicts()["SAS002"] == "pass"


def test_a_terabyte_takes_as_little_as_a_gigabyte(check, tmp_path) -> None:
    linux(tmp_path / "small.vhd", GIB)
    linux(tmp_path / "large.vhd", 1024 * GIB)
    read = check("vhd:small.vhd", "vhd:large.vhd").report["asked"]["disks read"]
    assert [part.split(" in ")[1] for part in read.split("; ")] == ["5 requests", "5 requests"]


@pytest.mark.parametrize(
    "name", ["<probe>&amp;.vhd", "a\nb.vhd", "\x1b[31mred.vhd", "\u202evhd.exe", "\udcff.vhd", "-x.vhd", "a'b \"c.vhd"]
)
def test_a_path_may_hold_anything(check, tmp_path, name) -> None:
    linux(tmp_path / name)
    ran = check(f"vhd:{name}", "--output", "html=o.html", "--output", "junit=o.xml", "--output", "markdown=o.md", "-v")
    assert ran.code == 0
    assert {result["asset"] for result in ran.report["results"]} == {name}
    for text in (ran.out, (tmp_path / "o.html").read_text(), (tmp_path / "o.xml").read_text()):
        assert not re.search("[\x1b\u202e\udcff]", text)
    assert "<probe>" not in (tmp_path / "o.html").read_text()


def test_nothing_of_azure_is_imported_for_a_disk_alone(tmp_path) -> None:
    linux(tmp_path / "disk.vhd")
    command = [sys.executable, "-X", "importtime", "-m", "checker", "check", "vhd:disk.vhd", "--output", "junit=o.xml"]
    command += ["--ignore", "LNX"]
    environment = {**os.environ, "AZURE_SUBSCRIPTION_ID": "none", "PYTHONPATH": str(Path(__file__).parents[3])}
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    imported = {
        match[1].split(".")[0] for match in re.finditer(r"^import time:.*\| +(\S+)$", done.stderr, re.MULTILINE)
    }
    assert "checker" in imported
    assert not imported & {"azure", "msal", "requests", "jinja2", "rich", "pyfsext", "pyvslvm"}


def snapshot(**properties: Any) -> dict[str, Any]:
    body = definition(
        identifier={"publisher": "contoso", "offer": "server", "sku": "server"}, architecture="x64", **properties
    )
    gallery = {"id": body["id"].rsplit("/images/", 1)[0], "name": "shop", "type": "Microsoft.Compute/galleries"}
    return {
        "format": "imagecheck-snapshot/1",
        "captured": "2020-01-01T00:00:00Z",
        "subscriptions": [{"subscriptionId": SUBSCRIPTION, "tenantId": SUBSCRIPTION}],
        "resources": [{**gallery, "location": "westeurope", "properties": {}}, body],
    }


def test_a_disk_beside_its_definition_is_compared_with_it(check, tmp_path) -> None:
    linux(tmp_path / "disk.vhd")
    (tmp_path / "tenant.json").write_text(json.dumps(snapshot(hyperVGeneration="V2")))
    arguments = ("--source", "tenant.json", "definition:images/shop/server", "--select", "VHD,DEF001")
    alone = check(*arguments)
    assert alone.verdicts() == {"DEF001": "pass"}
    both = check(*arguments, "vhd:disk.vhd")
    assert (both.verdicts()["DEF001"], both.verdicts()["VHD014"]) == ("pass", "fail")
    assert "disk.vhd" in both.report["asked"]["targets"]


def test_a_signature_is_judged_by_today_whatever_moment_a_snapshot_speaks_of(check, tmp_path) -> None:
    (tmp_path / "tenant.json").write_text(json.dumps(snapshot()))
    url = "https://contoso.blob.core.windows.net/vhds/disk.vhd" + query(se="2020-06-01T00:00:00Z")
    ran = check("--source", "tenant.json", "gallery:images/shop", url, "--select", "SAS006,DEF001")
    assert ran.verdicts() == {"DEF001": "pass", "SAS006": "fail"}


def test_a_disk_that_cannot_be_opened_stops_a_run_with_other_targets_too(check, tmp_path) -> None:
    (tmp_path / "tenant.json").write_text(json.dumps(snapshot()))
    assert "nowhere.vhd" in check("--source", "tenant.json", "gallery:images/shop", "vhd:nowhere.vhd").refused()


def test_a_snapshot_holds_no_disk_file(tmp_path, capsys) -> None:
    linux(tmp_path / "disk.vhd")
    assert run(["snapshot", f"vhd:{tmp_path / 'disk.vhd'}", "-o", str(tmp_path / "o.json")]) == 2
    assert "which only `imagecheck check` looks at" in capsys.readouterr().err


def test_fixing_changes_no_disk_file(check, tmp_path) -> None:
    path = linux(tmp_path / "disk.vhd", 2048 * MIB - 512)
    before = path.stat()
    assert check("vhd:disk.vhd", "--fix", "--yes").code == 1
    assert path.stat().st_mtime_ns == before.st_mtime_ns
