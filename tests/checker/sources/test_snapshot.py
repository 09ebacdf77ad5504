import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checker.facts.snapshot import FORMAT, Snapshot
from checker.sandbox import tenant
from checker.sources.snapshot import dump, load

_NAMES = st.text(min_size=1, max_size=5).filter(lambda name: "/" not in name)
_JSON: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.just("text"),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["a", "b", "Ä"]), inner, max_size=3),
    max_leaves=8,
)


def test_an_unchanged_snapshot_is_written_as_it_was_read(tmp_path: Path) -> None:
    path = tmp_path / "tenant.json"
    path.write_text(json.dumps(tenant.document()))
    saved = dump(load(path))
    assert json.loads(saved) == tenant.document()
    path.write_text(saved)
    assert dump(load(path)) == saved


@given(st.dictionaries(_NAMES, _JSON, max_size=5), _NAMES)
def test_whatever_azure_puts_into_a_body_is_kept(extra: dict[str, Any], name: str) -> None:
    id = f"/subscriptions/s/resourceGroups/{name}/providers/Microsoft.Compute/galleries/{name}"
    document = {"format": FORMAT, "resources": [{**extra, "id": id}]}
    assert json.loads(dump(Snapshot.from_document(document))) == document


@pytest.mark.parametrize(
    ("member", "value"),
    [
        ("customData", "c2VjcmV0"),
        ("userData", "c2VjcmV0"),
        ("adminPassword", "hunter2hunter2"),
        ("sas", "https://a.blob.core.windows.net/c/d.vhd?sv=2024&sig=c2VjcmV0&se=2027"),
        ("header", "Bearer c2VjcmV0c2VjcmV0"),
        ("connection", "AccountName=a;AccountKey=c2VjcmV0c2VjcmV0=="),
    ],
)
def test_secrets_are_not_written(member: str, value: str) -> None:
    id = "/subscriptions/s/resourceGroups/g/providers/Microsoft.Compute/virtualMachines/vm"
    body = {"id": id, "properties": {"osProfile": {member: value, "computerName": "vm"}}}
    saved = dump(Snapshot.from_document({"format": FORMAT, "resources": [body]}))
    assert "c2VjcmV0" not in saved
    assert "hunter2" not in saved
    assert json.loads(saved)["resources"][0]["properties"]["osProfile"]["computerName"] == "vm"


def test_settings_of_extensions_are_not_written_and_other_settings_are() -> None:
    id = "/subscriptions/s/resourceGroups/g/providers/Microsoft.Compute/virtualMachines/vm"
    extension = {"name": "script", "properties": {"settings": {"run": "x"}, "protectedSettings": {"key": "y"}}}
    body = {"id": id, "properties": {"settings": "kept"}, "extensionProfile": {"extensions": [extension]}}
    saved = json.loads(dump(Snapshot.from_document({"format": FORMAT, "resources": [body]})))["resources"][0]
    assert saved["properties"] == {"settings": "kept"}
    assert saved["extensionProfile"]["extensions"] == [{"name": "script", "properties": {}}]
