"""What an operation rests on, in words that can be shown and compared.

The same function reads it from the facts of the audit, from the facts right before the operation is performed, and
from facts in which it was only simulated.
"""

from __future__ import annotations

from typing import TypeAlias, assert_never

from checker.facts.arm_id import ArmId, Kind, fold
from checker.facts.assets import Version, VirtualMachine
from checker.facts.directory import Principal
from checker.facts.estate import Estate
from checker.facts.partner_center import BOTH, MICROSOFT_TENANTS, NAMESPACE
from checker.facts.readiness import is_flagged, is_replicated
from checker.facts.roles import COMPUTE_GALLERY_IMAGE_READER
from checker.facts.unread import Fact, FactName, Unread, known
from checker.facts.wire import Moment
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

#: The power states that a VM stays in by itself; every other is on its way to one of them, or not to be trusted.
_SETTLED = frozenset({"running", "stopped", "deallocated"})
#: Names that differ in case alone are one state.
_REGISTRATIONS = {fold(name): name for name in ("NotRegistered", "Registering", "Registered", "Unregistering")}
_ANOTHER = "another"


def state_of(operation: Operation, estate: Estate) -> Fact[State]:
    """What an operation rests on and changes, as the facts have it. Unread where something of it is.

    Raises ValueError where an id of the operation is none.
    """
    match operation:
        case Deallocate() | Generalize():
            return _of_vm(ArmId.parse(operation.vm), estate)
        case RegisterProvider():
            state = estate.provider(operation.subscription, operation.namespace)
            return state if isinstance(state, Unread) else (("registration", _REGISTRATIONS.get(fold(state), state)),)
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
            if words["power state"] not in _SETTLED:
                return f"the VM's power state is {words['power state']}: wait until it has settled"
            if words["hibernated"] != "no":
                return "the VM is hibernated"
            if words["OS disk"] == "ephemeral":
                return "the VM's OS disk is ephemeral"
            if isinstance(operation, Generalize) and words["power state"] != "deallocated":
                return f"the VM is {words['power state']}, not deallocated"
            return ""
        case IncludeInLatest():
            wanted = {"provisioning": "succeeded", "flagged": "no", "replicated": "yes"}
            wrong = [f"{name} is {words[name]}" for name, value in wanted.items() if words[name] != value]
            return f"the version is not ready: {', '.join(wrong)}" if wrong else ""
        case RegisterProvider():
            is_ours = fold(operation.namespace) == fold(NAMESPACE)
            return "" if is_ours else f"imagecheck registers {NAMESPACE} and nothing else"
        case GrantRole():
            principal = operation.principal
            if isinstance(principal, KnownPrincipal) and principal.found_as:
                answering = words[f"who is {principal.found_as}"]
                if answering != fold(principal.object_id):
                    return f"{principal.found_as} is {answering}, not {principal.object_id}"
            if isinstance(principal, LatePrincipal) and words["principal"] == _ANOTHER:
                return "imagecheck waits for Microsoft's two principals and for nobody else"
            return ""
        case _:
            assert_never(operation)


def is_safe(operation: Operation, state: State) -> bool:
    """Whether an operation is additive or reversible in a state, and gives power to nobody but Microsoft's readers.

    What the rule that proposes it says of itself counts for nothing here.
    """
    match operation:
        case Deallocate():
            # What is generalized can never run again: nothing is lost by giving its host back.
            return dict(state)["OS state"] == "generalized"
        case RegisterProvider():
            return True
        case GrantRole():
            reads_images = fold(operation.role_guid) == COMPUTE_GALLERY_IMAGE_READER
            at_gallery = ArmId.parse(operation.scope).kind is Kind.GALLERY
            return reads_images and at_gallery and dict(state).get("principal", _ANOTHER) != _ANOTHER
        case Generalize() | IncludeInLatest():
            return False
        case _:
            assert_never(operation)


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
    identity, created = vm.body.optional_text("properties.vmId"), vm.created
    if isinstance(vm.ephemeral_os_disk, Unread):
        return vm.ephemeral_os_disk
    # Either tells a machine from another of the same name; bodies of older versions of the interface have no date.
    if isinstance(created, Unread) and not known(identity):
        return created
    power = [code.partition("/")[2] for code in folded if code.startswith("powerstate/")]
    return (
        ("power state", " and ".join(power) or "not told"),
        ("OS state", "generalized" if "osstate/generalized" in folded else "not generalized"),
        ("hibernated", "yes" if "hibernationstate/hibernated" in folded else "no"),
        ("OS disk", "ephemeral" if vm.ephemeral_os_disk else "lasting"),
        ("created", "not told" if isinstance(created, Unread) else _shown(created)),
        ("VM id", fold(known(identity) or "not told")),
    )


