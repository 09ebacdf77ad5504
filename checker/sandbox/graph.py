"""Microsoft Graph: the directory of the store's tenant, to read.

Paths, error codes and ``@odata`` members are documented; a list of users was recorded. The directory of any other
tenant, and every list that the snapshot leaves out, is refused with 403.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from checker.facts.arm_id import fold
from checker.sandbox.graph_queries import ALWAYS, chosen, filter_of, listed, selected, texts_of
from checker.sandbox.message import TENANT_HEADER, Refusal, Request, Response
from checker.sandbox.pace import Pace
from checker.sandbox.principals import GROUPS, SERVICE_PRINCIPALS, USERS, Denied, Principals
from checker.sandbox.store import Store

_VERSIONS = ("v1.0", "beta")
_KINDS = {fold(kind): kind for kind in (USERS, GROUPS, SERVICE_PRINCIPALS)}
_TYPES = {USERS: "user", GROUPS: "group", SERVICE_PRINCIPALS: "servicePrincipal"}
_CASTS = {f"microsoft.graph.{fold(type)}": kind for kind, type in _TYPES.items()}
_KEYED = re.compile(r"(\w+)\((?:(\w+)=)?'((?:[^']|'')*)'\)", re.ASCII)
_MOST_IDS = 1000
_MOST_CHECKED = 20


class Graph:
    """The answers under ``/v1.0/`` and ``/beta/``."""

    def __init__(self, store: Store, pace: Pace) -> None:
        self._store = store
        self._pace = pace

    def answer(self, request: Request) -> Response | None:
        """The answer to a request; None for a path of another service. Raises Refusal."""
        if not request.folded or request.folded[0] not in _VERSIONS:
            return None
        try:
            principals = Principals(self._store)
            if not token_is_of(request, principals.tenant):
                raise Denied
            return Response(200, _Answer(self._store, self._pace, request, principals).body())
        except Denied:
            raise Refusal(
                403, "Authorization_RequestDenied", "Insufficient privileges to complete the operation."
            ) from None


def token_is_of(request: Request, tenant: str) -> bool:
    """Whether the token of a request is for a tenant; the sandbox's own is for every tenant."""
    said = request.headers.get(TENANT_HEADER)
    return said is None or fold(said) == fold(tenant)


