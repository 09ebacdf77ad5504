"""Microsoft Graph: who is in the directory and in which groups, and what may not be told."""

import pytest

DENIED = (403, "Authorization_RequestDenied")
EVENTUAL = {"consistencylevel": "eventual"}


def error(response):
    return response.status, response.body["error"]["code"]


def found(client, path, **how):
    response = client.get(path, **how)
    assert response.status == 200, response.body
    return [one["id"] for one in response.body["value"]]


def test_lists_are_served_as_they_stand(contents, client):
    for kind in ("users", "groups", "servicePrincipals"):
        body = client.get(f"/v1.0/{kind}").body
        assert body == {
            "@odata.context": f"http://127.0.0.1/v1.0/$metadata#{kind}",
            "value": contents["directory"][kind],
        }


def test_users_are_found_by_id_and_by_upn(contents, client, ids):
    [user] = contents["directory"]["users"]
    for name in (ids.user.upper(), "Ann_x.example%23ext%23@contoso.example"):
        body = client.get(f"/v1.0/users/{name}").body
        assert body == {**user, "@odata.context": "http://127.0.0.1/v1.0/$metadata#users/$entity"}


def test_service_principals_are_found_by_application(client, ids):
    path = "/v1.0/servicePrincipals(appId='cccccccc-0000-4000-8000-000000000001')"
    assert client.get(path).body["id"] == ids.service
    assert client.get(path + "?$select=id").body.keys() == {"@odata.context", "id"}
    assert error(client.get("/v1.0/servicePrincipals(appId='x')")) == (404, "Request_ResourceNotFound")
    assert client.get("/v1.0/servicePrincipals(name='x')").status == 400
    assert client.get("/v1.0/users(appId='x')").status == 400


@pytest.mark.parametrize(
    "path", ["users/nobody@contoso.example", "groups/x", "servicePrincipals/x", "users/a/memberOf"]
)
def test_who_is_not_there_is_not_found(client, path):
    response = client.get(f"/v1.0/{path}")
    assert error(response) == (404, "Request_ResourceNotFound")
    assert set(response.body["error"]) == {"code", "message", "innerError"}


@pytest.mark.parametrize(
    "filter",
    [
        "mail eq 'ann@X.example'",
        "userPrincipalName eq 'ann_x.example%23EXT%23@contoso.example'",
        "displayName eq 'Ann O''Neil'",
        "otherMails/any(x:x eq 'ann@y.example')",
        "startswith(userPrincipalName,'ann_x.example%23EXT%23@')",
    ],
)
def test_users_are_found_by_filters(client, ids, filter):
    assert found(client, f"/v1.0/users?$filter={filter}") == [ids.user]
    assert found(client, f"/v1.0/users?$filter=({filter})%20and%20mail%20eq%20'nobody'") == []


def test_advanced_queries_need_a_header_and_a_count(client, ids):
    path = "/v1.0/users?$filter=mail eq 'ann@x.example' or otherMails/any(x:x eq 'ann@x.example')"
    assert error(client.get(path)) == (400, "Request_UnsupportedQuery")
    assert error(client.get(path, headers=EVENTUAL)) == (400, "Request_UnsupportedQuery")
    body = client.get(path + "&$count=true", headers=EVENTUAL).body
    assert body["@odata.count"] == 1
    assert [one["id"] for one in body["value"]] == [ids.user]


@pytest.mark.parametrize("query", ["$filter=mail gt 'x'", "$filter=endswith(mail,'x')", "$search=x", "$filter=((("])
def test_unsupported_queries_are_refused(client, query):
    assert error(client.get(f"/v1.0/users?{query}")) == (400, "Request_UnsupportedQuery")


@pytest.mark.parametrize("top", ["0", "-1", "1000", "x", "99999999999999999999", ""])
def test_a_page_size_that_is_none_is_refused(client, top):
    assert client.get(f"/v1.0/users?$top={top}").status == 400


def test_pages_are_followed_by_absolute_links(contents, serve, ids):
    contents["directory"]["groups"] += [{"id": str(n), "displayName": "x"} for n in range(5)]
    client = serve(contents)
    client.pace.page_size = 3
    for query in ("$select=id", "$select=id&$top=2"):
        uri, names = f"/v1.0/groups?{query}", []
        while uri:
            body = client.get(uri).body
            assert all(set(one) == {"id"} for one in body["value"])
            names += [one["id"] for one in body["value"]]
            uri = body.get("@odata.nextLink")
            assert uri is None or uri.startswith("http://127.0.0.1/v1.0/groups?")
        assert names == [ids.group, ids.outer, *"01234"]


