import http.client
import threading

import pytest

from checker.sandbox import tenant
from checker.sandbox.server import serve

GALLERIES = "/subscriptions/33333333-cccc-4ccc-8ccc-333333333333/providers/Microsoft.Compute/galleries"


def statuses(front, count, target=None):
    return [front.ask("GET", target or front.subscriptions).status for _ in range(count)]


# -- which requests ------------------------------------------------------------------------------------


def test_a_fault_lets_some_through_and_ends(front):
    assert (
        front.ask("POST", "/sandbox/faults", {"path": "/subscriptions", "status": 503, "skip": 2, "times": 3}).status
        == 201
    )
    assert statuses(front, 7) == [200, 200, 503, 503, 503, 200, 200]
    assert front.ask("GET", "/sandbox").body["faults"][0]["met"] == 7


def test_a_fault_without_an_end_stays_until_it_is_removed(front):
    front.ask("POST", "/sandbox/faults", {"status": 500})
    assert statuses(front, 5) == [500] * 5
    assert front.ask("DELETE", "/sandbox/faults").status == 204
    assert statuses(front, 2) == [200, 200]


@pytest.mark.parametrize(
    ("fault", "strikes"),
    [
        ({"path": "/SubScriptions"}, True),
        ({"path": "galleries"}, False),
        ({"path": "/sub*"}, True),
        ({"path": "*scrip*"}, True),
        ({"path": "*scrip"}, False),
        ({"path": "sub*"}, False),
        ({"path": "/sub*ions*ions"}, False),
        ({"path": "/subscriptions*"}, True),
        ({"method": "GET"}, True),
        ({"method": "get"}, True),
        ({"method": "PUT"}, False),
        ({"query": "2022-12-01"}, True),
        ({"query": "$expand"}, False),
        ({}, True),
    ],
)
def test_a_fault_strikes_what_it_describes(front, fault, strikes):
    front.ask("POST", "/sandbox/faults", {**fault, "status": 500})
    assert statuses(front, 1) == [500 if strikes else 200]


def test_the_first_fault_that_strikes_decides(front):
    front.ask("POST", "/sandbox/faults", {"status": 503, "times": 1})
    front.ask("POST", "/sandbox/faults", {"status": 500})
    assert statuses(front, 3) == [503, 500, 500]


def test_the_control_side_has_no_faults(front):
    front.ask("POST", "/sandbox/faults", {"status": 500})
    assert front.ask("GET", "/sandbox").status == 200


@pytest.mark.parametrize(
    "fault",
    [
        [],
        "x",
        {"statuss": 500},
        {"status": 200},
        {"status": "500"},
        {"status": True},
        {"kind": "explode"},
        {"times": 0},
        {"skip": -1},
        {"seconds": 1e9},
        {"retry_after": 0.5},
        {"path": 7},
        {"code": "a\r\nb"},
    ],
)
def test_what_is_no_fault_is_refused_and_not_set(front, fault):
    response = front.ask("POST", "/sandbox/faults", fault)
    assert (response.status, response.body["error"]["code"]) == (400, "InvalidFault")
    assert front.ask("GET", "/sandbox/faults").body == []


def test_faults_are_bounded(front):
    for _ in range(100):
        assert front.ask("POST", "/sandbox/faults", {}).status == 201
    assert front.ask("POST", "/sandbox/faults", {}).status == 400


# -- errors ------------------------------------------------------------------------------------------


def test_an_error_says_what_was_asked_for(front):
    front.ask("POST", "/sandbox/faults", {"status": 403, "code": "RequestDisallowedByPolicy", "message": "No."})
    response = front.ask("GET", front.subscriptions)
    assert (response.status, response.body) == (403, {"error": {"code": "RequestDisallowedByPolicy", "message": "No."}})


def test_throttling_of_compute_has_no_envelope_as_documented(front):
    front.ask("POST", "/sandbox/faults", {"status": 429, "retry_after": 7})
    response = front.ask("GET", f"{GALLERIES}?api-version=2024-03-03")
    assert response.status == 429
    assert response.headers["Retry-After"] == "7"
    assert response.headers["x-ms-ratelimit-remaining-resource"].endswith(";0")
    assert set(response.body) == {"code", "message", "details"}


@pytest.mark.parametrize("target", ["/subscriptions?api-version=2022-12-01", "/v1.0/users", "/beta/groups"])
def test_other_throttling_has_an_envelope(front, target):
    front.ask("POST", "/sandbox/faults", {"status": 429, "retry_after": 0})
    response = front.ask("GET", target)
    assert (response.status, response.headers["Retry-After"]) == (429, "0")
    assert set(response.body["error"]) >= {"code", "message"}


def test_a_request_that_fails_changes_nothing_unless_it_was_to_be_performed(front):
    front.ask("POST", "/sandbox/faults", {"method": "POST", "status": 500, "path": "register"})
    path = f"/subscriptions/{front.other_subscription}/providers/Microsoft.PartnerCenterIngestion/register"
    assert front.ask("POST", f"{path}?api-version=2021-04-01").status == 500
    assert front.sandbox.store.document() == tenant.document()
    front.ask("DELETE", "/sandbox/faults")
    front.ask("POST", "/sandbox/faults", {"method": "POST", "status": 500, "path": "register", "after": True})
    assert front.ask("POST", f"{path}?api-version=2021-04-01").status == 500
    assert front.sandbox.store.document() != tenant.document()


# -- connections ----------------------------------------------------------------------------------------


def fault(wire, **values):
    assert wire.front.ask("POST", "/sandbox/faults", values).status == 201


def test_a_reset_is_no_answer_at_all(wire):
    fault(wire, kind="reset", times=1)
    with pytest.raises((http.client.RemoteDisconnected, ConnectionError)):
        wire.once(wire.front.subscriptions)
    answer, _ = wire.once(wire.front.subscriptions)
    assert answer.status == 200
    assert [entry["status"] for entry in wire.front.log()][1:] == [None, 200]


def test_a_truncated_answer_ends_before_its_length(wire):
    fault(wire, kind="truncate", times=1)
    with pytest.raises(http.client.IncompleteRead):
        wire.once(wire.front.subscriptions)


def test_garbage_is_no_json(wire):
    fault(wire, kind="garbage")
    answer, body = wire.once(wire.front.subscriptions)
    assert (answer.status, answer.getheader("content-type")) == (200, "text/html")
    assert body.startswith(b"<html>")


def test_a_slow_answer_comes(wire):
    fault(wire, kind="slow", seconds=0.2)
    answer, body = wire.once(wire.front.subscriptions)
    assert answer.status == 200
    assert b"value" in body


def test_a_hang_ends_after_its_time_without_an_answer(wire):
    fault(wire, kind="hang", seconds=0.1)
    with pytest.raises((http.client.RemoteDisconnected, ConnectionError)):
        wire.once(wire.front.subscriptions)


def test_a_hang_holds_up_neither_others_nor_the_end(front):
    front.ask("POST", "/sandbox/faults", {"kind": "hang", "times": 1})
    with serve(front.sandbox) as running:
        failed = []

        def hang():
            connection = http.client.HTTPConnection("127.0.0.1", running.port, timeout=60)
            try:
                connection.request("GET", "/subscriptions", headers={"Authorization": f"Bearer {front.token}"})
                connection.getresponse()
            except OSError as error:
                failed.append(error)

        client = threading.Thread(target=hang)
        client.start()
        while not any(entry["status"] is None for entry in front.log()):
            pass
        assert front.ask("GET", front.subscriptions).status == 200
    client.join()
    assert len(failed) == 1
