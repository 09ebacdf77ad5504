"""Virtual machines: created, changed, deleted; and what each has in it, its extensions."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

from checker.facts.arm_id import ArmId, fold
from checker.sandbox.bodies import inside, part, peek, set_state
from checker.sandbox.compute_path import ComputePath
from checker.sandbox.instance_views import is_agent_gone, power_state, set_agent, set_power_state
from checker.sandbox.message import Request, Response
from checker.sandbox.operations import Work, moment
from checker.sandbox.refusals import not_allowed
from checker.sandbox.writing import Write, Writer

#: From this version of the interface on a VM says when it was created (documented).
_WITH_TIME = "2021-11-01"
#: What the recorded creation took, in seconds.
_CREATE = 99


class Machines(Writer):
    """PUT, PATCH and DELETE of VMs."""

    def put(self, request: Request, path: ComputePath) -> Response:
        """Create: 201 Creating; update: 200 Updating with an ETag [recorded]."""
        write = self.open(request, path)
        if write.old is None:
            self.reads.check_place(request, path)
        self.check_free(write.id, "write")
        location = self.location(write)
        body = self.body(write, location, {})
        if write.old is None:
            return self._create(write, location, body)
        bump(body)
        set_state(body, "Updating")
        self.store.put_resource(body)
        work = Work("operations", location, write.id.key, "write", self.succeeding(write.id), 15)
        response = self.begin(write, work, 200, body, monitor=False)
        etag = {"etag": body["etag"]} if isinstance(body.get("etag"), str) else {}
        return Response(response.status, response.body, {**response.headers, **etag})

    def patch(self, request: Request, path: ComputePath) -> Response:
        """Update what is there."""
        self.reads.readable(request, path, "write")
        return self.put(request, path)

    def delete(self, request: Request, path: ComputePath) -> Response:
        """Delete: 202; 204 where there is nothing (unconfirmed). Its disks stay unless they say otherwise."""
        write = self.open(request, path, "delete")
        if write.old is None:
            return self.nothing(write)
        set_state(write.old, "Deleting")
        location = str(write.old.get("location", ""))
        work = Work("operations", location, write.id.key, "delete", self._finish_delete(write.id), 45, 10)
        return self.begin(write, work, 202, None, monitor=True)

    def check_free(self, vm: ArmId, action: str) -> None:
        """Raise Refusal where another operation changes the VM now [messages documented]."""
        running = self.busy_with(vm)
        ends_others = action in ("deallocate", "powerOff", "restart", "delete")
        if "delete" in running:
            raise not_allowed(
                f"Operation '{action}' is not allowed on VM '{vm.name}' since the VM is marked for deletion. You can "
                "only retry the Delete operation (or wait for an ongoing one to complete)."
            )
        if any(what != "runCommand" or not ends_others for what in running):
            raise not_allowed(
                f"Operation '{action}' is not allowed on VM '{vm.name}' since another operation is in progress."
            )

    def busy_with(self, vm: ArmId) -> list[str]:
        """What changes a VM now. A command that never answers holds it only until the machine is switched off."""
        view = self.store.entry("instanceViews", vm.key) or {}
        hangs = power_state(view) == "running" and is_agent_gone(view)
        under_way = [operation.work for operation in self.operations.under_way(vm.key)]
        return [work.what for work in under_way if work.seconds is not None or hangs]

    def _create(self, write: Write, location: str, body: dict[str, Any]) -> Response:
        properties = body["properties"]
        properties["vmId"] = self.store.new_guid()
        if write.version >= _WITH_TIME:
            properties["timeCreated"] = moment(self.store.clock())
        disk = inside(properties, "storageProfile", "osDisk")
        disk.setdefault("osType", "Windows" if "windowsConfiguration" in peek(properties, "osProfile") else "Linux")
        managed = self._managed_disk(write, location, disk)
        set_state(body, "Creating")
        self.store.put_resource(body)
        if managed is not None:
            self.store.put_resource(managed)
        view: dict[str, Any] = {"statuses": [_provisioning("creating", "Creating")]}
        set_power_state(view, "starting")
        self.store.set_entry("instanceViews", write.id.text, view)
        work = Work("operations", location, write.id.key, "write", self._finish_create(write.id), _CREATE, 10)
        return self.begin(write, work, 201, body, monitor=False)

    def _managed_disk(self, write: Write, location: str, disk: dict[str, Any]) -> dict[str, Any] | None:
        """The OS disk that comes with a new VM, unless it is a blob or one that is there."""
        if disk.get("vhd") or part(disk, "managedDisk").get("id"):
            return None
        name = str(disk.setdefault("name", f"{write.id.name}_OsDisk_1"))
        group = f"{write.path.scope}/providers/Microsoft.Compute/disks/{name.replace('/', '_')}"
        disk["managedDisk"] = {"storageAccountType": "Premium_LRS", **part(disk, "managedDisk"), "id": group}
        if self.store.resource(fold(group)) is not None:
            return None
        properties = {"osType": disk["osType"], "diskState": "Attached", "provisioningState": "Succeeded"}
        size = {"diskSizeGB": disk.get("diskSizeGB", 30)}
        return {
            "name": name,
            "id": group,
            "type": "Microsoft.Compute/disks",
            "location": "".join(location.lower().split()),
            "managedBy": write.id.text,
            "properties": {**properties, **size},
        }

    def _finish_create(self, vm: ArmId) -> Callable[[], None]:
        def finish() -> None:
            body, view = self.store.resource(vm.key), self.store.entry("instanceViews", vm.key)
            if body is not None and view is not None:
                set_state(body, "Succeeded")
                view["statuses"][0] = _provisioning("succeeded", "Provisioning succeeded")
                set_power_state(view, "running")
                set_agent(view, moment(self.store.clock()), ready=True)

        return finish

    def _finish_delete(self, vm: ArmId) -> Callable[[], None]:
        def finish() -> None:
            inside = [b["id"] for b in self.store.bodies("resources") or () if fold(b["id"]).startswith(vm.key + "/")]
            for id in inside:
                self.store.remove_resource(ArmId.parse(id).key)
            body = self.store.resource(vm.key)
            if body is None:
                return
            properties = copy.deepcopy(body.get("properties"))
            self.store.remove_resource(vm.key)
            self._release(vm, properties)

        return finish

    def _release(self, vm: ArmId, properties: Any) -> None:
        """Let go of the disks of a VM that is gone: those to be deleted with it are, the others are free."""
        disk = peek(properties, "storageProfile", "osDisk")
        deleted = fold(str(disk.get("deleteOption"))) == "delete"
        own = "/" + fold(str(peek(disk, "managedDisk").get("id"))).strip("/")
        if deleted and self.store.resource(own) is not None:
            self.store.remove_resource(own)
        for body in self.store.bodies("resources") or ():
            if fold(str(body.get("managedBy"))).strip("/") == vm.key.strip("/"):
                del body["managedBy"]
                if isinstance(body.get("properties"), dict) and "diskState" in body["properties"]:
                    body["properties"]["diskState"] = "Unattached"


class Extensions(Writer):
    """PUT, PATCH and DELETE of the extensions of a VM. Their settings are not kept: they may hold secrets."""

    def put(self, request: Request, path: ComputePath) -> Response:
        """Create or update on a VM that runs."""
        write = self.open(request, path)
        self.reads.check_place(request, path)
        self._check_running(write)
        location = self.location(write)
        body = self.body(write, location, {})
        body["properties"].pop("settings", None)
        set_state(body, "Creating" if write.old is None else "Updating")
        self.store.put_resource(body)
        work = Work("operations", location, write.id.key, "write", self.succeeding(write.id), 30, 10)
        return self.begin(write, work, 201 if write.old is None else 200, body, monitor=False)

    def patch(self, request: Request, path: ComputePath) -> Response:
        """Update what is there."""
        self.reads.readable(request, path, "write")
        return self.put(request, path)

    def delete(self, request: Request, path: ComputePath) -> Response:
        """Delete from a VM that runs."""
        write = self.open(request, path, "delete")
        if write.old is None:
            return self.nothing(write)
        self._check_running(write)
        location = str(write.old.get("location", ""))
        work = Work("operations", location, write.id.key, "delete", self.removing(write.id), 30, 10)
        return self.begin(write, work, 202, None, monitor=True)

    def _check_running(self, write: Write) -> None:
        vm = write.id.parent
        if vm is not None and power_state(self.reads.instance_view(write.request, vm)) != "running":
            raise not_allowed("Cannot modify extensions in the VM when the VM is not running.")


def bump(body: dict[str, Any]) -> None:
    """Raise the ETag of a VM that has one, as writes and changes of power do [noted from traffic]."""
    etag = body.get("etag")
    if isinstance(etag, str):
        digits = etag.strip('"')
        body["etag"] = f'"{int(digits) + 1}"' if digits.isascii() and digits.isdigit() and len(digits) < 10 else '"1"'


def _provisioning(state: str, words: str) -> dict[str, Any]:
    return {"code": f"ProvisioningState/{state}", "level": "Info", "displayStatus": words}
