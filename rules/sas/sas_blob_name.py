"""SAS007: the URL names one .vhd, without white space."""

from checker.facts.arm_id import Kind
from checker.facts.vhd import Vhd
from checker.fixes.operations import Fix, Safety
from checker.rule import Basis, Context, Fail, NotApplicable, Outcome, Pass, Severity, rule
from rules.sas._url import NOT_DOWNLOADED, url_of
from rules.vhd._documents import SAS, SAS_FAILURES


@rule(
    code="SAS007",
    slug="sas-blob-name",
    title="The URL names a .vhd without white space",
    severity=Severity.ERROR,
    basis=Basis.DOCUMENTED,
    sources=(SAS_FAILURES, SAS),
    kind=Kind.VHD,
    reads=(),
)
def sas_blob_name(vhd: Vhd, context: Context) -> Outcome:
    """The URL names a .vhd without white space.

    What it demands
    ---------------
    The path of the URL ends with ``.vhd``, and the name of the blob, decoded, holds no white space.

    Why
    ---
    With white space in the name the certification answers with *Failure: Copying Images. Not able to download blob
    using provided SAS Uri.*

    How to fix
    ----------
    Copy the blob under another name, and make the URL of that.
    """
    url = url_of(vhd)
    if isinstance(url, NotApplicable):
        return url
    if url.is_managed_disk:
        return NotApplicable("it is a managed disk opened for export: Azure chose the name")
    has_space = any(character.isspace() for character in url.blob_name)
    if url.blob_name.endswith(".vhd") and not has_space:
        return Pass((f"the blob is {url.blob_name}",))
    return Fail(
        "the name of the blob holds white space" if has_space else "the URL does not name a .vhd",
        expected="https://ACCOUNT.blob.core.windows.net/CONTAINER/NAME.vhd?…",
        actual=url.blob_name or "no name",
        evidence=(f"the certification answers with: {NOT_DOWNLOADED}",) if has_space else (),
        fix=Fix("copy the blob under another name", Safety.MANUAL),
    )
