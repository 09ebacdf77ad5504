"""Which role assignments, denies and schedules a list holds, and when it is refused."""

import pytest

ASSIGNMENTS = "/providers/Microsoft.Authorization/roleAssignments"
DENIES = "/providers/Microsoft.Authorization/denyAssignments"


def test_at_scope_is_what_applies_there_and_nothing_below(client, ids):
    assert client.names(ids.gallery + ASSIGNMENTS, "atScope()") == ["1", "2", "3", "4", "5"]
    assert client.names(ids.subscription + ASSIGNMENTS, "atScope()") == ["1", "2", "3"]
    assert client.names(ids.management + ASSIGNMENTS, "atScope()") == ["1", "2"]
    assert client.names(ASSIGNMENTS, "atScope()") == ["1"]


def test_without_a_filter_what_is_below_is_there_too(client, ids):
    assert client.names(ids.gallery + ASSIGNMENTS) == ["1", "2", "3", "4", "5", "6"]
    assert client.names(ids.management + ASSIGNMENTS) == ["1", "2", "3", "4", "5", "6"]


def test_filters_are_read_escaped_or_not_and_in_any_case(client, ids):
    path = ids.gallery.upper() + ASSIGNMENTS.lower()
    wanted = ["1", "2", "3", "5"]
    assert client.names(path, f"atScope()+and+assignedTo('{ids.user}')") == wanted
    assert client.names(path, f"atScope%28%29%20and%20assignedTo%28%27{ids.user.upper()}%27%29") == wanted
    assert client.names(path, f"ATSCOPE() and assignedto('{ids.user}')") == wanted


def test_assigned_to_follows_groups_in_groups_and_principal_id_does_not(client, ids):
    assert client.names(ids.gallery + ASSIGNMENTS, f"assignedTo('{ids.user}')") == ["1", "2", "3", "5"]
    assert client.names(ids.gallery + ASSIGNMENTS, f"principalId eq '{ids.user}'") == ["1", "5"]
    assert client.names(ids.gallery + ASSIGNMENTS, f"principalId eq '{ids.outer}'") == ["2"]


def test_assigned_to_refuses_a_group(client, ids):
    assert client.code("GET", ids.assignments, f"$filter=assignedTo('{ids.group}')")[0] == 400


@pytest.mark.parametrize(
    "filter", ["foo()", "roleDefinitionId eq 'x'", "atScope() or asTarget()", "not atScope()", "atScope(", "((((", "'"]
)
def test_a_filter_that_azure_does_not_know_is_refused(client, ids, filter):
    response = client.arm("GET", ids.assignments, f"$filter={filter}")
    assert response.status == 400
    assert set(response.body["error"]) >= {"code", "message"}


def test_bodies_are_served_as_they_stand(contents, serve, ids):
    contents["roleAssignments"] = [{"properties": {"scope": 7, "odd": [None]}}]
    response = serve(contents).arm("GET", ids.assignments, "$filter=atScope()")
    assert response.body == {"value": contents["roleAssignments"]}


def test_pages_are_small_and_their_links_absolute(contents, serve, ids):
    client = serve(contents)
    client.pace.page_size = 2
    uri, names = f"{ids.assignments}?$filter=atScope()&api-version=2022-04-01", []
    while uri:
        assert uri.startswith(("/", "http://127.0.0.1/"))
        body = client.get(uri).body
        assert len(body["value"]) <= 2
        names += [one["name"][-1] for one in body["value"]]
        uri = body.get("nextLink")
    assert names == ["1", "2", "3", "4", "5"]


@pytest.mark.parametrize("token", ["x", "ZnJvbTo5OTk5OTk5OTk5OTk", "%00", "a" * 5000, "é", ""])
def test_a_skip_token_of_somebody_else_is_refused(client, ids, token):
    assert client.arm("GET", ids.assignments, f"$skiptoken={token}").status == 400


# -- what is unread -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("section", "type"),
    [
        ("roleAssignments", "roleAssignments"),
        ("denyAssignments", "denyAssignments"),
        ("roleEligibilityScheduleInstances", "roleEligibilityScheduleInstances"),
        ("roleAssignmentScheduleInstances", "roleAssignmentScheduleInstances"),
        ("roleDefinitions", "roleDefinitions"),
    ],
)
def test_an_absent_section_is_forbidden_and_an_empty_one_is_empty(contents, serve, ids, section, type):
    path = f"{ids.gallery}/providers/Microsoft.Authorization/{type}"
    contents[section] = []
    assert serve(contents).arm("GET", path).status == 200
    del contents[section]
    assert serve(contents).code("GET", path) == (403, "AuthorizationFailed")


@pytest.mark.parametrize("scope", ["/", "{subscription}", "{management}", "{gallery}"])
@pytest.mark.parametrize(
    ("fact", "type"),
    [
        ("role_assignments", "roleAssignments"),
        ("deny_assignments", "denyAssignments"),
        ("eligibility", "roleEligibilityScheduleInstances"),
        ("eligibility", "roleAssignmentScheduleInstances"),
    ],
)
def test_an_unread_entry_at_or_above_refuses_the_whole_list(contents, serve, ids, scope, fact, type):
    where = scope.format(subscription=ids.subscription, management=ids.management.lower(), gallery=ids.gallery.upper())
    contents["unread"] = [{"scope": where, "fact": fact, "reason": "403"}]
    path = f"{ids.gallery}/providers/Microsoft.Authorization/{type}"
    assert serve(contents).code("GET", path, "$filter=atScope()") == (403, "AuthorizationFailed")


