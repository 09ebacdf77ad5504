"""ACC002: Partner Center can read the gallery by itself."""

from checker.facts.arm_id import Kind
from checker.facts.assets import Gallery
from checker.facts.directory import Principal
from checker.facts.partner_center import (
    BOTH,
    MICROSOFT_TENANTS,
    NAMESPACE,
    MicrosoftPrincipal,
    can_read,
    candidates,
    is_kept_from_reading,
    is_microsofts,
    is_registered,
    is_served,
    rights_of,
    rights_of_somebody,
)
from checker.facts.roles import COMPUTE_GALLERY_IMAGE_READER
from checker.facts.unread import FactName, Unread, known, read
from checker.fixes.commands import az
from checker.fixes.operations import (
    Fix,
    GrantRole,
    KnownPrincipal,
    LatePrincipal,
    Operation,
    RegisterProvider,
    Safety,
)
from checker.rule import Basis, Context, Fail, Outcome, Pass, Severity, Source, rule

_ROLE = "Compute Gallery Image Reader"


@rule(
    code="ACC002",
    slug="partner-center-reads-gallery",
    title="Partner Center can read the gallery",
    severity=Severity.WARNING,
    basis=Basis.DOCUMENTED,
    sources=(
        Source(
            "Provide Partner Center with permission to your gallery (linked from the next; its text was not read)",
            "https://aka.ms/ComputeGalleryPermissions",
            "2024-08",
        ),
        Source(
            "Azure built-in roles for Compute",
            "https://learn.microsoft.com/azure/role-based-access-control/built-in-roles/compute",
            "2024-08",
        ),
    ),
    kind=Kind.GALLERY,
    reads=(
        FactName.SUBSCRIPTION,
        FactName.PROVIDERS,
        FactName.ROLE_ASSIGNMENTS,
        FactName.DENY_ASSIGNMENTS,
        FactName.ELIGIBILITY,
        FactName.ROLE_DEFINITIONS,
        FactName.MANAGEMENT_GROUPS,
        FactName.DIRECTORY,
    ),
)
def partner_center_reads_gallery(gallery: Gallery, context: Context) -> Outcome:
    """Partner Center can read the gallery by itself.

    What it demands
    ---------------
    The resource provider Microsoft.PartnerCenterIngestion is registered in the gallery's subscription, and the
    service principals "Compute Image Registry" and "Microsoft Partner Center Resource Provider" may read the
    gallery's images and versions. A service principal is believed only where a Microsoft tenant owns its
    application: its display name anybody can take.

    Why
    ---
    The documents since 2024 ask for this instead of Owner for a person. Their text was not at hand when this rule
    was written: it rests on the page of built-in roles, which links to them, and on five publishers who follow them.

    How to fix
    ----------
    Register the provider, wait some minutes until the principals appear, and grant both of them Compute Gallery
    Image Reader at the gallery.

    Fix safety
    ----------
    Safe: a registration, and a role that reads images and nothing else, for two principals of Microsoft.
    """
    estate, moment = context.estate, context.today
    if read(is_served(estate, gallery.id, moment)):
        return Pass(
            (
                f"{NAMESPACE} is registered",
                *(f"{wanted.name}, owned by Microsoft, reads images and versions" for wanted in BOTH),
            )
        )
    registered = is_registered(estate, gallery.id)
    lacking = [wanted for wanted in BOTH if can_read(estate, gallery.id, wanted, moment) is False]
    breaches = [
        *(
            [f"{NAMESPACE} is {known(estate.provider(gallery.id.subscription, NAMESPACE))}"]
            if registered is False
            else []
        ),
        *(_breach(gallery, context, wanted) for wanted in lacking),
    ]
    return Fail(
        "; ".join(breaches),
        expected=f"{NAMESPACE} Registered, and both Microsoft principals read images and versions",
        actual="; ".join(breaches),
        evidence=_forged(gallery, context),
        fix=_fix(gallery, context, breaches),
    )


def _breach(gallery: Gallery, context: Context, wanted: MicrosoftPrincipal) -> str:
    found = candidates(context.estate, gallery.id, wanted)
    believed = _believed(gallery, context, wanted)
    if believed:
        rights = rights_of(context.estate, gallery.id, believed[0], context.today)
    elif found.rest is not None:
        rights = rights_of_somebody(context.estate, gallery.id, wanted, found.rest, context.today)
    elif any(isinstance(is_microsofts(principal), Unread) for principal in found.known):
        return f"{wanted.name} has no role that reads images and versions"
    else:
        return f"{wanted.name} is not in the directory"
    if is_kept_from_reading(rights) is True:
        return f"a deny assignment keeps {wanted.name} from reading"
    return f"{wanted.name} has no role that reads images and versions"


