"""Plain HTTP, to this machine only."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from azure.core.pipeline import PipelineRequest
from azure.core.pipeline.policies import SansIOHTTPPolicy

LOOPBACK_HOSTS = frozenset({"127.0.0.1", "::1", "localhost"})


class AllowLoopbackHttp(SansIOHTTPPolicy[Any, Any]):
    """Lets the policy that adds the token do so over plain HTTP to this machine: it refuses that otherwise."""

    def on_request(self, request: PipelineRequest[Any]) -> None:
        """Say so in the options of a request to loopback."""
        if urlsplit(request.http_request.url).hostname in LOOPBACK_HOSTS:
            request.context.options["enforce_https"] = False


class StayOnHost(SansIOHTTPPolicy[Any, Any]):
    """Refuses to follow a link to another host: the token would go there."""

    def __init__(self, base: str) -> None:
        self._base = _origin(base)

    def on_request(self, request: PipelineRequest[Any]) -> None:
        """Raise ValueError for a request to another scheme, host or port."""
        if _origin(request.http_request.url) != self._base:
            raise ForeignLink(f"an answer names {urlsplit(request.http_request.url).hostname}, which is another host")


class ForeignLink(Exception):
    """An answer that sends the client to another host."""


def _origin(url: str) -> tuple[str, str | None, int | None]:
    parts = urlsplit(url)
    return parts.scheme, parts.hostname, parts.port or {"http": 80, "https": 443}.get(parts.scheme)
