"""Looking for a principal of Microsoft's that a registration brings."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

from checker.facts.arm_id import ArmId
from checker.facts.directory import Principal
from checker.facts.estate import Estate
from checker.facts.unread import Unread
from checker.fixes.operations import LatePrincipal
from checker.fixes.state import believed
from checker.rule import Publisher
from checker.sources.azure.call import Ask, Call
from checker.sources.azure.clients import Clients
from checker.sources.azure.fetch import Fetch, directory_reader
from checker.sources.azure.gathered import Gathered, Unreadable
from checker.sources.azure.graph import Found


def looking_for(clients: Clients, scope: ArmId, wanted: LatePrincipal) -> Callable[[], tuple[Principal, ...] | None]:
    """A look into the directory that a scope's subscription trusts.

    Each look finds the principals of the application (or, where its id is not known, of the name) whose application
    one of the owners certainly owns; None where there is none yet. Raises Unreadable where that cannot be told.
    """
    now = datetime.now(UTC)
    gathered = Gathered(now)
    Fetch(clients, gathered, Publisher()).perform(Call(Ask.SUBSCRIPTION, scope.subscription_id))
    tenant = Estate(gathered.snapshot(), now).subscription(scope.subscription).tenant_id
    if isinstance(tenant, Unread):
        raise Unreadable(tenant.detail)
    reader = directory_reader(clients, tenant)
    app_ids, names = ([wanted.app_id], []) if wanted.app_id is not None else ([], [wanted.name])

    def look() -> tuple[Principal, ...] | None:
        seen = Found()
        reader.find_applications(app_ids, names, seen)
        gathered.set_directory(seen.section(tenant), asked=[*app_ids, *names], members=None)
        directory = Estate(gathered.snapshot(), now).directory(scope.subscription)
        if isinstance(directory, Unread):
            raise Unreadable(directory.detail)
        listing = (
            directory.service_principals_of(wanted.app_id)
            if wanted.app_id is not None
            else directory.service_principals_called(wanted.name)
        )
        return believed(listing.known, wanted.owner_tenants) or None

    return look
