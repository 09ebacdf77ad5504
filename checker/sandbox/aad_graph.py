"""The few calls of the retired Azure AD Graph that azure-graphrbac makes, under ``/{tenant}/`` with version 1.6.

Paths and names are those of that library's source. The service is gone: nothing here was compared with it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from checker.facts.arm_id import fold
from checker.sandbox.graph import token_is_of
from checker.sandbox.graph_queries import chosen, texts_of, unsupported
from checker.sandbox.message import Refusal, Request, Response
from checker.sandbox.odata import Both, Call, Compare, Either, FilterProblem, Has, Node, Not, Path, parse
from checker.sandbox.pace import Pace
from checker.sandbox.paging import page
from checker.sandbox.principals import GROUPS, SERVICE_PRINCIPALS, TYPES, USERS, Denied, Principals
from checker.sandbox.store import Store

_VERSION = "1.6"
_OTHERS = frozenset({"subscriptions", "providers", "tenants", "v1.0", "beta"})
_KINDS = {fold(kind): kind for kind in (USERS, GROUPS, SERVICE_PRINCIPALS)}
#: What Microsoft Graph calls what this API called otherwise.
_NAMES = {
    "id": "objectId",
    "appOwnerOrganizationId": "appOwnerTenantId",
    "deletedDateTime": "deletionTimestamp",
    "onPremisesImmutableId": "immutableId",
}
_OLD_NAMES = {fold(old): new for new, old in _NAMES.items()}


class AadGraph:
    """The directory of the store's tenant in its older form, to read."""

    def __init__(self, store: Store, pace: Pace) -> None:
        self._store = store
        self._pace = pace

    def answer(self, request: Request) -> Response | None:
        """The answer to a request; None for a path of another service. Raises Refusal."""
        path = request.folded
        if len(path) < 2 or path[0] in _OTHERS or request.query.get("api-version") != _VERSION:
            return None
        try:
            principals = Principals(self._store)
            names = self._names(principals.tenant)
            if path[0] not in {"myorganization", *names} or not token_is_of(request, principals.tenant):
                raise Denied
            return Response(200, self._body(request, principals))
        except Denied:
            raise Refusal(
                403, "Authorization_RequestDenied", "Insufficient privileges to complete the operation."
            ) from None

    def _names(self, tenant: str) -> set[str]:
        """What a tenant may be called in a path: its id or its default domain."""
        domains = (
            body.get("defaultDomain")
            for body in self._store.bodies("tenants") or ()
            if fold(str(body.get("tenantId"))) == fold(tenant)
        )
        return {fold(tenant), *(fold(domain) for domain in domains if isinstance(domain, str))}

    def _body(self, request: Request, principals: Principals) -> dict[str, Any]:
        match request.method, request.folded[1:]:
            case "GET", (kind,) if kind in _KINDS:
                return self._list(request, principals, _KINDS[kind])
            case "GET", (kind, _) if kind in _KINDS:
                return _shown(*self._find(request, principals, _KINDS[kind]))
            case "GET", ("groups", _, "members"):
                _, group = self._find(request, principals, GROUPS)
                found = [principals.find(id, TYPES) for id in principals.members(str(group["id"]))]
                return self._page(request, [_shown(*one) for one in found if one is not None])
            case "POST", (kind, _, "getmembergroups") if kind in _KINDS:
                _, body = self._find(request, principals, _KINDS[kind])
                return {"value": list(principals.groups_of(str(body["id"])).values())}
            case "POST", ("ismemberof",):
                groups = [_text(request, "groupId")]
                return {"value": bool(principals.are_members(_text(request, "memberId"), groups))}
            case "POST", ("getobjectsbyobjectids",):
                return self._by_ids(request, principals)
            case "GET", ("domains",):
                return {"value": list(self._domains(principals.tenant))}
        raise Refusal(404, "Request_ResourceNotFound", "The resource is not served by the sandbox.")

    def _list(self, request: Request, principals: Principals, kind: str) -> dict[str, Any]:
        wanted = _filter(request)
        bodies = principals.bodies(kind)
        if not principals.was_asked_for(texts_of(wanted)):
            raise Denied
        return self._page(request, [_shown(kind, body) for body in chosen(wanted, bodies, kind)])

    def _page(self, request: Request, bodies: list[dict[str, Any]]) -> dict[str, Any]:
        """A page. The next link is relative to the tenant and without a version: the library adds both."""
        found = page(request, self._pace, bodies, "odata.nextLink")
        link = found.get("odata.nextLink")
        if link is not None:
            parts = link.partition("?")[2].split("&")
            kept = "&".join(part for part in parts if not part.lower().startswith("api-version="))
            found["odata.nextLink"] = f"{'/'.join(request.segments[1:])}?{kept}"
        return found

    def _find(self, request: Request, principals: Principals, kind: str) -> tuple[str, dict[str, Any]]:
        """The object of a path, by its id, a user also by UPN."""
        value = request.segments[2]
        names = ("id", "userPrincipalName") if kind == USERS else ("id",)
        bodies = principals.bodies(kind)
        for body in bodies:
            if any(fold(str(body.get(name))) == fold(value) for name in names):
                return kind, body
        if not principals.was_asked_for([value]) or any(name not in body for body in bodies for name in names):
            raise Denied
        raise Refusal(
            404,
            "Request_ResourceNotFound",
            f"Resource '{value}' does not exist or one of its queried reference-property objects are not present.",
        )

    def _by_ids(self, request: Request, principals: Principals) -> dict[str, Any]:
        content = request.content
        ids, types = (content.get(name) if isinstance(content, dict) else None for name in ("objectIds", "types"))
        if not isinstance(ids, list) or len(ids) > 1000 or not all(isinstance(id, str) for id in ids):
            raise Refusal(400, "Request_BadRequest", "Invalid value specified for property 'objectIds'.")
        wanted = {fold(str(type)) for type in types} if isinstance(types, list) else set()
        kinds = [kind for kind, type in TYPES.items() if not wanted or fold(type) in wanted]
        found = [principals.find(id, kinds) for id in dict.fromkeys(ids)]
        return {"value": [_shown(*one) for one in found if one is not None]}

    def _domains(self, tenant: str) -> list[dict[str, Any]]:
        for body in self._store.bodies("tenants") or ():
            name = body.get("defaultDomain")
            if fold(str(body.get("tenantId"))) == fold(tenant) and isinstance(name, str):
                return [{"authenticationType": "Managed", "isDefault": True, "isVerified": True, "name": name}]
        raise Denied


