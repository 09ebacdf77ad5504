"""What may stand behind the question mark of a Microsoft Graph list, and what it makes of bodies."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from checker.sandbox.message import Refusal, Request
from checker.sandbox.odata import Call, Compare, Either, FilterProblem, Has, Node, Not, Path, matches, parse, parts
from checker.sandbox.pace import Pace
from checker.sandbox.paging import page
from checker.sandbox.principals import SERVICE_PRINCIPALS, USERS, Denied

_OPTIONS = frozenset({"$filter", "$select", "$top", "$count", "$skiptoken", "$format"})
_MOST = 999
#: What every body of a list has in Graph: one that leaves it out was not read whole.
ALWAYS = {
    USERS: frozenset({"userprincipalname"}),
    SERVICE_PRINCIPALS: frozenset({"appid", "displayname", "appownerorganizationid"}),
}


def unsupported(message: str) -> Refusal:
    """The refusal of a query that Graph does not run (the code is documented)."""
    return Refusal(400, "Request_UnsupportedQuery", message)


def filter_of(request: Request) -> Node | None:
    """The filter of a list, parsed. Raises Refusal for one that needs what the request does not bring.

    That ``not`` and ``ne`` need ``ConsistencyLevel: eventual`` and ``$count=true`` is documented; that ``or`` over
    several properties, and ``startswith`` beside ``any``, do is unconfirmed.
    """
    text = request.query.get("$filter", "")
    if not text.strip():
        return None
    try:
        found = parse(text)
    except FilterProblem as problem:
        raise unsupported(f"Invalid filter clause: {problem}") from None
    if _is_advanced(found) and not is_eventual(request):
        raise unsupported(
            "The query is only supported with the header ConsistencyLevel: eventual and the parameter $count=true."
        )
    return found


def texts_of(node: Node | None) -> list[str]:
    """The texts that a filter compares with."""
    found: list[str] = []
    for part in parts(node) if node is not None else ():
        match part:
            case Compare(_, _, str() as text):
                found.append(text)
            case Call(_, arguments):
                found += [argument for argument in arguments if isinstance(argument, str)]
    return found


def is_eventual(request: Request) -> bool:
    """Whether a request brings what advanced queries need."""
    counted = request.query.get("$count", "").lower() == "true"
    return counted and request.headers.get("consistencylevel", "").lower() == "eventual"


def chosen(node: Node | None, bodies: Iterable[dict[str, Any]], kind: str) -> list[dict[str, Any]]:
    """The bodies that fit a filter. Raises Denied where one leaves out what decides, Refusal for what is no filter."""
    if node is None:
        return list(bodies)
    asked = {path.partition("/")[0].lower() for path in _properties(node)} & ALWAYS.get(kind, frozenset())
    found: list[dict[str, Any]] = []
    for body in bodies:
        if not asked <= {key.lower() for key in body}:
            raise Denied
        try:
            if matches(node, body):
                found.append(body)
        except FilterProblem as problem:
            raise unsupported(f"Invalid filter clause: {problem}") from None
    return found


def listed(request: Request, pace: Pace, bodies: list[dict[str, Any]]) -> dict[str, Any]:
    """A page of bodies with the members that were selected. Raises Refusal for options that are not read."""
    unknown = [name for name in request.query if name.startswith("$") and name not in _OPTIONS]
    if unknown:
        raise unsupported(f"The query option '{unknown[0][:40]}' is not supported.")
    found = page(request, pace, bodies, "@odata.nextLink", size=_size(request, pace))
    found["value"] = [selected(request, body) for body in found["value"]]
    return {"@odata.count": len(bodies), **found} if is_eventual(request) else found


def selected(request: Request, body: dict[str, Any]) -> dict[str, Any]:
    """The members of a body that ``$select`` names; what the body leaves out stays out."""
    names = {name.strip().lower() for name in request.query.get("$select", "").split(",")} - {""}
    if not names:
        return body
    return {key: value for key, value in body.items() if key.lower() in names or key.startswith("@")}


def _size(request: Request, pace: Pace) -> int:
    text = request.query.get("$top")
    if text is None:
        return pace.page_size
    if not (text.isascii() and text.isdigit() and len(text) < 4 and 1 <= int(text) <= _MOST):
        raise Refusal(400, "Request_BadRequest", f"Invalid page size specified: '{text[:20]}'.")
    return int(text)


def _is_advanced(node: Node) -> bool:
    everything = list(parts(node))
    if any(isinstance(part, Not) or (isinstance(part, Compare) and not part.equal) for part in everything):
        return True
    if any(isinstance(part, Has) for part in everything) and any(isinstance(part, Call) for part in everything):
        return True
    return any(isinstance(part, Either) and len(_properties(part)) > 1 for part in everything)


def _properties(node: Node) -> set[str]:
    """The properties of a body that a filter speaks of, without the variables of ``any``."""
    everything = list(parts(node))
    found: set[str] = set()
    for part in everything:
        match part:
            case Compare(Path(text), _, _) | Has(Path(text), _, _):
                found.add(text.lower())
            case Call(_, arguments):
                found |= {argument.text.lower() for argument in arguments if isinstance(argument, Path)}
    bound = {part.variable.lower() for part in everything if isinstance(part, Has)}
    return {path for path in found if path.partition("/")[0] not in bound}
