"""Asking Azure: each question, and where its answer goes."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any, assert_never
from urllib.parse import quote

from azure.core.exceptions import AzureError, HttpResponseError

from checker.facts.arm_id import ArmId, Kind, fold
from checker.facts.collected import GALLERIES
from checker.facts.directory import is_guid
from checker.facts.partner_center import COMPUTE_IMAGE_REGISTRY, NAMESPACE, RESOURCE_PROVIDER
from checker.facts.unread import FactName
from checker.rule import Publisher
from checker.sources.azure.call import Ask, Call
from checker.sources.azure.clients import Clients
from checker.sources.azure.gathered import Gathered, Unreadable
from checker.sources.azure.graph import DirectoryReader, Found, MicrosoftGraph
from checker.sources.azure.loopback import ForeignLink
from checker.sources.azure.reading import code_of, every, one, send, words_of

_PROVIDERS_VERSION = "2021-04-01"
#: What Azure answers where a thing certainly does not exist; a 404 with another code says nothing of it.
_ABSENT = frozenset({"resourcenotfound", "resourcegroupnotfound", "parentresourcenotfound", "notfound"})
#: The questions that are answered so where the resource that they are asked of does not exist.
_OF_RESOURCES = frozenset({Ask.DEFINITIONS, Ask.VERSIONS, Ask.RESOURCE, Ask.REPLICATION, Ask.VM})
_AT_SCOPE = "atScope()"
_DOMAIN = re.compile(r"[a-z0-9]([a-z0-9.-]{0,250})[a-z0-9]")


class Fetch:
    """Asks the questions of one run and fills what was gathered."""

    def __init__(self, clients: Clients, gathered: Gathered, publisher: Publisher) -> None:
        self._clients = clients
        self._gathered = gathered
        self._publisher = publisher

    def perform(self, call: Call) -> None:
        """Ask one question. Raises what the client libraries raise, or Unreadable, where it is not answered."""
        try:
            self._perform(call)
        except HttpResponseError as error:
            if call.id is not None and call.ask in _OF_RESOURCES and is_absent(error):
                self._gathered.add_absent(call.id)
            raise

    def _perform(self, call: Call) -> None:
        id = call.id if call.id is not None else ArmId.parse("/subscriptions/none")
        match call.ask:
            case Ask.SUBSCRIPTIONS:
                self._gathered.add_visible_subscriptions(every(self._clients.subscriptions.subscriptions.list))
            case Ask.SUBSCRIPTION:
                get = self._clients.subscriptions.subscriptions.get
                self._gathered.add_subscriptions([one(get, id.subscription)])
            case Ask.GALLERIES:
                compute = self._clients.compute(id.subscription)
                self._gathered.add_list(every(compute.galleries.list), id, GALLERIES)
            case Ask.DEFINITIONS:
                compute = self._clients.compute(id.subscription)
                found = every(compute.gallery_images.list_by_gallery, id.resource_group, *id.names())
                self._gathered.add_list(found, id, "images")
            case Ask.VERSIONS:
                versions = self._clients.compute(id.subscription).gallery_image_versions
                found = every(versions.list_by_gallery_image, id.resource_group, *id.names())
                self._gathered.add_list(found, id, "versions")
            case Ask.RESOURCE:
                self._gathered.add_resource(one(self._get(id), *_path(id)), id)
            case Ask.REPLICATION:
                self._replication(id)
            case Ask.VM:
                self._vm(id)
            case Ask.ROLE_ASSIGNMENTS:
                self._assignments(self._clients.authorization.role_assignments, "roleAssignments", id)
            case Ask.DENY_ASSIGNMENTS:
                self._assignments(self._clients.authorization.deny_assignments, "denyAssignments", id)
            case Ask.SCHEDULES:
                self._schedules(id)
            case Ask.HELD_ASSIGNMENTS:
                self._held_assignments(id, call.text)
            case Ask.ROLE_DEFINITIONS:
                roles = every(self._clients.authorization.role_definitions.list, _at(id))
                self._gathered.add_bodies("roleDefinitions", roles)
            case Ask.PROVIDER:
                self._gathered.add_provider(id.subscription, NAMESPACE, self.provider(id).get("registrationState"))
            case Ask.DIRECTORY:
                self._directory(call.text)
            case Ask.DOMAIN:
                self._gathered.add_tenant(self._tenant_of(call.text), call.text)
            case _:
                assert_never(call.ask)

    def provider(self, subscription: ArmId) -> dict[str, Any]:
        """The body of Partner Center's resource provider."""
        path = f"/subscriptions/{quote(subscription.subscription)}/providers/{NAMESPACE}"
        url = f"{self._clients.cloud.arm}{path}?api-version={_PROVIDERS_VERSION}"
        content = send(self._clients.arm, "GET", url)
        if not isinstance(content, dict):
            raise Unreadable("the answer is not an object")
        return content

    def _get(self, id: ArmId) -> Callable[..., Any]:
        compute = self._clients.compute(id.subscription)
        match id.kind:
            case Kind.GALLERY:
                return compute.galleries.get
            case Kind.DEFINITION:
                return compute.gallery_images.get
            case Kind.VERSION:
                return compute.gallery_image_versions.get
            case Kind.DISK:
                return compute.disks.get
            case _:
                if id.resource_type != "microsoft.compute/images":
                    raise Unreadable(f"imagecheck does not ask for a {id.resource_type}")
                return compute.images.get

    def _vm(self, id: ArmId) -> None:
        get = self._clients.compute(id.subscription).virtual_machines.get
        try:
            body = one(get, *_path(id), expand="instanceView")
        except HttpResponseError as error:
            if error.response is None or error.response.status_code != 403:
                raise
            # Who may not see the instance view may still see the VM.
            self._gathered.add_resource(one(get, *_path(id)), id)
            raise InstanceViewRefused(error) from error
        properties = body.get("properties")
        view = properties.pop("instanceView", None) if isinstance(properties, dict) else None
        self._gathered.add_resource(body, id)
        if view is not None:
            self._gathered.add_by_id("instanceViews", id, view)

    def _replication(self, id: ArmId) -> None:
        """A version with its replication status: no list carries it, so this is asked of each version."""
        get = self._clients.compute(id.subscription).gallery_image_versions.get
        body = one(get, *_path(id), expand="ReplicationStatus")
        properties = body.get("properties")
        status = properties.get("replicationStatus") if isinstance(properties, Mapping) else None
        if status is None:
            raise Unreadable("the version was answered without its replication status")
        self._gathered.add_by_id("replicationStatus", id, status)

    def _assignments(self, operations: Any, section: str, id: ArmId) -> None:
        bodies = every(operations.list_for_scope, _at(id), filter=_AT_SCOPE)
        fact = FactName.ROLE_ASSIGNMENTS if section == "roleAssignments" else FactName.DENY_ASSIGNMENTS
        self._gathered.add_assignments(section, fact, bodies, id)

    def _schedules(self, id: ArmId) -> None:
        """What PIM made active, and what it lets people activate; the latter serves only for words in a report."""
        authorization = self._clients.authorization
        active = self._scheduled(authorization.role_assignment_schedule_instances, id)
        self._gathered.add_assignments("roleAssignmentScheduleInstances", FactName.ELIGIBILITY, active, id)
        try:
            eligible = self._scheduled(authorization.role_eligibility_schedule_instances, id)
            self._gathered.add_assignments("roleEligibilityScheduleInstances", FactName.ELIGIBILITY, eligible, id)
        except (AzureError, Unreadable, ForeignLink) as error:
            # As an unread fact it would take what is active with it.
            self._gathered.set_aside(f"who may activate a role at {id}", words_of(error))

    def _scheduled(self, operations: Any, id: ArmId) -> list[Any]:
        try:
            return every(operations.list_for_scope, _at(id), filter=_AT_SCOPE)
        except HttpResponseError as error:
            if fold(code_of(error)) != "aadpremiumlicenserequired":
                raise
            # Without the licence there is no PIM, and so nothing that it made active or eligible.
            return []

    def _held_assignments(self, id: ArmId, tenant: str) -> None:
        name = self._publisher.name or ""
        wanted = f"{_AT_SCOPE} and assignedTo('{name}')"
        bodies = every(self._clients.authorization.role_assignments.list_for_scope, _at(id), filter=wanted)
        self._gathered.add_held(tenant, name, id, bodies)

    def _directory(self, tenant: str) -> None:
        if self._gathered.has_directory:
            return
        if not is_guid(tenant):
            raise Unreadable("the subscription names no tenant whose directory could be asked")
        reader: DirectoryReader = directory_reader(self._clients, tenant)
        found = Found()
        asked = [COMPUTE_IMAGE_REGISTRY.app_id or "", RESOURCE_PROVIDER.name]
        if self._publisher.name is not None:
            reader.find(self._publisher.name, found)
            asked.append(self._publisher.name)
        reader.find_applications([COMPUTE_IMAGE_REGISTRY.app_id or ""], [RESOURCE_PROVIDER.name], found)
        reader.find_groups(found)
        # Whoever was found is known by its object id too.
        asked += [*found.users, *found.groups, *found.service_principals]
        settled = None if reader.knows_every_group else ()
        self._gathered.set_directory(found.section(tenant), asked=asked, members=settled)

    def _tenant_of(self, domain: str) -> str:
        """The tenant of a domain, from the public page that names who issues its tokens."""
        if not _DOMAIN.fullmatch(domain):
            raise Unreadable(f"{domain} is not a domain")
        url = f"{self._clients.cloud.authority}/{domain}/v2.0/.well-known/openid-configuration"
        content = send(self._clients.anonymous, "GET", url)
        issuer = content.get("issuer") if isinstance(content, Mapping) else None
        parts = issuer.split("/") if isinstance(issuer, str) else []
        tenant = next((part for part in parts if is_guid(part)), None)
        if tenant is None:
            raise Unreadable(f"the sign-in service names no tenant for {domain}")
        return fold(tenant)


class InstanceViewRefused(Exception):
    """A VM could be read, its instance view could not; ``error`` says why."""

    def __init__(self, error: HttpResponseError) -> None:
        super().__init__(str(error))
        self.error = error


def directory_reader(clients: Clients, tenant: str) -> DirectoryReader:
    """Microsoft Graph; Azure AD Graph only in a cloud that has no other."""
    if clients.cloud.graph or not clients.cloud.aad_graph:
        return MicrosoftGraph(clients, tenant)
    from checker.sources.azure.aad_graph import AadGraph

    reader: DirectoryReader = AadGraph(clients, tenant)
    return reader


def is_absent(error: HttpResponseError) -> bool:
    """Whether an answer says that a thing certainly does not exist."""
    return error.response is not None and error.response.status_code == 404 and fold(code_of(error)) in _ABSENT


def _at(scope: ArmId) -> str:
    """A scope in a path: the library puts it there as it is."""
    return quote(scope.text.strip("/"))


def _path(id: ArmId) -> tuple[str, ...]:
    return (id.resource_group, *id.names())
