"""Managed disks, snapshots, and managed images."""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping
from typing import Any

from checker.facts.arm_id import ArmId
from checker.sandbox.bodies import part, peek, set_state
from checker.sandbox.compute_path import ComputePath
from checker.sandbox.instance_views import is_generalized
from checker.sandbox.message import Refusal, Request, Response
from checker.sandbox.operations import Work, moment
from checker.sandbox.refusals import missing, not_allowed
from checker.sandbox.writing import Write, Writer

_SOURCE_TYPES = frozenset({"microsoft.compute/disks", "microsoft.compute/snapshots"})
_RETRY = 2


class Disks(Writer):
    """PUT, PATCH and DELETE of disks and snapshots: 202 with both addresses of an operation [recorded]."""

    def put(self, request: Request, path: ComputePath) -> Response:
        """Create empty or as a copy, or update."""
        write = self.open(request, path)
        if write.old is None:
            self.reads.check_place(request, path)
        location = self.location(write)
        defaults = self._defaults(write) if write.old is None else {}
        body = self.body(write, location, defaults)
        if write.old is None:
            body["properties"]["timeCreated"] = moment(self.store.clock())
            body["properties"].setdefault("diskState", "Unattached")
        set_state(body, "Updating")
        self.store.put_resource(body)
        work = Work("DiskOperations", location, write.id.key, "write", self._finish(write.id), 2, _RETRY)
        return self.begin(write, work, 202, body, monitor=True)

    def patch(self, request: Request, path: ComputePath) -> Response:
        """Update what is there."""
        self.reads.readable(request, path, "write")
        return self.put(request, path)

    def delete(self, request: Request, path: ComputePath) -> Response:
        """Delete what is attached to no VM (the words of the refusal are unconfirmed)."""
        write = self.open(request, path, "delete")
        if write.old is None:
            return self.nothing(write)
        if write.old.get("managedBy"):
            raise not_allowed(f"Disk {write.id.name} is attached to VM {write.old['managedBy']}.")
        location = str(write.old.get("location", ""))
        work = Work("DiskOperations", location, write.id.key, "delete", self.removing(write.id), 2, _RETRY)
        return self.begin(write, work, 202, None, monitor=True)

    def _defaults(self, write: Write) -> dict[str, Any]:
        creation = part(write.properties, "creationData")
        if not isinstance(creation.get("createOption"), str):
            raise missing(
                f"{'disk' if write.path.type == 'disks' else 'snapshot'}.properties.creationData.createOption"
            )
        text = creation.get("sourceResourceId")
        if text is None:
            return {}
        source = self._source(write, text)
        kept = peek(source, "properties")
        return {
            name: copy.deepcopy(kept[name]) for name in ("osType", "hyperVGeneration", "diskSizeGB") if name in kept
        }

    def _source(self, write: Write, text: Any) -> Mapping[str, Any]:
        path = ComputePath.of(Request("GET", text)) if isinstance(text, str) else None
        body = None
        if path is not None and not path.is_list and path.group:
            body = self.reads.find(write.request, path, "read")
            if ArmId.parse(path.id.text).resource_type not in _SOURCE_TYPES:
                body = None
        if body is None:
            raise Refusal(404, "NotFound", f"Disk {text} is not found.")
        return body

    def _finish(self, id: ArmId) -> Callable[[], Any]:
        def finish() -> Any:
            body = self.store.resource(id.key)
            if body is not None:
                set_state(body, "Succeeded")
            return copy.deepcopy(body)

        return finish


class Images(Writer):
    """PUT, PATCH and DELETE of managed images."""

    def put(self, request: Request, path: ComputePath) -> Response:
        """Create from a generalized VM, or from disks and blobs; update tags."""
        write = self.open(request, path)
        if write.old is None:
            self.reads.check_place(request, path)
        location = self.location(write)
        defaults = self._defaults(write) if write.old is None else {}
        body = self.body(write, location, defaults)
        set_state(body, "Creating" if write.old is None else "Updating")
        self.store.put_resource(body)
        work = Work("operations", location, write.id.key, "write", self.succeeding(write.id), 10)
        return self.begin(write, work, 201 if write.old is None else 200, body, monitor=False)

    def patch(self, request: Request, path: ComputePath) -> Response:
        """Update what is there."""
        self.reads.readable(request, path, "write")
        return self.put(request, path)

    def delete(self, request: Request, path: ComputePath) -> Response:
        """Delete: 202; 204 where there is nothing (unconfirmed)."""
        write = self.open(request, path, "delete")
        if write.old is None:
            return self.nothing(write)
        location = str(write.old.get("location", ""))
        work = Work("operations", location, write.id.key, "delete", self.removing(write.id), 10)
        return self.begin(write, work, 202, None, monitor=True)

    def _defaults(self, write: Write) -> dict[str, Any]:
        """What Azure works out from the source. Of a blob it cannot tell the generation [recorded]."""
        sent = write.properties
        vm = part(sent, "sourceVirtualMachine").get("id")
        if vm is not None:
            return self._of_machine(write, vm)
        disk = part(part(sent, "storageProfile"), "osDisk")
        if not disk:
            raise missing("storageProfile.osDisk")
        if disk.get("blobUri") and sent.get("hyperVGeneration") is None:
            raise missing("hyperVGeneration")
        return {"hyperVGeneration": "V1"}

    def _of_machine(self, write: Write, text: Any) -> dict[str, Any]:
        """A managed image of a VM: its OS disk, marked as generalized [recorded].

        That the VM must be generalized is documented, the words are unconfirmed.
        """
        path = ComputePath.of(Request("GET", text)) if isinstance(text, str) else None
        if path is None or path.type != "virtualmachines" or path.is_list or not path.group:
            raise Refusal(404, "NotFound", f"Source virtual machine '{text}' is not found.")
        body = self.reads.readable(write.request, path, "read")
        view = self.reads.instance_view(write.request, path.id)
        if not is_generalized(view):
            raise not_allowed(
                f"Operation 'create image' is not allowed on VM '{path.id.name}' since the VM is not generalized."
            )
        disk = peek(body, "properties", "storageProfile", "osDisk")
        names = ("osType", "diskSizeGB", "managedDisk", "caching", "storageAccountType")
        kept = {name: copy.deepcopy(disk[name]) for name in names if name in disk}
        if peek(disk, "vhd"):
            kept["blobUri"] = peek(disk, "vhd").get("uri")
        if isinstance(kept.get("managedDisk"), dict):
            kept["managedDisk"] = {"id": kept["managedDisk"].get("id")}
        generation = view.get("hyperVGeneration") or "V1"
        return {
            "hyperVGeneration": generation,
            "storageProfile": {"osDisk": {**kept, "osState": "Generalized"}, "dataDisks": []},
        }
