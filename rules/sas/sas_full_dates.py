"""SAS004: the signature begins and ends at full dates with times."""

from checker.facts.arm_id import Kind
from checker.facts.sas import full_time
from checker.facts.vhd import Vhd
from checker.rule import Basis, Context, Fail, NotApplicable, Outcome, Pass, Severity, rule
from rules.sas._url import INCORRECT, NOT_DOWNLOADED, key_names, new_signature, shown, signed_url, stored_policy
from rules.vhd._documents import SAS, SAS_FAILURES


@rule(
    code="SAS004",
    slug="sas-full-dates",
    title="The signature begins and ends at full dates with times",
    severity=Severity.ERROR,
    basis=Basis.DOCUMENTED,
    sources=(SAS_FAILURES, SAS),
    kind=Kind.VHD,
    reads=(),
)
def sas_full_dates(vhd: Vhd, context: Context) -> Outcome:
    """The signature begins and ends at full dates with times.

    What it demands
    ---------------
    The URL has ``st`` and ``se``, each with one value, however often that is repeated: date, time and zone, like
    ``2026-11-21T00:00:00Z``. Dates alone, which some commands make by default, are refused. Dates that a stored policy
    holds (``si``) are not in the URL, where the document wants them. Of a signature made with a user's key, the key's
    (``skt``, ``ske``) count too.

    Why
    ---
    Without them the certification answers with *Failure: Copying Images. Not able to download blob using provided SAS
    Uri.*, and with short ones with *… due to incorrect SAS Uri.*

    How to fix
    ----------
    Make a new signature with ``--start`` and ``--expiry`` as full times.
    """
    url = signed_url(vhd)
    if isinstance(url, NotApplicable):
        return url
    given = {name: url.values(name) for name in ("st", "se", *key_names(url))}
    bad = [name for name, values in given.items() if len(values) != 1 or full_time(values[0]) is None]
    actual = ", ".join(f"{name}: {shown(values)}" for name, values in given.items())
    if not bad:
        return Pass((actual,))
    is_missing = any(not values for values in given.values())
    named = " and ".join(f"{name} is {shown(given[name])}" for name in bad)
    return Fail(
        f"the dates of the signature are not complete: {named}{stored_policy(url)}",
        expected="st and se as full times, like 2026-11-21T00:00:00Z",
        actual=actual,
        evidence=(f"the certification answers with: {NOT_DOWNLOADED if is_missing else INCORRECT}",),
        fix=new_signature(url, context),
    )
