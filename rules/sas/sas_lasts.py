"""SAS006: the signature is good for three weeks more."""

from datetime import timedelta

from checker.facts.arm_id import Kind
from checker.facts.sas import full_time
from checker.facts.vhd import Vhd
from checker.rule import Basis, Context, Fail, NotApplicable, Outcome, Pass, Severity, rule
from rules.sas._url import DAYS, NOT_AUTHORIZED, key_names, new_signature, signed_url
from rules.vhd._documents import SAS, SAS_FAILURES

_KEY_LASTS = timedelta(days=7)


@rule(
    code="SAS006",
    slug="sas-lasts",
    title="The signature is good for 21 days more",
    severity=Severity.ERROR,
    basis=Basis.DOCUMENTED,
    sources=(SAS, SAS_FAILURES),
    kind=Kind.VHD,
    reads=(),
)
def sas_lasts(vhd: Vhd, context: Context) -> Outcome:
    """The signature is good for 21 days more.

    What it demands
    ---------------
    The end of the signature (``se``) is 21 times 24 hours from now or later. The document counts the 21 days from when
    the URL is made; before a submission, that is now. A signature that was made with a user's key ends with the key
    (``ske``), which lasts seven days at most: it cannot meet this.

    Why
    ---
    The certification downloads the image again while it goes on. Once the signature has ended it is refused: *Failure:
    Copying Images. Not able to download blob due to authorization error.*

    How to fix
    ----------
    Make a new signature that ends later, with the key of the account.
    """
    url = signed_url(vhd)
    if isinstance(url, NotApplicable):
        return url
    names = ["se", *key_names(url)]
    given = [(name, value) for name in names for value in url.values(name)]
    times = [(time, f"{name}={value}") for name, value in given if (time := full_time(value)) is not None]
    if len(times) != len(given) or [name for name, _ in given] != names:
        return NotApplicable("the URL has no full end, as SAS004 says")
    # Azure makes no key for longer: where ske says something else, it is not what Azure said.
    ends = [
        (time + _KEY_LASTS, f"{words} and seven days") if words.startswith("skt") else (time, words)
        for time, words in times
    ]
    end, words = min(ends)
    if end >= context.today + timedelta(days=DAYS):
        return Pass((", ".join(words for _, words in ends),))
    has_ended = end <= context.today
    left = f"in {(end - context.today).days} days" if not has_ended else "it has ended"
    by_key = ", with the user's key that it was made with" if words.startswith("sk") else ""
    return Fail(
        f"the signature ends at {words.partition('=')[2]}: {left}{by_key}",
        expected=f"an end at {context.today + timedelta(days=DAYS):%Y-%m-%dT%H:%M:%SZ} or after",
        actual=words,
        evidence=(f"the certification answers with: {NOT_AUTHORIZED}",) if has_ended else (),
        fix=new_signature(url, context),
    )
