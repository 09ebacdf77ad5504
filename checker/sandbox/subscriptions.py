"""Subscriptions, tenants, locations and resource groups, as far as a snapshot tells of them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from checker.facts.arm_id import ArmId, fold, subscription_key
from checker.facts.unread import FactName
from checker.sandbox.denied import denied
from checker.sandbox.message import TENANT_HEADER, Refusal, Request, Response
from checker.sandbox.pace import Pace
from checker.sandbox.paging import page
from checker.sandbox.providers import Providers
from checker.sandbox.refusals import group_not_found
from checker.sandbox.store import Store

READ_SUBSCRIPTION = "Microsoft.Resources/subscriptions/read"
READ_GROUPS = "Microsoft.Resources/subscriptions/resourceGroups/read"

#: Places that every subscription may use, whatever is in it; the true list is longer.
_LOCATIONS = {
    "eastus": "East US",
    "eastus2": "East US 2",
    "westus": "West US",
    "westus2": "West US 2",
    "northeurope": "North Europe",
    "westeurope": "West Europe",
}


class Subscriptions:
    """The part of Azure Resource Manager that is above the resources."""

    def __init__(self, store: Store, pace: Pace) -> None:
        self._store = store
        self._pace = pace
        self._providers = Providers(store, pace)

    def answer(self, request: Request) -> Response | None:
        """The answer to a request; None for a path of another service. Raises Refusal."""
        match request.method, request.folded:
            case "GET", ("subscriptions",):
                return self._page(request, self._listed(request))
            case "GET", ("tenants",):
                return self._page(request, self._tenants(request))
            case "GET", ("subscriptions", _):
                return Response(200, self._subscription(request))
            case "GET", ("subscriptions", _, "locations"):
                self._subscription(request)
                return Response(200, {"value": list(self._locations(request))})
            case "GET", ("subscriptions", _, "resourcegroups"):
                return self._page(request, self._groups(request))
            case "GET", ("subscriptions", _, "resourcegroups", name):
                return Response(200, self._group(request, name))
            case ("GET", ("subscriptions", _, "providers") | ("subscriptions", _, "providers", _)) | (
                "POST",
                ("subscriptions", _, "providers", _, "register"),
            ):
                return self._providers.answer(request, self._subscription(request))
        return None

    def _page(self, request: Request, bodies: Iterator[dict[str, Any]]) -> Response:
        return Response(200, page(request, self._pace, list(bodies)))

    # -- subscriptions and tenants -------------------------------------------------------------------

    def _listed(self, request: Request) -> Iterator[dict[str, Any]]:
        """Those of the store, and those that its resources are in; of one that is not to be read, the id alone.

        Azure leaves out what the caller may not read, and what is of another tenant than the token (documented). Here
        what is unread is named, so that nobody takes it for absent.
        """
        bodies = self._store.bodies("subscriptions")
        if bodies is None and not self._store.bodies("resources"):
            raise denied(request, READ_SUBSCRIPTION, "/subscriptions")
        tenant = request.headers.get(TENANT_HEADER)
        told = {_key_of(body): body for body in bodies or ()}
        for resource in self._store.bodies("resources") or ():
            key = ArmId.parse(resource["id"]).subscription_id.key
            told.setdefault(key, _only_the_id(key))
        for key, body in told.items():
            if tenant is not None and fold(str(body.get("tenantId", tenant))) != tenant:
                continue
            unread = self._store.unread_around(FactName.SUBSCRIPTION, key)
            yield body if unread is None else _only_the_id(str(body.get("id", key)))

    def _subscription(self, request: Request) -> dict[str, Any]:
        """The body of the subscription that a path names.

        The code SubscriptionNotFound is documented, its words are unconfirmed. A subscription that is only
        spoken of exists, and was not read.
        """
        written = request.segments[1]
        key = "/subscriptions/" + fold(written)
        bodies = self._store.bodies("subscriptions")
        found = next((body for body in bodies or () if _key_of(body) == key), None)
        if self._store.unread_around(FactName.SUBSCRIPTION, key) is None:
            if found is not None:
                return found
            if bodies is not None and not self._is_spoken_of(key):
                raise Refusal(404, "SubscriptionNotFound", f"The subscription '{written}' could not be found.")
        raise denied(request, READ_SUBSCRIPTION, f"/subscriptions/{written}")

    def _is_spoken_of(self, key: str) -> bool:
        ids = [body["id"] for body in self._store.bodies("resources") or ()]
        ids += [scope for fact in FactName for scope in self._store.unread_scopes(fact)]
        guids = [*(self._store.section("managementGroups") or ()), *(self._store.section("providers") or ())]
        keys = {"/" + fold(id).strip("/") for id in ids} | {subscription_key(guid) for guid in guids}
        return any(found == key or found.startswith(key + "/") for found in keys)

    def _tenants(self, request: Request) -> Iterator[dict[str, Any]]:
        bodies = self._store.bodies("tenants")
        if bodies is None:
            raise denied(request, "Microsoft.Resources/tenants/read", "/tenants")
        return iter(bodies)

    # -- what is in a subscription -----------------------------------------------------------------------

    def _resources(self, request: Request) -> Iterator[tuple[ArmId, dict[str, Any]]]:
        key = "/" + "/".join(request.folded[:2])
        for body in self._store.bodies("resources") or ():
            id = ArmId.parse(body["id"])
            if id.subscription_id.key == key:
                yield id, body

    def _locations(self, request: Request) -> Iterator[dict[str, Any]]:
        """A few common ones and those in use; the members are documented, the names beside them made up."""
        used = {_place(body) for _, body in self._resources(request)} - {""}
        for name in sorted({*_LOCATIONS, *used}):
            yield {
                "id": f"/subscriptions/{request.segments[1]}/locations/{name}",
                "name": name,
                "type": "Region",
                "displayName": _LOCATIONS.get(name, name),
                "regionalDisplayName": _LOCATIONS.get(name, name),
                "metadata": {"regionType": "Physical", "regionCategory": "Recommended"},
            }

    def _groups(self, request: Request) -> Iterator[dict[str, Any]]:
        """The groups that hold a resource: a snapshot tells of no other. All of them, or a refusal."""
        subscription = self._subscription(request)
        if self._store.uncollected(ArmId.parse(_key_of(subscription))) is not None:
            raise denied(request, READ_GROUPS, f"/subscriptions/{request.segments[1]}")
        found: dict[str, dict[str, Any]] = {}
        for id, body in self._resources(request):
            if id.resource_group:
                found.setdefault(fold(id.resource_group), _group_body(id, body))
        return iter(found.values())

    def _group(self, request: Request, name: str) -> dict[str, Any]:
        subscription = self._subscription(request)
        for id, body in self._resources(request):
            if fold(id.resource_group) == name:
                return _group_body(id, body)
        written = request.segments[3]
        if self._store.uncollected(ArmId.parse(_key_of(subscription))) is not None:
            raise denied(request, READ_GROUPS, f"/subscriptions/{request.segments[1]}/resourceGroups/{written}")
        raise group_not_found(written)


def _key_of(subscription: dict[str, Any]) -> str:
    return subscription_key(str(subscription.get("id") or subscription.get("subscriptionId")))


def _place(body: dict[str, Any]) -> str:
    location = body.get("location")
    return fold(location).replace(" ", "") if isinstance(location, str) else ""


def _group_body(id: ArmId, resource: dict[str, Any]) -> dict[str, Any]:
    """Members as documented; the location is that of the first resource."""
    return {
        "id": f"{id.subscription_id.text}/resourceGroups/{id.resource_group}",
        "name": id.resource_group,
        "type": "Microsoft.Resources/resourceGroups",
        "location": _place(resource),
        "properties": {"provisioningState": "Succeeded"},
    }


def _only_the_id(id: str) -> dict[str, Any]:
    """A subscription of which nothing else may be told."""
    return {"id": id, "subscriptionId": id.rpartition("/")[2]}
