"""Metadata, sign-in and tokens: what the azure command line and other clients ask before they ask Azure.

The forms follow what azure-cli 2.91 was seen to need; they are nobody's recording.
"""

from __future__ import annotations

import base64
import hmac
import json
import secrets
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qsl
from uuid import NAMESPACE_URL, uuid5

from checker.facts.arm_id import fold
from checker.facts.directory import is_guid
from checker.sandbox.message import Refusal, Request, Response
from checker.sandbox.store import Store

_LIFETIME = 3599
#: Authorities for "any tenant": no tenant can sign in there with a secret.
_SHARED = ("common", "organizations", "consumers")


class Login:
    """Gives tokens to whoever has the sandbox's own token as a secret.

    A token has the form of a JWT and is signed with a key of this run, so that none has to be remembered.
    """

    def __init__(self, store: Callable[[], Store], token: str) -> None:
        self._store = store
        self._token = token
        self._key = secrets.token_bytes(32)

    def answer(self, request: Request) -> Response:
        """Answer a path of this room. Raises Refusal with an error of OAuth."""
        path = request.folded
        if path == ("metadata", "endpoints"):
            _only(request, "GET")
            return Response(200, self._metadata(request))
        if path[-1] == "openid-configuration":
            _only(request, "GET")
            return Response(200, self._openid(request, self._tenant(request.segments[0])))
        if path[-1] == "instance":
            _only(request, "GET")
            return Response(200, _instance(request))
        if path[-1] == "keys":
            _only(request, "GET")
            return Response(200, {"keys": []})
        _only(request, "POST")
        return self._give_token(request)

    def tenant_of(self, token: str) -> str | None:
        """The tenant (folded) of a token that was given in this run. Raises Refusal for one that has expired."""
        head, _, signature = token.rpartition(".")
        if not head or not hmac.compare_digest(self._sign(head).encode(), signature.encode("utf-8", "replace")):
            return None
        claims = json.loads(_decoded(head.partition(".")[2]))
        if claims["exp"] < self._now():
            raise Refusal(
                401,
                "ExpiredAuthenticationToken",
                f"The access token expiry UTC time '{datetime.fromtimestamp(claims['exp'], UTC):%m/%d/%Y %H:%M:%S}' "
                "is earlier than current UTC time.",
            )
        return fold(claims["tid"])

    # -- the answers ------------------------------------------------------------------------------

    def _metadata(self, request: Request) -> Any:
        base = request.base
        host = base.partition("://")[2]
        audiences = [base, base + "/"]
        login = {"loginEndpoint": base, "audiences": audiences, "tenant": "common", "identityProvider": "AAD"}
        suffixes = {
            "storage": "core.windows.net",
            "keyVaultDns": "vault.azure.net",
            "sqlServerHostname": "database.windows.net",
            "acrLoginServer": "azurecr.io",
        }
        cloud = {
            "name": "Sandbox",
            "portal": base,
            "gallery": base,
            "authentication": login,
            "graph": base,
            "graphAudience": base,
            "microsoftGraphResourceId": base,
            "resourceManager": base,
            "batch": base,
            "media": base,
            "vmImageAliasDoc": base,
            "sqlManagement": base,
            "activeDirectoryDataLake": base,
            "logAnalyticsResourceId": base,
            "ossrDbmsResourceId": base,
            "suffixes": suffixes,
            "host": host,
        }
        # The form of 2019 is a list of clouds; later ones are the one that was asked.
        return [cloud] if request.query.get("api-version", "") < "2020" else cloud

    def _openid(self, request: Request, tenant: str) -> dict[str, Any]:
        base = request.base
        v2 = "/v2.0" if "v2.0" in request.folded else ""
        return {
            "issuer": f"{base}/{tenant}{v2 or '/'}",
            "authorization_endpoint": f"{base}/{tenant}/oauth2{v2}/authorize",
            "token_endpoint": f"{base}/{tenant}/oauth2{v2}/token",
            "device_authorization_endpoint": f"{base}/{tenant}/oauth2{v2}/devicecode",
            "jwks_uri": f"{base}/{tenant}/discovery{v2}/keys",
            "response_types_supported": ["code", "id_token", "code id_token", "id_token token"],
            "response_modes_supported": ["query", "fragment", "form_post"],
            "subject_types_supported": ["pairwise"],
            "id_token_signing_alg_values_supported": ["RS256"],
            "token_endpoint_auth_methods_supported": ["client_secret_post", "client_secret_basic"],
            "scopes_supported": ["openid", "profile", "email", "offline_access"],
            "tenant_region_scope": "WW",
            "cloud_instance_name": base.partition("://")[2],
            "msgraph_host": base.partition("://")[2],
        }

    def _give_token(self, request: Request) -> Response:
        form = _form(request)
        client, secret = _client(request, form)
        if form.get("grant_type") != "client_credentials":
            raise Refusal(400, "unsupported_grant_type", "AADSTS70003: the sandbox signs in with a client secret only.")
        if not client or not hmac.compare_digest(secret.encode("utf-8", "replace"), self._token.encode()):
            raise Refusal(
                401, "invalid_client", "AADSTS7000215: Invalid client secret provided: it is the sandbox's own token."
            )
        tenant = self._tenant(request.segments[0])
        if tenant in _SHARED:
            raise Refusal(400, "invalid_request", f"AADSTS50059: {tenant} names no tenant to sign in to.")
        audience = (form.get("resource") or form.get("scope") or request.base).removesuffix("/.default")
        now = self._now()
        claims = {
            "aud": audience,
            "iss": f"https://sts.windows.net/{tenant}/",
            "iat": now,
            "nbf": now,
            "exp": now + _LIFETIME,
            "appid": client,
            "idtyp": "app",
            # The object of an application in a tenant: any GUID, but the same one each time.
            "oid": str(uuid5(NAMESPACE_URL, f"{fold(tenant)}/{fold(client)}")),
            "tid": tenant,
            "ver": "1.0",
        }
        head = f"{_encoded({'typ': 'JWT', 'alg': 'HS256'})}.{_encoded(claims)}"
        body: dict[str, Any] = {"token_type": "Bearer", "expires_in": _LIFETIME, "ext_expires_in": _LIFETIME}
        if "v2.0" not in request.folded:
            # The older endpoint writes its numbers as texts.
            body = {name: str(value) for name, value in body.items()}
            body |= {"expires_on": str(now + _LIFETIME), "not_before": str(now), "resource": audience}
        return Response(200, body | {"access_token": f"{head}.{self._sign(head)}"}, {"cache-control": "no-store"})

    # -- tenants --------------------------------------------------------------------------------

    def _tenant(self, name: str) -> str:
        """The id of a tenant given by id or by default domain."""
        wanted = fold(name)
        if wanted in _SHARED:
            return wanted
        for body in self._store().bodies("tenants") or ():
            if wanted in (fold(str(body.get("tenantId"))), fold(str(body.get("defaultDomain") or ""))):
                return str(body["tenantId"])
        if is_guid(wanted):
            # The tenant of a snapshot need not be described in it.
            return wanted
        raise Refusal(
            400,
            "invalid_tenant",
            f"AADSTS90002: Tenant '{name[:200]}' not found. Check to make sure you have the correct tenant ID.",
        )

    # -- signing ---------------------------------------------------------------------------------

    def _sign(self, text: str) -> str:
        return _base64(hmac.digest(self._key, text.encode("utf-8", "replace"), "sha256"))

    def _now(self) -> int:
        return int(self._store().clock().timestamp())


