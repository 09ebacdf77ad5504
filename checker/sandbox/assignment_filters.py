"""The filters that Microsoft.Authorization understands, as one value.

``atScope()``, ``assignedTo('…')`` and ``principalId eq '…'`` are documented, ``asTarget()`` for PIM as well; that
every other filter is refused, and how, is unconfirmed.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from checker.sandbox.message import Refusal, Request
from checker.sandbox.odata import Call, Compare, FilterProblem, Node, Path, conjuncts, parse


@dataclass(frozen=True, slots=True)
class AssignmentFilter:
    """What is wanted: only what applies at the scope, what somebody has, what an exact principal was given."""

    at_scope: bool = False
    assigned_to: str | None = None
    principal: str | None = None
    as_target: bool = False


@dataclass(frozen=True, slots=True)
class DefinitionFilter:
    """Which role definitions are wanted, folded."""

    name: str | None = None
    type: str | None = None


def assignment_filter(request: Request) -> AssignmentFilter:
    """The filter of a list of assignments. Raises Refusal (400) for one that Azure does not know."""
    found = AssignmentFilter()
    for part in _parts(request):
        match part:
            case Call("atscope", ()):
                found = replace(found, at_scope=True)
            case Call("assignedto", (str() as id,)):
                found = replace(found, assigned_to=id)
            case Call("astarget", ()):
                found = replace(found, as_target=True)
            case Compare(Path(name), True, str() as id) if name.lower() in ("principalid", "properties/principalid"):
                found = replace(found, principal=id)
            case _:
                raise _refusal(request)
    return found


def definition_filter(request: Request) -> DefinitionFilter:
    """The filter of a list of role definitions. Raises Refusal (400) for one that Azure does not know."""
    found = DefinitionFilter()
    for part in _parts(request):
        match part:
            case Call("atscopeandbelow", ()):
                pass
            case Compare(Path(name), True, str() as text) if name.lower() == "rolename":
                found = replace(found, name=text.lower())
            case Compare(Path(name), True, str() as text) if name.lower() == "type":
                found = replace(found, type=text.lower())
            case _:
                raise _refusal(request)
    return found


def _parts(request: Request) -> list[Node]:
    text = request.query.get("$filter", "")
    if not text.strip():
        return []
    try:
        return list(conjuncts(parse(text)))
    except FilterProblem:
        raise _refusal(request) from None


def _refusal(request: Request) -> Refusal:
    text = request.query["$filter"][:200]
    return Refusal(400, "InvalidFilter", f"The filter '{text}' is not supported.", target="$filter")
