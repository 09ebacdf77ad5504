"""VHD008: the name of the blob is one that the certification takes."""

import shlex

from checker.facts.arm_id import Kind
from checker.facts.unread import FactName
from checker.facts.vhd import Vhd
from checker.fixes.operations import Fix, Safety
from checker.rule import Basis, Context, Fail, Lowered, NotApplicable, Outcome, Pass, Severity, rule
from rules.vhd._documents import FAQ, SAS

_PLAIN = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_")
#: What the documents name, quotation marks of every form among it.
_NAMED = frozenset("%\"'`´“”„‘’«»")


@rule(
    code="VHD008",
    slug="vhd-name",
    title="The name has no special characters and ends with .vhd",
    severity=Severity.ERROR,
    basis=Basis.DOCUMENTED,
    sources=(FAQ, SAS),
    kind=Kind.VHD,
    reads=(FactName.DISK_FILE,),
)
def vhd_name(vhd: Vhd, context: Context) -> Outcome:
    """The name has no special characters and ends with .vhd.

    What it demands
    ---------------
    The name of the blob holds no percent sign, quotation mark or white space, and ends with ``.vhd``. The document
    gives percent sign and quotation marks as examples of special characters: anything but ASCII letters, digits, dot,
    hyphen and underscore is a warning. Of a local file all of it is a warning: the blob may get another name.

    Why
    ---
    The certification downloads the blob by its name, and answers with *Invalid VHD name*.

    How to fix
    ----------
    Copy the blob under another name, or rename the file before it is uploaded.
    """
    if vhd.sas is not None and vhd.sas.is_managed_disk:
        return NotApplicable("it is a managed disk opened for export: Azure chose the name")
    name = vhd.id.name if vhd.sas is None else vhd.sas.blob_name
    odd = sorted({character for character in name if character not in _PLAIN})
    is_refused = any(character in _NAMED or character.isspace() for character in odd)
    problems = [f"it holds {', '.join(map(repr, odd))}"] if odd else []
    problems += [] if name.endswith(".vhd") else ["it does not end with .vhd"]
    if not problems:
        return Pass((f"the name is {name}",))
    lowered = None
    if vhd.sas is None:
        lowered = Lowered(Severity.WARNING, "it is a local file: the blob may get another name")
    elif not is_refused and name.lower().endswith(".vhd"):
        lowered = Lowered(Severity.WARNING, "the documents name only some characters that are refused")
    return Fail(
        f"the name may not stay as it is: {' and '.join(problems)}",
        expected="ASCII letters, digits, dot, hyphen and underscore, and .vhd at the end",
        actual=name,
        evidence=("the certification answers with: Invalid VHD name",),
        fix=Fix("give it another name", Safety.MANUAL, steps=_steps(vhd, name)),
        lowered=lowered,
    )


def _steps(vhd: Vhd, name: str) -> tuple[str, ...]:
    """The commands that give a copy of the disk a name of plain characters."""
    stem = name[:-4] if name.lower().endswith(".vhd") else name
    plain = "".join(character if character in _PLAIN else "-" for character in stem).strip("-.") or "disk"
    if vhd.sas is None:
        folder, slash, _ = vhd.id.text.rpartition("/")
        return (shlex.join(("mv", "-n", "--", vhd.id.text, f"{folder}{slash}{plain}.vhd")),)
    return (f"azcopy copy 'URL-WITH-SAS' 'URL-OF-THE-CONTAINER/{plain}.vhd?SAS' --blob-type PageBlob",)
