"""What an operation rests on, in words that can be shown and compared.

The same function reads it from the facts of the audit, from the facts right before the operation is performed, and
from facts in which it was only simulated.
"""

from __future__ import annotations

from typing import TypeAlias, assert_never

from checker.facts.arm_id import ArmId, fold
from checker.facts.assets import Version, VirtualMachine
from checker.facts.directory import Principal
from checker.facts.estate import Estate
from checker.facts.unread import Fact, FactName, Unread, known
from checker.fixes.operations import (
    Deallocate,
    Generalize,
    GrantRole,
    IncludeInLatest,
    KnownPrincipal,
    LatePrincipal,
    Operation,
    RegisterProvider,
    late_principal_id,
)

#: Pairs of a name and a value: ``("power state", "running")``.
State: TypeAlias = tuple[tuple[str, str], ...]

_TRANSITIONS = frozenset({"starting", "stopping", "deallocating"})


def state_of(operation: Operation, estate: Estate) -> Fact[State]:
    """What an operation rests on and changes, as the facts have it. Unread where something of it is."""
    match operation:
        case Deallocate() | Generalize():
            return _of_vm(ArmId.parse(operation.vm), estate)
        case RegisterProvider():
            state = estate.provider(operation.subscription, operation.namespace)
            return state if isinstance(state, Unread) else (("registration", fold(state)),)
        case GrantRole():
            return _of_grant(operation, estate)
        case IncludeInLatest():
            return _of_version(ArmId.parse(operation.version), estate)
        case _:
            assert_never(operation)


def forbids(operation: Operation, state: State) -> str:
    """Why an operation must not be performed in a state; empty where it may."""
    words = dict(state)
    match operation:
        case Deallocate() | Generalize():
            if words["power state"] in _TRANSITIONS:
                return f"the VM is {words['power state']}: wait until it has settled"
            if words["hibernated"] != "no":
                return "the VM is hibernated"
            if words["OS disk"] != "managed":
                return f"the VM's OS disk is {words['OS disk']}"
            if isinstance(operation, Generalize) and words["power state"] != "deallocated":
                return f"the VM is {words['power state']}, not deallocated"
            return ""
        case IncludeInLatest():
            return (
                "" if words["provisioning"] == "succeeded" else f"the version's provisioning is {words['provisioning']}"
            )
        case RegisterProvider() | GrantRole():
            return ""
        case _:
            assert_never(operation)


def is_safe(operation: Operation, state: State) -> bool:
    """Whether an operation is additive or reversible in a state, and gives power to nobody but Microsoft's readers."""
    match operation:
        case Deallocate():
            # What is generalized can never run again: nothing is lost by giving its host back.
            return dict(state)["OS state"] == "generalized"
        case RegisterProvider():
            return True
        case GrantRole():
            return bool(operation.principal.owner_tenants) and fold(operation.role_guid) == _IMAGE_READER
        case Generalize() | IncludeInLatest():
            return False
        case _:
            assert_never(operation)


_IMAGE_READER = "cf7c76d2-98a3-4358-a134-615aa78bf44d"


def believed(found: tuple[Principal, ...], owner_tenants: tuple[str, ...]) -> tuple[Principal, ...]:
    """The principals whose application one of the tenants certainly owns."""
    owners = {fold(tenant) for tenant in owner_tenants}
    return tuple(p for p in found if isinstance(p.owner_tenant, str) and fold(p.owner_tenant) in owners)


def _of_vm(id: ArmId, estate: Estate) -> Fact[State]:
    vm = estate.find(id)
    if not isinstance(vm, VirtualMachine):
        return Unread(id.text, FactName.VM, "the VM does not exist")
    view = vm.instance_view
    codes = view if isinstance(view, Unread) else view.codes
    if isinstance(codes, Unread):
        return codes
    unread = next((code for code in codes if isinstance(code, Unread)), None)
    if unread is not None:
        return unread
    folded = [fold(code) for code in codes if isinstance(code, str)]
    identity = vm.body.optional_text("properties.vmId")
    for fact in (vm.ephemeral_os_disk, vm.created, identity):
        if isinstance(fact, Unread):
            return fact
    power = [code.partition("/")[2] for code in folded if code.startswith("powerstate/")]
    created = known(vm.created)
    return (
        ("power state", " and ".join(power) or "not told"),
        ("OS state", "generalized" if "osstate/generalized" in folded else "not generalized"),
        ("hibernated", "yes" if "hibernationstate/hibernated" in folded else "no"),
        ("OS disk", "ephemeral" if vm.ephemeral_os_disk is True else "managed"),
        ("created", "" if created is None else str(created.time)),
        ("VM id", fold(known(identity) or "")),
    )


def _of_version(id: ArmId, estate: Estate) -> Fact[State]:
    version = estate.find(id)
    if not isinstance(version, Version):
        return Unread(id.text, FactName.VERSIONS, "the version does not exist")
    profile = version.body.flag("properties.publishingProfile.excludeFromLatest")
    regions = version.target_regions
    for fact in (profile, regions, version.provisioning_state, version.published):
        if isinstance(fact, Unread):
            return fact
    excluded = ["as a whole"] if profile is True else []
    for region in known(regions) or ():
        if isinstance(region.name, Unread):
            return region.name
        if isinstance(region.excluded_from_latest, Unread):
            return region.excluded_from_latest
        excluded += [f"in {region.name}"] if region.excluded_from_latest else []
    published = known(version.published)
    return (
        ("excluded from latest", ", ".join(excluded) or "no"),
        ("provisioning", fold(known(version.provisioning_state) or "")),
        ("published", "" if published is None else str(published.time)),
    )


def _of_grant(operation: GrantRole, estate: Estate) -> Fact[State]:
    scope = ArmId.parse(operation.scope)
    directory = estate.directory(scope.subscription)
    match operation.principal:
        case KnownPrincipal():
            principal = fold(operation.principal.object_id)
            if operation.principal.owner_tenants:
                if isinstance(directory, Unread):
                    return directory
                found = tuple(p for p in directory.by_id(principal))
                if not believed(found, operation.principal.owner_tenants):
                    return Unread(principal, FactName.DIRECTORY, "its application is not proven to be Microsoft's")
        case LatePrincipal():
            # Who it is, is found out once it is there: until then only a simulation gives it a role.
            principal = late_principal_id(operation.principal)
        case _:
            assert_never(operation.principal)
    listed = estate.assignments.role_assignments(scope)
    given = [
        a.id.rpartition("/")[2]
        for a in listed.known
        if known(a.scope) == scope.key
        and known(a.principal_id) == principal
        and known(a.role_guid) == fold(operation.role_guid)
    ]
    if not given and listed.rest is not None:
        return listed.rest
    is_late = isinstance(operation.principal, LatePrincipal)
    return (("role", "given" if given else "not given: the principal is not there yet" if is_late else "not given"),)
