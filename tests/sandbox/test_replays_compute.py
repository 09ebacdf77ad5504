"""Recorded traffic with Azure Compute, sent again to the sandbox: statuses, headers, members and errors as recorded."""

import copy
import json
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from checker.facts.snapshot import FORMAT, Snapshot
from checker.sandbox.message import Request, Response
from checker.sandbox.pace import Pace
from checker.sandbox.service import Sandbox
from checker.sandbox.store import Store

FOLDER = os.environ.get("IMAGECHECK_RECORDINGS", "")
HOST = "https://management.azure.com"
SUBSCRIPTION = "/subscriptions/00000000-0000-0000-0000-000000000000"
#: What every answer has, whoever gives it: the service adds these.
ORDINARY = {
    *("cache-control", "content-length", "content-type", "date", "expires", "pragma", "strict-transport-security"),
    *("x-content-type-options", "x-ms-request-id", "x-ms-correlation-request-id", "x-ms-routing-request-id"),
}
#: What Azure adds to the answer to a read, and whoever recorded these took away.
ADDED = {"x-ms-ratelimit-remaining-subscription-reads"}
OPERATION = re.compile(r"operations/([0-9a-f-]{36})", re.IGNORECASE)

pytestmark = pytest.mark.skipif(not FOLDER, reason="IMAGECHECK_RECORDINGS names no folder of recordings")


class Replay:
    """One recording, sent in its order. Ids of operations are mapped from the recorded to ours."""

    def __init__(self, name: str, resources: list[dict[str, Any]], views: dict[str, Any] | None = None) -> None:
        recording = json.loads((Path(FOLDER) / f"{name}.json").read_text())
        self.interactions: list[dict[str, Any]] = recording["interactions"]
        document = {
            "format": FORMAT,
            "subscriptions": [{"id": SUBSCRIPTION, "tenantId": "11111111-1111-4111-8111-111111111111"}],
            "resources": resources,
            "instanceViews": views or {},
            "replicationStatus": {},
        }
        self.pace = Pace()
        self.store = Store(Snapshot.from_document(document))
        self.sandbox = Sandbox(self.store, "token", self.pace)
        self.ids: dict[str, str] = {}
        self.unmatched: list[str] = []

    def send(self, method: str, uri: str, body: Any = None) -> Response:
        path, _, query = uri.removeprefix(HOST).partition("?")
        content = b"" if body is None else json.dumps(body).encode()
        return self.sandbox.handle(Request(method, path, query, {"authorization": "Bearer token"}, content, HOST))

    def all(self) -> None:
        """Send everything, and compare every answer."""
        for number, interaction in enumerate(self.interactions):
            request, recorded = interaction["request"], interaction["response"]
            uri = request["uri"]
            if "/providers/Microsoft.Compute/" not in uri:
                self.unmatched.append(f"{request['method']} {_namespace(uri)}")
                continue
            for old, new in self.ids.items():
                uri = uri.replace(old, new)
            self.pace.polls = self._polls(number, recorded)
            answer = self.send(request["method"], uri, _content(request.get("body")))
            self._compare(f"{number}: {request['method']} {uri}", recorded, answer)

    def _polls(self, number: int, recorded: dict[str, Any]) -> int:
        """How often the recording says InProgress of the operation that an answer starts."""
        started = OPERATION.search(recorded["headers"].get("azure-asyncoperation", ""))
        if started is None:
            return 0
        later = self.interactions[number + 1 :]
        return sum(started[1] in i["request"]["uri"] and _status(i["response"]["body"]) == "InProgress" for i in later)

    def _compare(self, what: str, recorded: dict[str, Any], answer: Response) -> None:
        assert answer.status == recorded["status"], (what, answer.body)
        assert set(answer.headers) - ORDINARY - ADDED == set(recorded["headers"]) - ORDINARY, what
        assert members(answer.body) == members(recorded["body"] or None), what
        if recorded["status"] >= 400:
            assert answer.body == recorded["body"], what
        assert _status(answer.body) == _status(recorded["body"]), what
        ours, theirs = (
            OPERATION.search(found.get("azure-asyncoperation", "")) for found in (answer.headers, recorded["headers"])
        )
        if ours and theirs:
            self.ids[theirs[1]] = ours[1]
            for name in ("azure-asyncoperation", "location"):
                if name in recorded["headers"]:
                    assert answer.headers[name] == recorded["headers"][name].replace(theirs[1], ours[1])


