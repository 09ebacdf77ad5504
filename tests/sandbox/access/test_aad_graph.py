"""The retired Azure AD Graph, asked by azure-graphrbac itself."""

import pytest

from checker.sandbox.server import serve as serve_on_a_port

pytest.importorskip("azure.graphrbac")

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::SyntaxWarning")


@pytest.fixture
def library(client, ids):
    """Makes a client of the library for a tenant."""
    from azure.graphrbac import GraphRbacManagementClient
    from msrest.authentication import Authentication

    class Token(Authentication):
        def signed_session(self, session=None):
            session = super().signed_session(session)
            session.headers["Authorization"] = "Bearer secret"
            session.trust_env = False
            return session

    with serve_on_a_port(client.sandbox) as running:
        yield lambda tenant=ids.tenant: GraphRbacManagementClient(Token(), tenant, running.url)


def test_users_are_got_and_listed(library, ids):
    users = library().users
    for name in (ids.user, "ann_x.example#EXT#@contoso.example"):
        user = users.get(name)
        assert (user.object_id, user.mail, user.object_type) == (ids.user, "Ann@x.example", "User")
    assert [one.object_id for one in users.list(filter="mail eq 'ann@x.example'")] == [ids.user]
    assert [one.object_id for one in users.list(filter=f"objectId eq '{ids.user}'")] == [ids.user]
    assert list(users.list(filter="mail eq 'nobody'")) == []


def test_service_principals_say_who_owns_their_application(library, ids):
    principals = library().service_principals
    for filter in ("appId eq 'cccccccc-0000-4000-8000-000000000001'", "displayName eq 'Builder'"):
        [found] = principals.list(filter=filter)
        assert (found.object_id, found.app_owner_tenant_id) == (ids.service, ids.tenant)
    [found] = principals.list(filter=f"appOwnerTenantId eq '{ids.tenant}'")
    assert principals.get(found.object_id).display_name == "Builder"


def test_membership_goes_through_groups(library, ids):
    client = library()
    assert client.groups.get(ids.group).display_name == "Inner"
    assert client.groups.is_member_of({"group_id": ids.outer, "member_id": ids.user}).value is True
    assert client.groups.is_member_of({"group_id": ids.outer, "member_id": ids.service}).value is False
    assert list(client.users.get_member_groups(ids.user, False)) == [ids.group, ids.outer]
    assert [one.object_id for one in client.groups.get_group_members(ids.outer)] == [ids.group]


def test_objects_and_domains(library, ids):
    client = library()
    objects = client.objects.get_objects_by_object_ids({"object_ids": [ids.user, ids.service, "nobody"], "types": []})
    assert [(one.object_id, one.object_type) for one in objects] == [
        (ids.user, "User"),
        (ids.service, "ServicePrincipal"),
    ]
    assert [one.name for one in client.domains.list()] == ["contoso.example"]


def test_pages_are_followed(client, library, ids):
    client.pace.page_size = 1
    assert [one.object_id for one in library().groups.list()] == [ids.group, ids.outer]
    wanted = "displayName eq 'Inner' or displayName eq 'Outer'"
    assert [one.object_id for one in library().groups.list(filter=wanted)] == [ids.group, ids.outer]


def test_refusals_are_read_by_the_library(library, ids):
    from azure.graphrbac.models import GraphErrorException

    with pytest.raises(GraphErrorException) as missing:
        library().users.get("nobody")
    assert missing.value.error.code == "Request_ResourceNotFound"
    with pytest.raises(GraphErrorException) as foreign:
        library(ids.other_tenant).users.get(ids.user)
    assert (foreign.value.error.code, foreign.value.response.status_code) == ("Authorization_RequestDenied", 403)
    with pytest.raises(GraphErrorException) as wrong:
        list(library().users.list(filter="((("))
    assert wrong.value.error.code == "Request_UnsupportedQuery"
