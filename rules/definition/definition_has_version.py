"""DEF002: an image definition has a version that is ready."""

from checker.facts.arm_id import Kind
from checker.facts.assets import Definition
from checker.facts.readiness import is_ready
from checker.facts.unread import FactName, read
from checker.fixes.commands import create_version
from checker.fixes.operations import Fix, Safety
from checker.rule import Basis, Context, Fail, Outcome, Pass, Severity, rule
from rules.documents import APPROVED_BASE, IMAGE_VERSION


@rule(
    code="DEF002",
    slug="definition-has-version",
    title="The image definition has a version that is ready",
    severity=Severity.ERROR,
    basis=Basis.DOCUMENTED,
    sources=(
        APPROVED_BASE,
        IMAGE_VERSION,
    ),
    kind=Kind.DEFINITION,
    reads=(FactName.VERSIONS, FactName.REPLICATION),
)
def definition_has_version(definition: Definition, context: Context) -> Outcome:
    """An image definition has at least one version that is ready.

    What it demands
    ---------------
    One version of the definition at least is provisioned, not flagged for a violation of policy, and
    replicated to each of its target regions (the demand of VER002).

    Why
    ---
    What is submitted is a version. Partner Center offers none to choose where there is none, and refuses
    one that it cannot read.

    How to fix
    ----------
    Capture a version into the definition, or wait until the one that is being made is replicated.
    """
    versions = context.estate.versions(definition.id)
    if read(versions.some(is_ready)):
        ready = sorted(version.id.name for version in versions.known if is_ready(version) is True)
        return Pass((f"ready: {', '.join(ready[:10])}{' and more' if len(ready) > 10 else ''}",))
    count = len(versions.known)
    return Fail(
        f"none of the definition's {count} versions is ready" if count else "the definition has no version",
        expected="at least one version that is provisioned, not flagged, and replicated in every target region",
        actual=f"{count} versions, none ready" if count else "no version",
        fix=Fix(
            "capture a version, or wait for the one that is being made",
            Safety.MANUAL,
            steps=(
                create_version(definition.id),
                "or in the portal: the image definition → Add version",
            ),
        ),
    )
