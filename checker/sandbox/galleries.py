"""Writes of galleries, image definitions and gallery applications."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from checker.facts.arm_id import ArmId, fold
from checker.sandbox.bodies import part, peek, set_state
from checker.sandbox.compute_path import ComputePath
from checker.sandbox.dates import check_end_of_life
from checker.sandbox.message import Refusal, Request, Response
from checker.sandbox.operations import Work
from checker.sandbox.refusals import invalid, missing, property_change
from checker.sandbox.writing import Write, Writer

#: As .NET has it, for the message [documented], and as Python reads it.
_RULE = r"^[^_\W][\w-._]{0,79}(?<![-.])$"
_NAME = re.compile(r"[^_\W][\w\-._]{0,79}(?<![-.])", re.ASCII)
_GALLERY_NAME = re.compile(r"[^_\W][\w._]{0,79}(?<![.])", re.ASCII)
_NESTED = "Can not delete resource before nested resources are deleted."
_IMMUTABLE = ("osType", "osState", "hyperVGeneration")
_IDENTIFIER = {"publisher": 128, "offer": 64, "sku": 64}
#: From this version of the interface on a definition has an architecture (documented; the default is unconfirmed).
_WITH_ARCHITECTURE = "2021-10-01"


class Galleries(Writer):
    """PUT, PATCH and DELETE of galleries and what is directly in them, versions aside."""

    def put(self, request: Request, path: ComputePath) -> Response:
        """Create or update. New: 201 Creating; else 200 Updating [recorded]."""
        write = self.open(request, path)
        if write.old is None:
            self.reads.check_place(request, path)
            _check_name(path)
        location = self.location(write)
        check, defaults = self._of_type(write)
        check(write)
        body = self.body(write, location, defaults)
        if path.type == "galleries/applications":
            # No operation, and no provisioning state [recorded].
            self.store.put_resource(body)
            return Response(201 if write.old is None else 200, body)
        set_state(body, "Creating" if write.old is None else "Updating")
        self.store.put_resource(body)
        work = Work("capsOperations", location, write.id.key, "write", self.succeeding(write.id), seconds=0.2)
        return self.begin(write, work, 201 if write.old is None else 200, body, monitor=False)

    def patch(self, request: Request, path: ComputePath) -> Response:
        """Update what is there."""
        self.reads.readable(request, path, "write")
        return self.put(request, path)

    def delete(self, request: Request, path: ComputePath) -> Response:
        """Delete what holds nothing: 202; an application at once: 200 [recorded]. Nothing there: 204."""
        write = self.open(request, path, "delete")
        if write.old is None:
            return self.nothing(write)
        if any(key.startswith(write.id.key + "/") for key in self._keys()):
            raise Refusal(409, "CannotDeleteResource", _NESTED)
        if path.type == "galleries/applications":
            self.store.remove_resource(write.id.key)
            return Response(200)
        set_state(write.old, "Deleting")
        work = Work(
            "capsOperations", str(write.old.get("location", "")), write.id.key, "delete", self.removing(write.id)
        )
        return self.begin(write, work, 202, None, monitor=True)

    def _keys(self) -> list[str]:
        return [ArmId.parse(body["id"]).key for body in self.store.bodies("resources") or ()]

    def _of_type(self, write: Write) -> tuple[Callable[[Write], None], dict[str, Any]]:
        match write.path.type:
            case "galleries":
                unique = f"{write.path.subscription}-{write.id.name.upper()}"
                return _check_gallery, {"identifier": {"uniqueName": unique}}
            case "galleries/images":
                architecture = {"architecture": "x64"} if write.version >= _WITH_ARCHITECTURE else {}
                return self._check_definition, {"hyperVGeneration": "V1", **architecture}
            case _:
                return _check_application, {}

    def _check_definition(self, write: Write) -> None:
        sent = write.properties
        identifier = part(sent, "identifier")
        check_end_of_life(sent, self.store.clock())
        if write.old is not None:
            _check_immutable(write.old, sent, identifier)
            return
        for name in ("osType", "osState"):
            if not isinstance(sent.get(name), str):
                raise missing(f"galleryImage.properties.{name}")
        for name, longest in _IDENTIFIER.items():
            value = identifier.get(name)
            if not isinstance(value, str) or not value:
                raise missing(f"galleryImage.properties.identifier.{name}")
            if len(value) > longest or value.endswith("."):
                raise invalid(f"The value of parameter galleryImage.properties.identifier.{name} is invalid.", name)
        self._check_triple(write, identifier)

    def _check_triple(self, write: Write, identifier: Mapping[str, Any]) -> None:
        """Publisher, offer and SKU are unique in a gallery [message documented, code unconfirmed]."""
        gallery = write.id.parent
        others = [] if gallery is None else self.store.resources("microsoft.compute/galleries/images", gallery.key)
        for id, body in others:
            other = peek(body, "properties", "identifier")
            if all(_same(other.get(name), identifier.get(name)) for name in _IDENTIFIER):
                raise Refusal(
                    409,
                    "Conflict",
                    f"Gallery image: {id.name} identified by (publisher:{identifier['publisher']}, "
                    f"offer:{identifier['offer']}, sku:{identifier['sku']}) already exists. "
                    "Choose a different publisher, offer, sku combination.",
                )


def _check_name(path: ComputePath) -> None:
    """Names of galleries have no dash, others may [documented]; the message names one rule for both [documented]."""
    name, rule = path.names[-1], _GALLERY_NAME if path.type == "galleries" else _NAME
    if rule.fullmatch(name) is None:
        raise invalid(f"The entity name '{name}' is invalid according to its validation rule: {_RULE}.")


def _check_immutable(old: Mapping[str, Any], sent: Mapping[str, Any], identifier: Mapping[str, Any]) -> None:
    stands = peek(old, "properties")
    for name in _IMMUTABLE:
        if name in sent and not _same(sent[name], stands.get(name)):
            raise property_change(f"galleryImage.properties.{name}")
    triple = peek(stands, "identifier")
    for name in _IDENTIFIER:
        if name in identifier and not _same(identifier[name], triple.get(name)):
            raise property_change(f"galleryImage.properties.identifier.{name}")


def _check_gallery(write: Write) -> None:
    """What Azure gives a gallery as its identifier is not the client's to write."""
    write.properties.pop("identifier", None)


def _check_application(write: Write) -> None:
    if write.old is None and not isinstance(write.properties.get("supportedOSType"), str):
        raise missing("galleryApplication.properties.supportedOSType")


def _same(one: Any, other: Any) -> bool:
    if isinstance(one, str) and isinstance(other, str):
        return fold(one) == fold(other)
    return bool(one == other)
