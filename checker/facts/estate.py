"""The estate: everything that was read of a tenant, as frozen facts with the look-ups that rules need."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from checker.facts.arm_id import ArmId, Kind, fold, subscription_key
from checker.facts.assets import (
    Asset,
    Definition,
    Disk,
    Gallery,
    InstanceView,
    Replication,
    Subscription,
    Version,
    VirtualMachine,
    same,
)
from checker.facts.assignments import Assignments
from checker.facts.collected import Collected
from checker.facts.coverage import Coverage
from checker.facts.directory import Directory, Groups, parse_directory
from checker.facts.listing import Listing
from checker.facts.snapshot import Snapshot
from checker.facts.unread import Fact, FactName, Unread, not_collected
from checker.facts.version_number import VersionNumber
from checker.facts.wire import Body


class Estate:
    """The facts of a snapshot. Nothing is read, fetched or changed after it is made.

    ``taken`` is the moment that the facts speak of; ``assignments`` says who was given which role where, ``coverage``
    why what is not there may exist all the same.
    """

    def __init__(self, snapshot: Snapshot, now: datetime) -> None:
        self._snapshot = snapshot
        self.taken = snapshot.captured or now
        self._subscriptions = self._parse_subscriptions()
        self._bodies = {id.key: (id, content) for id, content in snapshot.resources()}
        collected = Collected(snapshot.section("collected"), frozenset(self._subscriptions))
        self.coverage = Coverage(snapshot, collected, self._subscriptions, self._bodies)
        self._children: dict[str, list[ArmId]] = {}
        self._galleries: dict[str, list[ArmId]] = {}
        self._index()
        self._instance_views = self._by_key("instanceViews")
        self._replications = self._by_key("replicationStatus")
        self._assets: dict[str, Asset] = {}
        self._versions: dict[str, Listing[Version]] = {}
        self._newest: dict[str, VersionNumber | None] = {}
        self._directory = parse_directory(snapshot.section("directory"), collected)
        self.assignments = Assignments(snapshot, collected)

    # -- assets ---------------------------------------------------------------------------------

    def subscriptions(self) -> tuple[Subscription, ...]:
        """The subscriptions that were read."""
        return tuple(self._subscriptions.values())

    def subscription(self, guid: str) -> Subscription:
        """A subscription by its GUID. Where it was not read, its members are Unread."""
        key = "/subscriptions/" + fold(guid)
        found = self._subscriptions.get(key)
        if found is not None:
            return found
        id = ArmId.parse(key)
        unread = self._snapshot.unread_around(FactName.SUBSCRIPTION, key)
        return Subscription.parse(
            id,
            Body(
                id.text,
                FactName.SUBSCRIPTION,
                not_collected(FactName.SUBSCRIPTION, key) if unread is None else unread,
            ),
        )

    def galleries(self, subscription: str | None = None) -> tuple[Gallery, ...]:
        """The galleries that were read: all, or those of a subscription (GUID, folded)."""
        wanted = self._galleries if subscription is None else {subscription: self._galleries.get(subscription, [])}
        found = [self.find(id) for ids in wanted.values() for id in ids]
        return tuple(gallery for gallery in found if isinstance(gallery, Gallery))

    def find(self, id: ArmId) -> Asset | None:
        """An asset by its id, with Unread members where its body was not read.

        None where it certainly does not exist, or is of a kind that no rule judges.
        """
        if id.kind is None:
            return None
        if id.kind is Kind.SUBSCRIPTION:
            return self.subscription(id.subscription)
        asset = self._assets.get(id.key)
        if asset is None:
            written, found = self._bodies.get(id.key, (id, None))
            content: Fact[Mapping[str, Any]] | None = _first(
                self.coverage.of_body(id), found, self.coverage.of_missing(id) if found is None else None
            )
            if content is None:
                return None
            asset = self._parse(written, Body(written.text, _fact_of(written), content))
            self._assets[id.key] = asset
        return asset

    def body(self, id: ArmId) -> Body | None:
        """The wire body of any resource; None where it certainly does not exist."""
        written, content = self._bodies.get(id.key, (id, None))
        if content is not None:
            return Body(written.text, _fact_of(written), content)
        unread = self.coverage.of_missing(id)
        return None if unread is None else Body(id.text, _fact_of(id), unread)

    def definitions(self, gallery: ArmId) -> Listing[Definition]:
        """The image definitions of a gallery."""
        listing = self._list(FactName.DEFINITIONS, gallery)
        return Listing(tuple(a for a in listing.known if isinstance(a, Definition)), listing.rest)

    def versions(self, definition: ArmId) -> Listing[Version]:
        """The image versions of a definition."""
        found = self._versions.get(definition.key)
        if found is None:
            listing = self._list(FactName.VERSIONS, definition)
            found = Listing(tuple(a for a in listing.known if isinstance(a, Version)), listing.rest)
            self._versions[definition.key] = found
        return found

    def newest_number(self, definition: ArmId) -> VersionNumber | None:
        """The highest number among the versions of a definition that are known; None where none is valid."""
        if definition.key not in self._newest:
            numbers = [v.number for v in self.versions(definition).known if v.number is not None]
            self._newest[definition.key] = max(numbers, default=None)
        return self._newest[definition.key]

    # -- the subscription and its tenant --------------------------------------------------------

    def provider(self, subscription: str, namespace: str) -> Fact[str]:
        """The registration state of a resource provider in a subscription."""
        key = "/subscriptions/" + fold(subscription)
        unread = self._snapshot.unread_around(FactName.PROVIDERS, key)
        if unread is not None:
            return unread
        for written, states in (self._snapshot.section("providers") or {}).items():
            if subscription_key(written) == key:
                for name, state in states.items():
                    if same(name, namespace):
                        return str(state)
        return not_collected(FactName.PROVIDERS, key, f"the state of {namespace} was not collected")

    def directory(self, subscription: str) -> Fact[Directory]:
        """The directory that a subscription trusts."""
        key = "/subscriptions/" + fold(subscription)
        tenant = self.subscription(subscription).tenant_id
        if isinstance(tenant, Unread):
            return tenant
        scopes = self._snapshot.unread_scopes(FactName.DIRECTORY)
        for scope in (fold(tenant), "/" + fold(tenant), "/tenants/" + fold(tenant)):
            if scope in scopes:
                return scopes[scope]
        unread = self._snapshot.unread_around(FactName.DIRECTORY, key)
        if unread is not None:
            return unread
        if self._directory is None or not same(self._directory.tenant_id, tenant):
            return not_collected(FactName.DIRECTORY, tenant)
        return self._directory

    def groups_without_directory(self, object_id: str) -> Groups | None:
        """The groups of an object id as Azure's own answers tell them where the directory may not be read."""
        if self._directory is None or self._directory.settled is None:
            return None
        groups = self._directory.groups_of(fold(object_id))
        return None if isinstance(groups, Unread) else groups

    def tenant_of_domain(self, domain: str) -> Fact[str]:
        """The id of the tenant whose default domain is given."""
        tenants = self._snapshot.section("tenants") or ()
        found = {
            fold(tenant["tenantId"])
            for tenant in tenants
            if isinstance(tenant.get("defaultDomain"), str) and same(tenant["defaultDomain"], domain)
        }
        if len(found) == 1:
            return found.pop()
        return Unread(
            domain, "tenant", f"the tenant of the domain {domain} is not among those that were read: give its GUID"
        )

    # -- making ---------------------------------------------------------------------------------

    def _parse_subscriptions(self) -> dict[str, Subscription]:
        found: dict[str, Subscription] = {}
        for body in self._snapshot.section("subscriptions") or ():
            id = ArmId.parse(body["id"] if "id" in body else f"/subscriptions/{body['subscriptionId']}")
            unread = self._snapshot.unread_around(FactName.SUBSCRIPTION, id.key)
            found[id.key] = Subscription.parse(
                id, Body(id.text, FactName.SUBSCRIPTION, body if unread is None else unread)
            )
        return found

    def _index(self) -> None:
        """Put the resources that exist, with a body or by name, under what they are in."""
        ids = [*(id for id, _ in self._bodies.values()), *(id for id, _ in self.coverage.named.values())]
        for id in ids:
            if id.parent is not None:
                self._children.setdefault(id.parent.key, []).append(id)
            elif id.kind is Kind.GALLERY:
                self._galleries.setdefault(id.subscription, []).append(id)
        for inside in (*self._children.values(), *self._galleries.values()):
            inside.sort(key=lambda id: id.key)

    def _parse(self, id: ArmId, body: Body) -> Asset:
        match id.kind:
            case Kind.GALLERY:
                return Gallery.parse(id, body)
            case Kind.DEFINITION:
                return Definition.parse(id, body)
            case Kind.VERSION:
                return Version.parse(id, body, self._replication(id))
            case Kind.VM:
                return VirtualMachine.parse(id, body, self._instance_view(id))
            case Kind.DISK:
                return Disk.parse(id, body)
            case Kind.SUBSCRIPTION | Kind.VHD | None:
                raise AssertionError(f"{id.kind} has no body among the resources")

    def _instance_view(self, vm: ArmId) -> Fact[InstanceView]:
        unread = self._snapshot.unread_at(FactName.INSTANCE_VIEW, vm.key)
        content = self._instance_views.get(vm.key)
        if unread is None and content is None:
            unread = not_collected(FactName.INSTANCE_VIEW, vm.text)
        return (
            unread if unread is not None else InstanceView.parse(Body(vm.text, FactName.INSTANCE_VIEW, content or {}))
        )

    def _replication(self, version: ArmId) -> Fact[Replication]:
        unread = self._snapshot.unread_at(FactName.REPLICATION, version.key)
        content = self._replications.get(version.key)
        if unread is None and content is None:
            unread = not_collected(FactName.REPLICATION, version.text)
        return (
            unread if unread is not None else Replication.parse(Body(version.text, FactName.REPLICATION, content or {}))
        )

    def _by_key(self, section: str) -> dict[str, Mapping[str, Any]]:
        return {"/" + fold(key).strip("/"): body for key, body in (self._snapshot.section(section) or {}).items()}

    def _list(self, fact: FactName, parent: ArmId) -> Listing[Asset]:
        known = (self.find(id) for id in self._children.get(parent.key, ()))
        return Listing(tuple(asset for asset in known if asset is not None), self.coverage.of_list(fact, parent))


def _first(*candidates: Fact[Mapping[str, Any]] | None) -> Fact[Mapping[str, Any]] | None:
    return next((candidate for candidate in candidates if candidate is not None), None)


def _fact_of(id: ArmId) -> str:
    """What a resource's body is called where it is named as a fact."""
    names = {Kind.DEFINITION: FactName.DEFINITIONS, Kind.VERSION: FactName.VERSIONS, Kind.VM: FactName.VM}
    return "resources" if id.kind is None else names.get(id.kind, "resources")
