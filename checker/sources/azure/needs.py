"""Which questions are open: pure, from what is known so far to the calls that would tell more.

The collector asks until nothing is open. Whatever is judged is found by the same code that judges it, so that
what is asked and what is read cannot drift apart.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator

from checker import scope, targets
from checker.facts.arm_id import ArmId, Kind, fold
from checker.facts.assets import Definition, Gallery, Version
from checker.facts.directory import is_guid
from checker.facts.estate import Estate
from checker.facts.lineage import origin_of
from checker.facts.readiness import is_ready
from checker.facts.roles import BUILT_IN
from checker.facts.unread import FactName, Unread, known
from checker.sources.azure.call import Ask, Call
from checker.targets import ShortForm
from checker.wish import Wish

#: How many versions are asked for their replication at once, where one that is ready is enough.
_FEW = 8


def open_calls(estate: Estate, wish: Wish, asked: Collection[Call], enabled: tuple[str, ...] | None) -> list[Call]:
    """The calls to make next, each once; empty when everything was asked.

    ``enabled`` are the GUIDs of the enabled subscriptions once they were listed. Raises UsageProblem for targets
    that cannot be resolved, or certainly do not exist.
    """
    if enabled is None and needs_subscriptions(wish):
        return [Call(Ask.SUBSCRIPTIONS)]
    chosen = wish.subscriptions or (enabled or ())
    found = dict.fromkeys(_calls(estate, wish, tuple(fold(guid) for guid in chosen), asked))
    return [call for call in found if call not in asked]


def needs_subscriptions(wish: Wish) -> bool:
    """Whether the subscriptions that the sign-in sees decide what is judged."""
    return not wish.subscriptions and (not wish.targets or any(isinstance(t, ShortForm) for t in wish.targets))


def _calls(estate: Estate, wish: Wish, chosen: tuple[str, ...], asked: Collection[Call]) -> Iterator[Call]:
    named: tuple[ArmId, ...] = ()
    if wish.targets:
        named = targets.resolve(wish.targets, estate, chosen)
        judged = scope.of_targets(estate, named)
    else:
        judged = scope.everything(estate, chosen)
    subscriptions = [id for id in named if id.kind is Kind.SUBSCRIPTION]
    if not wish.targets:
        subscriptions = [ArmId.parse(f"/subscriptions/{guid}") for guid in chosen]
    targeted = {id.key for id in named}
    seen = set() if Call(Ask.SUBSCRIPTIONS) not in asked else {found.id.key for found in estate.subscriptions()}
    whole = {id.key for id in subscriptions}
    for id in subscriptions:
        yield Call(Ask.GALLERIES, id)
    for asset in judged.assets[Kind.SUBSCRIPTION]:
        wanted = wish.wants(FactName.SUBSCRIPTION, FactName.DIRECTORY) or wish.judges(Kind.SUBSCRIPTION)
        if (wanted or asset.id.key in targeted) and asset.id.key not in seen:
            yield Call(Ask.SUBSCRIPTION, asset.id)
    tenant = _main_tenant(judged, estate)
    for gallery in judged.assets[Kind.GALLERY]:
        is_whole = gallery.id.key in targeted or gallery.id.subscription_id.key in whole
        yield from _of_gallery(gallery.id, wish, is_whole=is_whole, listed=gallery.id.subscription_id.key in whole)
        if isinstance(gallery, Gallery) and wish.judges(Kind.GALLERY):
            yield from _access(gallery, estate, wish, asked, tenant)
    for definition in judged.assets[Kind.DEFINITION]:
        parent = definition.id.parent
        listed = parent is not None and (parent.key in targeted or parent.subscription_id.key in whole)
        if isinstance(definition, Definition):
            yield from _of_definition(definition, estate, wish, asked, listed=listed)
    for version in judged.assets[Kind.VERSION]:
        if isinstance(version, Version):
            yield from _of_version(version, estate, wish)
        if version.id.key in targeted and not _reads_versions(wish):
            yield Call(Ask.RESOURCE, version.id)
    for vm in judged.assets[Kind.VM]:
        if wish.judges(Kind.VM) or vm.id.key in targeted:
            yield Call(Ask.VM, vm.id)
    for disk in judged.assets[Kind.DISK]:
        if wish.judges(Kind.DISK) or disk.id.key in targeted:
            yield Call(Ask.RESOURCE, disk.id)
    yield from _domains(wish)


def _of_gallery(gallery: ArmId, wish: Wish, *, is_whole: bool, listed: bool) -> Iterator[Call]:
    if not listed and (is_whole or wish.judges(Kind.GALLERY)):
        yield Call(Ask.RESOURCE, gallery)
    if is_whole and wish.judges(Kind.DEFINITION, Kind.VERSION, Kind.VM):
        yield Call(Ask.DEFINITIONS, gallery)


def _of_definition(
    definition: Definition, estate: Estate, wish: Wish, asked: Collection[Call], *, listed: bool
) -> Iterator[Call]:
    if not listed:
        yield Call(Ask.RESOURCE, definition.id)
    if not _reads_versions(wish):
        return
    yield Call(Ask.VERSIONS, definition.id)
    if wish.judges(Kind.DEFINITION) and wish.wants(FactName.REPLICATION):
        yield from _until_one_is_ready(definition, estate, asked)


def _reads_versions(wish: Wish) -> bool:
    """Whether the list of versions is asked for: for itself, or since the way to a VM leads through it."""
    return wish.wants(FactName.VERSIONS) or wish.judges(Kind.VERSION, Kind.VM)


def _until_one_is_ready(definition: Definition, estate: Estate, asked: Collection[Call]) -> Iterator[Call]:
    """The replication of the newest versions, a few at a time, until one is known to be ready."""
    versions = estate.versions(definition.id).known
    if any(is_ready(version) is True for version in versions):
        return
    newest_first = sorted(versions, key=lambda v: v.number or (-1, -1, -1), reverse=True)
    calls = [Call(Ask.REPLICATION, v.id) for v in newest_first if isinstance(is_ready(v), Unread)]
    yield from [call for call in calls if call not in asked][:_FEW]


def _of_version(version: Version, estate: Estate, wish: Wish) -> Iterator[Call]:
    if wish.judges(Kind.VERSION) and wish.wants(FactName.REPLICATION):
        yield Call(Ask.REPLICATION, version.id)
    if not wish.judges(Kind.VM):
        return
    # Where the way to the VM could not be followed, what it stopped at is asked for.
    unread = origin_of(version, estate).unread
    if unread is None or unread.scope == version.id.text:
        return
    try:
        source = ArmId.parse(unread.scope)
    except ValueError:
        return
    if source.kind in (None, Kind.VERSION) and source.key != version.id.key:
        yield Call(Ask.RESOURCE, source)


def _access(
    gallery: Gallery, estate: Estate, wish: Wish, asked: Collection[Call], main_tenant: str | None
) -> Iterator[Call]:
    subscription = gallery.id.subscription_id
    if wish.wants(FactName.ROLE_ASSIGNMENTS):
        yield Call(Ask.ROLE_ASSIGNMENTS, gallery.id)
    if wish.wants(FactName.DENY_ASSIGNMENTS):
        yield Call(Ask.DENY_ASSIGNMENTS, gallery.id)
    if wish.wants(FactName.ELIGIBILITY):
        yield Call(Ask.SCHEDULES, gallery.id)
    if wish.wants(FactName.PROVIDERS):
        yield Call(Ask.PROVIDER, subscription)
    if wish.wants(FactName.ROLE_DEFINITIONS) and _names_unknown_role(gallery, estate):
        yield Call(Ask.ROLE_DEFINITIONS, gallery.id)
    tenant = known(estate.subscription(gallery.id.subscription).tenant_id)
    if wish.wants(FactName.DIRECTORY) and tenant is not None and fold(tenant) == main_tenant:
        call = Call(Ask.DIRECTORY, text=main_tenant)
        yield call
        name, directory = wish.publisher.name, estate.directory(gallery.id.subscription)
        if name is not None and is_guid(name) and call in asked and isinstance(directory, Unread):
            yield Call(Ask.HELD_ASSIGNMENTS, gallery.id, main_tenant)


def _main_tenant(judged: scope.Scope, estate: Estate) -> str | None:
    """The tenant (folded) of most galleries: a snapshot holds one directory, so one is asked."""
    tenants = [known(estate.subscription(gallery.id.subscription).tenant_id) for gallery in judged.assets[Kind.GALLERY]]
    counted = Counter(fold(tenant) for tenant in tenants if tenant is not None)
    return min(counted, key=lambda tenant: (-counted[tenant], tenant), default=None)


def _names_unknown_role(gallery: Gallery, estate: Estate) -> bool:
    assignments = estate.assignments.role_assignments(gallery.id).known
    return any(known(assignment.role_guid) not in BUILT_IN for assignment in assignments)


def _domains(wish: Wish) -> Iterator[Call]:
    if wish.judges(Kind.GALLERY) and wish.wants(FactName.SUBSCRIPTION):
        for tenant in wish.publisher.tenants:
            if not is_guid(tenant):
                yield Call(Ask.DOMAIN, text=fold(tenant))