def members(value: Any) -> Any:
    """The members of a body, all the way down, without their values."""
    if isinstance(value, dict):
        return {key: members(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [members(item) for item in value]
    return None


def _content(body: Any) -> Any:
    """A recorded body: some were written down as the text of a Python bytes object, twice."""
    if isinstance(body, str):
        return json.loads(body[body.index("{") : body.rindex("}") + 1]) if "{" in body else None
    return body


def _status(body: Any) -> Any:
    return body.get("status") if isinstance(body, dict) else None


def _namespace(uri: str) -> str:
    return uri.partition("/providers/")[2].partition("/")[0]


def _compute(group: str, type: str, name: str, properties: dict[str, Any], location: str = "eastus") -> dict[str, Any]:
    return {
        "name": name,
        "id": f"{SUBSCRIPTION}/resourceGroups/{group}/providers/Microsoft.Compute/{type}/{name}",
        "type": f"Microsoft.Compute/{type}",
        "location": location,
        "properties": properties,
    }


def _vm(group: str, name: str, location: str = "eastus") -> dict[str, Any]:
    disk = {"osType": "Windows", "managedDisk": {"id": f"{SUBSCRIPTION}/resourceGroups/{group}/disks/one"}}
    return _compute(group, "virtualMachines", name, {"storageProfile": {"osDisk": disk}}, location)


def _view(power: str) -> dict[str, Any]:
    return {"statuses": [{"code": "ProvisioningState/succeeded"}, {"code": f"PowerState/{power}"}]}


def test_a_gallery_lives_as_it_was_recorded() -> None:
    snapshot = _compute("rgname", "snapshots", "snapshotname10bb14a9", {"osType": "Windows", "diskSizeGB": 200})
    replay = Replay("gallery_flow_17", [snapshot])
    before = copy.deepcopy(replay.store.document())

    replay.all()

    assert replay.unmatched == []
    assert replay.store.document() == before, "what was made was deleted again"


def test_a_vm_is_captured_as_it_was_recorded() -> None:
    group, name = "test_mgmt_compute_test_virtual_machine_capturec0f9130c", "pyvmirvmc0f9130c"
    neighbour = _compute(group, "disks", "neighbour", {}, "westus")
    replay = Replay("vm_capture_flow_12", [neighbour])
    # The creation was made before the recording begins, and is polled in it.
    replay.pace.polls = 3
    disk = {"name": "os", "createOption": "FromImage", "vhd": {"uri": "https://a.blob.core.windows.net/c/os.vhd"}}
    created = replay.send(
        "PUT",
        f"{SUBSCRIPTION}/resourceGroups/{group}/providers/Microsoft.Compute/virtualMachines/{name}?api-version=2019-12-01",
        {"location": "westus", "properties": {"storageProfile": {"osDisk": disk}}},
    )
    assert created.status == 201
    ours = OPERATION.search(created.headers["azure-asyncoperation"])
    assert ours is not None
    replay.ids["0787c1c4-182b-4308-abad-bb07a78a412b"] = ours[1]

    replay.all()

    # Storage accounts and networks are no part of the sandbox.
    assert replay.unmatched == ["GET Microsoft.Storage"] * 3 + ["GET Microsoft.Network"] * 2


def test_a_vm_is_generalized_and_then_deallocated_as_it_was_recorded() -> None:
    vm = _vm("rgname", "virtualmachinex15cf0eff")
    replay = Replay("vm_generalize_then_deallocate_17", [vm], {vm["id"]: _view("stopped")})

    replay.all()

    assert replay.unmatched == []
    view = replay.store.document()["instanceViews"][vm["id"]]
    assert [status["code"] for status in view["statuses"]] == [
        "ProvisioningState/succeeded",
        "PowerState/deallocated",
        "OSState/generalized",
    ]


def test_an_instance_view_is_shown_as_it_was_recorded() -> None:
    recording = json.loads((Path(FOLDER) / "vm_get_instanceview_17.json").read_text())["interactions"]
    bodies = [interaction["response"]["body"] for interaction in recording]
    vm, view, extension = bodies[0], bodies[1], bodies[2]["resources"][0]
    replay = Replay("vm_get_instanceview_17", [vm, extension], {vm["id"]: view})

    replay.all()

    for interaction in recording:
        request = interaction["request"]
        assert replay.send(request["method"], request["uri"]).body == interaction["response"]["body"]


def test_a_run_command_answers_as_it_was_recorded() -> None:
    vm = _vm("rgname", "virtualmachinex15cf0eff")
    replay = Replay("vm_run_command_17", [vm], {vm["id"]: _view("running")})
    before = replay.store.document()

    replay.all()

    assert replay.unmatched == []
    assert replay.store.document() == before


def test_errors_are_as_they_were_recorded() -> None:
    vm = _vm("rgname", "virtualmachinex34bd0f90")
    neighbour = _compute("test_mgmt_managed_disks_test_create_image_from_blob1cfb14b2", "disks", "one", {}, "westus")
    scale_set = _compute("rgname", "virtualMachineScaleSets", "virtualmachinescaleset8c68120d", {})
    replay = Replay("compute_errors_sdist", [vm, neighbour, scale_set], {vm["id"]: _view("running")})
    before = replay.store.document()

    replay.all()

    assert replay.unmatched == []
    assert replay.store.document() == before


def _trimmed() -> Iterator[tuple[str, dict[str, Any]]]:
    """The recording that was trimmed by hand: its addresses are written in short."""
    recording = json.loads((Path(FOLDER) / "azcli_vm_generalize.json").read_text())
    for interaction in recording["interactions"]:
        yield interaction["request"]["uri"], interaction


def test_the_command_line_generalizes_as_it_was_recorded() -> None:
    vm = _vm("rg", "vm-generalize", "westus")
    replay = Replay("azcli_vm_generalize", [vm], {vm["id"]: _view("running")})
    addresses: dict[str, str] = {}
    for uri, interaction in _trimmed():
        recorded = interaction["response"]
        answer = replay.send(interaction["request"]["method"], _address(uri, addresses))

        assert answer.status == recorded["status"]
        assert members(answer.body) == members(recorded["body"] or None)
        # Headers were trimmed too: what is left of them is there.
        assert set(recorded["headers"]) - ORDINARY <= set(answer.headers)
        addresses |= {name: value for name, value in answer.headers.items() if name in recorded["headers"]}
        for name in ("azure-asyncoperation", "location"):
            if name in recorded["headers"]:
                assert _form(answer.headers[name]) == _form(
                    recorded["headers"][name].replace("{sub}", SUBSCRIPTION[15:])
                )
    codes = [status["code"] for status in replay.store.document()["instanceViews"][vm["id"]]["statuses"]]
    assert codes == ["ProvisioningState/succeeded", "PowerState/stopped", "OSState/generalized"]


def _address(uri: str, addresses: dict[str, str]) -> str:
    if uri.startswith("..."):
        return f"{SUBSCRIPTION}/resourceGroups/rg/providers/Microsoft.Compute{uri.removeprefix('...')}"
    return addresses["location" if "monitor" in uri else "azure-asyncoperation"]


def _form(address: str) -> str:
    return re.sub(r"[0-9a-f]{8}-[0-9a-f-]{27}", "ID", address)
