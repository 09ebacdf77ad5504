"""No write reaches Azure but the one that is being performed."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import unquote, urlsplit

from azure.core.pipeline import PipelineRequest
from azure.core.pipeline.policies import SansIOHTTPPolicy

_READS = frozenset({"GET", "HEAD"})
#: The POSTs that only read.
_READING_POSTS = re.compile(
    r"/(?:v1\.0|beta)/directoryObjects/getByIds|/[0-9a-f-]{36}/getObjectsByObjectIds", re.IGNORECASE
)


class WriteRefused(Exception):
    """A request that would change something, and that nobody asked for."""


class ReadOnlyGuard(SansIOHTTPPolicy[Any, Any]):
    """Refuses every request that may change something, but one that ``permit`` names.

    The client libraries write by themselves: they register a resource provider that is missing. So the guard
    stands in the pipeline, behind whatever else makes requests there, and stays there in a fix run.
    """

    def __init__(self) -> None:
        self._permitted: frozenset[tuple[str, str]] = frozenset()

    @contextmanager
    def permit(self, method: str, path: str) -> Iterator[None]:
        """Let requests of a method to a path (compared without case) through, as long as the block lasts."""
        before = self._permitted
        self._permitted = before | {(method, path.lower())}
        try:
            yield
        finally:
            self._permitted = before

    def on_request(self, request: PipelineRequest[Any]) -> None:
        """Raise WriteRefused for what is not permitted."""
        method, path = request.http_request.method.upper(), unquote(urlsplit(request.http_request.url).path)
        if method in _READS or (method == "POST" and _READING_POSTS.fullmatch(path)):
            return
        if (method, path.lower()) not in self._permitted:
            raise WriteRefused(f"refused to send {method} {path}: it could change something, and nothing asked for it")
