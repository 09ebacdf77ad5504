"""Subscriptions, tenants, groups, locations and providers."""

PARTNER = "Microsoft.PartnerCenterIngestion"
MICROSOFT = "f8cdef31-a31e-4b4a-93e4-5f571e91255a"


def test_subscriptions_and_tenants_are_served_as_they_stand(contents, client, ids):
    assert client.arm("GET", "/subscriptions").body == {"value": contents["subscriptions"]}
    assert client.arm("GET", "/tenants").body == {"value": contents["tenants"]}
    assert client.arm("GET", ids.subscription.upper()).body == contents["subscriptions"][0]


def test_a_subscription_that_nobody_speaks_of_does_not_exist(client):
    unknown = "/subscriptions/99999999-0000-4000-8000-000000000000"
    response = client.arm("GET", unknown)
    assert response.status == 404
    assert response.body["error"] == {
        "code": "SubscriptionNotFound",
        "message": "The subscription '99999999-0000-4000-8000-000000000000' could not be found.",
    }
    for rest in ("/locations", "/resourcegroups", "/providers", f"/providers/{PARTNER}"):
        assert client.code("GET", unknown + rest) == (404, "SubscriptionNotFound")


def test_of_an_unread_subscription_only_the_id_is_listed(contents, serve, ids):
    contents["unread"] = [{"scope": ids.guid, "fact": "subscription", "reason": "403"}]
    client = serve(contents)
    only = {"id": ids.subscription, "subscriptionId": ids.guid}
    assert client.arm("GET", "/subscriptions").body == {"value": [only]}
    assert client.code("GET", ids.subscription) == (403, "AuthorizationFailed")


def test_a_subscription_with_resources_that_is_not_listed_is_forbidden(contents, serve, ids):
    contents["subscriptions"] = []
    assert serve(contents).code("GET", ids.subscription) == (403, "AuthorizationFailed")
    [listed] = serve(contents).arm("GET", "/subscriptions").body["value"]
    assert set(listed) == {"id", "subscriptionId"}
    del contents["subscriptions"], contents["tenants"], contents["resources"]
    assert serve(contents).code("GET", "/subscriptions") == (403, "AuthorizationFailed")
    assert serve(contents).code("GET", "/tenants") == (403, "AuthorizationFailed")


def test_groups_are_those_that_hold_something(contents, client, ids):
    [group] = client.arm("GET", f"{ids.subscription}/resourcegroups").body["value"]
    assert group["id"] == f"{ids.subscription}/resourceGroups/Images"
    assert group["location"] == "westeurope"
    assert client.arm("GET", f"{ids.subscription}/resourceGroups/iMAGES").body == group
    assert client.code("GET", f"{ids.subscription}/resourceGroups/none") == (404, "ResourceGroupNotFound")
    assert client.arm("HEAD", f"{ids.subscription}/resourceGroups/images").status == 204


def test_groups_of_what_was_not_collected_are_forbidden(contents, serve, ids):
    contents["collected"] = {"resources": [f"{ids.subscription}/providers/Microsoft.Compute/galleries"]}
    client = serve(contents)
    assert client.code("GET", f"{ids.subscription}/resourcegroups") == (403, "AuthorizationFailed")
    assert client.arm("GET", f"{ids.subscription}/resourceGroups/images").status == 200
    assert client.code("GET", f"{ids.subscription}/resourceGroups/none") == (403, "AuthorizationFailed")


def test_locations_hold_those_in_use(client, ids):
    names = [one["name"] for one in client.arm("GET", f"{ids.subscription}/locations").body["value"]]
    assert "westeurope" in names


# -- providers -----------------------------------------------------------------------------------------------------


