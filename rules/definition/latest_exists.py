"""DEF003: not every version of a definition is excluded from latest."""

from checker.facts.arm_id import Kind
from checker.facts.assets import Definition, Version
from checker.facts.readiness import is_ready
from checker.facts.unread import FactName, known, negate, read
from checker.fixes.commands import az
from checker.fixes.operations import Fix, IncludeInLatest, Safety
from checker.rule import Basis, Context, Fail, NotApplicable, Outcome, Pass, Severity, rule
from rules.documents import TROUBLESHOOTING


@rule(
    code="DEF003",
    slug="latest-exists",
    title="Not every version is excluded from latest",
    severity=Severity.WARNING,
    basis=Basis.DERIVED,
    sources=(TROUBLESHOOTING,),
    kind=Kind.DEFINITION,
    reads=(FactName.VERSIONS, FactName.REPLICATION),
)
def latest_exists(definition: Definition, context: Context) -> Outcome:
    """Not every version of a definition is excluded from latest.

    What it demands
    ---------------
    One version at least is not excluded from latest: neither as a whole nor in each of its regions.

    Why
    ---
    Where every version is excluded, a deployment of ``latest`` fails with "There is no latest image
    version". That this also disturbs a submission is our reasoning; no document says it.

    How to fix
    ----------
    Set ``excludeFromLatest`` to false on the version that ``latest`` shall mean, and on each of its regions. The fix
    takes the newest version that is ready: provisioned, not flagged, replicated everywhere.

    Fix safety
    ----------
    Unsafe: it moves ``latest`` for everybody who deploys it, scale sets with automatic upgrades among them.
    """
    versions = context.estate.versions(definition.id)
    if not versions.known and versions.rest is None:
        return NotApplicable("the definition has no version")
    if read(versions.some(lambda version: negate(version.excluded_from_latest))):
        included = sorted(v.id.name for v in versions.known if v.excluded_from_latest is False)
        return Pass((f"not excluded from latest: {', '.join(included[:10])}",))
    return Fail(
        "every version is excluded from latest",
        expected="a version that is not excluded from latest",
        actual=f"all {len(versions.known)} versions are excluded",
        fix=_include_newest(definition, versions.known),
    )


def _include_newest(definition: Definition, versions: tuple[Version, ...]) -> Fix:
    fit = [v for v in versions if v.number and is_ready(v) is True]
    if not fit:
        return Fix("include a version in latest", Safety.MANUAL, steps=(_command(f"{definition.id}/versions/VERSION"),))
    newest = max(fit, key=lambda version: version.number or (0, 0, 0))
    return Fix(
        f"let latest mean {newest.id.name}",
        Safety.UNSAFE,
        operations=(IncludeInLatest(newest.id.text),),
        steps=(_command(newest.id.text, len(known(newest.target_regions) or ())),),
    )


def _command(version: str, regions: int = 0) -> str:
    paths = ["publishingProfile", *(f"publishingProfile.targetRegions[{number}]" for number in range(regions))]
    return az(
        *("sig", "image-version", "update", "--ids", version),
        *("--set", *(f"{path}.excludeFromLatest=false" for path in paths)),
    )