def _shown(kind: str, body: Mapping[str, Any]) -> dict[str, Any]:
    """A body of Microsoft Graph under the names of this API."""
    renamed = {_NAMES.get(name, name): value for name, value in body.items() if not name.startswith("@")}
    return {"odata.type": f"Microsoft.DirectoryServices.{TYPES[kind]}", "objectType": TYPES[kind], **renamed}


def _filter(request: Request) -> Node | None:
    text = request.query.get("$filter", "")
    if not text.strip():
        return None
    try:
        return _renamed(parse(text))
    except FilterProblem as problem:
        raise unsupported(f"Invalid filter clause: {problem}") from None


def _renamed(node: Node) -> Node:
    """A filter with the names that Microsoft Graph has."""
    match node:
        case Both(left, right) | Either(left, right):
            return replace(node, left=_renamed(left), right=_renamed(right))
        case Not(part):
            return Not(_renamed(part))
        case Compare(path):
            return replace(node, path=_path(path))
        case Has(path):
            return replace(node, path=_path(path))
        case Call(name, arguments):
            return Call(name, tuple(_path(one) if isinstance(one, Path) else one for one in arguments))


def _path(path: Path) -> Path:
    return Path(_OLD_NAMES.get(fold(path.text), path.text))


def _text(request: Request, member: str) -> str:
    content = request.content
    text = content.get(member) if isinstance(content, dict) else None
    if not isinstance(text, str):
        raise Refusal(400, "Request_BadRequest", f"Invalid value specified for property '{member}' of the request.")
    return text
