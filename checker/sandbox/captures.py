"""Image versions: captured from a machine, an image, a disk or another version, changed, and deleted."""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping
from typing import Any

from checker.facts.arm_id import ArmId, fold
from checker.facts.version_number import VersionNumber
from checker.sandbox.bodies import inside, part, peek, set_state
from checker.sandbox.compute_path import ComputePath
from checker.sandbox.compute_reads import ComputeReads
from checker.sandbox.dates import check_end_of_life
from checker.sandbox.message import Request, Response
from checker.sandbox.operations import Operations, Work, moment
from checker.sandbox.refusals import invalid, property_change
from checker.sandbox.regions import same_region
from checker.sandbox.sources import Source, Sources
from checker.sandbox.store import Store
from checker.sandbox.writing import Write, Writer

_RETRY = 60
#: What the recorded operations took, in seconds.
_CREATE, _UPDATE, _DELETE = 780, 150, 90
#: From this version of the interface on a version has a safety profile (documented).
_WITH_SAFETY = "2022-03-03"
_MAX_REPLICAS = 100


class Versions(Writer):
    """PUT, PATCH and DELETE of image versions."""

    def __init__(self, store: Store, operations: Operations, reads: ComputeReads) -> None:
        super().__init__(store, operations, reads)
        self._sources = Sources(store, operations, reads)

    def put(self, request: Request, path: ComputePath) -> Response:
        """Create: 201 Creating [recorded]. A version that exists is updated: 200 (unconfirmed)."""
        write = self.open(request, path)
        if write.old is not None:
            return self._update(write)
        self.reads.check_place(request, path)
        if VersionNumber.parse(write.id.name) is None:
            raise invalid(
                "The image version name is invalid. The image version name should follow "
                "Major(int).Minor(int).Patch(int) format, for e.g: 1.0.0, 2018.12.1 etc."
            )
        location = self.location(write)
        profile = part(write.properties, "publishingProfile")
        _check_profile(profile, location)
        check_end_of_life(profile, self.store.clock())
        parent = ComputePath.of(Request("GET", str(write.id.parent)))
        definition = {} if parent is None else self.reads.readable(request, parent, "read")
        sources = self._sources.check(request, part(write.properties, "storageProfile"), location, definition)
        body = self.body(write, location, {})
        self._complete_profile(body, profile, str(write.content.get("location")))
        if write.version >= _WITH_SAFETY:
            inside(body, "properties", "safetyProfile").setdefault("reportedForPolicyViolation", False)
        set_state(body, "Creating")
        self.store.put_resource(body)
        self._replicate(write.id, body, "Replicating")
        finish = self._created(write.id, [copy.deepcopy(source) for source in sources])
        work = Work("capsOperations", location, write.id.key, "write", finish, _CREATE, _RETRY)
        return self.begin(write, work, 201, body, monitor=False)

    def patch(self, request: Request, path: ComputePath) -> Response:
        """Update what is there: 200 Updating [recorded]."""
        self.reads.readable(request, path, "write")
        return self._update(self.open(request, path))

    def delete(self, request: Request, path: ComputePath) -> Response:
        """Delete: 202 [recorded]; 204 where there is nothing (unconfirmed)."""
        write = self.open(request, path, "delete")
        if write.old is None:
            return self.nothing(write)
        set_state(write.old, "Deleting")
        location = str(write.old.get("location", ""))
        work = Work("capsOperations", location, write.id.key, "delete", self.removing(write.id), _DELETE)
        return self.begin(write, work, 202, None, monitor=True)

    def _update(self, write: Write) -> Response:
        old, profile = write.old or {}, part(write.properties, "publishingProfile")
        location = self.location(write)
        _check_profile(profile, location)
        check_end_of_life(profile, self.store.clock())
        _check_same_source(old, part(write.properties, "storageProfile"))
        body = self.body(write, location, {})
        moves = _regions(old) != _regions(body)
        set_state(body, "Updating")
        self.store.put_resource(body)
        finish = self._updated(write.id) if moves else self.succeeding(write.id)
        work = Work("capsOperations", location, write.id.key, "write", finish, _UPDATE, _RETRY)
        return self.begin(write, work, 200, body, monitor=False)

    def _complete_profile(self, body: dict[str, Any], sent: Mapping[str, Any], location: str) -> None:
        """What Azure adds [recorded]: the date, the replicas, the kind of storage, and a region where none is sent."""
        profile = inside(body, "properties", "publishingProfile")
        profile.setdefault("replicaCount", 1)
        profile.setdefault("excludeFromLatest", False)
        profile["publishedDate"] = moment(self.store.clock())
        profile.setdefault("storageAccountType", "Standard_LRS")
        regions = profile.get("targetRegions") or [{"name": location}]
        profile["targetRegions"] = regions
        for region in regions:
            region.setdefault("regionalReplicaCount", profile["replicaCount"])
            region.setdefault("storageAccountType", sent.get("storageAccountType") or "Standard_LRS")

    def _created(self, id: ArmId, sources: list[Source]) -> Callable[[], None]:
        def finish() -> None:
            body = self.store.resource(id.key)
            if body is not None:
                _show_disks(inside(body, "properties", "storageProfile"), sources)
                set_state(body, "Succeeded")
                self._replicate(id, body, "Completed")

        return finish

    def _updated(self, id: ArmId) -> Callable[[], None]:
        def finish() -> None:
            body = self.store.resource(id.key)
            if body is None:
                return
            set_state(body, "Succeeded")
            if self.store.entry("replicationStatus", id.key) is not None:
                self._replicate(id, body, "Completed")

        return finish

    def _replicate(self, id: ArmId, body: Mapping[str, Any], state: str) -> None:
        """Show every region in one state (members documented); regions that were there keep theirs."""
        entry = self.store.entry("replicationStatus", id.key)
        kept = {_place(row): row for row in _rows(entry)} if state == "Completed" and isinstance(entry, dict) else {}
        rows = []
        for region in _objects(peek(body, "properties", "publishingProfile").get("targetRegions")):
            name = str(region.get("name"))
            row = kept.get("".join(fold(name).split()))
            if row is None or fold(str(row.get("state"))) == "replicating":
                row = {"region": name, "state": state, "details": "", "progress": 100 if state == "Completed" else 0}
            rows.append(row)
        states = {fold(str(row.get("state"))) for row in rows}
        aggregated = "Failed" if "failed" in states else "Completed" if states <= {"completed"} else "InProgress"
        self.store.set_entry("replicationStatus", id.text, {"aggregatedState": aggregated, "summary": rows})