def _shown(moment: Moment) -> str:
    return f"{moment.time.isoformat()} and {moment.tenths}/10 µs" if moment.tenths else moment.time.isoformat()


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
    published = version.published
    flagged, replicated, included = is_flagged(version), is_replicated(version), _included(id, estate)
    for truth in (flagged, replicated, included):
        if isinstance(truth, Unread):
            return truth
    return (
        ("versions in latest", known(included) or ""),
        ("flagged", "yes" if flagged is True else "no"),
        ("replicated", "yes" if replicated is True else "no"),
        ("excluded from latest", ", ".join(excluded) or "no"),
        ("provisioning", fold(known(version.provisioning_state) or "")),
        ("published", "not told" if isinstance(published, Unread) else _shown(published)),
    )


def _included(id: ArmId, estate: Estate) -> Fact[str]:
    """The versions of a version's definition that latest may mean."""
    if id.parent is None:
        return "none"
    versions = estate.versions(id.parent)
    if versions.rest is not None:
        return versions.rest
    unread = next((v.excluded_from_latest for v in versions.known if isinstance(v.excluded_from_latest, Unread)), None)
    if unread is not None:
        return unread
    return ", ".join(sorted(v.id.name for v in versions.known if v.excluded_from_latest is False)) or "none"


def _of_grant(operation: GrantRole, estate: Estate) -> Fact[State]:
    scope = ArmId.parse(operation.scope)
    directory = estate.directory(scope.subscription)
    identity: State = ()
    match operation.principal:
        case KnownPrincipal():
            id = fold(operation.principal.object_id)
            found = () if isinstance(directory, Unread) else directory.by_id(id)
            if operation.principal.owner_tenants:
                if isinstance(directory, Unread):
                    return directory
                if not believed(found, operation.principal.owner_tenants):
                    return Unread(id, FactName.DIRECTORY, "its application is not proven to be Microsoft's")
                identity = (("principal", _which(found)),)
            if operation.principal.found_as:
                if isinstance(directory, Unread):
                    return directory
                answering = directory.find(operation.principal.found_as)
                if isinstance(answering, Unread):
                    return answering
                ids = ", ".join(sorted(principal.id for principal in answering)) or "nobody"
                identity += ((f"who is {operation.principal.found_as}", ids), ("tenant", fold(directory.tenant_id)))
            if any(_claims(principal) for principal in found) and _which(found) == _ANOTHER:
                words = "it calls itself one of Microsoft's two principals, and is not proven to be"
                return Unread(id, FactName.DIRECTORY, words)
        case LatePrincipal():
            # Who it is, is found out once it is there: until then only a simulation gives it a role.
            id = late_principal_id(operation.principal)
            identity = (("principal", _which_late(operation.principal)),)
        case _:
            assert_never(operation.principal)
    listed = estate.assignments.role_assignments(scope)
    given = any(
        known(a.scope) == scope.key and known(a.principal_id) == id and known(a.role_guid) == fold(operation.role_guid)
        for a in listed.known
    )
    if not given and listed.rest is not None:
        return listed.rest
    is_late = isinstance(operation.principal, LatePrincipal)
    role = "given" if given else "not given: the principal is not there yet" if is_late else "not given"
    return (("role", role), *identity)


def _claims(principal: Principal) -> bool:
    """Whether somebody shows the name of one of Microsoft's two, or has its application id."""
    return any(
        fold(principal.display_name) == fold(wanted.name) or (wanted.app_id or "") in principal.names for wanted in BOTH
    )


def _which(found: tuple[Principal, ...]) -> str:
    """Which of the two a principal certainly is."""
    for principal in believed(found, MICROSOFT_TENANTS):
        for wanted in BOTH:
            if wanted.app_id is None and fold(principal.display_name) == fold(wanted.name):
                return wanted.name
            if wanted.app_id is not None and fold(wanted.app_id) in principal.names:
                return wanted.name
    return _ANOTHER


def _which_late(principal: LatePrincipal) -> str:
    """Which of the two is waited for, where it will be believed only as Microsoft's."""
    owners = {fold(tenant) for tenant in principal.owner_tenants}
    for wanted in BOTH:
        same_id = fold(principal.app_id or "") == fold(wanted.app_id or "")
        if owners and owners <= set(MICROSOFT_TENANTS) and same_id and fold(principal.name) == fold(wanted.name):
            return wanted.name
    return _ANOTHER
