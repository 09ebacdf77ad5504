"""Lists in pages: an absolute next link with an opaque token, as Azure Resource Manager and Graph have it.

That next links are absolute and carry a ``$skiptoken`` is documented; what a token holds is nobody's business.
"""

from __future__ import annotations

import binascii
import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Iterable
from itertools import islice
from typing import Any
from urllib.parse import unquote_plus

from checker.sandbox.message import Refusal, Request
from checker.sandbox.pace import Pace

_TOKEN = "$skiptoken"
_MAX_TOKEN = 64
_PLACE = re.compile(r"from:([0-9]{1,9})", re.ASCII)


def page(
    request: Request,
    pace: Pace,
    bodies: Iterable[dict[str, Any]],
    next_link: str = "nextLink",
    *,
    size: int | None = None,
) -> dict[str, Any]:
    """One page of a list: ``value``, and a link under the name ``next_link`` when more follows.

    The link is the request's own path and query with a token added. ``size`` takes the place of the pace's
    page size where a client asks for one. Raises Refusal (400, the code is unconfirmed) for a token of somebody else.
    """
    start = _start(request)
    length = max(1, pace.page_size if size is None else size)
    found = list(islice(bodies, start, start + length + 1))
    answer: dict[str, Any] = {"value": found[:length]}
    if len(found) > length:
        answer[next_link] = _link(request, start + length)
    return answer


def _start(request: Request) -> int:
    token = request.query.get(_TOKEN)
    if token is None:
        return 0
    if len(token) <= _MAX_TOKEN:
        try:
            place = _PLACE.fullmatch(urlsafe_b64decode(token.encode("ascii") + b"==").decode("ascii"))
        except (ValueError, binascii.Error):
            place = None
        if place is not None:
            return int(place[1])
    raise Refusal(400, "InvalidSkipToken", "The provided skip token is invalid.", target=_TOKEN)


def _link(request: Request, start: int) -> str:
    token = urlsafe_b64encode(f"from:{start}".encode("ascii")).decode("ascii").rstrip("=")
    kept = [
        part
        for part in request.query_text.split("&")
        if part and unquote_plus(part.partition("=")[0]).lower() != _TOKEN
    ]
    return f"{request.base}{request.path}?{'&'.join([*kept, f'%24skiptoken={token}'])}"
