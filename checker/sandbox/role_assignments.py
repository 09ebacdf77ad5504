"""Giving roles and taking them away."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC
from typing import Any

from checker.facts.arm_id import fold, subscription_key
from checker.facts.directory import is_guid
from checker.facts.roles import guid_of
from checker.facts.unread import FactName
from checker.sandbox.applicable import ROLE_ASSIGNMENTS, Applicable
from checker.sandbox.denied import caller, denied
from checker.sandbox.message import Refusal, Request, Response
from checker.sandbox.pace import Pace
from checker.sandbox.principals import TYPES, Denied, Principals
from checker.sandbox.refusals import resource_not_found
from checker.sandbox.role_definitions import RoleDefinitions, no_such_role
from checker.sandbox.scopes import Scope, scope_of
from checker.sandbox.store import Store

_ROLE = "/providers/microsoft.authorization/roledefinitions/"
_TYPES = ("User", "Group", "ServicePrincipal", "ForeignGroup", "Device")
#: What a caller may set and set anew.
_OPTIONAL = ("condition", "conditionVersion", "delegatedManagedIdentityResourceId", "description")
#: Versions before this one do not know those (recorded for 2018, the month is unconfirmed).
_SINCE = "2020-04-01"
#: A recording with this version has one more header than one with another (2018 and 2020).
_CHARGED = "2018-09-01-preview"


class RoleAssignments:
    """Writes. What is written has the members that Azure's answers were recorded with."""

    def __init__(self, store: Store, pace: Pace, definitions: RoleDefinitions) -> None:
        self._store = store
        self._pace = pace
        self._definitions = definitions

    def answer(self, request: Request, scope: Scope, name: str) -> Response | None:
        """The answer to a write at a scope; None for a method that there is not."""
        match request.method:
            case "PUT":
                return self._put(request, scope, name)
            case "DELETE":
                return self._delete(request, scope, name)
        return None

    def _delete(self, request: Request, scope: Scope, name: str) -> Response:
        """200 with the body (recorded), 204 where there is none (documented)."""
        found = Applicable(self._store, request, ROLE_ASSIGNMENTS, scope)
        body = found.find(name)
        if body is None:
            return Response(204)
        bodies = found.section()
        del bodies[next(number for number, other in enumerate(bodies) if other is body)]
        self._store.unseen.forget(fold(str(body.get("id"))))
        return Response(200, as_of(request, body), _headers(request))

    def _put(self, request: Request, scope: Scope, name: str) -> Response:
        """201 with the body (recorded); 200 where an assignment stays what it was (documented).

        What is refused, in the order of the checks: a name that is no GUID, a role or a principal that does not
        exist, an assignment under this name to somebody else, the same assignment under another name. The codes of
        the last two and of the unknown principal are quoted in public issues, the others are unconfirmed.
        """
        wanted = _properties(request)
        role, principal = _role(wanted), _principal(wanted)
        if not is_guid(name):
            raise Refusal(
                400,
                "InvalidRoleAssignmentId",
                f"The role assignment ID '{name}' is not valid. The role assignment ID must be a GUID.",
            )
        found = Applicable(self._store, request, ROLE_ASSIGNMENTS, scope)
        bodies = found.section()
        if not found.was_collected():
            raise denied(request, "Microsoft.Authorization/roleAssignments/write", scope.text)
        self._check_scope(request, scope)
        if not self._definitions.is_known(role):
            raise no_such_role(role)
        same = (scope.key, role, fold(principal))
        named = next((body for body in bodies if fold(str(body.get("name") or _name(body))) == fold(name)), None)
        if named is not None:
            return self._update(request, named, same, wanted)
        type = self._type(scope, principal, wanted)
        for body in bodies:
            if _same(body) == same:
                raise Refusal(
                    409,
                    "RoleAssignmentExists",
                    "The role assignment already exists. The ID of the existing role assignment is "
                    f"{_name(body).replace('-', '')}.",
                )
        made = self._body(request, scope, name, {**wanted, "principalType": type})
        bodies.append(made)
        self._store.unseen.hide(fold(made["id"]), self._pace.lag)
        return Response(201, as_of(request, made), _headers(request))

    def _update(
        self, request: Request, body: dict[str, Any], same: tuple[str, str, str], wanted: Mapping[str, Any]
    ) -> Response:
        """An assignment under its own name: what may change is its condition and description (unconfirmed)."""
        if _same(body) != same:
            raise Refusal(
                400,
                "RoleAssignmentUpdateNotPermitted",
                "Tenant ID, application ID, principal ID, and scope are not allowed to be updated.",
            )
        properties = body["properties"]
        if any(properties.get(member) != wanted.get(member) for member in _OPTIONAL):
            properties |= {member: wanted.get(member) for member in _OPTIONAL}
            properties |= {"updatedOn": self._now(), "updatedBy": caller(request)}
        return Response(200, as_of(request, body), _headers(request))

    def _check_scope(self, request: Request, scope: Scope) -> None:
        """A resource must be there. Of groups a snapshot holds no bodies: they are taken for existing."""
        id = scope.arm_id
        if id is None or not id.resource_group or self._store.resource(id.key) is not None or self._is_named(id.key):
            return
        if self._store.uncollected(id) is not None:
            raise denied(request, "Microsoft.Authorization/roleAssignments/write", scope.text)
        raise resource_not_found("/".join(scope.text.split("/")[6:]), id.resource_group)

    def _is_named(self, key: str) -> bool:
        """Whether a snapshot says that something of a resource, or in it, was not read: it exists."""
        scopes = (scope for fact in FactName for scope in self._store.unread_scopes(fact))
        return any(scope == key or scope.startswith(key + "/") for scope in scopes)

    def _type(self, scope: Scope, principal: str, wanted: Mapping[str, Any]) -> str:
        """The type that was sent, which spares Azure the look-up (documented), else the directory's."""
        principals = Principals(self._store)
        said = wanted.get("principalType")
        found = None
        if scope.subscription is None or principals.is_of(scope.subscription):
            with suppress(Denied):
                found = principals.find(principal, TYPES)
        if isinstance(said, str):
            if found is not None and fold(TYPES[found[0]]) != fold(said):
                raise Refusal(
                    400,
                    "UnmatchedPrincipalType",
                    f"The PrincipalId '{principal}' has type '{TYPES[found[0]]}' , which is different from specified "
                    f"PrinciaplType '{said}'. See https://aka.ms/docs-principaltype",
                )
            return said
        if found is not None:
            return TYPES[found[0]]
        raise Refusal(
            400,
            "PrincipalNotFound",
            f"Principal {principal.replace('-', '')} does not exist in the directory {self._tenant(scope)}. Check "
            "that you have the correct principal ID. If you are creating this principal and then immediately "
            "assigning a role, this error might be related to a replication delay. In this case, set the role "
            "assignment principalType property to a value, such as ServicePrincipal, User, or Group.  See "
            "https://aka.ms/docs-principaltype",
        )

    def _tenant(self, scope: Scope) -> str:
        """The tenant of a scope, as far as it is known."""
        for body in self._store.bodies("subscriptions") or ():
            if subscription_key(str(body.get("id") or body.get("subscriptionId"))) == scope.subscription:
                return str(body.get("tenantId"))
        return str((self._store.section("directory") or {}).get("tenantId"))

    def _body(self, request: Request, scope: Scope, name: str, wanted: Mapping[str, Any]) -> dict[str, Any]:
        now = self._now()
        prefix = scope.text.rstrip("/")
        return {
            "properties": {
                "roleDefinitionId": wanted["roleDefinitionId"],
                "principalId": wanted["principalId"],
                "principalType": wanted["principalType"],
                "scope": scope.text,
                "condition": wanted.get("condition"),
                "conditionVersion": wanted.get("conditionVersion"),
                "createdOn": now,
                "updatedOn": now,
                "createdBy": None,
                "updatedBy": caller(request),
                "delegatedManagedIdentityResourceId": wanted.get("delegatedManagedIdentityResourceId"),
                "description": wanted.get("description"),
            },
            "id": f"{prefix}/providers/Microsoft.Authorization/roleAssignments/{name}",
            "type": "Microsoft.Authorization/roleAssignments",
            "name": name,
        }

    def _now(self) -> str:
        """The moment, with seven digits after the point as recorded."""
        return self._store.clock().astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f0Z")


