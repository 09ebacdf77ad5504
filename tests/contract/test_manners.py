"""What the source does not do: write, follow foreign links, leak a token, wait for ever, or print a traceback."""

from __future__ import annotations

import contextlib
import json
import os
import socket
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

from checker.errors import SourceProblem
from checker.report import Verdict
from checker.sources.azure.guard import WriteRefused

#: What a leaked secret looks like: a token, and a signature.
_SECRETS = ("eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJ4In0.c2lnbmF0dXJl", "c2VjcmV0c2lnbmF0dXJl")


def test_without_fix_nothing_is_written(live: Callable[..., Any], imagecheck: Callable[..., Any]) -> None:
    sandbox = live()
    for command in (("check",), ("check", "--publisher", "aaaaaaaa-0000-4000-8000-000000000001"), ("snapshot", "-o=x")):
        imagecheck(command[0], "--source", sandbox.running.url, *command[1:])
    written = {(method, path) for method, path, _ in sandbox.log() if method not in ("GET", "HEAD")}
    assert written == {("POST", "/v1.0/directoryObjects/getByIds")}


def test_a_provider_that_is_missing_is_not_registered_by_the_library(live: Callable[..., Any], names: Any) -> None:
    sandbox = live()
    sandbox.fault(path="/providers/microsoft.compute/", status=409, code="MissingSubscriptionRegistration")
    report = sandbox.audit(names.shop)
    assert report.exit_code == 3
    assert {method for method, _, _ in sandbox.log()} == {"GET"}


def test_the_guard_refuses_the_libraries_own_writes(live: Callable[..., Any], names: Any) -> None:
    sandbox = live()
    with sandbox.source() as source:
        compute = source.clients.compute(names.subscription)
        authorization = source.clients.authorization
        writes: list[Callable[[], Any]] = [
            lambda: compute.virtual_machines.begin_deallocate("images", "builder"),
            lambda: compute.virtual_machines.generalize("images", "builder"),
            lambda: compute.galleries.begin_delete("images", "shop"),
            lambda: compute.gallery_image_versions.begin_update("images", "shop", "server", "1.0.0", {}),
            lambda: authorization.role_assignments.create(names.shop, names.user, {}),
            lambda: authorization.role_assignments.delete(names.shop, names.user),
        ]
        for write in writes:
            with pytest.raises(WriteRefused):
                write()
        with source.clients.guard.permit("POST", f"{names.vm}/deallocate"), pytest.raises(WriteRefused):
            compute.virtual_machines.generalize("images", "builder")
    assert sandbox.log() == []


def test_one_token_is_asked_for_each_scope_and_tenant(live: Callable[..., Any], names: Any) -> None:
    sandbox = live()
    with sandbox.source() as source, ThreadPoolExecutor(16) as pool:
        compute = source.clients.compute(names.subscription)
        list(pool.map(lambda _: compute.galleries.get("images", "shop"), range(32)))
    assert len(sandbox.credential.asked) == 1
    sandbox.credential.asked.clear()
    sandbox.audit(jobs=16)
    assert Counter(sandbox.credential.asked) == {
        ((f"{sandbox.running.url}/.default",), None): 1,
        ((f"{sandbox.running.url}/.default",), names.tenant): 1,
    }


