"""Galleries, definitions and versions: made, changed, copied, deleted; and what of the document that changes."""

import copy
from typing import Any

import pytest

DEFINITION = "galleries/marketplace/images/appliance"
VERSION = f"{DEFINITION}/versions/1.1.0"
NEW = f"{DEFINITION}/versions/2.0.0"
IDENTIFIER = {"publisher": "fabrikam", "offer": "appliance", "sku": "new"}


def _from(id: str, group: str, **profile: Any) -> dict[str, Any]:
    name = "virtualMachineId" if "virtualMachines" in id else "id"
    storage = {"source": {name: f"{group}/{id}"}}
    return {"location": "West Europe", "properties": {"storageProfile": storage, "publishingProfile": profile}}


def test_a_new_gallery_and_definition_have_what_azure_gives_them(client: Any, group: str) -> None:
    made = client.send("PUT", "galleries/new", {"location": "West Europe", "tags": {"a": "b"}})
    assert (made.status, made.body["properties"]["provisioningState"]) == (201, "Creating")
    assert "location" not in made.headers
    assert "retry-after" not in made.headers
    gallery = client.get("galleries/NEW")
    assert gallery["location"] == "westeurope"
    assert gallery["properties"]["provisioningState"] == "Succeeded"
    assert gallery["properties"]["identifier"]["uniqueName"] == "33333333-cccc-4ccc-8ccc-333333333333-NEW"

    properties = {"osType": "Linux", "osState": "Generalized", "identifier": IDENTIFIER}
    content = {"location": "westeurope", "properties": properties}
    lower = f"{group}/galleries/NEW/images/Linux".lower().rpartition("/")[0] + "/Linux"
    assert client.send("PUT", lower, content).status == 201
    definition = client.get("galleries/new/images/linux")
    assert definition["id"] == f"{group}/galleries/new/images/Linux", "below its parent as that is written"
    assert definition["properties"] == {
        **properties,
        "hyperVGeneration": "V1",
        "architecture": "x64",
        "provisioningState": "Succeeded",
    }
    assert client.changed() == {f"/resources//{name}" for name in ("new", "Linux")}


def test_a_definition_without_what_it_needs_is_refused(client: Any) -> None:
    whole = {"osType": "Linux", "osState": "Generalized", "identifier": IDENTIFIER}
    for name in whole:
        content = {"location": "westeurope", "properties": {key: whole[key] for key in whole if key != name}}
        assert client.refused("PUT", "galleries/marketplace/images/new", content) == (400, "InvalidParameter")
    assert client.changed() == set()


@pytest.mark.parametrize("name", ["osType", "osState", "hyperVGeneration"])
def test_what_a_definition_is_cannot_change(client: Any, name: str) -> None:
    change = {"properties": {name: "Other"}}
    assert client.refused("PATCH", DEFINITION, change) == (409, "PropertyChangeNotAllowed")
    stands = client.get(DEFINITION)["properties"][name]
    assert client.send("PATCH", DEFINITION, {"properties": {name: stands.lower()}}).status == 200


@pytest.mark.parametrize("source", ["virtualMachines/builder", "galleries/marketplace/images/appliance/versions/1.1.0"])
def test_a_version_is_captured_or_copied(client: Any, group: str, source: str) -> None:
    made = client.send("PUT", NEW, _from(source, group))
    assert (made.status, made.body["properties"]["provisioningState"]) == (201, "Creating")
    while client.get(made.headers["azure-asyncoperation"])["status"] != "Succeeded":
        pass
    properties = client.get(NEW)["properties"]
    assert properties["provisioningState"] == "Succeeded"
    assert properties["publishingProfile"] == {
        "targetRegions": [{"name": "West Europe", "regionalReplicaCount": 1, "storageAccountType": "Standard_LRS"}],
        "replicaCount": 1,
        "excludeFromLatest": False,
        "publishedDate": "2026-11-22T12:00:00.0000000+00:00",
        "storageAccountType": "Standard_LRS",
    }
    assert properties["safetyProfile"] == {"reportedForPolicyViolation": False}
    assert properties["storageProfile"]["osDiskImage"]["source"] == {}
    replication = client.get(f"{NEW}?$expand=ReplicationStatus")["properties"]["replicationStatus"]
    assert replication["aggregatedState"] == "Completed"
    assert [(row["region"], row["progress"]) for row in replication["summary"]] == [("West Europe", 100)]
    assert client.changed() == {"/resources//2.0.0", "/replicationStatus/2.0.0"}