# -- membership -----------------------------------------------------------------------------------------------------


def test_groups_are_followed_through_groups(client, ids):
    for cast in ("", "/microsoft.graph.group"):
        assert found(client, f"/v1.0/users/{ids.user}/transitiveMemberOf{cast}") == [ids.group, ids.outer]
    assert found(client, f"/v1.0/users/{ids.user}/transitiveMemberOf/microsoft.graph.user") == []
    assert found(client, f"/v1.0/groups/{ids.group}/transitiveMemberOf") == [ids.outer]
    assert found(client, f"/v1.0/servicePrincipals/{ids.service}/transitiveMemberOf") == []


def test_members_are_told_with_their_types(client, ids):
    assert found(client, f"/v1.0/groups/{ids.outer}/members") == [ids.group]
    body = client.get(f"/v1.0/groups/{ids.outer}/transitiveMembers").body
    types = [(one["id"], one["@odata.type"]) for one in body["value"]]
    assert types == [(ids.group, "#microsoft.graph.group"), (ids.user, "#microsoft.graph.user")]
    assert found(client, f"/v1.0/groups/{ids.outer}/transitiveMembers/microsoft.graph.user") == [ids.user]


def test_groups_in_a_ring_end(contents, serve, ids):
    contents["directory"]["members"][ids.group] = [ids.user, ids.outer]
    client = serve(contents)
    assert set(found(client, f"/v1.0/groups/{ids.group}/transitiveMemberOf")) == {ids.group, ids.outer}
    assert found(client, f"/v1.0/groups/{ids.outer}/transitiveMembers")


def test_membership_is_asked_for_by_ids(client, ids):
    path = f"/v1.0/users/{ids.user}"
    body = client.send("POST", f"{path}/getMemberGroups", {"securityEnabledOnly": False}).body
    assert body["value"] == [ids.group, ids.outer]
    asked = {"groupIds": [ids.outer.upper(), ids.service]}
    assert client.send("POST", f"{path}/checkMemberGroups", asked).body["value"] == [ids.outer.upper()]
    for bad in (None, {}, {"groupIds": "x"}, {"groupIds": [1]}, {"groupIds": ["x"] * 21}, []):
        assert client.send("POST", f"{path}/checkMemberGroups", bad).status == 400


def test_objects_of_any_type_are_got_by_ids(contents, client, ids):
    wanted = {"ids": [ids.service.upper(), ids.user, ids.group, "nobody"], "types": []}
    body = client.send("POST", "/v1.0/directoryObjects/getByIds", wanted).body
    directory = contents["directory"]
    assert body["value"] == [
        {"@odata.type": "#microsoft.graph.servicePrincipal", **directory["servicePrincipals"][0]},
        {"@odata.type": "#microsoft.graph.user", **directory["users"][0]},
        {"@odata.type": "#microsoft.graph.group", **directory["groups"][0]},
    ]
    only = {"ids": wanted["ids"], "types": ["user", "directoryObjectPartnerReference"]}
    found = client.send("POST", "/v1.0/directoryObjects/getByIds", only).body["value"]
    assert [one["id"] for one in found] == [ids.user]
    assert client.send("POST", "/v1.0/directoryObjects/getByIds", {"ids": ["x"] * 1001}).status == 400


def test_the_tenant_is_shown(client, ids):
    [organization] = client.get("/v1.0/organization").body["value"]
    assert (organization["id"], organization["displayName"]) == (ids.tenant, "Contoso")
    assert [one["name"] for one in organization["verifiedDomains"]] == ["contoso.example"]
    assert found(client, "/v1.0//domains") == ["contoso.example"]


# -- what may not be told ---------------------------------------------------------------------------------------------


def test_another_tenants_directory_is_refused(client, ids):
    assert client.get("/v1.0/users", token=f"secret~{ids.tenant}").status == 200
    assert error(client.get("/v1.0/users", token=f"secret~{ids.other_tenant}")) == DENIED


def test_no_directory_is_refused(contents, serve):
    del contents["directory"]["tenantId"]
    assert error(serve(contents).get("/v1.0/users")) == DENIED
    del contents["directory"]
    assert error(serve(contents).get("/v1.0/users")) == DENIED


