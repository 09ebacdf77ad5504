"""The directory of one tenant: users, groups, service principals, and who is in which group."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from checker.facts.arm_id import fold
from checker.facts.collected import MEMBERS, Collected
from checker.facts.listing import Listing
from checker.facts.unread import Fact, FactName, Unread, known, not_collected
from checker.facts.wire import Body

_GUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)


def is_guid(text: str) -> bool:
    """Whether a text has the form of a GUID."""
    return _GUID.fullmatch(text) is not None


@dataclass(frozen=True, slots=True)
class Principal:
    """A user, a group or a service principal: its object id (folded), type and names.

    ``names`` are the folded names it answers to: a user's UPN and addresses, a service principal's
    application id. ``owner_tenant`` is the tenant that owns the application, None where Graph says null.
    ``nameless`` is set where the body leaves out a name that every principal of the type has.
    """

    id: str
    type: str
    display_name: str
    names: frozenset[str]
    owner_tenant: Fact[str | None] = None
    nameless: Unread | None = None


@dataclass(frozen=True, slots=True)
class Groups:
    """The groups that hold a principal, directly or through other groups.

    ``outside`` are those that certainly do not, None where every other one does not.
    """

    inside: frozenset[str]
    outside: frozenset[str] | None = None

    def hold(self, group: str) -> Fact[bool]:
        """Whether a group (its folded id) holds the principal."""
        if group in self.inside:
            return True
        if self.outside is None or group in self.outside:
            return False
        return not_collected(FactName.DIRECTORY, group, f"the members of the group {group} were not read")


@dataclass(frozen=True)
class Directory:
    """What Microsoft Graph holds of one tenant. A section that was not read is Unread.

    Of a directory that was not read whole, ``asked`` are the folded names that it was asked for, and
    ``settled`` the groups of which it is known whether they hold them.
    """

    tenant_id: str
    users: Fact[tuple[Principal, ...]]
    groups: Fact[tuple[Principal, ...]]
    service_principals: Fact[tuple[Principal, ...]]
    members: Fact[Mapping[str, tuple[str, ...]]] = field(repr=False)
    asked: frozenset[str] | None = None
    settled: frozenset[str] | None = None

    def find(self, name: str) -> Fact[tuple[Principal, ...]]:
        """Everybody who answers to an object id, an application id, a UPN or an address.

        Unread where a section that could hold somebody, or somebody else, was not read. An object id is nobody
        else's.
        """
        unasked = self._unasked(name)
        if unasked is not None:
            return unasked
        found = self._by_name.get(fold(name), {})
        sections = (self.users, self.groups, self.service_principals)
        unread = next((section for section in sections if isinstance(section, Unread)), None)
        if unread is None:
            everybody = (principal for section in sections for principal in known(section) or ())
            unread = next((principal.nameless for principal in everybody if principal.nameless is not None), None)
        proven = any(principal.id == fold(name) for principal in found.values())
        return unread if unread is not None and not proven else tuple(found.values())

    def by_id(self, object_id: str) -> tuple[Principal, ...]:
        """The principal with an object id (folded), if it was read."""
        return tuple(p for p in self._by_name.get(object_id, {}).values() if p.id == object_id)

    def service_principals_called(self, display_name: str) -> Listing[Principal]:
        """Every service principal that shows a name, whoever owns its application."""
        unasked = self._unasked(display_name)
        if unasked is not None:
            return Listing((), unasked)
        return self._with_nameless(self._by_display_name.get(fold(display_name), []))

    def service_principals_of(self, app_id: str) -> Listing[Principal]:
        """The service principals of an application."""
        unasked = self._unasked(app_id)
        if unasked is not None:
            return Listing((), unasked)
        found = self._by_name.get(fold(app_id), {}).values()
        return self._with_nameless([principal for principal in found if principal.type == "ServicePrincipal"])

    def _unasked(self, name: str) -> Unread | None:
        if self.asked is None or fold(name) in self.asked:
            return None
        return not_collected(FactName.DIRECTORY, self.tenant_id, f"the directory was not asked for {name}")

    def _with_nameless(self, found: list[Principal]) -> Listing[Principal]:
        """What was found; not all of it, where some bodies leave out their names or none were read."""
        section = self.service_principals
        if isinstance(section, Unread):
            return Listing((), section)
        return Listing(tuple(found), next((p.nameless for p in section if p.nameless is not None), None))

    @cached_property
    def _by_name(self) -> Mapping[str, dict[str, Principal]]:
        found: dict[str, dict[str, Principal]] = {}
        for section in (self.users, self.groups, self.service_principals):
            for principal in () if isinstance(section, Unread) else section:
                for name in (principal.id, *principal.names):
                    found.setdefault(name, {})[principal.id] = principal
        return found

    @cached_property
    def _by_display_name(self) -> Mapping[str, list[Principal]]:
        found: dict[str, list[Principal]] = {}
        for principal in () if isinstance(self.service_principals, Unread) else self.service_principals:
            found.setdefault(fold(principal.display_name), []).append(principal)
        return found

    @cached_property
    def _groups_holding(self) -> Mapping[str, list[str]]:
        holding: dict[str, list[str]] = {}
        if not isinstance(self.members, Unread):
            for group, members in self.members.items():
                for member in members:
                    holding.setdefault(member, []).append(group)
        return holding

    def groups_of(self, principal_id: str) -> Fact[Groups]:
        """Which groups hold a principal, directly or through other groups."""
        if isinstance(self.members, Unread):
            return self.members
        found: set[str] = set()
        waiting = [principal_id]
        while waiting:
            for group in self._groups_holding.get(waiting.pop(), ()):
                if group not in found:
                    found.add(group)
                    waiting.append(group)
        return Groups(frozenset(found), self.settled)


def parse_user(id: str, body: Body) -> Principal:
    """A Graph user."""
    upn = _text(body, "userPrincipalName")
    names = {upn, _text(body, "mail"), *_texts(body, "otherMails"), *_proxies(body), *_invited(upn)}
    nameless = body.missing("userPrincipalName") if not upn else None
    return Principal(fold(id), "User", _text(body, "displayName"), _folded(names), nameless=nameless)


def parse_group(id: str, body: Body) -> Principal:
    """A Graph group."""
    return Principal(fold(id), "Group", _text(body, "displayName"), _folded({_text(body, "mail"), *_proxies(body)}))


def parse_service_principal(id: str, body: Body) -> Principal:
    """A Graph service principal."""
    owner: Fact[str | None]
    if _has(body, "appOwnerOrganizationId"):
        owner = body.optional_text("appOwnerOrganizationId")
    else:
        owner = body.missing("appOwnerOrganizationId")
    left_out = (name for name in ("appId", "displayName") if not _has(body, name))
    return Principal(
        fold(id),
        "ServicePrincipal",
        _text(body, "displayName"),
        _folded({_text(body, "appId")}),
        owner_tenant=owner,
        nameless=next((body.missing(name) for name in left_out), None),
    )


def _has(body: Body, member: str) -> bool:
    """Whether a body holds a member, null though it may be."""
    return not isinstance(body.content, Unread) and member in body.content


def parse_directory(section: Mapping[str, Any] | None, collected: Collected) -> Directory | None:
    """The ``directory`` section of a snapshot; None where it does not say whose directory it is."""
    if section is None or "tenantId" not in section:
        return None
    tenant = section["tenantId"]

    def principals(name: str, parse: Callable[[str, Body], Principal]) -> Fact[tuple[Principal, ...]]:
        if name not in section:
            return not_collected(FactName.DIRECTORY, tenant, f"the {name} of the directory were not collected")
        bodies = (Body(content["id"], FactName.DIRECTORY, content) for content in section[name])
        return tuple(parse(body.scope, body) for body in bodies)

    members: Fact[Mapping[str, tuple[str, ...]]] = (
        {fold(group): tuple(fold(id) for id in ids) for group, ids in section["members"].items()}
        if "members" in section
        else not_collected(FactName.DIRECTORY, tenant, "the members of the groups were not collected")
    )
    return Directory(
        tenant,
        users=principals("users", parse_user),
        groups=principals("groups", parse_group),
        service_principals=principals("servicePrincipals", parse_service_principal),
        members=members,
        asked=collected.names(FactName.DIRECTORY),
        settled=collected.names(MEMBERS),
    )


def _text(body: Body, member: str) -> str:
    value = body.optional_text(member)
    return "" if isinstance(value, Unread) or value is None else value


def _texts(body: Body, member: str) -> tuple[str, ...]:
    values = body.optional_texts(member)
    return () if isinstance(values, Unread) else values


def _proxies(body: Body) -> set[str]:
    return {address.partition(":")[2] for address in _texts(body, "proxyAddresses") if fold(address[:5]) == "smtp:"}


def _folded(names: set[str]) -> frozenset[str]:
    return frozenset(fold(name) for name in names if name)


def _invited(upn: str) -> set[str]:
    """The address inside a guest's UPN, ``a_b.com#EXT#@tenant`` was ``a@b.com``."""
    inside, mark, _ = upn.lower().partition("#ext#@")
    if not mark:
        return set()
    # The last underscore stood for the @: no domain has one.
    user, underscore, domain = inside.rpartition("_")
    return {f"{user}@{domain}"} if underscore else set()
