import pytest

from checker.sandbox import tenant


def test_the_control_side_shows_what_is_set(front):
    front.ask("GET", front.subscriptions)
    front.ask("GET", front.subscriptions)
    shown = front.ask("GET", "/sandbox").body
    assert shown["requests"] == 2
    assert shown["faults"] == []
    assert shown["pace"]["page_size"] == 20


def test_the_pace_is_set_as_far_as_it_is_given(front):
    response = front.ask("PUT", "/sandbox/pace", {"page_size": 1, "polls": 3})
    assert response.status == 200
    pace = front.sandbox.pace
    assert (pace.page_size, pace.polls, pace.like_azure, pace.lag) == (1, 3, False, 0)
    first = front.ask("GET", front.subscriptions).body
    assert len(first["value"]) == 1
    assert first["nextLink"].startswith("http://127.0.0.1/subscriptions?")


@pytest.mark.parametrize(
    "pace",
    [
        [],
        {"pages": 1},
        {"page_size": 0},
        {"polls": -1},
        {"like_azure": 1},
        {"lag": True},
        {"latency_ms": 1.5},
        {"polls": 1, "lag": "x"},
    ],
)
def test_a_pace_that_cannot_be_is_refused_and_not_half_set(front, pace):
    assert front.ask("PUT", "/sandbox/pace", pace).status == 400
    assert front.ask("GET", "/sandbox").body["pace"] == {
        "like_azure": False,
        "polls": 0,
        "page_size": 20,
        "lag": 0,
        "latency_ms": 0,
    }


def test_the_store_is_given_as_a_snapshot(front):
    assert front.ask("GET", "/sandbox/snapshot").body == tenant.document()


def test_the_store_can_be_replaced(front):
    document = tenant.document()
    document["subscriptions"] = document["subscriptions"][:1]
    kept = document["subscriptions"][0]["id"]
    document["resources"] = [body for body in document["resources"] if body["id"].startswith(kept)]
    assert front.ask("PUT", "/sandbox/snapshot", document).status == 204
    assert len(front.ask("GET", front.subscriptions).body["value"]) == 1
    assert front.ask("GET", "/sandbox/snapshot").body == document


def test_a_token_that_was_given_outlives_the_store(front):
    token = front.sign_in(front.tenant).body["access_token"]
    front.ask("PUT", "/sandbox/snapshot", tenant.document())
    assert front.ask("GET", front.subscriptions, token=token).status == 200


@pytest.mark.parametrize("document", [None, [], {}, {"format": "imagecheck-snapshot/1", "resources": {}}])
def test_what_is_no_snapshot_is_refused(front, document):
    response = front.ask("PUT", "/sandbox/snapshot", document)
    assert (response.status, response.body["error"]["code"]) == (400, "InvalidSnapshot")
    assert front.sandbox.store.document() == tenant.document()


@pytest.mark.parametrize(("method", "path"), [("GET", "/sandbox/x"), ("DELETE", "/sandbox"), ("POST", "/sandbox/pace")])
def test_what_the_control_side_has_not_is_not_found(front, method, path):
    assert front.ask(method, path, {}).status == 404


def test_a_token_of_the_sign_in_is_none_of_the_control_side(front):
    token = front.sign_in(front.tenant).body["access_token"]
    assert front.ask("GET", "/sandbox", token=token).status == 401
