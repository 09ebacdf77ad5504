"""What a fix run shows: the plan in short forms, what cannot be undone, and a question that can be declined."""

from __future__ import annotations

import contextlib
import json
import os
import pty
import signal
import socket
import subprocess
import sys
import sysconfig
import time
from pathlib import Path

import click
import pytest

from checker.cli import fixing

from .conftest import NAMESPACE, PROVIDER_NAME, SUBSCRIPTION, clean, differences, unserved

PROGRAM = str(Path(sysconfig.get_path("scripts")) / "imagecheck")


def wrong():
    document = unserved(clean())
    document["directory"]["users"][0]["displayName"] = "Seller \u202e\x1b[31m sig=abcdefghijkl"
    document["roleAssignments"] = []
    document["resources"][1]["properties"]["osState"] = "Specialized"
    return document


def plan_in(said):
    lines = said.splitlines()
    start = next(number for number, line in enumerate(lines) if line.startswith("Plan: "))
    return lines[start : lines.index("", start)]


def test_the_plan_as_it_is_shown(serving, names):
    ended = serving(wrong()).fix("--dry-run", names.gallery, names.vm)
    assert plan_in(ended.out) == [
        "Plan: 6 changes, in this order",
        f"  1. safe    register {NAMESPACE} in subscription {SUBSCRIPTION}",
        "             registration: NotRegistered -> Registered",
        "             for ACC002 on gallery:images/shop",
        rf"  2. unsafe  grant Owner to {names.publisher} (Seller \u202e\u001b[31m sig=REDACTED, {names.user}) at "
        "gallery:images/shop",
        "             role: not given -> given",
        "             for ACC001 on gallery:images/shop",
        "  3. safe    grant Compute Gallery Image Reader to Compute Image Registry at gallery:images/shop",
        "             role: not given: the principal is not there yet -> given",
        "             for ACC002 on gallery:images/shop",
        f"  4. safe    grant Compute Gallery Image Reader to {PROVIDER_NAME} at gallery:images/shop",
        "             role: not given: the principal is not there yet -> given",
        "             for ACC002 on gallery:images/shop",
        "  5. unsafe  deallocate vm:images/builder",
        "             power state: running -> deallocated",
        "             for VM001 and VM002 on vm:images/builder",
        "  6. unsafe  mark vm:images/builder as generalized: it never starts again",
        "             OS state: not generalized -> generalized",
        "             for VM002 on vm:images/builder",
        "  CANNOT BE UNDONE: mark vm:images/builder as generalized: it never starts again",
        "1 finding is left to be resolved by hand",
    ]
    assert "/subscriptions/" not in "\n".join(plan_in(ended.out))


def test_a_run_as_it_is_shown(serving, names):
    ended = serving(clean()).fix(names.vm)
    lines = ended.out.splitlines()
    start = lines.index("1/2 deallocate vm:images/builder ...")
    assert lines[start : start + 6] == [
        "1/2 deallocate vm:images/builder ...",
        "    done",
        "2/2 mark vm:images/builder as generalized: it never starts again ...",
        "    done",
        "Made 2 of 2 changes.",
        "",
    ]


def test_what_needs_unsafe_is_named_with_its_reason(serving, names):
    ended = serving(wrong()).run("--fix", "--yes", names.vm)
    assert plan_in(ended.out) == [
        "Plan: nothing that --fix would change",
        "Not in the plan",
        "  VM001 on vm:images/builder",
        "      unsafe: deallocate the VM (needs --unsafe-fixes)",
        "1 finding is left to be resolved by hand",
    ]


def test_a_report_on_standard_output_stays_alone_there(serving, names):
    room = serving(clean())
    ended = room.fix("--output", "json=-", names.vm)
    assert json.loads(ended.out)["fixes"]["performed"]
    assert "Plan: 2 changes" in ended.err


@pytest.mark.parametrize("quiet", [True, False])
def test_nothing_is_changed_unseen(serving, names, quiet):
    ended = serving(clean()).fix(*(["--quiet"] if quiet else []), names.vm)
    assert "CANNOT BE UNDONE" in ended.out


def test_a_declined_plan_changes_nothing(serving, names, monkeypatch):
    room = serving(clean())
    without = room.run(names.vm)
    monkeypatch.setattr(fixing, "_can_ask", lambda: True)
    monkeypatch.setattr(click, "confirm", lambda *_, **__: False)
    ended = room.run("--fix", "--unsafe-fixes", names.vm)
    assert (ended.code, ended.writes, ended.changed) == (without.code, [], {})
    assert "Nothing was changed." in ended.err


@pytest.mark.parametrize(("answer", "code", "writes"), [(b"n\n", 1, 0), (b"\n", 1, 0), (b"y\n", 0, 2)])
def test_on_a_terminal_the_plan_is_shown_and_asked_for(serving, names, answer, code, writes):
    """Standard output goes to a file: the plan is shown where the question is."""
    room = serving(clean())
    ours, theirs = pty.openpty()
    who = ("--publisher", names.publisher, "--publisher-tenant", names.tenant)
    flags = ("--fix", "--unsafe-fixes", "--guest-is-prepared")
    running = subprocess.Popen(
        [sys.executable, PROGRAM, "check", "--source", room.running.url, *who, *flags, names.vm],
        stdin=theirs,
        stderr=theirs,
        stdout=subprocess.DEVNULL,
        cwd=room.folder,
    )
    os.close(theirs)
    shown = b""
    while b"[y/N]" not in shown:
        shown += os.read(ours, 4096)
    os.write(ours, answer)
    with contextlib.suppress(OSError):  # the end of a terminal whose other side is closed
        while chunk := os.read(ours, 4096):
            shown += chunk
    assert running.wait(60) == code
    os.close(ours)
    assert b"CANNOT BE UNDONE: mark vm:images/builder" in shown.partition(b"[y/N]")[0]
    assert b"Make 2 changes? [y/N]" in shown
    assert len([entry for entry in room.log() if entry["method"] == "POST"]) == writes


