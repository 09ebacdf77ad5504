"""The sandbox as one function: a request in, a response out. Everything it knows is in its store."""

from __future__ import annotations

import hmac
import re
from collections import deque
from collections.abc import Callable
from dataclasses import replace
from threading import Lock
from typing import Protocol

from checker.facts.arm_id import fold
from checker.facts.directory import is_guid
from checker.facts.unread import FactName
from checker.redaction import redact
from checker.sandbox.aad_graph import AadGraph
from checker.sandbox.authorization import Authorization
from checker.sandbox.compute import Compute
from checker.sandbox.control import Control, LogEntry
from checker.sandbox.faults import Faults, Spoiled
from checker.sandbox.graph import Graph
from checker.sandbox.login import Login
from checker.sandbox.manners import Room, finished, refused, room_of
from checker.sandbox.message import TENANT_HEADER, Refusal, Request, Response
from checker.sandbox.operations import Operations
from checker.sandbox.pace import Pace
from checker.sandbox.store import Store
from checker.sandbox.subscriptions import Subscriptions

#: How many requests the log remembers.
_REMEMBERED = 100_000

_API_VERSION = re.compile(r"\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])(?:-[a-z][a-z0-9.\-]*)?", re.ASCII | re.I)


class Sandbox:
    """Azure Resource Manager, Microsoft Graph and Azure AD Graph over a store.

    ``token`` is what a client must bear. ``log`` is told of every request; ``on_crash`` of a mistake of ours, which
    a client sees as 500 InternalServerError.
    """

    def __init__(
        self,
        store: Store,
        token: str,
        pace: Pace | None = None,
        *,
        log: Callable[[LogEntry], None] | None = None,
        on_crash: Callable[[Exception], None] | None = None,
    ) -> None:
        self.pace = pace if pace is not None else Pace()
        self.token = token
        self._tell = log
        self._on_crash = on_crash
        self._log: deque[LogEntry] = deque(maxlen=_REMEMBERED)
        self._log_lock = Lock()
        self._faults = Faults()
        self._control = Control(self.pace, self._faults, self._logged, lambda: self.store, self._open)
        self._login = Login(lambda: self.store, token)
        self._lock = store.lock
        self._open(store)

    def _open(self, store: Store) -> None:
        store.lock = self._lock
        self.store = store
        self._operations = Operations(store, self.pace)
        self._services = _services(store, self._operations, self.pace)

    def settle(self) -> None:
        """Let what is due take effect, as the next request would."""
        with self.store.lock:
            self._operations.settle()

    def handle(self, request: Request) -> Response:
        """Answer a request. Never raises."""
        try:
            with self._lock:
                response = self._handle(request)
        except Exception as error:
            response = finished(Room.ARM, request, self._crashed(error, request), self.store.clock())
        try:
            self.record(request.method, request.path, None if _is_lost(response) else response.status)
        except Exception as error:  # a log that cannot be written keeps nobody from an answer
            self._tell_crash(error)
        return response

    def record(self, method: str, path: str, status: int | None) -> None:
        """Log a request; ``handle`` does it for its own."""
        time = self.store.clock().strftime("%Y-%m-%dT%H:%M:%S.%fZ")
        entry = LogEntry(time=time, method=method, path=redact(path), status=status)
        with self._log_lock:
            self._log.append(entry)
            if self._tell is not None:
                self._tell(entry)

    def _logged(self) -> list[LogEntry]:
        with self._log_lock:
            return list(self._log)

    def _tell_crash(self, error: Exception) -> None:
        if self._on_crash is not None:
            self._on_crash(error)

    # -- one request -------------------------------------------------------------------------------

    def _handle(self, request: Request) -> Response:
        room = room_of(request)
        try:
            response = self._answer(room, request)
        except Refusal as refusal:
            response = refused(room, refusal, self.store.clock())
        except Exception as error:
            response = self._crashed(error, request)
        return finished(room, request, response, self.store.clock())

    def _answer(self, room: Room, request: Request) -> Response:
        if room is Room.LOGIN:
            return self._faults.answer(request, self._login.answer)
        known = self._signed_in(room, request)
        self._operations.settle()
        if room is Room.CONTROL:
            return self._control.answer(known)
        return self._faults.answer(known, lambda request: self._perform(room, request))

    def _perform(self, room: Room, request: Request) -> Response:
        try:
            if room is Room.ARM:
                _check_api_version(request)
            if request.method == "HEAD":
                # Whether a resource exists: documented as 204 or 404.
                found = self._serve(room, replace(request, method="GET"))
                return Response(204) if found.status == 200 else replace(found, body=None)
            return self._serve(room, request)
        except Refusal as refusal:
            return refused(room, refusal, self.store.clock())

    def _serve(self, room: Room, request: Request) -> Response:
        for service in self._services:
            response = service.answer(request)
            if response is not None:
                return response
        raise _not_found(room, request)

    def _crashed(self, error: Exception, request: Request) -> Response:
        self._tell_crash(error)
        message = "The server encountered an internal error, please retry. If the problem persists, contact support."
        refusal = Refusal(500, "InternalServerError", message)
        try:
            room = room_of(request)
        except Exception:
            room = Room.ARM
        return refused(room, refusal, self.store.clock())

    # -- who asks ----------------------------------------------------------------------------------

    def _signed_in(self, room: Room, request: Request) -> Request:
        """The request with the tenant of its token. Raises Refusal for a token that is missing, wrong or foreign."""
        headers = {name: value for name, value in request.headers.items() if name != TENANT_HEADER}
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not token.strip():
            raise self._unauthenticated(room, request)
        own, tilde, tenant = token.strip().rpartition("~")
        if self._is_own(token.strip()):
            return replace(request, headers=headers)
        if tilde and is_guid(fold(tenant)) and self._is_own(own):
            if room is Room.GRAPH:
                headers[TENANT_HEADER] = fold(tenant)
            return replace(request, headers=headers)
        issued = self._login.tenant_of(token.strip())
        if issued is None or room is Room.CONTROL:
            raise Refusal(
                401,
                "InvalidAuthenticationToken",
                "The access token is invalid.",
                headers=_challenge("common", "The access token is invalid."),
            )
        owner = self._tenant_of_subscription(request)
        if room is Room.ARM and owner is not None and owner != issued:
            raise Refusal(
                401,
                "InvalidAuthenticationTokenTenant",
                _wrong_tenant(issued, owner),
                headers=_challenge(
                    owner,
                    "The access token is from the wrong issuer. It must match the tenant associated with this "
                    "subscription. Please use correct authority to get the token.",
                ),
            )
        headers[TENANT_HEADER] = issued
        return replace(request, headers=headers)

    def _is_own(self, token: str) -> bool:
        return hmac.compare_digest(token.encode("utf-8", "replace"), self.token.encode("utf-8", "replace"))

    def _unauthenticated(self, room: Room, request: Request) -> Refusal:
        """Whoever asks for a subscription without a token is told its tenant: clients find the tenant by it."""
        message = "Authentication failed. The 'Authorization' header is missing."
        owner = self._tenant_of_subscription(request) if room is Room.ARM else None
        if room is Room.GRAPH:
            return Refusal(401, "InvalidAuthenticationToken", "Access token is empty.", headers=_challenge("common"))
        return Refusal(401, "AuthenticationFailed", message, headers=_challenge(owner or "common", message))

    def _tenant_of_subscription(self, request: Request) -> str | None:
        """The tenant (folded) of the subscription that a path is below; None where it is not known or not told."""
        if request.folded[:1] != ("subscriptions",) or len(request.folded) < 2:
            return None
        key = "/subscriptions/" + request.folded[1]
        if self.store.unread_at(FactName.SUBSCRIPTION, key) is not None:
            return None
        for body in self.store.bodies("subscriptions") or ():
            if fold(str(body.get("id") or body.get("subscriptionId"))).rpartition("/")[2] == request.folded[1]:
                tenant = body.get("tenantId")
                return fold(tenant) if isinstance(tenant, str) else None
        return None


