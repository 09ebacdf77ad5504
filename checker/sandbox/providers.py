"""Resource providers of a subscription, and their registration."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from checker.facts.arm_id import fold, subscription_key
from checker.facts.partner_center import BOTH, MICROSOFT_TENANTS, NAMESPACE, MicrosoftPrincipal
from checker.facts.unread import FactName
from checker.sandbox.denied import denied
from checker.sandbox.message import Refusal, Request, Response
from checker.sandbox.pace import Pace
from checker.sandbox.paging import page
from checker.sandbox.store import Store

_READ = "Microsoft.Resources/subscriptions/providers/read"
_REGISTER = "Microsoft.Resources/subscriptions/providers/register/action"

#: Providers that a subscription with resources has registered, said or not.
_COMMON = (
    "Microsoft.Authorization",
    "Microsoft.Compute",
    "Microsoft.Network",
    "Microsoft.Resources",
    "Microsoft.Storage",
)
_REGISTERED = "Registered"
_REGISTERING = "Registering"
#: Published nowhere: made up.
_UNKNOWN_APP_ID = "aaaaaaaa-1111-4111-8111-aaaaaaaaaaaa"


class Providers:
    """What ``/subscriptions/{s}/providers`` answers. States are kept under the keys that the section has."""

    def __init__(self, store: Store, pace: Pace) -> None:
        self._store = store
        self._pace = pace
        self._registering: set[tuple[str, str]] = set()

    def answer(self, request: Request, subscription: dict[str, Any]) -> Response | None:
        """The answer to a request below a subscription whose body was found; None for a path of another service."""
        match request.method, request.folded[3:]:
            case "GET", ():
                return self._list(request)
            case "GET", (_,):
                name = self._named(request, _READ)
                self._move_on(request, name, subscription)
                return Response(200, _body(request, name, self._states(request, _READ).get(name, _REGISTERED)))
            case "POST", (_, "register"):
                return self._register(request, subscription)
        return None

    def _states(self, request: Request, action: str) -> dict[str, str]:
        """The states of a subscription by namespace, as the section writes it."""
        written = f"/subscriptions/{request.segments[1]}"
        key = fold(written)
        section: Mapping[str, dict[str, str]] = self._store.section("providers") or {}
        if self._store.unread_around(FactName.PROVIDERS, key) is None:
            for found, states in section.items():
                if subscription_key(found) == key:
                    return states
        raise denied(request, action, written)

    def _named(self, request: Request, action: str) -> str:
        """The namespace of a path as the section writes it, or as Azure does. Raises Refusal for an unknown one.

        The refusal of a namespace that does not exist is unconfirmed.
        """
        written = request.segments[3]
        states = self._states(request, action)
        for name in (*states, *_COMMON):
            if fold(name) == fold(written):
                return name
        if fold(written) == fold(NAMESPACE):
            raise denied(request, action, f"/subscriptions/{request.segments[1]}/providers/{written}")
        raise Refusal(404, "InvalidResourceNamespace", f"The resource namespace '{written}' is invalid.")

    def _list(self, request: Request) -> Response:
        states = self._states(request, _READ)
        if fold(NAMESPACE) not in {fold(name) for name in states}:
            raise denied(request, _READ, f"/subscriptions/{request.segments[1]}")
        told = {fold(name) for name in states}
        everything = {**states, **{name: _REGISTERED for name in _COMMON if fold(name) not in told}}
        bodies = [_body(request, name, state) for name, state in everything.items()]
        return Response(200, page(request, self._pace, bodies))

    # -- registration --------------------------------------------------------------------------------

    def _register(self, request: Request, subscription: dict[str, Any]) -> Response:
        """Registering, and Registered after as many answers as the pace says.

        That the answer says Registering is documented. What registering again does is unconfirmed: here it sees
        to the principals and changes nothing else.
        """
        name = self._named(request, _REGISTER)
        states = self._states(request, _REGISTER)
        if fold(states.get(name, _REGISTERED)) == fold(_REGISTERED):
            self._add_principals(name, subscription)
            return Response(200, _body(request, name, states.get(name, _REGISTERED)))
        states[name] = _REGISTERING
        pending = _key(request, name)
        self._registering.add(pending)
        self._store.unseen.hide("/".join(pending), self._pace.lag)
        if self._pace.lag <= 0:
            self._move_on(request, name, subscription)
        return Response(200, _body(request, name, _REGISTERING))

    def _move_on(self, request: Request, name: str, subscription: dict[str, Any]) -> None:
        """Finish a registration that was asked for and whose time has come."""
        pending = _key(request, name)
        if pending in self._registering and self._store.unseen.shows("/".join(pending)):
            self._registering.remove(pending)
            self._states(request, _READ)[name] = _REGISTERED
            self._add_principals(name, subscription)

    def _add_principals(self, name: str, subscription: dict[str, Any]) -> None:
        """Put Microsoft's two principals into the directory of the subscription's tenant, where it is the store's.

        That they appear with the registration is documented, how soon and with which members is unconfirmed.
        """
        directory = self._store.section("directory")
        if fold(name) != fold(NAMESPACE) or not directory or "servicePrincipals" not in directory:
            return
        if fold(str(subscription.get("tenantId"))) != fold(str(directory.get("tenantId"))):
            return
        bodies: list[dict[str, Any]] = directory["servicePrincipals"]
        for wanted in BOTH:
            if not any(_is(body, wanted) for body in bodies):
                id = self._store.new_guid()
                bodies.append(_principal(id, wanted))
                self._store.unseen.hide(id, self._pace.lag)


def _key(request: Request, name: str) -> tuple[str, str]:
    return request.folded[1], fold(name)


def _is(body: Mapping[str, Any], wanted: MicrosoftPrincipal) -> bool:
    """Whether a service principal is Microsoft's of that name, or of that application where its id is known."""
    if fold(str(body.get("appOwnerOrganizationId"))) not in MICROSOFT_TENANTS:
        return False
    if wanted.app_id is None:
        return fold(str(body.get("displayName"))) == fold(wanted.name)
    return fold(str(body.get("appId"))) == fold(wanted.app_id)


def _principal(id: str, wanted: MicrosoftPrincipal) -> dict[str, Any]:
    app_id = _UNKNOWN_APP_ID if wanted.app_id is None else wanted.app_id
    return {
        "id": id,
        "deletedDateTime": None,
        "accountEnabled": True,
        "appDisplayName": wanted.name,
        "appId": app_id,
        "appOwnerOrganizationId": MICROSOFT_TENANTS[0],
        "displayName": wanted.name,
        "servicePrincipalNames": [app_id],
        "servicePrincipalType": "Application",
    }


def _body(request: Request, name: str, state: str) -> dict[str, Any]:
    return {
        "id": f"/subscriptions/{request.segments[1]}/providers/{name}",
        "namespace": name,
        "registrationPolicy": "RegistrationRequired",
        "resourceTypes": [],
        "registrationState": state,
    }
