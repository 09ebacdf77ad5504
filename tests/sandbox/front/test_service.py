from datetime import UTC, datetime, timedelta

import pytest

from checker.facts.snapshot import Snapshot
from checker.sandbox import tenant
from checker.sandbox.message import Request, Response
from checker.sandbox.service import Sandbox
from checker.sandbox.store import Store


def header(response, name):
    return next((value for key, value in response.headers.items() if key.lower() == name.lower()), None)


# -- tokens ----------------------------------------------------------------------------------------


def test_a_request_with_the_token_is_answered(front):
    response = front.ask("GET", front.subscriptions)
    assert response.status == 200
    assert {body["subscriptionId"] for body in response.body["value"]} == {front.subscription, front.other_subscription}


@pytest.mark.parametrize("headers", [{}, {"authorization": ""}, {"authorization": "Bearer"}, {"authorization": "x y"}])
def test_a_missing_token_is_said_to_be_missing(front, headers):
    response = front.ask("GET", front.subscriptions, token=None, headers=headers)
    assert response.status == 401
    assert response.body["error"] == {
        "code": "AuthenticationFailed",
        "message": "Authentication failed. The 'Authorization' header is missing.",
    }
    assert header(response, "www-authenticate").startswith("Bearer authorization_uri=")


@pytest.mark.parametrize(
    "token", ["wrong", "0123456789abcdeF", "0123456789abcdef~nonsense", "é", "a.b.c", "~", "..", "."]
)
@pytest.mark.parametrize("path", ["/subscriptions?api-version=2022-12-01", "/sandbox", "/sandbox/snapshot"])
def test_a_wrong_token_is_refused(front, token, path):
    response = front.ask("GET", path, token=token)
    assert (response.status, response.body["error"]["code"]) == (401, "InvalidAuthenticationToken")
    assert header(response, "www-authenticate") is not None


def test_without_a_token_the_tenant_of_a_subscription_is_told(front):
    response = front.ask("GET", f"/subscriptions/{front.other_subscription.upper()}?api-version=2022-12-01", token=None)
    assert response.status == 401
    assert f'authorization_uri="https://login.windows.net/{front.other_tenant}"' in header(response, "WWW-Authenticate")


def test_the_tenant_of_a_subscription_that_may_not_be_read_is_not_told(front):
    document = tenant.document()
    document["unread"] = [{"scope": front.other_subscription, "fact": "subscription", "reason": "403"}]
    response = front.on(document).ask(
        "GET", f"/subscriptions/{front.other_subscription}?api-version=2022-12-01", token=None
    )
    assert front.other_tenant not in header(response, "WWW-Authenticate")


def test_a_token_for_a_tenant_is_passed_on_to_graph_and_a_forged_one_is_not(front, monkeypatch):
    seen = []

    class Spy:
        def answer(self, request):
            seen.append(request.headers.get("x-sandbox-tenant"))

    monkeypatch.setattr(front.sandbox, "_services", [Spy()])
    front.ask("GET", "/v1.0/users", token=f"{front.token}~{front.other_tenant.upper()}")
    front.ask("GET", "/v1.0/users", headers={"x-sandbox-tenant": front.other_tenant})
    front.ask("GET", front.subscriptions, token=f"{front.token}~{front.other_tenant}")
    assert seen == [front.other_tenant, None, None]


def test_a_signed_in_client_is_shown_the_subscriptions_of_its_tenant_and_the_sandboxs_own_token_all(front):
    token = front.sign_in(front.other_tenant).body["access_token"]
    listed = front.ask("GET", "/subscriptions?api-version=2022-12-01", token=token).body["value"]
    assert [body["subscriptionId"] for body in listed] == [front.other_subscription]
    assert len(front.ask("GET", "/subscriptions?api-version=2022-12-01").body["value"]) == 2


def test_a_signed_in_client_reads_its_own_subscription_and_is_told_the_tenant_of_another(front):
    token = front.sign_in(front.tenant).body["access_token"]
    own = front.ask("GET", f"/subscriptions/{front.subscription}?api-version=2022-12-01", token=token)
    foreign = front.ask("GET", f"/subscriptions/{front.other_subscription}?api-version=2022-12-01", token=token)
    assert own.status == 200
    assert (foreign.status, foreign.body["error"]["code"]) == (401, "InvalidAuthenticationTokenTenant")
    assert foreign.body["error"]["message"].startswith(
        f"The access token is from the wrong issuer 'https://sts.windows.net/{front.tenant}/'. It must match the "
        f"tenant 'https://sts.windows.net/{front.other_tenant}/' associated with this subscription."
    )
    assert f'authorization_uri="https://login.windows.net/{front.other_tenant}"' in header(foreign, "www-authenticate")


