"""What a principal may do at an asset: roles less denies, three-valued throughout."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from checker.facts.access import EVERYONE, DenyAssignment, RoleAssignment, ScheduleInstance
from checker.facts.arm_id import ArmId, fold
from checker.facts.condition import only_withholds_roles
from checker.facts.directory import Groups, Principal, is_guid
from checker.facts.estate import Estate
from checker.facts.roles import READ_GALLERY, Role
from checker.facts.unread import Fact, FactName, ReasonKind, Unread, every, known, negate, some, then

#: The types of principal that nobody else can be in.
_SINGLE = frozenset({"user", "serviceprincipal", "device"})


@dataclass(frozen=True, slots=True)
class Holder:
    """Somebody by name. ``principal`` is None where nobody in the directory answers to the name.

    ``type`` is what an unread principal certainly is, folded as assignments name it; empty where that is unknown.
    """

    name: str
    principal: Fact[Principal | None]
    groups: Fact[Groups]
    type: str = ""

    def is_named_by(self, id: Fact[str], type: Fact[str | None]) -> Fact[bool]:
        """Whether a principal id (folded), as an assignment names it, is this one or a group that holds it."""
        if isinstance(id, Unread):
            return id
        kind = fold(known(type) or "")
        principal = self.principal
        if isinstance(principal, Unread):
            # An object id proves itself; what it is a member of, only a directory or Azure's own answer knows.
            if id == fold(self.name):
                return True
            if isinstance(self.groups, Groups) and kind not in _SINGLE and kind != "foreigngroup":
                held = self.groups.hold(id)
                return principal if isinstance(held, Unread) else held
            return principal if self._may_be(kind) else False
        if principal is None and id == fold(self.name):
            return Unread(
                id,
                FactName.DIRECTORY,
                f"a role is assigned to {id}, but the directory that was read does not hold it",
            )
        if principal is not None and id == principal.id:
            return True
        if kind == "foreigngroup":
            return Unread(
                id, FactName.DIRECTORY, f"who is in the foreign group {id} cannot be seen", kind=ReasonKind.UNSUPPORTED
            )
        if principal is None or kind in _SINGLE:
            return False
        return then(self.groups, lambda groups: groups.hold(id))

    def _may_be(self, kind: str) -> bool:
        """Whether an unread holder may be, or be in, a principal of a type with another id than its name."""
        if self.type:
            # Of its own type there is only itself; where its name is an object id, that was compared already.
            return kind not in _SINGLE or (kind == self.type and not is_guid(self.name))
        if is_guid(self.name):
            return kind not in ("user", "device")
        return kind != "serviceprincipal" if "@" in self.name else True


def find_holder(estate: Estate, gallery: ArmId, name: str) -> Holder:
    """Look somebody up in the directory that a gallery's subscription trusts."""
    directory = estate.directory(gallery.subscription)
    if isinstance(directory, Unread):
        # Without the directory Azure still tells which groups give an object id their roles.
        groups = estate.groups_without_directory(name) if is_guid(name) else None
        type = _type_in_assignments(estate, gallery, name)
        return Holder(name, directory, directory if groups is None else groups, type)
    found = directory.find(name)
    if isinstance(found, Unread):
        return Holder(name, found, found, _type_in_assignments(estate, gallery, name))
    if not found:
        return Holder(name, None, Groups(frozenset()))
    if len(found) > 1:
        ids = ", ".join(sorted(principal.id for principal in found))
        several = Unread(
            directory.tenant_id,
            FactName.DIRECTORY,
            f"{len(found)} principals answer to {name}: {ids}; name one by its object id",
            kind=ReasonKind.UNSUPPORTED,
        )
        return Holder(name, several, several)
    return Holder(name, found[0], directory.groups_of(found[0].id))


def _type_in_assignments(estate: Estate, gallery: ArmId, name: str) -> str:
    """What the role assignments say that an object id is, where they agree."""
    assignments = estate.assignments.role_assignments(gallery).known
    types = {fold(known(a.principal_type) or "") for a in assignments if a.principal_id == fold(name)}
    return types.pop() if len(types) == 1 else ""


