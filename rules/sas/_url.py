"""What the rules on URLs share: the URL to judge, and the command that makes another signature."""

from __future__ import annotations

from datetime import datetime, timedelta

from checker.facts.sas import SasUrl
from checker.facts.vhd import Vhd
from checker.fixes.commands import az
from checker.fixes.operations import Fix, Safety
from checker.rule import Context, NotApplicable

#: What the certification answers with, word for word as the document of failure messages has it.
NOT_DOWNLOADED = "Failure: Copying Images. Not able to download blob using provided SAS Uri."
NOT_AUTHORIZED = "Failure: Copying Images. Not able to download blob due to authorization error."
INCORRECT = "Failure: Copying Images. Not able to download blob due to incorrect SAS Uri."

#: What a signature has in its URL that was made with the key of a user.
_OF_A_KEY = ("skoid", "sktid", "skt", "ske", "sks", "skv")

#: How many days a signature has to be good for.
DAYS = 21


def url_of(vhd: Vhd) -> SasUrl | NotApplicable:
    """The URL; NotApplicable for a local file."""
    return NotApplicable("it is a local file: there is no URL") if vhd.sas is None else vhd.sas


def signed_url(vhd: Vhd) -> SasUrl | NotApplicable:
    """The URL where its query says what it allows; NotApplicable where there is none, or where it is said elsewhere."""
    url = url_of(vhd)
    if isinstance(url, NotApplicable):
        return url
    if not url.has_query:
        return NotApplicable("the URL has no query, as SAS001 says")
    if url.is_managed_disk:
        return NotApplicable("it is a managed disk opened for export: Azure keeps its rights and dates, not the URL")
    return url


def key_names(url: SasUrl) -> tuple[str, ...]:
    """Start and end of the key of a user, where the signature was made with one: it ends with its key."""
    return ("skt", "ske") if any(url.values(name) for name in _OF_A_KEY) else ()


def stored_policy(url: SasUrl) -> str:
    """What a stored policy, which only its account shows, may say that the URL does not; empty where there is none."""
    return " (what the stored policy that si names adds to it, only the account shows)" if url.values("si") else ""


def new_signature(url: SasUrl, context: Context) -> Fix:
    """How to make a signature that meets every rule of the family, counted from today."""
    account, _, rest = url.host.partition(".")
    command = az(
        *("storage", "container", "generate-sas"),
        *("--account-name", account if rest.startswith("blob.") else "ACCOUNT"),
        *("--name", url.container or "CONTAINER"),
        *("--permissions", "rl", "--https-only", "--output", "tsv"),
        *("--start", _midnight(context.today - timedelta(days=1))),
        *("--expiry", _midnight(context.today + timedelta(days=DAYS + 2))),
    )
    steps = (command, "append a question mark and what it prints to the URL of the blob")
    return Fix("make a new signature at the level of the container", Safety.MANUAL, steps=steps)


def shown(values: tuple[str, ...]) -> str:
    """The values of a parameter, for a report."""
    return ", ".join(values) or "not given"


def _midnight(time: datetime) -> str:
    return f"{time:%Y-%m-%d}T00:00:00Z"