@pytest.mark.parametrize("name", ["HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy"])
def test_a_proxy_is_left_aside_on_loopback(
    live: Callable[..., Any], imagecheck: Callable[..., Any], monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setenv(name, "http://127.0.0.1:9")
    said = imagecheck("check", "--source", live().running.url, "--allow-unevaluated", "all")
    assert said.code == 0, said.err


@contextlib.contextmanager
def _answering(answer: Callable[[str, str], Any]) -> Iterator[tuple[str, list[tuple[str, str | None]]]]:
    """A server that answers each path as ``answer`` says, given the path and its own URL; what it was asked."""
    asked: list[tuple[str, str | None]] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append((self.path, self.headers.get("Authorization")))
            body = answer(self.path, url)
            sent = body if isinstance(body, bytes) else json.dumps(body).encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(sent)))
            self.end_headers()
            self.wfile.write(sent)

        do_POST = do_GET

        def log_message(self, format: str, *args: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield url, asked
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def test_a_link_to_another_host_is_not_followed(imagecheck: Callable[..., Any]) -> None:
    with _answering(lambda *_: {"value": []}) as (elsewhere, asked):
        for link in (f"{elsewhere}/subscriptions", "https://evil.example/x", "//evil.example/x", "file:///etc/passwd"):
            with _answering(lambda *_, link=link: {"value": [], "nextLink": link}) as (url, _):
                assert "cannot be listed" in imagecheck("check", "--source", url).one_line()
    assert asked == []


def test_a_list_that_never_ends_is_not_followed_for_ever(
    imagecheck: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("checker.sources.azure.reading.MAX_PAGES", 5)
    pages = count()
    with _answering(lambda _, url: {"value": [], "nextLink": f"{url}/subscriptions?page={next(pages)}"}) as (
        url,
        asked,
    ):
        assert "goes on after 5 pages" in imagecheck("check", "--source", url).one_line()
    assert len(asked) == 6


def test_a_list_that_leads_back_to_itself_is_not_followed(imagecheck: Callable[..., Any]) -> None:
    with _answering(lambda _, url: {"value": [], "nextLink": f"{url}/subscriptions?page=2"}) as (url, asked):
        assert "leads to one that was read before" in imagecheck("check", "--source", url).one_line()
    assert len(asked) == 2


_DEEP = b"[" * 50_000 + b"]" * 50_000
_GUID = "22222222-bbbb-4bbb-8bbb-222222222222"


@pytest.mark.parametrize(
    "body",
    [
        [],
        {},
        None,
        7,
        "text",
        {"value": None},
        {"value": {}},
        {"value": "text"},
        {"value": [None]},
        {"value": [7, "text"]},
        {"value": [{}]},
        {"value": [{"id": None}]},
        {"value": [{"id": 7}]},
        {"value": [{"id": "/subscriptions/x/resourceGroups/y"}]},
        {"value": [{"id": f"/subscriptions/{_GUID}", "state": 7, "tenantId": [], "subscriptionId": {}}]},
        {"value": [{"id": f"/subscriptions/{_GUID}"}] * 2},
        {"value": [{"id": f"/subscriptions/{_GUID}"}], "nextLink": 7},
        {"value": [{"id": f"/subscriptions/{_GUID}"}], "nextLink": {}},
        _DEEP,
        b'{"value": ' + _DEEP + b"}",
        b"\xff\xfe\x00",
        b"",
        b'{"value": [{"id": 1e999}]}',
        b'{"value": ' + b"9" * 10_000 + b"}",
    ],
    ids=lambda body: str(body)[:40],
)
def test_a_body_that_azure_never_sends_passes_nothing(imagecheck: Callable[..., Any], body: Any) -> None:
    """Every question gets the same body."""
    with _answering(lambda *_: body) as (url, _):
        for more in ((), ("--subscription", _GUID), ("vm:images/builder", "--subscription", _GUID)):
            said = imagecheck(
                "check", "--source", url, "--output", "json=report.json", "--publisher", "a@b.example", *more
            )
            if said.code == 2:
                said.one_line()
                continue
            assert said.code == 3, said.out + said.err
            assert "Traceback" not in said.err
            verdicts = {result["verdict"] for result in json.loads(Path("report.json").read_text())["results"]}
            assert verdicts <= {"not-evaluated", "not-applicable"}


def _hostile(document: dict[str, Any], names: Any) -> Iterator[tuple[str, list[Any]]]:
    """Paths of lists, and elements that do not belong there."""
    shop = next(body for body in document["resources"] if body["id"] == names.shop)
    first = next(body for body in document["resources"] if body["id"] == names.first)
    yield "/galleries?", [{**shop, "id": names.vm}]
    yield "/galleries?", [{**shop, "id": names.shop.replace("22222222", "33333333")}]
    yield "/shop/images?", [{**shop, "id": f"{names.bench}/images/other"}]
    yield "/shop/images?", [shop]
    yield "/server/versions?", [{**first, "id": f"{names.client}/versions/9.0.0"}]
    yield "/server/versions?", [{**first, "id": f"{names.first}/x"}]
    yield "/server/versions?", [{**first, "properties": 7}]
    yield "/server/versions?", [{**first, "properties": None}]
    yield "/shop/providers/Microsoft.Authorization/roleAssignments?", [7]
    yield "/shop/providers/Microsoft.Authorization/roleAssignments?", [{"properties": {}}]
    yield "/shop/providers/Microsoft.Authorization/denyAssignments?", ["text"]
    yield "/v1.0/users?", [{"id": 7}]
    yield "/v1.0/servicePrincipals?", [None]


def test_an_element_that_does_not_belong_in_a_list_makes_it_unread(
    document: dict[str, Any], live: Callable[..., Any], names: Any, imagecheck: Callable[..., Any]
) -> None:
    sandbox = live()
    with contextlib.closing(_Relay(sandbox.running.url)) as relay:
        for path, elements in _hostile(document, names):
            place = {"/galleries?": 8, "/shop/images?": 5, "/server/versions?": 5, "/v1.0/users?": 2}.get(path, 1)
            with _answering(lambda at, url, path=path, elements=elements: relay.get(at, url, path, elements)) as (
                url,
                _,
            ):
                who = ["--publisher", names.publisher, "--publisher-tenant", names.tenant]
                said = imagecheck("check", "--source", url, "--output", "json=report.json", *who)
            assert said.code in (0, 3), (path, elements, said.out, said.err)
            results = json.loads(Path("report.json").read_text())["results"]
            unread = [result for result in results if result["verdict"] == "not-evaluated"]
            assert len(unread) >= place, (path, elements)
            assert not [result for result in results if result["verdict"] == "fail"], (path, elements)


class _Relay:
    """Gets answers from a sandbox, and puts other elements into the list of one path."""

    def __init__(self, url: str) -> None:
        import requests

        self._url = url
        self._session = requests.Session()
        self._session.trust_env = False

    def get(self, at: str, own: str, path: str, elements: list[Any]) -> Any:
        token = os.environ["IMAGECHECK_SANDBOX_TOKEN"]
        found = self._session.get(self._url + at, headers={"Authorization": f"Bearer {token}"}, timeout=60).json()
        if path in at:
            return {"value": elements}
        return json.loads(json.dumps(found).replace(self._url, own))

    def close(self) -> None:
        self._session.close()


def test_a_server_that_never_answers_is_given_up(live: Callable[..., Any]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        sandbox = live(seconds=0.2)
        sandbox.running.url = f"http://127.0.0.1:{silent.getsockname()[1]}"
        with pytest.raises(SourceProblem, match="cannot be listed") as caught:
            sandbox.audit()
    assert "\n" not in str(caught.value)


def test_a_server_that_stops_answering_is_given_up_and_the_rest_is_not_evaluated(
    live: Callable[..., Any], names: Any
) -> None:
    sandbox = live(seconds=0.5)
    sandbox.fault(path="/providers/", kind="hang")
    report = sandbox.audit(names.shop, names.bench, names.vm, subscriptions=(names.subscription,))
    assert report.exit_code == 3
    assert {result.verdict for result in report.results} <= {Verdict.NOT_EVALUATED, Verdict.PASS}
    assert any("too many requests in a row" in result.message for result in report.results)


def test_no_server_at_all_is_one_line(imagecheck: Callable[..., Any]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    said = imagecheck("check", "--source", f"http://127.0.0.1:{port}")
    assert f"127.0.0.1:{port}" in said.one_line()


def test_without_a_sign_in_there_is_one_line(tmp_path: Path) -> None:
    kept = ("PATH", "HOME", "IMAGECHECK", "AZURE", "MSI", "IDENTITY", "VIRTUAL_ENV", "PYTHON")
    environment = {name: value for name, value in os.environ.items() if not name.startswith(kept)}
    environment |= {"PATH": str(tmp_path), "HOME": str(tmp_path)}
    for way in ("auto", "workload"):
        command = [sys.executable, "-m", "checker", "check", "--auth", way]
        done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
        assert (done.returncode, done.stdout) == (2, "")
        assert done.stderr.count("\n") == 1, done.stderr
        assert done.stderr.startswith("imagecheck: error: ")


def test_the_token_and_other_secrets_are_shown_nowhere(
    live: Callable[..., Any], names: Any, imagecheck: Callable[..., Any]
) -> None:
    sandbox = live()
    token, signature = _SECRETS
    message = f"Bearer {token} was refused at https://x.blob.core.windows.net/v/d.vhd?sv=2024&sig={signature}"
    for path in ("/versions", "/v1.0/", "virtualmachines", "roleassignments"):
        sandbox.fault(path=path, status=403, message=message)
    outputs = [f"--output={kind}=report.{kind}" for kind in ("json", "html", "junit", "markdown")]
    said = imagecheck("check", "--source", sandbox.running.url, "-v", *outputs, "--publisher", names.publisher)
    assert said.code == 3
    assert "REDACTED" in said.out
    assert imagecheck("snapshot", "--source", sandbox.running.url, "-o", "saved.json").code == 0
    sandbox.control("DELETE", "/faults")
    sandbox.fault(path="*/subscriptions", status=403, message=message)
    refused = imagecheck("check", "--source", sandbox.running.url, "-v")
    assert "REDACTED" in refused.one_line()
    texts = [said.out, said.err, refused.err, json.dumps(sandbox.log())]
    texts += [path.read_text(encoding="utf-8") for path in Path().iterdir() if path.is_file()]
    for secret in (names.token, token, signature):
        assert not [text for text in texts if secret in text]