@dataclass(frozen=True, slots=True)
class Rights:
    """What a holder may do at one asset, at a moment."""

    estate: Estate
    id: ArmId
    holder: Holder
    moment: datetime

    def has_role(self, suits: Callable[[Role], bool]) -> Fact[bool]:
        """Whether an active assignment at or above the asset gives the holder a role that suits."""
        return self.estate.assignments.role_assignments(self.id).some(lambda assignment: self.gives(assignment, suits))

    def gives(self, assignment: RoleAssignment, suits: Callable[[Role], bool]) -> Fact[bool]:
        """Whether one assignment does."""
        return every(
            [
                then(assignment.scope, self._is_above),
                then(then(assignment.role_guid, self._role), suits),
                self.holder.is_named_by(assignment.principal_id, assignment.principal_type),
                self._is_active(assignment),
                _leaves_the_role(assignment),
            ]
        )

    def is_eligible(self, suits: Callable[[Role], bool]) -> bool:
        """Whether PIM lets the holder activate a role that suits: for words in a report only."""
        return any(
            self._matches(instance, suits) is True for instance in self.estate.assignments.eligibilities(self.id).known
        )

    def is_denied(self, action: str) -> Fact[bool]:
        """Whether a deny assignment takes an action on the gallery, its images or versions from the holder."""
        return self.estate.assignments.deny_assignments(self.id).some(lambda deny: self.takes(deny, action))

    def takes(self, deny: DenyAssignment, action: str) -> Fact[bool]:
        """Whether one deny assignment does."""
        return every(
            [
                then(deny.scope, self._is_above),
                negate(every([deny.not_for_children, self._is_below(deny.scope, action)])),
                then(deny.permissions, lambda blocks: any(block.allows(action) for block in blocks)),
                self._is_among(deny.principals),
                negate(self._is_among(deny.excluded)),
                _unconditioned(deny),
            ]
        )

    def ends(self, assignment: RoleAssignment) -> datetime | None:
        """When PIM ends an assignment, where that is known."""
        times = [known(instance.ends) for instance in self._schedules_of(assignment)]
        return max((moment.time for moment in times if moment is not None), default=None)

    def _is_active(self, assignment: RoleAssignment) -> Fact[bool]:
        """False where PIM has ended it. A listed assignment that PIM says nothing of is active."""
        instances = self._schedules_of(assignment)
        return some(self._is_running(instance) for instance in instances) if instances else True

    def _is_running(self, instance: ScheduleInstance) -> Fact[bool]:
        return then(instance.ends, lambda ends: ends is None or ends.time > self.moment)

    def _schedules_of(self, assignment: RoleAssignment) -> list[ScheduleInstance]:
        def belongs(instance: ScheduleInstance) -> bool:
            if isinstance(instance.origin, str) and assignment.id:
                return instance.origin == assignment.id
            mine = (assignment.scope, assignment.principal_id, assignment.role_guid)
            return (instance.scope, instance.principal_id, instance.role_guid) == mine

        return [instance for instance in self.estate.assignments.schedules(self.id).known if belongs(instance)]

    def _matches(self, instance: ScheduleInstance, suits: Callable[[Role], bool]) -> Fact[bool]:
        role = then(instance.role_guid, self._role)
        return every([then(role, suits), self.holder.is_named_by(instance.principal_id, None)])

    def _role(self, guid: str) -> Fact[Role]:
        return self.estate.assignments.role(guid, self.id)

    def _is_above(self, scope: str) -> Fact[bool]:
        return self.estate.assignments.is_above(scope, self.id)

    def _is_below(self, scope: Fact[str], action: str) -> Fact[bool]:
        """Whether what an action acts on lies below a scope: the gallery itself does not lie below itself."""
        return then(scope, lambda key: key != self.id.key or fold(action) != fold(READ_GALLERY))

    def _is_among(self, principals: Fact[tuple[tuple[Fact[str], Fact[str | None]], ...]]) -> Fact[bool]:
        return then(
            principals,
            lambda found: some(id == EVERYONE or self.holder.is_named_by(id, type) for id, type in found),
        )


def _leaves_the_role(assignment: RoleAssignment) -> Fact[bool]:
    """Whether an assignment's condition, if it has one, leaves the role what it is for a gallery."""
    condition, version = assignment.condition, assignment.condition_version
    if isinstance(condition, Unread):
        return condition
    if condition is None or not condition.strip():
        return True
    if (version is None or version == "2.0") and only_withholds_roles(condition):
        return True
    return Unread(
        assignment.id,
        FactName.ROLE_ASSIGNMENTS,
        "the assignment carries a condition that is not the portal's recommended one; what it leaves of the role is "
        "not judged",
        kind=ReasonKind.UNSUPPORTED,
    )


def _unconditioned(deny: DenyAssignment) -> Fact[bool]:
    if isinstance(deny.condition, Unread):
        return deny.condition
    if deny.condition is None or not deny.condition.strip():
        return True
    return Unread(
        deny.id,
        FactName.DENY_ASSIGNMENTS,
        f"the deny assignment {deny.name} carries a condition, which is not judged",
        kind=ReasonKind.UNSUPPORTED,
    )
