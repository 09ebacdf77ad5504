"""What Azure Compute answers to a GET, and to whom: bodies as they stand, 403 for what is Unread, 404 for the rest."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import Any

from checker.facts.arm_id import ArmId
from checker.facts.unread import FactName
from checker.sandbox.bodies import inside
from checker.sandbox.compute_path import ComputePath
from checker.sandbox.denied import denied
from checker.sandbox.message import Refusal, Request, Response
from checker.sandbox.pace import Pace
from checker.sandbox.paging import page
from checker.sandbox.refusals import (
    entity_not_found,
    group_not_found,
    parent_not_found,
    resource_not_found,
    unreadable_parent,
)
from checker.sandbox.store import Store

INSTANCE_VIEW = "Microsoft.Compute/virtualMachines/instanceView/read"


class ComputeReads:
    """Reads of resources. Writes ask it, too, what is there and whether the caller may know."""

    def __init__(self, store: Store, pace: Pace) -> None:
        self._store = store
        self._pace = pace
        self._named = dict(_named_by_unread_entries(store))
        self._groups = {_group_key(ArmId.parse(body["id"])) for body in store.bodies("resources") or ()}

    # -- answers ---------------------------------------------------------------------------------------

    def one(self, request: Request, path: ComputePath) -> Response:
        """One resource, with what ``$expand`` asks for. A header ETag goes with a body that has one [noted]."""
        body = copy.deepcopy(self.readable(request, path, "read"))
        expand = request.query.get("$expand", "").lower()
        if path.type == "galleries/images/versions" and "replicationstatus" in expand:
            inside(body, "properties")["replicationStatus"] = self._replication(request, path.id)
        elif path.type == "virtualmachines" and "instanceview" in expand:
            inside(body, "properties")["instanceView"] = copy.deepcopy(self.instance_view(request, path.id))
            extensions = list(self._store.resources("microsoft.compute/virtualmachines/extensions", path.id.key))
            if extensions and "resources" not in body:
                body["resources"] = [copy.deepcopy(extension) for _, extension in extensions]
        elif isinstance(body.get("etag"), str):
            return Response(200, body, {"etag": body["etag"]})
        return Response(200, body)

    def view(self, request: Request, path: ComputePath) -> Response:
        """The instance view of a VM. That of anything else is not known [recorded for a scale set's instance]."""
        if path.type != "virtualmachines":
            raise entity_not_found()
        self.readable(request, path, "read")
        return Response(200, copy.deepcopy(self.instance_view(request, path.id)))

    def listed(self, request: Request, path: ComputePath) -> Response:
        """The resources of a subscription, a group or a parent, a page at a time."""
        self._check_list(request, path)
        parent = path.id.parent
        under = path.scope.lower() if parent is None else parent.key
        return Response(200, page(request, self._pace, list(self._elements(request, path, under))))

    # -- what is there -----------------------------------------------------------------------------------

    def readable(self, request: Request, path: ComputePath, verb: str) -> dict[str, Any]:
        """The stored body of a resource. Raises Refusal: 403 where it is Unread, 404 where it does not exist."""
        found = self.find(request, path, verb)
        if found is None:
            raise self._absent(path)
        return found

    def find(self, request: Request, path: ComputePath, verb: str) -> dict[str, Any] | None:
        """The stored body of a resource; None where it certainly does not exist. Raises Refusal (403)."""
        if self._unread(path.fact, path.id) is not None:
            raise denied(request, path.permission(verb), path.id.text)
        found = self._store.resource(path.id.key)
        if found is None and (path.id.key in self._named or self._store.uncollected(path.id) is not None):
            raise denied(request, path.permission(verb), path.id.text)
        return found

    def instance_view(self, request: Request, vm: ArmId) -> dict[str, Any]:
        """The stored instance view of a VM. Raises Refusal (403) where it is Unread."""
        found = self._store.entry("instanceViews", vm.key)
        if found is None or self._store.unread_at(FactName.INSTANCE_VIEW, vm.key) is not None:
            raise denied(request, INSTANCE_VIEW, vm.text)
        view: dict[str, Any] = found
        return view

    def check_place(self, request: Request, path: ComputePath) -> None:
        """Whether something may be created: its group is known, and what it is nested in is there."""
        parent = path.id.parent
        if not self.has_group(path):
            raise group_not_found(path.group)
        if parent is not None and self._store.resource(parent.key) is None:
            if parent.key in self._named:
                raise denied(request, path.permission("write"), path.id.text)
            raise parent_not_found(parent.name)

    def has_group(self, path: ComputePath) -> bool:
        """Whether a group holds something, or held something when the sandbox started."""
        key = path.scope.lower()
        return key in self._groups or any(
            _group_key(ArmId.parse(body["id"])) == key for body in self._store.bodies("resources") or ()
        )

    # -- within ------------------------------------------------------------------------------------------

    def _absent(self, path: ComputePath) -> Refusal:
        if path.types[0] == "virtualmachinescalesets" and len(path.types) > 1:
            return entity_not_found()
        if not self.has_group(path):
            return group_not_found(path.group)
        names = "/".join(
            f"{type}/{name}" for type, name in zip(path.spelled_type.split("/")[1:], path.names, strict=True)
        )
        return resource_not_found(f"Microsoft.Compute/{names}", path.group)

    def _unread(self, fact: FactName | None, id: ArmId) -> object:
        return None if fact is None else self._store.unread_at(fact, id.key)

    def _replication(self, request: Request, version: ArmId) -> dict[str, Any]:
        found = self._store.entry("replicationStatus", version.key)
        if found is None or self._store.unread_at(FactName.REPLICATION, version.key) is not None:
            raise denied(request, "Microsoft.Compute/galleries/images/versions/read", version.text)
        replication: dict[str, Any] = copy.deepcopy(found)
        return replication

    def _check_list(self, request: Request, path: ComputePath) -> None:
        """Raises Refusal where the list would have holes, or what it is a list of is not there."""
        parent = path.id.parent
        if parent is None:
            unread = None if path.fact is None else self._store.unread_at(path.fact, path.scope.lower())
            if unread is not None or self._store.uncollected(path.id) is not None:
                raise denied(request, path.permission("read"), path.scope)
            if path.group and not self.has_group(path):
                raise group_not_found(path.group)
            return
        unread = None if path.fact is None else self._store.unread_at(path.fact, parent.key)
        hidden = parent.key in self._named and self._store.resource(parent.key) is None
        if unread is not None or hidden or self._store.uncollected(path.id) is not None:
            raise denied(request, path.permission("read"), parent.text)
        if self._store.resource(parent.key) is None:
            if not self.has_group(path):
                raise group_not_found(path.group)
            raise unreadable_parent("/".join(path.spelled_type.split("/")[1:]), parent)

    def _elements(self, request: Request, path: ComputePath, under: str) -> Iterator[dict[str, Any]]:
        type = "/".join(("microsoft.compute", *path.types))
        for id, body in self._store.resources(type, under):
            if self._unread(path.fact, id) is not None:
                yield _stub(id, path, body)
            elif path.type == "virtualmachines":
                yield self._machine(request, id, body)
            else:
                yield copy.deepcopy(body)
        for id in self._named.values():
            named_only = self._store.resource(id.key) is None
            if named_only and id.resource_type == type and id.key.startswith(under + "/"):
                yield _stub(id, path, {})

    def _machine(self, request: Request, id: ArmId, body: dict[str, Any]) -> dict[str, Any]:
        """A VM in a list. ``statusOnly`` gives the statuses alone (documented; what else is left is unconfirmed)."""
        status_only = request.query.get("statusonly", "").lower() == "true"
        if not status_only and request.query.get("$expand", "").lower() != "instanceview":
            return copy.deepcopy(body)
        unread = self._store.unread_at(FactName.INSTANCE_VIEW, id.key)
        view = copy.deepcopy(self._store.entry("instanceViews", id.key)) if unread is None else None
        found = {key: copy.deepcopy(body[key]) for key in body if not status_only or key != "properties"}
        if status_only:
            found["properties"] = {}
            view = None if view is None else {"statuses": view.get("statuses", [])}
        if view is not None:
            inside(found, "properties")["instanceView"] = view
        return found


def _named_by_unread_entries(store: Store) -> Iterator[tuple[str, ArmId]]:
    """The resources that ``unread`` entries speak of: they exist, whatever else is said of them."""
    for fact in FactName:
        for unread in store.unread_scopes(fact).values():
            try:
                id = ArmId.parse(unread.scope)
            except ValueError:
                continue
            if id.resource_type:
                yield id.key, id


def _stub(id: ArmId, path: ComputePath, body: dict[str, Any]) -> dict[str, Any]:
    location = {"location": body["location"]} if "location" in body else {}
    return {"id": id.text, "name": id.name, "type": path.spelled_type, **location}


def _group_key(id: ArmId) -> str:
    return f"{id.subscription_id.key}/resourcegroups/{id.resource_group.lower()}"
