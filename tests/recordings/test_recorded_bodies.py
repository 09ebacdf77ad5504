"""Real answers of Azure, where the folder of recordings is at hand (IMAGECHECK_RECORDINGS)."""

import json
import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from checker.facts.arm_id import ArmId, Kind
from checker.facts.assets import Definition, Gallery, Version, VirtualMachine
from checker.facts.estate import Estate
from checker.facts.snapshot import FORMAT, Snapshot
from checker.facts.unread import Unread

FOLDER = os.environ.get("IMAGECHECK_RECORDINGS", "")

pytestmark = pytest.mark.skipif(not FOLDER, reason="IMAGECHECK_RECORDINGS names no folder of recordings")


def _bodies(*methods: str) -> list[tuple[str, Any]]:
    """Every recorded body with the path that was asked for, the last of each path."""
    found: dict[str, Any] = {}
    for path in sorted(Path(FOLDER).glob("*.json")):
        for interaction in json.loads(path.read_text()).get("interactions", []):
            request, response = interaction["request"], interaction["response"]
            if (
                request.get("method") in methods
                and response.get("status") == 200
                and isinstance(response["body"], dict)
            ):
                found[request["uri"].removeprefix("https://management.azure.com").partition("?")[0]] = response["body"]
    return list(found.items())


@pytest.fixture(scope="module")
def estate() -> Estate:
    bodies = _bodies("GET")
    resources = {b["id"].lower(): b for _, b in bodies if "/providers/Microsoft.Compute/" in str(b.get("id", ""))}
    views = {path.removesuffix("/instanceView"): b for path, b in bodies if path.endswith("/instanceView")}
    document = {
        "format": FORMAT,
        "subscriptions": [{"id": "/subscriptions/00000000-0000-0000-0000-000000000000", "tenantId": "t"}],
        "resources": list(resources.values()),
        "instanceViews": views,
        "replicationStatus": {},
    }
    return Estate(Snapshot.from_document(document), datetime(2026, 11, 22, tzinfo=UTC))


def _unread(asset: Any) -> set[str]:
    return {name for name in asset.__slots__ if isinstance(getattr(asset, name), Unread)}


def test_a_recorded_gallery_parses_whole(estate: Estate) -> None:
    [gallery] = estate.galleries()
    assert isinstance(gallery, Gallery)
    assert _unread(gallery) == set()


def test_a_recorded_definition_parses_whole(estate: Estate) -> None:
    [gallery] = estate.galleries()
    [definition] = estate.definitions(gallery.id).known
    assert isinstance(definition, Definition)
    assert _unread(definition) == set()
    assert definition.os_state == "Generalized"


def test_a_recorded_version_parses_whole_but_for_its_replication(estate: Estate) -> None:
    [gallery] = estate.galleries()
    [definition] = estate.definitions(gallery.id).known
    [version] = estate.versions(definition.id).known
    assert isinstance(version, Version)
    assert _unread(version) == {"replication"}
    assert version.number == (1, 0, 0)


def test_a_recorded_vm_of_2020_lacks_only_the_time_it_was_created(estate: Estate) -> None:
    bodies = [body for _, body in _bodies("GET") if body.get("type") == "Microsoft.Compute/virtualMachines"]
    for body in bodies:
        vm = estate.find(ArmId.parse(body["id"]))
        assert isinstance(vm, VirtualMachine)
        assert _unread(vm) == {"created"}
        assert not isinstance(vm.instance_view, Unread)
        assert vm.instance_view.codes == ("ProvisioningState/succeeded", "PowerState/running")
    assert bodies


def test_every_recorded_id_is_read_and_shown_as_azure_wrote_it() -> None:
    ids = [body["id"] for _, body in _bodies("GET", "PUT") if isinstance(body.get("id"), str)]
    compute = [id for id in ids if "Microsoft.Compute" in id]
    assert all(ArmId.parse(id).text == id for id in compute)
    assert {ArmId.parse(id).kind for id in compute} >= {Kind.GALLERY, Kind.DEFINITION, Kind.VERSION, Kind.VM}