def _is_lost(response: Response) -> bool:
    return isinstance(response, Spoiled) and not response.is_sent


def _check_api_version(request: Request) -> None:
    version = request.query.get("api-version")
    if not version:
        raise Refusal(
            400,
            "MissingApiVersionParameter",
            "The api-version query parameter (?api-version=) is required for all requests.",
        )
    if len(version) > 64 or not _API_VERSION.fullmatch(version):
        raise Refusal(
            400,
            "InvalidApiVersionParameter",
            f"The api-version '{version[:64]}' is invalid. The supported versions are "
            "'2026-04-01,2026-03-03,2026-03-02,2022-12-01,2022-04-01'.",
        )


def _not_found(room: Room, request: Request) -> Refusal:
    """The answer for a path that nobody serves. Its wording is general knowledge, not recorded."""
    if room is Room.GRAPH:
        name = "/".join(request.segments[1:])[:200]
        return Refusal(400, "BadRequest", f"Resource not found for the segment '{name}'.")
    if room is Room.AAD_GRAPH:
        return Refusal(404, "Request_ResourceNotFound", "The resource is not served by the sandbox.")
    at = [number for number, name in enumerate(request.folded[:-2]) if name == "providers"]
    if at:
        namespace, type = request.segments[at[-1] + 1 : at[-1] + 3]
        version = request.query.get("api-version", "")
        return Refusal(
            404,
            "InvalidResourceType",
            f"The resource type '{type[:200]}' could not be found in the namespace '{namespace[:200]}' "
            f"for api version '{version}'.",
        )
    return Refusal(404, "NotFound", "No HTTP resource was found that matches the request URI.")


def _challenge(tenant: str, description: str = "") -> dict[str, str]:
    return {
        "WWW-Authenticate": f'Bearer authorization_uri="https://login.windows.net/{tenant}", error="invalid_token", '
        f'error_description="{description}"'
    }


def _wrong_tenant(issued: str, owner: str) -> str:
    return (
        f"The access token is from the wrong issuer 'https://sts.windows.net/{issued}/'. It must match the tenant "
        f"'https://sts.windows.net/{owner}/' associated with this subscription. Please use the authority (URL) "
        f"'https://login.windows.net/{owner}' to get the token. Note, if the subscription is transferred to another "
        "tenant there is no impact to the services, but information about new tenant could take time to propagate "
        "(up to an hour). If you just transferred your subscription and see this error message, please try back later."
    )


class _Service(Protocol):
    def answer(self, request: Request) -> Response | None: ...


def _services(store: Store, operations: Operations, pace: Pace) -> list[_Service]:
    """The services in the order they are asked."""
    return [
        Subscriptions(store, pace),
        Authorization(store, pace),
        Graph(store, pace),
        AadGraph(store, pace),
        Compute(store, operations, pace),
    ]
