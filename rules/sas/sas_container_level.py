"""SAS003: the signature is for the container."""

from checker.facts.arm_id import Kind
from checker.facts.sas import SasUrl
from checker.facts.vhd import Vhd
from checker.rule import Basis, Context, Fail, NotApplicable, Outcome, Pass, Severity, rule
from rules.sas._url import new_signature, shown, signed_url
from rules.vhd._documents import SAS


@rule(
    code="SAS003",
    slug="sas-container-level",
    title="The signature is for the container",
    severity=Severity.ERROR,
    basis=Basis.DOCUMENTED,
    sources=(SAS,),
    kind=Kind.VHD,
    reads=(),
)
def sas_container_level(vhd: Vhd, context: Context) -> Outcome:
    """The signature is for the container.

    What it demands
    ---------------
    The URL says ``sr=c``: the signature is one for the container, not for the single blob, a directory, or (``ss`` and
    ``srt``) the whole account.

    Why
    ---
    Listing, which the certification wants, is a right on a container: a signature for a blob cannot give it.

    How to fix
    ----------
    Make the signature at the container, not at the blob.
    """
    url = signed_url(vhd)
    if isinstance(url, NotApplicable):
        return url
    given = url.values("sr")
    of_account = [f"{name}: {shown(url.values(name))}" for name in ("ss", "srt") if url.values(name)]
    if given == ("c",) and not of_account:
        return Pass(("sr=c",))
    return Fail(
        f"the signature is for {_words(url)}, not for the container",
        expected="sr=c",
        actual=", ".join([f"sr: {shown(given)}", *of_account]),
        fix=new_signature(url, context),
    )


def _words(url: SasUrl) -> str:
    given = url.values("sr")
    if url.values("ss") or url.values("srt"):
        return "the whole account"
    if not given:
        return "what the URL does not say"
    return {"b": "the blob", "d": "a directory"}.get(shown(given), shown(given))
