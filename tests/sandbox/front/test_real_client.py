"""Microsoft's own client libraries on the sandbox: what they make of its answers."""

import pytest

from checker.sandbox.server import serve

pytest.importorskip("azure.mgmt.compute")
pytest.importorskip("azure.mgmt.authorization")

GROUP = "images"
OWNER = "8e3af657-a8ff-443c-a75c-2fe8c4bcb635"
PRINCIPAL = "66666666-ffff-4fff-8fff-666666666666"


@pytest.fixture(params=[{}, {"page_size": 1, "polls": 2}], ids=["at once", "in small pages and several polls"])
def client(front, request):
    """How to make a client of a library that talks to a sandbox."""
    from azure.core.credentials import AccessToken
    from azure.core.pipeline.policies import SansIOHTTPPolicy

    class Credential:
        def get_token(self, *scopes, **options):
            return AccessToken(front.token, 4_000_000_000)

    class AllowHttp(SansIOHTTPPolicy):
        def on_request(self, request):
            request.context.options["enforce_https"] = False

    front.ask("PUT", "/sandbox/pace", request.param)
    made = []
    with serve(front.sandbox) as running:

        def make(kind):
            made.append(
                kind(
                    Credential(),
                    front.subscription,
                    base_url=running.url,
                    credential_scopes=[running.url + "/.default"],
                    per_call_policies=[AllowHttp()],
                    polling_interval=0.01,
                    use_env_settings=False,
                )
            )
            return made[-1]

        yield make
        for one in made:
            one.close()


@pytest.fixture
def compute(client):
    from azure.mgmt.compute import ComputeManagementClient

    return client(ComputeManagementClient)


def codes(compute, name):
    return {status.code for status in compute.virtual_machines.instance_view(GROUP, name).statuses}


def test_galleries_definitions_and_versions_are_listed(compute):
    assert {gallery.name for gallery in compute.galleries.list()} == {"marketplace", "workbench"}
    assert {found.name for found in compute.gallery_images.list_by_gallery(GROUP, "workbench")} == {
        "appliance",
        "draft",
    }
    versions = compute.gallery_image_versions.list_by_gallery_image(GROUP, "workbench", "appliance")
    assert {version.name for version in versions} == {"2.0.0", "1.9", "1.0.5"}
    one = compute.gallery_image_versions.get(GROUP, "workbench", "appliance", "1.0.5", expand="ReplicationStatus")
    assert one.replication_status.aggregated_state == "Failed"


def test_a_machine_is_deallocated_generalized_and_captured(compute):
    from azure.core.exceptions import HttpResponseError

    machine = compute.virtual_machines.get(GROUP, "tester", expand="instanceView")
    assert "PowerState/running" in {status.code for status in machine.instance_view.statuses}
    with pytest.raises(HttpResponseError) as refused:
        compute.virtual_machines.generalize(GROUP, "tester")
    assert (refused.value.status_code, refused.value.error.code) == (409, "OperationNotAllowed")
    assert compute.virtual_machines.begin_deallocate(GROUP, "tester").result() is None
    assert compute.virtual_machines.generalize(GROUP, "tester") is None
    assert codes(compute, "tester") >= {"PowerState/deallocated", "OSState/generalized"}
    version = compute.gallery_image_versions.begin_create_or_update(
        GROUP,
        "marketplace",
        "appliance",
        "2.0.0",
        {
            "location": "westeurope",
            "properties": {
                "publishingProfile": {"targetRegions": [{"name": "westeurope"}]},
                "storageProfile": {"source": {"virtualMachineId": machine.id}},
            },
        },
    ).result()
    assert version.provisioning_state == "Succeeded"


def test_a_role_is_assigned(client, front):
    from azure.core.exceptions import HttpResponseError
    from azure.mgmt.authorization import AuthorizationManagementClient

    authorization = client(AuthorizationManagementClient)
    gallery = (
        f"/subscriptions/{front.subscription}/resourceGroups/{GROUP}/providers/Microsoft.Compute/galleries/workbench"
    )
    role = f"/subscriptions/{front.subscription}/providers/Microsoft.Authorization/roleDefinitions/{OWNER}"
    wanted = {"properties": {"roleDefinitionId": role, "principalId": PRINCIPAL, "principalType": "Group"}}
    name = "12121212-3434-4434-8434-565656565656"
    made = authorization.role_assignments.create(gallery, name, wanted)
    assert (made.name, made.principal_id) == (name, PRINCIPAL)
    listed = authorization.role_assignments.list_for_scope(gallery, filter="atScope()")
    assert name in {assignment.name for assignment in listed}
    with pytest.raises(HttpResponseError) as refused:
        authorization.role_assignments.create(gallery, "12121212-3434-4434-8434-565656565657", wanted)
    assert (refused.value.status_code, refused.value.error.code) == (409, "RoleAssignmentExists")


def test_throttling_is_waited_out_and_a_page_that_fails_is_an_error(compute, front):
    from azure.core.exceptions import HttpResponseError

    front.ask("POST", "/sandbox/faults", {"status": 429, "retry_after": 0, "times": 1, "path": "*/galleries"})
    assert len(list(compute.galleries.list())) == 2
    front.ask("POST", "/sandbox/faults", {"status": 403, "query": "skiptoken"})
    if front.sandbox.pace.page_size == 1:
        with pytest.raises(HttpResponseError, match="AuthorizationFailed"):
            list(compute.galleries.list())
