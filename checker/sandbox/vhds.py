"""Machines whose disks are blobs: what a capture of one answers, and what they become with managed disks."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from checker.facts.arm_id import ArmId
from checker.sandbox.bodies import inside, peek
from checker.sandbox.writing import Write


def captured_template(write: Write, prefix: str, container: str, guid: str) -> dict[str, Any]:
    """The result of a capture [recorded]: a template that makes a VM of the copied blob."""
    body = write.old or {}
    disk = peek(body, "properties", "storageProfile", "osDisk")
    uri = str(peek(disk, "vhd").get("uri", ""))
    account = "/".join(uri.split("/")[:3])
    name = f"{prefix}-osDisk.{guid}.vhd"
    parameters = {
        "vmName": {"type": "string"},
        "vmSize": {"type": "string", "defaultValue": "Standard_A0"},
        "adminUserName": {"type": "string"},
        "adminPassword": {"type": "securestring"},
        "networkInterfaceId": {"type": "string"},
    }
    os_disk = {
        "osType": disk.get("osType", "Linux"),
        "name": name,
        "createOption": "FromImage",
        "image": {"uri": f"{account}/system/Microsoft.Compute/Images/{container}/{name}"},
        "vhd": {"uri": f"{account}/vmcontainer{guid}/osDisk.{guid}.vhd"},
        "caching": disk.get("caching", "None"),
    }
    properties = {
        "hardwareProfile": {"vmSize": "[parameters('vmSize')]"},
        "storageProfile": {"osDisk": os_disk},
        "osProfile": {
            "computerName": "[parameters('vmName')]",
            "adminUsername": "[parameters('adminUsername')]",
            "adminPassword": "[parameters('adminPassword')]",
        },
        "networkProfile": {"networkInterfaces": [{"id": "[parameters('networkInterfaceId')]"}]},
        "provisioningState": 0,
    }
    return {
        "$schema": "http://schema.management.azure.com/schemas/2014-04-01-preview/VM_IP.json",
        "contentVersion": "1.0.0.0",
        "parameters": parameters,
        "resources": [
            {
                "name": "[parameters('vmName')]",
                "type": "Microsoft.Compute/virtualMachines",
                "location": body.get("location", ""),
                "apiVersion": write.version,
                "properties": properties,
            }
        ],
    }


def converted(vm: ArmId, body: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Give a VM a managed OS disk in the place of its blob; yields the new disk (its members are unconfirmed)."""
    disk = inside(body, "properties", "storageProfile", "osDisk")
    if "vhd" not in disk:
        return
    del disk["vhd"]
    name = f"{vm.name}_OsDisk_1"
    scope = vm.text.rpartition("/virtualMachines/")[0] or vm.text.rpartition("/")[0].rpartition("/")[0]
    disk["managedDisk"] = {"id": f"{scope}/disks/{name}", "storageAccountType": "Standard_LRS"}
    yield {
        "name": name,
        "id": f"{scope}/disks/{name}",
        "type": "Microsoft.Compute/disks",
        "location": body.get("location", ""),
        "managedBy": vm.text,
        "properties": {
            "osType": disk.get("osType", "Linux"),
            "diskSizeGB": disk.get("diskSizeGB", 30),
            "diskState": "Reserved",
            "provisioningState": "Succeeded",
        },
    }