def test_a_provider_shows_its_state(client, ids):
    response = client.arm("GET", f"{ids.subscription}/providers/{PARTNER.lower()}")
    assert response.body == {
        "id": f"{ids.subscription}/providers/{PARTNER}",
        "namespace": PARTNER,
        "registrationPolicy": "RegistrationRequired",
        "resourceTypes": [],
        "registrationState": "NotRegistered",
    }
    assert (
        client.arm("GET", f"{ids.subscription}/providers/Microsoft.Compute").body["registrationState"] == "Registered"
    )
    listed = client.arm("GET", f"{ids.subscription}/providers").body["value"]
    assert response.body in listed
    assert client.arm("GET", f"{ids.subscription}/providers/Nobody.Nothing").status == 404


def test_unread_providers_are_forbidden(contents, serve, ids):
    def refused():
        client = serve(contents)
        for path in ("providers", f"providers/{PARTNER}"):
            assert client.code("GET", f"{ids.subscription}/{path}") == (403, "AuthorizationFailed")
        assert client.code("POST", f"{ids.subscription}/providers/{PARTNER}/register") == (403, "AuthorizationFailed")
        assert client.store.document() == contents

    contents["unread"] = [{"scope": ids.gallery, "fact": "providers", "reason": "403"}]
    refused()
    contents["unread"] = []
    contents["providers"] = {ids.guid: {}}
    refused()
    contents["providers"] = {}
    refused()
    del contents["providers"]
    refused()


def test_registering_ends_registered_with_microsofts_principals(contents, client, ids):
    response = client.arm("POST", f"{ids.subscription}/providers/{PARTNER.upper()}/register")
    assert (response.status, response.body["registrationState"]) == (200, "Registering")
    after = client.store.document()
    principals = after["directory"].pop("servicePrincipals")
    old = contents["directory"].pop("servicePrincipals")
    contents["providers"][ids.guid][PARTNER] = "Registered"
    assert after == contents
    assert principals[: len(old)] == old
    new = {one["displayName"]: one for one in principals[len(old) :]}
    assert set(new) == {"Compute Image Registry", "Microsoft Partner Center Resource Provider"}
    assert {one["appOwnerOrganizationId"] for one in new.values()} == {MICROSOFT}
    assert new["Compute Image Registry"]["appId"] == "51b6191a-b045-44cf-8277-ee37c9fb5a06"
    assert len({one["id"] for one in new.values()}) == 2


def test_registering_again_changes_nothing(client, ids):
    path = f"{ids.subscription}/providers/{PARTNER}/register"
    client.arm("POST", path)
    before = client.store.document()
    assert client.arm("POST", path).body["registrationState"] == "Registered"
    assert client.arm("POST", f"{ids.subscription}/providers/Microsoft.Compute/register").status == 200
    assert client.store.document() == before


def test_somebody_elses_principal_of_that_name_is_no_reason_to_stay_away(contents, serve, ids):
    forged = {"id": "x", "displayName": "Compute Image Registry", "appId": "y", "appOwnerOrganizationId": ids.tenant}
    contents["directory"]["servicePrincipals"] = [forged]
    client = serve(contents)
    client.arm("POST", f"{ids.subscription}/providers/{PARTNER}/register")
    assert len(client.store.document()["directory"]["servicePrincipals"]) == 3


def test_a_directory_of_another_tenant_stays_as_it_is(contents, serve, ids):
    contents["directory"]["tenantId"] = ids.other_tenant
    client = serve(contents)
    client.arm("POST", f"{ids.subscription}/providers/{PARTNER}/register")
    assert client.store.document()["directory"] == contents["directory"]


def test_registration_takes_as_many_answers_as_the_pace_says(client, ids):
    client.pace.lag = 2
    path = f"{ids.subscription}/providers/{PARTNER}"
    client.arm("POST", f"{path}/register")
    states = [client.arm("GET", path).body["registrationState"] for _ in range(4)]
    assert states == ["Registering", "Registering", "Registered", "Registered"]
    counts = [len(client.get("/v1.0/servicePrincipals").body["value"]) for _ in range(4)]
    assert counts == [1, 1, 3, 3]
