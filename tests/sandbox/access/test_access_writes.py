"""Giving roles and taking them away: what is answered, and that the store changes by that and nothing else."""

import pytest

NEW = "eeeeeeee-0000-4000-8000-000000000001"
RECORDED = {
    *("roleDefinitionId", "principalId", "principalType", "scope", "condition", "conditionVersion", "createdOn"),
    *("updatedOn", "createdBy", "updatedBy", "delegatedManagedIdentityResourceId", "description"),
}


def _wanted(role, principal, **more):
    role_id = f"/subscriptions/x/providers/Microsoft.Authorization/roleDefinitions/{role}"
    return {"properties": {"roleDefinitionId": role_id, "principalId": principal, **more}}


def test_a_new_assignment_is_answered_and_stored_with_the_recorded_members(contents, client, ids):
    response = client.arm("PUT", f"{ids.assignments}/{NEW}", body=_wanted(ids.owner, ids.service))
    assert response.status == 201
    assert set(response.body) == {"id", "name", "type", "properties"}
    assert set(response.body["properties"]) == RECORDED
    assert response.body["properties"]["principalType"] == "ServicePrincipal"
    assert response.body["properties"]["scope"] == ids.gallery
    contents["roleAssignments"].append(response.body)
    assert client.store.document() == contents
    assert client.names(ids.assignments, "atScope()") == ["1", "2", "3", "4", "5", "1"]


def test_deleting_gives_the_body_back_and_then_nothing(contents, client, ids):
    made = client.arm("PUT", f"{ids.assignments}/{NEW}", body=_wanted(ids.owner, ids.service)).body
    gone = client.arm("DELETE", f"{ids.assignments.lower()}/{NEW.upper()}")
    assert (gone.status, gone.body) == (200, made)
    assert client.store.document() == contents
    again = client.arm("DELETE", f"{ids.assignments}/{NEW}")
    assert (again.status, again.body) == (204, None)


def test_the_same_assignment_under_another_name_exists_already(contents, client, ids):
    response = client.arm("PUT", f"{ids.assignments.upper()}/{NEW}", body=_wanted(ids.owner.upper(), ids.user.upper()))
    assert response.status == 409
    assert response.body["error"] == {
        "code": "RoleAssignmentExists",
        "message": "The role assignment already exists. The ID of the existing role assignment is "
        "bbbbbbbb000040008000000000000005.",
    }
    assert client.store.document() == contents


def test_the_same_name_again_is_no_change(client, ids):
    body = _wanted(ids.owner, ids.service)
    made = client.arm("PUT", f"{ids.assignments}/{NEW}", body=body)
    before = client.store.document()
    again = client.arm("PUT", f"{ids.assignments}/{NEW}", body=body)
    assert (again.status, again.body) == (200, made.body)
    assert client.store.document() == before


def test_the_same_name_for_somebody_else_is_refused(contents, client, ids):
    path = f"{ids.assignments}/bbbbbbbb-0000-4000-8000-000000000005"
    for role, principal in ((ids.owner, ids.service), (ids.reader, ids.user)):
        assert client.code("PUT", path, body=_wanted(role, principal)) == (400, "RoleAssignmentUpdateNotPermitted")
    assert client.store.document() == contents


def test_a_condition_is_set_anew_and_nothing_else(client, ids):
    made = client.arm("PUT", f"{ids.assignments}/{NEW}", body=_wanted(ids.owner, ids.service)).body["properties"]
    before = dict(made)
    body = _wanted(ids.owner, ids.service, condition="x", conditionVersion="2.0")
    after = client.arm("PUT", f"{ids.assignments}/{NEW}", body=body).body["properties"]
    changed = {name for name in after if after[name] != before[name]}
    assert changed <= {"condition", "conditionVersion", "updatedOn"}
    assert after["condition"] == "x"


def test_an_unknown_principal_needs_its_type(client, ids):
    nobody = "ffffffff-0000-4000-8000-000000000001"
    response = client.arm("PUT", f"{ids.assignments}/{NEW}", body=_wanted(ids.owner, nobody))
    assert (response.status, response.body["error"]["code"]) == (400, "PrincipalNotFound")
    message = response.body["error"]["message"]
    assert message.startswith(f"Principal {nobody.replace('-', '')} does not exist in the directory {ids.tenant}. ")
    assert message.endswith("or Group.  See https://aka.ms/docs-principaltype")
    body = _wanted(ids.owner, nobody, principalType="ServicePrincipal")
    assert client.arm("PUT", f"{ids.assignments}/{NEW}", body=body).status == 201


def test_what_is_malformed_is_refused_and_changes_nothing(contents, client, ids):
    good = _wanted(ids.owner, ids.service)
    path = f"{ids.assignments}/{NEW}"
    assert client.code("PUT", f"{ids.assignments}/no-guid", body=good) == (400, "InvalidRoleAssignmentId")
    unknown = _wanted("ffffffff-0000-4000-8000-000000000009", ids.service)
    assert client.code("PUT", path, body=unknown) == (404, "RoleDefinitionDoesNotExist")
    for body in (None, [], {}, {"properties": []}, _wanted("x", ids.service), _wanted(ids.owner, "x"), "text", 7):
        assert client.arm("PUT", path, body=body).status == 400
    for member in ("principalType", "condition", "description"):
        assert client.arm("PUT", path, body=_wanted(ids.owner, ids.service, **{member: [1]})).status == 400
    wrong = _wanted(ids.owner, ids.service, principalType="User")
    assert client.code("PUT", path, body=wrong) == (400, "UnmatchedPrincipalType")
    assert client.store.document() == contents


