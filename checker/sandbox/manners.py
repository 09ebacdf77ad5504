"""What every answer of Azure has: its headers, and the envelope of its errors."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from enum import Enum
from typing import Any
from uuid import uuid4

from checker.facts.directory import is_guid
from checker.sandbox.message import Refusal, Request, Response


class Room(Enum):
    """Whose path a request is on: each speaks in its own form."""

    CONTROL = "the control side"
    LOGIN = "metadata, sign-in and tokens"
    GRAPH = "Microsoft Graph"
    AAD_GRAPH = "Azure AD Graph"
    ARM = "Azure Resource Manager"


def room_of(request: Request) -> Room:
    """The room of a path. Azure AD Graph is known by its tenant in front and its api-version."""
    path = request.folded
    if not path:
        return Room.ARM
    if path[0] == "sandbox":
        return Room.CONTROL
    if path[0] in ("v1.0", "beta"):
        return Room.GRAPH
    if _LOGIN.fullmatch("/" + "/".join(path)):
        return Room.LOGIN
    is_arm = path[0] in ("subscriptions", "providers", "tenants")
    if is_guid(path[0]) or (request.query.get("api-version") == "1.6" and not is_arm):
        return Room.AAD_GRAPH
    return Room.ARM


_LOGIN = re.compile(
    r"/metadata/endpoints|/common/discovery/instance"
    r"|/[^/]+(?:/v2\.0)?/\.well-known/openid-configuration"
    r"|/[^/]+/oauth2(?:/v2\.0)?/token|/[^/]+/discovery(?:/v2\.0)?/keys"
)


def finished(room: Room, request: Request, response: Response, now: datetime) -> Response:
    """An answer as it is sent: with its bytes and with every header."""
    payload = _payload(response)
    return replace(response, payload=payload, headers=_headers(room, request, response, len(payload), now))


def _payload(response: Response) -> bytes:
    if response.body is None or response.status in (204, 304):
        return b""
    if isinstance(response.body, str):
        return response.body.encode("utf-8", "replace")
    return json.dumps(response.body, separators=(",", ":")).encode("ascii")


def refused(room: Room, refusal: Refusal, now: datetime) -> Response:
    """The envelope of an error. Those of Resource Manager and Microsoft Graph are recorded or documented."""
    error: dict[str, Any] = {"code": refusal.code, "message": refusal.message}
    if room is Room.AAD_GRAPH:
        message = {"lang": "en", "value": refusal.message}
        return Response(refusal.status, {"odata.error": {"code": refusal.code, "message": message}}, refusal.headers)
    if room is Room.GRAPH:
        request_id = str(uuid4())
        date = now.strftime("%Y-%m-%dT%H:%M:%S")
        error["innerError"] = {"date": date, "request-id": request_id, "client-request-id": request_id}
        return Response(refusal.status, {"error": error}, {"request-id": request_id, **refusal.headers})
    if room is Room.LOGIN:
        # The form of OAuth: RFC 6749, section 5.2.
        body = {"error": refusal.code, "error_description": refusal.message}
        return Response(refusal.status, body, refusal.headers)
    if refusal.target is not None:
        error["target"] = refusal.target
    return Response(refusal.status, {"error": error}, refusal.headers)


def _headers(room: Room, request: Request, response: Response, length: int, now: datetime) -> Mapping[str, str]:
    """All headers of an answer; what its service set stays."""
    found = {
        **_COMMON,
        "date": now.strftime("%a, %d %b %Y %H:%M:%S GMT"),
        **_content(room, response, length),
    }
    if room is Room.ARM:
        found.update(_resource_manager(request, response, now))
    elif room is Room.GRAPH:
        found.update(_graph())
    set_by_service = {name.lower() for name in response.headers}
    return {**{name: value for name, value in found.items() if name not in set_by_service}, **response.headers}


_COMMON = {
    "cache-control": "no-cache",
    "pragma": "no-cache",
    "expires": "-1",
    "strict-transport-security": "max-age=31536000; includeSubDomains",
    "x-content-type-options": "nosniff",
}
_GRAPH_JSON = (
    "application/json;odata.metadata=minimal;odata.streaming=true;IEEE754Compatible=false;charset=utf-8"  # recorded
)


def _content(room: Room, response: Response, size: int) -> dict[str, str]:
    if response.status in (204, 304):
        return {}
    length = {"content-length": str(size)}
    if response.body is None:
        return length
    return {"content-type": _GRAPH_JSON if room is Room.GRAPH else "application/json; charset=utf-8", **length}


def _graph() -> dict[str, str]:
    id = str(uuid4())
    return {
        "odata-version": "4.0",
        "request-id": id,
        "client-request-id": id,
        "x-ms-ags-diagnostic": '{"ServerInfo":{"DataCenter":"Sandbox","Slice":"E","Ring":"0","ScaleUnit":"000"}}',
        "x-ms-resource-unit": "1",
        "vary": "Accept-Encoding",
    }


#: Errors that Resource Manager itself answers, before a resource provider is asked. One of them is recorded.
_OF_GATEWAY = frozenset(
    {
        *("ResourceGroupNotFound", "ResourceNotFound", "SubscriptionNotFound", "ParentResourceNotFound"),
        *("InvalidResourceType", "MissingApiVersionParameter", "InvalidApiVersionParameter", "AuthorizationFailed"),
        *("AuthenticationFailed", "InvalidAuthenticationToken", "InvalidAuthenticationTokenTenant"),
        *("ExpiredAuthenticationToken", "InvalidRequestContent"),
    }
)
#: What a request is counted as. Writes and deletes are recorded; the numbers are today's documented buckets.
_COUNTED = {"GET": ("reads", 249), "HEAD": ("reads", 249), "DELETE": ("deletes", 199)}


def _resource_manager(request: Request, response: Response, now: datetime) -> dict[str, str]:
    id = str(uuid4())
    found = {
        "x-ms-request-id": id,
        "x-ms-correlation-request-id": id,
        "x-ms-routing-request-id": f"SANDBOX:{now:%Y%m%dT%H%M%SZ}:{id}",
    }
    asked = request.headers.get("x-ms-client-request-id", "")
    if request.headers.get("x-ms-return-client-request-id", "").lower() == "true" and is_guid(asked):
        found["x-ms-client-request-id"] = asked
    if _error_code(response) in _OF_GATEWAY:
        return {**found, "x-ms-failure-cause": "gateway"}
    kind, left = _COUNTED.get(request.method, ("writes", 199))
    under = "subscription" if request.folded[:1] == ("subscriptions",) and len(request.folded) > 1 else "tenant"
    found[f"x-ms-ratelimit-remaining-{under}-{kind}"] = str(left)
    bucket = _compute_bucket(request)
    if bucket:
        found["x-ms-ratelimit-remaining-resource"] = f"Microsoft.Compute/{bucket}3Min;239"
    return found


def _error_code(response: Response) -> str:
    error = response.body.get("error") if isinstance(response.body, dict) else None
    return str(error.get("code")) if response.status >= 400 and isinstance(error, dict) else ""


_VERBS = {"GET": "Get", "HEAD": "Get", "PUT": "CreateUpdate", "PATCH": "CreateUpdate", "DELETE": "Delete"}
_KINDS = (
    (r"/galleries/[^/]+/images/[^/]+/versions\b", "GalleryImageVersion"),
    (r"/galleries/[^/]+/images\b", "GalleryImage"),
    (r"/galleries\b", "Gallery"),
    (r"/virtualmachines\b", "VM"),
    (r"/disks\b", "Disks"),
    (r"/snapshots\b", "Snapshots"),
    (r"/images\b", "Images"),
)


def _compute_bucket(request: Request) -> str:
    """What Microsoft.Compute counts a request as; the names are recorded for VMs, galleries and operations."""
    path = "/" + "/".join(request.folded)
    rest = path.rpartition("/providers/")[2]
    if not rest.startswith("microsoft.compute/"):
        return ""
    if "/capsoperations/" in path:
        return "GetOperationStatus"
    if "operations/" in path:
        return "GetOperation"
    kind = next((name for pattern, name in _KINDS if re.search(pattern, "/" + rest)), "")
    if kind == "VM":
        verb = request.method
        if verb in ("GET", "HEAD"):
            return "LowCostGet"
        return "DeleteVM" if verb == "DELETE" or path.endswith("/deallocate") else "UpdateVM"
    return f"{_VERBS.get(request.method, 'Update')}{kind}" if kind else ""
