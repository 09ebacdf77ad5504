"""Azure refuses, fails, loses a connection or does not end: one line each, exit 4, and no write is sent twice."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time

import pytest

from checker.sandbox.pace import Pace

from .conftest import clean, unserved

WRITES = {
    "register": ("POST", "/register", 3),
    "grant": ("PUT", "roleassignments", 1),
    "include": ("PATCH", "/versions/", 1),
    "deallocate": ("POST", "/deallocate", 2),
    "generalize": ("POST", "/generalize", 1),
}
FAULTS = {
    "throttled": ({"status": 429, "code": "TooManyRequests", "retry_after": 1}, "429 TooManyRequests"),
    "crashed": ({"status": 500}, "500 InternalServerError"),
    "forbidden": ({"status": 403}, "403 AuthorizationFailed"),
    "policy": ({"status": 403, "code": "RequestDisallowedByPolicy"}, "403 RequestDisallowedByPolicy"),
    "locked": ({"status": 409, "code": "ScopeLocked", "retry_after": 1}, "409 ScopeLocked"),
    "missing-registration": ({"status": 409, "code": "MissingSubscriptionRegistration"}, "409 MissingSubscription"),
    "lost-before": ({"kind": "reset"}, "it may have been done all the same"),
    "lost-after": ({"kind": "reset", "after": True}, "it may have been done all the same"),
}


def everything_wrong():
    document = unserved(clean())
    document["roleAssignments"] = []
    for body in document["resources"]:
        if "/versions/" in body["id"]:
            body["properties"]["publishingProfile"]["excludeFromLatest"] = True
    return document


@pytest.mark.parametrize("write", WRITES.values(), ids=WRITES)
@pytest.mark.parametrize(("fault", "words"), FAULTS.values(), ids=FAULTS)
def test_a_write_that_fails(serving, names, write, fault, words, hurried):
    method, path, broken = write
    room = serving(everything_wrong())
    room.fault(method=method, path=path, times=1, **fault)
    ended = room.fix(names.gallery, names.vm)
    assert ended.code == 4
    struck = [step for step in ended.failed if step.get("ending") == "failed"]
    assert len(struck) == 1, ended.failed
    assert words in struck[0]["detail"]
    assert "\n" not in struck[0]["detail"]
    assert len([step for step in ended.failed if "verb" in step]) == broken
    assert len(ended.writes) == len(set(ended.writes)) == 7 - broken + 1
    assert ended.out.count("    failed: ") == 1
    assert names.token not in ended.said
    assert "results" in ended.report


@pytest.mark.parametrize("write", WRITES.values(), ids=WRITES)
def test_an_answer_that_is_no_answer_of_azures(serving, names, write, hurried):
    """200 and a page that is not Azure's: nothing was done, which is seen when it is looked at again."""
    method, path, _ = write
    room = serving(everything_wrong())
    room.fault(method=method, path=path, times=1, kind="garbage")
    ended = room.fix(names.gallery, names.vm)
    assert ended.code == 4
    assert len(ended.writes) == len(set(ended.writes))


def test_a_source_that_goes_away_while_it_is_fixed(serving, names):
    room = serving(clean())
    room.fault(kind="reset", skip=0, path="/subscriptions", query="", method="POST", times=1, after=True)
    ended = room.fix(names.vm, meanwhile=lambda: room.fault(path="/", kind="reset"))
    assert ended.code == 4
    assert ended.failed
    assert "Made 0 of 2 changes." in ended.said


def test_a_fault_after_the_effect_is_not_done_again_by_the_next_run(serving, names):
    room = serving(clean())
    room.fault(method="POST", path="/generalize", times=1, kind="reset", after=True)
    first = room.fix(names.vm)
    assert first.code == 4
    assert first.verdicts()["VM002"] == "pass"
    again = room.fix(names.vm)
    assert (again.code, again.writes) == (0, [])


def test_the_forever_exempt_exit_code_does_not_hide_a_failure(serving, names):
    room = serving(clean())
    room.fault(method="POST", path="/deallocate", status=403)
    assert room.fix("--exit-zero", names.vm).code == 4


def test_a_fault_that_leaves_something_unread_is_still_a_failed_fix(serving, names):
    room = serving(clean())
    room.fault(method="POST", path="/deallocate", status=403)
    room.fault(method="GET", path="replicationstatus", status=403)
    assert room.fix(names.vm, names.gallery).code == 4


def test_an_operation_that_ends_as_failed(serving, names):
    """The poll answers 200 with the status Failed: Azure's code is what is told."""
    room = serving(clean(), pace=Pace(polls=2))
    room.running.sandbox._operations._finish = lambda operation: _fail(room, operation)
    ended = room.fix(names.vm)
    assert ended.code == 4
    assert ended.failed[0]["detail"] == "AllocationFailed: no capacity"
    assert [step["ending"] for step in ended.failed] == ["failed", "refused"]
    assert ended.writes == [("POST", f"{names.vm}/deallocate")]


def _fail(room, operation):
    from checker.sandbox.message import Refusal

    operations = room.running.sandbox._operations
    operations._running.remove(operation)
    operation.ended = room.store.clock()
    operation.error = Refusal(409, "AllocationFailed", "no capacity")


@pytest.mark.parametrize("what", ["vm", "version"])
def test_an_operation_that_does_not_end(serving, names, hurried, what):
    room = serving(everything_wrong(), pace=Pace(polls=100_000))
    ended = room.fix(*([names.vm] if what == "vm" else []), "--select", "VM" if what == "vm" else "DEF003")
    assert ended.code == 4
    assert "still under way after 0.3 s" in ended.failed[0]["detail"]
    assert len(ended.writes) == 1


