"""The operations that fixes are made of: a closed union of frozen classes.

Rules propose them; nothing here performs one. A function over operations ends with ``assert_never``, so
that an operation nobody taught it fails type checking.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, TypeAlias, assert_never
from uuid import NAMESPACE_URL, uuid5

from checker.facts.arm_id import fold


class Safety(StrEnum):
    """How far ``--fix`` may go by itself."""

    SAFE = "safe"
    UNSAFE = "unsafe"
    MANUAL = "manual"


@dataclass(frozen=True, slots=True)
class Deallocate:
    """Stop a VM and give its host back. Loses the temporary disk and a dynamic public address."""

    vm: str


@dataclass(frozen=True, slots=True)
class Generalize:
    """Mark a VM as generalized. Cannot be undone: the VM never starts again."""

    vm: str


@dataclass(frozen=True, slots=True)
class RegisterProvider:
    """Register a resource provider in a subscription (its GUID)."""

    subscription: str
    namespace: str


@dataclass(frozen=True, slots=True)
class KnownPrincipal:
    """A principal whose object id was read.

    Where ``owner_tenants`` are named, it is believed only while one of them owns its application; where it was
    ``found_as`` a name, only while it alone answers to that name. What it calls itself proves nothing.
    """

    object_id: str
    type: str
    name: str
    owner_tenants: tuple[str, ...] = ()
    found_as: str = ""


@dataclass(frozen=True, slots=True)
class LatePrincipal:
    """A Microsoft principal that appears only after a registration; bound when it is there.

    Found by application id where that is known, else by display name, and believed only where one of
    ``owner_tenants`` owns its application.
    """

    name: str
    app_id: str | None
    owner_tenants: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class GrantRole:
    """Give a role (its GUID) to a principal at a scope."""

    scope: str
    role_guid: str
    role_name: str
    principal: KnownPrincipal | LatePrincipal


@dataclass(frozen=True, slots=True)
class IncludeInLatest:
    """Let ``latest`` mean an image version again: as a whole, and in each of its regions."""

    version: str


def assignment_name(scope: str, role_guid: str, principal_id: str) -> str:
    """The name of a role assignment: the same one for the same grant, however often it is made."""
    return str(uuid5(NAMESPACE_URL, f"imagecheck:{scope}|{role_guid}|{principal_id}".lower()))


def late_principal_id(principal: LatePrincipal) -> str:
    """The object id that stands for a principal before it is there."""
    return str(uuid5(NAMESPACE_URL, f"imagecheck:late:{principal.name}".lower()))


def texts(name: str, values: object) -> tuple[str, ...]:
    """Several texts as a tuple. Raises TypeError, in words for whoever writes a rule, for anything else."""
    if isinstance(values, str) or not isinstance(values, Iterable):
        raise TypeError(f"{name} is a tuple of texts, like ('one', 'two')")
    found = tuple(values)
    if not all(isinstance(value, str) for value in found):
        raise TypeError(f"{name} is a tuple of texts, like ('one', 'two')")
    return found


Operation: TypeAlias = Deallocate | Generalize | RegisterProvider | GrantRole | IncludeInLatest


@dataclass(frozen=True, slots=True)
class Fix:
    """What to do about a failure.

    ``steps`` are for people: the commands and portal steps. ``operations`` are what ``--fix`` would
    perform: empty for a manual fix.
    """

    title: str
    safety: Safety
    operations: tuple[Operation, ...] = ()
    steps: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if not isinstance(self.title, str) or not isinstance(self.safety, Safety):
            raise TypeError("a fix has a title and a Safety")
        object.__setattr__(self, "operations", tuple(self.operations))
        object.__setattr__(self, "steps", texts("steps", self.steps))
        if (self.safety is Safety.MANUAL) != (not self.operations):
            raise ValueError("a manual fix has no operations, and any other has some")
        for operation in self.operations:
            _check(operation)


def _check(operation: Any) -> None:
    """Raise TypeError, in words for whoever writes a rule, for what is no operation."""
    if isinstance(operation, Operation):
        try:
            if from_document(to_document(operation)) == operation:
                return
        except (AssertionError, AttributeError, TypeError, ValueError):
            pass
    raise TypeError(f"{type(operation).__name__} is no operation, or a member of it is not of its type")


def describe(operation: Operation, name: Callable[[str], str] = str) -> str:
    """One line for people; ``name`` shows an id."""
    match operation:
        case Deallocate():
            return f"deallocate {name(operation.vm)}"
        case Generalize():
            return f"mark {name(operation.vm)} as generalized: it never starts again"
        case RegisterProvider():
            return f"register {operation.namespace} in subscription {operation.subscription}"
        case GrantRole():
            return f"grant {operation.role_name} to {_who(operation.principal)} at {name(operation.scope)}"
        case IncludeInLatest():
            return f"let latest mean {name(operation.version)} again"
        case _:
            assert_never(operation)


def _who(principal: KnownPrincipal | LatePrincipal) -> str:
    """A principal as a person can check it: anybody can choose the name that is displayed."""
    if isinstance(principal, KnownPrincipal) and principal.found_as:
        return f"{principal.found_as} ({principal.name}, {principal.object_id})"
    return principal.name


def subject_of(operation: Operation) -> tuple[str, ...]:
    """What an operation changes, folded: two of one subject do the same, whatever they are told to believe."""
    match operation:
        case Deallocate():
            return "deallocate", _key(operation.vm)
        case Generalize():
            return "generalize", _key(operation.vm)
        case RegisterProvider():
            return "register-provider", _key(operation.subscription), fold(operation.namespace)
        case GrantRole():
            match operation.principal:
                case KnownPrincipal():
                    to = fold(operation.principal.object_id)
                case LatePrincipal():
                    to = late_principal_id(operation.principal)
                case _:
                    assert_never(operation.principal)
            return "grant-role", _key(operation.scope), fold(operation.role_guid), to
        case IncludeInLatest():
            return "include-in-latest", _key(operation.version)
        case _:
            assert_never(operation)


def _key(id: str) -> str:
    return "/" + fold(id).strip("/")


def is_irreversible(operation: Operation) -> bool:
    """Whether nothing undoes an operation."""
    match operation:
        case Generalize():
            return True
        case Deallocate() | RegisterProvider() | GrantRole() | IncludeInLatest():
            return False
        case _:
            assert_never(operation)


def to_document(operation: Operation) -> dict[str, Any]:
    """The JSON object of an operation, with its ``verb``."""
    match operation:
        case Deallocate():
            return {"verb": "deallocate", "vm": operation.vm}
        case Generalize():
            return {"verb": "generalize", "vm": operation.vm}
        case RegisterProvider():
            return {
                "verb": "register-provider",
                "subscription": operation.subscription,
                "namespace": operation.namespace,
            }
        case GrantRole():
            return {
                "verb": "grant-role",
                "scope": operation.scope,
                "role": operation.role_guid,
                "roleName": operation.role_name,
                "principal": _principal(operation.principal),
            }
        case IncludeInLatest():
            return {"verb": "include-in-latest", "version": operation.version}
        case _:
            assert_never(operation)


def _principal(principal: KnownPrincipal | LatePrincipal) -> dict[str, Any]:
    match principal:
        case KnownPrincipal():
            document = {"id": principal.object_id, "type": principal.type, "name": principal.name}
            owners = {"ownerTenants": list(principal.owner_tenants)} if principal.owner_tenants else {}
            return {**document, **owners, **({"foundAs": principal.found_as} if principal.found_as else {})}
        case LatePrincipal():
            return {"name": principal.name, "appId": principal.app_id, "ownerTenants": list(principal.owner_tenants)}
        case _:
            assert_never(principal)


def from_document(document: Any) -> Operation:
    """The operation of a JSON object. Raises ValueError for what is none."""
    if not isinstance(document, Mapping):
        raise ValueError("an operation is not an object")
    match document.get("verb"):
        case "deallocate":
            return Deallocate(_text(document, "vm"))
        case "generalize":
            return Generalize(_text(document, "vm"))
        case "register-provider":
            return RegisterProvider(_text(document, "subscription"), _text(document, "namespace"))
        case "grant-role":
            scope, role = _text(document, "scope"), _text(document, "role")
            return GrantRole(scope, role, _text(document, "roleName"), _principal_of(document.get("principal")))
        case "include-in-latest":
            return IncludeInLatest(_text(document, "version"))
        case verb:
            raise ValueError(f"an operation has the unknown verb {str(verb)[:80]}")


def _principal_of(document: Any) -> KnownPrincipal | LatePrincipal:
    if not isinstance(document, Mapping):
        raise ValueError("a principal is not an object")
    owners = texts("ownerTenants", document.get("ownerTenants", ()))
    if "id" in document:
        found_as = _text(document, "foundAs") if "foundAs" in document else ""
        return KnownPrincipal(_text(document, "id"), _text(document, "type"), _text(document, "name"), owners, found_as)
    app_id = document.get("appId")
    return LatePrincipal(_text(document, "name"), None if app_id is None else _text(document, "appId"), owners)


def _text(document: Mapping[str, Any], key: str) -> str:
    value = document.get(key)
    if not isinstance(value, str):
        raise ValueError(f"{key} of an operation is not a text")
    return value
