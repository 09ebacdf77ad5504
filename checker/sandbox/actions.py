"""The actions on a VM: power, the generalized mark, run commands, capture, and what Azure refuses of them.

Messages are documented or recorded unless a function says otherwise.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from checker.facts.arm_id import ArmId
from checker.sandbox.bodies import peek, set_state
from checker.sandbox.compute_path import ComputePath
from checker.sandbox.guests import Outcome, outcome, result
from checker.sandbox.instance_views import (
    forget_guest,
    is_agent_gone,
    is_generalized,
    mark_generalized,
    power_state,
    set_agent,
    set_power_state,
    wake,
)
from checker.sandbox.machines import Machines, bump
from checker.sandbox.message import Refusal, Request, Response
from checker.sandbox.operations import Work, moment
from checker.sandbox.refusals import missing, not_allowed
from checker.sandbox.vhds import captured_template, converted
from checker.sandbox.writing import Write

#: How Azure names each action in its messages, by its folded path segment.
_NAMES = {
    "start": "start",
    "restart": "restart",
    "poweroff": "powerOff",
    "deallocate": "deallocate",
    "generalize": "generalize",
    "redeploy": "redeploy",
    "reapply": "reapply",
    "reimage": "reimage",
    "capture": "capture",
    "performmaintenance": "performMaintenance",
    "converttomanageddisks": "convertToManagedDisks",
    "runcommand": "runCommand",
}
#: What the recorded operations took, in seconds; a start and a restart are guesses.
_SECONDS = {"powerOff": 17.0, "deallocate": 28.0, "start": 30.0, "restart": 30.0, "capture": 0.3, "runCommand": 30.0}
_RETRY = 10
_OFF = ("stopped", "deallocated")


class Actions(Machines):
    """POSTs on a VM."""

    def post(self, request: Request, path: ComputePath) -> Response | None:
        """Do an action; None for one that is not known."""
        name = _NAMES.get(path.action)
        if name is None:
            return None
        self.reads.readable(request, path, f"{name}/action")
        write = self.open(request, path, f"{name}/action")
        view = self.reads.instance_view(request, write.id)
        match name:
            case "runCommand":
                return self._run_command(write, view)
            case "generalize":
                return self._generalize(write, view)
            case "reimage":
                return self._reimage(write, view)
            case "performMaintenance":
                # Recorded: an ordinary subscription is not eligible.
                raise not_allowed(
                    f"Operation 'performMaintenance' is not allowed on VM '{write.id.name}' since the Subscription of "
                    "this VM is not eligible."
                )
            case "convertToManagedDisks":
                return self._convert(write, view)
            case "capture":
                return self._capture(write, view)
            case _:
                return self._change_power(write, view, name)

    # -- power --------------------------------------------------------------------------------------------

    def _change_power(self, write: Write, view: dict[str, Any], name: str) -> Response:
        self.check_free(write.id, name)
        self._check_power(write, view, name)
        between, end = {
            "start": ("starting", "running"),
            "restart": ("starting", "running"),
            "powerOff": ("stopping", "stopped"),
            "deallocate": ("deallocating", "deallocated"),
        }.get(name, ("", ""))
        moves = bool(end) and (power_state(view) != end or name == "restart")
        if moves:
            set_power_state(view, between)
        return self._act(write, name, self._arrive(write.id, end) if moves else lambda: None)

    def _check_power(self, write: Write, view: dict[str, Any], name: str) -> None:
        if name in ("start", "restart", "redeploy") and is_generalized(view):
            shown = "Start VM" if name == "start" else name
            raise not_allowed(
                f"Operation '{shown}' is not allowed on VM '{write.id.name}' since the VM is generalized."
            )
        if name in ("restart", "powerOff", "redeploy") and power_state(view) == "deallocated":
            # Which operations Azure refuses so is unconfirmed.
            raise not_allowed(
                f"Operation '{name}' is not allowed on VM '{write.id.name}' since the VM is either deallocated or "
                "marked to be deallocated."
            )
        if name == "deallocate" and _os_disk(write).get("diffDiskSettings") is not None:
            # That it cannot be is documented, the words are unconfirmed.
            raise not_allowed(
                f"Operation 'deallocate' is not allowed on VM '{write.id.name}' since the VM uses an ephemeral OS disk."
            )

    def _arrive(self, vm: ArmId, state: str) -> Callable[[], None]:
        def finish() -> None:
            body, view = self.store.resource(vm.key), self.store.entry("instanceViews", vm.key)
            if body is None or view is None:
                return
            set_power_state(view, state)
            bump(body)
            if state == "deallocated":
                forget_guest(view)
            elif state == "running":
                wake(view, moment(self.store.clock()))
                guest = self.store.entry("guests", vm.key)
                if isinstance(guest, dict) and guest.get("deprovisioned"):
                    guest["deprovisioned"] = False  # what starts is provisioned anew

        return finish

    def _act(self, write: Write, name: str, finish: Callable[[], Any], seconds: float | None = 0) -> Response:
        """Answer 202 and start the operation [recorded]. Meanwhile the VM is Updating (unconfirmed for actions)."""
        body = write.old or {}
        before = peek(body, "properties").get("provisioningState")
        # A run command leaves the provisioning state alone: it can last for ever.
        shows = name != "runCommand" and isinstance(before, str)
        if shows:
            set_state(body, "Updating")

        def done() -> Any:
            stored = self.store.resource(write.id.key)
            if shows and stored is not None:
                set_state(stored, str(before))
            return finish()

        location = str(body.get("location", ""))
        took = _SECONDS.get(name, 20.0) if seconds == 0 else seconds
        work = Work("operations", location, write.id.key, name, done, took, _RETRY)
        return self.begin(write, work, 202, None, monitor=True)

    # -- the mark ------------------------------------------------------------------------------------------

    def _generalize(self, write: Write, view: dict[str, Any]) -> Response:
        """At once, 200 without a body, and again without harm; only the instance view shows it [recorded]."""
        self.check_free(write.id, "generalize")
        if power_state(view) not in _OFF:
            raise not_allowed(
                f"Operation 'generalize' is not allowed on VM '{write.id.name}' since the VM is running. Please power "
                "off explicitly in case you shut down the VM from inside the guest operating system."
            )
        if not is_generalized(view):
            mark_generalized(view)
            bump(write.old or {})
        return Response(200)

    # -- the guest -----------------------------------------------------------------------------------------

    def _run_command(self, write: Write, view: dict[str, Any]) -> Response:
        command, script = write.content.get("commandId"), write.content.get("script")
        if not isinstance(command, str) or not command:
            raise missing("runCommandInput.commandId")
        if "runCommand" in self.busy_with(write.id):
            raise Refusal(
                409,
                "Conflict",
                "Run command extension execution is in progress. Please wait for completion before invoking a run "
                "command.",
            )
        self.check_free(write.id, "runCommand")
        self._check_guest(write, view)
        lines = [line for line in script if isinstance(line, str)] if isinstance(script, list) else []
        end = outcome("\n".join(lines), self._os(write))
        if end is Outcome.NEVER_ANSWERS:
            set_agent(view, moment(self.store.clock()), ready=False)
            return self._act(write, "runCommand", result, seconds=None)
        return self._act(write, "runCommand", lambda: self._answered(write, end))

    def _check_guest(self, write: Write, view: dict[str, Any]) -> None:
        if power_state(view) != "running":
            raise not_allowed("The operation requires the VM to be running (or set to run).")
        if peek(write.old, "properties", "osProfile").get("allowExtensionOperations") is False:
            raise not_allowed(
                "This operation cannot be performed when extension operations are disallowed. To allow, please ensure "
                "VM Agent is installed on the VM and the osProfile.allowExtensionOperations property is true."
            )
        if is_agent_gone(view):
            # The words are Azure's for an agent that reports nothing; that they come with this code is unconfirmed.
            raise Refusal(
                409,
                "Conflict",
                f"VM '{write.id.name}' has not reported status for VM agent or extensions. Please verify that the OS "
                "is up and healthy, the VM has a running VM agent, and that it can establish outbound connections to "
                "Azure storage.",
            )

    def _answered(self, write: Write, end: Outcome) -> dict[str, Any]:
        if end is not Outcome.ANSWERS:
            later = Work(
                "operations", "", write.id.key + "#guest", "guest", self._deprovisioned(write, end), 60, unseen=True
            )
            self.operations.start(write.path.subscription, later)
        return result()

    def _deprovisioned(self, write: Write, end: Outcome) -> Callable[[], None]:
        def finish() -> None:
            view = self.store.entry("instanceViews", write.id.key)
            if view is None or power_state(view) != "running":
                return
            self.store.set_entry("guests", write.id.text, {"os": self._os(write), "deprovisioned": True})
            set_agent(view, moment(self.store.clock()), ready=False)
            if end is Outcome.THEN_POWERS_OFF:
                set_power_state(view, "stopped")
                body = self.store.resource(write.id.key)
                bump({} if body is None else body)

        return finish

    def _os(self, write: Write) -> str:
        guest = self.store.entry("guests", write.id.key)
        told = guest.get("os") if isinstance(guest, dict) else None
        return str(told or _os_disk(write).get("osType") or "Linux")

    # -- disks -----------------------------------------------------------------------------------------------

    def _reimage(self, write: Write, view: dict[str, Any]) -> Response:
        """Refused as recorded; with an ephemeral OS disk it is allowed (documented)."""
        if _os_disk(write).get("diffDiskSettings") is None:
            raise not_allowed(
                "The Reimage and OSUpgrade Virtual Machine actions require that the virtual machine has Automatic OS "
                "Upgrades enabled."
            )
        return self._change_power(write, view, "reimage")

    def _convert(self, write: Write, view: dict[str, Any]) -> Response:
        """Refused as recorded for a VM that has managed disks; for another the words are unconfirmed."""
        disk = _os_disk(write)
        if isinstance(disk.get("managedDisk"), dict):
            raise not_allowed(f"VM '{write.id.name}' is already using managed disks.")
        self.check_free(write.id, "convertToManagedDisks")
        if power_state(view) != "deallocated":
            raise not_allowed(
                f"Operation 'convertToManagedDisks' is not allowed on VM '{write.id.name}' since the VM is not "
                "deallocated."
            )

        def finish() -> None:
            body = self.store.resource(write.id.key)
            if body is not None:
                for new in converted(write.id, body):
                    self.store.put_resource(new)

        return self._act(write, "convertToManagedDisks", finish)

    def _capture(self, write: Write, view: dict[str, Any]) -> Response:
        """Copy the blobs of a generalized VM [recorded]. What is refused is documented, the words are unconfirmed."""
        self.check_free(write.id, "capture")
        prefix, container = write.content.get("vhdPrefix"), write.content.get("destinationContainerName")
        for name, value in (("vhdPrefix", prefix), ("destinationContainerName", container)):
            if not isinstance(value, str) or not value:
                raise missing(name)
        if not is_generalized(view):
            raise not_allowed(
                f"Operation 'capture' is not allowed on VM '{write.id.name}' since the VM is not generalized."
            )
        if isinstance(_os_disk(write).get("managedDisk"), dict):
            raise not_allowed(
                f"Operation 'capture' is not allowed on VM '{write.id.name}' since the VM is using managed disks."
            )
        output = captured_template(write, str(prefix), str(container), self.store.new_guid())
        return self._act(write, "capture", lambda: output)


def _os_disk(write: Write) -> Mapping[str, Any]:
    return peek(write.old, "properties", "storageProfile", "osDisk")
