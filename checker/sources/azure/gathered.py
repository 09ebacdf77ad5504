"""What was gathered so far, as the document of a snapshot. Safe to fill from several threads."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from threading import Lock
from typing import Any

from checker.facts.arm_id import ArmId, Kind, ancestors, fold
from checker.facts.collected import MEMBERS, RESOURCES, list_of
from checker.facts.snapshot import FORMAT, Snapshot
from checker.facts.unread import FactName
from checker.redaction import redact

_MANAGEMENT_GROUP = "/providers/microsoft.management/managementgroups/"


class Unreadable(Exception):
    """An answer that is not of the shape that Azure's answers have."""


class Gathered:
    """Bodies as Azure sent them, what could not be read and why, and which scopes were read whole."""

    def __init__(self, captured: datetime) -> None:
        self.enabled: tuple[str, ...] = ()
        self.disabled: tuple[str, ...] = ()
        self.aside: dict[str, str] = {}
        self._captured = captured
        self._lock = Lock()
        self._resources: dict[str, dict[str, Any]] = {}
        self._sections: dict[str, dict[str, dict[str, Any]]] = {}
        self._by_id: dict[str, dict[str, Any]] = {}
        self._collected: dict[str, dict[str, None]] = {RESOURCES: {}}
        self._absent: dict[str, None] = {}
        self._unread: dict[tuple[str, str], dict[str, str]] = {}
        self._groups: dict[str, dict[str, None]] = {}
        self._providers: dict[str, dict[str, str]] = {}
        self._directory: dict[str, Any] | None = None
        self._held: dict[str, list[tuple[ArmId, tuple[str, ...]]]] = {}

    # -- what was read --------------------------------------------------------------------------

    def add_resource(self, body: Any, id: ArmId) -> None:
        """The body of a resource that was asked for by its id. Raises Unreadable where it is another's."""
        with self._lock:
            found = resource_id(body)
            if found != id:
                raise Unreadable(f"the answer is not the body of {id}")
            self._resources.setdefault(found.key, dict(body))

    def add_list(self, bodies: Iterable[Any], under: ArmId, types: str) -> None:
        """All of a list: ``types`` is its path below the id (``images`` of a gallery).

        Raises Unreadable where one is no such.
        """
        listed: dict[str, dict[str, Any]] = {}
        type = f"{under.resource_type}/{types}" if under.resource_type else fold(types).removeprefix("providers/")
        for body in bodies:
            id = resource_id(body)
            if id.resource_type != type or not id.key.startswith(under.key + "/"):
                raise Unreadable(f"a list of {type} at {under} holds {id.text[:200]}")
            listed.setdefault(id.key, dict(body))
        with self._lock:
            for key, body in listed.items():
                self._resources.setdefault(key, body)
            self._collected[RESOURCES][list_of(under, types)] = None
        fact = {"images": FactName.DEFINITIONS, "versions": FactName.VERSIONS}.get(types)
        for body in listed.values():
            if fact is not None and not isinstance(body.get("properties"), Mapping):
                self.refuse(fact, body["id"], "the list names it without its properties")

    def add_absent(self, id: ArmId) -> None:
        """A resource that certainly does not exist, unless another answer holds it."""
        with self._lock:
            self._absent[id.key] = None

    def add_by_id(self, section: str, id: ArmId, body: Any) -> None:
        """An instance view or a replication status. Raises Unreadable for what is no object."""
        if not isinstance(body, Mapping):
            raise Unreadable(f"{section} of {id} is not an object")
        with self._lock:
            self._by_id.setdefault(section, {})[id.text] = dict(body)

    def add_visible_subscriptions(self, bodies: Iterable[Any]) -> None:
        """The subscriptions that the sign-in sees: those that are disabled are left aside."""
        found = list(bodies)
        usable = [body for body in found if isinstance(body, Mapping) and _is_usable(body)]
        self.add_subscriptions(usable)
        self.enabled = tuple(ArmId.parse(body["id"]).subscription for body in usable)
        self.disabled = tuple(
            str(body.get("id")) for body in found if isinstance(body, Mapping) and not _is_usable(body)
        )

    def add_subscriptions(self, bodies: Iterable[Any]) -> None:
        """Bodies of subscriptions."""
        for body in bodies:
            text = body.get("id") if isinstance(body, Mapping) else None
            if not isinstance(text, str) or not _is_subscription(text):
                raise Unreadable("a subscription without an id")
            self._put("subscriptions", fold(text), body)

    def add_tenant(self, tenant_id: str, domain: str) -> None:
        """The tenant of a domain."""
        self._put("tenants", fold(tenant_id), {"tenantId": tenant_id, "defaultDomain": domain})

    def add_assignments(self, section: str, fact: FactName, bodies: Iterable[Any], at: ArmId) -> None:
        """What applies at a gallery, from above too: the management groups above are seen in it."""
        kept = [dict(body) for body in bodies if isinstance(body, Mapping)]
        groups = {name for body in kept if (name := _management_group(body)) is not None}
        self.touch(section)
        for number, body in enumerate(kept):
            id = body.get("id")
            if not isinstance(id, str):
                raise Unreadable(f"{section} at {at}: number {number} has no id")
            self._put(section, fold(id), body)
        with self._lock:
            self._collected.setdefault(fact, {})[at.key] = None
            self._groups.setdefault(at.subscription, {}).update(dict.fromkeys(sorted(groups)))

    def add_bodies(self, section: str, bodies: Iterable[Any]) -> None:
        """Bodies of a section that is a list; each has an id."""
        self.touch(section)
        for body in bodies:
            id = body.get("id") if isinstance(body, Mapping) else None
            if not isinstance(id, str):
                raise Unreadable(f"{section}: a body has no id")
            self._put(section, fold(id), body)

    def add_provider(self, subscription: str, namespace: str, state: Any) -> None:
        """The registration state of a resource provider."""
        if not isinstance(state, str):
            raise Unreadable(f"{namespace} has no registration state")
        with self._lock:
            self._providers.setdefault(subscription, {})[namespace] = state

    def set_directory(
        self, directory: Mapping[str, Any], *, asked: Iterable[str], members: Iterable[str] | None
    ) -> None:
        """What a directory answered. ``asked`` are the names that it was asked for; ``members`` the groups of which
        it is known whether they hold them, None where that is known of all.
        """
        with self._lock:
            self._directory = dict(directory)
            self._collected[FactName.DIRECTORY] = dict.fromkeys(asked)
            if members is not None:
                self._collected[MEMBERS] = dict.fromkeys(members)

    def add_held(self, tenant: str, principal: str, at: ArmId, bodies: Iterable[Any]) -> None:
        """The role assignments at a gallery that an object id holds, as Azure itself answers without a directory."""
        holders = [
            fold(str(properties.get("principalId")))
            for body in bodies
            if isinstance(body, Mapping) and isinstance(properties := body.get("properties"), Mapping)
        ]
        with self._lock:
            self._directory = self._directory or {"tenantId": tenant}
            self._held.setdefault(fold(principal), []).append((at, tuple(holders)))

    @property
    def has_directory(self) -> bool:
        """Whether the directory of a tenant was read."""
        return self._directory is not None and FactName.DIRECTORY in self._collected

    def touch(self, section: str) -> None:
        """A section was asked for, whatever was in it."""
        with self._lock:
            self._sections.setdefault(section, {})

    # -- what was not read ------------------------------------------------------------------------

    def refuse(self, fact: FactName, scope: str, reason: str) -> None:
        """A fact of an id, a subscription or a tenant that could not be read, and why."""
        with self._lock:
            entry = {"scope": scope, "fact": str(fact), "reason": redact(reason)}
            self._unread.setdefault((fact, fold(scope)), entry)

    def set_aside(self, what: str, reason: str) -> None:
        """Something that could not be read, and that is no fact of its own."""
        with self._lock:
            self.aside.setdefault(what, redact(reason))

    def snapshot(self) -> Snapshot:
        """All of it so far."""
        with self._lock:
            absent = [key for key in self._absent if key not in self._resources]
            collected = {key: list(scopes) for key, scopes in self._collected.items()}
            collected[RESOURCES] += absent
            # What was asked of a thing that is not there was refused for no other reason.
            unread = [entry for entry in self._unread.values() if not _is_within(entry["scope"], absent)]
            document: dict[str, Any] = {
                "format": FORMAT,
                "captured": self._captured.strftime("%Y-%m-%dT%H:%M:%SZ"),
                "resources": list(self._resources.values()),
                "subscriptions": [],
                **{name: list(bodies.values()) for name, bodies in self._sections.items()},
                **{name: dict(bodies) for name, bodies in self._by_id.items()},
                "collected": collected,
                "unread": unread,
            }
            if self._groups:
                document["managementGroups"] = {key: list(names) for key, names in self._groups.items()}
            if self._providers:
                document["providers"] = {key: dict(states) for key, states in self._providers.items()}
            if self._directory is not None:
                document["directory"] = self._directory
            if self._held:
                self._say_who_holds(document)
            return Snapshot.from_document(document)

    def _say_who_holds(self, document: dict[str, Any]) -> None:
        """The groups that hold the object id, and, once an answer proves that it is one, those that do not."""
        members: dict[str, list[str]] = {}
        settled: dict[str, None] = {}
        for principal, answers in self._held.items():
            for _, holders in answers:
                for holder in holders:
                    settled[holder] = None
                    if holder != principal and principal not in members.setdefault(holder, []):
                        members[holder].append(principal)
            if any(holders for _, holders in answers):
                settled.update(dict.fromkeys(self._groups_assigned([at for at, _ in answers])))
        document["directory"] = {**document["directory"], "members": members}
        document["collected"] = {**document["collected"], FactName.DIRECTORY: [], MEMBERS: list(settled)}

    def _groups_assigned(self, galleries: list[ArmId]) -> list[str]:
        """The groups with a role at or above galleries."""
        found: list[str] = []
        for body in self._sections.get("roleAssignments", {}).values():
            properties = body.get("properties")
            if isinstance(properties, Mapping) and fold(str(properties.get("principalType"))) == "group":
                scope = "/" + fold(str(properties.get("scope", ""))).strip("/")
                if any(scope in ancestors(at.key) or scope.startswith(_MANAGEMENT_GROUP) for at in galleries):
                    found.append(fold(str(properties.get("principalId"))))
        return found

    def bodies(self, section: str) -> list[dict[str, Any]]:
        """The bodies of a section so far."""
        with self._lock:
            return list(self._sections.get(section, {}).values())

    def _put(self, section: str, key: str, body: Mapping[str, Any]) -> None:
        with self._lock:
            self._sections.setdefault(section, {}).setdefault("/" + key.strip("/"), dict(body))


