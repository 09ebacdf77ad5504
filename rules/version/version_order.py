"""VER003: the newest version by number is the newest by date."""

from checker.facts.arm_id import Kind
from checker.facts.assets import Version
from checker.facts.unread import Fact, FactName, read, then
from checker.rule import Basis, Context, Fail, NotApplicable, Outcome, Pass, Severity, rule
from rules.documents import SHARED_IMAGES


@rule(
    code="VER003",
    slug="version-order",
    title="The newest version by number is the newest by date",
    severity=Severity.INFO,
    basis=Basis.DERIVED,
    sources=(SHARED_IMAGES,),
    kind=Kind.VERSION,
    reads=(FactName.VERSIONS,),
)
def version_order(version: Version, context: Context) -> Outcome:
    """The newest version by number is the newest by date.

    What it demands
    ---------------
    Of the versions of a definition, the one with the highest number was published last. Judged on that one
    version; not applicable to the others.

    Why
    ---
    ``latest`` is the highest number, not the last published. A later capture under a lower number is never
    what ``latest`` deploys. That is ordinary where two lines are maintained, so it is only information.

    How to fix
    ----------
    If the last capture is the one to submit, capture it under a higher number.
    """
    read(version.name)
    number = version.number
    if number is None:
        return NotApplicable("its name is not a version number (VER001)")
    parent = version.id.parent
    if parent is None:
        return NotApplicable("it is in no definition")
    newest = context.estate.newest_number(parent)
    if newest is not None and newest > number:
        return NotApplicable("it is not the newest by number")
    siblings = context.estate.versions(parent)
    others = [other for other in siblings.known if other.id != version.id and other.number is not None]
    if siblings.rest is not None:
        read(siblings.rest)
    later = [other for other in others if _is_later(other, version) is True]
    if later:
        last = max(later, key=lambda other: read(other.published))
        return Fail(
            f"{last.id.name} was published after {version.id.name}",
            expected=f"{version.id.name}, the newest by number, is the newest by date",
            actual=f"{last.id.name} was published {read(last.published).time:%Y-%m-%d %H:%M}, "
            f"{version.id.name} {read(version.published).time:%Y-%m-%d %H:%M} UTC",
        )
    for other in others:
        read(_is_later(other, version))
    return Pass(("it is the newest by number and by date" if others else "it is the only version",))


def _is_later(other: Version, version: Version) -> Fact[bool]:
    return then(version.published, lambda mine: then(other.published, lambda its: its > mine))
