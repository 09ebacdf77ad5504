"""SAS008: the signature is good over HTTPS only."""

from checker.facts.arm_id import Kind
from checker.facts.vhd import Vhd
from checker.rule import Basis, Context, Fail, NotApplicable, Outcome, Pass, Severity, rule
from rules.sas._url import new_signature, shown, signed_url
from rules.vhd._documents import SAS


@rule(
    code="SAS008",
    slug="sas-https-only",
    title="The signature is good over HTTPS only",
    severity=Severity.WARNING,
    basis=Basis.DERIVED,
    sources=(SAS,),
    kind=Kind.VHD,
    reads=(),
)
def sas_https_only(vhd: Vhd, context: Context) -> Outcome:
    """The signature is good over HTTPS only.

    What it demands
    ---------------
    The URL says ``spr=https``. Without it the signature is good over plain HTTP too.

    Why
    ---
    Whoever sees a request over plain HTTP can read the image until the signature ends. No document of the Marketplace
    asks for it: it is our recommendation.

    How to fix
    ----------
    Make a new signature with ``--https-only``.
    """
    url = signed_url(vhd)
    if isinstance(url, NotApplicable):
        return url
    given = url.values("spr")
    if given == ("https",):
        return Pass(("spr=https",))
    return Fail(
        "the signature is good over plain HTTP too",
        expected="spr=https",
        actual=f"spr: {shown(given)}",
        fix=new_signature(url, context),
    )
