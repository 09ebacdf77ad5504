"""Collecting: ask what is open, until nothing is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from azure.core.exceptions import HttpResponseError

from checker.errors import ImagecheckError, SourceProblem, UsageProblem
from checker.facts.arm_id import ArmId, Kind, fold
from checker.facts.directory import is_guid
from checker.facts.estate import Estate
from checker.facts.snapshot import Snapshot
from checker.facts.unread import FactName
from checker.sources.azure.call import Ask, Call, fact_behind
from checker.sources.azure.clients import THREADS, Clients
from checker.sources.azure.fetch import Fetch, InstanceViewRefused
from checker.sources.azure.gathered import Gathered
from checker.sources.azure.needs import open_calls
from checker.sources.azure.reading import code_of, words_of
from checker.sources.azure.workers import Workers, error_of
from checker.wish import Wish

#: Rounds of questions. Each goes one step further from the targets; real estates take about seven.
_MAX_ROUNDS = 100
#: How much of what could not be read, and is no fact, is said.
_MOST_SAID = 10


#: What Azure answers to a token that is no good anywhere; one of the wrong tenant may be good elsewhere.
_SIGN_IN_REFUSED = frozenset({"invalidauthenticationtoken", "authenticationfailed", "expiredauthenticationtoken"})


@dataclass(frozen=True, slots=True)
class Collected:
    """The facts, and in pairs of words what was left aside and how much was asked."""

    snapshot: Snapshot
    notes: tuple[tuple[str, str], ...]


def collect(
    clients: Clients,
    wish: Wish,
    clock: Callable[[], datetime],
    *,
    jobs: int = THREADS,
    tell: Callable[[int, int], None] = lambda _answered, _asked: None,
) -> Collected:
    """The facts that a run wants, as a snapshot. ``tell`` hears how many questions were answered of how many.

    What could not be read is in its ``unread``. Raises SourceProblem where nothing can be read at all, and
    UsageProblem for targets that do not exist.
    """
    gathered = Gathered(clock())
    fetch = Fetch(clients, gathered, wish.publisher)
    asked: set[Call] = set()
    well = 0
    # The first token is asked for before anything else, so that a missing sign-in is told at once.
    clients.credential.get_token(clients.cloud.arm_scope)
    with Workers(jobs) as workers:
        for _ in range(_MAX_ROUNDS):
            estate = Estate(gathered.snapshot(), clock())
            enabled = gathered.enabled if Call(Ask.SUBSCRIPTIONS) in asked else None
            calls = open_calls(estate, wish, asked, enabled)
            if not calls:
                return Collected(gathered.snapshot(), _notes(gathered, len(asked)))
            asked.update(calls)
            before = len(asked) - len(calls)
            errors: list[BaseException | None] = []
            for answered, (call, future) in enumerate(workers.ask(fetch.perform, calls), before + 1):
                error = error_of(future)
                tell(answered, len(asked))
                if error is not None:
                    _note(call, error, gathered, wish, clients)
                errors.append(error)
            well += errors.count(None)
            if not well:
                _check_source(clients, errors)
    raise SourceProblem(f"the targets lead on after {_MAX_ROUNDS} rounds of questions")


def _check_source(clients: Clients, errors: list[BaseException | None]) -> None:
    """Raise SourceProblem where nothing was answered well so far, because of the sign-in or the way there."""
    words = next((words_of(error) for error in errors if isinstance(error, Exception)), "no answer")
    if not clients.patience.answers:
        raise SourceProblem(f"{clients.cloud.arm} cannot be reached: {words}")
    if any(isinstance(e, HttpResponseError) and fold(code_of(e)) in _SIGN_IN_REFUSED for e in errors):
        raise SourceProblem(f"{clients.cloud.arm} refused the sign-in: {words}")


def _notes(gathered: Gathered, questions: int) -> tuple[tuple[str, str], ...]:
    unread = [f"{what}: {reason}" for what, reason in sorted(gathered.aside.items())]
    more = [f"and {len(unread) - _MOST_SAID} more"] if len(unread) > _MOST_SAID else []
    return (
        ("left aside, since they are disabled", ", ".join(gathered.disabled)),
        ("could not be read", "; ".join([*unread[:_MOST_SAID], *more])),
        ("questions asked of Azure", str(questions)),
    )


def _note(call: Call, error: BaseException, gathered: Gathered, wish: Wish, clients: Clients) -> None:
    """Make unread exactly what a call would have told."""
    if isinstance(error, ImagecheckError) or not isinstance(error, Exception):
        raise error
    if isinstance(error, InstanceViewRefused):
        gathered.refuse(FactName.INSTANCE_VIEW, _text(call), words_of(error.error))
        return
    words = words_of(error)
    if isinstance(error, HttpResponseError) and error.response is not None and error.response.status_code == 401:
        words += _other_tenant(error)
        if call.ask is Ask.SUBSCRIPTIONS:
            raise SourceProblem(f"{clients.cloud.arm} refused the sign-in: {words}")
    if call.ask is Ask.SUBSCRIPTIONS:
        raise SourceProblem(
            f"the subscriptions at {clients.cloud.arm} cannot be listed ({words}): name one with --subscription ID"
        )
    if call.ask is Ask.SUBSCRIPTION and _is_named_and_missing(call, error, wish):
        raise UsageProblem(f"the subscription {_text(call)} does not exist, or the sign-in cannot see it")
    fact = _fact_of_resource(call) if call.ask is Ask.RESOURCE else fact_behind(call.ask)
    if fact is None:
        gathered.set_aside(_text(call), words)
    else:
        gathered.refuse(fact, _text(call), words)
    if call.ask is Ask.VM:
        # The instance view would have come with the VM.
        gathered.refuse(FactName.INSTANCE_VIEW, _text(call), words)


def _is_named_and_missing(call: Call, error: Exception, wish: Wish) -> bool:
    if not isinstance(error, HttpResponseError) or fold(code_of(error)) != "subscriptionnotfound":
        return False
    named = {fold(guid) for guid in wish.subscriptions}
    named |= {
        target.subscription for target in wish.targets if isinstance(target, ArmId) and target.kind is Kind.SUBSCRIPTION
    }
    return call.id is not None and call.id.subscription in named


def _fact_of_resource(call: Call) -> FactName | None:
    match call.id.kind if call.id is not None else None:
        case Kind.GALLERY:
            # No fact is behind a gallery's own body: whatever is judged of it is asked for by itself.
            return None
        case Kind.DEFINITION:
            return FactName.DEFINITIONS
        case Kind.VERSION:
            return FactName.VERSIONS
        case _:
            return FactName.VM


def _other_tenant(error: HttpResponseError) -> str:
    """Where a token of the wrong tenant was refused, the tenant that would be the right one."""
    headers = getattr(error.response, "headers", {})
    header = str(headers.get("WWW-Authenticate", ""))
    _, mark, rest = header.partition("authorization_uri=")
    tenant = rest.strip('"').split('"')[0].rstrip("/").rpartition("/")[2] if mark else ""
    return f"; it belongs to the tenant {tenant}: sign in there with --tenant" if is_guid(tenant) else ""


def _text(call: Call) -> str:
    return call.id.text if call.id is not None else call.text
