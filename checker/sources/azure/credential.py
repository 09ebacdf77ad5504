"""Signing in: one credential for the whole run, asked for each token once."""

from __future__ import annotations

import logging
import os
import re
import time
from collections.abc import Callable
from threading import Lock
from typing import Any, NoReturn

from azure.core.credentials import AccessToken, AccessTokenInfo, TokenCredential, TokenRequestOptions
from azure.core.exceptions import AzureError

from checker.errors import SourceProblem
from checker.redaction import redact
from checker.sources.azure.cloud import Cloud, known_cloud

#: How the user may say to sign in.
WAYS = ("auto", "cli", "env", "workload", "managed")
#: How the sign-in service begins what it refuses with.
_UNREACHABLE = re.compile(
    r"ProxyError|Max retries exceeded|Connection refused|Failed to resolve|Failed to establish|"
    r"Name or service not known|timed out|unable to get authority configuration",
    re.IGNORECASE,
)
_SAID = re.compile(r"AADSTS[0-9]+: [^.]*\.")
#: The seconds of life that a token must have left to be used again.
_MARGIN = 300


class SharedCredential:
    """Asks another credential for a token once, whichever client or thread needs it. Tokens stay in memory.

    Raises SourceProblem, in one line, where there is no sign-in.
    """

    def __init__(self, inner: Any, words: str, clock: Callable[[], float] = time.time) -> None:
        self._inner = inner
        self._words = words
        self._clock = clock
        self._lock = Lock()
        self._tokens: dict[tuple[tuple[str, ...], str | None], AccessToken] = {}

    def get_token(
        self, *scopes: str, claims: str | None = None, tenant_id: str | None = None, enable_cae: bool = False, **_: Any
    ) -> AccessToken:
        """A token for scopes, of a tenant. ``claims`` ask for a fresh one."""
        with self._lock:
            known = self._tokens.get((scopes, tenant_id))
            if known is not None and claims is None and known.expires_on - self._clock() > _MARGIN:
                return known
            options = {"claims": claims} if claims else {}
            try:
                token: AccessToken = self._inner.get_token(*scopes, tenant_id=tenant_id, **options)
            except (AzureError, ValueError, OSError) as error:
                self._refuse(error)
            self._tokens[(scopes, tenant_id)] = token
            return token

    def get_token_info(self, *scopes: str, options: TokenRequestOptions | None = None) -> AccessTokenInfo:
        """As ``get_token``, in the newer form of the protocol."""
        wanted = options or {}
        token = self.get_token(*scopes, claims=wanted.get("claims"), tenant_id=wanted.get("tenant_id"))
        return AccessTokenInfo(token.token, token.expires_on)

    def _refuse(self, error: Exception) -> NoReturn:
        raise NotSignedIn(_with_reason(self._words, error), redact(str(error))) from None


def _with_reason(words: str, error: Exception) -> str:
    """The words, and what the sign-in service said, where it said something: the rest is the library's long list."""
    text = " ".join(redact(str(error)).split())
    if _UNREACHABLE.search(text):
        return "the sign-in service cannot be reached: see to the network and its proxy (-v shows more)"
    if isinstance(error, OSError):
        return f"{words} ({error.strerror or type(error).__name__}: {error.filename or 'a file'})"
    said = _SAID.search(text)
    return f"{words} ({said.group()[:200]})" if said else words


class NotSignedIn(SourceProblem):
    """There is no sign-in, or it gives no token."""


class SandboxCredential:
    """The sandbox's own token; with the tenant behind it where a tenant is asked for."""

    def __init__(self, token: str) -> None:
        self._token = token

    def get_token(self, *scopes: str, tenant_id: str | None = None, **_: Any) -> AccessToken:
        """A token that lasts longer than any run."""
        token = f"{self._token}~{tenant_id}" if tenant_id else self._token
        return AccessToken(token, int(time.time()) + 86400)


def shared_sandbox_credential(token: str) -> SharedCredential:
    """The credential for a sandbox."""
    return SharedCredential(SandboxCredential(token), "the sandbox's token")


def sign_in(way: str, tenant: str | None, cloud: Cloud) -> SharedCredential:
    """The credential of a way to sign in. Nothing is asked of anybody until a token is needed.

    ``auto`` tries the environment, a federated token and the azure command line, and leaves out the probe for a
    managed identity, which takes seconds where there is none.
    """
    # What the library logs on failure is said in one line by whoever asked.
    logging.getLogger("azure").setLevel(logging.CRITICAL + 1)
    hint = f"--tenant {tenant}" if tenant else "--tenant TENANT"
    words = {
        "auto": f"not signed in to Azure: run `az login {hint}`, or set AZURE_TENANT_ID, AZURE_CLIENT_ID and "
        "AZURE_CLIENT_SECRET",
        "cli": f"not signed in with the azure command line: run `az login {hint}`",
        "env": "the environment has no sign-in: set AZURE_TENANT_ID, AZURE_CLIENT_ID and AZURE_CLIENT_SECRET or "
        "AZURE_CLIENT_CERTIFICATE_PATH",
        "workload": "there is no workload identity: AZURE_FEDERATED_TOKEN_FILE, AZURE_TENANT_ID and AZURE_CLIENT_ID "
        "name it",
        "managed": "this machine has no managed identity that answers",
    }[way]
    try:
        return SharedCredential(_credential(way, tenant, cloud), words)
    except (AzureError, ValueError, OSError) as error:
        raise NotSignedIn(_with_reason(words, error), redact(str(error))) from None


def _credential(way: str, tenant: str | None, cloud: Cloud) -> TokenCredential:
    from azure.identity import (
        AzureCliCredential,
        ChainedTokenCredential,
        EnvironmentCredential,
        ManagedIdentityCredential,
        WorkloadIdentityCredential,
    )

    common: dict[str, Any] = {"authority": cloud.authority, "additionally_allowed_tenants": ["*"]}
    if known_cloud(cloud.name) is None:
        # Azure's public sign-in service is not asked about an authority that it does not know; nor may it be reachable.
        common["disable_instance_discovery"] = True
    for_cli: dict[str, Any] = {"process_timeout": 30, "additionally_allowed_tenants": ["*"]}
    if tenant:
        for_cli["tenant_id"] = tenant
    if way == "cli":
        return AzureCliCredential(**for_cli)
    if way == "env":
        return EnvironmentCredential(**common)
    if way == "workload":
        return WorkloadIdentityCredential(**common, **({"tenant_id": tenant} if tenant else {}))
    if way == "managed":
        return ManagedIdentityCredential(client_id=os.environ.get("AZURE_CLIENT_ID"))
    chain: list[TokenCredential] = [EnvironmentCredential(**common)]
    if os.environ.get("AZURE_FEDERATED_TOKEN_FILE"):
        chain.append(WorkloadIdentityCredential(**common, **({"tenant_id": tenant} if tenant else {})))
    chain.append(AzureCliCredential(**for_cli))
    return ChainedTokenCredential(*chain)