def _only(request: Request, method: str) -> None:
    if request.method != method:
        raise Refusal(405, "invalid_request", f"AADSTS900561: The endpoint only accepts {method} requests.")


def _instance(request: Request) -> dict[str, Any]:
    host = request.base.partition("://")[2]
    return {
        "tenant_discovery_endpoint": f"{request.base}/common/v2.0/.well-known/openid-configuration",
        "api-version": "1.1",
        "metadata": [{"preferred_network": host, "preferred_cache": host, "aliases": [host]}],
    }


def _form(request: Request) -> Mapping[str, str]:
    try:
        return dict(parse_qsl(request.body.decode("utf-8"), keep_blank_values=True, max_num_fields=100))
    except ValueError:
        raise Refusal(400, "invalid_request", "AADSTS900144: the body is not a form.") from None


def _client(request: Request, form: Mapping[str, str]) -> tuple[str, str]:
    """The client id and its secret, from the form or from basic authentication."""
    scheme, _, encoded = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() == "basic" and "client_secret" not in form:
        try:
            id, _, secret = base64.b64decode(encoded, validate=True).decode("utf-8").partition(":")
        except ValueError:
            return "", ""
        return id, secret
    return form.get("client_id", ""), form.get("client_secret", "")


def _encoded(value: Any) -> str:
    return _base64(json.dumps(value, separators=(",", ":")).encode("ascii"))


def _base64(value: bytes) -> str:
    return base64.urlsafe_b64encode(value).rstrip(b"=").decode("ascii")


def _decoded(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
