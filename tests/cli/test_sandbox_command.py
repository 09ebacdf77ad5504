import json
import os
import signal
import socket
import subprocess
import sys
import threading
import urllib.request
from contextlib import contextmanager
from pathlib import Path

import pytest

from checker.cli.main import run
from checker.facts.snapshot import Snapshot
from checker.sandbox import tenant
from checker.sandbox.server import serve
from checker.sandbox.service import Sandbox
from checker.sandbox.store import Store

pytestmark = pytest.mark.skipif(os.name == "nt", reason="signals are sent as on POSIX")

TOKEN = "0123456789abcdef"
OPENER = urllib.request.build_opener(urllib.request.ProxyHandler({}))


@contextmanager
def started(*arguments, token=TOKEN):
    """The program, serving; the process and the lines that it printed up to ``Next:``."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("IMAGECHECK_")}
    if token is not None:
        environment["IMAGECHECK_SANDBOX_TOKEN"] = token
    process = subprocess.Popen(
        [sys.executable, "-m", "checker", "sandbox", *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environment,
    )
    lines = []
    with process:
        try:
            for line in process.stdout:
                lines.append(line.rstrip("\n"))
                if line.startswith("Next:"):
                    break
            yield process, lines
        finally:
            if process.poll() is None:
                process.kill()


def url_of(lines):
    return next(word for word in lines[0].split() if word.startswith("http"))


def ask(lines, method, path, body=None, token=TOKEN):
    request = urllib.request.Request(
        url_of(lines) + path,
        method=method,
        headers={"Authorization": f"Bearer {token}"},
        data=None if body is None else json.dumps(body).encode(),
    )
    with OPENER.open(request, timeout=60) as answer:
        return json.loads(answer.read() or b"null")


def end(process, by=signal.SIGTERM):
    process.send_signal(by)
    out, err = process.communicate()
    return process.returncode, out, err


@pytest.mark.parametrize("by", [signal.SIGTERM, signal.SIGINT])
def test_it_serves_until_a_signal_and_saves_what_is_left(tmp_path, by):
    saved, log = tmp_path / "new" / "left.json", tmp_path / "requests.jsonl"
    with started("--save", str(saved), "--log", str(log)) as (process, lines):
        assert len(ask(lines, "GET", "/subscriptions?api-version=2022-12-01")["value"]) == 2
        assert log.read_text().count("\n") == 1, "each line is written at once"
        code, out, err = end(process, by)
    assert (code, err) == (0, "")
    assert json.loads(saved.read_text(encoding="utf-8")) == tenant.document()
    assert out.splitlines()[-1] == f"Next: imagecheck check --source snapshot:{saved}"
    entry = json.loads(log.read_text())
    assert {**entry, "time": ""} == {"time": "", "method": "GET", "path": "/subscriptions", "status": 200}


def test_a_file_is_served_and_left_as_it_is(tmp_path):
    document = tenant.document()
    document["subscriptions"] = document["subscriptions"][:1]
    kept = document["subscriptions"][0]["id"]
    document["resources"] = [body for body in document["resources"] if body["id"].startswith(kept)]
    file = tmp_path / "tenant.json"
    file.write_text(json.dumps(document))
    before = file.read_bytes()
    with started(str(file)) as (process, lines):
        assert str(file) in lines[0]
        assert len(ask(lines, "GET", "/subscriptions?api-version=2022-12-01")["value"]) == 1
        code, out, err = end(process)
    assert (code, out, err) == (0, "", "")
    assert file.read_bytes() == before


def test_a_token_is_made_and_printed_where_none_is_given():
    with started(token=None) as (process, lines):
        token = next(line for line in lines if line.startswith("Token: ")).removeprefix("Token: ")
        assert len(token) >= 32
        assert lines[-1].startswith(f"Next: IMAGECHECK_SANDBOX_TOKEN={token} ")
        assert lines[-1].endswith(f" check --source {url_of(lines)}")
        assert ask(lines, "GET", "/sandbox", token=token)["requests"] == 0
        with pytest.raises(urllib.error.HTTPError, match="401") as refused:
            ask(lines, "GET", "/sandbox", token=TOKEN)
        refused.value.close()
        end(process)


def test_a_token_that_is_given_is_not_printed():
    with started() as (process, lines):
        assert TOKEN not in "\n".join(lines)
        end(process)


def test_a_signal_while_requests_are_answered_ends_it(tmp_path):
    saved = tmp_path / "left.json"
    with started("--save", str(saved)) as (process, lines):
        ask(lines, "POST", "/sandbox/faults", {"kind": "hang", "times": 1})
        failed = []

        def hang():
            try:
                ask(lines, "GET", "/subscriptions?api-version=2022-12-01")
            except OSError as error:
                failed.append(error)

        client = threading.Thread(target=hang)
        client.start()
        while len(ask(lines, "GET", "/sandbox/log")) < 3:
            pass
        code, _, err = end(process)
        client.join()
    assert (code, err, len(failed)) == (0, "", 1)
    assert saved.exists()


def test_what_a_client_wrote_is_saved_and_can_be_served_again(tmp_path):
    saved = tmp_path / "left.json"
    subscription = tenant.document()["subscriptions"][1]["subscriptionId"]
    with started("--save", str(saved)) as (process, lines):
        path = f"/subscriptions/{subscription}/providers/Microsoft.PartnerCenterIngestion/register"
        ask(lines, "POST", f"{path}?api-version=2021-04-01", {})
        for _ in range(3):
            ask(lines, "GET", "/subscriptions?api-version=2022-12-01")
        assert end(process)[0] == 0
    left = json.loads(saved.read_text(encoding="utf-8"))
    assert left["providers"][subscription]["Microsoft.PartnerCenterIngestion"] != "NotRegistered"
    with started(str(saved)) as (process, lines):
        assert ask(lines, "GET", "/sandbox/snapshot") == left
        end(process)


def test_with_tls_it_prints_what_to_paste():
    with started("--tls", token=None) as (process, lines):
        text = "\n".join(lines)
        url = url_of(lines)
        assert url.startswith("https://127.0.0.1:")
        assert f"az cloud register -n Sandbox --endpoint-resource-manager {url}" in text
        assert f"--tenant {tenant.PUBLISHER_TENANT}" in text
        authority = Path(text.partition("REQUESTS_CA_BUNDLE=")[2].split()[0])
        assert authority.exists()
        assert end(process)[0] == 0
    assert not authority.exists()
    assert not authority.parent.exists()


@pytest.fixture
def refused(capsys):
    def check(*arguments):
        assert run(["sandbox", *arguments]) == 2
        said = capsys.readouterr()
        assert said.out == ""
        assert said.err.count("\n") == 1
        return said.err

    return check


def test_what_cannot_be_done_is_said_before_anything_is_served(refused, tmp_path, monkeypatch):
    damaged = tmp_path / "damaged.json"
    damaged.write_text("{")
    assert "nowhere.json" in refused(str(tmp_path / "nowhere.json"))
    assert "not JSON" in refused(str(damaged))
    assert "it is a folder" in refused("--save", str(tmp_path))
    assert "cannot be written" in refused("--save", str(damaged / "below"))
    assert "cannot be written" in refused("--log", str(tmp_path))
    assert "cannot be written" in refused("--log", "a\0b")
    assert "cannot be written" in refused("--log", str(tmp_path / "x"), "--save", "a\0b")
    assert "--port" in refused("--port", "70000")
    monkeypatch.setenv("IMAGECHECK_SANDBOX_TOKEN", "not a\ttoken")
    assert "IMAGECHECK_SANDBOX_TOKEN" in refused()


def test_a_log_does_not_write_over_what_is_served_or_saved(refused, tmp_path):
    file = tmp_path / "tenant.json"
    file.write_text(json.dumps(tenant.document()))
    assert "--log would write over" in refused(str(file), "--log", str(file))
    assert "--log would write over" in refused("--save", str(tmp_path / "x"), "--log", str(tmp_path / "x"))
    assert json.loads(file.read_text()) == tenant.document()


def test_a_port_that_is_taken_is_said(refused):
    sandbox = Sandbox(Store(Snapshot.from_document(tenant.document())), TOKEN)
    with serve(sandbox) as running:
        assert f"--port {running.port} is in use" in refused("--port", str(running.port))


def test_it_can_be_given_a_port():
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with started("--port", str(port)) as (process, lines):
        assert url_of(lines) == f"http://127.0.0.1:{port}"
        end(process)
