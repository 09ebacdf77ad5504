"""Long-running operations: their addresses, their pace, and what comes of requests that are no requests."""

import json
from typing import Any

import pytest

TESTER = "virtualMachines/tester"


def test_addresses_are_absolute_and_echo_the_version(client: Any) -> None:
    for version, token in (("2020-06-01", False), ("2026-04-01", True)):
        headers = client.send("POST", f"{TESTER}/deallocate", version=version).headers
        for name in ("azure-asyncoperation", "location"):
            assert headers[name].startswith(
                "http://sandbox/subscriptions/33333333-cccc-4ccc-8ccc-333333333333/providers/Microsoft.Compute/"
                "locations/westeurope/operations/"
            )
            assert f"api-version={version}" in headers[name]
            assert ("p=" in headers[name]) == token
        assert ("azure-asyncnotification" in headers) == token
        assert "monitor=true" in headers["location"]


def test_azures_pace_takes_azures_time(client: Any) -> None:
    client.pace.like_azure = True
    client.pace.polls = 1
    answer = client.send("POST", f"{TESTER}/deallocate")
    assert answer.headers["retry-after"] == "10"
    for _ in range(5):
        poll = client.send("GET", answer.headers["azure-asyncoperation"])
        assert (poll.body["status"], poll.headers["retry-after"]) == ("InProgress", "10")
    client.wait(60)
    poll = client.send("GET", answer.headers["azure-asyncoperation"])
    assert poll.body["status"] == "Succeeded"
    assert "retry-after" not in poll.headers
    assert poll.body["endTime"] > poll.body["startTime"]


def test_a_fast_operation_is_done_before_the_next_request(client: Any) -> None:
    client.send("POST", f"{TESTER}/deallocate")
    assert client.get(f"{TESTER}/instanceView")["statuses"][1]["code"] == "PowerState/deallocated"


def test_an_operation_is_polled_by_its_result_as_well(client: Any) -> None:
    client.pace.polls = 1
    location = client.send("POST", f"{TESTER}/deallocate").headers["location"]
    first = client.send("GET", location)
    assert (first.status, first.headers["location"]) == (202, location)
    assert client.send("GET", location).status == 200


@pytest.mark.parametrize("family", ["operations", "capsOperations", "DiskOperations"])
def test_an_operation_that_is_not_known_is_not_found(client: Any, family: str) -> None:
    address = client.send("POST", f"{TESTER}/deallocate").headers["azure-asyncoperation"]
    other = address.replace("33333333-cccc-4ccc-8ccc-333333333333", "44444444-dddd-4ddd-8ddd-444444444444")
    assert client.refused("GET", other) == (404, "NotFound")
    path = "/subscriptions/s/providers/Microsoft.Compute/locations/westeurope"
    assert client.refused("GET", f"{path}/{family}/none") == (404, "NotFound")
    assert client.send("GET", f"{path}/usages/none").status == 404


def _nested(depth: int) -> Any:
    value: Any = {}
    for _ in range(depth):
        value = {"properties": value}
    return value


@pytest.mark.parametrize(
    "body",
    [
        b"{",
        b"[]",
        b'"text"',
        b"[" * 100_000,
        b'{"properties": []}',
        b'{"tags": "x"}',
        b'{"location": 1}',
        b'{"location": "westeurope", "properties": {"publishingProfile": {"targetRegions": [1]}}}',
        b'{"location": "westeurope", "properties": {"publishingProfile": {"replicaCount": NaN}}}',
        b'{"location": "westeurope", "properties": {"storageProfile": {"source": "x"}}}',
        json.dumps(_nested(200)).encode(),
        b"\xff\xfe",
    ],
)
@pytest.mark.parametrize(
    "path",
    ["galleries/new", "galleries/marketplace/images/appliance/versions/5.0.0", TESTER, "disks/new", "images/new"],
)
def test_a_body_that_is_none_is_refused_and_changes_nothing(client: Any, path: str, body: bytes) -> None:
    assert client.refused("PUT", path, body)[0] == 400
    assert client.changed() == set()


def test_what_cannot_be_written_here_says_so(client: Any) -> None:
    assert client.refused("PUT", "availabilitySets/one", {"location": "westeurope"}) == (501, "NotImplemented")