@pytest.mark.parametrize("scope", ["{tenant}", "/tenants/{tenant}", "{subscription}", "{gallery}"])
def test_an_unread_directory_is_refused(contents, serve, ids, scope):
    where = scope.format(tenant=ids.tenant.upper(), subscription=ids.subscription, gallery=ids.gallery)
    contents["unread"] = [{"scope": where, "fact": "directory", "reason": "403"}]
    for path in ("users", f"users/{ids.user}", "servicePrincipals(appId='x')", "organization"):
        assert error(serve(contents).get(f"/v1.0/{path}")) == DENIED


@pytest.mark.parametrize(
    ("absent", "refused", "answered"),
    [
        ("users", ["users", "users/{user}", "groups/{group}/members"], ["groups"]),
        ("groups", ["groups", "groups/{group}/members"], ["users/{user}/transitiveMemberOf"]),
        ("servicePrincipals", ["servicePrincipals", "directoryObjects/x/getMemberGroups"], ["users/{user}"]),
        ("members", ["users/{user}/transitiveMemberOf", "groups/{group}/members"], ["groups/{group}"]),
    ],
)
def test_an_absent_list_is_refused_where_it_is_needed(contents, serve, ids, absent, refused, answered):
    del contents["directory"][absent]
    client = serve(contents)
    for path in refused:
        assert error(client.get(f"/v1.0/{path.format(user=ids.user, group=ids.group)}")) == DENIED
    for path in answered:
        assert client.get(f"/v1.0/{path.format(user=ids.user, group=ids.group)}").status == 200


def test_a_name_that_a_body_leaves_out_may_be_the_one_that_is_sought(contents, serve):
    contents["directory"]["servicePrincipals"].append({"id": "x", "displayName": "No app id"})
    client = serve(contents)
    assert error(client.get("/v1.0/servicePrincipals?$filter=appId eq 'y'")) == DENIED
    assert error(client.get("/v1.0/servicePrincipals(appId='y')")) == DENIED
    assert client.get("/v1.0/servicePrincipals?$filter=displayName eq 'y'").status == 200
    assert client.get("/v1.0/servicePrincipals").body["value"][1] == {"id": "x", "displayName": "No app id"}


def test_a_directory_that_was_asked_for_a_few_names_tells_of_those(contents, serve, ids):
    contents["collected"] = {"directory": ["ann@x.example", ids.user], "members": [ids.group, ids.service]}
    client = serve(contents)
    assert found(client, "/v1.0/users?$filter=mail eq 'Ann@x.example'") == [ids.user]
    assert error(client.get("/v1.0/users?$filter=mail eq 'bob@x.example'")) == DENIED
    assert error(client.get("/v1.0/users")) == DENIED
    assert client.get(f"/v1.0/users/{ids.user}").status == 200
    assert error(client.get("/v1.0/users/bob@x.example")) == DENIED
    assert error(client.get(f"/v1.0/groups/{ids.group}/members")) == DENIED
    path = f"/v1.0/users/{ids.user}"
    assert error(client.get(f"{path}/transitiveMemberOf")) == DENIED

    def check(*groups):
        return client.send("POST", f"{path}/checkMemberGroups", {"groupIds": list(groups)})

    assert check(ids.group, ids.outer, ids.service).body["value"] == [ids.group, ids.outer]
    assert error(check("another")) == DENIED


def test_the_groups_of_who_was_found_for_a_name_are_told(contents, serve, ids):
    contents["collected"] = {"directory": ["ann@x.example"]}
    contents["directory"]["groups"] = []
    client = serve(contents)
    path = f"/v1.0/users/{ids.user}/transitiveMemberOf?$select=id"
    assert client.get(path).body["value"] == [
        {"@odata.type": "#microsoft.graph.group", "id": ids.group},
        {"@odata.type": "#microsoft.graph.group", "id": ids.outer},
    ]


def test_writes_and_unknown_paths_are_refused(contents, client, ids):
    assert error(client.send("POST", "/v1.0/users", {"displayName": "x"})) == DENIED
    assert error(client.send("DELETE", f"/v1.0/users/{ids.user}")) == DENIED
    assert client.get("/v1.0/me").status == 400
    assert client.get("/v1.0/").status == 400
    assert client.get("/v1.0/devices").status == 400
    assert client.get(f"/v1.0/users/{ids.user}/photo").status == 400
    assert client.store.document() == contents
