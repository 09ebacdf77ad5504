"""The catalogue of Azure's errors: those about who may what are answered in its words.

LinkedAuthorizationFailed is not among them: the source of an image version leads to it, not a request for roles.
"""

import json
import os
import re
from pathlib import Path

import pytest

from checker.sandbox.message import Request

FOLDER = os.environ.get("IMAGECHECK_RECORDINGS", "")
pytestmark = pytest.mark.skipif(not FOLDER, reason="IMAGECHECK_RECORDINGS names no folder of recordings")


def fits(response, code):
    """Whether an answer has the status, code and words of the catalogue."""
    catalogue = json.loads((Path(FOLDER) / "error_catalog.json").read_text())["errors"]
    [entry] = [entry for entry in catalogue if entry["code"] == code]
    assert response.status == entry["status"]
    error = response.body["error"]
    assert error["code"] == code
    pattern = re.sub(r"\\\{[^{}]*\\\}", ".+", re.escape(entry["message"]))
    assert re.match(pattern, error["message"]), error["message"]


NEW = "eeeeeeee-0000-4000-8000-000000000001"


def put(client, ids, name, principal, **more):
    role = f"/providers/Microsoft.Authorization/roleDefinitions/{ids.owner}"
    body = {"properties": {"roleDefinitionId": role, "principalId": principal, **more}}
    return client.arm("PUT", f"{ids.assignments}/{name}", body=body)


def test_a_subscription_that_is_not_there(client):
    fits(client.arm("GET", "/subscriptions/99999999-0000-4000-8000-000000000000"), "SubscriptionNotFound")


def test_a_group_that_is_not_there(client, ids):
    fits(client.arm("GET", f"{ids.subscription}/resourceGroups/none"), "ResourceGroupNotFound")


def test_what_was_not_read(contents, serve, ids):
    contents["unread"] = [{"scope": "/", "fact": "role_assignments", "reason": "403"}]
    fits(serve(contents).arm("GET", ids.assignments), "AuthorizationFailed")


def test_an_assignment_that_exists(client, ids):
    response = put(client, ids, NEW, ids.user)
    fits(response, "RoleAssignmentExists")
    assert re.search(r"The ID of the existing role assignment is [0-9a-f]{32}\.$", response.body["error"]["message"])


def test_an_assignment_of_somebody_else(client, ids):
    fits(put(client, ids, "bbbbbbbb-0000-4000-8000-000000000005", ids.service), "RoleAssignmentUpdateNotPermitted")


def test_a_principal_that_is_not_there(client, ids):
    fits(put(client, ids, NEW, "ffffffff-0000-4000-8000-000000000001"), "PrincipalNotFound")


def test_no_token(client, ids):
    response = client.sandbox.handle(Request("GET", ids.subscription, "api-version=2022-12-01"))
    fits(response, "AuthenticationFailed")


def test_a_token_of_another_tenant(client, ids):
    form = b"grant_type=client_credentials&client_id=x&client_secret=secret"
    signed_in = client.sandbox.handle(Request("POST", f"/{ids.other_tenant}/oauth2/v2.0/token", body=form))
    token = signed_in.body["access_token"]
    response = client.get(f"{ids.subscription}?api-version=2022-12-01", token=token)
    fits(response, "InvalidAuthenticationTokenTenant")


def test_no_version(client, ids):
    fits(client.get(ids.assignments), "MissingApiVersionParameter")