def _is_within(scope: str, keys: Iterable[str]) -> bool:
    here = ancestors(fold(scope))
    return any(key in here for key in keys)


def _is_subscription(text: str) -> bool:
    try:
        return ArmId.parse(text).kind is Kind.SUBSCRIPTION
    except ValueError:
        return False


def _is_usable(subscription: Mapping[str, Any]) -> bool:
    # Only what Azure says is out of use is left aside; a state that is unknown or left out is not that.
    return fold(str(subscription.get("state"))) not in ("disabled", "deleted", "expired")


def resource_id(body: Any) -> ArmId:
    """The id of a resource's body. Raises Unreadable where it has none."""
    text = body.get("id") if isinstance(body, Mapping) else None
    if not isinstance(text, str):
        raise Unreadable("a body without an id")
    try:
        id = ArmId.parse(text)
    except ValueError as error:
        raise Unreadable(f"a body with {str(error)[:200]} as its id") from None
    if not id.resource_type:
        raise Unreadable("a body with the id of no resource")
    return id


def _management_group(body: Mapping[str, Any]) -> str | None:
    properties = body.get("properties")
    scope = properties.get("scope") if isinstance(properties, Mapping) else None
    if not isinstance(scope, str):
        scope = str(body.get("id", ""))
    folded = fold(scope)
    if not folded.startswith(_MANAGEMENT_GROUP):
        return None
    return folded.removeprefix(_MANAGEMENT_GROUP).partition("/")[0]
