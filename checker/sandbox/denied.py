"""Who asks, and how it is told that it may not: the 403 of Azure Resource Manager.

The code and the words are quoted in public issues; a snapshot's ``unread`` entries are answered with them.
"""

from __future__ import annotations

import json
from base64 import urlsafe_b64decode

from checker.facts.directory import is_guid
from checker.sandbox.message import Refusal, Request

#: The object id of whoever holds the sandbox's own token.
CALLER = "cccccccc-5555-4555-8555-cccccccccccc"


def caller(request: Request) -> str:
    """The object id of whoever sent a request: the one in its token, if it signed in for one."""
    claims = request.headers.get("authorization", "").split(".")
    if len(claims) == 3:
        try:
            said = json.loads(urlsafe_b64decode(claims[1] + "=="))
        except (ValueError, RecursionError):
            return CALLER
        id = said.get("oid") if isinstance(said, dict) else None
        if isinstance(id, str) and is_guid(id):
            return id
    return CALLER


def denied(request: Request, action: str, scope: str) -> Refusal:
    """The refusal of an action at a scope that the caller may not do, or whose facts were not read."""
    who = caller(request)
    return Refusal(
        403,
        "AuthorizationFailed",
        f"The client '{who}' with object id '{who}' does not have authorization to perform action '{action}' over "
        f"scope '{scope}' or the scope is invalid. If access was recently granted, please refresh your credentials.",
    )