def test_a_version_under_way_says_so(client: Any, group: str) -> None:
    client.pace.polls = 2
    made = client.send("PUT", NEW, _from("virtualMachines/builder", group))
    assert client.get(NEW)["properties"]["provisioningState"] == "Creating"
    shown = client.get(f"{NEW}?$expand=ReplicationStatus")["properties"]["replicationStatus"]
    assert shown["aggregatedState"] == "InProgress"
    polls = [client.get(made.headers["azure-asyncoperation"])["status"] for _ in range(4)]
    assert polls == ["InProgress", "InProgress", "Succeeded", "Succeeded"]


@pytest.mark.parametrize("name", ["1.0", "1.0.0.0", "v1.0.0", "1.0.x", "1.0.2147483648", "١.٠.٠", "1.0.-1", "latest"])
def test_a_version_has_a_number(client: Any, group: str, name: str) -> None:
    path = f"{DEFINITION}/versions/{name}"
    answer = client.send("PUT", path, _from("virtualMachines/builder", group))
    assert answer.status == 400
    assert answer.body["error"]["message"].startswith("The image version name is invalid.")


def test_the_highest_number_is_one(client: Any, group: str) -> None:
    path = f"{DEFINITION}/versions/0.0.2147483647"
    assert client.send("PUT", path, _from("virtualMachines/builder", group)).status == 201


def test_a_vm_that_is_not_generalized_cannot_be_captured(client: Any, group: str) -> None:
    assert client.refused("PUT", NEW, _from("virtualMachines/tester", group)) == (400, "BadRequest")
    assert client.changed() == set()


def test_a_vm_whose_state_was_not_read_cannot_be_captured(document: Any, serve: Any, group: str) -> None:
    del document["instanceViews"]
    client = serve(document)
    content = _from("virtualMachines/builder", group)
    assert client.refused("PUT", NEW, content) == (403, "AuthorizationFailed")


def test_a_definition_of_specialized_images_wants_one(client: Any, group: str) -> None:
    path = "galleries/workbench/images/appliance/versions/3.0.0"
    assert client.refused("PUT", path, _from("virtualMachines/builder", group)) == (400, "BadRequest")
    assert client.send("PUT", path, _from("virtualMachines/tester", group)).status == 201


def test_a_version_can_come_from_a_disk(client: Any, group: str) -> None:
    disk = {"hostCaching": "ReadOnly", "source": {"id": f"{group}/disks/builder-os"}}
    content = {"location": "westeurope", "properties": {"storageProfile": {"osDiskImage": disk}}}
    assert client.send("PUT", NEW, content).status == 201
    assert client.get(NEW)["properties"]["storageProfile"]["osDiskImage"] == {**disk, "sizeInGB": 30}


@pytest.mark.parametrize("storage", [{}, {"source": {}}, {"source": {"id": "a", "virtualMachineId": "b"}}])
def test_a_version_has_one_source(client: Any, storage: Any) -> None:
    content = {"location": "westeurope", "properties": {"storageProfile": storage}}
    answer = client.send("PUT", NEW, content)
    assert answer.status == 400
    assert "One and only one source type" in answer.body["error"]["message"]


def test_a_version_is_where_its_source_is(client: Any, group: str) -> None:
    content = {**_from("virtualMachines/builder", group), "location": "eastus"}
    assert client.refused("PUT", NEW, content) == (404, "NotFound")
    copied = {**_from(VERSION, group), "location": "eastus"}
    assert client.refused("PUT", NEW, copied) == (404, "NotFound")


