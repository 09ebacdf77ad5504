"""Role definitions: the built-in ones that the checker knows, and those of the store."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from checker.facts.arm_id import fold
from checker.facts.roles import BUILT_IN, Role, guid_of
from checker.facts.unread import FactName
from checker.sandbox.assignment_filters import definition_filter
from checker.sandbox.denied import denied
from checker.sandbox.message import Refusal, Request, Response
from checker.sandbox.pace import Pace
from checker.sandbox.paging import page
from checker.sandbox.scopes import Scope
from checker.sandbox.store import Store

_SECTION = "roleDefinitions"
_ACTION = "Microsoft.Authorization/roleDefinitions/read"
_ID = "/providers/Microsoft.Authorization/roleDefinitions/"
#: Built-in roles do not say who made them; the moment is made up.
_MADE = "2015-01-01T00:00:00.0000000Z"


class RoleDefinitions:
    """What ``…/roleDefinitions`` answers; roles are told apart by GUID."""

    def __init__(self, store: Store, pace: Pace) -> None:
        self._store = store
        self._pace = pace

    def answer(self, request: Request, scope: Scope, names: tuple[str, ...]) -> Response | None:
        """The answer to a request at a scope, ``names`` being what follows in the path."""
        if request.method != "GET" or len(names) > 1:
            return None
        return Response(200, self._one(request, scope, names[0]) if names else self._list(request, scope))

    def is_known(self, guid: str) -> bool:
        """Whether a role exists: built in, listed, or named by something that is stored."""
        return guid in BUILT_IN or self._find(guid) is not None or self._is_named(guid)

    def _list(self, request: Request, scope: Scope) -> dict[str, Any]:
        wanted = definition_filter(request)
        stored = self._store.bodies(_SECTION)
        if stored is None or self._store.unread_at(FactName.ROLE_DEFINITIONS, scope.key) is not None:
            raise denied(request, _ACTION, scope.text)
        guids = {_guid(body) for body in stored}
        bodies = [_body(role, scope) for guid, role in BUILT_IN.items() if guid not in guids] + stored
        return page(
            request,
            self._pace,
            [
                body
                for body in bodies
                if wanted.name in (None, _said(body, "roleName")) and wanted.type in (None, _said(body, "type"))
            ],
        )

    def _one(self, request: Request, scope: Scope, name: str) -> dict[str, Any]:
        """One by its GUID. A role that something names and that is not listed exists, and was not read."""
        guid = fold(name)
        unread = self._store.unread_at(FactName.ROLE_DEFINITIONS, scope.key) is not None
        found = None if unread else self._find(guid)
        if found is not None:
            return found
        if guid in BUILT_IN:
            return _body(BUILT_IN[guid], scope)
        if unread or self._store.bodies(_SECTION) is None or self._is_named(guid):
            raise denied(request, _ACTION, f"{scope.text.rstrip('/')}{_ID}{name}")
        raise no_such_role(name)

    def _find(self, guid: str) -> dict[str, Any] | None:
        return next((body for body in self._store.bodies(_SECTION) or () if _guid(body) == guid), None)

    def _is_named(self, guid: str) -> bool:
        sections = ("roleAssignments", "roleEligibilityScheduleInstances", "roleAssignmentScheduleInstances")
        return any(
            guid_of(_said(body, "roleDefinitionId")) == guid
            for section in sections
            for body in self._store.bodies(section) or ()
        )


def no_such_role(name: str) -> Refusal:
    """The refusal of a role that does not exist; code and words are unconfirmed."""
    return Refusal(404, "RoleDefinitionDoesNotExist", f"The specified role definition with ID '{name}' does not exist.")


def _guid(body: Mapping[str, Any]) -> str:
    id = body.get("id") or body.get("name")
    return guid_of(id) if isinstance(id, str) else ""


def _said(body: Mapping[str, Any], member: str) -> str:
    properties = body.get("properties")
    value = properties.get(member) if isinstance(properties, dict) else None
    return fold(value) if isinstance(value, str) else ""


def _body(role: Role, scope: Scope) -> dict[str, Any]:
    """A built-in role as Azure shows it (documented); the id has the subscription that was asked."""
    prefix = "/" + "/".join(scope.text.split("/")[1:3]) if scope.subscription is not None else ""
    return {
        "properties": {
            "roleName": role.name,
            "type": "BuiltInRole",
            "description": "",
            "assignableScopes": ["/"],
            "permissions": [
                {
                    "actions": list(block.actions),
                    "notActions": list(block.not_actions),
                    "dataActions": [],
                    "notDataActions": [],
                }
                for block in role.permissions
            ],
            "createdOn": _MADE,
            "updatedOn": _MADE,
            "createdBy": None,
            "updatedBy": None,
        },
        "id": f"{prefix}{_ID}{role.guid}",
        "type": "Microsoft.Authorization/roleDefinitions",
        "name": role.guid,
    }
