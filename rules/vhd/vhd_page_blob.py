"""VHD009: the blob is a page blob."""

from checker.facts.arm_id import Kind
from checker.facts.unread import FactName, Unread, read
from checker.facts.vhd import Vhd
from checker.fixes.operations import Fix, Safety
from checker.rule import Basis, Context, Fail, NotApplicable, Outcome, Pass, Severity, rule
from rules.vhd._documents import FAQ


@rule(
    code="VHD009",
    slug="vhd-page-blob",
    title="The blob is a page blob",
    severity=Severity.ERROR,
    basis=Basis.DOCUMENTED,
    sources=(FAQ,),
    kind=Kind.VHD,
    reads=(FactName.DISK_FILE,),
)
def vhd_page_blob(vhd: Vhd, context: Context) -> Outcome:
    """The blob is a page blob.

    What it demands
    ---------------
    The answer to a request for the blob has ``x-ms-blob-type: PageBlob``.

    Why
    ---
    A disk is made of a page blob only. The certification answers with *Invalid blob type*.

    How to fix
    ----------
    Copy it as a page blob: ``azcopy copy disk.vhd URL --blob-type PageBlob``.
    """
    blob = read(vhd.blob)
    if blob is None:
        return NotApplicable("it is a local file: what kind of blob it becomes is not known yet")
    kind = read(Unread(vhd.id.text, "blob_type", "the server did not say it") if blob.type is None else blob.type)
    if kind.lower() == "pageblob":
        return Pass(("x-ms-blob-type: PageBlob",))
    return Fail(
        f"the blob is a {kind}",
        expected="PageBlob",
        actual=kind,
        evidence=("the certification answers with: Invalid blob type",),
        fix=Fix(
            "copy it as a page blob",
            Safety.MANUAL,
            steps=("azcopy copy disk.vhd 'URL-WITH-SAS' --blob-type PageBlob",),
        ),
    )