def test_the_token_of_another_run_or_a_changed_one_is_refused(front):
    token = front.on().sign_in(front.tenant).body["access_token"]
    assert front.ask("GET", front.subscriptions, token=token).status == 401
    own = front.sign_in(front.tenant).body["access_token"]
    head, claims, signature = own.split(".")
    for changed in (f"{head}.{claims}x.{signature}", f"{head}.{claims}.", f"{head}.{claims}", f"{own}x"):
        assert front.ask("GET", front.subscriptions, token=changed).status == 401


def test_a_token_expires():
    now = [datetime(2026, 11, 22, tzinfo=UTC)]
    from_store = Store(Snapshot.from_document(tenant.document()), clock=lambda: now[0])
    sandbox = Sandbox(from_store, "secret-of-the-run")
    form = b"grant_type=client_credentials&client_id=a&client_secret=secret-of-the-run"
    token = sandbox.handle(Request("POST", f"/{tenant.PUBLISHER_TENANT}/oauth2/v2.0/token", body=form)).body[
        "access_token"
    ]
    ask = Request("GET", "/subscriptions", "api-version=2022-12-01", {"authorization": f"Bearer {token}"})
    assert sandbox.handle(ask).status == 200
    now[0] += timedelta(hours=2)
    response = sandbox.handle(ask)
    assert (response.status, response.body["error"]["code"]) == (401, "ExpiredAuthenticationToken")


# -- api versions ------------------------------------------------------------------------------------


@pytest.mark.parametrize("query", ["", "?api-version=", "?x=1"])
def test_an_api_version_is_required(front, query):
    response = front.ask("GET", f"/subscriptions{query}")
    assert (response.status, response.body["error"]["code"]) == (400, "MissingApiVersionParameter")


@pytest.mark.parametrize(
    "version", ["latest", "2022-13-01", "2022-12-32", "22-12-01", "2022-12-01-", "٢٠٢٢-12-01", "x" * 9000]
)
def test_a_malformed_api_version_is_refused(front, version):
    response = front.ask("GET", f"/subscriptions?api-version={version}")
    assert (response.status, response.body["error"]["code"]) == (400, "InvalidApiVersionParameter")
    assert len(response.body["error"]["message"]) < 300


@pytest.mark.parametrize(
    "version", ["2016-06-01", "2022-12-01", "2031-01-31-preview", "2022-05-01-PREVIEW", "2015-07-01-alpha.1"]
)
def test_a_version_of_any_date_is_accepted(front, version):
    assert front.ask("GET", f"/subscriptions?API-Version={version}").status == 200


def test_graph_needs_no_api_version(front):
    response = front.ask("GET", "/v1.0/nothing-of-this-name")
    assert response.body["error"]["code"] != "MissingApiVersionParameter"


# -- envelopes and headers -----------------------------------------------------------------------------


def test_what_nobody_serves_is_not_found_in_the_form_of_its_service(front):
    base = f"/subscriptions/{front.subscription}/resourceGroups/images"
    unknown = front.ask("GET", f"{base}/providers/Microsoft.Nothing/things/x?api-version=2022-12-01")
    assert (unknown.status, set(unknown.body), set(unknown.body["error"])) == (404, {"error"}, {"code", "message"})
    nowhere = front.ask("GET", "/nowhere?api-version=2022-12-01")
    assert (nowhere.status, set(nowhere.body)) == (404, {"error"})
    for path in ("", "/", "/providers/providers", "/a/providers/b/providers", "/providers/a/providers/b", "//"):
        assert front.ask("PUT", f"{path}?api-version=2022-12-01").status == 404, path
    graph = front.ask("GET", "/v1.0/nowhere")
    assert graph.status in (400, 404)
    assert set(graph.body["error"]["innerError"]) == {"date", "request-id", "client-request-id"}


def test_a_mistake_of_ours_is_a_500_that_says_nothing_of_it(front, monkeypatch):
    crashes = []

    class Broken:
        def answer(self, request):
            raise KeyError("a secret of the store")

    other = front.on(on_crash=crashes.append)
    monkeypatch.setattr(other.sandbox, "_services", [Broken()])
    response = other.ask("GET", front.subscriptions)
    assert (response.status, response.body["error"]["code"]) == (500, "InternalServerError")
    assert "secret" not in str(response)
    assert [type(crash) for crash in crashes] == [KeyError]
    assert other.log()[0]["status"] == 500


