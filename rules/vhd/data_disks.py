"""VHD016: data disks are not too many and not too large, and are those of the version."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from checker.facts.arm_id import ArmId, Kind
from checker.facts.assets import DataDiskImage, Version
from checker.facts.data_disks import is_data_disk, os_disk_of
from checker.facts.sizes import exact
from checker.facts.unread import Fact, FactName, Unread, read, then
from checker.facts.vhd import GIB, Vhd
from checker.fixes.commands import az
from checker.fixes.operations import Fix, Safety
from checker.rule import Basis, Context, Fail, Lowered, NotApplicable, Outcome, Pass, Severity, rule
from rules.vhd._disk import definition_beside, footer_of
from rules.vhd._documents import FAQ, PLAN, TECHNICAL
from rules.vhd._role import role_doubt

_LARGEST = 1023 * GIB
_MOST = 16

_OUR_READING = Lowered(Severity.WARNING, "that the version is to be made of the disks named here is our reading")


@rule(
    code="VHD016",
    slug="data-disks",
    title="The data disks are within the limits, and are those of the version",
    severity=Severity.ERROR,
    basis=Basis.DOCUMENTED,
    sources=(FAQ, TECHNICAL, PLAN),
    kind=Kind.VHD,
    reads=(FactName.DISK_FILE, FactName.GUEST, FactName.DEFINITIONS, FactName.VERSIONS),
)
def data_disks(vhd: Vhd, context: Context) -> Outcome:
    """The data disks are not too many and not too large, and are those of the image version.

    What it demands
    ---------------
    Where several disks are named in one run, and exactly one of them certainly holds a system, it is the OS disk, and
    those on which certainly no system is are its data disks. A data disk has a virtual size of 1023 GB at most (VHD006
    has the least), which is told of that disk. An OS disk has 16 data disks at most, which is told of the OS disk.

    Where an image version is named too, or the image definition alone, of which the newest version counts then: its
    LUNs are 0, 1, 2 and so on, each once and in this order. It has as many data disks as are named here, of the same
    sizes (``sizeInGB``, of which no document says how it is rounded). A version of other disks is a warning, since
    that it was made of these is our reading. Of several versions that are named the LUNs are looked at, and nothing is
    compared; nor is it without any data disk named.

    That a GB is 1073741824 bytes is our reading.

    Why
    ---
    The certification has a test *Data disk size verification*, and answers *DataDisk mapped incorrectly* where LUNs
    are not in sequence. Each data disk needs a VHD, even where it is blank.

    How to fix
    ----------
    Put more on fewer disks, or less on each. A version cannot be changed: make another one, with LUNs from 0 on.
    """
    os_disk = os_disk_of(context.disks)
    if os_disk is None:
        return NotApplicable("not exactly one disk of this run certainly holds a system: none counts as a data disk")
    return _beside(vhd, context) if os_disk.id == vhd.id else _size(vhd, context, os_disk)


# -- of a data disk -----------------------------------------------------------------------------


def _size(vhd: Vhd, context: Context, os_disk: Vhd) -> Outcome:
    footer = footer_of(vhd)
    if isinstance(footer, NotApplicable):
        return footer
    size, doubt = footer.current_size, role_doubt(vhd, context)
    if size <= _LARGEST:
        role = f"a data disk of {os_disk.id}" if doubt is None else "what may be a data disk"
        return Pass((f"{role}: the virtual size of {exact(size)} is not above 1023 GB",))
    if doubt is not None:
        return read(doubt)
    return Fail(
        f"the virtual size of {exact(size)} is too large for a data disk",
        expected="a virtual size of 1023 GB at most",
        actual=exact(size),
        evidence=(f"it is a data disk of {os_disk.id}",),
        fix=Fix(
            "divide the data among several disks",
            Safety.MANUAL,
            steps=("copy what is on it to new disks of 1023 GB at most: Azure makes no disk smaller",),
        ),
    )


# -- of the OS disk -----------------------------------------------------------------------------


def _beside(vhd: Vhd, context: Context) -> Outcome:
    others = [disk for disk in context.disks if disk.id != vhd.id]
    found = [disk for disk in others if is_data_disk(disk)]
    # The same disk may be named as a file and as a URL: of two kinds the larger is the least number there can be.
    least, most = max(_count(found, url=False), _count(found, url=True)), len(others)
    if not others:
        return NotApplicable("no other disk was named beside the OS disk")
    if least > _MOST:
        return _too_many(least)
    version = _version(context)
    if not found and version is None and most <= _MOST:
        return NotApplicable("of no other disk it is certain that it is a data disk")
    unsure = _unsure(vhd, others, context) if least < most else None
    if not found and unsure is not None:
        return read(unsure)
    problems: list[Fail | Unread | None] = [unsure if version is not None or most > _MOST else None]
    for one in _named(context) if version is None else (version,):
        problems += _of_version(one)
    images: Fact[tuple[DataDiskImage, ...]] = () if version is None else then(version, lambda known: known.data_disks)
    if isinstance(version, Version) and not isinstance(images, Unread):
        fits = least <= len(images) <= most
        problems += [
            None if fits else _another_number(version, len(images), found),
            _sizes(version, images, found) if fits and least == most else None,
        ]
    _read_first_unread_unless_failed(problems)
    fails = [problem for problem in problems if isinstance(problem, Fail)]
    if fails:
        return next((fail for fail in fails if fail.lowered is None), fails[0])
    named = f"{len(found)} of {_MOST} data disks that there may be: {', '.join(disk.id.text for disk in found)}"
    compared = "" if not isinstance(version, Version) else f"the version {version.id.name} has as many, of their sizes"
    return Pass((named, compared or "no single image version was named to compare them with"))


def _read_first_unread_unless_failed(problems: Iterable[Fail | Unread | None]) -> None:
    """Raises FactUnread where something is unread, and no failure is certain."""
    chosen = tuple(problems)
    if any(isinstance(problem, Fail) for problem in chosen):
        return
    for problem in chosen:
        if isinstance(problem, Unread):
            read(problem)


def _count(disks: Iterable[Vhd], *, url: bool) -> int:
    return sum((disk.sas is not None) is url for disk in disks)


def _unsure(vhd: Vhd, others: Iterable[Vhd], context: Context) -> Unread:
    """Why it is not known how many data disks there are."""
    doubts = [doubt for disk in others if (doubt := role_doubt(disk, context)) is not None]
    words = "data disks are named as files and as URLs, and whether two of them are the same is not known"
    return doubts[0] if doubts else Unread(vhd.id.text, FactName.DISK_FILE, words)


def _of_version(version: Fact[Version]) -> tuple[Fail | Unread | None, ...]:
    """What is wrong with the LUNs of a version, or why it is not known."""
    images = then(version, lambda known: known.data_disks)
    if isinstance(images, Unread) or isinstance(version, Unread):
        return (images if isinstance(images, Unread) else None,)
    return _luns(version, images), _order(version, images)


def _named(context: Context) -> Iterator[Version]:
    """The versions that were named, of several: which of them is made of the disks is not known."""
    for key in sorted(context.targets):
        id = ArmId.parse(key)
        found = context.estate.find(id) if id.kind is Kind.VERSION else None
        if isinstance(found, Version):
            yield found


def _version(context: Context) -> Fact[Version] | None:
    """The version of the definition beside the disks: the one that was named, else the newest; None without one."""
    definition = definition_beside(context)
    if definition is None:
        return None
    ids = [ArmId.parse(key) for key in context.targets]
    named = [id for id in ids if id.kind is Kind.VERSION]
    if named:
        found = context.estate.find(named[0]) if len(named) == 1 else None
        return found if isinstance(found, Version) else None
    listing = context.estate.versions(definition.id)
    if listing.rest is not None:
        return listing.rest
    newest = context.estate.newest_number(definition.id)
    return next((version for version in listing.known if version.number == newest and newest is not None), None)


def _too_many(number: int) -> Fail:
    return Fail(
        f"there are {number} data disks beside the OS disk",
        expected=f"{_MOST} data disks at most",
        actual=f"{number} data disks",
        fix=Fix("put the data on fewer disks", Safety.MANUAL, steps=("copy what is on them to fewer, larger disks",)),
    )


def _luns(version: Version, images: Sequence[DataDiskImage]) -> Fail | Unread | None:
    known = [image.lun for image in images if not isinstance(image.lun, Unread)]
    if len(set(known)) < len(known) or any(not 0 <= lun < len(images) for lun in known):
        return _wrong_luns(version, images, None)
    return next((image.lun for image in images if isinstance(image.lun, Unread)), None)


def _order(version: Version, images: Sequence[DataDiskImage]) -> Fail | None:
    """A failure where the LUNs are listed in another order; what else is wrong with them is not looked at."""
    known = [image.lun for image in images if not isinstance(image.lun, Unread)]
    if known == sorted(known):
        return None
    return _wrong_luns(version, images, Lowered(Severity.WARNING, "it is not known whether their order counts too"))


def _wrong_luns(version: Version, images: Sequence[DataDiskImage], lowered: Lowered | None) -> Fail:
    seen = ", ".join("unread" if isinstance(image.lun, Unread) else str(image.lun) for image in images[: 2 * _MOST])
    gallery, definition, _ = version.id.names()
    luns = tuple(str(number) for number in range(min(len(images), _MOST)))
    command = az(
        *("sig", "image-version", "create", "--resource-group", version.id.resource_group),
        *("--gallery-name", gallery, "--gallery-image-definition", definition),
        *("--gallery-image-version", "NEW-VERSION", "--os-snapshot", "OS-SNAPSHOT"),
        *("--data-snapshots", *(f"SNAPSHOT-{lun}" for lun in luns), "--data-snapshot-luns", *luns),
    )
    return Fail(
        f"the LUNs of the data disks of the version {version.id.name} are not in sequence",
        expected=f"the LUNs {', '.join(luns)}",
        actual=f"the LUNs {seen}",
        fix=Fix("make another version with LUNs from 0 on", Safety.MANUAL, steps=(command,)),
        lowered=lowered,
    )


def _another_number(version: Version, number: int, found: Sequence[Vhd]) -> Fail:
    named = f"{len(found)} data {'disk is' if len(found) == 1 else 'disks are'} named"
    return _other_disks(
        f"{named}, and the version {version.id.name} has {number}",
        expected=f"the {number} data disks of the version",
        actual=f"{len(found)} data disks: {', '.join(disk.id.text for disk in found)}",
    )


def _sizes(version: Version, images: Sequence[DataDiskImage], found: Sequence[Vhd]) -> Fail | Unread | None:
    """Whether each disk has the size of one of the version's; which of them it is on no document says."""
    sizes: list[int] = []
    gigabytes: list[int] = []
    for disk in found:
        footer = disk.footer
        if isinstance(footer, Unread):
            return footer
        if footer is None:
            return Unread(disk.id.text, FactName.DISK_FILE, "its virtual size is not known: it is no VHD")
        sizes.append(footer.current_size)
    for image in images:
        size = image.size_gb
        if isinstance(size, Unread):
            return size
        if size is None:
            return version.body.missing("properties.storageProfile.dataDiskImages.sizeInGB")
        gigabytes.append(size)
    # In the order of their sizes, disks fit together if they do in any order.
    pairs = list(zip(sorted(sizes), sorted(gigabytes), strict=True))
    if all(size // GIB <= gigabyte <= -(-size // GIB) for size, gigabyte in pairs):
        return None
    return _other_disks(
        f"the data disks have other sizes than those of the version {version.id.name}",
        expected=f"virtual sizes of {', '.join(str(gigabyte) for _, gigabyte in pairs)} GB",
        actual=", ".join(exact(size) for size, _ in pairs),
    )


def _other_disks(message: str, expected: str, actual: str) -> Fail:
    steps = (
        "name every data disk of the image, or none, and the version that was made of these disks",
        "or make another version of these disks: a version cannot be changed",
    )
    fix = Fix("name the disks of the version, or make a version of these disks", Safety.MANUAL, steps=steps)
    return Fail(message, expected=expected, actual=actual, fix=fix, lowered=_OUR_READING)
