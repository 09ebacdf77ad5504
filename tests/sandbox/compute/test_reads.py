"""Bodies as they stand, lists in pages, and a refusal for everything that was not read."""

import copy
from typing import Any

import pytest

DEFINITION = "galleries/workbench/images/appliance"
VERSIONS = f"{DEFINITION}/versions"


def test_every_stored_body_is_served_as_it_stands_in_any_case(client: Any) -> None:
    for body in client.loaded["resources"]:
        assert client.get(body["id"]) == body
        assert client.get(body["id"].lower()) == body
        assert client.get(body["id"].upper()) == body
    assert client.changed() == set()


def test_a_body_that_azure_would_never_write_is_served_as_it_stands(document: Any, serve: Any) -> None:
    odd = {
        "id": f"{document['resources'][0]['id']}/images/1 odd & näme",
        "properties": [None, {"deep": "\ud800"}],
        "x": 1,
    }
    document["resources"].append(odd)
    client = serve(document)
    assert client.get(odd["id"].replace(" ", "%20")) == odd


@pytest.mark.parametrize("version", ["2015-06-15", "2019-12-01", "2026-03-03", "2030-01-01-preview"])
def test_any_version_of_the_interface_is_answered(client: Any, version: str) -> None:
    assert client.get(DEFINITION, version=version)["name"] == "appliance"


def test_lists_by_group_by_subscription_and_by_parent_hold_the_same_bodies(client: Any, group: str) -> None:
    subscription = group.partition("/resourceGroups")[0]
    wide = f"{subscription}/providers/Microsoft.Compute"
    for type in ("galleries", "virtualMachines", "disks"):
        bodies = client.get(type)["value"]
        assert bodies
        assert client.get(f"{wide}/{type}")["value"] == bodies
        assert client.get(f"{wide}/{type}".lower())["value"] == bodies
    assert [body["name"] for body in client.get(VERSIONS)["value"]] == ["2.0.0", "1.9", "1.0.5"]
    assert [body["name"] for body in client.get("galleries/workbench/images")["value"]] == ["appliance", "draft"]
    assert client.get("snapshots") == {"value": []}


def test_a_long_list_comes_in_pages_with_absolute_links(client: Any) -> None:
    client.pace.page_size = 2
    first = client.get(VERSIONS)
    assert [body["name"] for body in first["value"]] == ["2.0.0", "1.9"]
    assert first["nextLink"].startswith("http://sandbox/subscriptions/")
    second = client.get(first["nextLink"])
    assert [body["name"] for body in second["value"]] == ["1.0.5"]
    assert "nextLink" not in second


def test_an_instance_view_is_only_there_where_it_is_asked_for(client: Any, group: str) -> None:
    view = client.loaded["instanceViews"][f"{group}/virtualMachines/builder"]
    assert "instanceView" not in client.get("virtualMachines/builder")["properties"]
    assert client.get("virtualMachines/builder?$expand=instanceView")["properties"]["instanceView"] == view
    assert client.get("virtualMachines/builder?%24expand=INSTANCEVIEW")["properties"]["instanceView"] == view
    assert client.get("virtualmachines/BUILDER/instanceview") == view
    assert client.changed() == set()


def test_lists_of_vms_show_states_on_request(client: Any) -> None:
    for query in ("statusOnly=true", "$expand=instanceView"):
        found = {vm["name"]: vm["properties"] for vm in client.get(f"virtualMachines?{query}")["value"]}
        codes = [status["code"] for status in found["tester"]["instanceView"]["statuses"]]
        assert codes == ["ProvisioningState/succeeded", "PowerState/running"]
        assert ("hardwareProfile" in found["tester"]) == (query != "statusOnly=true")


def test_replication_is_only_there_where_it_is_asked_for(client: Any) -> None:
    assert "replicationStatus" not in client.get(f"{VERSIONS}/1.0.5")["properties"]
    shown = client.get(f"{VERSIONS}/1.0.5?$expand=ReplicationStatus")["properties"]["replicationStatus"]
    assert shown["aggregatedState"] == "Failed"


@pytest.mark.parametrize(
    ("path", "code"),
    [
        ("galleries/none", "ResourceNotFound"),
        (f"{VERSIONS}/9.9.9", "ResourceNotFound"),
        ("virtualMachines/none/instanceView", "ResourceNotFound"),
        ("galleries/none/images", "ParentResourceNotFound"),
        ("/subscriptions/33333333-cccc-4ccc-8ccc-333333333333/resourceGroups/no/providers/Microsoft.Compute/disks/d",
         "ResourceGroupNotFound"),
        ("/subscriptions/33333333-cccc-4ccc-8ccc-333333333333/resourceGroups/no/providers/Microsoft.Compute/disks",
         "ResourceGroupNotFound"),
    ],
)  # fmt: skip
def test_what_is_not_there_is_not_found(client: Any, path: str, code: str) -> None:
    assert client.refused("GET", path) == (404, code)


