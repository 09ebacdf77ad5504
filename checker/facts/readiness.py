"""Whether an image version is ready: provisioned, not flagged, replicated to every target region."""

from __future__ import annotations

from checker.facts.assets import Version, region_key, same
from checker.facts.unread import Fact, Unread, every, negate, some, then


def is_provisioned(version: Version) -> Fact[bool]:
    """Whether Azure finished making the version."""
    return then(version.provisioning_state, lambda state: same(state, "Succeeded"))


def is_flagged(version: Version) -> Fact[bool]:
    """Whether the version's safety profile reports a violation of policy."""
    return some([version.reported_for_violation, then(version.violations, bool)])


def is_replicated(version: Version) -> Fact[bool]:
    """Whether the version is replicated: as a whole, and in each of its target regions."""
    replication = version.replication
    if isinstance(replication, Unread):
        return replication
    return every(
        [
            _is_completed(version, replication.aggregated_state),
            then(target_states(version), lambda states: every(_is_completed(version, state) for _, state in states)),
        ]
    )


def is_ready(version: Version) -> Fact[bool]:
    """Whether all three hold."""
    return every([is_provisioned(version), negate(is_flagged(version)), is_replicated(version)])


def target_states(version: Version) -> Fact[tuple[tuple[str, Fact[str]], ...]]:
    """Each target region with its replication state; ``not listed`` where the status leaves it out."""
    replication, targets = version.replication, version.target_regions
    if isinstance(replication, Unread):
        return replication
    if isinstance(targets, Unread):
        return targets
    if isinstance(replication.regions, Unread):
        return replication.regions
    listed: dict[str, list[Fact[str]]] = {}
    nameless: Unread | None = None
    for name, state in replication.regions:
        if isinstance(name, Unread):
            nameless = name
        else:
            listed.setdefault(region_key(name), []).append(state)
    found: list[tuple[str, Fact[str]]] = []
    for target in targets:
        if isinstance(target.name, Unread):
            return target.name
        unlisted: Fact[str] = "not listed" if nameless is None else nameless
        # A region that is listed twice is replicated where both say so.
        found += ((target.name, state) for state in listed.get(region_key(target.name), [unlisted]))
    return tuple(found)


def _is_completed(version: Version, state: Fact[str]) -> Fact[bool]:
    if isinstance(state, Unread):
        return state
    if same(state, "Unknown"):
        return Unread(version.id.text, "replication", "Azure itself reports the replication state as Unknown")
    return same(state, "Completed")