class _Answer:
    """One request, with what it asks of the directory."""

    def __init__(self, store: Store, pace: Pace, request: Request, principals: Principals) -> None:
        self._store = store
        self._pace = pace
        self._request = request
        self._principals = principals

    def body(self) -> dict[str, Any]:
        """The body of the answer. Raises Refusal or Denied."""
        collection, key, value, tail = _target(self._request)
        match self._request.method, fold(collection), value, tail:
            case "GET", name, None, () if name in _KINDS:
                return self._list(_KINDS[name])
            case "GET", name, str(), () if name in _KINDS:
                return self._one(_KINDS[name], key, value)
            case _, name, str(), (_, *_) if name in _KINDS or name == "directoryobjects":
                kind, body = self._resolve(_KINDS.get(name), key, value)
                return self._related(kind, str(body["id"]), tail)
            case "POST", "directoryobjects", "getByIds" | "getbyids", ():
                return self._by_ids()
            case "GET", "organization", None, ():
                return self._page("organization", [self._organization()])
            case "GET", "domains", None, ():
                return self._page("domains", list(self._domains()))
            case "GET", "me", _, _:
                raise Refusal(400, "BadRequest", "/me request is only valid with delegated authentication flow.")
            case "GET", _, _, _:
                raise _no_segment(collection)
        raise Denied

    # -- lists and single ones --------------------------------------------------------------------------------

    def _list(self, kind: str) -> dict[str, Any]:
        wanted = filter_of(self._request)
        bodies = self._principals.bodies(kind)
        if not self._principals.was_asked_for(texts_of(wanted)):
            raise Denied
        return self._page(kind, chosen(wanted, bodies, kind))

    def _page(self, context: str, bodies: list[dict[str, Any]]) -> dict[str, Any]:
        return {"@odata.context": self._context(context), **listed(self._request, self._pace, bodies)}

    def _context(self, of: str) -> str:
        return f"{self._request.base}/{self._request.segments[0]}/$metadata#{of}"

    def _one(self, kind: str, key: str, value: str) -> dict[str, Any]:
        _, body = self._resolve(kind, key, value)
        return {**selected(self._request, body), "@odata.context": self._context(f"{kind}/$entity")}

    def _resolve(self, kind: str | None, key: str, value: str) -> tuple[str, dict[str, Any]]:
        """The object of a path: by its id, a user also by UPN, a service principal by ``appId='…'``."""
        kinds = list(_TYPES) if kind is None else [kind]
        names = {"appid"} if key == "appid" else {"id"} | ({"userprincipalname"} if kind == USERS else set())
        if key not in ("id", "appid") or (key == "appid" and kind != SERVICE_PRINCIPALS):
            raise Refusal(400, "Request_BadRequest", f"Unsupported key property '{key}'.")
        absent = False
        for one in kinds:
            try:
                bodies = self._principals.bodies(one)
            except Denied:
                absent = True
                continue
            for body in bodies:
                said = {member.lower(): text for member, text in body.items() if isinstance(text, str)}
                if any(fold(said.get(name, "")) == fold(value) for name in names):
                    return one, body
            absent = absent or any(
                not (names & ALWAYS.get(one, frozenset())) <= {member.lower() for member in body} for body in bodies
            )
        if absent or not self._principals.was_asked_for([value]):
            raise Denied
        raise Refusal(
            404,
            "Request_ResourceNotFound",
            f"Resource '{value}' does not exist or one of its queried reference-property objects are not present.",
        )

    # -- membership ----------------------------------------------------------------------------------------------

    def _related(self, kind: str, id: str, tail: tuple[str, ...]) -> dict[str, Any]:
        what, *casts = (fold(part) for part in tail)
        cast = _CASTS.get(casts[0]) if len(casts) == 1 else None
        if casts and cast is None:
            raise _no_segment(tail[1])
        match self._request.method, what:
            case "GET", "transitivememberof":
                groups = self._principals.groups_of(id).values()
                return self._objects([(GROUPS, self._group(group)) for group in groups], cast)
            case "GET", "members" if kind == GROUPS:
                return self._objects([self._object(member) for member in self._principals.members(id)], cast)
            case "GET", "transitivemembers" if kind == GROUPS:
                return self._objects([self._object(one) for one in self._principals.transitive_members(id)], cast)
            case "POST", "getmembergroups" if not casts:
                return self._ids(self._principals.groups_of(id).values())
            case "POST", "checkmembergroups" if not casts:
                return self._ids(self._principals.are_members(id, self._texts("groupIds", _MOST_CHECKED)))
        raise _no_segment(tail[0])

    def _objects(self, found: list[tuple[str | None, dict[str, Any]]], cast: str | None) -> dict[str, Any]:
        bodies = [body if cast else _typed(kind, body) for kind, body in found if cast in (None, kind)]
        return self._page(cast or "directoryObjects", chosen(filter_of(self._request), bodies, ""))

    def _group(self, id: str) -> dict[str, Any]:
        """A group's body; of one that is known by its members only, what Graph shows of objects it may not show."""
        try:
            found = self._principals.find(id, [GROUPS])
        except Denied:
            found = None
        return {"id": id} if found is None else found[1]

    def _object(self, id: str) -> tuple[str | None, dict[str, Any]]:
        found = self._principals.find(id, _TYPES)
        return (None, {"id": id}) if found is None else found

    def _ids(self, ids: Iterable[str]) -> dict[str, Any]:
        return {"@odata.context": self._context("Collection(Edm.String)"), "value": list(ids)}

    def _by_ids(self) -> dict[str, Any]:
        """Objects of any type by their ids; those that do not exist are left out (documented)."""
        ids = dict.fromkeys(fold(id) for id in self._texts("ids", _MOST_IDS))
        types = {fold(type) for type in self._texts("types", _MOST_IDS, needed=False)}
        kinds = [kind for kind, type in _TYPES.items() if not types or {fold(type), "directoryobject"} & types]
        found = [self._principals.find(id, kinds) for id in ids]
        bodies = [_typed(*one) for one in found if one is not None]
        return {"@odata.context": self._context("directoryObjects"), "value": bodies}

    def _texts(self, member: str, most: int, *, needed: bool = True) -> list[str]:
        """A list of texts in the body. Raises Refusal where it is none."""
        content = self._request.content
        texts = content.get(member) if isinstance(content, dict) else None
        if texts is None and not needed:
            return []
        if isinstance(texts, list) and len(texts) <= most and all(isinstance(text, str) for text in texts):
            return texts
        raise Refusal(400, "Request_BadRequest", f"Invalid value specified for property '{member}' of the request.")

    # -- the tenant ----------------------------------------------------------------------------------------------

    def _tenant(self) -> dict[str, Any]:
        for body in self._store.bodies("tenants") or ():
            if fold(str(body.get("tenantId"))) == fold(self._principals.tenant):
                return body
        raise Denied

    def _organization(self) -> dict[str, Any]:
        """Made from the tenant as Azure Resource Manager shows it."""
        tenant = self._tenant()
        names = [
            {"capabilities": "Email", "isDefault": one["isDefault"], "isInitial": False, "name": one["id"]}
            for one in self._domains()
        ]
        return {"id": self._principals.tenant, "displayName": tenant.get("displayName"), "verifiedDomains": names}

    def _domains(self) -> Iterable[dict[str, Any]]:
        tenant = self._tenant()
        default = tenant.get("defaultDomain")
        others = tenant.get("domains")
        names = [default, *(others if isinstance(others, list) else [])]
        for name in dict.fromkeys(name for name in names if isinstance(name, str)):
            yield {
                "authenticationType": "Managed",
                "id": name,
                "isAdminManaged": True,
                "isDefault": name == default,
                "isInitial": False,
                "isRoot": True,
                "isVerified": True,
                "supportedServices": ["Email"],
            }


def _target(request: Request) -> tuple[str, str, str | None, tuple[str, ...]]:
    """The collection of a path, the property and value of its key if it has one, and what follows."""
    parts = request.segments[1:]
    if not parts:
        raise _no_segment("")
    keyed = _KEYED.fullmatch(parts[0])
    if keyed is not None:
        return keyed[1], fold(keyed[2] or "id"), keyed[3].replace("''", "'"), parts[1:]
    return parts[0], "id", parts[1] if len(parts) > 1 else None, parts[2:]


def _typed(kind: str | None, body: dict[str, Any]) -> dict[str, Any]:
    type = "directoryObject" if kind is None else _TYPES[kind]
    return {"@odata.type": f"#microsoft.graph.{type}", **body}


def _no_segment(name: str) -> Refusal:
    """The refusal of a path that there is not; code and words are unconfirmed."""
    return Refusal(400, "BadRequest", f"Resource not found for the segment '{name[:80]}'.")
