"""SAS002: the signature allows reading and listing, and nothing else."""

from checker.facts.arm_id import Kind
from checker.facts.vhd import Vhd
from checker.rule import Basis, Context, Fail, Lowered, NotApplicable, Outcome, Pass, Severity, rule
from rules.sas._url import NOT_DOWNLOADED, new_signature, shown, signed_url, stored_policy
from rules.vhd._documents import SAS, SAS_FAILURES


@rule(
    code="SAS002",
    slug="sas-permissions",
    title="The signature allows reading and listing, and nothing else",
    severity=Severity.ERROR,
    basis=Basis.DOCUMENTED,
    sources=(SAS, SAS_FAILURES),
    kind=Kind.VHD,
    reads=(),
)
def sas_permissions(vhd: Vhd, context: Context) -> Outcome:
    """The signature allows reading and listing, and nothing else.

    What it demands
    ---------------
    The URL says ``sp=rl``: read and list, in this order. Nobody needs to write or delete what is published. A stored
    policy (``si``) does not stand for it: the document wants it in the URL. Where the signature is good for some
    addresses only (``sip``) it is a warning: no document speaks of it, but the certification downloads from its own.

    Why
    ---
    Without it the certification answers with *Failure: Copying Images. Not able to download blob using provided SAS
    Uri.* A URL that also allows writing lets everyone who sees it change the image.

    How to fix
    ----------
    Make a new signature for the container with the permissions ``rl``.
    """
    url = signed_url(vhd)
    if isinstance(url, NotApplicable):
        return url
    given = url.values("sp")
    addresses = url.values("sip")
    if given == ("rl",) and addresses:
        return Fail(
            f"the signature is good for the addresses {shown(addresses)} only, and the certification has others"
            if any(addresses)
            else "sip is there and empty: which addresses the signature is good for, it does not say",
            expected="no sip in the URL",
            actual=f"sip: {shown(addresses) if any(addresses) else 'empty'}",
            fix=new_signature(url, context),
            lowered=Lowered(Severity.WARNING, "no document of the certification speaks of it"),
        )
    if given == ("rl",):
        return Pass((f"sp=rl{stored_policy(url)}",))
    # A second value whose name is in capitals has its name before it.
    more = sorted({letter for value in given if "=" not in value for letter in value if letter.isalpha()} - set("rl"))
    words = f"it also allows {', '.join(more)}" if more else "it is not exactly read and list"
    return Fail(
        f"the signature's permissions are {shown(given)}: {words}"
        if given
        else f"the URL names no permissions{stored_policy(url)}",
        expected="sp=rl",
        actual=f"sp: {shown(given)}",
        evidence=(f"the certification answers with: {NOT_DOWNLOADED}",),
        fix=new_signature(url, context),
    )