def test_a_resource_that_is_not_there_cannot_be_given(contents, client, ids):
    path = f"{ids.gallery}x/providers/Microsoft.Authorization/roleAssignments/{NEW}"
    assert client.code("PUT", path, body=_wanted(ids.owner, ids.service)) == (404, "ResourceNotFound")
    assert client.store.document() == contents


@pytest.mark.parametrize("method", ["PUT", "DELETE"])
def test_where_assignments_are_unread_nothing_is_written(contents, serve, ids, method):
    contents["unread"] = [{"scope": ids.subscription, "fact": "role_assignments", "reason": "403"}]
    client = serve(contents)
    body = _wanted(ids.owner, ids.service)
    path = f"{ids.assignments}/bbbbbbbb-0000-4000-8000-000000000005"
    assert client.code(method, path, body=body) == (403, "AuthorizationFailed")
    assert client.store.document() == contents
    del contents["roleAssignments"]
    assert serve(contents).code(method, path, body=body) == (403, "AuthorizationFailed")


def test_a_new_assignment_stays_unseen_in_lists_for_as_long_as_the_pace_says(client, ids):
    client.pace.lag = 2
    client.arm("PUT", f"{ids.assignments}/{NEW}", body=_wanted(ids.owner, ids.service))
    filter = f"principalId eq '{ids.service}' and atScope()"
    assert [client.names(ids.assignments, filter) for _ in range(4)] == [["4"], ["4"], ["4", "1"], ["4", "1"]]
    assert client.arm("GET", f"{ids.assignments}/{NEW}").status == 200


def test_versions_before_conditions_do_not_show_null_members(client, ids):
    body = _wanted(ids.owner, ids.service)
    response = client.send("PUT", f"{ids.assignments}/{NEW}?api-version=2018-01-01-preview", body)
    assert RECORDED - set(response.body["properties"]) == {
        *("condition", "conditionVersion", "delegatedManagedIdentityResourceId", "description")
    }


# -- roles ---------------------------------------------------------------------------------------------------------


def test_built_in_roles_are_found_by_name_type_and_guid(client, ids):
    path = f"{ids.subscription}/providers/Microsoft.Authorization/roleDefinitions"
    [owner] = client.arm("GET", path, "$filter=roleName%20eq%20'owner'").body["value"]
    assert owner["id"] == f"{path}/{ids.owner}"
    assert owner["properties"]["permissions"] == [
        {"actions": ["*"], "notActions": [], "dataActions": [], "notDataActions": []}
    ]
    assert len(client.arm("GET", path, "$filter=type+eq+'BuiltInRole'").body["value"]) == 5
    assert client.arm("GET", path, "$filter=type+eq+'CustomRole'").body["value"] == []
    assert client.arm("GET", path, "$filter=atScopeAndBelow()").status == 200
    assert client.arm("GET", path, "$filter=name+eq+'x'").status == 400
    assert client.arm("GET", f"{path}/{ids.owner.upper()}").body == owner


def test_a_custom_role_is_served_as_it_stands(contents, serve, ids):
    role = {"name": "ffffffff-0000-4000-8000-000000000009", "properties": {"roleName": "Mine", "type": "CustomRole"}}
    role["id"] = f"{ids.subscription}/providers/Microsoft.Authorization/roleDefinitions/{role['name']}"
    contents["roleDefinitions"] = [role]
    client = serve(contents)
    assert client.arm("GET", role["id"]).body == role
    path = f"{ids.gallery}/providers/Microsoft.Authorization/roleDefinitions"
    assert client.arm("GET", path, "$filter=roleName eq 'mine'").body["value"] == [role]
    assert client.arm("GET", path).body["value"][-1] == role


def test_a_role_that_is_only_named_was_not_read(contents, serve, ids):
    path = f"{ids.gallery}/providers/Microsoft.Authorization/roleDefinitions"
    unknown = "ffffffff-0000-4000-8000-000000000009"
    assert serve(contents).code("GET", f"{path}/{unknown}") == (404, "RoleDefinitionDoesNotExist")
    contents["roleAssignments"][0]["properties"]["roleDefinitionId"] = f"{path}/{unknown}"
    assert serve(contents).code("GET", f"{path}/{unknown}") == (403, "AuthorizationFailed")


def test_unread_roles_leave_the_built_in_ones(contents, serve, ids):
    contents["unread"] = [{"scope": ids.subscription, "fact": "role_definitions", "reason": "403"}]
    client = serve(contents)
    path = f"{ids.gallery}/providers/Microsoft.Authorization/roleDefinitions"
    assert client.code("GET", path) == (403, "AuthorizationFailed")
    assert client.arm("GET", f"{path}/{ids.owner}").status == 200
