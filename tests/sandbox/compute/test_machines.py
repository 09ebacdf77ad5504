"""Virtual machines: power, the mark, run commands; and what of the document each of them changes."""

from typing import Any

import pytest

TESTER = "virtualMachines/tester"  # runs
BUILDER = "virtualMachines/builder"  # deallocated and generalized
SUCCEEDED, GENERALIZED = "ProvisioningState/succeeded", "OSState/generalized"


def _run(client: Any, *lines: str, vm: str = TESTER, command: str = "RunShellScript") -> Any:
    return client.send("POST", f"{vm}/runCommand", {"commandId": command, "script": list(lines)})


@pytest.mark.parametrize("path", [TESTER, TESTER.upper(), TESTER.lower()])
def test_a_vm_is_deallocated_and_only_its_power_state_changes(client: Any, path: str) -> None:
    answer = client.send("POST", f"{path}/deallocate")
    assert (answer.status, answer.body) == (202, None)
    assert client.get(answer.headers["azure-asyncoperation"])["status"] == "Succeeded"
    done = client.send("GET", answer.headers["location"])
    assert (done.status, done.body) == (200, None)
    assert client.power("tester") == [SUCCEEDED, "PowerState/deallocated"]
    assert client.changed() == {"/instanceViews/tester/statuses"}


def test_a_deallocated_vm_says_no_more_of_its_guest(document: Any, serve: Any) -> None:
    view = next(view for id, view in document["instanceViews"].items() if id.endswith("tester"))
    of_guest = {"vmAgent": {}, "osName": "x", "osVersion": "1", "computerName": "c", "extensions": []}
    view.update(of_guest, disks=[{"name": "d"}], hyperVGeneration="V2")
    view["statuses"].insert(0, {"code": "HealthState/healthy"})
    client = serve(document)
    client.send("POST", f"{TESTER}/deallocate")
    shown = client.get(f"{TESTER}/instanceView")
    assert set(shown) == {"disks", "hyperVGeneration", "statuses"}
    assert client.power("tester") == ["HealthState/healthy", SUCCEEDED, "PowerState/deallocated"]


@pytest.mark.parametrize(
    ("action", "between", "end"),
    [
        ("deallocate", "deallocating", "deallocated"),
        ("powerOff", "stopping", "stopped"),
        ("restart", "starting", "running"),
    ],
)
def test_power_changes_in_two_steps(client: Any, action: str, between: str, end: str) -> None:
    client.pace.polls = 2
    address = client.send("POST", f"{TESTER}/{action}").headers["azure-asyncoperation"]
    assert client.power("tester")[1] == f"PowerState/{between}"
    assert client.get(TESTER)["properties"]["provisioningState"] == "Updating"
    answer = client.send("POST", f"{TESTER}/start")
    assert answer.status == 409
    assert answer.body["error"]["message"].endswith("since another operation is in progress.")
    assert [client.get(address)["status"] for _ in range(3)] == ["InProgress", "InProgress", "Succeeded"]
    assert client.power("tester")[1] == f"PowerState/{end}"
    assert client.get(TESTER)["properties"]["provisioningState"] == "Succeeded"


def test_a_vm_that_runs_is_not_marked(client: Any) -> None:
    assert client.refused("POST", f"{TESTER}/generalize") == (409, "OperationNotAllowed")
    assert client.changed() == set()


@pytest.mark.parametrize("action", ["powerOff", "deallocate"])
def test_a_vm_that_is_off_is_marked_at_once_and_again_without_harm(client: Any, action: str) -> None:
    client.send("POST", f"{TESTER}/{action}")
    before = client.get(TESTER)
    for _ in range(2):
        answer = client.send("POST", f"{TESTER}/generalize")
        assert (answer.status, answer.body) == (200, None)
        assert not {"azure-asyncoperation", "location"} & set(answer.headers)
    assert client.power("tester").count(GENERALIZED) == 1
    assert client.get(TESTER) == before, "only the instance view shows the mark"
    assert client.get(f"{TESTER}/instanceView")["statuses"][-1]["displayStatus"] == "VM generalized"
    assert client.changed() == {"/instanceViews/tester/statuses"}


