"""What the writes to Azure Compute have in common: a checked body, a merge, a place, and an operation."""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from checker.facts.arm_id import ArmId
from checker.sandbox.bodies import inside, merge, part, set_state
from checker.sandbox.compute_path import ComputePath
from checker.sandbox.compute_reads import ComputeReads
from checker.sandbox.message import Refusal, Request, Response
from checker.sandbox.operations import Operations, Work
from checker.sandbox.refusals import group_not_found
from checker.sandbox.regions import REGIONS, same_region
from checker.sandbox.shapes import content
from checker.sandbox.store import Store


@dataclass(frozen=True)
class Write:
    """A write under way: who asks, of what, what is there now, and what was sent.

    ``id`` is that of the resource as it is stored, or as it will be.
    """

    request: Request
    path: ComputePath
    id: ArmId
    old: dict[str, Any] | None
    content: dict[str, Any]

    @property
    def properties(self) -> dict[str, Any]:
        """The properties that were sent."""
        return part(self.content, "properties")

    @property
    def version(self) -> str:
        """The version of the interface, a date."""
        return self.request.query.get("api-version", "")


class Writer:
    """The store, the operations and the reads, as the writes of a kind of resource use them."""

    def __init__(self, store: Store, operations: Operations, reads: ComputeReads) -> None:
        self.store = store
        self.operations = operations
        self.reads = reads

    def open(self, request: Request, path: ComputePath, verb: str = "write") -> Write:
        """Read a request to write. Raises Refusal where the caller may not, or the body is none."""
        old = self.reads.find(request, path, verb)
        _check_match(request, old)
        return Write(request, path, self._id(path, old), old, content(request))

    def nothing(self, write: Write) -> Response:
        """The answer to a DELETE of what is not there: 204, but for a group that is not there (unconfirmed)."""
        if not self.reads.has_group(write.path):
            raise group_not_found(write.path.group)
        return Response(204)

    def location(self, write: Write) -> str:
        """Where a new resource is to be; that of one that exists cannot change. Raises Refusal."""
        asked = write.content.get("location")
        if write.old is not None:
            stands = str(write.old.get("location", ""))
            if isinstance(asked, str) and stands and not same_region(asked, stands):
                raise Refusal(
                    409,
                    "InvalidResourceLocation",
                    f"The resource '{write.id.name}' already exists in location '{_plain(stands)}' in resource group "
                    f"'{write.id.resource_group}'. A resource with the same name cannot be created in location "
                    f"'{_plain(asked)}'. Please select a new resource name.",
                )
            return stands
        if not isinstance(asked, str) or not asked.strip():
            raise Refusal(400, "LocationRequired", "The location property is required for this definition.")
        if not self._is_region(asked):
            raise Refusal(
                400,
                "LocationNotAvailableForResourceType",
                f"The provided location '{asked}' is not available for resource type '{write.path.spelled_type}'. "
                f"List of available regions for the resource type is '{','.join(REGIONS)}'.",
            )
        return asked

    def body(self, write: Write, location: str, defaults: dict[str, Any]) -> dict[str, Any]:
        """The body that a write leaves: what was there, or ``defaults``, with what was sent merged into it."""
        if write.old is None:
            found: dict[str, Any] = {
                "name": write.id.name,
                "id": write.id.text,
                "type": write.path.spelled_type,
                "location": _plain(location),
                "properties": copy.deepcopy(defaults),
            }
        else:
            found = copy.deepcopy(write.old)
        sent = {
            key: value
            for key, value in write.content.items()
            if key not in ("id", "name", "type", "location", "etag", "systemData", "properties", "tags")
        }
        merge(found, sent)
        if "tags" in write.content:
            found["tags"] = copy.deepcopy(part(write.content, "tags"))
        merge(inside(found, "properties"), write.properties)
        return found

    def begin(self, write: Write, work: Work, status: int, body: dict[str, Any] | None, *, monitor: bool) -> Response:
        """Start the operation of a write, and answer it."""
        operation = self.operations.start(write.path.subscription, work)
        headers = self.operations.headers(operation, write.request, monitor=monitor)
        return Response(status, copy.deepcopy(body), headers)

    def succeeding(self, id: ArmId) -> Callable[[], None]:
        """The end of a write that only has to say that it is done."""

        def finish() -> None:
            body = self.store.resource(id.key)
            if body is not None:
                set_state(body, "Succeeded")

        return finish

    def removing(self, id: ArmId) -> Callable[[], None]:
        """The end of a deletion."""

        def finish() -> None:
            if self.store.resource(id.key) is not None:
                self.store.remove_resource(id.key)
                self.store.drop("disks", id.key)

        return finish

    def _id(self, path: ComputePath, old: dict[str, Any] | None) -> ArmId:
        """The id as stored; of something new below that of its parent as stored, else as it was asked."""
        if old is not None:
            return ArmId.parse(old["id"])
        parent = None if path.parent is None else self.store.resource(path.parent.key)
        if parent is None:
            return path.id
        type, name = path.id.text.split("/")[-2:]
        return ArmId.parse(f"{parent['id']}/{type}/{name}")

    def _is_region(self, text: str) -> bool:
        """A region of Azure, or one that the store uses: made-up ones in a snapshot stay usable."""
        if any(same_region(text, name) for name in REGIONS):
            return True
        stored = (body.get("location") for body in self.store.bodies("resources") or ())
        return any(isinstance(place, str) and same_region(text, place) for place in stored)


def _check_match(request: Request, old: dict[str, Any] | None) -> None:
    """If-Match and If-None-Match, as HTTP has them (unconfirmed for Compute)."""
    wanted, unwanted = request.headers.get("if-match"), request.headers.get("if-none-match")
    etag = None if old is None else old.get("etag")
    fits = wanted is None or (old is not None and wanted in ("*", etag))
    if not fits or (unwanted is not None and old is not None and unwanted in ("*", etag)):
        raise Refusal(412, "PreconditionFailed", "The condition specified in the request headers is not met.")


def _plain(location: str) -> str:
    return "".join(location.lower().split())
