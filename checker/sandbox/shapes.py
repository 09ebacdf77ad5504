"""What is sent to Azure Compute, checked for shape before anything is done with it.

Azure refuses a value of another type than a member has; which code and words it uses is unconfirmed.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from checker.sandbox.message import Request
from checker.sandbox.refusals import invalid_content

_OBJECTS = frozenset(
    {
        *("properties", "tags", "identifier", "publishingProfile", "storageProfile", "source", "osDiskImage", "osDisk"),
        *("managedDisk", "vhd", "image", "diffDiskSettings", "osProfile", "hardwareProfile", "securityProfile", "plan"),
        *("purchasePlan", "safetyProfile", "creationData", "sourceVirtualMachine", "linuxConfiguration", "recommended"),
        *("windowsConfiguration", "networkProfile", "diagnosticsProfile", "identity", "extendedLocation", "sku"),
    }
)
_LISTS_OF_OBJECTS = frozenset({"targetRegions", "dataDisks", "dataDiskImages", "features"})
_TEXTS = frozenset(
    {
        *("location", "osType", "osState", "hyperVGeneration", "architecture", "publisher", "offer", "createOption"),
        *("id", "name", "virtualMachineId", "communityGalleryImageId", "uri", "blobUri", "sourceResourceId"),
        *("endOfLifeDate", "storageAccountType", "supportedOSType", "caching", "hostCaching", "etag", "description"),
    }
)
_FLAGS = frozenset({"excludeFromLatest", "allowExtensionOperations", "provisionVMAgent"})


def content(request: Request) -> dict[str, Any]:
    """The JSON object of a request, {} where there is none. Raises Refusal for anything else."""
    found = request.content
    if found is None:
        return {}
    if not isinstance(found, dict):
        raise invalid_content("is no object")
    level: list[Any] = [found]
    while level:
        level = [value for item in level for value in _inner(item)]
    return found


def _inner(item: Any) -> Iterator[Any]:
    """The objects and lists directly in one; every member is checked on the way. Null takes a member away."""
    pairs = item.items() if isinstance(item, dict) else ((None, value) for value in item)
    for name, value in pairs:
        if value is not None and not _fits(name, value):
            raise invalid_content(f"has a value of the wrong type at '{name}'")
        if isinstance(value, (dict, list)):
            yield value


def _fits(name: str | None, value: Any) -> bool:
    if name == "sku":
        return isinstance(value, (dict, str))  # of a disk an object, of a definition a text
    if name in _OBJECTS:
        return isinstance(value, dict)
    if name in _LISTS_OF_OBJECTS:
        return isinstance(value, list) and all(isinstance(inner, dict) for inner in value)
    if name in _TEXTS:
        return isinstance(value, str)
    return name not in _FLAGS or isinstance(value, bool)