def test_a_marked_vm_never_starts_again(client: Any) -> None:
    assert client.refused("POST", f"{BUILDER}/start") == (409, "OperationNotAllowed")
    assert client.send("POST", f"{BUILDER}/deallocate").status == 202
    assert client.changed() == set()


def test_states_are_read_in_any_case(document: Any, serve: Any) -> None:
    for view in document["instanceViews"].values():
        for status in view["statuses"]:
            status["code"] = status["code"].upper()
    client = serve(document)
    assert client.refused("POST", f"{TESTER}/generalize") == (409, "OperationNotAllowed")
    assert client.send("POST", f"{BUILDER}/generalize").status == 200
    assert client.changed() == set()


def test_an_ephemeral_os_disk_cannot_be_deallocated(document: Any, serve: Any) -> None:
    vm = next(body for body in document["resources"] if body["name"] == "tester")
    vm["properties"]["storageProfile"]["osDisk"]["diffDiskSettings"] = {"option": "Local"}
    client = serve(document)
    assert client.refused("POST", f"{TESTER}/deallocate") == (409, "OperationNotAllowed")
    assert client.changed() == set()


@pytest.mark.parametrize("action", ["deallocate", "generalize", "start", "runCommand", "capture"])
def test_a_vm_whose_state_was_not_read_cannot_be_acted_on(document: Any, serve: Any, action: str) -> None:
    document["instanceViews"] = {id: v for id, v in document["instanceViews"].items() if not id.endswith("tester")}
    client = serve(document)
    assert client.refused("POST", f"{TESTER}/{action}") == (403, "AuthorizationFailed")
    assert client.changed() == set()


def test_a_vm_that_is_not_there_cannot_be_acted_on(client: Any) -> None:
    assert client.refused("POST", "virtualMachines/none/deallocate") == (404, "ResourceNotFound")
    assert client.send("POST", f"{TESTER}/dance").status == 404


def test_an_etag_is_raised_by_writes_and_by_power(document: Any, serve: Any) -> None:
    next(body for body in document["resources"] if body["name"] == "tester")["etag"] = '"7"'
    client = serve(document)
    assert client.send("GET", TESTER).headers["etag"] == '"7"'
    client.send("POST", f"{TESTER}/deallocate")
    assert client.get(TESTER)["etag"] == '"8"'
    assert client.send("PATCH", TESTER, {"tags": {}}, if_match='"7"').status == 412
    assert client.send("PATCH", TESTER, {"tags": {}}, if_match='"8"').headers["etag"] == '"9"'


def test_tags_are_replaced_and_nothing_else(client: Any) -> None:
    answer = client.send("PATCH", TESTER, {"tags": {"a": "b"}})
    assert (answer.status, answer.body["properties"]["provisioningState"]) == (200, "Updating")
    assert client.get(TESTER)["tags"] == {"a": "b"}
    assert client.changed() == {"/resources//tester/tags"}


def test_a_new_vm_runs_and_keeps_no_secret(client: Any) -> None:
    profile = {"computerName": "new", "adminUsername": "me", "adminPassword": "hush", "customData": "aHVzaA=="}
    content = {
        "location": "westeurope",
        "properties": {
            "hardwareProfile": {"vmSize": "Standard_D2s_v5"},
            "storageProfile": {"osDisk": {"createOption": "FromImage"}},
            "osProfile": profile,
            "userData": "aHVzaA==",
        },
    }
    assert client.send("PUT", "virtualMachines/new", content).status == 201
    assert client.power("new") == [SUCCEEDED, "PowerState/running"]
    assert client.get("virtualMachines/new")["properties"]["timeCreated"] == "2026-11-22T12:00:00.0000000+00:00"
    assert not {"hush", "aHVzaA=="} & set(str(client.store.document()).replace("'", " ").split())
    assert client.get("disks/new_OsDisk_1")["managedBy"].endswith("/virtualMachines/new")


def test_a_deleted_vm_takes_its_state_with_it_and_leaves_its_disk(client: Any) -> None:
    assert client.send("DELETE", TESTER).status == 202
    client.operations.settle()
    assert client.refused("GET", f"{TESTER}/instanceView") == (404, "ResourceNotFound")
    assert client.get("disks/tester-os")
    assert client.changed() == {f"/{section}/tester" for section in ("resources/", "instanceViews", "guests")}


