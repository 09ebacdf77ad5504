"""GAL001: the gallery's subscription is in the publisher's tenant."""

from checker.facts.arm_id import Kind
from checker.facts.assets import Gallery, same
from checker.facts.directory import is_guid
from checker.facts.unread import Fact, FactName, Unread, read, some, then
from checker.fixes.commands import az
from checker.fixes.operations import Fix, Safety
from checker.rule import Basis, Context, Fail, Outcome, Pass, Severity, rule
from rules.documents import APPROVED_BASE

_NEW = ("--subscription", "SUBSCRIPTION-IN-THE-TENANT", "--resource-group", "GROUP", "--gallery-name", "NAME")


@rule(
    code="GAL001",
    slug="gallery-in-publisher-tenant",
    title="The gallery's subscription is in the publisher's tenant",
    severity=Severity.ERROR,
    basis=Basis.DOCUMENTED,
    sources=(APPROVED_BASE,),
    kind=Kind.GALLERY,
    reads=(FactName.SUBSCRIPTION,),
)
def gallery_in_publisher_tenant(gallery: Gallery, context: Context) -> Outcome:
    """The gallery's subscription is in the publisher's tenant.

    What it demands
    ---------------
    The tenant of the subscription that holds the gallery is one of the tenants of the publisher's Partner Center
    account. They are given with ``--publisher-tenant``; the tenant one is signed in to proves nothing.

    Why
    ---
    Partner Center lists only the galleries of its own tenants, and cannot copy an image from another.

    How to fix
    ----------
    Copy the versions to a gallery in a subscription of the right tenant. A gallery cannot be moved.
    """
    if not context.publisher.tenants:
        read(
            Unread(
                gallery.id.text,
                "publisher_tenant",
                "the publisher's tenant is never guessed: give --publisher-tenant GUID|DOMAIN",
            )
        )
    tenant = context.estate.subscription(gallery.id.subscription).tenant_id
    if read(some(_is(tenant, wanted, context) for wanted in context.publisher.tenants)):
        return Pass((f"subscription {gallery.id.subscription} is in tenant {read(tenant)}",))
    return Fail(
        "the gallery's subscription is in another tenant than the publisher",
        expected=f"tenant {' or '.join(context.publisher.tenants)}",
        actual=f"tenant {read(tenant)}",
        fix=Fix(
            "copy the image to a gallery in the publisher's tenant",
            Safety.MANUAL,
            steps=(
                "sign in as an account that may read this gallery, and write in a subscription of the right tenant",
                az("sig", "create", *_NEW),
                "make a definition there like the one here, with the OS state Generalized; then, for each version:",
                az(
                    *("sig", "image-version", "create", *_NEW),
                    *("--gallery-image-definition", "DEFINITION", "--gallery-image-version", "MAJOR.MINOR.PATCH"),
                    *("--image-version", "ID-OF-THE-VERSION-TO-COPY"),
                ),
            ),
        ),
    )


def _is(tenant: Fact[str], wanted: str, context: Context) -> Fact[bool]:
    guid: Fact[str] = wanted if is_guid(wanted) else context.estate.tenant_of_domain(wanted)
    return then(guid, lambda wanted_id: then(tenant, lambda actual_id: same(actual_id, wanted_id)))
