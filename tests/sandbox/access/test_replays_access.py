"""Recorded traffic about roles and users, sent again: statuses, headers and members as recorded."""

import json
import os
from pathlib import Path
from typing import Any

import pytest

FOLDER = os.environ.get("IMAGECHECK_RECORDINGS", "")
#: What the recordings were freed of, or what the front gives to every answer since they were made (documented).
LATER = {
    *("x-ms-request-id", "x-ms-correlation-request-id", "x-ms-routing-request-id", "pragma", "expires"),
    # The recorded reads of 2020 do not count down, today's do.
    "x-ms-ratelimit-remaining-subscription-reads",
    # Trimmed from the recording of Graph.
    *("client-request-id", "vary"),
}

pytestmark = pytest.mark.skipif(not FOLDER, reason="IMAGECHECK_RECORDINGS names no folder of recordings")


def recorded(name: str) -> list[tuple[dict[str, Any], dict[str, Any]]]:
    text = (Path(FOLDER) / f"{name}.json").read_text().replace("{sub}", "22222222-bbbb-4bbb-8bbb-222222222222")
    return [(one["request"], one["response"]) for one in json.loads(text)["interactions"]]


def content(body: Any) -> Any:
    """A recorded body: some were written down as the text of a Python bytes object, several times over."""
    return json.loads(body[body.index("{") : body.rindex("}") + 1]) if isinstance(body, str) else body


def members(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: members(inner) for key, inner in value.items()}
    return [members(item) for item in value] if isinstance(value, list) else None


def replay(client: Any, name: str, *, is_trimmed: bool = False) -> None:
    for request, response in recorded(name):
        uri = request["uri"].removeprefix("https://management.azure.com").removeprefix("https://graph.microsoft.com")
        answer = client.send(request["method"], uri, content(request.get("body")))
        what = f"{request['method']} {uri}"
        assert answer.status == response["status"], (what, answer.body)
        assert members(answer.body) == members(response["body"]), what
        headers, theirs = set(answer.headers) - LATER, set(response.get("headers", {}))
        assert theirs <= headers if is_trimmed else headers == theirs, what


def same_subscription(contents: dict[str, Any]) -> str:
    """The recordings' subscription in the place of ours."""
    guid = "00000000-0000-0000-0000-000000000000"
    contents["subscriptions"][0] |= {"id": f"/subscriptions/{guid}", "subscriptionId": guid}
    contents["resources"], contents["managementGroups"], contents["providers"] = [], {guid: []}, {guid: {}}
    contents["roleAssignments"] = []
    return guid


def principal(contents: dict[str, Any], id: str) -> None:
    body = {"id": id, "displayName": "x", "appId": "y", "appOwnerOrganizationId": "z"}
    contents["directory"]["servicePrincipals"] = [body]


def test_an_assignment_comes_and_goes_as_it_was_recorded(contents, serve):
    same_subscription(contents)
    principal(contents, "6d33bfc8-e476-11e8-915d-f2801f1b9fd1")
    client = serve(contents)
    replay(client, "role_assignment_auth1")
    assert client.store.document() == contents


def test_an_assignment_by_id_comes_and_goes_as_it_was_recorded(contents, serve):
    guid = same_subscription(contents)
    principal(contents, "123743cc-88ef-49ee-920e-13958fe5697d")
    role = "e078ab98-ef3a-4c9a-aba7-12f5172b45d0"
    id = f"/subscriptions/{guid}/providers/Microsoft.Authorization/roleDefinitions/{role}"
    contents["roleDefinitions"] = [{"id": id, "name": role, "properties": {}}]
    client = serve(contents)
    replay(client, "role_assignment_by_id_auth1")
    assert client.store.document() == contents


def test_the_command_line_gives_a_role_as_it_was_recorded(contents, serve):
    interactions = recorded("azcli_role_and_graph")
    [inherited] = interactions[1][1]["body"]["value"]
    [user] = interactions[2][1]["body"]["value"]
    contents["roleAssignments"], contents["directory"]["users"] = [inherited], [user]
    client = serve(contents)
    # The recorded list was made before the new assignment could be seen in it.
    client.pace.lag = 1
    replay(client, "azcli_role_and_graph", is_trimmed=True)
    [_, made] = client.store.document()["roleAssignments"]
    assert made["properties"]["principalId"] == user["id"]
