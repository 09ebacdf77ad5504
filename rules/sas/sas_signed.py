"""SAS001: the URL carries a shared access signature."""

from checker.facts.arm_id import Kind
from checker.facts.sas import Signature
from checker.facts.vhd import Vhd
from checker.rule import Basis, Context, Fail, NotApplicable, Outcome, Pass, Severity, rule
from rules.sas._url import NOT_DOWNLOADED, new_signature, url_of
from rules.vhd._documents import SAS, SAS_FAILURES


@rule(
    code="SAS001",
    slug="sas-signed",
    title="The URL carries a shared access signature",
    severity=Severity.ERROR,
    basis=Basis.DOCUMENTED,
    sources=(SAS, SAS_FAILURES),
    kind=Kind.VHD,
    reads=(),
)
def sas_signed(vhd: Vhd, context: Context) -> Outcome:
    """The URL carries a shared access signature.

    What it demands
    ---------------
    After the name of the blob there is one question mark and a query with one signature: ``sig``, in small letters,
    whose value is made of the characters of Base64. Whether the signature is the right one, only the server can tell.

    Why
    ---
    Without one the certification cannot download the blob: *Failure: Copying Images. Not able to download blob using
    provided SAS Uri.*

    How to fix
    ----------
    Make a signature for the container, and append it to the URL of the blob after a question mark.
    """
    url = url_of(vhd)
    if isinstance(url, NotApplicable):
        return url
    if url.has_query and url.signature is Signature.GIVEN:
        return Pass(("a query with a signature",))
    has = url.signature if url.has_query else "no query"
    return Fail(
        f"the URL has {has}",
        expected="https://ACCOUNT.blob.core.windows.net/CONTAINER/NAME.vhd?… with a signature (sig)",
        actual=has,
        evidence=(f"the certification answers with: {NOT_DOWNLOADED}",),
        fix=new_signature(url, context),
    )
