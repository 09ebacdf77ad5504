"""ACC001: the publisher owns the gallery."""

from checker.facts.access import RoleAssignment
from checker.facts.arm_id import Kind
from checker.facts.assets import Gallery
from checker.facts.partner_center import is_served
from checker.facts.rights import Rights, find_holder
from checker.facts.roles import OWNER, READ_GALLERY, READ_IMAGES, READ_VERSIONS, Role
from checker.facts.unread import FactName, Unread, every, known, negate, read, some
from checker.fixes.commands import az
from checker.fixes.operations import Fix, GrantRole, KnownPrincipal, Safety
from checker.rule import Basis, Context, Fail, Lowered, Outcome, Pass, Severity, Source, rule
from rules.documents import APPROVED_BASE


def _partner_center_reads_by_itself(gallery: Gallery, context: Context) -> Lowered | None:
    if is_served(context.estate, gallery.id, context.today) is True:
        return Lowered(Severity.WARNING, "ACC002 is met, which newer documents ask for instead of Owner")
    return None


@rule(
    code="ACC001",
    slug="publisher-owns-gallery",
    title="The publisher owns the gallery",
    severity=Severity.ERROR,
    basis=Basis.DOCUMENTED,
    sources=(
        Source(
            "Generalize the image (include of the approved-base article)",
            "https://github.com/MicrosoftDocs/azure-docs/blob/main/articles/marketplace/includes/size-connect-generalize.md",
            "2021-03-25",
        ),
        APPROVED_BASE,
    ),
    kind=Kind.GALLERY,
    reads=(
        FactName.SUBSCRIPTION,
        FactName.ROLE_ASSIGNMENTS,
        FactName.DENY_ASSIGNMENTS,
        FactName.ELIGIBILITY,
        FactName.ROLE_DEFINITIONS,
        FactName.MANAGEMENT_GROUPS,
        FactName.PROVIDERS,
        FactName.DIRECTORY,
    ),
    at_most=_partner_center_reads_by_itself,
)
def publisher_owns_gallery(gallery: Gallery, context: Context) -> Outcome:
    """The publisher owns the gallery.

    What it demands
    ---------------
    The publisher (``--publisher``) holds Owner, or a role with all of its actions, at the gallery or above it:
    directly or through groups, in an active assignment, and with no deny assignment on reading the gallery, its
    images or versions. The condition that the portal recommends, which only keeps an Owner from assigning some
    roles, is accepted; any other leaves the rule not-evaluated.

    Why
    ---
    The documents of 2021 to 2023 ask for Owner, so that Partner Center can read the gallery in the publisher's
    name. Newer ones ask for what ACC002 demands; where that is met, a failure here is a warning. Which of the two
    is enforced is unconfirmed.

    How to fix
    ----------
    Grant Owner at the gallery to the publisher's account, or meet ACC002.

    Fix safety
    ----------
    Unsafe: it gives a person power over the gallery.
    """
    if context.publisher.name is None:
        read(
            Unread(
                gallery.id.text,
                "publisher",
                "the publisher is never guessed: give --publisher EMAIL|OBJECT-ID|APP-ID",
            )
        )
    name = context.publisher.name or ""
    rights = Rights(context.estate, gallery.id, find_holder(context.estate, gallery.id, name), context.today)
    owns = rights.has_role(_is_owner)
    denied = some(rights.is_denied(action) for action in (READ_GALLERY, READ_IMAGES, READ_VERSIONS))
    if read(every([owns, negate(denied)])):
        return Pass(_evidence(rights, gallery))
    return Fail(
        _message(rights, name, owns is False),
        expected="an active assignment of Owner, or of a role equal to it, at the gallery or above, and no deny",
        actual=_actual(rights, owns is False),
        fix=_fix(rights, gallery, lacks_role=owns is False, would_help=owns is False and denied is False),
    )


def _is_any(_: Role) -> bool:
    return True


def _is_owner(role: Role) -> bool:
    return role.equals_owner


def _owning(rights: Rights) -> list[RoleAssignment]:
    known_assignments = rights.estate.assignments.role_assignments(rights.id).known
    return [assignment for assignment in known_assignments if rights.gives(assignment, _is_owner) is True]


def _evidence(rights: Rights, gallery: Gallery) -> tuple[str, ...]:
    lines: list[str] = []
    for assignment in _owning(rights)[:5]:
        role = known(rights.estate.assignments.role(known(assignment.role_guid) or "", gallery.id))
        words = f"{'Owner' if role is None else role.name} at {assignment.scope_text}"
        principal = known(rights.holder.principal)
        if principal is not None and known(assignment.principal_id) != principal.id:
            words += f" through the group {known(assignment.principal_id)}"
        if known(assignment.condition):
            words += ", with the portal's condition on assigning roles"
        ends = rights.ends(assignment)
        if ends is not None:
            words += f", until {ends:%Y-%m-%d %H:%M} UTC"
        lines.append(words)
    return (*lines, "no deny assignment on reading the gallery, its images or versions")


def _message(rights: Rights, name: str, lacks_role: bool) -> str:
    if not lacks_role:
        return f"a deny assignment keeps {name} from reading the gallery, its images or versions"
    if rights.holder.principal is None:
        return f"nobody in the directory of the gallery's tenant answers to {name}"
    if rights.is_eligible(_is_owner):
        return f"{name} may activate Owner with PIM, but it is not active"
    return f"{name} does not hold Owner at the gallery or above it"


def _actual(rights: Rights, lacks_role: bool) -> str:
    if not lacks_role:
        actions = (READ_GALLERY, READ_IMAGES, READ_VERSIONS)
        denies = rights.estate.assignments.deny_assignments(rights.id).known
        taking = [deny.name for deny in denies if any(rights.takes(deny, action) is True for action in actions)]
        return f"denied by {', '.join(taking[:5])}"
    roles: list[str] = []
    for assignment in rights.estate.assignments.role_assignments(rights.id).known:
        if rights.gives(assignment, _is_any) is True:
            role = known(rights.estate.assignments.role(known(assignment.role_guid) or "", rights.id))
            roles.append("an unknown role" if role is None else role.name)
    return f"holds {', '.join(sorted(set(roles))[:10])}" if roles else "no active role at the gallery or above"


def _fix(rights: Rights, gallery: Gallery, *, lacks_role: bool, would_help: bool) -> Fix:
    if not lacks_role:
        return Fix(
            "lift the deny assignment",
            Safety.MANUAL,
            steps=(
                "have the publisher excluded from the deny assignment, or the deny assignment removed by what made it "
                "(a deployment stack, a managed application)",
            ),
        )
    if rights.holder.principal is None:
        return Fix(
            "see that --publisher is right, or invite that account to the gallery's tenant",
            Safety.MANUAL,
            steps=("give --publisher as the account's user principal name, e-mail address or object id",),
        )
    principal = known(rights.holder.principal)
    assignee = "OBJECT-ID" if principal is None else principal.id
    command = az(
        *("role", "assignment", "create", "--role", "Owner", "--scope", gallery.id.text, "--assignee", assignee)
    )
    portal = "or in the portal: the gallery → Access control (IAM) → Add role assignment → Owner"
    if principal is None or not would_help:
        return Fix("give the publisher Owner at the gallery", Safety.MANUAL, steps=(command, portal))
    name = rights.holder.name
    grantee = KnownPrincipal(principal.id, principal.type, principal.display_name or principal.id, found_as=name)
    grant = GrantRole(gallery.id.text, OWNER, "Owner", grantee)
    return Fix("grant Owner at the gallery to the publisher", Safety.UNSAFE, (grant,), (command, portal))