def test_including_a_version_in_latest_changes_that_and_nothing_else(client: Any) -> None:
    path = "galleries/workbench/images/appliance/versions/2.0.0"
    before = client.get(path)
    regions = before["properties"]["publishingProfile"]["targetRegions"]
    profile = {"excludeFromLatest": False, "targetRegions": regions}
    answer = client.send("PATCH", path, {"properties": {"publishingProfile": profile}})
    assert (answer.status, answer.body["properties"]["provisioningState"]) == (200, "Updating")
    wanted = copy.deepcopy(before)
    wanted["properties"]["publishingProfile"]["excludeFromLatest"] = False
    assert client.get(path) == wanted
    assert client.changed() == {"/resources//2.0.0/properties/publishingProfile/excludeFromLatest"}


def test_a_region_that_is_added_is_replicated_to_and_the_others_stay_as_they_are(client: Any) -> None:
    path = "galleries/workbench/images/appliance/versions/1.0.5"
    regions = [{"name": "West Europe"}, {"name": "East US"}]
    client.send("PATCH", path, {"properties": {"publishingProfile": {"targetRegions": regions}}})
    shown = client.get(f"{path}?$expand=ReplicationStatus")["properties"]["replicationStatus"]
    assert [(row["region"], row["state"]) for row in shown["summary"]] == [
        ("West Europe", "Failed"),
        ("East US", "Completed"),
    ]
    assert shown["aggregatedState"] == "Failed"


def test_an_unread_replication_stays_unread_after_an_update(document: Any, serve: Any) -> None:
    document["replicationStatus"].clear()
    client = serve(document)
    regions = [{"name": "West Europe"}, {"name": "East US"}]
    client.send("PATCH", VERSION, {"properties": {"publishingProfile": {"targetRegions": regions}}})
    assert client.refused("GET", f"{VERSION}?$expand=ReplicationStatus") == (403, "AuthorizationFailed")


def test_a_put_of_a_version_that_exists_is_an_update(client: Any) -> None:
    body = client.get(VERSION)
    assert client.send("PUT", VERSION, body).status == 200
    assert client.changed() == set()
    assert client.send("PUT", VERSION, body, if_none_match="*").status == 412


def test_what_holds_something_is_deleted_after_it(client: Any) -> None:
    assert client.refused("DELETE", "galleries/workbench") == (409, "CannotDeleteResource")
    assert client.refused("DELETE", "galleries/workbench/images/appliance") == (409, "CannotDeleteResource")
    names = ("2.0.0", "1.9", "1.0.5")
    paths = [f"galleries/workbench/images/appliance/versions/{name}" for name in names]
    paths += ["galleries/workbench/images/appliance", "galleries/workbench/images/draft", "galleries/workbench"]
    for path in paths:
        answer = client.send("DELETE", path)
        assert (answer.status, answer.body) == (202, None)
        assert client.get(answer.headers["azure-asyncoperation"])["status"] == "Succeeded"
        assert client.send("GET", answer.headers["location"]).status == 200
        assert client.send("DELETE", path).status == 204
    assert client.changed() == {f"/resources//{path.rpartition('/')[2]}" for path in paths} | {
        f"/replicationStatus/{name}" for name in names
    }


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE"])
def test_what_is_unread_cannot_be_written(document: Any, serve: Any, group: str, method: str) -> None:
    document["unread"] = [{"scope": f"{group}/{DEFINITION}", "fact": "versions", "reason": "403"}]
    client = serve(document)
    for path in (VERSION, NEW):
        assert client.refused(method, path, {"location": "westeurope"}) == (403, "AuthorizationFailed")
    assert client.changed() == set()


def test_a_parent_of_which_only_the_name_is_known_is_not_missing(document: Any, serve: Any, group: str) -> None:
    entry = {"scope": f"{group}/galleries/named", "fact": "role_assignments", "reason": "403"}
    document["unread"] = [entry]
    client = serve(document)
    content = {"location": "westeurope", "properties": {}}
    assert client.refused("PUT", "galleries/named/images/new", content) == (403, "AuthorizationFailed")
    assert client.refused("PUT", "galleries/none/images/new", content) == (404, "ParentResourceNotFound")