READS = {
    "vm": ("GET", "/virtualmachines/builder", {"status": 500}, "500"),
    "instance-view-forbidden": ("GET", "/virtualmachines/builder", {"status": 403}, "403 AuthorizationFailed"),
    "instance-view-only": (
        "GET",
        "/virtualmachines/builder",
        {"status": 403, "query": "expand"},
        "403 AuthorizationFailed",
    ),
}


@pytest.mark.parametrize(("method", "path", "fault", "words"), READS.values(), ids=READS)
def test_what_cannot_be_read_again_is_not_performed(serving, names, method, path, fault, words):
    room = serving(clean())
    ended = room.fix(names.vm, meanwhile=lambda: room.fault(method=method, path=path, **fault))
    assert (ended.code, ended.writes) == (4, [])
    assert words in ended.failed[0]["detail"]


def test_an_operation_whose_polls_fail_is_failed(serving, names):
    room = serving(clean(), pace=Pace(polls=2))
    room.fault(method="GET", path="/operations/", status=404)
    ended = room.fix(names.vm)
    assert (ended.code, len(ended.writes)) == (4, 1)


def test_a_rule_that_still_fails_after_its_fix_is_told(serving, names, monkeypatch):
    """Azure says that it is done, and shows it nowhere."""
    room = serving(everything_wrong(), pace=Pace(lag=100_000))
    room.fault(method="GET", path="/providers/microsoft.partnercenteringestion", kind="slow", seconds=0)
    document = room.document
    document["providers"][names.subscription][names.namespace] = "Registered"
    document["directory"]["servicePrincipals"] = clean()["directory"]["servicePrincipals"]
    room.replace(lambda old: old.update(document))
    ended = room.run("--fix", "--yes")
    assert ended.code == 4
    assert ended.performed == ["grant-role", "grant-role"]
    (unhelped,) = ended.failed
    assert (unhelped["rule"], unhelped["asset"]) == ("ACC002", names.gallery)
    assert "Did not help: ACC002 on gallery:images/shop still does not pass." in ended.out
    before = {(result["rule"], result["verdict"]) for result in ended.report["fixes"]["before"]}
    assert before == set()


def test_the_report_tells_what_was_before(serving, names):
    ended = serving(clean()).fix(names.vm)
    before = {(result["rule"], result["verdict"]) for result in ended.report["fixes"]["before"]}
    assert before == {("VM001", "fail"), ("VM002", "fail")}
    step = ended.report["fixes"]["performed"][1]
    assert (step["ending"], step["irreversible"], step["vm"]) == ("done", True, names.vm)
    assert step["fixes"] == [{"rule": "VM002", "asset": names.vm}]
    assert (step["before"]["OS state"], step["after"]["OS state"]) == ("not generalized", "generalized")


def test_secrets_in_what_azure_says_are_not_shown(serving, names):
    room = serving(clean())
    secret = "https://x.blob.core.windows.net/v?sv=1&sig=abcdefghijklmnop\u202e"
    room.running.sandbox._faults.add(_fault(secret))
    ended = room.fix(names.vm)
    assert ended.code == 4
    assert "abcdefghijklmnop" not in ended.said + str(ended.report)
    assert "REDACTED" in ended.out
    assert "\u202e" not in ended.out


def _fault(message):
    from checker.sandbox.faults import Fault

    return Fault(method="POST", path="/deallocate", status=409, code="Conflict", message=message)


def test_an_interruption_says_what_was_done(serving, names, tmp_path):
    room = serving(everything_wrong(), pace=Pace(polls=100_000))
    # Whoever runs the tests in the background ignores the signal, and children inherit that.
    program = (
        "import signal, sys; signal.signal(signal.SIGINT, signal.default_int_handler); "
        "from checker.cli.main import run; sys.exit(run(sys.argv[1:]))"
    )
    flags = ("--fix", "--yes", "--unsafe-fixes", "--guest-is-prepared")
    flags += tuple(f"--output={format}=report.{format}" for format in ("json", "html", "junit", "markdown"))
    who = ("--publisher", names.publisher, "--publisher-tenant", names.tenant)
    running = subprocess.Popen(
        [sys.executable, "-c", program, "check", "--source", room.running.url, *flags, *who, names.gallery, names.vm],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
        cwd=tmp_path,
    )
    waited = 0
    while not any(entry["method"] == "PATCH" for entry in room.log()) and waited < 600:
        time.sleep(0.05)
        waited += 1
    running.send_signal(signal.SIGINT)
    out, err = running.communicate(timeout=60)
    assert running.returncode == 130
    lines = out.decode().splitlines()
    assert "Interrupted: 4 of 7 changes made; what remains was not judged again." in lines
    assert "  under way, and perhaps done: let latest mean version:images/shop/server/2.0.0 again" in lines
    assert "  not begun: 2 changes" in lines
    assert err.decode().split("\n") == ["", "imagecheck: interrupted", ""]
    assert not any("virtualMachines" in entry["path"] for entry in room.log() if entry["method"] == "POST")
    report = json.loads((tmp_path / "report.json").read_text())
    assert report["exit_code"] == 130
    assert report["results"] == []  # none of before is given for one of now
    assert [change["ending"] for change in report["fixes"]["performed"]] == ["done"] * 4
    under_way, *rest, problem = report["fixes"]["failed"]
    assert (under_way["ending"], under_way["verb"]) == ("interrupted", "include-in-latest")
    assert under_way["detail"] == "it was under way, and is perhaps done"
    assert [change["ending"] for change in rest] == ["not begun"] * 2
    assert problem == {"description": "what remains could not be judged: the run was interrupted"}
    assert {result["rule"] for result in report["fixes"]["before"]} >= {"ACC001", "DEF003", "VM002"}
    for format in ("html", "markdown", "junit"):
        assert "what the changes left was not judged" in (tmp_path / f"report.{format}").read_text()