# -- the guest --------------------------------------------------------------------------------------


def test_an_ordinary_script_answers_as_recorded(client: Any) -> None:
    answer = _run(client, "echo hello; waagent --version")
    poll = client.get(answer.headers["azure-asyncoperation"])
    output = poll["properties"]["output"]
    assert [row["code"] for row in output["value"]] == [
        "ComponentStatus/StdOut/succeeded",
        "ComponentStatus/StdErr/succeeded",
    ]
    assert client.get(answer.headers["location"]) == output
    assert client.changed() == set()


@pytest.mark.parametrize("script", ["sudo waagent -deprovision+user -force", "waagent -verbose -force -deprovision"])
def test_deprovisioning_in_the_foreground_never_answers(client: Any, script: str) -> None:
    answer = _run(client, script)
    for _ in range(20):
        assert client.get(answer.headers["azure-asyncoperation"])["status"] == "InProgress"
    assert client.send("GET", answer.headers["location"]).status == 202
    agent = client.get(f"{TESTER}/instanceView")["vmAgent"]
    assert agent["statuses"][0]["displayStatus"] == "Not Ready"
    assert _run(client, "echo").body["error"]["code"] == "Conflict"
    assert client.changed() == {"/instanceViews/tester/vmAgent"}
    assert client.store.document()["guests"] == client.loaded["guests"]
    assert client.refused("PATCH", TESTER, {"tags": {}}) == (409, "OperationNotAllowed")
    # The machine can still be switched off, and is then as free as any other.
    assert client.send("POST", f"{TESTER}/deallocate").status == 202
    assert client.send("POST", f"{TESTER}/generalize").status == 200
    assert client.get(answer.headers["azure-asyncoperation"])["status"] == "InProgress"


def test_deprovisioning_on_its_own_answers_and_then_powers_off(client: Any, group: str) -> None:
    answer = _run(
        client,
        "systemd-run --no-block --collect --on-active=10 sh -c 'waagent -deprovision+user -force && poweroff'",
    )
    assert client.get(answer.headers["azure-asyncoperation"])["status"] == "Succeeded"
    assert client.power("tester") == [SUCCEEDED, "PowerState/stopped"]
    assert client.store.document()["guests"][f"{group}/{TESTER}"] == {"os": "Linux", "deprovisioned": True}


@pytest.mark.parametrize(
    ("script", "state", "prepared"),
    [
        ("& $env:windir\\System32\\Sysprep\\sysprep.exe /generalize /oobe /quiet /shutdown", "running", False),
        ("schtasks /create /tn p /tr 'sysprep.exe /generalize /shutdown'; schtasks /run /tn p", "stopped", True),
        ("Register-ScheduledTask -Action (New-ScheduledTaskAction sysprep.exe '/oobe /quiet')", "running", False),
    ],
)
def test_sysprep_works_from_a_scheduled_task(
    document: Any, serve: Any, group: str, script: str, state: str, prepared: bool
) -> None:
    document["guests"][f"{group}/{TESTER}"] = {"os": "Windows", "deprovisioned": False}
    client = serve(document)
    _run(client, script, command="RunPowerShellScript")
    client.operations.settle()
    assert client.power("tester")[1] == f"PowerState/{state}"
    assert client.store.document()["guests"][f"{group}/{TESTER}"]["deprovisioned"] is prepared


def test_a_guest_that_is_absent_has_the_system_of_its_disk(document: Any, serve: Any, group: str) -> None:
    del document["guests"]
    client = serve(document)
    _run(client, "systemd-run --no-block sh -c 'waagent -deprovision+user -force; poweroff'")
    client.operations.settle()
    assert client.store.document()["guests"] == {f"{group}/{TESTER}": {"os": "Linux", "deprovisioned": True}}


