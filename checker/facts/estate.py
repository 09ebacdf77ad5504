"""The estate: everything that was read of a tenant, as frozen facts with the look-ups that rules need."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from checker.facts.arm_id import ArmId, Kind, fold
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
from checker.facts.collected import GALLERIES, Collected
from checker.facts.directory import Directory, Groups, parse_directory
from checker.facts.listing import Listing
from checker.facts.snapshot import Snapshot, subscription_key
from checker.facts.unread import Fact, FactName, Unread, not_collected
from checker.facts.version_number import VersionNumber
from checker.facts.wire import Body

#: How the path goes on to what is nested in a gallery, and in a definition.
_NESTED = {FactName.DEFINITIONS: "images", FactName.VERSIONS: "versions"}


class Estate:
    """The facts of a snapshot. Nothing is read, fetched or changed after it is made.

    ``taken`` is the moment that the facts speak of; ``assignments`` says who was given which role where.
    """

    def __init__(self, snapshot: Snapshot, now: datetime) -> None:
        self._snapshot = snapshot
        self.taken = snapshot.captured or now
        self._subscriptions = self._parse_subscriptions()
        self._collected = Collected(snapshot.section("collected"), frozenset(self._subscriptions))
        self._bodies: dict[str, tuple[ArmId, Mapping[str, Any]]] = {}
        self._children: dict[str, list[ArmId]] = {}
        self._galleries: dict[str, list[ArmId]] = {}
        self._named: dict[str, Unread] = {}
        self._index_resources()
        self._instance_views = self._by_key("instanceViews")
        self._replications = self._by_key("replicationStatus")
        self._assets: dict[str, Asset] = {}
        self._versions: dict[str, Listing[Version]] = {}
        self._newest: dict[str, VersionNumber | None] = {}
        self._directory = parse_directory(snapshot.section("directory"), self._collected)
        self.assignments = Assignments(snapshot, self._collected)

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
                self._body_unread(id), found, self._incomplete(id) if found is None else None
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
        unread = self._incomplete(id)
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

    def _index_resources(self) -> None:
        for id, content in self._snapshot.resources():
            self._bodies[id.key] = (id, content)
            if id.parent is not None:
                self._children.setdefault(id.parent.key, []).append(id)
            elif id.kind is Kind.GALLERY:
                self._galleries.setdefault(id.subscription, []).append(id)
        for id, unread in self._named_by_unread_entries():
            if id.key in self._bodies or id.key in self._named:
                continue
            self._named[id.key] = unread
            if id.parent is not None:
                self._children.setdefault(id.parent.key, []).append(id)
            elif id.kind is Kind.GALLERY:
                self._galleries.setdefault(id.subscription, []).append(id)
        for ids in (*self._children.values(), *self._galleries.values()):
            ids.sort(key=lambda id: id.key)

    def _named_by_unread_entries(self) -> Iterator[tuple[ArmId, Unread]]:
        """The resources of which ``unread`` says that something was asked: they exist, whatever is listed."""
        for fact in FactName:
            for unread in self._snapshot.unread_scopes(fact).values():
                try:
                    id = ArmId.parse(unread.scope)
                except ValueError:
                    continue
                if id.kind is not Kind.SUBSCRIPTION:
                    yield id, unread

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

    # -- what was not read ----------------------------------------------------------------------

    def _body_unread(self, id: ArmId) -> Unread | None:
        """The entry of ``unread`` that takes a resource's body away, whatever the file holds."""
        match id.kind:
            case Kind.DEFINITION:
                return self._snapshot.unread_at(FactName.DEFINITIONS, id.key)
            case Kind.VERSION:
                return self._snapshot.unread_at(FactName.VERSIONS, id.key)
            case Kind.VM:
                return self._snapshot.unread_at(FactName.VM, id.key)
            case _:
                return None

    def _incomplete(self, id: ArmId) -> Unread | None:
        """Why a resource that is not there may exist all the same; None where it certainly does not."""
        unread = self._body_unread(id)
        if unread is None:
            unread = self._named.get(id.key)
        return self.uncollected(id) if unread is None else unread

    def uncollected(self, id: ArmId) -> Unread | None:
        """Why an id that is not among the resources may exist all the same; None where it certainly does not."""
        if self._snapshot.section("resources") is None:
            return not_collected("resources", id.text, "no resources were collected")
        if not self._collected.holds(id):
            return self._why_uncollected(id)
        return None

    def _unlisted(self, fact: FactName, parent: ArmId) -> Unread | None:
        """Why what is in a gallery or a definition may be more than what is there; None where it is all."""
        if self._snapshot.section("resources") is None:
            return not_collected("resources", parent.text, "no resources were collected")
        if not self._collected.holds_list(parent, _NESTED[fact]):
            return self._why_uncollected(parent)
        return None

    def galleries_uncollected(self, subscription: ArmId) -> Unread | None:
        """Why a subscription may have more galleries than what is there; None where they are all there."""
        if self._snapshot.section("resources") is None:
            return not_collected("resources", subscription.text, "no resources were collected")
        if not self._collected.holds_list(subscription, GALLERIES):
            return self._why_uncollected(subscription)
        return None

    def was_asked_for_galleries(self, subscription: ArmId) -> bool:
        """Whether a source meant to read the galleries of a subscription, and not only something else of it."""
        refused = self._snapshot.unread_at(FactName.DEFINITIONS, subscription.key)
        return (
            not self._collected.is_partial or refused is not None or self._collected.holds_list(subscription, GALLERIES)
        )

    def _why_uncollected(self, id: ArmId) -> Unread:
        # A source that was refused the galleries of a subscription says so of its definitions.
        refused = self._snapshot.unread_at(FactName.DEFINITIONS, id.subscription_id.key)
        if refused is not None:
            return refused
        what = "subscription" if id.subscription_id.key not in self._subscriptions else "all of subscription"
        return not_collected("resources", id.text, f"{what} {id.subscription} was not collected")

    def _list(self, fact: FactName, parent: ArmId) -> Listing[Asset]:
        rest = self._snapshot.unread_at(fact, parent.key)
        if rest is None and not self._collected.names_list(parent, _NESTED[fact]):
            # Of what is known by name only, nobody listed what is in it.
            rest = self._named.get(parent.key)
        if rest is None:
            rest = self._unlisted(fact, parent)
        known = (self.find(id) for id in self._children.get(parent.key, ()))
        return Listing(tuple(asset for asset in known if asset is not None), rest)


def _first(*candidates: Fact[Mapping[str, Any]] | None) -> Fact[Mapping[str, Any]] | None:
    return next((candidate for candidate in candidates if candidate is not None), None)


def _fact_of(id: ArmId) -> str:
    """What a resource's body is called where it is named as a fact."""
    names = {Kind.DEFINITION: FactName.DEFINITIONS, Kind.VERSION: FactName.VERSIONS, Kind.VM: FactName.VM}
    return "resources" if id.kind is None else names.get(id.kind, "resources")