def as_of(request: Request, body: dict[str, Any]) -> dict[str, Any]:
    """A role assignment as the version asked for shows it: older ones do not have members that are null here."""
    properties = body.get("properties")
    if not isinstance(properties, dict) or request.query.get("api-version", "9") >= _SINCE:
        return body
    kept = {key: value for key, value in properties.items() if key not in _OPTIONAL or value is not None}
    return {**body, "properties": kept}


def _headers(request: Request) -> dict[str, str]:
    return {"x-ms-request-charge": "2"} if request.query.get("api-version", "").lower() == _CHARGED else {}


def _malformed() -> Refusal:
    return Refusal(400, "BadRequestFormat", "The request was incorrectly formatted.")


def _properties(request: Request) -> Mapping[str, Any]:
    """The properties of the body, each of the type it must have."""
    content = request.content
    properties = content.get("properties") if isinstance(content, dict) else None
    if not isinstance(properties, dict):
        raise _malformed()
    texts = (properties.get(member) for member in ("principalType", *_OPTIONAL))
    if not all(text is None or isinstance(text, str) for text in texts):
        raise _malformed()
    type = properties.get("principalType")
    if type is not None and fold(type) not in {fold(known) for known in _TYPES}:
        raise _malformed()
    return properties


def _role(properties: Mapping[str, Any]) -> str:
    id = properties.get("roleDefinitionId")
    if not isinstance(id, str) or _ROLE not in fold(id) or not is_guid(guid_of(id)):
        raise _malformed()
    return guid_of(id)


def _principal(properties: Mapping[str, Any]) -> str:
    id = properties.get("principalId")
    if not isinstance(id, str) or not is_guid(id):
        raise _malformed()
    return id


def _same(body: Mapping[str, Any]) -> tuple[str | None, str, str]:
    """What makes two assignments one: scope, role and principal."""
    properties = body.get("properties")
    said = properties if isinstance(properties, dict) else {}
    return scope_of(body), guid_of(str(said.get("roleDefinitionId"))), fold(str(said.get("principalId")))


def _name(body: Mapping[str, Any]) -> str:
    return str(body.get("id") or body.get("name")).rstrip("/").rpartition("/")[2]