@pytest.mark.parametrize(
    ("method", "counted"),
    [("GET", "reads"), ("PUT", "writes"), ("PATCH", "writes"), ("POST", "writes"), ("DELETE", "deletes")],
)
def test_the_headers_of_resource_manager(front, method, counted):
    path = f"/subscriptions/{front.subscription}/resourceGroups/images/providers/Microsoft.Compute/galleries/none"
    names = {name.lower() for name in front.ask(method, f"{path}?api-version=2024-03-03", {}).headers}
    assert names >= {
        *("cache-control", "pragma", "expires", "date", "strict-transport-security", "x-content-type-options"),
        *("x-ms-request-id", "x-ms-correlation-request-id", "x-ms-routing-request-id"),
    }
    other = {"reads", "writes", "deletes"} - {counted}
    assert not {f"x-ms-ratelimit-remaining-subscription-{kind}" for kind in other} & names


def test_compute_counts_its_own_requests_and_no_others(front):
    base = f"/subscriptions/{front.subscription}/resourceGroups/images/providers/Microsoft.Compute/galleries/workbench"
    counted = "x-ms-ratelimit-remaining-resource"
    assert header(front.ask("GET", f"{base}?api-version=2024-03-03"), counted).startswith("Microsoft.Compute/")
    assignments = f"{base}/providers/Microsoft.Authorization/roleAssignments?api-version=2022-04-01"
    assert header(front.ask("GET", assignments), counted) is None


def test_an_answer_without_a_body_has_no_type_and_the_length_0(front, monkeypatch):
    class Empty:
        def answer(self, request):
            return Response(202 if request.method == "POST" else 204)

    monkeypatch.setattr(front.sandbox, "_services", [Empty()])
    accepted = front.ask("POST", front.subscriptions)
    assert header(accepted, "content-length") == "0"
    assert header(accepted, "content-type") is None
    gone = front.ask("DELETE", front.subscriptions)
    assert header(gone, "content-length") is None


def test_what_a_service_sets_stays_whatever_its_case(front, monkeypatch):
    class Own:
        def answer(self, request):
            return Response(200, {}, {"Content-Type": "text/x", "X-MS-Ratelimit-Remaining-Tenant-Reads": "7"})

    monkeypatch.setattr(front.sandbox, "_services", [Own()])
    response = front.ask("GET", front.subscriptions)
    assert header(response, "content-type") == "text/x"
    names = [name.lower() for name in response.headers]
    assert len(names) == len(set(names))


def test_head_tells_whether_something_is_there(front):
    assert front.ask("HEAD", front.subscriptions).status == 204
    missing = front.ask("HEAD", "/nowhere?api-version=2022-12-01")
    assert missing.status == 404


# -- bodies --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "body", [b"{", b"\xff\xfe", b"[" * 100_000, b'{"a":NaN}', b'{"a":1e999}', b"[" * 100 + b"]" * 100, b"9" * 5000]
)
def test_a_body_that_cannot_be_kept_is_refused(front, body):
    response = front.ask("POST", "/sandbox/faults", body)
    assert (response.status, response.body["error"]["code"]) == (400, "InvalidRequestContent")


def test_nothing_is_changed_by_what_is_refused(front):
    before = front.sandbox.store.document()
    gallery = f"/subscriptions/{front.subscription}/resourceGroups/images/providers/Microsoft.Compute/galleries/new"
    for token, query in ((None, "2024-03-03"), ("wrong", "2024-03-03"), (front.token, "never")):
        front.ask("PUT", f"{gallery}?api-version={query}", {"location": "westeurope"}, token=token)
    assert front.sandbox.store.document() == before


# -- the log -------------------------------------------------------------------------------------------


def test_the_log_has_every_request_without_queries_and_secrets():
    told = []
    sandbox = Sandbox(Store(Snapshot.from_document(tenant.document())), "secret-of-the-run", log=told.append)
    sandbox.handle(Request("GET", "/subscriptions", "api-version=2022-12-01&sig=abc", {"authorization": "Bearer x"}))
    sandbox.handle(Request("PUT", "/a/sig=topsecret/b", "", {"authorization": "Bearer secret-of-the-run"}))
    assert [set(entry) for entry in told] == [{"time", "method", "path", "status"}] * 2
    assert [(entry["method"], entry["path"], entry["status"]) for entry in told] == [
        ("GET", "/subscriptions", 401),
        ("PUT", "/a/sig=REDACTED", 400),
    ]
    assert datetime.fromisoformat(told[0]["time"]).tzinfo is not None


def test_a_log_that_cannot_be_written_keeps_nobody_from_an_answer(front):
    def full(entry):
        raise OSError("disk full")

    crashes = []
    other = front.on(log=full, on_crash=crashes.append)
    assert other.ask("GET", front.subscriptions).status == 200
    assert isinstance(crashes[0], OSError)
