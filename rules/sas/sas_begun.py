"""SAS005: the signature has been good for a day."""

from datetime import timedelta

from checker.facts.arm_id import Kind
from checker.facts.sas import full_time
from checker.facts.vhd import Vhd
from checker.rule import Basis, Context, Fail, Lowered, NotApplicable, Outcome, Pass, Severity, rule
from rules.sas._url import NOT_AUTHORIZED, key_names, new_signature, signed_url
from rules.vhd._documents import SAS, SAS_FAILURES


@rule(
    code="SAS005",
    slug="sas-begun",
    title="The signature has been good for a day",
    severity=Severity.ERROR,
    basis=Basis.DOCUMENTED,
    sources=(SAS, SAS_FAILURES),
    kind=Kind.VHD,
    reads=(),
)
def sas_begun(vhd: Vhd, context: Context) -> Outcome:
    """The signature has been good for a day.

    What it demands
    ---------------
    The start of the signature (``st``) is 24 hours before now or earlier. The document asks for the day before, so
    that clocks and time zones do not matter. One that has begun, but less than a day ago, is a warning.

    Why
    ---
    A signature that has not begun is refused: *Failure: Copying Images. Not able to download blob due to
    authorization error.*

    How to fix
    ----------
    Make a new signature that starts yesterday, in UTC.
    """
    url = signed_url(vhd)
    if isinstance(url, NotApplicable):
        return url
    names = [name for name in ("st", *key_names(url)) if name != "ske"]
    given = [(name, value) for name in names for value in url.values(name)]
    starts = [(start, f"{name}={value}") for name, value in given if (start := full_time(value)) is not None]
    if len(starts) != len(given) or [name for name, _ in given] != names:
        return NotApplicable("the URL has no full start, as SAS004 says")
    start, words = max(starts)
    if start <= context.today - timedelta(days=1):
        return Pass((", ".join(words for _, words in starts),))
    has_begun = start <= context.today
    return Fail(
        f"the signature begins at {words.partition('=')[2]}, {'less than a day ago' if has_begun else 'in the future'}",
        expected=f"a start at {context.today - timedelta(days=1):%Y-%m-%dT%H:%M:%SZ} or before",
        actual=words,
        evidence=() if has_begun else (f"the certification answers with: {NOT_AUTHORIZED}",),
        fix=new_signature(url, context),
        lowered=Lowered(Severity.WARNING, "it has begun") if has_begun else None,
    )
