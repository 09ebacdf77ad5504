"""What Azure Compute counts a request as, and says is left: the header x-ms-ratelimit-remaining-resource.

The names of galleries, definitions, versions, applications, VMs, images and scale sets' instances are recorded, the
others made alike. The numbers are those of recordings and do not go down.
"""

from __future__ import annotations

from checker.sandbox.compute_path import ComputePath

_NAMES = {
    "galleries": "Gallery",
    "galleries/images": "GalleryImage",
    "galleries/images/versions": "GalleryImageVersion",
    "galleries/applications": "GalleryApplication",
    "disks": "Disks",
    "snapshots": "Snapshots",
    "images": "Images",
}
_GALLERY_VERBS = {"GET": "Get", "HEAD": "Get", "PUT": "CreateUpdate", "PATCH": "CreateUpdate", "DELETE": "Delete"}
_OTHER_VERBS = {"GET": "Get", "HEAD": "Get", "PUT": "Create", "PATCH": "Update", "DELETE": "Delete"}
_INSTANCES = "virtualmachinescalesets/virtualmachines"


def budget_headers(method: str, path: ComputePath) -> dict[str, str]:
    """The headers of an answer that tell how much may still be asked."""
    name = _budget(method, path)
    remaining = f"Microsoft.Compute/{name}3Min;238,Microsoft.Compute/{name}30Min;1198"
    headers = {"x-ms-ratelimit-remaining-resource": remaining}
    if path.type == _INSTANCES:
        headers["x-ms-ratelimit-remaining-resource"] += ",Microsoft.Compute/VMScaleSetVMViews3Min;4999"
        headers["x-ms-request-charge"] = "1"
    if method == "DELETE":
        headers["x-ms-ratelimit-remaining-subscription-deletes"] = "14998"
    elif method not in ("GET", "HEAD"):
        headers["x-ms-ratelimit-remaining-subscription-writes"] = "1198"
    return headers


def _budget(method: str, path: ComputePath) -> str:
    if path.type == _INSTANCES:
        return "GetVMScaleSetVM" if method in ("GET", "HEAD") else "UpdateVMScaleSetVM"
    if path.types[0] == "virtualmachines":
        if method in ("GET", "HEAD"):
            return "HighCostGet" if path.is_list else "LowCostGet"
        return "DeleteVM" if method == "DELETE" or path.action == "deallocate" else "UpdateVM"
    verbs = _GALLERY_VERBS if path.types[0] == "galleries" else _OTHER_VERBS
    return f"{verbs.get(method, 'Update')}{_NAMES.get(path.type, 'Resource')}"
