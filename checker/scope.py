"""What a run judges: the targets, what the image depends on, and nothing more."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import assert_never

from checker.errors import UsageProblem
from checker.facts.arm_id import ArmId, Kind
from checker.facts.assets import Asset, Definition, Disk, Gallery, Subscription, Version, VirtualMachine
from checker.facts.estate import Estate
from checker.facts.lineage import origin_of
from checker.facts.listing import Listing
from checker.facts.unread import Unread
from checker.rule import Lowered, NotApplicable, Severity

#: What a source VM counts as, where the VM itself is not there to be asked.
_SOURCE = Lowered(Severity.WARNING, "it is only the source of a version that is already captured")


@dataclass(frozen=True, slots=True)
class Gap:
    """An asset that rules of a kind would judge if it were there to be judged.

    ``id`` is the asset that it would hang from, or its own. An Unread outcome makes those rules
    not-evaluated: a list that could not be read must not look like an empty one.
    """

    id: ArmId
    kind: Kind
    outcome: Unread | NotApplicable
    at_most: Lowered | None = None


@dataclass(frozen=True)
class Scope:
    """The assets to judge by kind, the gaps, the named targets, and which versions a VM was the source of."""

    assets: Mapping[Kind, tuple[Asset, ...]]
    gaps: tuple[Gap, ...]
    targets: frozenset[str]
    captured: Mapping[str, tuple[Version, ...]]


@dataclass
class _Gathering:
    """Assets and gaps as they are found, each once."""

    estate: Estate
    assets: dict[str, Asset] = field(default_factory=dict)
    gaps: dict[tuple[str, Kind], Gap] = field(default_factory=dict)
    expanded: set[str] = field(default_factory=set)
    captured: dict[str, dict[str, Version]] = field(default_factory=dict)

    def add(self, asset: Asset | None) -> None:
        if asset is not None:
            self.assets.setdefault(asset.id.key, asset)

    def _is_new(self, id: ArmId) -> bool:
        """Whether what an asset depends on was not gathered yet; being above another does not count."""
        is_new = id.key not in self.expanded
        self.expanded.add(id.key)
        return is_new

    def note(self, gap: Gap) -> None:
        self.gaps.setdefault((gap.id.key, gap.kind), gap)

    def gallery(self, gallery: Gallery) -> None:
        if not self._is_new(gallery.id):
            return
        self.above(gallery.id)
        definitions = self.estate.definitions(gallery.id)
        for definition in definitions.known:
            self.definition(definition)
        self._note_rest(gallery.id, definitions, (Kind.DEFINITION, Kind.VERSION, Kind.VM))

    def definition(self, definition: Definition) -> None:
        if not self._is_new(definition.id):
            return
        self.above(definition.id)
        versions = self.estate.versions(definition.id)
        for version in versions.known:
            self.version(version)
        self._note_rest(definition.id, versions, (Kind.VERSION, Kind.VM))

    def version(self, version: Version) -> None:
        if not self._is_new(version.id):
            return
        self.above(version.id)
        self._sources(version)
        for path in (
            "properties.storageProfile.source.id",
            "properties.storageProfile.osDiskImage.source.id",
        ):
            self._disk(version.body.optional_text(path))

    def machine(self, id: ArmId) -> None:
        vm = self.estate.find(id)
        if vm is None:
            return
        self.add(vm)
        self.add(self.estate.subscription(id.subscription))
        self._disk(vm.body.optional_text("properties.storageProfile.osDisk.managedDisk.id"))
        data_disks = vm.body.optional_items("properties.storageProfile.dataDisks")
        for disk in () if isinstance(data_disks, Unread) else data_disks:
            self._disk(disk.optional_text("managedDisk.id"))

    def above(self, id: ArmId) -> None:
        """An asset, what it is nested in, and its subscription."""
        here: ArmId | None = id
        while here is not None:
            self.add(self.estate.find(here))
            here = here.parent
        self.add(self.estate.subscription(id.subscription))

    def _sources(self, version: Version) -> None:
        origin = origin_of(version, self.estate)
        for id, captured in origin.vms:
            if self.estate.find(id) is None:
                gone = NotApplicable(f"the VM that {version.id.name} was captured from no longer exists")
                self.note(Gap(id, Kind.VM, gone, _SOURCE))
            else:
                self.captured.setdefault(id.key, {})[captured.id.key] = captured
                self.machine(id)
        if origin.unread is not None:
            self.note(Gap(version.id, Kind.VM, origin.unread, _SOURCE))
        elif not origin.vms:
            why = f"captured from {' and '.join(origin.ends)}: there is no source VM to judge"
            self.note(Gap(version.id, Kind.VM, NotApplicable(why), _SOURCE))

    def _disk(self, text: object) -> None:
        if not isinstance(text, str):
            return
        try:
            id = ArmId.parse(text)
        except ValueError:
            return
        if id.kind is Kind.DISK:
            self.add(self.estate.find(id))

    def _note_rest(self, parent: ArmId, listing: Listing[Definition] | Listing[Version], kinds: Iterable[Kind]) -> None:
        if listing.rest is not None:
            for kind in kinds:
                self.note(Gap(parent, kind, listing.rest, _SOURCE if kind is Kind.VM else None))


def _all_galleries(gathering: _Gathering, subscription: ArmId) -> None:
    """The galleries of a subscription; a gap for each kind where it was not collected whole."""
    for gallery in gathering.estate.galleries(subscription.subscription):
        gathering.gallery(gallery)
    unread = gathering.estate.coverage.of_galleries(subscription)
    if unread is not None:
        for kind in (Kind.GALLERY, Kind.DEFINITION, Kind.VERSION, Kind.VM):
            gathering.note(Gap(subscription, kind, unread, _SOURCE if kind is Kind.VM else None))


def nothing() -> Scope:
    """No asset of Azure: what a run judges that names disk files only."""
    return Scope(dict.fromkeys(Kind, ()), (), frozenset(), {})


def everything(estate: Estate, subscriptions: Iterable[str]) -> Scope:
    """Every gallery of the subscriptions (folded GUIDs); of all of them where none is given."""
    gathering = _Gathering(estate)
    chosen = tuple(subscriptions)
    for guid in chosen:
        _all_galleries(gathering, ArmId.parse(f"/subscriptions/{guid}"))
    if not chosen:
        for subscription in estate.subscriptions():
            if estate.coverage.was_asked_for_galleries(subscription.id):
                _all_galleries(gathering, subscription.id)
        for gallery in estate.galleries():
            gathering.gallery(gallery)
    return _finish(gathering, frozenset())


def of_targets(estate: Estate, targets: Iterable[ArmId]) -> Scope:
    """The named targets and what they depend on.

    Raises UsageProblem where a target certainly does not exist, or is of a kind that cannot be judged.
    """
    gathering = _Gathering(estate)
    named = tuple(targets)
    for id in named:
        asset = estate.find(id)
        if id.kind is None:
            raise UsageProblem(f"{id} is a {id.resource_type}, which imagecheck does not judge")
        if asset is None:
            raise UsageProblem(f"{id} does not exist")
        _add_target(gathering, asset)
    return _finish(gathering, frozenset(id.key for id in named))


def _add_target(gathering: _Gathering, asset: Asset) -> None:
    match asset:
        case Gallery():
            gathering.gallery(asset)
        case Definition():
            gathering.definition(asset)
        case Version():
            gathering.version(asset)
        case VirtualMachine():
            gathering.machine(asset.id)
        case Subscription():
            gathering.add(asset)
            _all_galleries(gathering, asset.id)
        case Disk():
            gathering.above(asset.id)
        case _:
            assert_never(asset)


def _finish(gathering: _Gathering, targets: frozenset[str]) -> Scope:
    by_kind: dict[Kind, list[Asset]] = {kind: [] for kind in Kind}
    for _, asset in sorted(gathering.assets.items()):
        by_kind[asset.kind].append(asset)
    judged = {(id, asset.kind) for id, asset in gathering.assets.items()}
    return Scope(
        assets={kind: tuple(assets) for kind, assets in by_kind.items()},
        gaps=tuple(gap for key, gap in sorted(gathering.gaps.items()) if key not in judged),
        targets=targets,
        captured={
            vm: tuple(version for _, version in sorted(versions.items())) for vm, versions in gathering.captured.items()
        },
    )