def test_a_prepared_guest_that_starts_is_prepared_no_more(client: Any, group: str) -> None:
    _run(client, "systemd-run --no-block sh -c 'waagent -deprovision+user -force; poweroff'")
    client.operations.settle()
    client.send("POST", f"{TESTER}/start")
    client.operations.settle()
    assert client.store.document()["guests"][f"{group}/{TESTER}"]["deprovisioned"] is False


def test_one_run_command_at_a_time(client: Any) -> None:
    client.pace.polls = 3
    _run(client, "sleep 1")
    assert _run(client, "sleep 1").body["error"]["code"] == "Conflict"


def test_a_run_command_needs_a_vm_that_runs_and_a_command(client: Any) -> None:
    assert _run(client, "echo", vm=BUILDER).body["error"]["code"] == "OperationNotAllowed"
    assert client.refused("POST", f"{TESTER}/runCommand", {"script": ["x"]}) == (400, "InvalidParameter")


# -- images and disks --------------------------------------------------------------------------------


def test_a_managed_image_of_a_marked_vm_is_generalized(client: Any, group: str) -> None:
    content = {"location": "westeurope", "properties": {"sourceVirtualMachine": {"id": f"{group}/{BUILDER}"}}}
    assert client.send("PUT", "images/one", content).status == 201
    disk = client.get("images/one")["properties"]["storageProfile"]["osDisk"]
    assert (disk["osType"], disk["osState"]) == ("Linux", "Generalized")
    content["properties"]["sourceVirtualMachine"]["id"] = f"{group}/{TESTER}"
    assert client.refused("PUT", "images/two", content) == (409, "OperationNotAllowed")


def test_a_snapshot_of_a_disk_has_its_size(client: Any, group: str) -> None:
    creation = {"createOption": "Copy", "sourceResourceId": f"{group}/disks/builder-os"}
    answer = client.send("PUT", "snapshots/one", {"location": "westeurope", "properties": {"creationData": creation}})
    assert answer.status == 202
    assert "/DiskOperations/" in answer.headers["location"]
    assert client.get("snapshots/one")["properties"]["diskSizeGB"] == 30
    assert client.get(answer.headers["location"])["name"] == "one"
    assert client.send("DELETE", "snapshots/one").status == 202
    assert client.changed() == set()


def test_a_vm_of_blobs_is_given_managed_disks(document: Any, serve: Any) -> None:
    vm = next(body for body in document["resources"] if body["name"] == "tester")
    disk = vm["properties"]["storageProfile"]["osDisk"]
    disk["vhd"] = {"uri": "https://a.blob.core.windows.net/c/d.vhd"}
    del disk["managedDisk"]
    client = serve(document)
    assert client.refused("POST", f"{TESTER}/convertToManagedDisks") == (409, "OperationNotAllowed")
    client.send("POST", f"{TESTER}/deallocate")
    assert client.send("POST", f"{TESTER}/convertToManagedDisks").status == 202
    managed = client.get(TESTER)["properties"]["storageProfile"]["osDisk"]["managedDisk"]
    assert client.get(managed["id"])["managedBy"].endswith(TESTER)
    assert client.refused("POST", f"{TESTER}/convertToManagedDisks") == (409, "OperationNotAllowed")


def test_a_vm_takes_commands_again_when_it_has_started_again(client: Any) -> None:
    _run(client, "waagent -deprovision+user -force")
    client.send("POST", f"{TESTER}/deallocate")
    client.send("POST", f"{TESTER}/start")
    assert _run(client, "echo").status == 202


def test_an_extension_is_put_on_a_vm_that_runs_without_its_settings(client: Any) -> None:
    content = {"location": "westeurope", "properties": {"publisher": "p", "type": "t", "settings": {"key": "hush"}}}
    assert client.send("PUT", f"{TESTER}/extensions/one", content).status == 201
    assert client.get(f"{TESTER}/extensions/one")["properties"]["provisioningState"] == "Succeeded"
    assert "hush" not in str(client.store.document())
    assert client.get(f"{TESTER}?$expand=instanceView")["resources"][0]["name"] == "one"
    assert client.refused("PUT", f"{BUILDER}/extensions/one", content) == (409, "OperationNotAllowed")
    assert client.send("DELETE", f"{TESTER}/extensions/one").status == 202
    assert client.changed() == set()
