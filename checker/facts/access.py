"""Who was given which role where: the bodies of Microsoft.Authorization."""

from __future__ import annotations

from dataclasses import dataclass

from checker.facts.arm_id import fold
from checker.facts.roles import Permission, guid_of, permissions_of
from checker.facts.unread import Fact, Unread, known, then
from checker.facts.wire import Body, Moment

#: The principal that stands for everybody in a deny assignment.
EVERYONE = "00000000-0000-0000-0000-000000000000"

_ASSIGNMENTS = "/providers/microsoft.authorization/"


@dataclass(frozen=True, slots=True)
class RoleAssignment:
    """A role given to a principal at a scope. Ids and scope are folded, ``scope_text`` is as Azure wrote it."""

    id: str
    scope: Fact[str]
    scope_text: str
    principal_id: Fact[str]
    principal_type: Fact[str | None]
    role_guid: Fact[str]
    condition: Fact[str | None]
    condition_version: Fact[str | None]

    @classmethod
    def parse(cls, id: str, body: Body) -> RoleAssignment:
        """Of the body of ``GET …/roleAssignments/{name}``; the id is folded."""
        role = body.text("properties.roleDefinitionId")
        return cls(
            id,
            scope=_scope(id, body),
            scope_text=known(body.optional_text("properties.scope")) or known(_scope(id, body)) or "",
            principal_id=_folded(body.text("properties.principalId")),
            principal_type=body.optional_text("properties.principalType"),
            role_guid=then(role, guid_of),
            condition=body.optional_text("properties.condition"),
            condition_version=body.optional_text("properties.conditionVersion"),
        )


@dataclass(frozen=True, slots=True)
class DenyAssignment:
    """Actions taken from principals at a scope, whatever roles they have."""

    id: str
    name: str
    scope: Fact[str]
    permissions: Fact[tuple[Permission, ...]]
    principals: Fact[tuple[tuple[Fact[str], Fact[str | None]], ...]]
    excluded: Fact[tuple[tuple[Fact[str], Fact[str | None]], ...]]
    not_for_children: Fact[bool]
    condition: Fact[str | None]

    @classmethod
    def parse(cls, id: str, body: Body) -> DenyAssignment:
        """Of the body of ``GET …/denyAssignments/{name}``; the id is folded."""
        name = body.text("properties.denyAssignmentName")
        return cls(
            id,
            name=id if isinstance(name, Unread) else name,
            scope=_scope(id, body),
            permissions=permissions_of(body),
            principals=_principals(body.items("properties.principals")),
            excluded=_principals(body.optional_items("properties.excludePrincipals")),
            not_for_children=body.flag("properties.doNotApplyToChildScopes"),
            condition=body.optional_text("properties.condition"),
        )


@dataclass(frozen=True, slots=True)
class ScheduleInstance:
    """A role that PIM made active, or that it lets a principal activate, and until when."""

    scope: Fact[str]
    principal_id: Fact[str]
    role_guid: Fact[str]
    ends: Fact[Moment | None]
    origin: Fact[str | None]

    @classmethod
    def parse(cls, id: str, body: Body) -> ScheduleInstance:
        """Of the body of ``GET …/roleAssignmentScheduleInstances/{name}``, or of an eligibility; the id is folded."""
        role = body.text("properties.roleDefinitionId")
        origin = body.optional_text("properties.originRoleAssignmentId")
        return cls(
            scope=_scope(id, body),
            principal_id=_folded(body.text("properties.principalId")),
            role_guid=then(role, guid_of),
            ends=body.optional_time("properties.endDateTime"),
            origin=then(origin, lambda id: None if id is None else fold(id)),
        )


def _folded(text: Fact[str]) -> Fact[str]:
    return then(text, fold)


def _scope(id: str, body: Body) -> Fact[str]:
    """The scope that the body names, else the one that the id hangs from; folded, no slash at the end."""
    scope = body.optional_text("properties.scope")
    if isinstance(scope, Unread):
        return scope
    if scope is None:
        if _ASSIGNMENTS not in fold(id):
            return body.missing("properties.scope")
        scope = fold(id).rpartition(_ASSIGNMENTS)[0]
    return "/" + fold(scope).strip("/")


def _principals(bodies: Fact[tuple[Body, ...]]) -> Fact[tuple[tuple[Fact[str], Fact[str | None]], ...]]:
    if isinstance(bodies, Unread):
        return bodies
    return tuple((_folded(body.text("id")), body.optional_text("type")) for body in bodies)
