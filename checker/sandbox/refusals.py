"""The refusals that several kinds of resource share, in Azure's words.

Messages are those of Microsoft's documents, of recordings or of public logs; where only the message is known,
the code is a guess, and its function says so.
"""

from __future__ import annotations

from checker.facts.arm_id import ArmId
from checker.sandbox.message import Refusal

#: The codes that Resource Manager itself answers, before any resource provider is asked [one of them is recorded].
BY_GATEWAY = frozenset(
    {"AuthorizationFailed", "InvalidRequestContent", "ParentResourceNotFound", "ResourceGroupNotFound"}
    | {"ResourceNotFound"}
)


def group_not_found(group: str) -> Refusal:
    """404 [recorded]: nothing is known to be in a resource group."""
    return Refusal(404, "ResourceGroupNotFound", f"Resource group '{group}' could not be found.")


def resource_not_found(path: str, group: str) -> Refusal:
    """404 [recorded]: ``path`` is the type and the name, ``Microsoft.Compute/disks/one``."""
    return Refusal(
        404,
        "ResourceNotFound",
        f"The Resource '{path}' under resource group '{group}' was not found. "
        "For more details please go to https://aka.ms/ARMResourceNotFoundFix",
    )


def entity_not_found() -> Refusal:
    """404 [recorded]: the resource provider itself does not know it."""
    return Refusal(404, "NotFound", "The entity was not found in this Azure location.")


def parent_not_found(parent: str) -> Refusal:
    """404: a nested resource is written and its parent is not there (message documented, code unconfirmed)."""
    return Refusal(
        404,
        "ParentResourceNotFound",
        f"Can not perform requested operation on nested resource. Parent resource '{parent}' not found.",
    )


def unreadable_parent(type: str, parent: ArmId) -> Refusal:
    """404: what is nested in a resource is listed, and the resource is not there (unconfirmed)."""
    return Refusal(
        404,
        "ParentResourceNotFound",
        f"Failed to perform 'read' on resource(s) of type '{type}', because the parent resource '{parent}' "
        "could not be found.",
    )


def invalid_content(detail: str = "could not be deserialized") -> Refusal:
    """400: the body is not what it has to be (unconfirmed)."""
    return Refusal(400, "InvalidRequestContent", f"The request content was invalid and {detail}.")


def missing(name: str) -> Refusal:
    """400 [recorded]: a member that has to be given is not."""
    return Refusal(400, "InvalidParameter", f"Required parameter '{name}' is missing (null).", target=name)


def invalid(message: str, target: str | None = None) -> Refusal:
    """400: a member has a value that is not allowed. The code is unconfirmed where only messages are documented."""
    return Refusal(400, "InvalidParameter", message, target=target)


def mismatch(message: str) -> Refusal:
    """400: the source of an image does not fit. The code is known from one public log (another OS state)."""
    return Refusal(400, "BadRequest", message)


def property_change(path: str) -> Refusal:
    """409: a member that cannot be changed (public logs)."""
    return Refusal(409, "PropertyChangeNotAllowed", f"Changing property '{path}' is not allowed.", target=path)


def not_allowed(message: str) -> Refusal:
    """409: the state of a machine does not allow what is asked."""
    return Refusal(409, "OperationNotAllowed", message)