def _check_profile(profile: Mapping[str, Any], location: str) -> None:
    """Regions and numbers of replicas that were sent [messages documented, codes unconfirmed]."""
    _check_count(profile.get("replicaCount"), "replicaCount")
    regions = profile.get("targetRegions")
    if regions is None:
        return
    if not isinstance(regions, list) or not all(
        isinstance(r, dict) and isinstance(r.get("name"), str) for r in regions
    ):
        raise invalid("The value of parameter publishingProfile.targetRegions is invalid.", "targetRegions")
    for region in regions:
        _check_count(region.get("regionalReplicaCount"), "regionalReplicaCount")
    names = ["".join(fold(region["name"]).split()) for region in regions]
    if len(set(names)) < len(names):
        raise invalid("Duplicate regions are not allowed in target publishing regions.")
    if location and not any(same_region(name, location) for name in names):
        raise invalid(
            f"Gallery image version publishing profile regions {', '.join(names)} must contain the location of image "
            f"version {location}"
        )


def _check_count(value: Any, name: str) -> None:
    if value is None:
        return
    if not isinstance(value, int) or isinstance(value, bool):
        raise invalid(f"The value of parameter {name} is invalid.", name)
    if not 1 <= value <= _MAX_REPLICAS:
        raise invalid(
            f"The value {value} of parameter {name} is out of range. The value must be between 1 and {_MAX_REPLICAS}, "
            "inclusive."
        )


def _check_same_source(old: Mapping[str, Any], storage: dict[str, Any]) -> None:
    """The source of a version stays (a public log)."""
    for path in (("source",), ("osDiskImage", "source")):
        sent, stands = peek(storage, *path), peek(old, "properties", "storageProfile", *path)
        for name in ("id", "virtualMachineId", "communityGalleryImageId", "uri"):
            if sent.get(name) is not None and fold(str(sent[name])) != fold(str(stands.get(name))):
                whole = ".".join(("storageProfile", *path, name))
                raise property_change(f"galleryImageVersion.properties.{whole}")


def _show_disks(storage: dict[str, Any], sources: list[Source]) -> None:
    """What a version shows of its disks when it is done: sizes [recorded], and the disks of a whole source."""
    for source in sources:
        if source.id.resource_type in ("microsoft.compute/disks", "microsoft.compute/snapshots"):
            size = source.properties.get("diskSizeGB")
            for image in _objects([storage.get("osDiskImage"), *_objects(storage.get("dataDiskImages"))]):
                named = "/" + fold(str(peek(image, "source").get("id"))).strip("/")
                if named == source.id.key and isinstance(size, int):
                    image.setdefault("sizeInGB", size)
        else:
            for name, value in _disks_of(source).items():
                storage.setdefault(name, value)


def _disks_of(source: Source) -> dict[str, Any]:
    storage = peek(source.properties, "storageProfile")
    if "osDiskImage" in storage:
        images = _objects([storage["osDiskImage"], *_objects(storage.get("dataDiskImages"))])
        shown = [{**image, "source": {}} for image in images]
    else:
        shown = [_image_of(disk) for disk in _objects([storage.get("osDisk"), *_objects(storage.get("dataDisks"))])]
    if not shown:
        return {}
    return {"osDiskImage": shown[0], **({"dataDiskImages": shown[1:]} if shown[1:] else {})}


def _image_of(disk: Mapping[str, Any]) -> dict[str, Any]:
    lun = {"lun": disk["lun"]} if "lun" in disk else {}
    size = {"sizeInGB": disk["diskSizeGB"]} if "diskSizeGB" in disk else {}
    return {**lun, **size, "hostCaching": disk.get("caching", "None"), "source": {}}


def _regions(body: Mapping[str, Any]) -> set[str]:
    regions = peek(body, "properties", "publishingProfile").get("targetRegions")
    return {"".join(fold(str(region.get("name"))).split()) for region in _objects(regions)}


def _rows(entry: Mapping[str, Any]) -> list[dict[str, Any]]:
    return _objects(entry.get("summary"))


def _place(row: Mapping[str, Any]) -> str:
    return "".join(fold(str(row.get("region"))).split())


def _objects(value: Any) -> list[dict[str, Any]]:
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []
