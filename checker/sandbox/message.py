"""What goes in and out of the sandbox: requests and responses as values."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any
from urllib.parse import parse_qsl, unquote

#: The header by which the services learn which tenant a token is for. A client's own is dropped.
TENANT_HEADER = "x-sandbox-tenant"


@dataclass(frozen=True)
class Request:
    """One HTTP request. ``base`` is how the client reached the server, without a slash at the end.

    ``path`` and ``query_text`` are as they were sent, ``headers`` have folded names.
    """

    method: str
    path: str
    query_text: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    base: str = "http://127.0.0.1"

    @cached_property
    def segments(self) -> tuple[str, ...]:
        """The parts of the path, decoded, as they were written; empty ones left out."""
        return tuple(unquote(part) for part in self.path.split("/") if part)

    @cached_property
    def folded(self) -> tuple[str, ...]:
        """The parts of the path in the form they are compared."""
        return tuple(part.lower() for part in self.segments)

    @cached_property
    def query(self) -> Mapping[str, str]:
        """The query, decoded, by folded name: ``query["$filter"]``."""
        return {name.lower(): value for name, value in parse_qsl(self.query_text, keep_blank_values=True)}

    @cached_property
    def content(self) -> Any:
        """The JSON of the body; None where there is none. Raises Refusal for what is not JSON, or too deep."""
        if not self.body.strip():
            return None
        try:
            content = json.loads(self.body, parse_constant=_refuse_number, parse_float=_finite)
            _check_depth(content)
            return content
        except (ValueError, RecursionError):
            raise Refusal(
                400, "InvalidRequestContent", "The request content was invalid and could not be deserialized."
            ) from None


@dataclass(frozen=True)
class Response:
    """One HTTP response. ``body`` is a JSON value; None sends no body, and a text that is no JSON is sent as it is.

    Services leave ``payload`` alone: ``handle`` sets it to the bytes of the body, made while it held the store.
    """

    status: int
    body: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)
    payload: bytes = b""


class Refusal(Exception):
    """An answer that is an error: raised anywhere, and made the envelope of its service by ``handle``."""

    def __init__(
        self,
        status: int,
        code: str,
        message: str,
        *,
        target: str | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message
        self.target = target
        self.headers = dict(headers or {})


#: How deep a body may be nested: what is stored must be written again.
_MAX_DEPTH = 64


def _check_depth(content: Any) -> None:
    level, depth = [content], 0
    while level:
        depth += 1
        if depth > _MAX_DEPTH:
            raise ValueError("nested too deeply")
        level = [
            part
            for value in level
            if isinstance(value, dict | list)
            for part in (value.values() if isinstance(value, dict) else value)
        ]


def _refuse_number(name: str) -> Any:
    raise ValueError(f"{name} is not a JSON value")


def _finite(text: str) -> float:
    """A number that JSON can hold again: 1e999 is read as infinity otherwise."""
    number = float(text)
    if not math.isfinite(number):
        raise ValueError("not a finite number")
    return number