@pytest.mark.parametrize(
    ("scope", "fact", "path"),
    [
        ("galleries/workbench", "definitions", DEFINITION),
        ("galleries/workbench", "definitions", "galleries/workbench/images"),
        ("galleries/workbench", "definitions", "galleries/workbench/images/none"),
        (DEFINITION, "definitions", DEFINITION),
        (DEFINITION, "versions", VERSIONS),
        (DEFINITION, "versions", f"{VERSIONS}/1.9"),
        (f"{VERSIONS}/1.9", "versions", f"{VERSIONS}/1.9"),
        (f"{VERSIONS}/7.7.7", "versions", f"{VERSIONS}/7.7.7"),
        (f"{VERSIONS}/1.9", "replication", f"{VERSIONS}/1.9?$expand=ReplicationStatus"),
        ("virtualMachines/tester", "vm", "virtualMachines/tester"),
        ("virtualMachines/tester", "vm", "virtualMachines/tester/instanceView"),
        ("virtualMachines/tester", "instance_view", "virtualMachines/tester/instanceView"),
        ("virtualMachines/tester", "instance_view", "virtualMachines/tester?$expand=instanceView"),
        ("virtualMachines/hidden", "instance_view", "virtualMachines/hidden"),
    ],
)
def test_what_is_unread_is_forbidden(document: Any, serve: Any, group: str, scope: str, fact: str, path: str) -> None:
    document["unread"] = [{"scope": f"{group}/{scope}".upper(), "fact": fact, "reason": "403"}]
    client = serve(document)
    answer = client.send("GET", path)
    assert (answer.status, answer.body["error"]["code"]) == (403, "AuthorizationFailed")
    assert "does not have authorization to perform action 'Microsoft.Compute/" in answer.body["error"]["message"]
    assert "over scope '/subscriptions/33333333-cccc-4ccc-8ccc-333333333333/" in answer.body["error"]["message"]


def test_an_unread_member_of_a_list_is_there_by_its_name(document: Any, serve: Any, group: str) -> None:
    ids = [f"{group}/{VERSIONS}/1.9", f"{group}/{VERSIONS}/7.7.7"]
    document["unread"] = [{"scope": id, "fact": "versions", "reason": "403"} for id in ids]
    client = serve(document)
    by_name = {body["name"]: body for body in client.get(VERSIONS)["value"]}
    assert list(by_name) == ["2.0.0", "1.9", "1.0.5", "7.7.7"]
    assert by_name["1.9"] == {
        "id": ids[0],
        "name": "1.9",
        "type": "Microsoft.Compute/galleries/images/versions",
        "location": "westeurope",
    }
    assert "properties" not in by_name["7.7.7"]
    assert "properties" in by_name["1.0.5"]


@pytest.mark.parametrize("section", ["instanceViews", "replicationStatus"])
@pytest.mark.parametrize("whole", [True, False])
def test_an_entry_that_is_missing_is_unread(document: Any, serve: Any, section: str, whole: bool) -> None:
    if whole:
        del document[section]
    else:
        document[section].clear()
    client = serve(document)
    path = "virtualMachines/tester/instanceView" if section == "instanceViews" else f"{VERSIONS}/1.9"
    query = "" if section == "instanceViews" else "?$expand=ReplicationStatus"
    assert client.refused("GET", path + query) == (403, "AuthorizationFailed")


def test_what_may_exist_in_a_subscription_that_was_not_read_is_forbidden(document: Any, serve: Any, group: str) -> None:
    document["subscriptions"].pop(0)
    client = serve(document)
    assert client.get(DEFINITION)["name"] == "appliance"
    for path in ("galleries/none", "galleries", VERSIONS, "/subscriptions/other/providers/Microsoft.Compute/disks"):
        assert client.refused("GET", path) == (403, "AuthorizationFailed")


def test_a_section_of_what_was_collected_decides(document: Any, serve: Any, group: str) -> None:
    document["collected"] = {"resources": [f"{group}/{DEFINITION}"]}
    client = serve(document)
    assert len(client.get(VERSIONS)["value"]) == 3
    assert client.refused("GET", f"{VERSIONS}/9.9.9") == (404, "ResourceNotFound")
    assert client.refused("GET", "galleries") == (403, "AuthorizationFailed")
    assert client.refused("GET", "galleries/none") == (403, "AuthorizationFailed")


def test_paths_of_others_are_left_to_them(client: Any) -> None:
    for path in (
        "/subscriptions/s",
        "/subscriptions/s/providers/Microsoft.Compute",
        "/subscriptions/s/providers/Microsoft.Network/virtualNetworks",
        "galleries/workbench/providers/Microsoft.Authorization/roleAssignments",
        "galleries/work%2Fbench",
        "strangeThings",
        "galleries/" + "x" * 5000,
    ):
        assert client.send("GET", path).status == 404
    assert client.send("POST", "/subscriptions/s/providers/Microsoft.Compute/register").status == 404


def test_reads_change_nothing(client: Any) -> None:
    before = copy.deepcopy(client.store.document())
    client.get("virtualMachines/builder?$expand=instanceView")["properties"]["instanceView"]["statuses"].clear()
    client.get(VERSIONS)["value"][0]["properties"].clear()
    client.get(f"{VERSIONS}/1.9?$expand=ReplicationStatus")["properties"].clear()
    assert client.store.document() == before
