"""How the judged assets hang together: what a report's map is drawn from."""

from __future__ import annotations

from collections.abc import Iterable

from checker.facts.arm_id import ArmId, Kind
from checker.facts.estate import Estate
from checker.facts.unread import Unread
from checker.facts.wire import Body
from checker.report import ChainLink
from checker.scope import Scope

_VERSION_DISKS = ("properties.storageProfile.source.id", "properties.storageProfile.osDiskImage.source.id")
_VM_DISK = "properties.storageProfile.osDisk.managedDisk.id"


def chain_of(scope: Scope, estate: Estate) -> tuple[ChainLink, ...]:
    """The tenant of each subscription, the VM and disk of each version, and the disks of each VM, where known.

    What an id says by itself, like the gallery of a version, is not repeated.
    """
    captured: dict[str, list[str]] = {}
    for vm in scope.assets[Kind.VM]:
        for version in scope.captured.get(vm.id.key, ()):
            captured.setdefault(version.id.key, []).append(vm.id.text)
    links = [
        *_tenants(scope, estate),
        *(
            ChainLink(version.id.text, sources=(*captured.get(version.id.key, ()), *_disks(version.body)))
            for version in scope.assets[Kind.VERSION]
        ),
        *(ChainLink(vm.id.text, sources=_vm_disks(vm.body)) for vm in scope.assets[Kind.VM]),
    ]
    return tuple(link for link in links if link.tenant or link.sources)


def _tenants(scope: Scope, estate: Estate) -> list[ChainLink]:
    guids = {asset.id.subscription for assets in scope.assets.values() for asset in assets}
    subscriptions = [estate.subscription(guid) for guid in sorted(guids)]
    return [
        ChainLink(subscription.id.text, tenant=subscription.tenant_id)
        for subscription in subscriptions
        if not isinstance(subscription.tenant_id, Unread)
    ]


def _disks(body: Body) -> tuple[str, ...]:
    return _only_disks(body.optional_text(path) for path in _VERSION_DISKS)


def _vm_disks(body: Body) -> tuple[str, ...]:
    data_disks = body.optional_items("properties.storageProfile.dataDisks")
    others = () if isinstance(data_disks, Unread) else data_disks
    return _only_disks((body.optional_text(_VM_DISK), *(disk.optional_text("managedDisk.id") for disk in others)))


def _only_disks(texts: Iterable[object]) -> tuple[str, ...]:
    found: dict[str, str] = {}
    for text in texts:
        if isinstance(text, str):
            try:
                id = ArmId.parse(text)
            except ValueError:
                continue
            if id.kind is Kind.DISK:
                found.setdefault(id.key, id.text)
    return tuple(found.values())
