"""VER002: an image version is provisioned, not flagged, and replicated."""

from checker.facts.arm_id import Kind
from checker.facts.assets import Version, same
from checker.facts.readiness import is_flagged, is_provisioned, is_ready, target_states
from checker.facts.unread import FactName, Unread, known, read
from checker.fixes.commands import az
from checker.fixes.operations import Fix, Safety
from checker.rule import Basis, Context, Fail, Outcome, Pass, Severity, rule
from rules.documents import SHARED_IMAGES, TROUBLESHOOTING


@rule(
    code="VER002",
    slug="version-ready",
    title="The version is provisioned, not flagged, and replicated to every target region",
    severity=Severity.ERROR,
    basis=Basis.DOCUMENTED,
    sources=(
        SHARED_IMAGES,
        TROUBLESHOOTING,
    ),
    kind=Kind.VERSION,
    reads=(FactName.VERSIONS, FactName.REPLICATION),
)
def version_ready(version: Version, context: Context) -> Outcome:
    """An image version is provisioned, not flagged, and replicated to every target region.

    What it demands
    ---------------
    ``provisioningState`` is Succeeded; the safety profile reports no violation of policy; the replication
    status is Completed as a whole and in each target region. A state that Azure itself gives as Unknown
    leaves the rule not-evaluated.

    Why
    ---
    Partner Center copies the version from where it is replicated. One that failed, is still being made, or
    is missing in a region cannot be read, and the submission stops.

    How to fix
    ----------
    Wait while it is being made or replicated. Where a region failed, add the region again; where
    provisioning failed, delete the version and capture again.
    """
    if read(is_ready(version)):
        names = [name for name, _ in read(target_states(version))]
        return Pass(("provisioned, not flagged", f"replicated to {', '.join(names[:20]) or 'no further region'}"))
    breaches = _breaches(version)
    return Fail(
        "; ".join(breaches),
        expected="provisioned (Succeeded), not flagged, replicated (Completed) in every target region",
        actual="; ".join(breaches),
        fix=Fix(
            "wait, or make the version again",
            Safety.MANUAL,
            steps=(
                az("sig", "image-version", "show", "--ids", version.id.text, "--expand", "ReplicationStatus"),
                "or in the portal: the image version → Update replication",
            ),
        ),
    )


def _breaches(version: Version) -> list[str]:
    found: list[str] = []
    if is_provisioned(version) is False:
        found.append(f"the provisioning state is {known(version.provisioning_state)}")
    if is_flagged(version) is True:
        categories = ", ".join(known(version.violations) or ())
        found.append(f"flagged for a violation of policy{f' ({categories})' if categories else ''}")
    replication = known(version.replication)
    aggregated = None if replication is None else known(replication.aggregated_state)
    if aggregated is not None and not same(aggregated, "Completed") and not same(aggregated, "Unknown"):
        found.append(f"replication is {aggregated}")
    states = target_states(version)
    for name, state in () if isinstance(states, Unread) else states:
        words = known(state)
        if words is not None and not same(words, "Completed") and not same(words, "Unknown"):
            found.append(f"replication to {name} is {words}")
    return found