def _believed(gallery: Gallery, context: Context, wanted: MicrosoftPrincipal) -> list[Principal]:
    found = candidates(context.estate, gallery.id, wanted)
    return [principal for principal in found.known if is_microsofts(principal) is True]


def _forged(gallery: Gallery, context: Context) -> tuple[str, ...]:
    """A line for each service principal of the right name that Microsoft does not own."""
    return tuple(
        f"{principal.id} calls itself {principal.display_name}, but its application belongs to "
        f"{known(principal.owner_tenant) or 'nobody named'}: not believed"
        for wanted in BOTH
        for principal in candidates(context.estate, gallery.id, wanted).known
        if is_microsofts(principal) is False
    )


def _fix(gallery: Gallery, context: Context, breaches: list[str]) -> Fix:
    steps = (
        az("provider", "register", "--namespace", NAMESPACE, "--subscription", gallery.id.subscription, "--wait"),
        *(step for wanted in BOTH for step in _granting(gallery, context, wanted)),
        "or in the portal: the gallery → Access control (IAM) → Add role assignment → Compute Gallery Image Reader",
    )
    operations = _operations(gallery, context)
    if any("deny assignment" in breach for breach in breaches):
        return Fix(
            "lift the deny assignment",
            Safety.MANUAL,
            steps=(
                "have the principal excluded from the deny assignment, or the deny assignment removed by what made it "
                "(a deployment stack, a managed application)",
                *steps,
            ),
        )
    if not operations:
        return Fix("register the provider and grant the role", Safety.MANUAL, steps=steps)
    return Fix("register the provider and grant the role", Safety.SAFE, operations, steps)


def _granting(gallery: Gallery, context: Context, wanted: MicrosoftPrincipal) -> tuple[str, ...]:
    """The commands that give one of Microsoft's principals the role; where it is not known who it is, first to see."""
    believed = _believed(gallery, context, wanted)
    grant = az(
        *("role", "assignment", "create", "--role", _ROLE, "--scope", gallery.id.text),
        *("--assignee-object-id", believed[0].id if len(believed) == 1 else f"OBJECT-ID OF {wanted.name}"),
        *("--assignee-principal-type", "ServicePrincipal"),
    )
    if len(believed) == 1:
        return (grant,)
    owner = "[].{id: id, owner: appOwnerOrganizationId}"
    return (
        az("ad", "sp", "list", "--display-name", wanted.name, "--query", owner, "--output", "table"),
        f"take the one whose owner is Microsoft: {' or '.join(MICROSOFT_TENANTS)}",
        grant,
    )


def _operations(gallery: Gallery, context: Context) -> tuple[Operation, ...]:
    """What makes the rule pass; empty where nothing is sure to: a deny, or something unread."""
    registered = is_registered(context.estate, gallery.id)
    if isinstance(registered, Unread):
        return ()
    found: list[Operation] = []
    if not registered:
        found.append(RegisterProvider(gallery.id.subscription, NAMESPACE))
    for wanted in BOTH:
        able = can_read(context.estate, gallery.id, wanted, context.today)
        if able is True:
            continue
        grantee = _grantee(gallery, context, wanted, registered) if able is False else None
        if grantee is None:
            return ()
        found.append(GrantRole(gallery.id.text, COMPUTE_GALLERY_IMAGE_READER, _ROLE, grantee))
    return tuple(found)


def _grantee(
    gallery: Gallery, context: Context, wanted: MicrosoftPrincipal, registered: bool
) -> KnownPrincipal | LatePrincipal | None:
    """Whom to grant the role, where the grant is sure to help."""
    found = candidates(context.estate, gallery.id, wanted)
    if found.rest is not None or any(isinstance(is_microsofts(principal), Unread) for principal in found.known):
        return None
    believed = _believed(gallery, context, wanted)
    if len(believed) > 1 or (not believed and registered):
        return None
    principal = believed[0] if believed else Principal("", "ServicePrincipal", wanted.name, frozenset())
    if is_kept_from_reading(rights_of(context.estate, gallery.id, principal, context.today)) is not False:
        return None
    if not believed:
        return LatePrincipal(wanted.name, wanted.app_id, MICROSOFT_TENANTS)
    return KnownPrincipal(principal.id, principal.type, wanted.name, MICROSOFT_TENANTS)