def test_an_unread_entry_below_matters_only_where_the_list_goes_there(contents, serve, ids):
    contents["unread"] = [{"scope": f"{ids.gallery}/images/a", "fact": "role_assignments", "reason": "403"}]
    client = serve(contents)
    assert client.arm("GET", ids.assignments, "$filter=atScope()").status == 200
    assert client.arm("GET", ids.assignments).status == 403


def test_a_management_group_that_is_not_above_does_not_matter(contents, serve, ids):
    other = ids.management.replace("Corp", "Elsewhere")
    contents["unread"] = [{"scope": other, "fact": "role_assignments", "reason": "403"}]
    contents["roleAssignments"][1]["properties"]["scope"] = other
    assert serve(contents).names(ids.assignments, "atScope()") == ["1", "3", "4", "5"]


def test_unknown_management_groups_refuse_only_what_could_come_from_them(contents, serve, ids):
    del contents["managementGroups"]
    assert serve(contents).code("GET", ids.assignments, "$filter=atScope()") == (403, "AuthorizationFailed")
    assert serve(contents).arm("GET", ids.gallery + DENIES, "$filter=atScope()").status == 200


def test_what_was_not_collected_is_forbidden(contents, serve, ids):
    contents["collected"] = {"role_assignments": [ids.gallery], "resources": [ids.gallery]}
    client = serve(contents)
    assert client.names(ids.assignments, "atScope()") == ["1", "2", "3", "4", "5"]
    assert client.code("GET", f"{ids.subscription}{ASSIGNMENTS}", "$filter=atScope()") == (403, "AuthorizationFailed")
    assert client.code("GET", f"{ids.gallery}{DENIES}", "$filter=atScope()") == (403, "AuthorizationFailed")


def test_unknown_membership_refuses_only_while_a_group_has_something(contents, serve, ids):
    del contents["directory"]["members"]
    path = f"{ids.subscription}/resourceGroups/images{ASSIGNMENTS}"
    assert serve(contents).code("GET", path, f"$filter=assignedTo('{ids.service}')") == (403, "AuthorizationFailed")
    contents["roleAssignments"] = [one for one in contents["roleAssignments"] if one["name"][-1] not in "23"]
    assert serve(contents).names(path, f"atScope() and assignedTo('{ids.service}')") == ["4"]


def test_a_directory_of_another_tenant_tells_nothing_of_membership(contents, serve, ids):
    contents["directory"]["tenantId"] = ids.other_tenant
    assert serve(contents).code("GET", ids.assignments, f"$filter=assignedTo('{ids.user}')")[0] == 403


def test_what_azure_said_of_one_holder_is_said_again(contents, serve, ids):
    # As a live source writes it that may not read the directory and asks with assignedTo() for one object id.
    contents["directory"] = {"tenantId": ids.tenant, "members": {ids.outer: [ids.user]}}
    contents["collected"] = {
        "role_assignments": [ids.gallery],
        "directory": [],
        "members": [ids.user, ids.group, ids.outer],
    }
    client = serve(contents)
    assert client.names(ids.assignments, f"atScope() and assignedTo('{ids.user}')") == ["1", "2", "5"]
    assert client.code("GET", ids.assignments, f"$filter=atScope() and assignedTo('{ids.service}')")[0] == 403


# -- single ones -----------------------------------------------------------------------------------------------


def test_one_is_found_by_its_id_in_any_case_and_only_at_its_scope(client, ids):
    one = client.arm("GET", f"{ids.assignments}/BBBBBBBB-0000-4000-8000-000000000005".upper())
    assert (one.status, one.body["properties"]["principalId"]) == (200, ids.user)
    assert client.arm("GET", f"{ASSIGNMENTS}/bbbbbbbb-0000-4000-8000-000000000001").status == 200
    missing = client.code("GET", f"{ids.assignments}/bbbbbbbb-0000-4000-8000-000000000001")
    assert missing == (404, "RoleAssignmentNotFound")


def test_denies_are_found_by_whom_they_name(contents, serve, ids):
    name = "dddddddd-0000-4000-8000-000000000001"
    deny = {
        "id": f"{ids.gallery}{DENIES}/{name}",
        "name": name,
        "properties": {"scope": ids.gallery, "principals": [{"id": ids.user, "type": "User"}]},
    }
    contents["denyAssignments"] = [deny]
    client = serve(contents)
    assert client.names(ids.gallery + DENIES, "atScope()") == ["1"]
    assert client.names(ids.gallery + DENIES, f"principalId eq '{ids.user}'") == ["1"]
    assert client.names(ids.gallery + DENIES, f"principalId eq '{ids.group}'") == []
    assert client.arm("GET", f"{ids.gallery}{DENIES}/{name}").body == deny


def test_reading_changes_nothing(contents, client, ids):
    before = client.store.document()
    for path in ("/", ids.subscription, ids.gallery, ids.management):
        for type in ("roleAssignments", "denyAssignments", "roleDefinitions", "roleEligibilityScheduleInstances"):
            client.arm("GET", f"{path.rstrip('/')}/providers/Microsoft.Authorization/{type}")
    assert client.store.document() == before == contents