def test_without_a_terminal_nothing_is_changed(serving, names):
    room = serving(clean())
    done = subprocess.run(
        [sys.executable, PROGRAM, "check", "--source", room.running.url, "--fix", "--unsafe-fixes", names.vm],
        capture_output=True,
        stdin=subprocess.DEVNULL,
        cwd=room.folder,
        check=False,
    )
    assert done.returncode == 2
    assert b"give --yes to make them" in done.stderr
    assert not [entry for entry in room.log() if entry["method"] == "POST"]


PACK = '''
from checker.facts.arm_id import Kind
from checker.facts.unread import FactName
from checker.fixes.operations import *
from checker.rule import Basis, Fail, Severity, Source, rule


@rule(code="EVIL001", slug="evil", title="Evil", severity=Severity.ERROR, basis=Basis.DERIVED,
      sources=(Source("House rules", "https://house.example/rules", "2026-01-01"),), kind=Kind.VERSION,
      reads=(FactName.VERSIONS, FactName.ROLE_ASSIGNMENTS))
def evil(version, context):
    """Evil.

    What it demands
    ---------------
    Everything.

    Why
    ---
    So.

    How to fix
    ----------
    So.

    Fix safety
    ----------
    Safe.
    """
    gallery = version.id.parent.parent
    vm = gallery.text.rpartition("/galleries/")[0] + "/virtualMachines/builder"
    user = KnownPrincipal("55555555-5555-4555-8555-555555555555", "User", "safe")
    return Fail("evil", expected="", actual="", fix=Fix("evil", Safety.SAFE, ({},)))
'''
EVIL = {
    "a-vm-that-nobody-named": "Deallocate(vm)",
    "owner-for-anybody": 'GrantRole(gallery.text, "8e3af657-a8ff-443c-a75c-2fe8c4bcb635", "safe", user)',
    "no-operation": "Deallocate(None)",
}


@pytest.mark.parametrize("operation", EVIL.values(), ids=EVIL)
def test_a_pack_of_somebody_elses_does_nothing_by_calling_it_safe(serving, names, operation, tmp_path):
    room = serving(clean())
    info = tmp_path / "site" / "evil_pack-1.0.dist-info"
    info.mkdir(parents=True)
    (tmp_path / "site" / "evil_pack.py").write_text(PACK.replace("{}", operation), encoding="utf-8")
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: evil-pack\nVersion: 1.0\n", encoding="utf-8")
    (info / "entry_points.txt").write_text("[imagecheck.rules]\nevil = evil_pack\n", encoding="utf-8")
    done = subprocess.run(
        [sys.executable, PROGRAM, "check", "--source", room.running.url, "--fix", "--yes", "--select", "EVIL001"],
        capture_output=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join([str(tmp_path / "site"), os.environ.get("PYTHONPATH", "")])},
        cwd=room.folder,
        check=False,
    )
    assert done.returncode in (1, 3), done.stderr
    assert b"EVIL001" in done.stdout
    assert not [entry for entry in room.log() if entry["method"] in ("POST", "PUT", "PATCH", "DELETE")]


def test_a_sandbox_that_is_saved_differs_in_what_the_plan_said(serving, names):
    """As a user rehearses it: a file is served, fixed over the wire, and saved."""
    folder = serving(clean()).folder
    before = clean()
    before["roleAssignments"] = before["roleAssignments"][:1]
    (folder / "before.json").write_text(json.dumps(before), encoding="utf-8")
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    flags = ["--port", str(port), "--save", "after.json", "--log", "log.jsonl"]
    server = subprocess.Popen(
        [sys.executable, PROGRAM, "sandbox", "before.json", *flags], cwd=folder, stdout=subprocess.PIPE
    )
    assert server.stdout is not None
    while b"Next:" not in server.stdout.readline():
        time.sleep(0)
    url = f"http://127.0.0.1:{port}"
    command = [sys.executable, PROGRAM, "check", "--source", url, "--output", "json=report.json"]
    assert subprocess.run(command, cwd=folder, capture_output=True, check=False).returncode == 3
    assert writes(folder) == []
    done = subprocess.run([*command, "--fix", "--yes"], cwd=folder, capture_output=True, check=False)
    assert done.returncode == 3, done.stdout
    server.send_signal(signal.SIGTERM)
    server.communicate(timeout=60)
    after = json.loads((folder / "after.json").read_text(encoding="utf-8"))
    report = json.loads((folder / "report.json").read_text(encoding="utf-8"))
    changed = differences(before, after)
    planned = {step["principal"]["id"] for step in report["fixes"]["performed"]}
    assert (
        {new["properties"]["principalId"] for _, new in changed.values()}
        == planned
        == {
            names.registry,
            names.provider,
        }
    )
    assert len(writes(folder)) == 2


def writes(folder):
    lines = (folder / "log.jsonl").read_text(encoding="utf-8").splitlines()
    entries = [json.loads(line) for line in lines]
    return [e["path"] for e in entries if e["method"] not in ("GET", "HEAD") and "getByIds" not in e["path"]]
