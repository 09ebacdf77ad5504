import base64
import json

import pytest


def claims_of(token):
    text = token.split(".")[1]
    return json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))


def test_the_metadata_lead_back_to_the_sandbox(front):
    one = front.ask("GET", "/metadata/endpoints?api-version=2022-09-01", token=None)
    assert one.status == 200
    assert one.body["authentication"]["loginEndpoint"] == one.body["resourceManager"] == "http://127.0.0.1"
    many = front.ask("GET", "/metadata/endpoints?api-version=2019-05-01", token=None)
    assert isinstance(many.body, list)


@pytest.mark.parametrize("version", ["/v2.0", ""])
@pytest.mark.parametrize("name", ["fabrikam.example", "FABRIKAM.example", "11111111-AAAA-4aaa-8aaa-111111111111"])
def test_the_issuer_of_a_domain_holds_the_id_of_its_tenant(front, name, version):
    response = front.ask("GET", f"/{name}{version}/.well-known/openid-configuration", token=None)
    assert response.status == 200
    assert front.tenant in response.body["issuer"]
    assert front.tenant in response.body["token_endpoint"]


@pytest.mark.parametrize("name", ["common", "organizations"])
def test_authorities_without_a_tenant_are_described(front, name):
    assert front.ask("GET", f"/{name}/v2.0/.well-known/openid-configuration", token=None).status == 200


def test_an_unknown_domain_has_no_tenant(front):
    response = front.ask("GET", "/nobody.example/v2.0/.well-known/openid-configuration", token=None)
    assert (response.status, response.body["error"]) == (400, "invalid_tenant")


def test_instances_and_keys_are_answered(front):
    found = front.ask("GET", "/common/discovery/instance?api-version=1.1", token=None)
    assert found.body["tenant_discovery_endpoint"].startswith("http://127.0.0.1/")
    assert front.ask("GET", f"/{front.tenant}/discovery/v2.0/keys", token=None).body == {"keys": []}


def test_whoever_has_the_secret_gets_a_token_that_says_who_and_where(front):
    response = front.sign_in("fabrikam.example", scope="http%3A%2F%2F127.0.0.1%2F.default")
    assert (response.status, response.body["token_type"]) == (200, "Bearer")
    assert isinstance(response.body["expires_in"], int)
    claims = claims_of(response.body["access_token"])
    assert (claims["tid"], claims["appid"], claims["aud"]) == (front.tenant, "app", "http://127.0.0.1")
    assert claims["oid"] == claims_of(front.sign_in(front.tenant).body["access_token"])["oid"]


def test_the_older_endpoint_names_the_resource_and_writes_texts(front):
    body = f"grant_type=client_credentials&client_id=a&client_secret={front.token}&resource=https://x".encode()
    response = front.ask("POST", f"/{front.tenant}/oauth2/token", body, token=None)
    assert response.body["resource"] == "https://x"
    assert response.body["expires_in"].isdecimal()


def test_basic_authentication_is_a_way_to_give_the_secret(front):
    given = base64.b64encode(f"app:{front.token}".encode()).decode()
    response = front.ask(
        "POST",
        f"/{front.tenant}/oauth2/v2.0/token",
        b"grant_type=client_credentials",
        token=None,
        headers={"authorization": f"Basic {given}"},
    )
    assert response.status == 200


@pytest.mark.parametrize(
    ("form", "error"),
    [
        ({"client_secret": "wrong"}, "invalid_client"),
        ({"client_secret": ""}, "invalid_client"),
        ({"client_id": ""}, "invalid_client"),
        ({"grant_type": "password"}, "unsupported_grant_type"),
    ],
)
def test_whoever_has_not_gets_none(front, form, error):
    response = front.sign_in(front.tenant, **form)
    assert response.status in (400, 401)
    assert response.body["error"] == error
    assert "access_token" not in response.body


@pytest.mark.parametrize("name", ["common", "organizations", "nobody.example"])
def test_one_signs_in_to_a_tenant(front, name):
    assert front.sign_in(name).status == 400


@pytest.mark.parametrize("body", [b"", b"\xff", b"&".join(b"a=b" for _ in range(1000)), b"{}"])
def test_a_form_that_is_none_is_refused(front, body):
    response = front.ask("POST", f"/{front.tenant}/oauth2/v2.0/token", body, token=None)
    assert response.status in (400, 401)
    assert set(response.body) == {"error", "error_description"}


def test_other_methods_are_refused(front):
    assert front.ask("GET", f"/{front.tenant}/oauth2/token", token=None).status == 405
    assert front.ask("POST", "/metadata/endpoints", token=None).status == 405
