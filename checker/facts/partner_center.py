"""What Partner Center needs to read a gallery by itself: a registration and two principals.

Display names prove nothing: whoever may register applications can take any. An application is
Microsoft's where the tenant that owns it is one of Microsoft's two.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import partial

from checker.facts.arm_id import ArmId, fold
from checker.facts.assets import same
from checker.facts.directory import Principal
from checker.facts.estate import Estate
from checker.facts.listing import Listing
from checker.facts.rights import Holder, Rights
from checker.facts.roles import READ_IMAGES, READ_VERSIONS, Role
from checker.facts.unread import Fact, Unread, every, negate, some, then

NAMESPACE = "Microsoft.PartnerCenterIngestion"

#: The tenant that owns Microsoft's first-party applications, and Microsoft's corporate tenant.
MICROSOFT_TENANTS = ("f8cdef31-a31e-4b4a-93e4-5f571e91255a", "72f988bf-86f1-41af-91ab-2d7cd011db47")


@dataclass(frozen=True, slots=True)
class MicrosoftPrincipal:
    """One of the two, as it is looked for. The application id of the second is published nowhere."""

    name: str
    app_id: str | None


COMPUTE_IMAGE_REGISTRY = MicrosoftPrincipal("Compute Image Registry", "51b6191a-b045-44cf-8277-ee37c9fb5a06")
RESOURCE_PROVIDER = MicrosoftPrincipal("Microsoft Partner Center Resource Provider", None)
BOTH = (COMPUTE_IMAGE_REGISTRY, RESOURCE_PROVIDER)


def is_registered(estate: Estate, gallery: ArmId) -> Fact[bool]:
    """Whether the resource provider is registered in the gallery's subscription."""
    return then(estate.provider(gallery.subscription, NAMESPACE), lambda state: same(state, "Registered"))


def candidates(estate: Estate, gallery: ArmId, wanted: MicrosoftPrincipal) -> Listing[Principal]:
    """The service principals that answer to the name, Microsoft's or not."""
    directory = estate.directory(gallery.subscription)
    if isinstance(directory, Unread):
        return Listing((), directory)
    if wanted.app_id is None:
        return directory.service_principals_called(wanted.name)
    return directory.service_principals_of(wanted.app_id)


def is_microsofts(principal: Principal) -> Fact[bool]:
    """Whether one of Microsoft's tenants owns a service principal's application."""
    return then(principal.owner_tenant, lambda owner: owner is not None and fold(owner) in MICROSOFT_TENANTS)


def rights_of(estate: Estate, gallery: ArmId, principal: Principal, moment: datetime) -> Rights:
    """What a principal of the directory may do at a gallery."""
    groups = then(estate.directory(gallery.subscription), lambda directory: directory.groups_of(principal.id))
    return Rights(estate, gallery, Holder(principal.display_name, principal, groups), moment)


def rights_of_somebody(
    estate: Estate, gallery: ArmId, wanted: MicrosoftPrincipal, why: Unread, moment: datetime
) -> Rights:
    """What one of the two may do, whoever it is: nobody may have a role, or everybody may be denied."""
    return Rights(estate, gallery, Holder(wanted.name, why, why, "serviceprincipal"), moment)


def has_reading_role(rights: Rights) -> Fact[bool]:
    """Whether roles let a principal read images and versions, denies left aside."""
    return every(rights.has_role(partial(Role.allows, action=action)) for action in (READ_IMAGES, READ_VERSIONS))


def is_kept_from_reading(rights: Rights) -> Fact[bool]:
    """Whether a deny assignment takes the reading of images or versions away."""
    return some(rights.is_denied(action) for action in (READ_IMAGES, READ_VERSIONS))


def can_read(estate: Estate, gallery: ArmId, wanted: MicrosoftPrincipal, moment: datetime) -> Fact[bool]:
    """Whether one of the two, proven to be Microsoft's, may read the gallery's images and versions."""
    found = candidates(estate, gallery, wanted)

    def reads(principal: Principal) -> Fact[bool]:
        rights = rights_of(estate, gallery, principal, moment)
        return every([is_microsofts(principal), has_reading_role(rights), negate(is_kept_from_reading(rights))])

    truth = found.some(reads)
    if found.rest is None or not isinstance(truth, Unread):
        return truth
    somebody = rights_of_somebody(estate, gallery, wanted, found.rest, moment)
    return every([truth, has_reading_role(somebody), negate(is_kept_from_reading(somebody))])


def is_served(estate: Estate, gallery: ArmId, moment: datetime) -> Fact[bool]:
    """Whether Partner Center reads the gallery by itself: registered, and both principals can read."""
    return every(
        [is_registered(estate, gallery), *(can_read(estate, gallery, wanted, moment) for wanted in BOTH)],
    )
